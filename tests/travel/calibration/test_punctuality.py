"""Waits for the planned hour are noticed, and the gaps that hold none are picked without a look at the arrival."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from marketmap.travel.calibration.punctuality import (
    pick_behind,
    pick_unhurried,
    plan_knows_journeys,
    planned_beforehand,
    wait_for_plan,
)


def play(
    seed: int,
    *,
    waiting: float = 0.0,
    afterwards: bool = False,
    early: float = 8.0,
    knowing: bool = False,
    noise: float = 0.12,
) -> pd.DataFrame:
    """2,000 gaps of a rota that allows eight minutes for every journey, or whose hours were written down afterwards."""
    random = np.random.default_rng(seed)
    count = 2000
    road = random.gamma(3.0, 2.5, count)
    late = random.normal(0.0, 5.0, count)
    drive = 1.25 * road * np.exp(noise * random.standard_normal(count))
    allowed = np.round((drive if knowing else 8.0) - late)
    hour = np.where(random.random(count) < waiting, allowed - early * random.random(count), -np.inf)
    gap = np.floor(np.maximum(drive, hour) + random.random(count))
    if afterwards:
        allowed = np.round(gap + random.normal(0.0, 4.0, count))
    return pd.DataFrame(
        {
            "gap_minutes": gap,
            "allowed_minutes": allowed,
            "late_minutes": late,
            "minutes_outside": road * 0.4,
            "minutes_inside": road * 0.6,
            "minutes_access": 0.3,
            "carer_day": np.arange(count) // 6,
        }
    )


@pytest.mark.parametrize("waiting", [0.3, 0.7])
def test_waits_for_the_hour_are_noticed(waiting: float) -> None:
    rows = play(1, waiting=waiting)
    assert planned_beforehand(rows)
    assert wait_for_plan(rows)


def test_carers_who_go_straight_in_are_not_taken_to_wait() -> None:
    rows = play(2)
    assert planned_beforehand(rows)
    assert not wait_for_plan(rows)


def test_hours_that_were_written_down_afterwards_are_no_plan() -> None:
    rows = play(3, afterwards=True)
    assert not planned_beforehand(rows)
    assert not wait_for_plan(rows)
    # Copied from the log-ins to the minute they make a spike, which is not a wait either.
    copied = rows.assign(allowed_minutes=rows["gap_minutes"])
    assert not wait_for_plan(copied)


def test_log_ins_at_the_very_minute_are_a_wait_however_the_carer_left() -> None:
    rows = play(4, waiting=0.7, early=0.0)
    about_leaving = rows.assign(late_minutes=np.random.default_rng(4).normal(0.0, 5.0, len(rows)))
    assert wait_for_plan(about_leaving)


def test_what_is_picked_hangs_on_nothing_that_the_journey_did() -> None:
    rows = play(5, waiting=0.7)
    picked = pick_unhurried(rows)
    assert 0.05 < picked.mean() < 0.5
    other = rows.assign(gap_minutes=rows["gap_minutes"] * 3.0 + 1.0)
    assert np.array_equal(pick_unhurried(other), picked)
    row = rows.iloc[:3].assign(minutes_outside=4.0, minutes_inside=6.0, minutes_access=1.0)
    assert pick_unhurried(row.assign(allowed_minutes=[8.9, 9.1, np.nan])).tolist() == [True, False, False]


def test_too_few_gaps_prove_nothing() -> None:
    rows = play(6, waiting=0.7).iloc[:40]
    assert not planned_beforehand(rows)
    assert not wait_for_plan(rows)


def test_a_plan_that_knows_the_roads_better_than_the_model_is_told_from_one_that_does_not() -> None:
    assert not plan_knows_journeys(play(7, waiting=0.7, noise=0.4))
    assert plan_knows_journeys(play(8, waiting=0.7, knowing=True, noise=0.4))
    assert plan_knows_journeys(play(9, afterwards=True))


def test_gaps_can_be_picked_without_what_the_rota_knows_of_each_journey() -> None:
    rows = play(10, waiting=0.7, knowing=True)
    behind = pick_behind(rows)
    # Where the journey was longer than the model says tells nothing of being picked so; by its own hour it does.
    excess = np.log(rows["gap_minutes"] / (rows["minutes_outside"] + rows["minutes_inside"]))
    quick = pick_unhurried(rows)
    late = rows["late_minutes"] > 0
    assert excess[quick & late].median() < excess[behind & late].median()
    shuffled = rows.assign(gap_minutes=rows["gap_minutes"] * 2.0)
    assert np.array_equal(pick_behind(shuffled), behind)
