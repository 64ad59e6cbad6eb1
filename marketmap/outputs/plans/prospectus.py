"""What each proposed block offers a provider, with no personal data: every figure through the gate to ``public/``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from marketmap.blocks.plan import Plan
from marketmap.inputs.county import Tables
from marketmap.inputs.gathered import find_gathered
from marketmap.market.demand import describe_packages, find_usual_price
from marketmap.outputs.gate.disclosure import (
    SUPPRESSED,
    Shown,
    hide_cells,
    is_few,
    show_common,
    show_count,
    show_counts,
    show_mean,
    show_name,
    show_price,
    show_share,
    show_shares,
)
from marketmap.outputs.gate.district_profile import profile_districts
from marketmap.outputs.schema.full import PROSPECTUS
from marketmap.settings import TIME_BANDS, BlockSettings, DisclosureSettings

# Visit lengths in minutes: each class begins at its limit.
LENGTHS = {"visits_under_30": 0.0, "visits_30_to_44": 30.0, "visits_45_to_59": 45.0, "visits_60_and_over": 60.0}
SQUARE_METRES = 1e6
# Said by its own figure.
DOUBLE_HANDED = "double_handed"


def describe_blocks(
    plan: Plan, tables: Tables, *, zones: gpd.GeoDataFrame, basis: str, rules: DisclosureSettings
) -> pd.DataFrame:
    """Describe each proposed block in figures that may be shown to anyone.

    Parameters
    ----------
    plan
        The plan; blocks already let are left out.
    tables
        What it was made from.
    zones
        ``block_id`` and polygons, EPSG:27700, as `marketmap.outputs.maps.zones.zone_polygons` gives them.
    basis
        What the figures rest on, in a sentence.
    rules
        The thresholds.

    Returns
    -------
    DataFrame
        The columns of `marketmap.outputs.schema.full.PROSPECTUS`, every cell `Shown`; in the order of the blocks.
    """
    settings = plan.case.settings.blocks
    members = _find_members(plan)
    calls = _list_calls(tables, members, settings)
    prices = _show_prices(tables, settings, rules)
    square_km = zones.set_index("block_id").geometry.area / SQUARE_METRES
    proposed = plan.proposals[plan.proposals["status"] == "proposed"]
    by_block = dict(list(members.groupby("block_id")))
    by_call = dict(list(calls.groupby("block_id")))
    profiles = profile_districts(members, calls, lengths=list(LENGTHS), rules=rules)
    unknown = dict.fromkeys((name for name in PROSPECTUS.names if name.startswith("district_")), Shown(SUPPRESSED))
    places = _describe_places(plan, tables)
    silent = find_silent(proposed, members, rules)
    limits = f"{settings.min_hours:g} to {settings.max_hours:g}"
    rows = []
    for row in proposed.to_dict("records"):
        name = str(row["block_id"])
        own = by_block.get(name, members.iloc[:0])
        rows.append(
            {
                "block_id": show_name(name),
                "district": show_name(str(row["district_name"])),
                "sectors": show_name(str(row["sectors"])),
                "zone": show_name(places.get(name, "")),
                "hours_limits": show_name(limits),
                "area_km2": show_name(_write_area(square_km.get(name, np.nan))),
                "usual_price_hour": prices.get(str(row["district_code"]), Shown(SUPPRESSED)),
                "basis": show_name(basis),
                **_hide_all(
                    _describe_people(own, row, rules)
                    | _describe_calls(by_call.get(name, calls.iloc[:0]), people=own["person"].nunique(), rules=rules),
                    hide=name in silent,
                ),
                **profiles.get(str(row["district_code"]), unknown),
            }
        )
    return pd.DataFrame(rows, columns=list(PROSPECTUS.names), dtype=object)  # text would lose its type


def find_silent(proposed: pd.DataFrame, members: pd.DataFrame, rules: DisclosureSettings) -> set[str]:
    """Find the blocks that show nothing: of few people, and beside one such the smallest other of its district.

    What a report shows of the district, less the blocks that speak, then rests on more than the few.
    """
    people = members.groupby("block_id")["person"].nunique()
    silent: set[str] = set()
    for _, own in proposed.groupby("district_code", sort=False):
        names = [str(name) for name in own["block_id"]]
        hidden = hide_cells([float(people.get(name, 0)) for name in names], rules=rules)
        silent |= {name for name, hide in zip(names, hidden, strict=True) if hide}
    return silent


def _hide_all(cells: Mapping[str, Shown], *, hide: bool) -> dict[str, Shown]:
    """Hide the figures of a block; a list of needs is then empty, as it is where none is common."""
    return {name: Shown("" if name == "needs" else SUPPRESSED) if hide else text for name, text in cells.items()}


def _describe_people(members: pd.DataFrame, row: Mapping[Any, Any], rules: DisclosureSettings) -> dict[str, Shown]:
    people = members["person"].nunique()
    waiting = members[members["waiting"]]
    double = members.loc[members["carers"] > 1, "person"].nunique()
    # the hours of those who wait and of those who do not add up to the zone's
    both = [people - waiting["person"].nunique(), waiting["person"].nunique()]
    hours = float(members["hours_week"].sum())
    queue = float(waiting["hours_week"].sum())
    _, shown_queue = show_counts([hours - queue, queue], people=both, rules=rules)
    needs = members[["person", "needs"]].explode("needs").dropna().drop_duplicates()
    needs = needs[(needs["needs"] != "") & (needs["needs"] != DOUBLE_HANDED)]
    common = {str(name): float(count) for name, count in needs.groupby("needs")["person"].nunique().items()}
    active = members.loc[~members["waiting"], "person"].nunique()
    return {
        "people": show_count(people, people=people, rules=rules),
        "hours_week": show_count(hours, people=people, rules=rules),
        # of few people even that none of them waits is not said
        "hours_waiting": Shown(SUPPRESSED) if is_few(people, rules=rules) else shown_queue,
        "starts_hours_13w": show_count(float(row["expected_starts_hours_13w"]), people=people, rules=rules),
        "drive_minutes": show_mean(float(row["minutes_per_visit_proposed"]), people=active, decimals=1, rules=rules),
        "double_handed": show_share(double, people, rules=rules),
        "needs": show_common(common, rules=rules),
    }


def _describe_calls(calls: pd.DataFrame, *, people: int, rules: DisclosureSettings) -> dict[str, Shown]:
    if is_few(people, rules=rules):
        return dict.fromkeys([*(f"hours_{band}" for band in TIME_BANDS), *LENGTHS], Shown(SUPPRESSED))
    bands = calls.groupby("band")
    hours, served = bands["hours"].sum(), bands["person"].nunique()
    by_band = show_counts(
        [float(hours.get(band, 0.0)) for band in TIME_BANDS],
        people=[float(served.get(band, 0)) for band in TIME_BANDS],
        rules=rules,
    )
    lengths = calls.groupby("length")
    times, served = lengths["times"].sum(), lengths["person"].nunique()
    by_length = show_shares(
        [float(times.get(name, 0.0)) for name in LENGTHS],
        people=[float(served.get(name, 0)) for name in LENGTHS],
        rules=rules,
    )
    return {
        **{f"hours_{band}": text for band, text in zip(TIME_BANDS, by_band, strict=True)},
        **dict(zip(LENGTHS, by_length, strict=True)),
    }


def _describe_places(plan: Plan, tables: Tables) -> dict[str, str]:
    """Say where each zone lies: how many postcodes, and the sectors that hold most of them.

    Of doors, not of care; a delivery office's boxes are counted apart, or a town centre lies mostly in sectors of its
    outskirts.
    """
    gathered = find_gathered(tables.county_postcodes).reindex(plan.postcodes["postcode"]).to_numpy(bool)
    sectors = tables.county_postcodes["sector"].reindex(plan.postcodes["postcode"]).to_numpy()
    table = plan.postcodes.assign(sector=sectors, gathered=gathered)
    return {
        str(block): _describe_place(
            own.loc[~own["gathered"], "sector"].value_counts(), boxes=int(own["gathered"].sum())
        )
        for block, own in table.groupby("block_id")
    }


def _describe_place(counts: pd.Series, *, boxes: int) -> str:
    doors = int(counts.sum())
    number = f"{doors + boxes:,} postcode{'s' if doors + boxes > 1 else ''}"
    if boxes:
        number += f", {boxes:,} of them at a delivery office"
    if not doors:
        return number
    rest = "the others " if boxes else ""
    if len(counts) == 1:
        return f"{number}, {rest}all in {counts.index[0]}"
    ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))[:2]
    return f"{number}, {rest}mostly in " + " and ".join(f"{sector} ({count / doors:.0%})" for sector, count in ordered)


def _write_area(square_km: float) -> str:
    """Write a size to about two figures; blank for a zone that is not drawn."""
    if np.isnan(square_km):
        return ""
    return f"{square_km:,.{0 if square_km >= 10 else 1 if square_km >= 1 else 2}f}"


def _find_members(plan: Plan) -> pd.DataFrame:
    """Find the packages that a block would take: ``package_id, person, block_id, hours_week`` and what they need."""
    members = plan.case.model.members
    block = plan.postcodes.set_index("postcode")["block_id"]
    person = members["person_id"].astype("object").where(members["person_id"].notna(), members["package_id"])
    needs = [str(value).split(";") if pd.notna(value) else [] for value in members["needs"]]
    return pd.DataFrame(
        {
            "package_id": members["package_id"],
            "person": person,
            "block_id": members["postcode"].map(block),
            "district": members["postcode"].map(plan.case.model.points["district_code"]).astype(str),
            "hours_week": members["hours_week"].astype(float),
            "visits_week": members["visits_week"].astype(float),
            "carers": pd.to_numeric(members["carers_required"]).astype(float),
            "waiting": members["waiting"].astype(bool),
            "needs": pd.Series([[part.strip() for part in parts] for parts in needs], index=members.index),
        }
    )


def _list_calls(tables: Tables, members: pd.DataFrame, settings: BlockSettings) -> pd.DataFrame:
    """List calls by band and length; a package without calls is spread by the settings' mix at its mean length."""
    keys = members[["package_id", "person", "block_id", "district"]]
    parts = []
    known = pd.Series(data=False, index=members.index)
    if tables.calls is not None and len(tables.calls):
        called = tables.calls[["package_id", "days", "time_band", "minutes"]].merge(keys, on="package_id")
        times = called["days"].astype(str).str.count(";").to_numpy(float) + 1.0
        parts.append(called.assign(band=called["time_band"].astype(str), times=times,
                                   minutes=called["minutes"].astype(float)))  # fmt: skip
        known = members["package_id"].isin(called["package_id"])
    rest = members[~known]
    visits = rest["visits_week"].where(rest["visits_week"] > 0)
    for band in TIME_BANDS:
        share = settings.band_mix.get(band, 0.0)
        if share > 0 and len(rest):
            minutes = (rest["hours_week"] * 60 / visits).fillna(0.0)
            parts.append(rest.assign(band=band, times=visits.fillna(0.0) * share, minutes=minutes))
    columns = ["block_id", "district", "person", "band", "times", "minutes"]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in [*columns, "hours", "length"]})
    rows = pd.concat([part[columns] for part in parts], ignore_index=True)
    limits = np.array(list(LENGTHS.values()))
    names = np.array(list(LENGTHS), dtype=object)
    return rows.assign(
        hours=rows["times"] * rows["minutes"] / 60,
        length=names[np.searchsorted(limits, rows["minutes"].to_numpy(float), side="right") - 1],
    )


def _show_prices(tables: Tables, settings: BlockSettings, rules: DisclosureSettings) -> dict[str, Shown]:
    """Show each district's usual price where no company could be told from it."""
    packages = tables.packages
    described = describe_packages(packages, settings=settings)
    usual = find_usual_price(packages, described)
    priced = packages[described["placeable"] & ~described["waiting"] & packages["price_hour"].notna()]
    company = tables.providers.set_index("provider_id")["company_id"]
    table = pd.DataFrame(
        {
            "district": priced["district_code"].astype(str),
            "company": priced["provider_id"].map(company).fillna("").astype(str),
            "hours": described.loc[priced.index, "carer_hours"].astype(float),
            "person": priced["person_id"].astype("object").where(priced["person_id"].notna(), priced["package_id"]),
        }
    )
    return {
        str(district): show_price(
            float(usual.get(district, np.nan)),
            hours_by_company={
                str(name): float(hours) for name, hours in rows.groupby("company")["hours"].sum().items()
            },
            people=rows["person"].nunique(),
            rules=rules,
        )
        for district, rows in table.groupby("district")
    }


def explain_rules(rules: DisclosureSettings, *, assumed_mix: bool) -> list[str]:
    """Say in sentences what was done to the figures.

    Parameters
    ----------
    assumed_mix
        Whether no table says when care is wanted.
    """
    few = rules.least_people
    hidden = (
        f"* stands for a figure that rests on somebody but on fewer than {few} people, or would let such a one be had "
        "by subtraction (so beside a zone of few people a second one of its district shows nothing), and for a share, "
        "mean or price that nobody or too little stands behind. A 0 rests on nobody, "
        f"or on {few} people or more and rounds to 0; a zone of fewer than {few} people shows no 0 of its own."
    )
    rounded = f"People and hours are rounded to the nearest {rules.round_to}; shares come from the rounded counts."
    needs = f"A need is listed where {few} people or more in the zone have it; there may be others."
    price = (
        f"The usual price is the district's mean. It is shown where {rules.least_companies} companies or more are paid "
        f"there and none has over {rules.dominance:.0%} of the hours."
    )
    district = (
        "Beside a zone stands its district: shares of all home care there that could be in a block, so that a zone of "
        "few people can be judged too. The least and most hours are limits of the plan, the same for every block."
    )
    spread = "Hours by time of day follow an assumed mix: no table says when calls are wanted."
    return [hidden, rounded, needs, price, district, *([spread] if assumed_mix else [])]
