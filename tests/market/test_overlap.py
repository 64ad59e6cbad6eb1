"""Overlap: who shares a street, how even the shares are, and who is near a package by road."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from marketmap.market.overlap import find_near_providers, measure_overlap, sum_near_providers
from marketmap.market.places import Places, place_postcodes
from marketmap.settings import MarketSettings, Settings
from tests.blocks.small_county import make_street, make_tables, make_times

POSTCODES = make_street(30, metres=200.0)
STREET = POSTCODES.index
PROVIDERS = pd.DataFrame({"provider_id": ["P1", "P2", "P3"], "company_id": ["C1", "C1", "C3"]})


def make_deliveries(*rows: tuple[str, object, float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "provider_id": [provider for provider, *_ in rows],
            "postcode": [postcode for _, postcode, _ in rows],
            "visits_week": [hours for *_, hours in rows],
            "contact_hours": [hours for *_, hours in rows],
            "carer_hours": [hours for *_, hours in rows],
        }
    ).astype({"provider_id": "object", "postcode": "object"})


@pytest.fixture(scope="module")
def places() -> Places:
    tables = make_tables([{"postcode": STREET[0], "provider_id": "P1"}], [{"provider_id": "P1"}], postcodes=POSTCODES)
    return place_postcodes(tables, settings=Settings())


def test_companies_and_not_their_branches_share_a_market(places: Places) -> None:
    deliveries = make_deliveries(
        ("P1", STREET[0], 30.0), ("P2", STREET[9], 30.0), ("P3", STREET[0], 40.0), ("P3", STREET[15], 5.0),
        ("P3", pd.NA, 500.0),
    )  # fmt: skip
    table = measure_overlap(deliveries, PROVIDERS, places, by="sector", settings=MarketSettings()).set_index(
        "area_code"
    )
    first = table.loc["LE15 0"]
    assert first[["providers", "companies", "carer_hours"]].tolist() == [3, 2, 100.0]
    assert first["hhi"] == pytest.approx(60**2 + 40**2)
    assert first["largest_company_share"] == pytest.approx(0.6)
    assert table.loc["LE15 1", "hhi"] == pytest.approx(10_000)
    assert list(table.index) == ["LE15 0", "LE15 1"]


def test_streets_are_squares(places: Places) -> None:
    # 0 and 200 m lie in the first square of 250 m, 400 m in the second.
    deliveries = make_deliveries(
        ("P1", STREET[0], 1.0), ("P2", STREET[1], 2.0), ("P3", STREET[1], 3.0), ("P1", STREET[2], 2.0),
    )  # fmt: skip
    row = measure_overlap(deliveries, PROVIDERS, places, by="county", settings=MarketSettings()).iloc[0]
    assert row[["streets", "streets_shared", "providers_street_max"]].tolist() == [2, 1, 3]
    assert row["providers_street_mean"] == pytest.approx((3 * 6 + 1 * 2) / 8)
    wide = MarketSettings(street_metres=1000.0)
    assert measure_overlap(deliveries, PROVIDERS, places, by="county", settings=wide).iloc[0]["streets"] == 1


def make_packages(*rows: tuple[object, str, object]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "package_id": [f"K{number}" for number in range(len(rows))],
            "postcode": [postcode for postcode, *_ in rows],
            "status": [status for _, status, _ in rows],
            "provider_id": [provider for *_, provider in rows],
        }
    ).astype("object")


def test_who_is_near_is_a_matter_of_road_minutes(places: Places) -> None:
    # Two minutes a kilometre: 5 minutes are 2.5 km, twelve postcodes and a half.
    deliveries = make_deliveries(("P1", STREET[0], 1.0), ("P2", STREET[10], 1.0), ("P3", STREET[29], 1.0))
    packages = make_packages(
        (STREET[0], "active", "P1"), (STREET[20], "waiting", pd.NA), (STREET[5], "ended", "P1"),
        ("ZZ1 1ZZ", "active", "P1"), (STREET[29], "active", "P3"),
    )  # fmt: skip
    near = find_near_providers(packages, deliveries, make_times(POSTCODES), near_minutes=4.0)
    assert near["package_id"].tolist() == ["K0", "K1", "K3", "K4"]
    assert near["near_provider_ids"].fillna("?").tolist() == ["P1;P2", "P2;P3", "?", "P3"]
    assert near["near_providers"].tolist()[:2] == [2, 2]
    assert near["near_other_providers"].tolist()[:2] == [1, 2]
    assert near["near_other_providers"].tolist()[3] == 0
    assert pd.isna(near["near_providers"][2])
    # K0 to P2's street is exactly 4 minutes.
    closer = find_near_providers(packages, deliveries, make_times(POSTCODES), near_minutes=3.99)
    assert closer["near_providers"].tolist()[0] == 1
    table = sum_near_providers(near, places, by="county", settings=MarketSettings(many_providers=2)).iloc[0]
    assert table[["packages", "packages_no_other", "packages_many"]].tolist() == [3, 1, 2]
    assert table["near_providers_median"] == 2.0
    assert table["many_share"] == pytest.approx(2 / 3)
    assert table["many_low"] < table["many_share"] < table["many_high"]


def test_the_way_is_driven_from_the_visit_to_the_package() -> None:
    times = make_times(POSTCODES)
    one_way = times.minutes.copy()
    one_way[0, 1] = np.inf  # no way from the first to the second
    times = dataclasses.replace(times, minutes=one_way)
    packages = make_packages((STREET[1], "active", "P2"), (STREET[0], "active", "P2"))
    near = find_near_providers(packages, make_deliveries(("P1", STREET[0], 1.0), ("P2", STREET[1], 1.0)), times,
                               near_minutes=5.0)  # fmt: skip
    assert near["near_provider_ids"].tolist() == ["P2", "P1;P2"]


def test_nothing_overlaps_with_nothing(places: Places) -> None:
    none = make_deliveries()
    assert measure_overlap(none, PROVIDERS, places, by="sector", settings=MarketSettings()).empty
    near = find_near_providers(
        make_packages((STREET[0], "waiting", pd.NA)), none, make_times(POSTCODES), near_minutes=5
    )
    assert near["near_providers"].tolist() == [0]
    empty = find_near_providers(make_packages(), none, make_times(POSTCODES), near_minutes=5)
    assert sum_near_providers(empty, places, by="sector", settings=MarketSettings()).empty
