"""Rounds as they were driven, against a carer's day worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from marketmap.market.driven import DRIVEN, measure_driven
from marketmap.settings import RoundSettings, Settings
from marketmap.travel import TravelTimes

SETTINGS = Settings(rounds=RoundSettings(stop_minutes=1.0))
CODES = ["GL1 1AA", "GL1 1AB", "GL1 1AC"]


def make_matrix() -> TravelTimes:
    minutes = np.array([[0, 5, 9], [6, 0, 7], [9, 7, 0]], dtype=np.float32)
    none = pd.DataFrame({"postcode": [], "metres": [], "reason": []})
    return TravelTimes(pd.Index(CODES), minutes, pd.DataFrame(), none, illustrative=True, source={})


def make_packages() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "package_id": ["K0", "K1", "K2"], "postcode": CODES, "provider_id": "P", "status": "active",
            "hours_week": 7.0, "carers_required": 1, "start_date": pd.NaT, "end_date": pd.NaT,
        }
    )  # fmt: skip


def make_visits(rows: list[tuple[str, str, str, str, str]]) -> pd.DataFrame:
    """Half-hour visits: package, carer, planned begin, log-in, log-out (blank: none)."""

    def moment(clock: str) -> pd.Timestamp:
        return pd.Timestamp(f"2026-09-21 {clock}", tz="Europe/London") if clock else pd.NaT

    frame = pd.DataFrame(rows, columns=["package_id", "carer_id", "planned", "login", "logout"])
    planned = frame["planned"].map(moment)
    return pd.DataFrame(
        {
            "visit_id": [f"V{row}" for row in range(len(frame))], "carer_id": frame["carer_id"], "provider_id": "P",
            "package_id": frame["package_id"], "planned_start": planned,
            "planned_end": planned + pd.Timedelta(minutes=30), "actual_start": frame["login"].map(moment),
            "actual_end": frame["logout"].map(moment), "status": "delivered", "postcode": None, "verification": "auto",
        }
    )  # fmt: skip


def test_a_carers_day_is_driven_in_the_order_of_log_ins() -> None:
    visits = make_visits(
        [
            ("K0", "C1", "08:00", "08:00", "08:30"),
            ("K1", "C1", "09:30", "09:40", "10:05"),  # planned second, reached third
            ("K2", "C1", "09:00", "08:45", "09:20"),
            ("K0", "C1", "12:00", "12:00", "12:30"),  # after a gap of 115 minutes: no gap, but a journey
            ("K0", "C2", "08:00", "08:00", "08:30"),
        ]
    )
    found = measure_driven(visits, make_packages(), make_matrix(), settings=SETTINGS).iloc[0]
    assert found["driven_minutes"] == pytest.approx((9 + 1) + (7 + 1) + (6 + 1))
    assert found["gap_minutes"] == pytest.approx(15 + 20)
    assert found[["journeys", "gaps_too_long", "overlaps", "carer_days", "attendances"]].tolist() == [3, 1, 0, 2, 5]
    assert found["driven_minutes_hour"] == pytest.approx(25 / 2.5)
    assert found["carers_a_package"] == pytest.approx((2 + 1 + 1) / 3)


def test_a_carer_in_two_places_is_counted() -> None:
    visits = make_visits([("K0", "C1", "08:00", "08:00", "08:30"), ("K1", "C1", "08:15", "08:20", "08:50")])
    found = measure_driven(visits, make_packages(), make_matrix(), settings=SETTINGS).iloc[0]
    assert (found["overlaps"], found["gap_minutes"]) == (1, 0.0)


def test_coverage_stands_beside_it() -> None:
    visits = make_visits([("K0", "C1", "08:00", "", ""), ("K9", "C1", "09:00", "09:00", "09:30")])
    found = measure_driven(visits, make_packages(), make_matrix(), settings=SETTINGS).iloc[0]
    assert found["hours_commissioned"] == pytest.approx(3.0)  # one day of 21 hours a week
    assert found["coverage"] == pytest.approx(0.5 / 3.0)
    assert not found["enough"]
    assert found["attendances"] == 1  # the visit of a package that nobody knows is left out


def test_without_call_monitoring_there_is_nothing() -> None:
    found = measure_driven(None, make_packages(), make_matrix(), settings=SETTINGS)
    assert found.empty
    assert list(found.columns) == DRIVEN
