"""Travel times from many points to many points by road."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from marketmap.errors import RoadsError
from marketmap.travel.engine import shortest_seconds
from marketmap.travel.network import OFF_PEAK, Floats, Ints, RoadNetwork
from marketmap.travel.placing import Placement, place_points
from marketmap.travel.splitting import split_roads

Minutes = NDArray[np.float32]
_SAME_PLACE_METRES = 0.1


def travel_matrix(
    network: RoadNetwork,
    origins: gpd.GeoSeries,
    destinations: gpd.GeoSeries,
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
        (`place_points` names those). Both straight legs between door and road are included. Two points with
        the same coordinates, to 10 cm, are 0 minutes apart.

    Raises
    ------
    CrsError
        When points have no coordinate reference system.
    RoadsError
        When every origin or every destination lies outside the roads' extent, for a scenario that there is none of
        and a limit that is negative.
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
    limit = np.inf if max_minutes is None else float(max_minutes)
    if not limit >= 0:
        raise RoadsError(f"max_minutes is {limit}: it must not be negative.")
    minutes = np.full((len(origins.line), len(destinations.line)), np.inf, dtype=np.float32)
    graph, (origin_node, destination_node) = split_roads(network, [origins, destinations], scenario=scenario)
    rows, columns = np.flatnonzero(origin_node >= 0), np.flatnonzero(destination_node >= 0)
    sources, source_of = np.unique(origin_node[rows], return_inverse=True)
    targets, target_of = np.unique(destination_node[columns], return_inverse=True)
    every_column = len(columns) == len(destination_node)
    members = np.split(rows[np.argsort(source_of, kind="stable")], np.cumsum(np.bincount(source_of))[:-1])
    access = destinations.access_seconds[columns]

    def take(position: int, seconds: Floats) -> None:
        spread = seconds[target_of] + access
        for row in members[position]:
            made = (spread + origins.access_seconds[row]) / 60.0
            if limit < np.inf:
                made[made > limit] = np.inf
            if every_column:
                minutes[row] = made
            else:
                minutes[row, columns] = made

    shortest_seconds(
        graph, sources, targets, on_row=take, limit_seconds=limit * 60.0, fast=fast, threads=threads
    )  # fmt: skip
    _zero_same_place(minutes, origins, destinations, rows, columns)
    return minutes


def _zero_same_place(minutes: Minutes, origins: Placement, destinations: Placement, rows: Ints, columns: Ints) -> None:
    """Set 0 between points with the same coordinates: no leg to the road and back."""
    places = np.concatenate(
        [
            np.column_stack([origins.x[rows], origins.y[rows]]),
            np.column_stack([destinations.x[columns], destinations.y[columns]]),
        ]
    )
    if not len(places):
        return
    # To 10 cm: a place given in degrees comes back from them a hair away.
    name = np.unique(np.rint(places / _SAME_PLACE_METRES), axis=0, return_inverse=True)[1].ravel()
    here, there = name[: len(rows)], name[len(rows) :]
    order = np.argsort(there, kind="stable")
    low = np.searchsorted(there[order], here, side="left")
    high = np.searchsorted(there[order], here, side="right")
    count = high - low
    row = np.repeat(rows, count)
    column = columns[order[np.repeat(low - np.cumsum(count) + count, count) + np.arange(int(count.sum()))]]
    minutes[row, column] = 0.0
