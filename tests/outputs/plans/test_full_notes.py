"""The sentences of a full run: computed from the rows, and nothing told that was not looked at."""

import dataclasses

from marketmap.blocks.frontier import FrontierRow
from marketmap.blocks.sensitivity import SensitivityRow
from marketmap.blocks.stop import GUARD, ITERATIONS, SECONDS
from marketmap.blocks.variants import measure_variant, take_variant
from marketmap.outputs.files.ending import tell_ends
from marketmap.outputs.plans.full_notes import tell_cheaper, tell_frontier, tell_sensitivity, tell_stop
from tests.blocks.mixed_street import mixed_plan


def make_row(saved: float, moved: float, *, proposed: bool = False, dominated: bool = False) -> FrontierRow:
    case = mixed_plan().case
    known = measure_variant(take_variant(case.model, case.zones, settings=case.settings.blocks), case.zones)
    figures = dataclasses.replace(known, travel_minutes_saved=saved, carer_hours_moving=moved)
    return FrontierRow(1.0, (), figures, 1.0, 1.0, 0.0, proposed=proposed, dominated=dominated)


def test_the_frontier_is_told_by_rows_spread_over_the_disruption() -> None:
    rows = [
        make_row(60, 0), make_row(400, 10), make_row(420, 12, dominated=True), make_row(700, 45),
        make_row(1100, 95, proposed=True), make_row(1200, 100),
    ]  # fmt: skip
    told = tell_frontier(rows)
    assert "at most 20 model hours of travel for 100 carer hours" in told
    assert "5% of the saving for 0% of the disruption; 33% of the saving for 10% of the disruption; " in told
    assert "58% of the saving for 45% of the disruption; the proposed plan 92% for 95%." in told
    assert "12%" not in told


def test_a_frontier_on_which_nothing_is_saved_says_so() -> None:
    assert "No plan that moves hours saves travel" in tell_frontier([make_row(0, 0, proposed=True)])


def test_sensitivity_names_each_assumption_with_its_share() -> None:
    figures = make_row(1, 1).figures
    rows = [
        SensitivityRow("searched on, nothing changed", "", "feasible", figures, 1.0, 0.0, 0.98, 3),
        SensitivityRow("demand 10% lower", "", "feasible", figures, 1.0, 0.0, 0.7, 2),
        SensitivityRow("P1 refuses", "", "No plan: none", None, 1.0, 0.0, 0.0, 0, told="if Kind takes no block"),
        SensitivityRow("P2 refuses", "", "feasible", figures, 1.0, 0.0, 0.4, 0, told="if Calm takes no block"),
    ]
    told = tell_sensitivity(rows)[0]
    assert "70% with demand 10% lower, no plan if Kind takes no block, 40% if Calm takes no block; " in told
    assert told.endswith("; 98% searched on with nothing changed.")
    assert tell_sensitivity(rows[:1]) == []


def test_the_cheapest_plan_found_is_named_with_what_it_costs_less() -> None:
    plan = dataclasses.replace(mixed_plan(), objective=1000.0)
    rows = [cost_row(1200.0, 60, 0), cost_row(990.0, 300, 50), cost_row(1000.0, 200, 60, proposed=True)]
    searched = SensitivityRow("searched on, nothing changed", "", "feasible", rows[1].figures, 1.0, 0.0, 0.98, 3)
    cheaper = dataclasses.replace(searched, figures=dataclasses.replace(rows[1].figures, objective=980.0))
    other = dataclasses.replace(searched, figures=dataclasses.replace(rows[1].figures, objective=1.0))
    told = tell_cheaper(plan, rows, [], [cheaper, other])
    assert told[0] == (
        "The proposed plan is not the cheapest found: at its own weights “searched on, nothing changed” in "
        "sensitivity.csv costs 20.0 minutes a week (2.00%) less; so do, by less: F2 in "
        "frontier.csv. More iterations would improve the plan."
    )
    assert told[1] == (
        "F2 in frontier.csv saves 1.7 model hours of travel a week more than the proposed plan, and 10.0 carer hours "
        "fewer change provider."
    )
    assert len(told) == 2


def test_nothing_is_told_of_cheaper_plans_where_the_proposed_one_is_the_cheapest() -> None:
    plan = dataclasses.replace(mixed_plan(), objective=1000.0)
    rows = [cost_row(1200.0, 60, 0), cost_row(1000.0, 200, 60, proposed=True)]
    assert tell_cheaper(plan, rows, [], []) == []


def cost_row(cost: float, saved: float, moved: float, *, proposed: bool = False) -> FrontierRow:
    row = make_row(saved, moved, proposed=proposed)
    return dataclasses.replace(row, figures=dataclasses.replace(row.figures, objective=cost))


def test_a_stop_names_what_was_kept_and_what_was_left_out() -> None:
    told = tell_stop(None, [], None)
    assert "Kept: nothing. Left out: the frontier, alternative A1, alternative A2, sensitivity." in told


def test_only_searches_that_the_clock_ended_are_told() -> None:
    assert tell_ends([ITERATIONS, ITERATIONS]) == []
    told = tell_ends([ITERATIONS, GUARD, GUARD, SECONDS])
    assert told[0].startswith("1 of 4 further searches were stopped by the time limit")
    assert told[1].startswith("2 of 4 further searches were stopped by the time guard: not repeatable")
