"""The market cut by district, service, provider and time of day: every sum beside one done by hand."""

import math
from pathlib import Path

import pandas as pd
import pytest

from marketmap.inputs.county import read_county
from marketmap.outputs.views.market_view import (
    Filters,
    MarketView,
    areas_shown,
    demand_by_area,
    filter_packages,
    list_points,
    sum_headline,
    view_market,
    who_works,
)
from marketmap.settings import TIME_BANDS
from tests.outputs.factory import write_county


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_county(tmp_path_factory.mktemp("view") / "county")
    packages = pd.read_csv(folder / "packages.csv", dtype=str)
    packages.loc[0, "postcode"] = "LE15 6ZV"  # in no directory
    packages.to_csv(folder / "packages.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def view(folder: Path) -> MarketView:
    return view_market(read_county(folder))


@pytest.fixture(scope="module")
def rows(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "packages.csv").assign(sector=lambda table: table["postcode"].str[:-2])


def test_every_level_with_outlines_can_be_chosen_sectors_first(view: MarketView) -> None:
    assert view.levels == ("sector", "district_code")
    assert view.outlines.crs.to_epsg() == 4326
    assert set(view.outlines["level"]) == {"sector", "district_code"}


def test_only_named_columns_of_a_package_are_kept(view: MarketView) -> None:
    assert "price_hour" not in view.packages
    assert {"package_id", "sector", "district_code", "placeable"} <= set(view.packages)


def test_demand_by_sector_is_the_sum_of_the_file(view: MarketView, rows: pd.DataFrame) -> None:
    found = demand_by_area(view, Filters(), level="sector")
    placed = rows.iloc[1:]
    pd.testing.assert_series_equal(
        found["contact_hours"].drop("unplaced"),
        placed.groupby("sector")["hours_week"].sum(),
        check_names=False,
        check_index_type=False,
    )
    assert found.loc["unplaced", "packages"] == 1


@pytest.mark.parametrize(
    ("filters", "keep"),
    [
        (Filters(service="reablement"), lambda rows: rows["service_type"] == "reablement"),
        (Filters(provider="V01"), lambda rows: rows["provider_id"] == "V01"),
        (Filters(district="E06000017"), lambda rows: rows.index > 0),
        (Filters(district="E07000079"), lambda rows: rows.index < 0),
    ],
)
def test_a_filter_keeps_its_packages_alone(
    view: MarketView, rows: pd.DataFrame, filters: Filters, keep: object
) -> None:
    kept = rows[keep(rows)]  # type: ignore[operator]
    assert sorted(filter_packages(view, filters)["package_id"]) == sorted(kept["package_id"])
    assert sum_headline(view, filters)["contact_hours"] == pytest.approx(kept["hours_week"].sum())


def test_the_bands_of_the_day_sum_to_the_day(view: MarketView) -> None:
    whole = demand_by_area(view, Filters(), level="sector")
    parts = [demand_by_area(view, Filters(band=band), level="sector") for band in TIME_BANDS]
    for name in ("contact_hours", "visits", "hours_waiting"):
        together = pd.concat([part[name] for part in parts]).groupby(level=0).sum()
        assert together.reindex(whole.index).to_numpy() == pytest.approx(whole[name].to_numpy())
    # Residents and intervals are of the whole day: a band says nothing of them.
    assert parts[0]["people_1000"].isna().all()
    assert parts[0]["double_handed_share"].isna().all()


def test_the_headline_counts_what_no_map_can_show(view: MarketView, rows: pd.DataFrame) -> None:
    found = sum_headline(view, Filters())
    assert found["packages"] == len(rows)
    assert found["packages_unplaced"] == 1
    assert found["hours_unplaced"] == rows.loc[0, "hours_week"]
    assert found["providers"] == 3
    # Who works at a time of day is not known from hours by band: no figure rather than the whole day's.
    assert math.isnan(sum_headline(view, Filters(band="tea"))["providers"])


def test_nothing_that_passes_is_an_answer(view: MarketView) -> None:
    nobody = Filters(provider="V99", band="tea")
    assert demand_by_area(view, nobody, level="sector").empty
    assert sum_headline(view, nobody)["contact_hours"] == 0
    assert who_works(view, nobody).empty
    assert list_points(view, nobody, level="sector", area="LE15 6").empty


def test_the_district_filter_leaves_the_areas_that_touch_it(view: MarketView) -> None:
    everywhere = areas_shown(view, Filters(), level="sector")
    assert len(areas_shown(view, Filters(district="E06000017"), level="sector")) == len(everywhere)
    assert areas_shown(view, Filters(district="E07000079"), level="sector").empty


def test_points_are_of_one_area_and_few(view: MarketView, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    sector = rows["sector"].mode()[0]
    points = list_points(view, Filters(), level="sector", area=sector)
    inside = rows[(rows["sector"] == sector) & (rows.index > 0)]
    assert set(points["postcode"]) == set(inside["postcode"])
    assert points["packages"].sum() == len(inside)
    assert points["packages_waiting"].sum() == (inside["status"] == "waiting").sum()
    monkeypatch.setattr("marketmap.outputs.views.market_view.POINTS_MOST", 2)
    few = list_points(view, Filters(), level="sector", area=sector)
    assert few["contact_hours"].tolist() == sorted(points["contact_hours"], reverse=True)[:2]


def test_who_works_here_is_listed_by_hours(view: MarketView, rows: pd.DataFrame) -> None:
    sector = rows["sector"].mode()[0]
    found = who_works(view, Filters(), level="sector", area=sector)
    held = rows[(rows["sector"] == sector) & (rows["status"] == "active") & (rows.index > 0)]
    hours = held.groupby("provider_id")["hours_week"].sum()
    assert found.set_index("provider_id")["contact_hours"].to_dict() == hours.to_dict()
    assert found["contact_hours"].is_monotonic_decreasing
    assert found["part"].sum() == pytest.approx(1)


def test_tables_that_are_missing_are_named(view: MarketView) -> None:
    assert view.absent == ("visits", "offers", "handbacks", "calls", "rates", "reablement", "growth")
