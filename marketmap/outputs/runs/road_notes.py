"""What the first page of every run says about its roads: which map, how old, what is missing, where it stops."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from marketmap.inputs.county import Tables
from marketmap.settings import OFF_PEAK, WALK
from marketmap.travel import RoadNetwork
from marketmap.travel.road_ends import find_road_ends, metres_to_end

# Journeys that begin so near a cut road would often take it. Fewer ends or postcodes than these are a coast's or a
# dale's, not a border's.
NEAR_END_METRES = 3000.0
LEAST_ENDS, LEAST_SHARE = 3, 0.05
OLD_YEARS = 2.0
_DAYS_A_YEAR = 365.25


def note_roads(tables: Tables, network: RoadNetwork) -> list[str]:
    """Say what a reader of any result must know about the roads.

    Returns
    -------
    list of str
        The roads in a line, and a warning where the file stops too near; nothing for illustrative roads, which
        are marked as such elsewhere.
    """
    if network.illustrative:
        return []
    about = network.describe() | {"mode": network.settings.mode, "scenario": network.settings.scenario}
    edge = note_road_ends(network, places_with_packages(tables))
    return [describe_roads(about, snapshot_date=tables.snapshot_date), *([edge] if edge else [])]


def describe_roads(roads: Mapping[str, Any], *, snapshot_date: dt.date) -> str:
    """Write the roads in one line.

    Parameters
    ----------
    roads
        As `RoadNetwork.describe` gives them, with ``mode`` and ``scenario``.
    snapshot_date
        The day that the data are as of: the map's age is counted to it, so that the same run always says the same.
    """
    traffic = "off-peak" if roads["scenario"] == OFF_PEAK else f'in the scenario "{roads["scenario"]}"'
    how = "on foot" if roads["mode"] == WALK else f"{traffic}, by car"
    parts = int(roads["cut_off_parts"])
    lost = (
        f"{float(roads['cut_off_km']):,.1f} km in {parts:,} part{'s' if parts > 1 else ''} cannot be reached "
        f"and {'are' if parts > 1 else 'is'} left out"
        if parts
        else "every road can be reached"
    )
    return f"Roads: {roads['file']}, {_describe_age(str(roads['date']), snapshot_date)}, {how}; {lost}."


def _describe_age(date: str, snapshot_date: dt.date) -> str:
    try:
        drawn = dt.date.fromisoformat(date[:10])
    except ValueError:
        return "a map of unknown date"
    years = (snapshot_date - drawn).days / _DAYS_A_YEAR
    if years <= OLD_YEARS:
        return f"map of {drawn}"
    return f"map of {drawn} ({years:.0f} years older than the data: new estates and roads are not on it)"


def note_road_ends(network: RoadNetwork, places: pd.DataFrame) -> str:
    """Warn where the road file stops near many of the county's places; blank where it does not.

    Parameters
    ----------
    network
        The roads.
    places
        Indexed by postcode: ``easting``, ``northing`` of the county's postcodes with demand.
    """
    ends = find_road_ends(network)
    metres = metres_to_end(ends, places)
    near = metres <= NEAR_END_METRES
    # Ends that matter are those with a place near them, not those of a margin far out.
    close = int((metres_to_end(places, ends) <= NEAR_END_METRES).sum())
    if close < LEAST_ENDS or near.sum() < LEAST_SHARE * len(places):
        return ""
    sector = str(places.index[int(np.argmin(metres))])[:-2]  # no client's postcode stands on a first page
    return (
        f"The road file ends at {close:,} main roads within 3 km of {int(near.sum()):,} of the county's "
        f"{len(places):,} postcodes with packages (nearest: {metres.min():,.0f} m, in {sector}): journeys there may be "
        "too long. Take an extract with some kilometres around the county."
    )


def places_with_packages(tables: Tables) -> pd.DataFrame:
    """List the county's postcodes with active or waiting packages: ``easting``, ``northing``, sorted."""
    packages = tables.packages
    current = packages["placed"] & packages["status"].isin(["active", "waiting"])
    at_home = current & packages["postcode"].isin(tables.county_postcodes.index)
    rows = packages.loc[at_home, ["postcode", "easting", "northing"]].drop_duplicates("postcode")
    return rows.set_index("postcode").astype(float).sort_index()
