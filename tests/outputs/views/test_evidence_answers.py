"""What a director reads first: the saving, how sure it is, and whom it costs their provider."""

from typing import Any

import pandas as pd
import pytest

from marketmap.outputs.views.evidence_answers import tell_answers
from marketmap.outputs.views.round_moves import MOVES

SETTINGS = {"rounds": {"confidence": 0.9}}


def differences(**given: Any) -> pd.DataFrame:
    row = {
        "policy": "all", "level": "county", "minutes_hour_before": 6.0, "minutes_hour_after": 5.0,
        "minutes_hour_change": -1.0, "minutes_hour_change_low": -1.5, "minutes_hour_change_high": -0.5,
        "hours_released": 40.0, "hours_ceiling": 44.0,
    }  # fmt: skip
    return pd.DataFrame([row | given, row | {"level": "block", "hours_ceiling": 999.0}])


def moves(hours: float, packages: float) -> pd.DataFrame:
    return pd.DataFrame([[200.0, hours, 80.0, packages]], columns=MOVES, index=["all"])


def test_the_saving_stands_with_its_interval_and_its_price() -> None:
    [(policy, told)] = tell_answers(differences(), moves(50.0, 12.0), SETTINGS)
    assert policy == "Everybody in a zone to its block: an upper bound"
    assert told == (
        "Travel for each carer hour goes from 6.0 to 5.0 minutes (-1.00; 90% interval -1.50 to -0.50): 44 carer hours "
        "a week less on the road, room for 40 more hours of care with their own travel. For it 12 of 80 packages "
        "with visits in these days, 25% of the carer hours, would change provider, and with it their carers."
    )


def test_chance_and_more_travel_are_called_so() -> None:
    worse = differences(
        minutes_hour_after=6.1, minutes_hour_change=0.1, minutes_hour_change_low=-0.2, minutes_hour_change_high=0.4,
        hours_released=-3.0, hours_ceiling=-4.0,
    )  # fmt: skip
    told = tell_answers(worse, moves(0.0, 0.0), SETTINGS)[0][1]
    assert "4 carer hours a week more on the road. That may be chance: the interval holds 0." in told
    assert "room for" not in told
    assert told.endswith("Nobody changes provider for it.")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            dict.fromkeys(("minutes_hour_change", "minutes_hour_change_low", "minutes_hour_change_high"), 0.0),
            "no journey",
        ),
        ({"minutes_hour_change": float("nan")}, "no care to compare"),
        ({"minutes_hour_change_low": float("nan")}, "no interval: too few days"),
    ],
)
def test_nothing_none_and_too_few_days_are_told_apart(given: dict[str, float], told: str) -> None:
    assert told in tell_answers(differences(**given), moves(0.0, 0.0).iloc[:0], SETTINGS)[0][1]
