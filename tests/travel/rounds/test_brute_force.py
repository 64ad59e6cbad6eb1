"""Rounds of small days against every order of every set of visits."""

import numpy as np
import pandas as pd
import pytest

from marketmap.settings import RoundSettings
from marketmap.travel.rounds.day import solve_day
from tests.travel.rounds.brute_force import cheapest_rounds

DAY = pd.Timestamp("2026-09-21")
# A short break rule and long legs, so that every rule bites in a day of eight visits.
RULES = RoundSettings(
    break_after_minutes=150.0, break_minutes=60.0, most_minutes={"early": 330.0, "late": 300.0, "night": 660.0},
    stop_minutes=0.0,
)  # fmt: skip


def make_day(seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Up to eight visits in bands of a random day, some of two carers, some with narrow windows, whole minutes."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(4, 9))
    places = rng.integers(0, 25, size=(count, 2)).astype(float)
    # Windows on either side of a break overlap, so that it takes time and order that rounds would need.
    spans = np.array([[420, 655], [600, 730], [930, 1140], [1090, 1230]], dtype=float)
    bands = spans[rng.choice(4, size=count, p=[0.5, 0.3, 0.1, 0.1])]
    narrow = rng.random(count) < 0.4
    middle = rng.integers(bands[:, 0].astype(int), bands[:, 1].astype(int)).astype(float)
    work = pd.DataFrame(
        {
            "visit_id": [f"V{row}" for row in range(count)],
            "provider_id": "P",
            "package_id": [f"K{row}" for row in range(count)],
            "day": DAY,
            "postcode": [f"GL1 {row}AA" for row in range(count)],
            "carers": np.where(rng.random(count) < 0.2, 2, 1),
            "minutes": rng.choice([15.0, 30.0, 45.0, 60.0, 200.0], size=count, p=[0.2, 0.35, 0.2, 0.2, 0.05]),
            "begin": middle,
            "earliest": np.where(narrow, middle - 15, bands[:, 0]),
            "latest": np.where(narrow, middle + 15, bands[:, 1]),
            "reason": "",
        }
    )
    legs = np.round(np.abs(places[:, None] - places[None]).sum(axis=2) * rng.uniform(0.8, 1.2, size=(count, count)))
    np.fill_diagonal(legs, 0.0)
    return work, legs


@pytest.mark.parametrize("seed", range(50))
def test_rounds_of_a_small_day_cost_what_the_best_ones_do(seed: int) -> None:
    work, legs = make_day(seed)
    best, left_out = cheapest_rounds(work, legs, RULES)
    found = solve_day(work, legs, settings=RULES, seed=0)
    rounds = len(found.stops.groupby(["carers", "round"]))
    assert (found.stops["begins"] <= found.stops["latest"]).all()
    assert set(found.unserved["visit_id"]) == {f"V{row}" for row in left_out}
    assert found.stops["travel_minutes"].sum() + rounds * RULES.round_cost_minutes == pytest.approx(best)


def test_the_random_days_hold_every_rule() -> None:
    """The days above would prove nothing of a break or a pair that none of them has."""
    days = [make_day(seed) for seed in range(50)]
    found = [solve_day(work, legs, settings=RULES, seed=0).stops for work, legs in days]
    assert sum((stops["break_minutes"] > 0).any() for stops in found) > 10
    assert sum((stops["carers"] == 2).any() for stops in found) > 20
    assert sum((stops["wait_minutes"] > 0).any() for stops in found) > 10
    assert sum(stops.groupby("round").size().max() > 3 for stops in found) > 10
