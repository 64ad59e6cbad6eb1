"""Waits: which clock, which end, and long ones by area beside what else the area holds."""

import math
from typing import Any

import pandas as pd
import pytest

from marketmap.market.waits import Waits, count_waiting_places, draw_wait_curves, list_waits, measure_waits
from marketmap.settings.market import MarketSettings
from tests.market.two_lanes import NOWHERE, SNAPSHOT, URBAN, make_lines, make_places

SETTINGS = MarketSettings()


def wait(asked: str, *, ready: str | None = None, start: str | None = None, **more: Any) -> dict[str, Any]:
    return {"request_date": asked, "ready_date": ready, "start_date": start, "effective_from": start or asked, **more}


def waits_of(*rows: dict[str, Any], settings: MarketSettings = SETTINGS) -> Waits:
    return list_waits(make_lines(*rows), snapshot_date=SNAPSHOT, settings=settings)


def test_a_wait_starts_by_the_named_clock_and_falls_back_on_the_other() -> None:
    rows = (wait("2026-08-01", ready="2026-08-05", start="2026-08-11"), wait("2026-08-01", start="2026-08-11"))
    ready = waits_of(*rows)
    assert ready.rows["days"].tolist() == [6, 10]
    assert ready.rows["clock"].tolist() == ["ready_date", "request_date"]
    assert "2 waits 1 lack" in " ".join(ready.notes)
    asked = waits_of(*rows, settings=MarketSettings(wait_clock="request_date"))
    assert asked.rows["days"].tolist() == [10, 10]
    assert "lack" not in " ".join(asked.notes)


def test_each_end_of_a_wait_is_told_apart() -> None:
    waits = waits_of(
        wait("2026-09-01", start="2026-09-20"),
        wait("2026-09-01", status="waiting", provider_id=None),
        wait("2026-09-01", status="withdrawn", end_date="2026-09-10"),
        wait("2026-09-01", status="ended", end_date="2026-09-12"),  # closed before any care
        wait("2026-09-01", start="2026-10-05"),  # agreed, not begun
        wait("2026-09-01", status="waiting", start="2026-09-15"),  # the plan that it was to begin did not come true
    )
    assert waits.rows["end"].tolist() == ["started", "open", "withdrawn", "withdrawn", "open", "open"]
    assert waits.rows["days"].tolist() == [19, 27, 9, 11, 27, 27]
    assert waits.rows["long"].tolist() == [True, True, False, False, True, True]


def test_first_start_counts_whatever_later_lines_say() -> None:
    first = wait("2026-06-01", start="2026-06-05", package_id="K0", effective_to="2026-08-01")
    later = wait("2026-06-01", start="2026-06-05", package_id="K0") | {"effective_from": "2026-08-01"}
    waits = waits_of(first, later)
    assert waits.rows[["package_id", "days"]].to_numpy().tolist() == [["K0", 4]]


def test_waits_outside_the_period_are_left_out_and_old_open_ones_are_not() -> None:
    waits = waits_of(
        wait("2025-08-01", start="2025-09-01"),  # ended before the period
        wait("2025-09-01", start="2025-10-10"),  # ended in it, began before
        wait("2025-09-01", status="waiting"),
        wait("2026-10-02", status="waiting"),  # not yet asked for
        wait("2026-09-20", status="waiting"),
        {"start_date": "2026-09-01"},  # neither date
    )
    assert waits.rows["package_id"].tolist() == ["K1", "K2", "K4"]
    assert waits.rows["followed"].tolist() == [False, False, True]
    assert waits.rows["decided"].tolist() == [False, False, False]
    assert "is not known" in " ".join(waits.notes)


def test_care_before_its_clock_is_no_wait() -> None:
    waits = waits_of(wait("2026-08-01", ready="2026-08-20", start="2026-08-10"))
    assert waits.rows["days"].tolist() == [0]
    assert "1 ended before their clock began" in " ".join(waits.notes)


@pytest.fixture
def mixed() -> tuple[Waits, pd.DataFrame]:
    rural = [wait("2026-07-01", start="2026-08-01") for _ in range(6)]
    rural += [wait("2026-07-01", start="2026-07-03") for _ in range(4)]
    rural += [wait("2026-09-01", status="waiting", waiting_where="hospital")]
    rural += [wait("2026-09-20", status="waiting", waiting_where=None)]
    urban = [wait("2026-07-01", start="2026-08-01", postcode=URBAN) for _ in range(2)]
    urban += [wait("2026-07-01", start="2026-07-03", postcode=URBAN) for _ in range(8)]
    lines = make_lines(*rural, *urban)
    return list_waits(lines, snapshot_date=SNAPSHOT, settings=SETTINGS), lines


def test_long_waits_stand_beside_what_the_area_holds(mixed: tuple[Waits, pd.DataFrame]) -> None:
    table = measure_waits(*mixed, make_places(), by="sector", settings=SETTINGS).set_index("area_code")
    rural, urban = table.loc["GL7 1"], table.loc["GL1 1"]
    assert (rural["waits_decided"], rural["waits_long"], rural["open_undecided"]) == (11, 7, 1)
    assert rural["long_share"] == pytest.approx(7 / 11)
    assert rural["long_share_low"] < 7 / 11 < rural["long_share_high"]
    assert rural["long_rate"] == pytest.approx(70.0)  # 7 of 100 people
    assert (round(rural["long_rate_low"], 2), round(rural["long_rate_high"], 2)) == (28.14, 144.23)
    assert (rural["rest_long"], rural["rest_decided"]) == (2, 10)
    assert rural["risk_ratio"] == pytest.approx((7 / 11) / (2 / 10))
    assert urban["risk_ratio"] == pytest.approx(1 / rural["risk_ratio"])
    # 78 % of long waits are rural; so are 52 % of decided waits, 55 % of packages and 20 % of people.
    assert rural["share_of_long"] == pytest.approx(7 / 9)
    assert rural["share_of_waits"] == pytest.approx(11 / 21)
    assert rural["share_of_packages"] == pytest.approx(12 / 22)
    assert rural["share_of_people"] == pytest.approx(100 / 500)
    assert (rural["people_65plus_county"], rural["packages_county"]) == (500, 22)


def test_fourteen_days_are_not_more_than_fourteen() -> None:
    lines = make_lines(wait("2026-07-01", start="2026-07-15"), wait("2026-07-01", start="2026-07-16"))
    waits = list_waits(lines, snapshot_date=SNAPSHOT, settings=SETTINGS)
    assert waits.rows["long"].tolist() == [False, True]
    row = measure_waits(waits, lines, make_places(), by="county", settings=SETTINGS).iloc[0]
    assert (row["long_share"], row["still_waiting"]) == (0.5, 0.5)


def test_withdrawn_waits_are_censored_and_those_from_before_the_period_not_followed() -> None:
    lines = make_lines(
        wait("2026-07-01", start="2026-07-11"),
        wait("2026-07-01", start="2026-08-11"),
        wait("2026-07-01", status="withdrawn", end_date="2026-07-06"),
        wait("2025-09-01", start="2025-10-10"),
    )
    waits = list_waits(lines, snapshot_date=SNAPSHOT, settings=SETTINGS)
    row = measure_waits(waits, lines, make_places(), by="county", settings=SETTINGS).iloc[0]
    assert (row["waits"], row["waits_followed"], row["followed_long"]) == (4, 3, 1)
    assert row["still_waiting"] == 0.5  # of the two that were still at risk on day 10


def test_the_share_does_not_hang_on_when_the_snapshot_falls() -> None:
    # Half of the waits take a day and half a month, a wait begun every day: any snapshot gives about a half, where
    # counting only what has ended would not.
    rows = [
        wait(str(day.date()), start=str((day + pd.Timedelta(days=1 + 29 * (number % 2))).date()))
        for number, day in enumerate(pd.date_range("2026-08-01", SNAPSHOT))
    ]
    lines = make_lines(*rows)
    lines.loc[lines["start_date"] > pd.Timestamp(SNAPSHOT), "status"] = "waiting"
    waits = list_waits(lines, snapshot_date=SNAPSHOT, settings=SETTINGS)
    row = measure_waits(waits, lines, make_places(), by="county", settings=SETTINGS).iloc[0]
    ended = waits.rows[waits.rows["end"] == "started"]
    assert ended["long"].mean() < 0.35
    assert row["long_share"] == pytest.approx(0.5, abs=0.02)
    assert row["still_waiting"] == pytest.approx(0.5, abs=0.02)


def test_the_county_is_one_row_without_a_rest(mixed: tuple[Waits, pd.DataFrame]) -> None:
    table = measure_waits(*mixed, make_places(), by="county", settings=SETTINGS)
    assert table["area_code"].tolist() == ["county"]
    assert math.isnan(table.loc[0, "risk_ratio"])
    assert table.loc[0, "median_days"] == 2.0


def test_a_package_in_no_area_is_unplaced_and_has_no_residents() -> None:
    lines = make_lines(wait("2026-08-01", start="2026-08-05", postcode=NOWHERE))
    waits = list_waits(lines, snapshot_date=SNAPSHOT, settings=SETTINGS)
    row = measure_waits(waits, lines, make_places(), by="sector", settings=SETTINGS).iloc[0]
    assert row["area_code"] == "unplaced"
    assert math.isnan(row["long_rate"])
    assert math.isnan(row["share_of_people"])


@pytest.mark.parametrize("statuses", [[], ["waiting"], ["waiting", "waiting"]], ids=["none", "single", "all waiting"])
def test_no_wait_one_wait_and_only_open_ones(statuses: list[str]) -> None:
    lines = make_lines(*(wait("2026-09-01", status=status) for status in statuses))
    waits = list_waits(lines, snapshot_date=SNAPSHOT, settings=SETTINGS)
    table = measure_waits(waits, lines, make_places(), by="sector", settings=SETTINGS)
    assert table["open_long"].sum() == len(statuses)
    assert len(table) == min(len(statuses), 1)
    assert table["median_days"].isna().all()
    curves = draw_wait_curves(waits, make_places(), by="sector")
    assert curves.columns.tolist()[:3] == ["level", "area_code", "days"]
    assert len(curves) == 2 * min(len(statuses), 1)
    assert count_waiting_places(waits, make_places(), by="sector")["waiting"].sum() == len(statuses)


def test_curves_start_at_day_nought_for_each_area(mixed: tuple[Waits, pd.DataFrame]) -> None:
    curves = draw_wait_curves(mixed[0], make_places(), by="sector")
    rural = curves[curves["area_code"] == "GL7 1"]
    assert rural["days"].tolist() == [0, 2, 8, 27, 31]
    # Of twelve four start on day 2; on days 8 and 27 one each was last seen waiting; the other six start on day 31.
    assert rural["still"].tolist() == pytest.approx([1.0, 8 / 12, 8 / 12, 8 / 12, 0.0])


def test_where_people_wait(mixed: tuple[Waits, pd.DataFrame]) -> None:
    table = count_waiting_places(mixed[0], make_places(), by="sector")
    assert table[["area_code", "waiting_where", "waiting", "waiting_area", "share"]].to_numpy().tolist() == [
        ["GL7 1", "hospital", 1, 2, 0.5],
        ["GL7 1", "unknown", 1, 2, 0.5],
    ]
    assert table["longest_days"].tolist() == [27, 8]
    assert table["waiting_long"].tolist() == [1, 0]


def test_where_people_wait_is_told_by_area() -> None:
    waits = waits_of(
        wait("2026-09-01", status="waiting", waiting_where="hospital"),
        wait("2026-09-01", status="waiting", waiting_where="hospital", postcode=URBAN),
        wait("2026-09-01", status="waiting", waiting_where="home_bridged", postcode=URBAN),
    )
    table = count_waiting_places(waits, make_places(), by="sector")
    assert table[["area_code", "waiting", "waiting_area"]].to_numpy().tolist() == [
        ["GL1 1", 1, 2],
        ["GL1 1", 1, 2],
        ["GL7 1", 1, 1],
    ]
