"""The frontier in sentences, and where its names go."""

import pandas as pd

from marketmap.outputs.views.trade_off import find_crowded, tell_half, tell_row

FRONTIER = pd.DataFrame(
    {
        "plan": ["F1", "F2", "F3", "proposed", "F5"],
        "proposed": [False, False, False, True, False],
        "travel_minutes_saved_week": [600.0, 3000.0, 6000.0, 12_000.0, 12_060.0],
        "carer_hours_moving": [0.0, 300.0, 500.0, 1000.0, 1010.0],
    }
)


def row(plan: str) -> pd.Series:
    return FRONTIER[FRONTIER["plan"] == plan].iloc[0]


def test_half_the_disruption_is_the_plan_that_saves_most_at_half_the_hours_or_fewer() -> None:
    assert tell_half(row("proposed"), FRONTIER) == (
        "Half the disruption or less: F3 moves 500 carer hours a week in place of 1,000, and saves 100 model "
        "hours of travel a week less (50% less)."
    )
    assert "F1 moves 0 carer hours a week in place of 500" in tell_half(row("F3"), FRONTIER)
    assert "no disruption to halve" in tell_half(row("F1"), FRONTIER)
    assert tell_half(row("F2"), FRONTIER.iloc[1:]) == "No plan of the frontier moves half as many hours (150) or fewer."


def test_a_row_is_told_beside_the_proposed_plan() -> None:
    assert tell_row(row("proposed"), FRONTIER).endswith("This is the proposed plan.")
    assert tell_row(row("F3"), FRONTIER).endswith("100 model hours of travel less saved, 500 carer hours fewer moved.")


def test_of_two_names_that_would_lie_on_each_other_one_goes_below() -> None:
    assert find_crowded(FRONTIER).tolist() == [False, False, False, False, True]
    assert not find_crowded(FRONTIER.iloc[:1]).any()
