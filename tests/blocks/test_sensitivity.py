"""Other assumptions: what is varied is varied and nothing else, and every row is a plan of its own model."""

import dataclasses
import functools

import numpy as np
import pytest

from marketmap.blocks import sensitivity as sensitivity_module
from marketmap.blocks.sensitivity import SensitivityRow, scale_demand, vary_assumptions
from marketmap.blocks.stop import Stop
from marketmap.blocks.variants import Found, SearchStoppedError, solve_variant
from tests.blocks.mixed_street import mixed_plan, mixed_tables, solve_mixed


@functools.cache
def rows() -> list[SensitivityRow]:
    return vary_assumptions(mixed_plan(), stop=Stop(max_iterations=40))


def test_every_assumption_has_a_row() -> None:
    names = [row.name for row in rows()]
    assert names[:3] == ["searched on, nothing changed", "demand 10% lower", "demand 10% higher"]
    assert names[3:5] == ["patches of 45 hours", "patches of 180 hours"]
    plan = mixed_plan()
    largest = plan.proposals.groupby("suggested_provider_id")["hours_zone"].sum().nlargest(3)
    assert [row.name.removesuffix(" refuses") for row in rows()[5:]] == list(largest.index)


def test_each_row_has_a_bound_and_a_gap_of_its_own() -> None:
    for row in rows():
        assert row.figures is not None
        assert row.lower_bound <= row.figures.objective
        assert row.gap == pytest.approx((row.figures.objective - row.lower_bound) / row.figures.objective)
        assert 0 <= row.share_same_provider <= 1
        assert 0 <= row.blocks_kept <= len(mixed_plan().proposals)


def test_searching_on_never_makes_the_plan_worse() -> None:
    plan, first = mixed_plan(), rows()[0]
    assert first.figures is not None
    assert first.figures.objective <= plan.objective + 1e-6
    assert first.gap <= plan.gap + 1e-9


def test_who_refuses_has_no_block_so_its_hours_are_elsewhere() -> None:
    held = mixed_plan().proposals.groupby("suggested_provider_id")["hours_zone"].sum()
    for row in rows()[5:]:
        most = 1 - held[row.name.removesuffix(" refuses")] / held.sum()
        assert row.share_same_provider <= most + 1e-9


def test_demand_is_scaled_and_capacity_is_not() -> None:
    tables = mixed_tables()
    more = scale_demand(tables, 1.1)
    assert more.packages["hours_week"].to_numpy() == pytest.approx(1.1 * tables.packages["hours_week"].to_numpy())
    assert more.packages["visits_week"].to_numpy() == pytest.approx(1.1 * tables.packages["visits_week"].to_numpy())
    assert more.providers is tables.providers
    assert tables.packages["hours_week"].max() == mixed_tables().packages["hours_week"].max()


def test_the_size_of_patches_sets_what_spot_purchase_costs() -> None:
    finer, coarser = rows()[3].figures, rows()[4].figures
    assert finer is not None
    assert coarser is not None
    assert finer.travel_minutes_saved < coarser.travel_minutes_saved


def test_a_variant_without_a_plan_says_why() -> None:
    tables = mixed_tables(points=9)
    total = float(tables.packages["hours_week"].sum())
    plan = solve_mixed(tables, iterations=20, min_hours=0.95 * total, max_hours=2 * total)
    row = next(row for row in vary_assumptions(plan, refusals=0, stop=Stop(max_iterations=5)) if "lower" in row.name)
    assert row.figures is None
    assert "smallest block" in row.status
    assert np.isnan(row.gap)


def test_the_same_seed_and_iterations_give_the_same_rows() -> None:
    again = vary_assumptions(mixed_plan(), stop=Stop(max_iterations=40))
    assert [dataclasses.astuple(row) for row in again] == [dataclasses.astuple(row) for row in rows()]


def test_stopped_midway_it_hands_over_the_rows_done(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []

    def solve(*arguments: object, **options: object) -> Found:
        if len(done) == 2:
            raise SearchStoppedError
        done.append(arguments)
        return solve_variant(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(sensitivity_module, "solve_variant", solve)
    with pytest.raises(SearchStoppedError) as stopped:
        vary_assumptions(mixed_plan(), stop=Stop(max_iterations=40))
    assert stopped.value.done == rows()[:2]


def test_who_refuses_first_is_the_one_with_most_block_hours_and_says_so() -> None:
    held = mixed_plan().proposals.groupby("suggested_provider_id")["hours_zone"].agg(["size", "sum"])
    most = held["sum"].idxmax()
    first = rows()[5]
    assert first.name == f"{most} refuses"
    assert "with most block hours" in first.assumption
    assert f"({held.loc[most, 'size']} blocks of {held.loc[most, 'sum']:,.0f} hours)" in first.assumption
    assert "number 2 by block hours" in rows()[6].assumption


def test_who_refuses_is_told_by_name_and_the_rest_by_their_assumption() -> None:
    names = mixed_tables().providers.set_index("provider_id")["provider_name"]
    refusing = rows()[5]
    assert refusing.told == f"if {names[refusing.name.removesuffix(' refuses')]} takes no block"
    assert {row.told for row in rows()[:5]} == {""}
