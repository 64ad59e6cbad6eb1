"""Prices by area: weighted by hours, against four yardsticks, and whether rural travel is paid for."""

from typing import Any

import pandas as pd
import pytest

from marketmap.market.demand import describe_packages
from marketmap.market.price import COLUMNS, NO_MORE, NOT_KNOWN, PAID, PERHAPS, UNPAID, measure_prices, model_cost
from marketmap.settings import BlockSettings
from marketmap.settings.market import MarketSettings
from tests.market.two_lanes import RURAL, SNAPSHOT, URBAN, make_lines, make_places

SETTINGS = MarketSettings(minimum_price_hour=25.0, fair_cost_hour=24.0)
CARD = pd.DataFrame(
    {
        "area_code": [None, "GL7 1"],
        "rate_pounds": [20.0, 23.0],
        "provider_id": None,
        "visit_minutes": [float("nan"), 30.0],
        "valid_from": pd.to_datetime([None, None]),
    }
)


def price(*rows: dict[str, Any], settings: MarketSettings = SETTINGS, **more: Any) -> pd.DataFrame:
    packages = make_lines(*rows).assign(placed=True)
    described = describe_packages(packages, settings=BlockSettings())
    table = measure_prices(
        packages, described, make_places(), by="sector", snapshot_date=SNAPSHOT, settings=settings, **more
    )
    return table.set_index("area_code")


def test_the_paid_price_is_weighted_by_carer_hours() -> None:
    table = price(
        {"hours_week": 10.0, "price_hour": 20.0},
        {"hours_week": 10.0, "price_hour": 26.0, "carers_required": 2},
        {"hours_week": 50.0, "price_hour": None},
        {"hours_week": 50.0, "price_hour": 90.0, "service_type": "live_in"},
        {"hours_week": 50.0, "price_hour": 90.0, "status": "waiting", "provider_id": None},
        {"hours_week": 50.0, "price_hour": 90.0, "funding": "self_funded"},
        rates=CARD,
    )
    row = table.loc["GL7 1"]
    assert row["paid_hour"] == pytest.approx((10 * 20 + 20 * 26) / 30)
    assert row["paid_hour_low"] < row["paid_hour"] < row["paid_hour_high"]
    assert (row["packages"], row["packages_priced"], row["carer_hours_priced"]) == (3, 2, 30)
    assert row["card_hour"] == 23.0
    assert row["paid_less_card"] == pytest.approx(24 - 23)
    assert row["paid_less_fair_cost"] == pytest.approx(0.0)
    assert row["paid_less_minimum"] == pytest.approx(-1.0)
    assert (row["packages_below_minimum"], row["below_minimum_share"]) == (1, 0.5)


def test_paid_and_card_are_compared_on_the_same_packages() -> None:
    only_half_hours = CARD[CARD["visit_minutes"].notna()]
    row = price({"price_hour": 24.0}, {"price_hour": 40.0, "visit_minutes": 45.0}, rates=only_half_hours).loc["GL7 1"]
    assert (row["packages_carded"], row["card_hour"], row["paid_less_card"]) == (1, 23.0, pytest.approx(1.0))


def test_modelled_cost_by_its_formula() -> None:
    settings = MarketSettings(carer_pay_hour=12.0, pay_on_costs=0.25, mileage_pounds=0.45)
    cost = model_cost(pd.Series([0.0, 12.0]), pd.Series([0.0, 4.0]), settings=settings)
    assert cost.tolist() == pytest.approx([15.0, 15.0 * 1.2 + 1.8])


def test_travel_at_what_the_minimum_price_pays_for_leaves_it_as_it_is() -> None:
    travel = pd.DataFrame({"minutes_hour": [SETTINGS.price_travel_minutes, 0.0]}, index=["GL7 1", "GL1 1"])
    table = price({}, {"postcode": URBAN}, travel=travel)
    assert table.loc["GL7 1", "minimum_hour"] == pytest.approx(25.0)
    assert table.loc["GL1 1", "minimum_hour"] < 22.0
    assert table.loc["GL7 1", "miles_hour"] == pytest.approx(11.7 / 60 * 35 / 1.609344)


@pytest.mark.parametrize(
    ("rural_prices", "verdict"),
    [([20.0, 20.0, 20.0], UNPAID), ([14.0, 22.0, 31.0], PERHAPS), ([30.0, 30.0, 30.0], PAID)],
)
def test_rural_travel_is_paid_for_or_not(rural_prices: list[float], verdict: str) -> None:
    travel = pd.DataFrame({"minutes_hour": [24.0, 6.0], "miles_hour": [9.0, 2.0]}, index=["GL7 1", "GL1 1"])
    rows = [{"price_hour": pounds} for pounds in rural_prices]
    table = price(*rows, *({"price_hour": 20.0, "postcode": URBAN} for _ in range(3)), travel=travel)
    rural, urban = table.loc["GL7 1"], table.loc["GL1 1"]
    # 18 minutes and 7 miles more than the urban lane, half of it above the county's mean.
    hour = SETTINGS.carer_pay_hour * (1 + SETTINGS.pay_on_costs)
    assert rural["extra_cost_hour"] == pytest.approx((hour * 18 / 60 + 0.45 * 7) / 2)
    assert rural["extra_paid_hour"] == pytest.approx((sum(rural_prices) / 3 - 20) / 2)
    assert rural["travel_unpaid_hour"] == pytest.approx(rural["extra_cost_hour"] - rural["extra_paid_hour"])
    assert (rural["rural_travel"], urban["rural_travel"]) == (verdict, NO_MORE)
    assert pd.isna(urban["travel_unpaid_hour"])


def test_without_card_travel_or_fair_cost_those_figures_are_blank() -> None:
    row = price({"price_hour": 22.0}, settings=MarketSettings()).loc["GL7 1"]
    blank = ["card_hour", "paid_less_card", "fair_cost_hour", "travel_minutes_hour", "modelled_cost_hour"]
    assert row[blank].isna().all()
    assert row["rural_travel"] == NOT_KNOWN
    assert row["minimum_hour"] == MarketSettings().minimum_price_hour


@pytest.mark.parametrize("rows", [[], [{"status": "waiting"}], [{"price_hour": None}]], ids=["none", "wait", "bare"])
def test_areas_without_a_price(rows: list[dict[str, Any]]) -> None:
    table = price(*rows, rates=CARD)
    assert table.columns.tolist() == ["level", *COLUMNS]
    assert table["paid_hour"].isna().all()
    assert len(table) == (rows == [{"price_hour": None}])


def test_unplaced_packages_stand_in_their_own_row() -> None:
    packages = make_lines({}, {"postcode": "ZZ1 1ZZ"}, {"postcode": RURAL}).assign(placed=[True, False, True])
    described = describe_packages(packages, settings=BlockSettings())
    table = measure_prices(packages, described, make_places(), by="county", snapshot_date=SNAPSHOT, settings=SETTINGS)
    assert table["packages"].tolist() == [2]  # what cannot be placed is not bought in blocks
