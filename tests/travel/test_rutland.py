"""What must hold on a real county: Rutland's roads and every postcode that the offline package lists for it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from marketmap.settings import TravelSettings
from marketmap.travel import Placement, RoadNetwork, read_roads, to_networkx
from marketmap.travel.engine import TimedGraph, shortest_seconds
from marketmap.travel.matrix import placed_matrix
from marketmap.travel.placing import place_coordinates
from marketmap.travel.splitting import split_roads


def _placed(network: RoadNetwork, postcodes: pd.DataFrame) -> Placement:
    return place_coordinates(network, postcodes["easting"], postcodes["northing"])


@pytest.fixture(scope="module")
def on_foot(rutland_file: Path) -> RoadNetwork:
    return read_roads(rutland_file, settings=TravelSettings(mode="walk"))


def test_every_postcode_is_placed_or_named(rutland: RoadNetwork, rutland_postcodes: pd.DataFrame) -> None:
    placement = _placed(rutland, rutland_postcodes)
    lost = placement.unplaced()
    assert len(rutland_postcodes) > 1500
    assert set(placement.only_placed().index) | set(lost.index) == set(rutland_postcodes.index)
    assert len(placement.only_placed().index) + len(lost) == len(rutland_postcodes)
    assert (lost["reason"] != "").all()
    assert len(lost) < 0.01 * len(rutland_postcodes)
    # With a short limit some are named, each with its distance.
    near = place_coordinates(
        rutland, rutland_postcodes["easting"], rutland_postcodes["northing"], snap_metres=50.0
    ).unplaced()
    assert len(near) > 0
    assert (near["metres"] > 50).all()
    assert near["reason"].str.contains("50 m").all()


def test_every_placed_postcode_reaches_every_other(rutland: RoadNetwork, rutland_postcodes: pd.DataFrame) -> None:
    placement = _placed(rutland, rutland_postcodes).only_placed()
    minutes = placed_matrix(rutland, placement, placement)
    assert np.isfinite(minutes).all()
    assert minutes.min() == 0
    assert minutes.max() < 90


def test_times_are_dijkstras_on_the_same_cut_roads(rutland: RoadNetwork, rutland_postcodes: pd.DataFrame) -> None:
    came = _placed(rutland, rutland_postcodes.sample(20, random_state=5))
    goes = _placed(rutland, rutland_postcodes.sample(500, random_state=6))
    graph, (from_nodes, to_nodes) = split_roads(rutland, [came, goes])
    peer: nx.DiGraph[int] = nx.DiGraph()
    edges = zip(graph.tails.tolist(), graph.heads.tolist(), graph.seconds.tolist(), strict=True)
    for tail, head, seconds in sorted(edges, key=lambda edge: -edge[2]):
        peer.add_edge(tail, head, seconds=seconds)  # of parallel edges the quickest stays
    want = np.full((len(from_nodes), len(to_nodes)), np.inf)
    for i, node in enumerate(from_nodes.tolist()):
        reached = nx.single_source_dijkstra_path_length(peer, node, weight="seconds")
        want[i] = [reached[target] for target in graph.arrival(to_nodes).tolist()]
    want = (want + came.access_seconds[:, None] + goes.access_seconds) / 60
    want[(came.x[:, None] == goes.x) & (came.y[:, None] == goes.y)] = 0.0
    assert np.abs(placed_matrix(rutland, came, goes) - want).max() < 0.001


def test_one_way_roads_make_there_and_back_differ(rutland: RoadNetwork, rutland_postcodes: pd.DataFrame) -> None:
    along, against = rutland.edges_of_line
    assert ((along < 0) | (against < 0)).sum() > 100
    placement = _placed(rutland, rutland_postcodes.sample(300, random_state=7)).only_placed()
    minutes = placed_matrix(rutland, placement, placement)
    gap = np.abs(minutes - minutes.T)
    assert gap.max() > 0.5
    assert np.median(gap) < 0.5


class TestOnFoot:
    def test_there_are_more_ways_to_walk_than_to_drive(self, rutland: RoadNetwork, on_foot: RoadNetwork) -> None:
        assert on_foot.n_lines > 1.2 * rutland.n_lines
        assert {"footway", "path", "bridleway", "steps"} <= set(on_foot.classes)
        assert not {"motorway", "motorway_link", "corridor", "raceway"} & set(on_foot.classes)
        assert set(on_foot.kmh.tolist()) == {4.8}
        assert not on_foot.delay.any()

    def test_there_and_back_take_as_long(self, on_foot: RoadNetwork, rutland_postcodes: pd.DataFrame) -> None:
        placement = _placed(on_foot, rutland_postcodes.sample(200, random_state=8)).only_placed()
        minutes = placed_matrix(on_foot, placement, placement)
        assert np.isfinite(minutes).all()
        assert np.abs(minutes - minutes.T).max() < 0.001

    def test_nobody_walks_faster_than_in_a_straight_line(
        self, on_foot: RoadNetwork, rutland_postcodes: pd.DataFrame
    ) -> None:
        placement = _placed(on_foot, rutland_postcodes.sample(200, random_state=9)).only_placed()
        # On the road, without the legs to the doors.
        graph, (nodes,) = split_roads(on_foot, [placement])
        seconds = _seconds(graph, nodes)
        ends = np.array([on_foot.lines[k].interpolate(s, normalized=True).coords[0]
                         for k, s in zip(placement.line, placement.share, strict=True)])  # fmt: skip
        straight = np.hypot(*(ends[:, None] - ends).transpose(2, 0, 1))
        assert (seconds * 4.8 / 3.6 >= straight - 0.5).all()


def _seconds(graph: TimedGraph, nodes: NDArray[np.int64]) -> NDArray[np.float64]:
    made = np.empty((len(nodes), len(nodes)))

    def keep(row: int, seconds: NDArray[np.float64]) -> None:
        made[row] = seconds

    shortest_seconds(graph, nodes, nodes, on_row=keep)
    return made


_NODES = 400


@cache
def _between_nodes(network: RoadNetwork) -> NDArray[np.float64]:
    """Seconds among random nodes of a network, (nodes, nodes)."""
    graph = TimedGraph(network.n_nodes, network.tails, network.heads, network.seconds(), network.order)
    return _seconds(graph, np.random.default_rng(10).choice(network.n_nodes, _NODES, replace=False))


_node = st.integers(0, _NODES - 1)


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(a=_node, b=_node, c=_node)
def test_a_detour_never_saves_time(rutland: RoadNetwork, a: int, b: int, c: int) -> None:
    seconds = _between_nodes(rutland)
    assert seconds[a, a] == 0
    assert seconds[a, b] >= 0
    # Edges are held to a tenth of a millisecond, so the times of two paths add up to that.
    assert seconds[a, c] <= seconds[a, b] + seconds[b, c] + 1e-6


def test_the_graph_handed_out_has_the_same_times(rutland: RoadNetwork) -> None:
    peer = to_networkx(rutland)
    chosen = np.random.default_rng(10).choice(rutland.n_nodes, _NODES, replace=False)
    seconds = _between_nodes(rutland)
    for i in (0, 1, 2):
        reached = nx.single_source_dijkstra_path_length(peer, int(chosen[i]), weight="travel_time")
        want = np.array([reached[int(node)] for node in chosen])
        assert np.abs(seconds[i] - want).max() < 0.06
