"""Which gaps between visits may be journeys, how long they were, and why the others may not."""

from __future__ import annotations

import pandas as pd
import pytest

from marketmap.errors import SettingsError
from marketmap.settings import CalibrationSettings
from marketmap.travel.calibration import gaps as reasons
from marketmap.travel.calibration.gaps import observe_gaps

LONDON = "Europe/London"
SETTINGS = CalibrationSettings()
PLACES = {"A": (0.0, 0.0), "B": (3000.0, 0.0), "C": (0.0, 4000.0), "D": (5000.0, 5000.0)}


def visit(place: str, begun: str, left: str, **changes: object) -> dict[str, object]:
    east, north = PLACES[place]
    row: dict[str, object] = {
        "visit_id": f"{place}{begun}",
        "carer_id": "K1",
        "provider_id": "V1",
        "package_id": f"P{place}",
        "planned_start": begun,
        "planned_end": left,
        "actual_start": begun,
        "actual_end": left,
        "status": "delivered",
        "verification": "auto",
        "postcode": place,
        "easting": east,
        "northing": north,
    }
    return row | changes


def table(*rows: dict[str, object]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    for name in ("planned_start", "planned_end", "actual_start", "actual_end"):
        moments = pd.to_datetime(frame[name], format="ISO8601")
        frame[name] = (
            moments.dt.tz_localize(LONDON, ambiguous=[True] * len(frame)) if moments.dt.tz is None else moments
        )
    return frame


def only(frame: pd.DataFrame) -> pd.Series:
    gaps = observe_gaps(frame, settings=SETTINGS)
    assert len(gaps) == 1
    return gaps.iloc[0]


def test_a_gap_runs_from_log_out_to_log_in_whatever_the_order_of_rows() -> None:
    frame = table(
        visit("B", "2026-03-03T09:42", "2026-03-03T10:10"),
        visit("A", "2026-03-03T09:00", "2026-03-03T09:30", planned_end="2026-03-03T09:25"),
    )
    before = frame.copy()
    gap = only(frame)
    assert (gap["from_postcode"], gap["to_postcode"], gap["gap_minutes"]) == ("A", "B", 12.0)
    assert (gap["from_easting"], gap["to_easting"], gap["late_minutes"]) == (0.0, 3000.0, 5.0)
    assert gap["usable"]
    assert gap["reason"] == ""
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ({"verification": "manual"}, {}, reasons.NOT_AUTOMATIC),
        ({}, {"verification": None}, reasons.NOT_AUTOMATIC),
        ({"actual_end": None}, {}, reasons.NO_TIME),
        ({"actual_end": "2026-03-03T09:50"}, {}, reasons.OVERLAP),
        ({"easting": None, "northing": None}, {}, reasons.NO_PLACE),
        ({}, {"postcode": "A", "easting": 0.0, "northing": 0.0}, reasons.SAME_DOOR),
        ({"actual_end": "2026-03-03T08:00", "actual_start": "2026-03-03T07:30"}, {}, reasons.TOO_LONG),
    ],
)
def test_a_gap_that_may_not_be_a_journey_says_why(first: dict, second: dict, reason: str) -> None:
    gap = only(
        table(
            visit("A", "2026-03-03T09:00", "2026-03-03T09:30", **first),
            visit("B", "2026-03-03T09:42", "2026-03-03T10:10", **second),
        )
    )
    assert not gap["usable"]
    assert gap["reason"] == reason


@pytest.mark.parametrize("status", ["missed", "cancelled"])
def test_a_visit_nobody_made_between_two_spoils_their_gap(status: str) -> None:
    absent = visit("C", "2026-03-03T09:35", "2026-03-03T09:40", status=status, actual_start=None, actual_end=None)
    came = [visit("A", "2026-03-03T09:00", "2026-03-03T09:30"), visit("B", "2026-03-03T09:52", "2026-03-03T10:10")]
    assert only(table(*came, absent))["reason"] == reasons.VISIT_BETWEEN
    later = absent | {"planned_start": "2026-03-03T11:00", "planned_end": "2026-03-03T11:30"}
    assert only(table(*came, later))["usable"]
    of_another = absent | {"carer_id": "K2"}
    assert only(table(*came, of_another))["usable"]


def test_a_frustrated_visit_is_a_place_where_the_carer_was() -> None:
    gaps = observe_gaps(
        table(
            visit("A", "2026-03-03T09:00", "2026-03-03T09:30"),
            visit("C", "2026-03-03T09:40", "2026-03-03T09:48", status="frustrated"),
            visit("B", "2026-03-03T10:00", "2026-03-03T10:10"),
        ),
        settings=SETTINGS,
    )
    assert list(gaps["to_postcode"]) == ["C", "B"]
    assert gaps["usable"].all()


def test_two_carers_together_make_one_journey() -> None:
    one = [visit("A", "2026-03-03T09:00", "2026-03-03T09:30"), visit("B", "2026-03-03T09:42", "2026-03-03T10:10")]
    gaps = observe_gaps(table(*one, *(row | {"carer_id": "K2"} for row in one)), settings=SETTINGS)
    assert sorted(gaps["reason"]) == ["", reasons.COUNTED]
    # Where the first carer's times were keyed by hand, the second's count.
    by_hand = [row | {"verification": "manual"} for row in one]
    gaps = observe_gaps(table(*by_hand, *(row | {"carer_id": "K2"} for row in one)), settings=SETTINGS)
    assert sorted(gaps["reason"]) == ["", reasons.NOT_AUTOMATIC]


def test_a_visit_inside_another_gives_no_gap_after_it() -> None:
    gaps = observe_gaps(
        table(
            visit("A", "2026-03-03T08:00", "2026-03-03T10:00"),
            visit("B", "2026-03-03T08:30", "2026-03-03T08:45"),
            visit("C", "2026-03-03T09:20", "2026-03-03T09:40"),
        ),
        settings=SETTINGS,
    )
    assert list(gaps["reason"]) == [reasons.OVERLAP, reasons.OVERLAP]


def test_elapsed_time_is_real_across_both_changes_of_the_clocks() -> None:
    spring = only(
        table(visit("A", "2026-03-29T00:20", "2026-03-29T00:50"), visit("B", "2026-03-29T02:10", "2026-03-29T02:40"))
    )
    assert spring["gap_minutes"] == 20.0
    autumn = only(
        table(visit("A", "2026-10-25T00:20", "2026-10-25T00:55"), visit("B", "2026-10-25T02:05", "2026-10-25T02:40"))
    )
    assert autumn["gap_minutes"] == 130.0
    assert autumn["reason"] == reasons.TOO_LONG


def test_the_hour_that_comes_twice_tells_nothing() -> None:
    gap = only(
        table(visit("A", "2026-10-25T00:20", "2026-10-25T00:50"), visit("B", "2026-10-25T01:05", "2026-10-25T01:40"))
    )
    assert gap["reason"] == reasons.CLOCK_CHANGE


def test_moments_without_a_zone_are_local() -> None:
    frame = table(
        visit("A", "2026-03-29T00:20", "2026-03-29T00:50"), visit("B", "2026-03-29T02:10", "2026-03-29T02:40")
    )
    plain = frame.assign(
        **{
            name: frame[name].dt.tz_localize(None)
            for name in ("planned_start", "planned_end", "actual_start", "actual_end")
        }
    )
    assert only(plain)["gap_minutes"] == 20.0


@pytest.mark.parametrize(
    ("left", "scenario"),
    [
        ("2026-03-03T07:29", "offpeak"),
        ("2026-03-03T07:30", "peak"),
        ("2026-03-03T09:30", "offpeak"),
        ("2026-03-03T17:00", "peak"),
        ("2026-03-07T17:00", "offpeak"),
        ("2026-03-07T22:00", "night"),
        ("2026-03-04T05:59", "night"),
    ],
)
def test_the_scenario_goes_by_when_the_carer_left(left: str, scenario: str) -> None:
    moment = pd.Timestamp(left)
    begun, came = (moment + pd.Timedelta(minutes=shift) for shift in (-30, 15))
    gap = only(table(visit("A", str(begun), left), visit("B", str(came), str(came + pd.Timedelta(minutes=30)))))
    assert gap["scenario"] == scenario


def test_carers_of_two_providers_with_one_number_are_two_carers() -> None:
    frame = table(
        visit("A", "2026-03-03T09:00", "2026-03-03T09:30"),
        visit("B", "2026-03-03T09:42", "2026-03-03T10:10", provider_id="V2"),
    )
    assert observe_gaps(frame, settings=SETTINGS).empty


def test_no_visit_gives_no_gap() -> None:
    assert observe_gaps(table(visit("A", "2026-03-03T09:00", "2026-03-03T09:30")).iloc[:0], settings=SETTINGS).empty


def test_a_clock_time_that_is_none_is_named() -> None:
    frame = table(visit("A", "2026-03-03T09:00", "2026-03-03T09:30"))
    with pytest.raises(SettingsError, match=r'calibration\.peak: "half past seven" is not a time of day'):
        observe_gaps(frame, settings=CalibrationSettings(peak=(("half past seven", "09:30"),)))
