"""The frontier: monotone, each row the cheapest known at its weight, and no bound above a cost."""

import dataclasses
import functools
import itertools
import math

import pytest

from marketmap.blocks import frontier as frontier_module
from marketmap.blocks.frontier import Frontier, trace_frontier
from marketmap.blocks.stop import Stop
from marketmap.blocks.variants import Found, SearchStoppedError, solve_variant
from tests.blocks.mixed_street import mixed_plan, mixed_settings, mixed_tables, solve_mixed


@functools.cache
def frontier() -> Frontier:
    return trace_frontier(mixed_plan(), stop=Stop(max_iterations=40))


def test_it_runs_from_no_hour_moved_to_the_least_travel_in_seven_rows_or_more() -> None:
    rows = frontier().rows
    assert len(rows) >= 7
    assert math.isinf(rows[0].move_minutes_hour)
    assert rows[0].figures.carer_hours_moving == 0
    weight = mixed_settings().blocks.move_minutes_hour
    rest = [row.figures.objective - weight * row.figures.carer_hours_moving for row in rows]
    assert rest[-1] == min(rest)
    assert sum(row.proposed for row in rows) == 1


def test_more_hours_move_and_the_rest_costs_less_along_it() -> None:
    rows = [row for row in frontier().rows if not row.proposed]
    weight = mixed_settings().blocks.move_minutes_hour
    for one, other in itertools.pairwise(rows):
        assert one.move_minutes_hour >= other.move_minutes_hour
        assert one.figures.carer_hours_moving < other.figures.carer_hours_moving
        rest = [row.figures.objective - weight * row.figures.carer_hours_moving for row in (one, other)]
        assert rest[0] > rest[1]


def test_each_row_is_the_cheapest_of_all_rows_at_its_own_weight() -> None:
    base = mixed_settings().blocks.move_minutes_hour
    rows = frontier().rows
    for row in rows:
        if row.proposed or math.isinf(row.move_minutes_hour):
            continue
        for other in rows:
            moved = other.figures.carer_hours_moving
            cost = other.figures.objective + (row.move_minutes_hour - base) * moved
            assert row.objective <= cost + 1e-6
            assert row.lower_bound <= cost + 1e-6


def test_the_proposed_plan_stands_on_it_with_its_own_figures() -> None:
    plan = mixed_plan()
    own = next(row for row in frontier().rows if row.proposed)
    assert own.objective == pytest.approx(plan.objective)
    assert own.lower_bound >= plan.lower_bound - 1e-6
    assert own.gap <= plan.gap + 1e-9


def test_dominated_rows_are_marked() -> None:
    rows = frontier().rows
    for row in rows:
        better = [
            other
            for other in rows
            if other.figures.travel_minutes_saved >= row.figures.travel_minutes_saved
            and other.figures.carer_hours_moving <= row.figures.carer_hours_moving
            and other.figures != row.figures
        ]
        assert row.dominated == bool(better)


def test_stopped_midway_it_hands_over_the_rows_known_by_then(monkeypatch: pytest.MonkeyPatch) -> None:
    searched = []

    def solve(*arguments: object, **options: object) -> Found:
        if len(searched) == 3:
            raise SearchStoppedError
        searched.append(solve_variant(*arguments, **options))  # type: ignore[arg-type]
        return searched[-1]

    monkeypatch.setattr(frontier_module, "solve_variant", solve)
    with pytest.raises(SearchStoppedError) as stopped:
        trace_frontier(mixed_plan(), stop=Stop(max_iterations=40))
    part = stopped.value.done
    assert len(part.ended) == 3
    assert 2 <= len(part.rows) < len(frontier().rows)
    assert sum(row.proposed for row in part.rows) == 1
    monkeypatch.setattr(frontier_module, "solve_variant", lambda *_arguments, **_options: solve_none())
    with pytest.raises(SearchStoppedError) as stopped:
        trace_frontier(mixed_plan(), stop=Stop(max_iterations=40))
    assert stopped.value.done is None


def test_a_bound_at_a_weight_holds_at_every_higher_one(monkeypatch: pytest.MonkeyPatch) -> None:
    searched = []

    def solve(*arguments: object, **options: object) -> Found:
        found = solve_variant(*arguments, **options)  # type: ignore[arg-type]
        searched.append(found)
        # the first, at no charge, as it is; the rest prove next to nothing by themselves
        return found if len(searched) == 1 else dataclasses.replace(found, lower_bound=1.0)

    monkeypatch.setattr(frontier_module, "solve_variant", solve)
    rows = trace_frontier(mixed_plan(), stop=Stop(max_iterations=40)).rows
    dearest = sorted(rows, key=lambda row: row.move_minutes_hour)
    assert math.isinf(dearest[-1].move_minutes_hour)
    assert dearest[0].lower_bound > 1.0
    for one, other in itertools.pairwise(dearest):
        assert other.lower_bound >= one.lower_bound - 1e-6


def solve_none() -> Found:
    raise SearchStoppedError


@pytest.mark.parametrize("seed", [0, 2])
def test_bounds_hold_at_every_weight(seed: int) -> None:
    # Six homes: every search below is an exact solution, so no bound may lie above what it finds.
    plan = solve_mixed(mixed_tables(points=6, seed=seed), iterations=40, min_hours=20.0)
    assert plan.status == "optimal"
    for row in trace_frontier(plan, rows=5, stop=Stop(max_iterations=20)).rows:
        if math.isfinite(row.move_minutes_hour):
            best = solve_mixed(
                mixed_tables(points=6, seed=seed),
                iterations=40,
                min_hours=20.0,
                move_minutes_hour=row.move_minutes_hour,
            )
            assert row.lower_bound <= best.objective + 1e-6
            assert row.objective >= best.objective - 1e-6
