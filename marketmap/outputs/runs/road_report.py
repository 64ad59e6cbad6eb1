"""A report on a county's roads for somebody who does not trust them yet: one output folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from marketmap.inputs.county import County, read_county
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.maps.road_map import write_road_map
from marketmap.outputs.plans.writing import find_outlines
from marketmap.outputs.runs.batch import roads_of
from marketmap.outputs.runs.county_record import record_county
from marketmap.outputs.runs.road_journeys import choose_journeys, read_journeys, time_journeys
from marketmap.outputs.runs.road_notes import NEAR_END_METRES, note_roads, places_with_packages
from marketmap.outputs.schema import road as columns
from marketmap.travel import Placement, RoadNetwork, detour_ratios
from marketmap.travel.placing import place_coordinates
from marketmap.travel.road_ends import find_road_ends, metres_to_end
from marketmap.travel.road_facts import roads_by_class

_FURTHEST = 50
_NEAR_METRES = 100.0
_LEAST_PAIRS = 100  # below this a band's median says nothing


@dataclass(frozen=True)
class RoadReport:
    """What is found about a county's roads: one frame for each table of `marketmap.outputs.schema.road`."""

    by_class: pd.DataFrame
    cut_off: pd.DataFrame
    ends: pd.DataFrame
    far: pd.DataFrame
    journeys: gpd.GeoDataFrame
    detours: pd.DataFrame
    share_near: float


def run_road_report(
    county_folder: Path,
    out: Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    journeys: Path | None = None,
    command: Sequence[str] = ("roads",),
    on_stage: Callable[[str], None] = lambda _: None,
) -> RunRecord:
    """Report on a county's roads and write what was found, whole or not at all.

    Parameters
    ----------
    county_folder, overrides, on_stage
        As for `marketmap.outputs.runs.batch.prepare`; no minutes between packages are measured.
    out
        The output folder.
    journeys
        A table with ``from_postcode`` and ``to_postcode``; None: between places where postcodes crowd together.
    command
        What was typed, for the record.

    Returns
    -------
    RunRecord
        The record as written to ``run.json``.

    Raises
    ------
    MarketmapError
        With the text to show; the output folder is then as it was.
    """
    with OutputFolder(out) as folder:
        on_stage("Reading and checking the tables")
        county = read_county(county_folder, overrides=overrides)
        asked = choose_journeys(county.tables.county_postcodes) if journeys is None else read_journeys(journeys)
        on_stage("Reading the roads")
        network = roads_of(county)
        on_stage("Looking at the roads")
        report = look_at_roads(county, network, asked)
        on_stage("Writing the results")
        for frame, table in (
            (report.by_class, columns.ROADS_BY_CLASS),
            (report.cut_off, columns.ROADS_CUT_OFF),
            (report.ends, columns.ROAD_ENDS),
            (report.far, columns.POSTCODES_FAR),
            (pd.DataFrame(report.journeys), columns.JOURNEYS),
            (report.detours, columns.DETOURS),
        ):
            folder.write_table(frame, table)
        record = _make_record(county, network, report, command=command)
        write_road_map(
            folder,
            network=network,
            cut_off=report.cut_off,
            ends=report.ends,
            journeys=report.journeys[report.journeys["scenario"] == county.settings.travel.scenario],
            areas=find_outlines(county),
            record=record,
            county=county.settings.county.name,
        )
        return folder.finish(record)


def look_at_roads(county: County, network: RoadNetwork, journeys: pd.DataFrame) -> RoadReport:
    """Find out what there is to know about a county's roads.

    Parameters
    ----------
    county, network
        The county and its roads.
    journeys
        ``from_postcode``, ``to_postcode``.
    """
    own = county.tables.county_postcodes
    places = place_coordinates(
        network,
        own["easting"].astype(float),
        own["northing"].astype(float),
        snap_metres=county.settings.travel.snap_metres,
    )
    cut_off = _beside_postcodes(network.cut_off, own).assign(km=network.cut_off["metres"] / 1000)
    ends = _beside_postcodes(find_road_ends(network), own)
    packages = county.tables.packages
    current = packages[packages["placed"] & packages["status"].isin(["active", "waiting"])]
    ends["postcodes_near"] = _count_near(ends, own)
    ends["packages_near"] = _count_near(ends, current)
    return RoadReport(
        by_class=roads_by_class(network, scenario=county.settings.travel.scenario),
        cut_off=cut_off,
        ends=ends.sort_values("packages_near", ascending=False, kind="stable", ignore_index=True),
        far=_list_far(places, own),
        journeys=time_journeys(journeys, county, network),
        detours=detour_ratios(network),
        share_near=float(np.mean(places.metres <= _NEAR_METRES)),
    )


def _beside_postcodes(spots: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Name the county's postcode that is nearest to each spot."""
    tree = KDTree(own[["easting", "northing"]].to_numpy(dtype=float))
    metres, nearest = tree.query(spots[["easting", "northing"]].to_numpy(dtype=float).reshape(-1, 2))
    return spots.assign(
        nearest_postcode=own.index[nearest], sector=own["sector"].to_numpy()[nearest], nearest_metres=metres
    )


def _count_near(ends: pd.DataFrame, places: pd.DataFrame) -> list[int]:
    """Count the places within 3 km of each end."""
    return [int((metres_to_end(ends.iloc[[row]], places) <= NEAR_END_METRES).sum()) for row in range(len(ends))]


def _list_far(places: Placement, own: pd.DataFrame) -> pd.DataFrame:
    table = own.assign(metres=places.metres, reason=places.reason).rename_axis("postcode").reset_index()
    by_distance = table.sort_values("metres", ascending=False, kind="stable", ignore_index=True)
    return by_distance[(by_distance.index < _FURTHEST) | (by_distance["reason"] != "")]


def _make_record(county: County, network: RoadNetwork, report: RoadReport, *, command: Sequence[str]) -> RunRecord:
    tables, settings = county.tables, county.settings
    about = network.describe() | {"mode": settings.travel.mode, "scenario": settings.travel.scenario}
    return record_county(
        county,
        command=command,
        roads={**about, "illustrative": network.illustrative},
        notes=[*note_roads(tables, network), *_remarks(report, county)],
        summary=_summarise(report),
    )


def _summarise(report: RoadReport) -> str:
    km = report.by_class["km"]
    posted = float((report.by_class["posted_share"] * km).sum() / km.sum())
    lost = int((report.far["reason"] != "").sum())
    return (
        f"{km.sum():,.0f} km of road, {posted:.0%} of it with a posted limit; {report.share_near:.1%} of the county's "
        f"postcodes lie within {_NEAR_METRES:.0f} m of a road, the furthest {report.far['metres'].max():,.0f} m, and "
        f"{lost:,} could not be placed."
    )


def _remarks(report: RoadReport, county: County) -> list[str]:
    seen = report.detours[report.detours["pairs"] >= _LEAST_PAIRS]
    bands = "; ".join(
        f"{low / 1000:g} to {high / 1000:g} km: {ratio:.2f} ({real:.2f})"
        for low, high, ratio, real in seen[["metres_from", "metres_below", "median", "real_median"]].itertuples(
            index=False
        )
    )
    notes = []
    if bands:
        notes.append(f"Road over straight line, median by distance (measured English roads in brackets): {bands}.")
    own = report.journeys[report.journeys["scenario"] == county.settings.travel.scenario]
    timed = own[own["reason"] == ""]
    if len(timed):
        notes.append(
            f"{len(own) // 2:,} journeys, each both ways, are in internal/journeys.csv: compare some with a "
            "route planner."
        )
    if len(timed) < len(own):
        notes.append(f"{(len(own) - len(timed)) // 2:,} of them have no time; the reason stands beside each.")
    if len(report.ends):
        demand = len(places_with_packages(county.tables))
        notes.append(
            f"The file's edge cuts {len(report.ends):,} main roads; internal/road_ends.csv says which are near any of "
            f"the {demand:,} postcodes with packages."
        )
    return notes
