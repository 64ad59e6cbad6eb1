"""Travel times from many points to many points by road."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from marketmap.errors import RoadsError
from marketmap.travel.engine import shortest_seconds
from marketmap.travel.network import OFF_PEAK, Floats, Ints, RoadNetwork
from marketmap.travel.placing import Placement, place_points
from marketmap.travel.splitting import split_roads

Minutes = NDArray[np.float32]
# A place given in degrees comes back from them a millimetre away.
_SAME_PLACE_METRES, _SAME_PLACE_ROWS = 0.1, 256
_ROUNDING = 1e-6  # the engine may cut off only what float32 minutes cannot bring back under the limit


def travel_matrix(
    network: RoadNetwork,
    origins: gpd.GeoSeries | gpd.GeoDataFrame,
    destinations: gpd.GeoSeries | gpd.GeoDataFrame,
    *,
    max_minutes: float | None = None,
    scenario: str = OFF_PEAK,
) -> Minutes:
    """Minutes by road from every origin to every destination.

    Parameters
    ----------
    network
        The roads.
    origins, destinations
        Points in any coordinate reference system.
    max_minutes
        Times above this become ``inf``; None: no limit.
    scenario
        Which traffic.

    Returns
    -------
    numpy.ndarray
        float32, (origins, destinations), ``inf`` where there is no way or a point could not be placed
        (`place_points` names those). Both straight legs between door and road are included. Two points no
        further than 10 cm from each other are 0 minutes apart.

    Raises
    ------
    CrsError
        When points have no coordinate reference system.
    RoadsError
        When every origin or every destination lies outside the roads' extent, for a scenario that there is none of
        and for a limit that is negative or no number.
    """
    came = place_points(network, origins)
    goes = came if destinations is origins else place_points(network, destinations)
    return placed_matrix(network, came, goes, max_minutes=max_minutes, scenario=scenario)


def placed_matrix(
    network: RoadNetwork,
    origins: Placement,
    destinations: Placement,
    *,
    max_minutes: float | None = None,
    scenario: str = OFF_PEAK,
    fast: bool | None = None,
    threads: int | None = None,
) -> Minutes:
    """Work as `travel_matrix` does, for points already placed; ``fast`` and ``threads`` as in `shortest_seconds`."""
    limit = _read_limit(max_minutes)
    minutes = np.full((len(origins.line), len(destinations.line)), np.inf, dtype=np.float32)
    graph, (origin_node, destination_node) = split_roads(network, [origins, destinations], scenario=scenario)
    rows, columns = np.flatnonzero(origin_node >= 0), np.flatnonzero(destination_node >= 0)
    sources, source_of = np.unique(origin_node[rows], return_inverse=True)
    targets, target_of = np.unique(graph.arrival(destination_node[columns]), return_inverse=True)
    every_column = len(columns) == len(destination_node)
    members = np.split(rows[np.argsort(source_of, kind="stable")], np.cumsum(np.bincount(source_of))[:-1])
    access = destinations.access_seconds[columns]

    def take(position: int, seconds: Floats) -> None:
        spread = seconds[target_of] + access
        for row in members[position]:
            made = ((spread + origins.access_seconds[row]) / 60.0).astype(np.float32)
            # As the result has it: a limit taken from a matrix keeps the very time it was.
            if limit < np.inf:
                made[made > np.float32(limit)] = np.inf
            if every_column:
                minutes[row] = made
            else:
                minutes[row, columns] = made

    shortest_seconds(
        graph, sources, targets, on_row=take, limit_seconds=limit * 60.0 * (1 + _ROUNDING), fast=fast, threads=threads
    )  # fmt: skip
    _zero_same_place(minutes, origins, destinations, rows, columns)
    return minutes


def _read_limit(max_minutes: float | None) -> float:
    try:
        limit = np.inf if max_minutes is None else float(max_minutes)
    except (TypeError, ValueError, OverflowError):
        limit = np.nan
    if not limit >= 0:
        raise RoadsError(f"max_minutes is {max_minutes!r:.60}: give a number of 0 or more, or None for no limit.")
    return limit


def _zero_same_place(minutes: Minutes, origins: Placement, destinations: Placement, rows: Ints, columns: Ints) -> None:
    """Set 0 between points with the same coordinates: no leg to the road and back."""
    if not len(rows) or not len(columns):
        return
    here = np.column_stack([origins.x[rows], origins.y[rows]])
    tree = KDTree(np.column_stack([destinations.x[columns], destinations.y[columns]]))
    # Some rows at once: where all points are at one place, the answer is as large as the matrix.
    for begin in range(0, len(rows), _SAME_PLACE_ROWS):
        some = slice(begin, begin + _SAME_PLACE_ROWS)
        for row, near in zip(rows[some], tree.query_ball_point(here[some], _SAME_PLACE_METRES), strict=True):
            minutes[row, columns[near]] = 0.0
