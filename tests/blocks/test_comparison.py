"""Plans side by side: figures agree with the plan's own tables, and differences are those that people would notice."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks.comparison import (
    count_kept,
    describe_differences,
    measure_difference,
    measure_plan,
    name_providers,
    share_elsewhere,
)
from tests.blocks.mixed_street import mixed_plan


def test_figures_agree_with_the_plans_own_tables() -> None:
    plan = mixed_plan()
    case, rows = plan.case, plan.proposals
    figures = measure_plan(case.model, case.zones, settings=case.settings.blocks)
    assert figures.objective == pytest.approx(plan.objective)
    assert figures.blocks == len(rows)
    assert figures.hours_in_blocks == pytest.approx(rows["hours_zone"].sum())
    assert figures.travel_minutes_saved == pytest.approx(rows["travel_minutes_saved_week"].sum())
    assert figures.hours_moving == pytest.approx(rows["hours_with_others"].sum())
    assert figures.hours_waiting_placed == pytest.approx(rows["hours_waiting"].sum())
    moves = plan.points["cost_moves"].sum() / case.settings.blocks.move_minutes_hour
    assert figures.carer_hours_moving == pytest.approx(moves)


def test_pounds_above_the_usual_price_are_those_that_the_plan_is_charged_for() -> None:
    case = mixed_plan().case
    dear = dataclasses.replace(case.model, price=np.full(case.model.price.shape, 6.0))
    settings = dataclasses.replace(case.settings.blocks, price_minutes_pound=1.5)
    placed = sum(len(zone.points) for zone in case.zones)
    assert measure_plan(dear, case.zones, settings=settings).pounds_above_usual == pytest.approx(4.0 * placed)
    free = dataclasses.replace(settings, price_minutes_pound=0.0)
    assert np.isnan(measure_plan(dear, case.zones, settings=free).pounds_above_usual)


def test_who_comes_to_the_door_is_the_difference() -> None:
    hours = pd.Series([10.0, 20.0, 30.0, 40.0], index=list("abcd"))
    one = pd.Series(["A", "A", "B", ""], index=hours.index)
    assert share_elsewhere(hours, one, one) == 0
    assert share_elsewhere(hours, one, pd.Series(["A", "", "C", "C"], index=hours.index)) == pytest.approx(50 / 60)
    # Leaving blocks out is a difference from the one side only, so it does not make another plan.
    fewer = pd.Series(["A", "A", "", ""], index=hours.index)
    assert share_elsewhere(hours, one, fewer) == pytest.approx(0.5)
    assert measure_difference(hours, one, fewer) == 0
    assert measure_difference(hours, one, one.where(one == "", "D")) == 1


def test_a_block_is_kept_while_most_of_it_stays_together_with_its_provider() -> None:
    plan = mixed_plan()
    model, zones = plan.case.model, plan.case.zones
    assert count_kept(zones, zones, old=model, new=model) == len(zones)
    other = [dataclasses.replace(zone, provider=(zone.provider + 1) % 4) for zone in zones]
    assert count_kept(zones, other, old=model, new=model) == 0
    first = zones[0]
    half = np.argsort(model.points["contact_hours"].to_numpy()[first.points])[: len(first.points) // 2]
    torn = [dataclasses.replace(first, points=first.points[half]), *zones[1:]]
    assert count_kept(zones, torn, old=model, new=model) == len(zones) - 1


def test_differences_are_told_with_hours_and_names() -> None:
    plan = mixed_plan()
    model, zones = plan.case.model, plan.case.zones
    names = plan.case.tables.providers.set_index("provider_id")["provider_name"]
    assert describe_differences(model, zones, zones, provider_names=names) == []
    first = zones[0]
    other = [dataclasses.replace(first, provider=(first.provider + 1) % 4), *zones[1:-1]]
    told = describe_differences(model, zones, other, provider_names=names)
    by_block = {text.split()[0]: (hours, text) for hours, text in told}
    hours, text = by_block[first.block_id]
    assert hours == pytest.approx(model.points["contact_hours"].to_numpy()[first.points].sum())
    assert names[model.providers.index[other[0].provider]] in text
    assert "left to spot purchase" in by_block[zones[-1].block_id][1]
    assert [hours for hours, _ in told] == sorted((hours for hours, _ in told), reverse=True)
    assert (name_providers(model, zones) != "").sum() == sum(len(zone.points) for zone in zones)
