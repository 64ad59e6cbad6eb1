"""Blocks in one piece: on random planar graphs, small ones against every possible plan."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketmap.blocks import Stop, design_blocks
from marketmap.blocks import solver as solver_module
from tests.blocks.brute_force import broken_limits, cheapest_plan, connected, planar_graph
from tests.blocks.test_design import as_problem


@st.composite
def planar_cases(draw: Any, *, points: tuple[int, int], centres: int) -> dict[str, object]:
    """Points in the plane with some of their Delaunay neighbours, and every limit that `design_blocks` knows."""
    count = draw(st.integers(*points))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    places = random.uniform(0, 30, (count, 2))
    graph = planar_graph(places).tocoo()
    # a planar graph stays one without some of its edges, and may then fall in parts
    kept = random.random(graph.nnz) < draw(st.sampled_from([0.5, 0.8, 1.0]))
    graph.data = graph.data * kept
    at = random.choice(count, min(centres, count), replace=False)
    minutes = np.hypot(*(places[:, None] - places[at]).transpose(2, 0, 1))
    minutes[random.random(minutes.shape) < draw(st.sampled_from([0.0, 0.2]))] = np.inf
    hours = random.integers(1, 12, count).astype(float)
    most = float(max(hours.max(), np.ceil(hours.sum() / draw(st.sampled_from([1.2, 2.5, 4.0])))))
    case: dict[str, object] = {
        "minutes": minutes,
        "hours_week": hours,
        "visits_week": random.integers(0, 9, count).astype(float),
        "max_hours": most,
        "min_hours": draw(st.sampled_from([0.0, 0.3, 0.7])) * most,
        "block_cost": float(random.integers(1, 60)),
        "adjacency": graph.tocsr(),
    }
    if draw(st.booleans()):
        case["n_blocks"] = draw(st.integers(0, min(4, len(at))))
    if draw(st.booleans()):
        outside = random.uniform(0, 250, count)
        outside[random.random(count) < draw(st.sampled_from([0.0, 0.3]))] = np.inf
        case["outside_cost"] = outside
    return case


@settings(max_examples=60, derandomize=True)
@given(case=planar_cases(points=(4, 6), centres=4))
def test_small_planar_cases_match_trying_every_plan(case: dict[str, object]) -> None:
    problem = as_problem(case)
    best = cheapest_plan(problem)
    found = design_blocks(**case)
    assert found.status == ("infeasible" if np.isinf(best) else "optimal")
    assert found.objective == pytest.approx(best, abs=1e-6)
    if np.isfinite(best):
        assert broken_limits(problem, found.block_of, found.centres, np.zeros(len(found.centres), int)) == []


@settings(max_examples=25, derandomize=True)
@given(case=planar_cases(points=(20, 70), centres=70), seed=st.integers(0, 99))
def test_every_block_of_a_search_is_in_one_piece(case: dict[str, object], seed: int) -> None:
    exact, solver_module.EXACT_TRIPLES = solver_module.EXACT_TRIPLES, -1
    try:
        found = design_blocks(**case, seed=seed, stop=Stop(max_iterations=40))
    finally:
        solver_module.EXACT_TRIPLES = exact
    for block in range(len(found.centres)):
        assert connected(as_problem(case).adjacency, np.flatnonzero(found.block_of == block))
    if np.isfinite(found.objective):
        assert broken_limits(as_problem(case), found.block_of, found.centres, np.zeros(len(found.centres), int)) == []
        assert found.lower_bound <= found.objective
