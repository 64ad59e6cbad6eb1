"""Blocks and providers together: against every possible plan, and a county-like case checked by plain sums."""

import dataclasses

import numpy as np
import pytest

from marketmap.blocks import solver as solver_module
from marketmap.blocks.solver import solve_zones
from marketmap.blocks.stop import Stop
from marketmap.blocks.zone_problem import ZoneProblem, plan_cost
from tests.blocks.brute_force import broken_limits, cheapest_plan, path_graph, planar_graph

SEEDS = range(40)


def draw_tiny(seed: int) -> ZoneProblem:
    """Up to five points, three centres and three providers, with limits on all of them."""
    random = np.random.default_rng(1000 + seed)
    points, centres, providers = (int(random.integers(2, top)) for top in (6, 4, 4))
    hours = random.integers(1, 10, points).astype(float)
    load = hours * random.integers(1, 3, points)
    holder = random.integers(-1, providers, points)
    held = np.where(holder[:, None] == np.arange(providers), load[:, None], 0.0) * random.uniform(0, 1, (points, 1))
    travel = random.uniform(0, 60, (points, centres))
    extra = random.uniform(-10, 40, (points, providers))
    base = random.uniform(0, 20, (providers, centres))
    for table in (travel, extra, base):
        table[random.random(table.shape) < 0.12] = np.inf
    outside = random.uniform(20, 200, points)
    outside[random.random(points) < 0.2] = np.inf
    companies, districts = int(random.integers(1, providers + 1)), int(random.integers(1, 3))
    limits: dict[str, object] = {}
    if seed % 2:
        limits["capacity"] = random.uniform(-5, 15, providers).clip(0)
    if seed % 3:
        limits["max_provider_hours"] = random.uniform(5, 30, providers)
    if seed % 4 < 3:
        limits["share_cap"] = random.uniform(1, 15, (companies, districts))
        limits["blocks_there"] = (random.random((companies, districts)) < 0.3).astype(int)
        limits["company_of"] = random.integers(0, companies, providers)
        limits["district_of"] = random.integers(0, districts, points)
    if seed % 5 < 2:
        limits["adjacency"] = path_graph(points)
    return ZoneProblem(
        travel=travel,
        hours=hours,
        outside=outside,
        max_hours=float(random.integers(8, 25)),
        min_hours=float(random.integers(0, 8)),
        block_cost=float(random.integers(1, 30)),
        extra=extra,
        base=base,
        rounds=random.uniform(0, 3, points),
        load=load,
        held=held,
        **limits,
    )


def draw_county(*, points: int = 150, providers: int = 8, seed: int = 5) -> ZoneProblem:
    random = np.random.default_rng(seed)
    places, offices = random.uniform(0, 60, (points, 2)), random.uniform(0, 60, (providers, 2))
    apart = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    away = np.hypot(*(offices[:, None] - places).transpose(2, 0, 1))
    hours = random.uniform(2, 20, points)
    load = hours * random.choice([1.0, 2.0], points)
    holder = random.integers(0, providers, points)
    held = np.where(holder[:, None] == np.arange(providers), 0.8 * load[:, None], 0.0)
    visits = 2 * load
    extra = 4 * (load[:, None] - held)
    extra[away.T > 45] = np.inf
    return ZoneProblem(
        travel=visits[:, None] * apart,
        hours=hours,
        outside=visits * random.uniform(8, 25, points),
        max_hours=120,
        min_hours=50,
        block_cost=60,
        extra=extra,
        base=away,
        rounds=load / 4,
        load=load,
        held=held,
        capacity=random.uniform(20, 120, providers),
        max_provider_hours=np.full(providers, 260.0),
        company_of=np.arange(providers) // 2,
        district_of=(places[:, 0] > 30).astype(int),
        share_cap=np.full((providers // 2, 2), 0.35 * hours.sum() / 2),
        adjacency=planar_graph(places),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_tiny_cases_match_trying_every_plan(seed: int) -> None:
    problem = draw_tiny(seed)
    best = cheapest_plan(problem)
    found = solve_zones(problem)
    if np.isinf(best):
        assert (found.status, found.objective) == ("infeasible", np.inf)
        assert found.conflict
        return
    assert found.status == "optimal", found.conflict
    assert found.objective == pytest.approx(best, abs=1e-6)
    assert broken_limits(problem, found.block_of, found.centres, found.providers) == []
    assert plan_cost(problem, found.block_of, found.centres, found.providers) == pytest.approx(found.objective)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_search_alone_keeps_to_limits_and_its_bound_is_true(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver_module, "EXACT_TRIPLES", -1)
    problem = draw_tiny(seed)
    best = cheapest_plan(problem)
    found = solve_zones(problem, stop=Stop(max_iterations=60))
    assert found.lower_bound <= best + 1e-6
    if np.isfinite(found.objective):
        assert broken_limits(problem, found.block_of, found.centres, found.providers) == []
        cost = plan_cost(problem, found.block_of, found.centres, found.providers)
        assert cost == pytest.approx(found.objective)
        assert found.objective >= best - 1e-6
    else:
        assert found.conflict


def test_both_kinds_of_answer_are_among_the_tiny_cases() -> None:
    best = np.array([cheapest_plan(draw_tiny(seed)) for seed in SEEDS])
    assert np.isinf(best).sum() >= 4
    assert np.isfinite(best).sum() >= 20


def street(**changes: object) -> ZoneProblem:
    """Two points, each its own centre and dear to serve from the other."""
    inputs: dict[str, object] = {
        "travel": np.array([[0.0, 50.0], [50.0, 0.0]]),
        "hours": np.array([10.0, 10.0]),
        "outside": np.array([100.0, 100.0]),
        "max_hours": 10.0,
        "block_cost": 1.0,
    }
    return ZoneProblem(**(inputs | changes))


def test_hours_given_up_make_room_for_hours_taken_on() -> None:
    # provider 0 holds point 1: only by giving it up to provider 1 has it room for point 0
    limits = {
        "load": np.array([10.0, 10.0]),
        "held": np.array([[0.0, 0.0], [10.0, 0.0]]),
        "capacity": np.array([0.0, 10.0]),
        "extra": np.array([[0.0, np.inf], [np.inf, 0.0]]),
    }
    assert solve_zones(street(**limits)).objective == pytest.approx(2.0)
    kept = solve_zones(street(**limits, travel=np.array([[0.0, np.inf], [np.inf, np.inf]])))
    assert kept.objective == pytest.approx(200.0)


def test_a_single_block_may_pass_the_share_cap_and_a_second_may_not() -> None:
    limits = {"share_cap": np.array([[5.0]]), "extra": np.zeros((2, 1)), "company_of": np.array([0])}
    found = solve_zones(street(**limits))
    assert found.objective == pytest.approx(101.0)
    assert len(found.centres) == 1
    let = solve_zones(street(**limits, blocks_there=np.array([[1]])))
    assert let.objective == pytest.approx(200.0)


def test_a_provider_takes_no_more_contact_hours_than_it_would() -> None:
    assert solve_zones(street(max_provider_hours=np.array([10.0]))).objective == pytest.approx(101.0)
    assert solve_zones(street(max_provider_hours=np.array([20.0]))).objective == pytest.approx(2.0)


def test_same_seed_and_iterations_give_the_same_plan() -> None:
    problem = draw_county(points=80)
    one, two = (solve_zones(problem, seed=4, stop=Stop(max_iterations=40)) for _ in range(2))
    for name in ("block_of", "centres", "providers"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
    assert (one.objective, one.lower_bound, one.iterations) == (two.objective, two.lower_bound, two.iterations)


def test_a_county_sized_down_ends_with_a_plan_that_keeps_to_every_limit() -> None:
    problem = draw_county()
    steps: list[tuple[int, float, float]] = []
    found = solve_zones(problem, seed=1, stop=Stop(max_iterations=300), on_progress=lambda *step: steps.append(step))
    assert found.status == "feasible"
    assert len(found.centres) > 0
    assert broken_limits(problem, found.block_of, found.centres, found.providers) == []
    cost = plan_cost(problem, found.block_of, found.centres, found.providers)
    assert cost == pytest.approx(found.objective)
    assert found.lower_bound <= found.objective < problem.outside.sum()
    assert found.gap == pytest.approx((found.objective - found.lower_bound) / found.objective)
    assert "contiguity (its fences alone)" in found.relaxed
    assert [step[0] for step in steps] == sorted(step[0] for step in steps)
    assert all(lower <= found.objective + 1e-6 for _, _, lower in steps)


def test_an_interrupted_search_hands_back_what_it_has() -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    found = solve_zones(draw_county(points=80), stop=Stop(max_iterations=100), on_progress=interrupt)
    assert found.status == "stopped"
    assert np.isfinite(found.objective)


def test_a_problem_without_limits_on_providers_is_no_dearer() -> None:
    for seed in range(0, 12, 3):
        problem = draw_tiny(seed)
        free = dataclasses.replace(
            problem,
            capacity=np.full(problem.providers, np.inf),
            max_provider_hours=np.full(problem.providers, np.inf),
            share_cap=np.full(problem.share_cap.shape, np.inf),
        )
        assert solve_zones(free).objective <= solve_zones(problem).objective + 1e-6
