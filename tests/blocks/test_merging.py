"""Points that stay together or apart: against every possible plan, and held by every part of the solver."""

import dataclasses

import numpy as np
import pytest

from marketmap.blocks import solver as solver_module
from marketmap.blocks.merging import merge_together
from marketmap.blocks.relaxation import Prices
from marketmap.blocks.solver import solve_zones
from marketmap.blocks.start import Start, fit_start
from marketmap.blocks.stop import Stop
from marketmap.blocks.zone_problem import ZoneProblem, plan_cost
from marketmap.errors import PlanError
from tests.blocks.brute_force import broken_limits, cheapest_plan, path_graph
from tests.blocks.test_search import draw_county, draw_tiny

SEEDS = range(40)


def lock_tiny(seed: int) -> ZoneProblem:
    """A tiny case of `draw_tiny` with a pair of neighbours together and some points of two places apart."""
    problem = draw_tiny(seed)
    random = np.random.default_rng(seed)
    together = np.full(problem.points, -1)
    first = int(random.integers(problem.points - 1))
    if problem.district_of[first] == problem.district_of[first + 1] or not problem.has_share_caps:
        together[first : first + 2] = 0
    apart = random.integers(-1, 2, (problem.points, int(random.integers(1, 3))))
    apart[together == 0] = apart[first]
    return dataclasses.replace(problem, together=together, apart=apart)


@pytest.mark.parametrize("seed", SEEDS)
def test_tiny_cases_match_trying_every_plan(seed: int) -> None:
    problem = lock_tiny(seed)
    best = cheapest_plan(problem)
    found = solve_zones(problem)
    if np.isinf(best):
        assert (found.status, found.objective) == ("infeasible", np.inf)
        return
    assert found.status == "optimal", found.conflict
    assert found.objective == pytest.approx(best, abs=1e-6)
    assert broken_limits(problem, found.block_of, found.centres, found.providers) == []
    assert plan_cost(problem, found.block_of, found.centres, found.providers) == pytest.approx(found.objective)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_search_alone_keeps_to_locks_and_its_bound_is_true(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver_module, "EXACT_TRIPLES", -1)
    problem = lock_tiny(seed)
    found = solve_zones(problem, stop=Stop(max_iterations=60))
    assert found.lower_bound <= cheapest_plan(problem) + 1e-6
    if np.isfinite(found.objective):
        assert broken_limits(problem, found.block_of, found.centres, found.providers) == []


def test_locks_bind_in_the_tiny_cases() -> None:
    """Else the cases above would prove nothing."""
    bare = {"together": np.zeros(0), "apart": np.zeros(0)}
    dearer = [
        cheapest_plan(lock_tiny(seed)) > cheapest_plan(dataclasses.replace(lock_tiny(seed), **bare)) + 1e-6
        for seed in SEEDS
    ]
    assert sum(dearer) >= 10


def lock_county() -> ZoneProblem:
    """The county of `draw_county`: points within a plan's blocks apart, and pairs across its borders together."""
    problem = draw_county()
    loose = solve_zones(problem, seed=1, stop=Stop(max_iterations=60))
    links = problem.adjacency.tocoo()
    together, groups = np.full(problem.points, -1), 0
    for one, two in zip(links.row, links.col, strict=True):
        split = loose.block_of[one] != loose.block_of[two] and problem.district_of[one] == problem.district_of[two]
        if split and together[one] < 0 and together[two] < 0 and groups < 8:
            together[[one, two]] = groups
            groups += 1
    inner = np.flatnonzero((loose.block_of >= 0) & (together < 0))
    apart = np.full((problem.points, 2), -1)
    apart[inner[::3], 0] = np.arange(len(inner[::3])) % 3
    apart[inner[1::4], 1] = np.arange(len(inner[1::4])) % 2
    return dataclasses.replace(problem, together=together, apart=apart)


def test_a_county_keeps_to_its_locks_cold_and_from_a_start_that_breaks_them() -> None:
    problem = lock_county()
    free = dataclasses.replace(problem, together=np.zeros(0), apart=np.zeros(0))
    loose = solve_zones(free, seed=1, stop=Stop(max_iterations=60))
    assert broken_limits(problem, loose.block_of, loose.centres, loose.providers)
    cold = solve_zones(problem, seed=1, stop=Stop(max_iterations=200))
    assert len(cold.centres) > 2
    blocks = [
        (np.flatnonzero(loose.block_of == block), int(loose.centres[block]), int(loose.providers[block]))
        for block in range(len(loose.centres))
    ]
    start = fit_start(problem, blocks)
    assert start is not None
    assert broken_limits(problem, start.block_of, start.centres, start.providers) == []
    warm = solve_zones(problem, seed=1, stop=Stop(max_iterations=60), start=start)
    for found in (cold, warm):
        assert broken_limits(problem, found.block_of, found.centres, found.providers) == []
        assert plan_cost(problem, found.block_of, found.centres, found.providers) == pytest.approx(found.objective)
        assert "places kept apart by a lock" in found.relaxed
        assert found.prices.point.shape == (problem.points,)
    assert warm.objective <= plan_cost(problem, start.block_of, start.centres, start.providers) + 1e-6
    again = solve_zones(problem, seed=1, stop=Stop(max_iterations=20),
                        start=dataclasses.replace(start, prices=cold.prices))  # fmt: skip
    assert again.lower_bound >= 0.98 * cold.lower_bound


def row_of_four(**changes: object) -> ZoneProblem:
    """Four points in a line."""
    places = np.arange(4.0)
    inputs: dict[str, object] = {
        "travel": np.abs(places[:, None] - places),
        "hours": np.full(4, 5.0),
        "outside": np.full(4, 9.0),
        "max_hours": 20.0,
        "adjacency": path_graph(4),
    }
    return ZoneProblem(**(inputs | changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"together": np.array([0, -1, 0, -1])}, "do not hang together"),
        ({"together": np.array([0, 0, -1, -1]), "apart": np.array([[0], [1], [-1], [-1]])}, "some of them apart"),
        (
            {"together": np.array([0, 0, -1, -1]), "district_of": np.arange(4), "share_cap": np.full((1, 4), 9.0)},
            "in several districts",
        ),
    ],
)
def test_a_group_that_no_one_point_can_stand_for_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(PlanError, match=words):
        merge_together(row_of_four(**changes))


def test_a_merged_point_has_the_sum_of_its_members_and_all_their_neighbours() -> None:
    merged = merge_together(row_of_four(together=np.array([-1, 0, 0, -1])))
    assert merged.unit_of.tolist() == [0, 1, 1, 2]
    assert merged.problem.hours.tolist() == [5.0, 10.0, 5.0]
    assert merged.problem.travel[1].tolist() == [3.0, 1.0, 1.0, 3.0]
    assert merged.problem.adjacency.toarray().tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]


def test_a_start_is_written_in_merged_points_and_back() -> None:
    problem = row_of_four(together=np.array([-1, 0, 0, -1]), hours=np.array([5.0, 4.0, 6.0, 5.0]))
    merged = merge_together(problem)
    everything, half = (np.arange(4), 0, 0), (np.array([0, 1]), 1, 0)
    gathered = [points.tolist() for points, _, _ in merged.gather([everything, half])]
    assert gathered == [[0, 1, 2], [0]]
    solved = solve_zones(merged.problem)
    prices = Prices(np.array([3.0, 20.0, 4.0]), np.zeros(1), np.zeros(1), np.zeros((1, 1)), np.zeros(0), np.zeros(0))
    spread = merged.spread(dataclasses.replace(solved, block_of=np.array([-1, 0, 0]), prices=prices))
    assert spread.block_of.tolist() == [-1, 0, 0, 0]
    assert spread.prices.point.tolist() == [3.0, 8.0, 12.0, 4.0]
    start = merged.gather_start(Start(spread.block_of, np.zeros(1), np.zeros(1), prices=spread.prices))
    assert start is not None
    assert start.block_of.tolist() == [-1, 0, 0]
    assert start.prices is not None
    assert start.prices.point.tolist() == [3.0, 20.0, 4.0]


def test_what_is_apart_can_be_the_only_thing_in_the_way() -> None:
    problem = row_of_four(outside=np.full(4, np.inf), n_blocks=1, apart=np.array([[0], [-1], [-1], [1]]))
    found = solve_zones(problem)
    assert found.status == "infeasible"
    assert "that places are kept apart" in found.conflict
