"""What rounds cost and what a change saves, against figures worked out by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from marketmap.market.round_measures import compare_rounds, measure_rounds, tally_days, widen
from marketmap.settings import MarketSettings, RoundSettings
from marketmap.travel.rounds.day import empty_rounds

MARKET, SETTINGS = MarketSettings(round_kmh=30.0, mileage_pounds=0.5), RoundSettings(co2e_km=0.2, resamples=500)


def make_stops(travel: list[float], *, providers: str = "A", carers: int = 1, minutes: float = 30.0) -> pd.DataFrame:
    """One round a provider and day: visits of half an hour, so many minutes apart; providers take turns."""
    rows = []
    for number, way in enumerate(travel):
        provider = providers[number % len(providers)]
        mine = [row for row in rows if row["provider_id"] == provider]
        arrives = (mine[-1]["ends"] if mine else 480.0) + way
        rows.append(
            {
                "day": pd.Timestamp("2026-09-21"), "provider_id": provider, "round": 1, "shift": "early",
                "carers": carers, "place": len(mine) + 1, "postcode": f"GL1 {number}AA", "travel_minutes": way,
                "arrives": arrives, "begins": arrives, "ends": arrives + minutes, "back_minutes": 0.0,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def whole(stops: pd.DataFrame) -> pd.Series:
    return pd.Series("county", index=stops.index)


def test_measures_of_one_round() -> None:
    stops = make_stops([0.0, 10.0, 20.0])
    found = measure_rounds(stops, whole(stops), market=MARKET).loc["county"]
    assert found["carer_hours"] == pytest.approx(1.5)
    assert found["minutes_hour"] == pytest.approx(20.0)
    assert found["miles"] == pytest.approx(0.5 * 30 / 1.609344)
    assert found["paid_contact_part"] == pytest.approx(90 / 120)
    assert found[["provider_days", "rounds_day", "carers_at_once"]].tolist() == [1, 1, 1]


def test_two_carers_who_go_together_travel_twice() -> None:
    one, two = make_stops([0.0, 10.0]), make_stops([0.0, 10.0], carers=2)
    single = measure_rounds(one, whole(one), market=MARKET).loc["county"]
    pair = measure_rounds(two, whole(two), market=MARKET).loc["county"]
    assert pair["travel_minutes"] == 2 * single["travel_minutes"] == 20.0
    assert pair["minutes_hour"] == single["minutes_hour"]
    assert pair["carers_at_once"] == 2


def test_rounds_at_once_are_counted_only_where_they_meet() -> None:
    stops = make_stops([0.0, 0.0, 5.0, 5.0], providers="AB")
    assert measure_rounds(stops, whole(stops), market=MARKET).loc["county", "carers_at_once"] == 2
    later = stops.assign(begins=stops["begins"] + np.where(stops["provider_id"] == "B", 500.0, 0.0))
    later = later.assign(ends=later["begins"] + 30.0)
    assert measure_rounds(later, whole(later), market=MARKET).loc["county", "carers_at_once"] == 1


def test_no_rounds_have_no_measures() -> None:
    none = empty_rounds().stops
    assert measure_rounds(none, whole(none), market=MARKET).empty
    cells = tally_days(none, whole(none))
    assert compare_rounds(cells, cells, days=7, settings=SETTINGS, market=MARKET, seed=0).empty


def test_the_same_rounds_differ_by_exactly_nothing() -> None:
    stops = make_stops([0.0, 10.0, 20.0], providers="AB")
    cells = tally_days(stops, whole(stops))
    found = compare_rounds(cells, cells, days=7, settings=SETTINGS, market=MARKET, seed=0).loc["county"]
    same = ["minutes_saved", "minutes_saved_low", "minutes_saved_high", "minutes_hour_change", "hours_released"]
    assert found[same].tolist() == [0.0] * 5
    assert found["kgco2e_saved_year"] == 0.0


def test_what_is_saved_in_a_week_and_in_a_year() -> None:
    before, after = (
        make_stops([0.0] * 5 + [24.0] * 5, providers="ABCDE"),
        make_stops([0.0] * 5 + [8.0] * 5, providers="ABCDE"),
    )
    one, two = tally_days(before, whole(before)), tally_days(after, whole(after))
    found = compare_rounds(one, two, days=7, settings=SETTINGS, market=MARKET, seed=0).loc["county"]
    assert found[["minutes_before", "minutes_after", "minutes_saved"]].tolist() == [120.0, 40.0, 80.0]
    assert found["minutes_saved_low"] <= 80.0 <= found["minutes_saved_high"]
    # Travel is 2 of 7 parts of paid time and is cut by two thirds: the ceiling is s·c ÷ (1 - s) of the five hours.
    assert found["hours_ceiling"] == pytest.approx((120 / 420) * (80 / 120) / (300 / 420) * 5)
    assert found["hours_released"] == pytest.approx(80 / 60 * 300 / 340)
    miles = 80 / 60 * 30 / 1.609344 * 365 / 7
    assert found["mileage_pounds_saved_year"] == pytest.approx(miles * 0.5)
    assert found["kgco2e_saved_year"] == pytest.approx(80 / 60 * 30 * 365 / 7 * 0.2)


@pytest.mark.parametrize(("pairs", "weeks", "least"), [(6, 300, 0.90), (40, 100, 0.90)])
def test_the_interval_covers_the_true_saving_of_many_weeks(pairs: int, weeks: int, least: float) -> None:
    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product([["county"], range(pairs), [0]], names=["area_code", "provider_id", "day"])
    hit = 0
    for seed in range(weeks):
        minutes = rng.gamma(4, 10, pairs)
        before = pd.DataFrame({"travel_minutes": minutes, "carer_hours": 5.0, "attendances": 10.0}, index)
        after = before.assign(travel_minutes=minutes - rng.normal(3.0, 6.0, pairs))
        found = compare_rounds(before, after, days=7, settings=SETTINGS, market=MARKET, seed=seed).loc["county"]
        hit += found["minutes_saved_low"] <= pairs * 3.0 <= found["minutes_saved_high"]
    assert least <= hit / weeks <= 0.99


def test_few_resampled_members_are_taken_further_out_and_many_hardly() -> None:
    # From tables of Student's t and of the normal distribution: beyond 2.776 × √(5 ÷ 4) = 3.104 lie 0.00095.
    assert widen(0.95, 5) == pytest.approx(1 - 2 * 0.00095, abs=1e-5)
    assert widen(0.95, 100_000) == pytest.approx(0.95, abs=1e-5)


@pytest.mark.parametrize("providers", ["A", "ABCD"])
def test_few_days_have_no_interval(providers: str) -> None:
    number = len(providers)
    before = make_stops([0.0] * number + [30.0] * number, providers=providers)
    after = make_stops([0.0] * number + [10.0] * number, providers=providers)
    cells = [tally_days(stops, whole(stops)) for stops in (before, after)]
    found = compare_rounds(*cells, days=7, settings=SETTINGS, market=MARKET, seed=0).loc["county"]
    assert math.isnan(found["minutes_saved_low"])
    assert math.isnan(found["minutes_hour_change_high"])
    assert found["minutes_saved"] == 20.0 * number
