"""What one provider may be given of a plan: its blocks, its own packages there, and nobody else's people.

Figures of a zone that rest on other people are the prospectus's, cut and rounded by the gate of ``public/``; those of
postcodes are the provider's own packages alone. No count of a postcode is given, for the provider could take its own
from it; nor a block's centre, which is chosen for where people live.
"""

from __future__ import annotations

import dataclasses
import io
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd

from marketmap.errors import OutputError
from marketmap.inputs.county import Tables
from marketmap.market.demand import describe_packages
from marketmap.outputs.files.notices import describe_basis, notices_of
from marketmap.outputs.files.reading import PlanFiles, read_plan
from marketmap.outputs.files.tables import encode_table, read_table
from marketmap.outputs.gate.disclosure import show_count
from marketmap.outputs.maps.onefile import encode_map
from marketmap.outputs.maps.place_maps import provider_zone_map
from marketmap.outputs.schema.full import PROSPECTUS
from marketmap.outputs.schema.pack import BLOCKS, PACKAGES, POSTCODES
from marketmap.settings import Settings

NOT_SHOWN = "*"
MAP, README = "map.html", "README.txt"
# So that the same plan gives the same bytes.
_WRITTEN = (1980, 1, 1, 0, 0, 0)


def provider_pack(plan_folder: Path, provider_id: str, *, tables: Tables, settings: Settings) -> bytes:
    """Put together what one provider may be given of a plan.

    Parameters
    ----------
    plan_folder
        The output folder of a plan.
    provider_id
        Whose.
    tables, settings
        The county that the plan was made from.

    Returns
    -------
    bytes
        A zip: `BLOCKS`, `POSTCODES` and `PACKAGES` as CSV, a map in one HTML file, and a text that explains them. The
        same plan and packages of its own give the same bytes, whatever the packages of others are.

    Raises
    ------
    OutputError
        When the folder is no plan, or the provider is unknown or has no block in it.
    """
    plan = read_plan(plan_folder)
    known = tables.providers.set_index("provider_id")["provider_name"]
    if provider_id not in known.index:
        raise OutputError(f"{provider_id} is not in the providers table of this county. Choose one that is.")
    own = plan.proposals[plan.proposals["suggested_provider_id"] == provider_id]
    if own.empty:
        raise OutputError(f"{provider_id} has no block in this plan, so there is nothing to give it.")
    packages = _find_packages(tables, plan, settings, provider_id=provider_id, blocks=own["block_id"])
    postcodes = _list_postcodes(plan, packages, blocks=own["block_id"])
    prospectus = _read_prospectus(plan_folder)
    waiting = _show_waiting(tables, plan, settings, blocks=own["block_id"])
    blocks = _describe(own, packages, postcodes, prospectus=prospectus, waiting=waiting)
    files = {
        README: _explain(str(known[provider_id]), plan).encode("utf-8", errors="replace"),
        BLOCKS.path: encode_table(blocks, BLOCKS),
        POSTCODES.path: encode_table(postcodes, POSTCODES),
        PACKAGES.path: encode_table(packages, PACKAGES),
        MAP: _draw(plan, str(known[provider_id]), blocks=own["block_id"]),
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, _WRITTEN), content, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def _find_packages(
    tables: Tables, plan: PlanFiles, settings: Settings, *, provider_id: str, blocks: pd.Series
) -> pd.DataFrame:
    """Find the provider's packages in its blocks; extra care and other kinds that no block holds do not count there."""
    counts = describe_packages(tables.packages, settings=settings.blocks)["placeable"]
    mine = tables.packages[(tables.packages["provider_id"] == provider_id) & (tables.packages["status"] == "active")]
    placed = mine.assign(block_id=mine["postcode"].map(plan.postcodes["block_id"]), counts=counts.loc[mine.index])
    return placed[placed["block_id"].isin(blocks)].sort_values(["block_id", "package_id"], ignore_index=True)


def _list_postcodes(plan: PlanFiles, packages: pd.DataFrame, *, blocks: pd.Series) -> pd.DataFrame:
    """List the blocks' postcodes; a terminated one stands in the plan only for the person who still has it."""
    listed = plan.postcodes[plan.postcodes["block_id"].isin(blocks)]
    kept = (listed["live"] != "no") | listed.index.isin(packages["postcode"])
    return listed.loc[kept, ["block_id"]].reset_index().sort_values(["block_id", "postcode"], ignore_index=True)


def _read_prospectus(plan_folder: Path) -> pd.DataFrame:
    path = plan_folder / PROSPECTUS.path
    if not path.is_file():
        return pd.DataFrame({name: [] for name in PROSPECTUS.names}, dtype=str).set_index("block_id")
    texts = dataclasses.replace(
        PROSPECTUS, columns=tuple(dataclasses.replace(column, kind="text") for column in PROSPECTUS.columns)
    )
    return read_table(path, texts).set_index("block_id")


def _show_waiting(tables: Tables, plan: PlanFiles, settings: Settings, *, blocks: pd.Series) -> pd.Series:
    """Show the hours that wait in each block, a total: ``*`` where they rest on few people."""
    packages = tables.packages
    said = describe_packages(packages, settings=settings.blocks)
    waiting = packages[said["placeable"] & said["waiting"]]
    person = waiting["person_id"].fillna(waiting["package_id"])
    rows = pd.DataFrame(
        {"block_id": waiting["postcode"].map(plan.postcodes["block_id"]), "person": person, "h": waiting["hours_week"]}
    )
    sums = rows.groupby("block_id").agg(people=("person", "nunique"), hours=("h", "sum")).reindex(blocks).fillna(0.0)
    shown = [
        str(show_count(hours, people=people, rules=settings.disclosure))
        for hours, people in zip(sums["hours"].astype(float), sums["people"].astype(float), strict=True)
    ]
    return pd.Series(shown, index=sums.index, dtype=object)


def _describe(
    own: pd.DataFrame,
    packages: pd.DataFrame,
    postcodes: pd.DataFrame,
    *,
    prospectus: pd.DataFrame,
    waiting: pd.Series,
) -> pd.DataFrame:
    """Tell of each block; where the prospectus tells of it, what waits is as there: cut with the other figures."""
    frame = own[["block_id", "status", "district_name"]].sort_values("block_id", ignore_index=True)
    ids = frame["block_id"]
    sectors = postcodes.assign(sector=postcodes["postcode"].str[:-2]).groupby("block_id")["sector"].unique().map(sorted)
    counted = packages[packages["counts"].astype(bool)]
    sums = counted.groupby("block_id").agg(count=("package_id", "size"), hours=("hours_week", "sum"))
    told = prospectus.reindex(ids)
    shown = told["hours_waiting"].reset_index(drop=True)
    return frame.assign(
        sectors=ids.map(sectors),
        postcodes=ids.map(postcodes["block_id"].value_counts()).fillna(0),
        your_packages=ids.map(sums["count"]).fillna(0),
        your_hours=ids.map(sums["hours"]).fillna(0.0),
        hours_waiting=shown.where(shown.notna(), ids.map(waiting)),
        people_in_zone=told["people"].fillna("").to_numpy(),
        hours_in_zone=told["hours_week"].fillna("").to_numpy(),
    )


def _draw(plan: PlanFiles, name: str, *, blocks: pd.Series) -> bytes:
    zones: gpd.GeoDataFrame = plan.zones[plan.zones["block_id"].isin(blocks)]
    notices = notices_of(plan.record)
    made = provider_zone_map(zones[["block_id", "status", "geometry"]], areas=plan.areas, notices=notices)
    return encode_map(made, title=f"Blocks of {name}", notices=notices, lead="Suggestions for people to decide on")


def _explain(name: str, plan: PlanFiles) -> str:
    record = plan.record
    tables = "\n\n".join(
        f"{table.path}: a row for {table.row}.\n"
        + "\n".join(
            f"  {column.name}: {column.meaning}{f' ({column.shown_unit})' if column.shown_unit else ''}."
            for column in table.columns
        )
        for table in (BLOCKS, POSTCODES, PACKAGES)
    )
    parts = (
        f"Blocks for {' '.join(name.split())}",
        f"From the data of {record.snapshot_date:%-d %B %Y}. {describe_basis(record)}",
        (
            "A proposed block is a suggestion: nothing is awarded, and no package moves unless the person, the social "
            "worker and both providers agree."
        ),
        (
            "This pack holds your own packages and nobody else's. Figures that rest on other people are rounded, and "
            f"{NOT_SHOWN} where they are few; none is given for a postcode."
        ),
        tables,
        f"{MAP}: your blocks, in one file that opens without a network.",
        notices_of(record).licence,
    )
    return "\n\n".join(parts) + "\n"
