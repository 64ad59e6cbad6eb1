import datetime as dt

import numpy as np
import pandas as pd
import pytest

from marketmap.market.nearest import BY_ROAD, COLUMNS, HERE, NEXT_DOOR, NO_WORK, STRAIGHT, rank_nearest

SNAPSHOT = dt.date(2026, 3, 31)
ACROSS = {"near": 1_000.0, "next": 100.0, "far": 5_000.0, "here": 0.0, "lost": 2_000.0}


def providers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "provider_id": ["A", "B", "C", "D"],
            "provider_name": ["Ann", "Bob", "Cas", "Dee"],
            "hours_spare_week": [10.0, np.nan, 30.0, 40.0],
            "capacity_as_of": pd.to_datetime(["2026-03-31", "2026-03-01", "", "2026-03-30"]),
            "cqc_rating": ["Good", None, "Good", "Good"],
            "placements_suspended": pd.array([False, True, None, None], dtype="boolean"),
            "on_framework": pd.array([True, True, False, None], dtype="boolean"),
        }
    )


def packages(*rows: tuple[str, str], status: str = "active") -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["provider_id", "postcode"])
    return frame.assign(status=status, placed=True, easting=frame["postcode"].map(ACROSS), northing=0.0)


def rank(held: pd.DataFrame, *, minutes: dict[str, float], beside: tuple[str, ...] = ()) -> pd.DataFrame:
    found = rank_nearest(
        held, providers(), minutes=pd.Series(minutes, dtype=float), here=("here", 0.0, 0.0), beside=beside,
        near_minutes=5.0, snapshot_date=SNAPSHOT,
    )  # fmt: skip
    assert list(found.columns) == COLUMNS
    return found.set_index("provider_id")


def test_those_with_work_near_by_road_come_first_whatever_the_straight_line_says() -> None:
    found = rank(packages(("A", "near"), ("A", "far"), ("B", "far"), ("C", "lost")), minutes={"near": 9.0, "far": 4.0})
    assert list(found.index) == ["A", "B", "C", "D"]
    assert found["minutes"].tolist()[:2] == [4.0, 4.0]
    assert found["basis"].tolist() == [BY_ROAD, BY_ROAD, STRAIGHT, NO_WORK]
    assert np.isnan(found["minutes"]["C"])
    assert found["km_straight"]["C"] == pytest.approx(2.0)
    assert np.isnan(found["km_straight"]["D"])


def test_no_way_by_road_is_not_a_time() -> None:
    found = rank(packages(("A", "near"), ("B", "far")), minutes={"near": np.inf, "far": 50.0})
    assert found["basis"]["A"] == STRAIGHT
    assert list(found.index)[:2] == ["B", "A"]


def test_work_so_near_is_counted_and_the_street_is_told() -> None:
    held = packages(("A", "here"), ("A", "near"), ("B", "next"), ("C", "near"), ("C", "far"))
    found = rank(held, minutes={"here": 0.0, "near": 5.0, "next": 0.4, "far": 5.1}, beside=("next",))
    assert found["packages_near"].to_dict() == {"A": 2, "B": 1, "C": 1, "D": 0}
    assert found["beside"].to_dict() == {"A": HERE, "B": NEXT_DOOR, "C": "", "D": ""}


def test_only_what_is_delivered_now_counts() -> None:
    held = pd.concat([packages(("A", "here"), status="ended"), packages(("A", "near")).assign(placed=False)])
    assert rank(held, minutes={"here": 0.0, "near": 1.0})["basis"]["A"] == NO_WORK


def test_the_age_of_spare_hours_is_counted_to_the_extract() -> None:
    found = rank(packages(("A", "near")), minutes={"near": 1.0})
    assert found["capacity_age_days"].to_dict() == pytest.approx({"A": 0, "B": 30, "C": np.nan, "D": 1}, nan_ok=True)


def test_why_not_to_ask_is_said() -> None:
    found = rank(packages(("A", "near")), minutes={"near": 1.0})["standing"]
    assert found.to_dict() == {"A": "", "B": "new placements suspended", "C": "not on the framework", "D": ""}


def test_a_county_without_packages_lists_every_provider_without_work() -> None:
    found = rank(packages(), minutes={})
    assert set(found["basis"]) == {NO_WORK}
    assert len(found) == 4
