"""Properties of shortest times between nodes."""

from __future__ import annotations

import os
import signal
import time
import warnings
from random import Random

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from marketmap.errors import RoadsError
from marketmap.travel import RoadNetwork, engine, travel_matrix
from marketmap.travel.engine import (
    TimedGraph,
    contraction_order,
    fast_engine_installed,
    shortest_seconds,
)
from marketmap.travel.network import Floats
from tests.travel.tiny_roads import build


@st.composite
def graphs(draw: DrawFn) -> TimedGraph:
    n_nodes = draw(st.integers(2, 9))
    node = st.integers(0, n_nodes - 1)
    edges = draw(st.lists(st.tuples(node, node, st.floats(0, 5000)), min_size=1, max_size=30))
    tails, heads = (np.array([edge[i] for edge in edges], dtype=np.int64) for i in (0, 1))
    seconds = np.array([edge[2] for edge in edges])
    place = np.arange(n_nodes, dtype=float)
    order = contraction_order(place, place % 3, tails, heads)
    return TimedGraph(n_nodes, tails, heads, seconds, order)


def _all_times(graph: TimedGraph, *, fast: bool, threads: int = 1) -> Floats:
    nodes = np.arange(graph.n_nodes)
    times = np.full((len(nodes), len(nodes)), np.nan)
    shortest_seconds(graph, nodes, nodes, on_row=times.__setitem__, fast=fast, threads=threads)
    return times


@settings(max_examples=60)
@given(graphs())
def test_times_are_a_quasi_metric_and_match_networkx(graph: TimedGraph) -> None:
    times = _all_times(graph, fast=False)
    assert (times >= 0).all()
    assert (np.diag(times) == 0).all()
    by_way_of = (times[:, :, None] + times[None, :, :]).min(axis=1)
    assert (times <= by_way_of + 1e-6).all()
    reference = nx.MultiDiGraph()
    reference.add_nodes_from(range(graph.n_nodes))
    reference.add_weighted_edges_from(zip(graph.tails.tolist(), graph.heads.tolist(), graph.seconds, strict=True))
    for source, found in nx.all_pairs_dijkstra_path_length(reference):
        want = [found.get(node, np.inf) for node in range(graph.n_nodes)]
        assert times[source] == pytest.approx(want)


@pytest.mark.skipif(not fast_engine_installed(), reason="routingkit-cch has no wheel here")
@settings(max_examples=60)
@given(graphs(), st.integers(1, 3))
def test_the_hierarchy_gives_the_times_of_dijkstra(graph: TimedGraph, threads: int) -> None:
    slow, fast = _all_times(graph, fast=False), _all_times(graph, fast=True, threads=threads)
    assert np.array_equal(np.isinf(slow), np.isinf(fast))
    reached = np.isfinite(slow)
    assert np.abs(slow[reached] - fast[reached]).max(initial=0) < 0.06


@settings(max_examples=25)
@given(st.data())
def test_rutland_nodes_keep_the_triangle_inequality(rutland: RoadNetwork, data: st.DataObject) -> None:
    nodes = np.array(data.draw(st.lists(st.integers(0, rutland.n_nodes - 1), min_size=3, max_size=6)))
    graph = TimedGraph(rutland.n_nodes, rutland.tails, rutland.heads, rutland.seconds(), rutland.order)
    times = np.empty((len(nodes), len(nodes)))
    shortest_seconds(graph, nodes, nodes, on_row=times.__setitem__)
    assert (times >= 0).all()
    # Whole ticks add up exactly, so the inequality holds to the last of them.
    assert (times <= (times[:, :, None] + times[None, :, :]).min(axis=1) + 1e-6).all()


@pytest.mark.skipif(not fast_engine_installed(), reason="routingkit-cch has no wheel here")
def test_a_network_kept_without_an_order_is_still_driven(rutland: RoadNetwork) -> None:
    nodes = np.arange(0, rutland.n_nodes, 400)
    found = []
    for order in (rutland.order, np.empty(0, dtype=np.int64)):
        graph = TimedGraph(rutland.n_nodes, rutland.tails, rutland.heads, rutland.seconds(), order)
        times = np.empty((len(nodes), len(nodes)))
        shortest_seconds(graph, nodes, nodes, on_row=times.__setitem__, fast=True)
        found.append(times)
    assert np.array_equal(*found)


def test_without_the_library_dijkstra_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    points = gpd.GeoSeries(gpd.points_from_xy([0.0, 600.0], [0.0, 0.0]), crs=27700)
    monkeypatch.setattr(engine, "routingkit_cch", None)
    network = build([(0.0, 0.0), (1000.0, 0.0)], [(0, 1)])
    assert len(network.order) == 0
    assert travel_matrix(network, points, points).tolist() == [[0.0, 1.0], [1.0, 0.0]]


@pytest.mark.skipif(not fast_engine_installed(), reason="routingkit-cch has no wheel here")
@settings(max_examples=60)
@given(st.lists(st.integers(2**27, 2**31 - 2), min_size=1, max_size=12), st.randoms())
def test_times_too_long_to_hold_come_out_as_no_way_and_never_wrap_round(ticks: list[int], chance: Random) -> None:
    order = list(range(len(ticks) + 1))
    chance.shuffle(order)
    nodes = np.arange(len(ticks))
    graph = TimedGraph(len(ticks) + 1, nodes, nodes + 1, np.array(ticks) / engine.TICKS_A_SECOND, np.array(order))
    rows: dict[int, Floats] = {}
    shortest_seconds(graph, np.array([0]), np.arange(len(ticks) + 1), on_row=rows.__setitem__, fast=True)
    whole = np.concatenate([[0], np.cumsum(ticks)])
    assert rows[0] == pytest.approx(np.where(whole < 2**31 - 1, whole / engine.TICKS_A_SECOND, np.inf))


@pytest.mark.skipif(not fast_engine_installed(), reason="routingkit-cch has no wheel here")
def test_a_road_that_takes_for_ever_is_no_way() -> None:
    graph = TimedGraph(2, np.array([0, 1]), np.array([1, 0]), np.array([np.inf, 1e9]), np.array([0, 1]))
    assert np.array_equal(_all_times(graph, fast=True), [[0, np.inf], [np.inf, 0]])


@pytest.mark.parametrize("wrong", [-1.0, np.nan])
def test_a_time_that_cannot_be_is_an_error(wrong: float) -> None:
    graph = TimedGraph(2, np.array([0]), np.array([1]), np.array([wrong]), np.array([0, 1]))
    with pytest.raises(RoadsError, match="negative or not a number"):
        _all_times(graph, fast=False)


@pytest.mark.skipif(not fast_engine_installed(), reason="routingkit-cch has no wheel here")
@pytest.mark.parametrize("threads", [1, 3])
def test_a_failure_in_a_worker_comes_out_and_stops_the_others(rutland: RoadNetwork, threads: int) -> None:
    nodes = np.arange(3000)
    graph = TimedGraph(rutland.n_nodes, rutland.tails, rutland.heads, rutland.seconds(), rutland.order)
    done: list[int] = []

    def fail(position: int, _: Floats) -> None:
        done.append(position)
        if position == 5:
            raise ZeroDivisionError("told")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ZeroDivisionError, match="told"):
            shortest_seconds(graph, nodes, nodes, on_row=fail, fast=True, threads=threads)
    assert len(done) < len(nodes) / 2


@pytest.mark.skipif(not fast_engine_installed() or os.name == "nt", reason="needs routingkit-cch and signals")
def test_an_interrupt_is_heeded_at_once(rutland: RoadNetwork) -> None:
    nodes = np.arange(rutland.n_nodes)
    graph = TimedGraph(rutland.n_nodes, rutland.tails, rutland.heads, rutland.seconds(), rutland.order)
    struck: list[float] = []

    def interrupt(position: int, _: Floats) -> None:
        if position == 3:
            struck.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        shortest_seconds(graph, nodes, nodes, on_row=interrupt, fast=True, threads=2)
    assert time.monotonic() - struck[0] < 2.0


def test_a_limit_leaves_nearer_times_alone() -> None:
    graph = TimedGraph(3, np.array([0, 1]), np.array([1, 2]), np.array([10.0, 100.0]), np.empty(0, dtype=np.int64))
    rows: dict[int, Floats] = {}
    shortest_seconds(graph, np.array([0]), np.arange(3), on_row=rows.__setitem__, limit_seconds=50.0, fast=False)
    assert rows[0].tolist() == [0.0, 10.0, np.inf]


def test_the_shortest_of_parallel_edges_counts() -> None:
    graph = TimedGraph(2, np.array([0, 0, 0]), np.array([1, 1, 0]), np.array([9.0, 4.0, 1.0]), np.empty(0))
    matrix = graph.matrix()
    assert matrix.nnz == 1
    assert matrix[0, 1] == 4.0
