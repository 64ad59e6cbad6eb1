"""How good rounds are at the default number of iterations, and that they are the same each time."""

import dataclasses

import pandas as pd
import pytest

from marketmap.settings import RoundSettings
from marketmap.travel.rounds.day import DayRounds, solve_day
from tests.travel.rounds.towns import make_town

SETTINGS = RoundSettings()


def cost(found: DayRounds) -> float:
    rounds = found.stops["round"].nunique()
    return float(found.stops["travel_minutes"].sum()) + rounds * SETTINGS.round_cost_minutes


@pytest.mark.slow
def test_a_day_is_within_three_per_cent_of_a_search_twenty_times_as_long() -> None:
    work, legs = make_town(7, 80)
    usual = solve_day(work, legs, settings=SETTINGS, seed=0)
    longer = dataclasses.replace(SETTINGS, iterations_visit=20 * SETTINGS.iterations_visit)
    assert cost(usual) <= 1.03 * cost(solve_day(work, legs, settings=longer, seed=0))


def test_the_same_visits_and_seed_give_the_same_rounds() -> None:
    work, legs = make_town(3, 40)
    one, two = (solve_day(work, legs, settings=SETTINGS, seed=5) for _ in range(2))
    pd.testing.assert_frame_equal(one.stops, two.stops)
