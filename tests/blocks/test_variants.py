"""Beginning from what a like problem taught: bounds stay valid, starts stay plans, and Ctrl-C is not swallowed."""

import dataclasses

import numpy as np
import pytest

from marketmap.blocks import variants
from marketmap.blocks.bound import LagrangianBound
from marketmap.blocks.stop import USER, Stop
from marketmap.blocks.variants import (
    SearchStoppedError,
    charge_pairs,
    find_footing,
    measure_variant,
    part_of_stop,
    solve_variant,
    take_variant,
)
from marketmap.blocks.zone_problem import ZoneResult
from tests.blocks.brute_force import cheapest_plan
from tests.blocks.mixed_street import mixed_plan
from tests.blocks.test_search import draw_tiny


@pytest.mark.parametrize("seed", range(30))
def test_a_bound_that_begins_from_other_prices_is_still_a_bound(seed: int) -> None:
    problem = draw_tiny(seed)
    best = cheapest_plan(problem)
    random = np.random.default_rng(seed)
    other = LagrangianBound(dataclasses.replace(problem, outside=problem.outside * random.uniform(0.5, 3)))
    other.advance(30, upper=np.inf)
    bound = LagrangianBound(problem)
    bound.begin(other.prices)
    for _ in range(4):
        bound.advance(5, upper=np.inf)
        assert bound.value <= best + 1e-6


def test_prices_of_another_shape_are_not_taken() -> None:
    one, two = draw_tiny(0), draw_tiny(1)
    assert one.points != two.points or one.providers != two.providers
    bound, other = LagrangianBound(one), LagrangianBound(two)
    before = bound.prices
    bound.begin(other.prices)
    assert bound.prices is before


def test_a_footing_is_never_weaker_than_the_plans_own_bound() -> None:
    plan = mixed_plan()
    footing = find_footing(plan)
    assert plan.lower_bound - 1e-9 <= footing.lower_bound <= plan.objective


def test_a_variant_begun_from_a_plan_is_no_worse_and_its_cost_is_measured_without_charges() -> None:
    plan = mixed_plan()
    base = take_variant(plan.case.model, plan.case.zones, settings=plan.case.settings.blocks)
    found = solve_variant(base, plan.case.zones, seed=0, stop=Stop(max_iterations=5))
    assert found.objective <= plan.objective + 1e-6
    assert measure_variant(base, found.zones).objective == pytest.approx(found.objective)
    charged = charge_pairs(base, np.full(plan.case.model.held.shape, 2.0))
    dearer = solve_variant(charged, plan.case.zones, seed=0, stop=Stop(max_iterations=5))
    points = sum(len(zone.points) for zone in dearer.zones)
    assert measure_variant(base, dearer.zones).objective == pytest.approx(dearer.objective - 2.0 * points)


def test_a_part_of_a_stop_keeps_its_kind() -> None:
    plan = mixed_plan()
    assert part_of_stop(plan, part=0.5).max_iterations == 50
    case = dataclasses.replace(plan.case, stop=Stop(max_seconds=80.0, max_gap=0.1))
    assert part_of_stop(dataclasses.replace(plan, case=case)) == Stop(
        max_seconds=20.0, max_gap=0.1, guard_seconds=225.0
    )


def test_an_interrupted_search_interrupts_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = mixed_plan()
    base = take_variant(plan.case.model, plan.case.zones, settings=plan.case.settings.blocks)

    def stopped(*_arguments: object, **_options: object) -> ZoneResult:
        nothing = np.zeros(0, dtype=np.int64)
        outside = np.full(base.problem.points, -1)
        return ZoneResult(outside, nothing, nothing, 1.0, 0.0, 1.0, "stopped", 1, 0.0, ended=USER)

    monkeypatch.setattr(variants, "solve_zones", stopped)
    with pytest.raises(SearchStoppedError):
        solve_variant(base, plan.case.zones, seed=0, stop=Stop(max_iterations=5))
