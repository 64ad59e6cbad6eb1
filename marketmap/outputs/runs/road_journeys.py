"""Journeys that a person can check: between two postcodes, each way, in every scenario."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

from marketmap.errors import Fault, InputError
from marketmap.inputs.county import County
from marketmap.inputs.readers import read_table
from marketmap.travel import RoadNetwork
from marketmap.travel.detours import REAL_DETOURS
from marketmap.travel.made_up.main_roads import crowding
from marketmap.travel.network import Floats, Ints
from marketmap.travel.placing import Placement, keep_covered, place_coordinates
from marketmap.travel.routes import trace_routes

ENDS = ("from_postcode", "to_postcode")
MOST_JOURNEYS = 500
_PER_BAND, _PLACES, _SPACING_METRES = 4, 60, 800.0
_BANDS = (*REAL_DETOURS, (20000.0, 40000.0))


def read_journeys(path: Path) -> pd.DataFrame:
    """Read journeys that somebody wants to see: ``from_postcode``, ``to_postcode``, as text in any spelling.

    Raises
    ------
    InputError
        As `marketmap.inputs.readers.read_table`; for an empty cell, and for more than 500 journeys.
    """
    frame = read_table(path, columns=ENDS, required=ENDS).frame[list(ENDS)]
    empty = frame[(frame == "").any(axis=1)]
    if len(empty):
        what, remedy = "a journey lacks one of its postcodes", "Give both, or leave the row out"
        raise InputError([Fault(path.name, what, remedy, rows=tuple(int(row) for row in empty.index))])
    if len(frame) > MOST_JOURNEYS:
        what = f"it holds {len(frame):,} journeys, and a report shows {MOST_JOURNEYS} at most"
        raise InputError([Fault(path.name, what, "Give those that matter")])
    return frame.drop_duplicates(ignore_index=True)


def choose_journeys(postcodes: pd.DataFrame) -> pd.DataFrame:
    """Choose journeys between places where postcodes crowd together, up to four in each band of distance.

    Parameters
    ----------
    postcodes
        The county's: index the postcode; ``easting``, ``northing``.

    Returns
    -------
    DataFrame
        ``from_postcode``, ``to_postcode``, nearer pairs first. Those between larger places come first; within a band a
        place stands once, as far as there are enough.
    """
    at = postcodes[["easting", "northing"]].to_numpy(dtype=float)
    crowd = crowding(at)
    centres = _centres(at, crowd)
    apart = cdist(at[centres], at[centres])
    one, other = np.triu_indices(len(centres), 1)
    lesser = np.minimum(crowd[centres[one]], crowd[centres[other]])
    order = np.lexsort((other, one, -lesser))
    chosen: list[tuple[str, str]] = []
    for low, high in _BANDS:
        pairs = [(i, j) for i, j in zip(one[order], other[order], strict=True) if low <= apart[i, j] < high]
        used: set[int] = set()
        fresh = []
        for pair in pairs:
            if not used & set(pair):
                fresh.append(pair)
                used |= set(pair)
        again = [pair for pair in pairs if pair not in set(fresh)]
        names = [tuple(str(postcodes.index[centres[place]]) for place in pair) for pair in fresh + again]
        chosen += [(name[0], name[1]) for name in names[:_PER_BAND]]
    return pd.DataFrame(chosen, columns=list(ENDS))


def _centres(at: Floats, crowd: Ints) -> Ints:
    """Pick the most crowded places, none within 800 m of one picked before."""
    tree = KDTree(at)
    covered = np.zeros(len(at), dtype=bool)
    picked: list[int] = []
    for place in np.lexsort((np.arange(len(at)), -crowd)).tolist():
        if not covered[place]:
            picked.append(place)
            covered[tree.query_ball_point(at[place], _SPACING_METRES)] = True
        if len(picked) == _PLACES:
            break
    return np.array(picked, dtype=np.int64)


def time_journeys(journeys: pd.DataFrame, county: County, network: RoadNetwork) -> gpd.GeoDataFrame:
    """Time journeys each way in every scenario of the settings, and follow their way.

    Parameters
    ----------
    journeys
        ``from_postcode``, ``to_postcode``.
    county
        Says where postcodes lie, and which are its own.
    network
        The roads.

    Returns
    -------
    GeoDataFrame
        EPSG:27700, the columns of `marketmap.outputs.schema.road.JOURNEYS` and the way as ``geometry``, an empty
        line where there is none.
    """
    both = pd.concat([journeys, journeys.rename(columns=dict(zip(ENDS, ENDS[::-1], strict=True)))[list(ENDS)]])
    both = both.sort_index(kind="stable").reset_index(drop=True)
    ends = [_place(both[end], county, network) for end in ENDS]
    (start, spelt_start), (goal, spelt_goal) = ends
    straight = np.hypot(start.x - goal.x, start.y - goal.y)
    reason = [
        "; ".join(f"{name} {why}" for name, why in ((here, lost), (there, lost_too)) if why)
        for here, lost, there, lost_too in zip(spelt_start, start.reason, spelt_goal, goal.reason, strict=True)
    ]
    legs = start.metres + goal.metres
    parts = []
    for scenario in network.settings.scenarios:
        found = trace_routes(network, start, goal, scenario=scenario)
        minutes = found["minutes"].where(np.isfinite(found["minutes"]))
        with np.errstate(divide="ignore", invalid="ignore"):
            detour = np.where(straight > 0, (found["road_metres"] + legs) / straight, np.nan)
            mean_kmh = np.where(minutes > 0, found["road_metres"] / 1000 / (minutes / 60), np.nan)
        made = {
            ENDS[0]: spelt_start,
            ENDS[1]: spelt_goal,
            "scenario": scenario,
            "minutes": minutes,
            "km": found["road_metres"] / 1000,
            "straight_km": straight / 1000,
            "detour": detour,
            "mean_kmh": mean_kmh,
            "reason": reason,
        }
        parts.append(gpd.GeoDataFrame(made, geometry=found.geometry))
    table = pd.concat(parts)
    return gpd.GeoDataFrame(table.sort_index(kind="stable").reset_index(drop=True), crs=parts[0].crs)


def _place(postcodes: pd.Series, county: County, network: RoadNetwork) -> tuple[Placement, list[str]]:
    """Place journeys' ends on the roads, and spell their postcodes one way."""
    found = county.ground.directory.place(postcodes)
    spelt = found["postcode"].fillna(postcodes)
    at = found[["easting", "northing"]].astype(float).set_index(pd.Index(spelt))
    if not at["easting"].notna().any():
        what = "none of the journeys' postcodes is known here"
        raise InputError([Fault("journeys", what, "Check their spelling")])
    placement = place_coordinates(
        network, at["easting"], at["northing"], snap_metres=county.settings.travel.snap_metres
    )
    unknown = found["reason"].to_numpy() != ""
    reason = np.where(unknown, "is not a postcode that is known here", placement.reason)
    named = dataclasses.replace(placement, reason=reason)
    return keep_covered(network, named, own=county.tables.county_postcodes.index), spelt.tolist()
