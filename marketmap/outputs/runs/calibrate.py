"""A calibration run: call monitoring in, one output folder with factors on travel times out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from marketmap.errors import Fault, InputError, RoadsError
from marketmap.inputs.county import County, read_county
from marketmap.inputs.placing import place_rows
from marketmap.market.intervals import share_interval
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.runs.batch import roads_of
from marketmap.outputs.runs.county_record import record_county
from marketmap.outputs.runs.road_notes import note_roads
from marketmap.outputs.schema import block as block_columns
from marketmap.settings import WALK
from marketmap.travel import RoadNetwork
from marketmap.travel.calibration.coverage import measure_coverage
from marketmap.travel.calibration.factors import Calibration, calibrate
from marketmap.travel.calibration.gaps import observe_gaps
from marketmap.travel.calibration.scenario_file import write_scenarios

SCENARIOS_FILE = "internal/scenarios.toml"
_SHOWN_PROVIDERS = 5
_MADE_UP = "The factors are on illustrative roads: they mend made-up roads, and say nothing about real ones."


def run_calibration(
    county_folder: Path,
    out: Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    command: Sequence[str] = ("calibrate",),
    on_stage: Callable[[str], None] = lambda _: None,
) -> RunRecord:
    """Fit travel times to a county's call monitoring and write what was found, whole or not at all.

    Parameters
    ----------
    county_folder, overrides, on_stage
        As for `marketmap.outputs.runs.batch.prepare`; no minutes between places are measured.
    out
        The output folder.
    command
        What was typed, for the record.

    Returns
    -------
    RunRecord
        The record as written to ``run.json``. Where the data support no factor, its summary says why: that is
        a result, not an error.

    Raises
    ------
    InputError
        When the county has no visits table.
    MarketmapError
        With the text to show; the output folder is then as it was.
    """
    with OutputFolder(out) as folder:
        on_stage("Reading and checking the tables")
        county = read_county(county_folder, overrides=overrides)
        if county.settings.travel.mode == WALK:
            raise RoadsError("Scenarios do not apply on foot, so there is nothing to fit: set travel.mode to drive.")
        visits = place_visits(county)  # before the roads: without visits there is nothing to read them for
        on_stage("Reading the roads")
        network = roads_of(county)
        settings = county.settings.calibration
        on_stage("Comparing gaps between visits with modelled journeys")
        found = calibrate(observe_gaps(visits, settings=settings), network, settings=settings)
        coverage = measure_coverage(visits, county.tables.packages, settings=settings)
        on_stage("Writing the results")
        folder.write_table(count_pure(found.table), block_columns.CALIBRATION)
        folder.write_table(_list_reasons(found), block_columns.CALIBRATION_GAPS)
        folder.write_table(_name_providers(coverage, county), block_columns.MONITORING_COVERAGE)
        folder.write_table(county.tables.unplaced, block_columns.UNPLACED)
        text = write_scenarios(found, travel=county.settings.travel, caveats=_caveats(found, coverage, county, network))
        folder.write_bytes(SCENARIOS_FILE, text.encode("utf-8"))
        return folder.finish(_make_record(county, network, found, coverage, command=command))


def count_pure(table: pd.DataFrame) -> pd.DataFrame:
    """Say of how many gaps a share of pure journeys is, and how far it could be off by chance."""
    known = table["pure_share"].notna()
    fitted = table["gaps_fitted"].where(known, 0).astype("int64")
    pure = (table["pure_share"].fillna(0.0) * fitted).round().astype("int64").clip(upper=fitted)
    low, high = share_interval(pure, fitted)
    return table.assign(gaps_pure=pure.where(known), pure_low=low, pure_high=high)


def place_visits(county: County) -> pd.DataFrame:
    """Give each visit a place: its own postcode, or else its package's.

    Returns
    -------
    DataFrame
        The visits with ``postcode``, ``easting`` and ``northing`` filled in where they are known.

    Raises
    ------
    InputError
        When the county has no visits table.
    """
    tables = county.tables
    if tables.visits is None:
        raise InputError(
            [
                Fault(
                    "visits",
                    "there is no visits table, so there is nothing to calibrate with",
                    "Add visits.csv, .xlsx or .parquet: call monitoring, one row for each carer's attendance "
                    "(templates/visits.csv has the columns)",
                )
            ]
        )
    # A package's last line stands for visits of packages that are no longer in force.
    lines = pd.concat([tables.package_lines[["package_id", "postcode"]], tables.packages[["package_id", "postcode"]]])
    home = lines.drop_duplicates("package_id", keep="last").set_index("package_id")["postcode"]
    visits = tables.visits
    filled = visits["postcode"].astype(object).where(visits["postcode"].notna(), visits["package_id"].map(home))
    placed = place_rows(visits.assign(postcode=filled.astype("str")), directory=county.ground.directory)
    return placed.drop(columns=["sector", "district_code", "reason"])


def _list_reasons(found: Calibration) -> pd.DataFrame:
    listed = found.reasons.reset_index()
    return listed.assign(reason=listed["reason"].replace("", "used")).sort_values(
        ["gaps", "reason"], ascending=[False, True], ignore_index=True
    )


def _name_providers(coverage: pd.DataFrame, county: County) -> pd.DataFrame:
    providers = county.tables.providers
    names = pd.Series(providers["provider_name"].to_numpy(), index=providers["provider_id"])
    return coverage.assign(provider_name=coverage["provider_id"].map(names).fillna(""))


def _make_record(
    county: County, network: RoadNetwork, found: Calibration, coverage: pd.DataFrame, *, command: Sequence[str]
) -> RunRecord:
    tables = county.tables
    return record_county(
        county,
        command=command,
        roads={**network.describe(), "illustrative": network.illustrative},
        notes=[*note_roads(tables, network), *tables.notes, *_remarks(coverage, county, network), *found.doubts()],
        summary=found.summary(),
    )


def _remarks(coverage: pd.DataFrame, county: County, network: RoadNetwork) -> list[str]:
    commissioned = coverage[coverage["hours_commissioned"] > 0]
    total = float(commissioned["hours_commissioned"].sum())
    least = county.settings.calibration.least_coverage
    notes = []
    if total > 0:
        made, logged = (float(commissioned[f"hours_{kind}"].sum()) / total for kind in ("monitored", "automatic"))
        notes.append(
            f"Call monitoring shows visits made for {made:.0%} of the carer hours that the packages table commissions, "
            f"and {logged:.0%} logged automatically."
        )
    thin = commissioned[~commissioned["enough"]].sort_values("hours_commissioned", ascending=False, kind="stable")
    if len(thin):
        shown = ", ".join(thin["provider_id"].astype(str).head(_SHOWN_PROVIDERS))
        more = f" and {len(thin) - _SHOWN_PROVIDERS} more" if len(thin) > _SHOWN_PROVIDERS else ""
        notes.append(
            f"Under {least:.0%} of their commissioned hours are seen for {len(thin)} of {len(commissioned)} providers "
            f"(largest first: {shown}{more}): factors say little about them; internal/monitoring_coverage.csv."
        )
    if network.illustrative:
        notes.append(_MADE_UP)
    return notes


def _caveats(found: Calibration, coverage: pd.DataFrame, county: County, network: RoadNetwork) -> list[str]:
    """Say what must be read with the factors wherever they are pasted."""
    thin = coverage[~coverage["enough"] & coverage["provider_id"].astype("str").isin(found.providers)]
    caveats = [_MADE_UP] if network.illustrative else []
    if len(thin):
        shown = ", ".join(thin["provider_id"].astype(str).head(_SHOWN_PROVIDERS))
        more = f" and {len(thin) - _SHOWN_PROVIDERS} more" if len(thin) > _SHOWN_PROVIDERS else ""
        caveats.append(
            f"{len(thin)} of the {len(found.providers)} providers whose gaps were fitted have under "
            f"{county.settings.calibration.least_coverage:.0%} of their commissioned hours monitored ({shown}{more}): "
            "their rounds may hold visits that the file does not show."
        )
    return caveats
