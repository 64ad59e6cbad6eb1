"""Blocks without providers: against every possible plan, a published problem and wrong inputs."""

import numpy as np
import pytest

from marketmap.blocks import Stop, design_blocks
from marketmap.blocks import solver as solver_module
from marketmap.blocks.design import BlockDesign
from marketmap.blocks.exact import ExactAnswer
from marketmap.blocks.zone_problem import ZoneProblem, has_whole_costs
from marketmap.errors import PlanError
from tests.blocks.brute_force import broken_limits, cheapest_plan, path_graph, planar_graph
from tests.blocks.published import read_median

SEEDS = range(60)


def draw(seed: int) -> dict[str, object]:
    """A tiny case: every other one on a graph, some with a fixed number, a floor, forbidden pairs or a way out."""
    random = np.random.default_rng(seed)
    points, centres = int(random.integers(1, 7)), int(random.integers(1, 5))
    minutes = random.uniform(0, 30, (points, centres))
    minutes[random.random(minutes.shape) < 0.15] = np.inf
    hours = random.integers(0, 12, points).astype(float)
    case: dict[str, object] = {
        "minutes": minutes,
        "hours_week": hours,
        "visits_week": random.integers(0, 9, points).astype(float),
        "max_hours": float(random.integers(10, 30)),
        "block_cost": float(random.integers(1, 60)),
    }
    if seed % 2:
        graph = path_graph(points)
        if points >= 4 and seed % 4 == 1:
            graph = planar_graph(random.uniform(0, 1, (points, 2)))
        case["adjacency"] = graph
    if seed % 3 == 0:
        case["n_blocks"] = int(random.integers(0, centres + 1))
    if seed % 5 < 3:
        case["min_hours"] = float(random.integers(1, 10))
    if seed % 4 < 3:
        outside = random.uniform(0, 250, points)
        outside[random.random(points) < 0.2] = np.inf
        case["outside_cost"] = outside
    return case


def as_problem(case: dict[str, object]) -> ZoneProblem:
    minutes, visits = case["minutes"], case["visits_week"]
    weighted = np.full(minutes.shape, np.inf)
    np.multiply(minutes, visits[:, None], out=weighted, where=np.isfinite(minutes))
    return ZoneProblem(
        travel=weighted,
        hours=case["hours_week"],
        outside=case.get("outside_cost", np.full(len(minutes), np.inf)),
        max_hours=case["max_hours"],
        min_hours=case.get("min_hours", 0.0),
        block_cost=case["block_cost"],
        n_blocks=case.get("n_blocks"),
        adjacency=case.get("adjacency"),
    )


def faults(problem: ZoneProblem, found: BlockDesign) -> list[str]:
    return broken_limits(problem, found.block_of, found.centres, np.zeros(len(found.centres), dtype=int))


@pytest.mark.parametrize("seed", SEEDS)
def test_tiny_cases_match_trying_every_plan(seed: int) -> None:
    case = draw(seed)
    problem = as_problem(case)
    best = cheapest_plan(problem)
    found = design_blocks(**case)
    if np.isinf(best):
        assert (found.status, found.objective) == ("infeasible", np.inf)
        assert found.conflict
        assert (found.block_of == -1).all()
        return
    assert found.status == "optimal", found.conflict
    assert found.objective == pytest.approx(best, abs=1e-6)
    assert found.lower_bound <= found.objective + 1e-9
    assert faults(problem, found) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_the_search_alone_keeps_to_limits_and_its_bound_is_true(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver_module, "EXACT_TRIPLES", -1)
    case = draw(seed)
    problem = as_problem(case)
    best = cheapest_plan(problem)
    found = design_blocks(**case, stop=Stop(max_iterations=60))
    if found.status == "infeasible" or np.isinf(found.lower_bound):
        assert np.isinf(best)
    assert found.lower_bound <= best + 1e-6
    if np.isfinite(found.objective):
        assert faults(problem, found) == []
        assert found.objective >= best - 1e-6
        assert found.lower_bound <= found.objective
    else:
        assert found.conflict


def test_both_kinds_of_answer_are_among_the_tiny_cases() -> None:
    best = np.array([cheapest_plan(as_problem(draw(seed))) for seed in SEEDS])
    assert np.isinf(best).sum() >= 8
    assert np.isfinite(best).sum() >= 25


@pytest.mark.alone
def test_a_published_capacitated_median_is_near_its_optimum() -> None:
    problem = read_median("pmedcap1_01")
    points = len(problem.demand)
    found = design_blocks(
        problem.minutes,
        problem.demand,
        np.ones(points),
        max_hours=problem.size,
        n_blocks=problem.n_blocks,
        stop=Stop(max_iterations=1500, max_seconds=20, max_gap=0.001),
    )
    assert found.lower_bound <= problem.optimum + 1e-6
    assert problem.optimum - 1e-6 <= found.objective <= 1.005 * problem.optimum
    assert len(found.centres) == len(set(found.centres)) == problem.n_blocks
    assert np.bincount(found.block_of, weights=problem.demand).max() <= problem.size
    served = problem.minutes[np.arange(points), found.centres[found.block_of]].sum()
    assert served == pytest.approx(found.objective)


def small_median() -> dict[str, object]:
    random = np.random.default_rng(8)
    places = random.integers(0, 60, (24, 2)).astype(float)
    apart = np.floor(np.hypot(*(places[:, None] - places).transpose(2, 0, 1)))
    return {"minutes": apart, "hours_week": random.integers(1, 9, 24), "visits_week": np.ones(24), "max_hours": 30.0,
            "n_blocks": 5}  # fmt: skip


def test_a_proof_that_is_not_finished_leaves_its_plan_and_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    proven = design_blocks(**small_median())
    assert proven.status == "optimal"
    bound = proven.objective - 1.5
    block_of, centres = proven.block_of, proven.centres
    unfinished = ExactAnswer("limit", bound, block_of, centres, np.zeros(5, dtype=int), proven.objective)
    monkeypatch.setattr(solver_module, "solve_exactly", lambda *_, **__: unfinished)
    found = design_blocks(**small_median(), stop=Stop(max_iterations=0))
    assert found.objective == proven.objective
    # every plan costs a whole number of minutes
    assert found.lower_bound == proven.objective - 1
    assert found.status == "feasible"


def test_a_hard_small_case_leaves_time_for_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float | None] = []

    def give_up(*_: object, stop: Stop, **__: object) -> ExactAnswer:
        asked.append(stop.max_seconds)
        return ExactAnswer("limit", -np.inf)

    monkeypatch.setattr(solver_module, "solve_exactly", give_up)
    found = design_blocks(**small_median(), stop=Stop(max_seconds=2, max_iterations=20))
    assert 0 < asked[0] <= 1.6
    assert np.isfinite(found.objective)


@pytest.mark.parametrize(("change", "whole"), [(0.0, True), (0.5, False)])
def test_bounds_are_rounded_up_only_where_every_plan_costs_a_whole_number(change: float, *, whole: bool) -> None:
    travel = np.array([[3.0, np.inf], [2.0, 5.0 + change]])
    problem = ZoneProblem(travel=travel, hours=np.ones(2), outside=np.array([np.inf, 9.0]), max_hours=5)
    assert has_whole_costs(problem) is whole


def test_a_point_too_large_for_any_block_is_named() -> None:
    found = design_blocks(np.zeros((2, 2)), [5.0, 50.0], [1.0, 1.0], max_hours=20, block_cost=1)
    assert found.status == "infeasible"
    assert "Point 1 has 50 hours" in found.conflict


def test_the_limit_in_the_way_is_named() -> None:
    # three in a row, of which only the ends may share a centre
    minutes = np.array([[1.0, np.inf], [np.inf, 1.0], [1.0, np.inf]])
    found = design_blocks(minutes, np.ones(3), np.ones(3), max_hours=9, n_blocks=2, adjacency=path_graph(3))
    assert found.status == "infeasible"
    assert "in one piece" in found.conflict


def test_visits_of_zero_do_not_lift_a_ban() -> None:
    found = design_blocks([[np.inf, 5.0]], [1.0], [0.0], max_hours=9, block_cost=1)
    assert found.centres.tolist() == [1]


def test_inputs_are_left_as_they_were() -> None:
    case = draw(1)
    before = {name: value.copy() for name, value in case.items() if hasattr(value, "copy")}
    design_blocks(**case)
    for name, value in before.items():
        now = case[name]
        assert (now != value).nnz == 0 if name == "adjacency" else np.array_equal(now, value)


GOOD: dict[str, object] = {
    "minutes": np.ones((3, 2)),
    "hours_week": np.ones(3),
    "visits_week": np.ones(3),
    "max_hours": 5.0,
    "block_cost": 1.0,
}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"block_cost": 0.0}, "n_blocks"),
        ({"minutes": np.full((3, 2), np.nan)}, "minutes"),
        ({"minutes": np.ones(3)}, "minutes"),
        ({"minutes": -np.ones((3, 2))}, "minutes"),
        ({"minutes": [["near", "far"]]}, "minutes"),
        ({"hours_week": [1.0, -1.0, 1.0]}, "hours_week"),
        ({"hours_week": [1.0, np.nan, 1.0]}, "hours_week"),
        ({"hours_week": [1.0, np.inf, 1.0]}, "hours_week"),
        ({"hours_week": np.ones(4)}, "hours_week"),
        ({"visits_week": np.ones(2)}, "visits_week"),
        ({"visits_week": [1.0, -2.0, 1.0]}, "visits_week"),
        ({"outside_cost": np.ones(2)}, "outside_cost"),
        ({"outside_cost": [np.nan, 1.0, 1.0]}, "outside_cost"),
        ({"adjacency": path_graph(4)}, "adjacency"),
        ({"max_hours": np.nan}, "max_hours"),
        ({"max_hours": -1.0}, "max_hours"),
        ({"min_hours": 6.0}, "min_hours"),
        ({"block_cost": -1.0, "min_hours": 1.0}, "block_cost"),
        ({"n_blocks": -1}, "n_blocks"),
    ],
)
def test_wrong_inputs_are_refused_by_name(change: dict[str, object], named: str) -> None:
    with pytest.raises(PlanError, match=f"^{named}"):
        design_blocks(**(GOOD | change))


def test_a_free_number_of_blocks_needs_only_one_reason_to_stop() -> None:
    found = design_blocks(**(GOOD | {"block_cost": 0.0, "min_hours": 1.0}))
    assert found.status == "optimal"
    assert found.objective == pytest.approx(3.0)
