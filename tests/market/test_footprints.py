"""Footprints come from where carers were, not from the office's address."""

import dataclasses

import pandas as pd
import pytest

from marketmap.inputs.county import Tables
from marketmap.market.footprints import find_deliveries, find_round_ends, hours_held, measure_footprints
from marketmap.market.places import Places, place_postcodes
from marketmap.settings import MarketSettings, Settings
from tests.blocks.small_county import make_street, make_tables


def test_rounds_begin_and_end_at_the_first_and_last_delivered_visit() -> None:
    packages = pd.DataFrame(
        {"package_id": ["K1", "K2", "K3"], "postcode": ["GL1 1AA", "GL1 2AA", "GL1 3AA"], "placed": True}
    )
    start = pd.to_datetime(
        ["2026-09-21 07:00", "2026-09-21 09:00", "2026-09-21 08:00", "2026-09-21 23:30", "2026-09-22 07:00"]
    ).tz_localize("Europe/London")
    visits = pd.DataFrame(
        {
            "provider_id": "P1",
            "carer_id": "C1",
            "package_id": ["K1", "K2", "K3", "K3", "K2"],
            "planned_start": start,
            "status": ["delivered", "delivered", "delivered", "missed", "delivered"],
        }
    )
    ends = find_round_ends(visits, packages).set_index("postcode")["ends_week"]
    # Monday begins at K1 and ends at K2 (the last was missed); Tuesday begins and ends at K2.
    # Two days in the file: a week holds three and a half times as many.
    assert ends.to_dict() == {"GL1 1AA": 3.5, "GL1 2AA": 10.5}


def test_no_visits_give_no_round_ends() -> None:
    assert find_round_ends(None, pd.DataFrame()).empty


def test_only_active_placeable_work_is_held() -> None:
    packages = pd.DataFrame(
        {"provider_id": ["P1", "P1", "P2"], "postcode": ["GL1 1AA"] * 3, "hours_week": [5.0, 6.0, 7.0]}
    )
    described = pd.DataFrame(
        {"placeable": [True, True, False], "waiting": [False, True, False], "carer_hours": [10.0, 6.0, 7.0],
         "carer_visits": [4.0, 4.0, 4.0]}
    )  # fmt: skip
    held = hours_held(packages, described)
    assert held.to_dict("records") == [
        {"provider_id": "P1", "postcode": "GL1 1AA", "carer_hours": 10.0, "contact_hours": 5.0, "carer_visits": 4.0}
    ]


def make_visits(rows: list[tuple[str, str, str, float]], *, day: str = "2026-09-21") -> pd.DataFrame:
    """Log delivered visits: provider, package, visit, hours; a visit named twice has two carers."""
    start = pd.Timestamp(f"{day} 08:00", tz="Europe/London")
    return pd.DataFrame(
        {
            "visit_id": [visit for _, _, visit, _ in rows],
            "carer_id": [f"C{number}" for number in range(len(rows))],
            "provider_id": [provider for provider, *_ in rows],
            "package_id": [package for _, package, *_ in rows],
            "planned_start": start,
            "planned_end": [start + pd.Timedelta(hours=hours) for *_, hours in rows],
            "status": "delivered",
            "postcode": pd.Series([pd.NA] * len(rows), dtype="str"),
            "verification": "auto",
        }
    )


def make_market(packages: list[dict[str, object]], visits: pd.DataFrame | None) -> tuple[Tables, Places]:
    postcodes = make_street(30)
    rows = [{"visits_week": 7.0, **package} for package in packages]
    tables = make_tables(rows, [{"provider_id": "P1"}, {"provider_id": "P2"}], postcodes=postcodes, visits=visits)
    dated = {"start_date": pd.Timestamp("2020-01-01"), "end_date": pd.NaT}
    tables = dataclasses.replace(tables, packages=tables.packages.assign(**dated))
    return tables, place_postcodes(tables, settings=Settings())


STREET = make_street(30).index


def test_hours_go_where_carers_went_and_none_are_lost() -> None:
    visits = make_visits(
        [("P1", "K000", "V1", 1.0), ("P1", "K000", "V1", 1.0), ("P1", "K001", "V2", 0.5), ("P2", "K001", "V3", 2.0),
         ("P1", "elsewhere", "V4", 0.25), ("P1", "K000", "V5", 3.0)]
    )  # fmt: skip
    visits.loc[5, "status"] = "missed"
    visits.loc[2, "postcode"] = STREET[25]  # cared for at her daughter's
    tables, places = make_market(
        [{"postcode": STREET[0], "provider_id": "P1", "hours_week": 1.0},
         {"postcode": STREET[12], "provider_id": "P2", "hours_week": 1.0}], visits,
    )  # fmt: skip
    deliveries, bases = find_deliveries(tables, places, settings=Settings())
    # One day in the file stands for a week: seven times as much.
    assert deliveries["carer_hours"].sum() == pytest.approx(7 * (1.0 + 1.0 + 0.5 + 2.0 + 0.25))
    assert set(bases["basis"]) == {"call monitoring"}
    table = measure_footprints(deliveries, bases, places, by="sector", settings=MarketSettings())
    one = table[table["provider_id"] == "P1"].set_index("area_code")
    assert list(one.index) == ["LE15 0", "LE15 2", "unplaced"]
    assert one["visits_week"].tolist() == [7.0, 7.0, 7.0]
    assert one["contact_hours"].tolist() == pytest.approx([7.0, 3.5, 1.75])
    assert one["carer_hours"].tolist() == pytest.approx([14.0, 3.5, 1.75])
    assert table.groupby("provider_id")["share_of_provider"].sum().tolist() == pytest.approx([1.0, 1.0])
    assert table.groupby("area_code")["share_of_area"].sum().tolist() == pytest.approx([1.0] * 4)
    assert table["carer_hours"].sum() == pytest.approx(deliveries["carer_hours"].sum())


def test_packages_stand_in_where_call_monitoring_covers_too_little() -> None:
    packages: list[dict[str, object]] = [
        {"postcode": STREET[0], "provider_id": "P1", "hours_week": 7.0},
        {"postcode": STREET[12], "provider_id": "P2", "hours_week": 7.0, "carers_required": 2},
    ]
    visits = make_visits([("P1", "K000", "V1", 0.8), ("P2", "K001", "V2", 1.0)])
    tables, places = make_market(packages, visits)
    deliveries, bases = find_deliveries(tables, places, settings=Settings())
    # An hour a day is bought of P1 and two carer hours of P2: 80 % are enough, 50 % are not.
    assert bases.set_index("provider_id")["basis"].to_dict() == {"P1": "call monitoring", "P2": "packages"}
    assert bases["coverage"].tolist() == pytest.approx([0.8, 0.5])
    assert deliveries.set_index("provider_id")["carer_hours"].to_dict() == pytest.approx({"P1": 5.6, "P2": 14.0})
    strict = Settings(market=MarketSettings(least_coverage=0.81))
    assert set(find_deliveries(tables, places, settings=strict)[1]["basis"]) == {"packages"}


def test_without_call_monitoring_footprints_are_packages() -> None:
    tables, places = make_market([{"postcode": STREET[0], "provider_id": "P1"}], None)
    deliveries, bases = find_deliveries(tables, places, settings=Settings())
    table = measure_footprints(deliveries, bases, places, by="county", settings=MarketSettings())
    assert table[["visits_week", "share_of_area", "share_of_provider"]].to_numpy().tolist() == [[7.0, 1.0, 1.0]]
    assert table[["core", "significant"]].to_numpy().tolist() == [[True, True]]
    assert table["basis"].tolist() == ["packages"]
    assert table["coverage"].isna().all()


def test_only_the_last_week_of_call_monitoring_counts() -> None:
    old = make_visits([("P1", "K000", "V1", 1.0)], day="2026-09-01")
    new = make_visits([("P1", "K001", "V2", 1.0)], day="2026-09-21")
    tables, places = make_market(
        [{"postcode": STREET[0], "provider_id": "P1", "hours_week": 0.5},
         {"postcode": STREET[12], "provider_id": "P1", "hours_week": 0.5}],
        pd.concat([old, new], ignore_index=True),
    )  # fmt: skip
    deliveries, _ = find_deliveries(tables, places, settings=Settings())
    assert deliveries["postcode"].tolist() == [STREET[12]]


def test_the_core_is_the_fewest_areas_that_hold_the_share() -> None:
    each = [("LE15 0", 40.0), ("LE15 1", 40.0), ("LE15 2", 20.0)]
    places = make_market([{"postcode": STREET[0], "provider_id": "P1"}], None)[1]
    deliveries = pd.DataFrame(
        {
            "provider_id": "P1",
            "postcode": [STREET[0], STREET[10], STREET[20], pd.NA],
            "visits_week": [hours for _, hours in each] + [1000.0],
            "contact_hours": 1.0,
            "carer_hours": 1.0,
        }
    )
    bases = pd.DataFrame({"provider_id": ["P1"], "basis": ["packages"], "coverage": [float("nan")]})
    for share, core in ((0.80, 2), (0.81, 3), (0.40, 1), (1.0, 3)):
        table = measure_footprints(deliveries, bases, places, by="sector", settings=MarketSettings(core_share=share))
        marked = table.loc[table["core"], "area_code"].tolist()
        assert marked == [code for code, _ in each][:core]  # of two that are equal, the lower code; never unplaced


def test_a_significant_footprint_is_a_share_of_the_area() -> None:
    places = make_market([{"postcode": STREET[0], "provider_id": "P1"}], None)[1]
    deliveries = pd.DataFrame(
        {"provider_id": ["P1", "P2"], "postcode": STREET[0], "visits_week": [9.0, 1.0], "contact_hours": 1.0,
         "carer_hours": 1.0}
    )  # fmt: skip
    bases = pd.DataFrame({"provider_id": ["P1", "P2"], "basis": "packages", "coverage": float("nan")})
    for least, marked in ((0.10, [True, True]), (0.11, [True, False])):
        settings = MarketSettings(significant_share=least)
        table = measure_footprints(deliveries, bases, places, by="sector", settings=settings)
        assert table["significant"].tolist() == marked


def test_a_county_without_work_has_no_footprints() -> None:
    tables, places = make_market([{"postcode": STREET[0], "provider_id": pd.NA, "status": "waiting"}], None)
    deliveries, bases = find_deliveries(tables, places, settings=Settings())
    assert deliveries.empty
    assert measure_footprints(deliveries, bases, places, by="sector", settings=MarketSettings()).empty
