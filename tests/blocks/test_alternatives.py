"""Alternatives keep every limit, differ as much as they say, and are priced by the plan's own weights."""

import dataclasses
import functools

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks import alternatives as alternatives_module
from marketmap.blocks.alternatives import FOUND, Alternative, find_alternatives
from marketmap.blocks.model import frame_problem
from marketmap.blocks.plan import Zone
from marketmap.blocks.stop import Stop
from marketmap.blocks.variants import SearchStoppedError
from marketmap.blocks.zone_problem import plan_cost
from tests.blocks.brute_force import broken_limits
from tests.blocks.mixed_street import mixed_plan, mixed_tables, solve_mixed


@functools.cache
def alternatives() -> list[Alternative]:
    return find_alternatives(mixed_plan(), stop=Stop(max_iterations=160))


def as_arrays(zones: tuple[Zone, ...], points: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    block_of = np.full(points, -1)
    for number, zone in enumerate(zones):
        block_of[zone.points] = number
    return block_of, np.array([zone.centre for zone in zones]), np.array([zone.provider for zone in zones])


def providers_of(zones: tuple[Zone, ...], points: int) -> np.ndarray:
    block_of, _, providers = as_arrays(zones, points)
    return np.where(block_of >= 0, providers[block_of], -1)


def test_two_are_found_that_really_differ_from_the_plan_and_from_each_other() -> None:
    plan, (one, two) = mixed_plan(), alternatives()
    hours = plan.case.model.points["contact_hours"].to_numpy()
    held = [providers_of(zones, len(hours)) for zones in (plan.case.zones, one.zones, two.zones)]

    def elsewhere(mine: np.ndarray, yours: np.ndarray) -> float:
        return hours[(mine >= 0) & (mine != yours)].sum() / hours[mine >= 0].sum()

    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert min(elsewhere(held[first], held[second]), elsewhere(held[second], held[first])) >= 0.2
    assert one.status == two.status == FOUND
    assert one.difference == pytest.approx(min(elsewhere(held[0], held[1]), elsewhere(held[1], held[0])))
    assert two.difference_others == pytest.approx(min(elsewhere(held[1], held[2]), elsewhere(held[2], held[1])))


def test_each_is_a_plan_of_the_model_at_its_own_cost() -> None:
    plan = mixed_plan()
    problem = frame_problem(plan.case.model, settings=plan.case.settings.blocks)
    for one in alternatives():
        arrays = as_arrays(one.zones, problem.points)
        assert not broken_limits(problem, *arrays)
        assert one.figures.objective == pytest.approx(plan_cost(problem, *arrays))
        assert one.given_up == pytest.approx(one.figures.objective - plan.objective)
        assert one.lower_bound <= one.figures.objective
        assert one.gap == pytest.approx((one.figures.objective - one.lower_bound) / one.figures.objective)


def test_what_differs_is_told_for_at_most_ten() -> None:
    for one in alternatives():
        assert 0 < len(one.differences) <= 10
        assert all(text and hours > 0 for hours, text in one.differences)


def test_where_one_provider_alone_takes_part_there_is_no_alternative() -> None:
    tables = mixed_tables(points=60, hours_spare_week=500.0)
    joined = pd.DataFrame(
        {"provider_id": ["A"], "area_code": [pd.NA], "max_block_hours": [pd.NA], "valid_from": [pd.NaT]}
    )
    plan = solve_mixed(dataclasses.replace(tables, participation=joined), iterations=40)
    assert len(plan.proposals)
    (one,) = find_alternatives(plan, count=1, stop=Stop(max_iterations=20))
    assert one.status.startswith("none found")
    assert one.zones == ()


def test_the_same_seed_and_iterations_give_the_same_alternatives() -> None:
    again = find_alternatives(mixed_plan(), stop=Stop(max_iterations=160))
    for one, other in zip(alternatives(), again, strict=True):
        assert one.figures == other.figures
        assert one.differences == other.differences


def test_stopped_before_the_second_it_hands_over_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    find, asked = alternatives_module._find_one, []

    def find_once(*arguments: object, **options: object) -> Alternative:
        asked.append(arguments[2])
        if len(asked) > 1:
            raise SearchStoppedError
        return find(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(alternatives_module, "_find_one", find_once)
    with pytest.raises(SearchStoppedError) as stopped:
        find_alternatives(mixed_plan(), stop=Stop(max_iterations=40))
    assert [one.name for one in stopped.value.done] == ["A1"]
    assert asked == ["A1", "A2"]
