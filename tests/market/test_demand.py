"""Demand: who may be placed, and what it takes to care for them."""

import numpy as np
import pandas as pd
import pytest

from marketmap.market.demand import (
    carers_at_once,
    describe_packages,
    find_usual_price,
    measure_demand,
    sum_demand,
)
from marketmap.market.places import Places
from marketmap.settings import BlockSettings


def make_packages(**columns: list[object]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    frame = pd.DataFrame(
        {
            "package_id": [f"K{number}" for number in range(count)],
            "person_id": pd.Series([pd.NA] * count, dtype="str"),
            "status": "active",
            "service_type": "home_care",
            "funding": pd.Series(["council"] * count, dtype="str"),
            "carers_required": 1,
            "hours_week": 10.0,
            "visits_week": 14.0,
            "price_hour": 24.0,
            "provider_id": "P1",
            "district_code": "E06000017",
            "do_not_move": pd.Series([pd.NA] * count, dtype="boolean"),
            "placed": True,
        }
    )
    return frame.assign(**columns)


def test_each_reason_not_to_place_a_package_is_named() -> None:
    packages = make_packages(
        status=["active", "waiting", "suspended", "active", "active", "active", "active", "active"],
        service_type=["home_care"] * 3 + ["live_in"] + ["sitting"] + ["home_care"] * 3,
        funding=["council", None, "council", "council", "self_funded", "chc", "s117", "joint"],
        placed=[True, True, True, True, True, False, True, True],
        do_not_move=[None, None, None, None, None, None, True, False],
    )
    packages["do_not_move"] = packages["do_not_move"].astype("boolean")
    described = describe_packages(packages, settings=BlockSettings())
    assert described["why_not"].tolist() == [
        "", "", "not active or waiting", "service type", "funding", "postcode not placed", "do not move", "",
    ]  # fmt: skip
    assert described["fixed"].tolist() == [False] * 6 + [True, False]
    assert described["waiting"].tolist()[:2] == [False, True]


def test_two_carers_double_hours_and_visits_but_not_contact_hours() -> None:
    packages = make_packages(carers_required=[1, 2])
    described = describe_packages(packages, settings=BlockSettings())
    assert described["carer_hours"].tolist() == [10.0, 20.0]
    assert described["carer_visits"].tolist() == [14.0, 28.0]
    demand = sum_demand(packages, by="district_code").loc["E06000017"]
    assert (demand["contact_hours"], demand["carer_hours"], demand["double_handed"]) == (20.0, 30.0, 1)


def test_demand_counts_people_once_and_leaves_out_what_has_ended() -> None:
    packages = make_packages(
        status=["active", "waiting", "ended", "active"],
        person_id=["A", "A", "B", None],
        hours_week=[5.0, 7.0, 9.0, 1.0],
    )
    demand = sum_demand(packages, by="district_code").loc["E06000017"]
    assert (demand["packages"], demand["people"]) == (3, 2)
    assert (demand["contact_hours"], demand["hours_waiting"]) == (13.0, 7.0)


def test_the_usual_price_is_weighted_by_hours() -> None:
    packages = make_packages(hours_week=[30.0, 10.0, 50.0], price_hour=[20.0, 28.0, None])
    described = describe_packages(packages, settings=BlockSettings())
    assert find_usual_price(packages, described)["E06000017"] == pytest.approx(22.0)


def test_carers_at_once_follow_the_busiest_day() -> None:
    packages = make_packages(hours_week=[7.0, 7.0], carers_required=[2, 1])
    described = describe_packages(packages, settings=BlockSettings())
    calls = pd.DataFrame(
        {
            "package_id": ["K0", "K0", "K1"],
            "days": ["Mo;Tu", "Tu", "Mo"],
            "time_band": ["morning", "morning", "bed"],
            "minutes": [60, 45, 30],
            "carers_required": [2, 1, None],
        }
    )
    settings = BlockSettings(band_minutes={"morning": 60, "lunch": 60, "tea": 60, "bed": 60, "night": 60})
    peaks = carers_at_once(
        calls, packages, described, group=pd.Series(["B1", "B1"]),
        band_minutes=settings.band_minutes, band_mix=settings.band_mix,
    )  # fmt: skip
    # Tuesday morning: 2 carers for 60 minutes and 1 for 45 in a band of 60 minutes.
    assert peaks.loc["B1", ["morning", "lunch", "bed"]].tolist() == [3, 0, 1]


def test_without_calls_the_stated_mix_spreads_the_hours() -> None:
    packages = make_packages(hours_week=[70.0])
    described = describe_packages(packages, settings=BlockSettings())
    peaks = carers_at_once(
        None, packages, described, group=pd.Series(["B1"]),
        band_minutes=dict.fromkeys(["morning", "lunch", "tea", "bed", "night"], 60.0),
        band_mix={"morning": 0.5, "lunch": 0.2, "tea": 0.2, "bed": 0.1, "night": 0.0},
    )  # fmt: skip
    # 10 hours a day: 5, 2, 2 and 1 carers for an hour.
    assert peaks.loc["B1"].tolist() == [5, 2, 2, 1, 0]


def make_places(codes: dict[str, str], *, people: float | None = None) -> Places:
    """Put postcodes into districts by hand."""
    of = pd.DataFrame({"sector": pd.NA, "district_code": pd.Series(codes, dtype="object")})
    of["rural"] = pd.array([True] * len(of), dtype="boolean")
    of["rural_urban"] = "R"
    residents = pd.DataFrame(
        {"level": ["district_code"], "area_code": ["D1"], "people_65plus": [people], "people_85plus": [None]}
    )
    return Places(
        of=of.rename_axis("postcode"), names={}, residents=residents, rural_basis="", levels=("sector", "district_code")
    )


def test_demand_by_area_is_whole_and_stands_beside_who_lives_there() -> None:
    packages = make_packages(
        status=["active", "waiting", "active", "ended", "active"],
        postcode=["A", "A", "B", "A", "Z"],
        hours_week=[3.0, 4.0, 10.0, 99.0, 1.0],
        carers_required=[2, 1, 1, 1, 1],
    )
    places = make_places({"A": "D1", "B": "D2"}, people=500.0)
    table = measure_demand(packages, places, by="district_code").set_index("area_code")
    assert list(table.index) == ["D1", "D2", "unplaced"]
    assert table["contact_hours"].sum() == 18.0
    first = table.loc["D1"]
    assert first[["packages", "packages_waiting", "hours_waiting", "double_handed"]].tolist() == [2, 1, 4.0, 1]
    assert first["carer_hours"] == 10.0
    assert first["double_handed_share"] == 0.5
    assert first[["double_handed_low", "double_handed_high"]].tolist() == pytest.approx([0.0945, 0.9055], abs=1e-3)
    # 2 people of 500: 4 in 1,000, between 0.48 and 14.4 (Garwood); 7 hours of packages with 3 and 4 hours.
    assert first[["people_1000", "people_1000_low", "people_1000_high"]].tolist() == pytest.approx(
        [4.0, 0.484, 14.45], rel=0.01
    )
    width = float(np.exp(1.96 * 5.0 / 7.0))
    assert first[["hours_1000", "hours_1000_low", "hours_1000_high"]].tolist() == pytest.approx(
        [14.0, 14.0 / width, 14.0 * width], rel=1e-3
    )
    assert table.loc[["D2", "unplaced"], ["people_65plus", "people_1000", "hours_1000_high"]].isna().all(axis=None)


@pytest.mark.parametrize("by", ["sector", "district_code", "rural", "rural_urban", "county"])
def test_an_empty_county_has_no_demand(by: str) -> None:
    packages = make_packages(postcode=["A"])
    places = make_places({"A": "D1"})
    some = measure_demand(packages, places, by=by)
    none = measure_demand(packages.iloc[:0], places, by=by)
    assert none.empty
    assert list(none.columns) == list(some.columns)


def test_only_people_who_wait_are_demand_too() -> None:
    packages = make_packages(status=["waiting", "waiting"], postcode=["A", "A"], hours_week=[0.0, 0.0])
    table = measure_demand(packages, make_places({"A": "D1"}, people=0.0), by="district_code")
    assert table.loc[0, "packages_waiting"] == 2
    assert table[["hours_1000", "people_1000"]].isna().all(axis=None)  # nobody of 65 lives there
