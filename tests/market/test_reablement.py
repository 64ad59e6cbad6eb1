"""Reablement: weeks, stays and outcomes of a few episodes by hand."""

import math

import pandas as pd
import pytest

from marketmap.market.reablement import Reablement, measure_reablement
from marketmap.settings.market import MarketSettings
from tests.market.two_lanes import SNAPSHOT, make_places

SETTINGS = MarketSettings(reablement_weeks=2.0, wait_weeks=8)
COLUMNS = ["referral_date", "start_date", "end_date", "outcome", "area_code"]


def measure(*rows: tuple[str | None, ...], by: str = "county", settings: MarketSettings = SETTINGS) -> Reablement:
    frame = pd.DataFrame([(*row, *[None] * (4 - len(row)), "GL7 1")[:5] for row in rows], columns=COLUMNS)
    for name in COLUMNS[:3]:
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
    frame = frame.astype({"outcome": "str", "area_code": "str"})
    return measure_reablement(frame, make_places(), by=by, snapshot_date=SNAPSHOT, settings=settings)


def in_area(area: str, result: Reablement) -> pd.Series:
    return result.areas.set_index("area_code").loc[area]


EARLY = ("2026-01-05", "2026-01-05", "2026-01-06")  # long before the period, so that its census is whole


def test_weeks_count_referrals_starts_people_in_and_who_waits() -> None:
    result = measure(
        EARLY,
        ("2026-09-07", "2026-09-09", "2026-09-15"),
        ("2026-09-08",),
        ("2026-09-10", None, "2026-09-16"),
        ("2026-09-18", "2026-09-21"),
    )
    last = result.weeks.set_index("week").iloc[-3:]
    assert last.index.strftime("%m-%d").tolist() == ["09-07", "09-14", "09-21"]
    assert last["referrals"].tolist() == [3, 1, 0]
    assert last["starts"].tolist() == [1, 0, 1]
    # Wednesday to Sunday, then Monday and Tuesday, which was the last day; the other from Monday on.
    assert last["people_in"].tolist() == pytest.approx([5 / 7, 2 / 7, 1.0])
    assert last["waiting"].tolist() == [2, 2, 1]
    assert len(result.weeks) == 8


def test_percentiles_are_those_of_the_weeks() -> None:
    rows = [("2026-08-03", None, "2026-08-04")] * 3 + [("2026-09-21", None, "2026-09-22")] * 5
    row = in_area("county", measure(EARLY, *rows))
    assert (row["referrals"], row["weeks"], row["referrals_week"]) == (8, 8, 1.0)
    # Of 0, 0, 0, 0, 0, 0, 3 and 5.
    assert (row["referrals_week_p10"], row["referrals_week_p90"]) == pytest.approx((0.0, 3.6))


def test_shares_are_of_whom_it_is_known() -> None:
    row = in_area(
        "county",
        measure(
            ("2026-08-10", "2026-08-11", "2026-08-24"),  # exactly two weeks
            ("2026-08-10", "2026-08-11", "2026-08-25"),  # a day longer
            ("2026-08-10", "2026-08-11"),  # goes on: long already
            ("2026-09-20", "2026-09-22"),  # goes on: not known
            ("2026-09-20", None, "2026-09-21"),  # closed without it
            ("2026-09-20",),  # not known
        ),
    )
    assert row[["referrals", "referrals_decided", "started"]].tolist() == [6, 5, 4]
    assert row["started_share"] == pytest.approx(0.8)
    assert row[["stays_decided", "stays_long"]].tolist() == [3, 2]
    assert row["long_share"] == pytest.approx(2 / 3)
    assert row["long_share_low"] < 2 / 3 < row["long_share_high"]
    assert row["stay_days"] == 15  # of 14, 15 and two that go on, of which one outlasts both


def test_a_stay_is_known_to_be_long_on_the_day_after_its_limit() -> None:
    assert in_area("county", measure(("2026-09-14", "2026-09-14")))[["stays_decided", "stays_long"]].tolist() == [1, 1]
    assert in_area("county", measure(("2026-09-15", "2026-09-15")))[["stays_decided", "stays_long"]].tolist() == [0, 0]


def test_outcomes_of_the_ninety_first_day() -> None:
    begun = ("2026-05-01", "2026-05-01", "2026-05-20")
    settings = MarketSettings(reablement_weeks=2.0, wait_weeks=26)
    row = in_area(
        "county",
        measure(
            (*begun, "home_independent"), (*begun, "home_with_care"), (*begun, "died"), begun,
            ("2026-07-01", "2026-07-01", "2026-07-20", "home_independent"),  # day 89: too early to be due
            settings=settings,
        ),
    )  # fmt: skip
    assert row[["outcomes_due", "outcomes", "at_home", "independent"]].tolist() == [4, 3, 2, 1]
    assert (row["at_home_share"], row["independent_share"]) == pytest.approx((2 / 3, 1 / 3))


def test_overflow_is_judged_against_the_places() -> None:
    rows = [("2026-01-05", "2026-01-05")] * 2 + [("2026-09-07", "2026-09-07", "2026-09-20")] * 2
    settings = MarketSettings(reablement_weeks=2.0, wait_weeks=8, reablement_places=3)
    row = in_area("county", measure(*rows, settings=settings))
    assert (row["weeks_over"], row["weeks_counted"], row["over_share"]) == (2, 8, 0.25)
    assert (row["most_people_in"], row["people_over_week"]) == (4.0, pytest.approx(2 / 8))
    without = measure(*rows)
    assert math.isnan(in_area("county", without)["over_share"])
    assert any("reablement_places" in note for note in without.notes)


def test_a_table_that_begins_in_the_period_counts_people_only_later() -> None:
    result = measure(("2026-08-10", "2026-08-10"), ("2026-08-10",))
    assert result.weeks["week"].min() == pd.Timestamp("2026-08-10")
    assert result.weeks["people_in"].isna().tolist() == [True, True, False, False, False, False, False]
    assert in_area("county", result)["people_in_week"] == 1.0
    assert any("2026-08-24" in note for note in result.notes)


def test_areas_of_any_kind_find_their_place() -> None:
    rows = [
        (*EARLY, None, code) for code in ("GL7 1", "E07000079", "E07000081", "elsewhere")
    ]  # a sector, two districts, nothing known
    rows = [("2026-09-07", "2026-09-07", "2026-09-08", None, code) for *_, code in rows]
    by_district = measure(*rows, by="district_code").areas.set_index("area_code")["referrals"]
    assert by_district.to_dict() == {"E07000079": 2, "E07000081": 1, "unplaced": 1}
    by_sector = measure(*rows, by="sector").areas.set_index("area_code")["referrals"]
    assert by_sector.to_dict() == {"GL7 1": 1, "unplaced": 3}
    rural = measure(*rows, by="rural").areas.set_index("area_code")["referrals"]
    assert rural.to_dict() == {"rural": 2, "urban": 1, "unplaced": 1}


def test_no_episode_one_that_never_began_and_only_open_ones() -> None:
    empty = measure()
    assert empty.areas.empty
    assert "at_home_share_low" in empty.areas
    assert empty.weeks.empty
    never = in_area("county", measure(("2026-09-01",)))
    assert never[["referrals", "started", "referrals_decided"]].tolist() == [1, 0, 0]
    assert math.isnan(never["started_share"])
    assert math.isnan(in_area("county", measure(("2026-09-01", "2026-09-02")))["stay_days"])
