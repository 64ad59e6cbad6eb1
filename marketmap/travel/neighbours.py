"""Which points are next to each other along the roads: the graph that contiguity is judged on."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse.csgraph import dijkstra

from marketmap.travel.engine import TimedGraph
from marketmap.travel.network import OFF_PEAK, Floats, Ints, RoadNetwork
from marketmap.travel.placing import Placement, place_points
from marketmap.travel.splitting import split_roads


def road_neighbours(network: RoadNetwork, points: gpd.GeoSeries, *, scenario: str = OFF_PEAK) -> pd.DataFrame:
    """Pairs of points with no third point between them along the road.

    Every spot on the roads belongs to the point it is nearest to in time (a Voronoi diagram on the network: Erwig,
    Networks 36, 2000); two points are neighbours where their parts touch. Points at one place on
    the road are strung together in a chain, the first of which (by coordinates, then position) stands for them all.

    Parameters
    ----------
    network
        The roads, taken as open both ways at the quicker direction's speed.
    points
        In any coordinate reference system; those that cannot be placed have no neighbours.
    scenario
        Which traffic.

    Returns
    -------
    pandas.DataFrame
        ``a``, ``b``: positions in ``points``, ``a < b``, each pair once, sorted; ``minutes`` by the way on which
        the parts touch, straight legs to the doors included. All placed points hang together.

    Raises
    ------
    CrsError, RoadsError
        As `place_points`.
    """
    return placed_neighbours(network, place_points(network, points), scenario=scenario)


def placed_neighbours(network: RoadNetwork, placement: Placement, *, scenario: str = OFF_PEAK) -> pd.DataFrame:
    """Work as `road_neighbours` does, for points already placed."""
    graph, (node,) = split_roads(network, [placement], scenario=scenario)
    first, chains = _chain_coincident(placement, node)
    seconds = _undirected(graph).matrix()
    here = first >= 0
    if not here.any():
        return pd.DataFrame({"a": np.empty(0, np.int64), "b": np.empty(0, np.int64), "minutes": np.empty(0)})
    away, _, nearest = dijkstra(seconds, indices=np.flatnonzero(here), min_only=True, return_predecessors=True)
    edges = seconds.tocoo()
    low, high = edges.coords
    touch = (low < high) & (nearest[low] != nearest[high]) & (nearest[low] >= 0) & (nearest[high] >= 0)
    low, high = low[touch], high[touch]
    one, other = first[nearest[low]], first[nearest[high]]
    along = away[low] + edges.data[touch] + away[high]
    table = pd.concat(
        [
            _pairs(one, other, along + placement.access_seconds[one] + placement.access_seconds[other]),
            chains,
        ]
    )
    return table.groupby(["a", "b"])["minutes"].min().reset_index()


def _undirected(graph: TimedGraph) -> TimedGraph:
    return TimedGraph(
        graph.n_nodes,
        np.concatenate([graph.tails, graph.heads]),
        np.concatenate([graph.heads, graph.tails]),
        np.concatenate([graph.seconds, graph.seconds]),
        graph.order,
    )


def _chain_coincident(placement: Placement, node: Ints) -> tuple[Ints, pd.DataFrame]:
    """Pick the point that stands for each node (-1: none), and link the points that share a node."""
    placed = np.flatnonzero(node >= 0)
    placed = placed[np.lexsort((placed, placement.y[placed], placement.x[placed], node[placed]))]
    at = node[placed]
    new = np.ones(len(placed), dtype=bool)
    new[1:] = at[1:] != at[:-1]
    first = np.full(int(node.max(initial=-1)) + 1, -1)
    first[at[new]] = placed[new]
    left, right = placed[:-1][~new[1:]], placed[1:][~new[1:]]
    same_door = (placement.x[left] == placement.x[right]) & (placement.y[left] == placement.y[right])
    legs = placement.access_seconds[left] + placement.access_seconds[right]
    return first, _pairs(left, right, np.where(same_door, 0.0, legs))


def _pairs(one: Ints, other: Ints, seconds: Floats) -> pd.DataFrame:
    return pd.DataFrame({"a": np.minimum(one, other), "b": np.maximum(one, other), "minutes": seconds / 60.0})
