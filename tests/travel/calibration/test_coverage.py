"""How much of what is commissioned call monitoring shows."""

from __future__ import annotations

import pandas as pd

from marketmap.settings import CalibrationSettings
from marketmap.travel.calibration.coverage import measure_coverage


def test_coverage_is_planned_hours_of_visits_made_over_hours_commissioned_on_the_same_days() -> None:
    packages = pd.DataFrame(
        {
            "package_id": ["P1", "P2", "P3", "P4"],
            "provider_id": ["V1", "V1", "V2", "V2"],
            "status": ["active", "active", "active", "ended"],
            "hours_week": [14.0, 7.0, 7.0, 70.0],
            "carers_required": [1, 2, 1, 1],
            "start_date": pd.to_datetime([None, "2026-03-08", None, None]),
            "end_date": pd.to_datetime([None, None, None, None]),
        }
    )
    day = [f"2026-03-{number:02}" for number in range(2, 9)]
    rows = [("V1", "P1", f"{date}T09:00", 2.0, "delivered", "auto") for date in day]
    rows += [
        ("V2", "P3", f"{day[0]}T09:00", 1.0, "missed", None),
        ("V2", "P3", f"{day[1]}T09:00", 1.0, "delivered", "manual"),
    ]
    rows += [("V2", "private", f"{day[2]}T09:00", 5.0, "delivered", "auto")]
    visits = pd.DataFrame(
        rows, columns=["provider_id", "package_id", "planned_start", "hours", "status", "verification"]
    )
    visits["planned_start"] = pd.to_datetime(visits["planned_start"]).dt.tz_localize("Europe/London")
    visits["planned_end"] = visits["planned_start"] + pd.to_timedelta(visits["hours"], unit="h")
    table = measure_coverage(visits, packages, settings=CalibrationSettings(least_coverage=0.8)).set_index(
        "provider_id"
    )
    assert (table["days"] == 7).all()
    # P1 all week; P2 began on its last day: two carers for an hour.
    assert table["hours_commissioned"].to_dict() == {"V1": 16.0, "V2": 7.0}
    assert table["hours_listed"].to_dict() == {"V1": 14.0, "V2": 2.0}
    # What nobody went to is listed, not monitored.
    assert table["hours_monitored"].to_dict() == {"V1": 14.0, "V2": 1.0}
    assert table["hours_automatic"].to_dict() == {"V1": 14.0, "V2": 0.0}
    assert table["coverage"].to_dict() == {"V1": 14.0 / 16.0, "V2": 1.0 / 7.0}
    assert table["automatic_coverage"].to_dict() == {"V1": 14.0 / 16.0, "V2": 0.0}
    assert table["enough"].to_dict() == {"V1": True, "V2": False}
    assert table["automatic_share"].to_dict() == {"V1": 1.0, "V2": 0.5}


def test_no_visit_covers_nothing() -> None:
    moments = pd.Series([], dtype="datetime64[us, Europe/London]")
    visits = pd.DataFrame({"provider_id": [], "package_id": [], "status": [], "verification": []}).assign(
        planned_start=moments, planned_end=moments
    )
    packages = pd.DataFrame(
        {
            "package_id": ["P1"], "provider_id": ["V1"], "status": ["active"], "hours_week": [7.0],
            "carers_required": [1], "start_date": [pd.NaT], "end_date": [pd.NaT],
        }
    )  # fmt: skip
    table = measure_coverage(visits, packages, settings=CalibrationSettings())
    assert table["coverage"].isna().all()
    assert not table["enough"].any()
