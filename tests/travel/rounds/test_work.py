"""What is to be visited, from call monitoring and calls, and what faults in them lead to."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from marketmap.settings import RoundSettings
from marketmap.travel.rounds.day import NO_PLACE, NO_SHIFT, OFF_ROADS, solve_day
from marketmap.travel.rounds.expected import expect_work
from marketmap.travel.rounds.work import NO_LENGTH, UNKNOWN_PACKAGE, last_days, list_work

SETTINGS = RoundSettings()
PACKAGES = pd.DataFrame({"package_id": ["K1", "K2"], "postcode": ["GL1 1AA", "GL1 1AB"]})


def attend(visit: str, start: str, end: str, **values: object) -> dict[str, object]:
    return {
        "visit_id": visit, "carer_id": "C1", "provider_id": "P1", "package_id": "K1", "status": "delivered",
        "planned_start": pd.Timestamp(start, tz="Europe/London"), "planned_end": pd.Timestamp(end, tz="Europe/London"),
        "postcode": None, **values,
    }  # fmt: skip


def call(band: str = "morning", **values: object) -> dict[str, object]:
    return {
        "package_id": "K1", "days": "Mo;Tu;We;Th;Fr;Sa;Su", "time_band": band, "minutes": 30.0, "earliest": None,
        "latest": None, "carers_required": None, "time_critical": None, **values,
    }  # fmt: skip


def work_of(*rows: dict[str, object], calls: list[dict[str, object]] | None = None, **settings: object) -> pd.DataFrame:
    chosen = dataclasses.replace(SETTINGS, **settings)
    return list_work(pd.DataFrame(rows), PACKAGES, None if calls is None else pd.DataFrame(calls), settings=chosen)


def window(work: pd.DataFrame) -> tuple[float, float]:
    return float(work.loc[0, "earliest"]), float(work.loc[0, "latest"])


def test_attendances_of_one_visit_are_one_visit_of_two_carers() -> None:
    morning = ("2026-09-21 08:00", "2026-09-21 08:30")
    work = work_of(
        attend("V1", *morning), attend("V1", *morning, carer_id="C2"), attend("V2", *morning, status="missed")
    )
    assert work[["visit_id", "carers", "minutes", "begin", "postcode"]].to_numpy().tolist() == [
        ["V1", 2, 30.0, 480.0, "GL1 1AA"]
    ]


def test_a_visit_may_begin_when_its_nearest_call_says() -> None:
    calls = [
        call(earliest="07:15", latest="08:45"),
        call("lunch"),
        call("tea", days="Tu", earliest="09:00", latest="09:10"),
    ]
    monday = work_of(attend("V1", "2026-09-21 09:00", "2026-09-21 09:30"), calls=calls)
    assert window(monday) == (435.0, 525.0)
    tuesday = work_of(attend("V1", "2026-09-22 09:00", "2026-09-22 09:30"), calls=calls)
    assert window(tuesday) == (540.0, 550.0)
    lunch = work_of(attend("V1", "2026-09-21 12:00", "2026-09-21 12:30"), calls=calls)
    assert window(lunch) == (690.0, 870.0)  # the band of a call that says no times
    other = work_of(attend("V1", "2026-09-21 17:00", "2026-09-21 17:30", package_id="K2"), calls=calls)
    assert window(other) == (960.0, 1140.0)  # no calls at all


def test_critical_calls_and_planned_windows_keep_to_the_planned_time() -> None:
    visit = attend("V1", "2026-09-21 08:00", "2026-09-21 08:30")
    assert window(work_of(visit, calls=[call(time_critical=True)])) == (465.0, 495.0)
    assert window(work_of(visit, window="planned")) == (450.0, 510.0)


def test_a_visit_after_midnight_belongs_to_the_night_before() -> None:
    work = work_of(attend("V1", "2026-09-22 01:00", "2026-09-22 01:30"), calls=[call("night")])
    assert work.loc[0, "day"] == pd.Timestamp("2026-09-21")
    assert work.loc[0, "begin"] == 1500.0
    assert window(work) == (1320.0, 1860.0)
    assert len(last_days(work, days=1)) == 1


@pytest.mark.parametrize(
    ("begins", "ends", "minutes"),
    [("2026-10-24 22:00", "2026-10-25 07:00", 600.0), ("2026-03-28 22:00", "2026-03-29 07:00", 480.0)],
)
def test_a_night_when_the_clocks_change_is_as_long_as_it_was(begins: str, ends: str, minutes: float) -> None:
    work = work_of(attend("V1", begins, ends))
    assert (work.loc[0, "begin"], work.loc[0, "minutes"]) == (1320.0, minutes)
    found = solve_day(work, np.zeros((1, 1)), settings=SETTINGS, seed=0)
    assert found.stops["shift"].tolist() == ["night"]


def test_faulty_visits_are_listed_with_their_reason() -> None:
    work = work_of(
        attend("V1", "2026-09-21 08:00", "2026-09-22 09:00"),  # 25 hours
        attend("V2", "2026-09-21 08:00", "2026-09-21 08:00"),
        attend("V3", "2026-09-21 08:00", "2026-09-21 08:30", package_id="K9"),
        attend("V4", "2026-09-21 08:00", "2026-09-21 08:30", package_id="K2"),
        attend("V5", "2026-09-21 08:00", "2026-09-21 08:30"),
    )
    legs = np.zeros((5, 5))
    legs[3], legs[:, 3] = np.nan, np.nan
    found = solve_day(work, legs, settings=SETTINGS, seed=0)
    told = found.unserved.set_index("visit_id")["reason"].to_dict()
    assert told == {"V1": NO_SHIFT, "V2": NO_LENGTH, "V3": UNKNOWN_PACKAGE, "V4": OFF_ROADS}
    assert found.stops["visit_id"].tolist() == ["V5"]
    nowhere = solve_day(work.assign(postcode=None, reason=""), legs, settings=SETTINGS, seed=0)
    assert set(nowhere.unserved["reason"]) == {NO_PLACE}


def test_no_way_between_two_places_gives_two_rounds() -> None:
    work = work_of(
        attend("V1", "2026-09-21 08:00", "2026-09-21 08:30"),
        attend("V2", "2026-09-21 08:00", "2026-09-21 08:30", package_id="K2"),
    )
    legs = np.array([[0.0, np.inf], [np.inf, 0.0]])
    assert solve_day(work, legs, settings=SETTINGS, seed=0).stops["round"].tolist() == [1, 2]


def test_rounds_from_an_office_count_the_way_there_and_back() -> None:
    work = work_of(attend("V1", "2026-09-21 08:00", "2026-09-21 08:30"))
    office = dataclasses.replace(SETTINGS, begin="office", stop_minutes=1.0)
    found = solve_day(work, np.zeros((1, 1)), settings=office, seed=0, base=(np.array([9.0]), np.array([11.0])))
    assert found.stops[["travel_minutes", "back_minutes"]].to_numpy().tolist() == [[10.0, 12.0]]
    patch = dataclasses.replace(SETTINGS, begin="patch")
    assert solve_day(work, np.zeros((1, 1)), settings=patch, seed=0).stops["travel_minutes"].tolist() == [0.0]


def test_people_who_wait_get_the_visits_of_their_calls_or_of_the_mix() -> None:
    waiting = pd.DataFrame(
        {
            "package_id": ["K1", "K2"], "provider_id": "P1", "postcode": ["GL1 1AA", "GL1 1AB"], "hours_week": 7.0,
            "visits_week": 14.0, "carers_required": [2, 1],
        }
    )  # fmt: skip
    days = list(pd.date_range("2026-09-21", periods=7))
    mix = {"morning": 0.5, "lunch": 0.0, "tea": 0.5, "bed": 0.0, "night": 0.0}
    calls = pd.DataFrame([call(days="Mo;We", earliest="08:00", latest="09:00", minutes=45.0)])
    work = expect_work(waiting, calls, days=days, settings=SETTINGS, band_mix=mix)
    own, mixed = work[work["package_id"] == "K1"], work[work["package_id"] == "K2"]
    assert own["day"].dt.dayofweek.tolist() == [0, 2]
    assert own[["carers", "minutes", "earliest", "latest"]].to_numpy().tolist() == [[2, 45.0, 480.0, 540.0]] * 2
    assert mixed.groupby("day").size().tolist() == [2] * 7
    assert mixed["minutes"].sum() == pytest.approx(7.0 * 60)
    assert set(mixed["earliest"]) == {420.0, 960.0}
    assert work["visit_id"].is_unique
