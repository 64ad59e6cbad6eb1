"""Single journeys with the way they take: minutes, metres along the road, and its shape for a map."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra
from shapely.ops import substring

from marketmap.travel.network import CRS, OFF_PEAK, Ints, RoadNetwork
from marketmap.travel.placing import Placement
from marketmap.travel.splitting import CutRoads, split_roads

_SAME_PLACE_METRES = 0.1  # as for a matrix


def trace_routes(
    network: RoadNetwork, origins: Placement, destinations: Placement, *, scenario: str = OFF_PEAK
) -> gpd.GeoDataFrame:
    """Follow the quickest way of each journey, the first origin to the first destination and so on.

    One Dijkstra a journey: for tens of journeys that are to be shown, not for a matrix.

    Parameters
    ----------
    network
        The roads.
    origins, destinations
        The journeys' ends, as many of either.
    scenario
        Which traffic.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:27700, one row a journey: ``minutes`` door to door as `travel_matrix` gives them, ``road_metres`` along the
        road without the straight legs, ``geometry`` (the way as a linestring, empty where it has no length); ``inf``,
        NaN and an empty line where an end is not placed.

    Raises
    ------
    RoadsError
        For a scenario that there is none of.
    """
    graph, (start, goal) = split_roads(network, [origins, destinations], scenario=scenario)
    matrix, quickest = graph.matrix(), _quickest_edges(graph)
    along, against = network.edges_of_line
    line_metres = network.metres[np.where(along >= 0, along, against)]
    minutes, metres = np.full(len(start), np.inf), np.full(len(start), np.nan)
    shapes: list[Any] = [shapely.LineString()] * len(start)
    for i in np.flatnonzero((start >= 0) & (goal >= 0)).tolist():
        if np.hypot(origins.x[i] - destinations.x[i], origins.y[i] - destinations.y[i]) <= _SAME_PLACE_METRES:
            minutes[i], metres[i] = 0.0, 0.0
            continue
        end = int(graph.arrival(goal[[i]])[0])
        seconds, before = dijkstra(matrix, indices=start[i], return_predecessors=True)
        if not np.isfinite(seconds[end]):
            continue
        path = _walk_back(before, int(start[i]), end)
        edges = np.array([quickest[pair] for pair in pairwise(path)], dtype=np.int64)
        edges = edges[graph.line[edges] >= 0]
        minutes[i] = (seconds[end] + origins.access_seconds[i] + destinations.access_seconds[i]) / 60.0
        share = np.abs(graph.finish[edges] - graph.begin[edges])
        metres[i] = float((line_metres[graph.line[edges]] * share).sum())
        shapes[i] = _shape(network, graph, edges)
    return gpd.GeoDataFrame({"minutes": minutes, "road_metres": metres}, geometry=gpd.GeoSeries(shapes, crs=CRS))


def _quickest_edges(graph: CutRoads) -> dict[tuple[int, int], int]:
    """Look up which edge joins two nodes, the quickest of several."""
    order = np.argsort(-graph.seconds, kind="stable")
    pairs = zip(graph.tails[order].tolist(), graph.heads[order].tolist(), strict=True)
    return dict(zip(pairs, order.tolist(), strict=True))  # the last one given stays


def _walk_back(before: Ints, start: int, goal: int) -> list[int]:
    path = [goal]
    while path[-1] != start:
        path.append(int(before[path[-1]]))
    return path[::-1]


def _shape(network: RoadNetwork, graph: CutRoads, edges: Ints) -> Any:
    """Join the shapes of the pieces of road that edges run along."""
    pieces = [
        shapely.get_coordinates(
            substring(network.lines[graph.line[edge]], graph.begin[edge], graph.finish[edge], normalized=True)
        )
        for edge in edges.tolist()
    ]
    return shapely.LineString(np.concatenate(pieces)) if pieces else shapely.LineString()
