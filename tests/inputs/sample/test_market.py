"""The sample's tables for the market measures: plausible, at one with the other tables, and their cause of nothing."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from scipy.spatial import cKDTree

from marketmap.inputs.county import County, Tables
from marketmap.inputs.sample import SampleSettings, build_sample
from marketmap.inputs.sample.folder import MARKET_TABLES
from marketmap.inputs.sample.market_settings import MarketSample

MARKET = MarketSample()
WEEKS = SampleSettings().history_weeks


def first_lines(tables: Tables) -> pd.DataFrame:
    """The line with which each package began, by package."""
    return tables.package_lines.sort_values("effective_from").drop_duplicates("package_id").set_index("package_id")


def brokered(lines: pd.DataFrame) -> pd.Series:
    return (lines["service_type"] == "home_care") & lines["funding"].isin(MARKET.brokered_funding)


def test_every_county_has_all_six(gloucestershire: County, rutland: County):
    for county in (gloucestershire, rutland):
        for name in MARKET_TABLES:
            assert len(getattr(county.tables, name)), name


def test_other_tables_hang_on_none_of_it(rutland_folder: Path, tmp_path: Path):
    other = MarketSample(
        most_offers=2, no_response_share=0.9, notice_days=(3, 4), referrals_week=(10, 11), growth_years=2,
        assets_per_postcode=0.02,
    )  # fmt: skip
    folder = build_sample(tmp_path / "other", county="rutland", settings=SampleSettings(market=other))
    same = {path.name for path in folder.iterdir() if path.read_bytes() == (rutland_folder / path.name).read_bytes()}
    rest = {f"{name}.csv" for name in ("packages", "providers", "participation", "calls", "blocks", "block_areas")}
    assert rest | {"visits.parquet", "areas.gpkg", "marketmap.toml", "rates.csv"} == same


class TestOffers:
    def test_each_start_of_the_year_was_accepted_by_who_took_it(self, gloucestershire: County):
        tables = gloucestershire.tables
        lines = first_lines(tables)
        begun = lines[
            brokered(lines) & (lines["start_date"] >= pd.Timestamp(tables.snapshot_date) - pd.Timedelta("52W"))
        ]
        accepted = tables.offers[tables.offers["response"] == "accepted"]
        took = accepted.sort_values("offered_at").drop_duplicates("package_id").set_index("package_id")
        assert len(begun) > 3000
        assert (took["provider_id"].reindex(begun.index) == begun["provider_id"]).all()
        assert (took["offered_at"].reindex(begun.index) <= begun["start_date"]).all()
        assert (took["offered_at"].reindex(begun.index) >= begun["request_date"]).all()

    def test_what_has_no_provider_was_never_accepted(self, gloucestershire: County):
        tables = gloucestershire.tables
        lines = first_lines(tables)
        unmet = lines.index[brokered(lines) & lines["status"].isin(["waiting", "withdrawn"])]
        offers = tables.offers[tables.offers["package_id"].isin(unmet)]
        assert set(offers["package_id"]) == set(unmet)
        assert set(offers["response"]) == {"refused", "no_response"}
        assert (offers["offered_at"] <= pd.Timestamp(tables.snapshot_date)).all()

    def test_one_to_five_are_asked_each_once_before_one_takes_it(self, gloucestershire: County):
        tables = gloucestershire.tables
        once = tables.offers[~tables.offers["package_id"].isin(tables.handbacks["package_id"])]
        assert once.groupby("package_id").size().between(1, 5).all()
        assert once.groupby("package_id").size().max() == 5
        assert not once.duplicated(["package_id", "provider_id"]).any()
        ordered = once.assign(last=once["response"] == "accepted").sort_values(["package_id", "offered_at", "last"])
        assert not ordered["last"][ordered.duplicated("package_id", keep="last")].any()

    def test_refusals_are_likelier_in_deep_countryside_and_at_tea_or_bed(self, gloucestershire: County):
        tables = gloucestershire.tables
        calls = tables.calls[tables.calls["time_band"].isin(["tea", "bed"])]["package_id"]
        lines = first_lines(tables)
        postcodes = tables.county_postcodes
        places = postcodes[["easting", "northing"]].drop_duplicates().to_numpy()
        near = cKDTree(places).query_ball_point(postcodes[["easting", "northing"]].to_numpy(), 1000, return_length=True)
        deep = lines["postcode"].map(pd.Series(near < 20, index=postcodes.index)).eq(other=True)
        offers = tables.offers.join(deep.rename("deep"), on="package_id")
        lost = offers["response"] != "accepted"
        assert lost[offers["deep"]].mean() > lost[~offers["deep"]].mean() + 0.1
        far = offers["reason"].eq("too_far")
        assert far[offers["deep"]].mean() > 2 * far[~offers["deep"]].mean()
        known = offers["package_id"].isin(tables.calls["package_id"])
        late = offers["package_id"].isin(calls)
        assert lost[known & late].mean() > lost[known & ~late].mean() + 0.03
        reasons = tables.offers["reason"].notna()
        assert (reasons == (tables.offers["response"] == "refused")).all()


def test_handbacks_are_those_of_the_history(gloucestershire: County):
    tables = gloucestershire.tables
    lines = tables.package_lines.sort_values(["package_id", "effective_from"])
    lines["before"] = lines.groupby("package_id")["provider_id"].shift()
    moved = lines[lines["change_reason"] == "provider_handback"].set_index("package_id")
    given = tables.handbacks.set_index("package_id").reindex(moved.index)
    assert len(tables.handbacks) == len(moved) > 100
    assert (given["provider_id"] == moved["before"]).all()
    assert (given["end_date"] + pd.Timedelta("1D") == moved["effective_from"]).all()
    notice = (given["end_date"] - given["notice_date"]).dt.days
    assert notice.between(0, MARKET.notice_days[1]).all()
    assert (given["notice_date"] >= moved["start_date"]).all()


def test_the_rate_card_has_one_standard_rate_a_place_and_length(gloucestershire: County):
    rates = gloucestershire.tables.rates
    lengths = {minutes for minutes, _ in MARKET.rate_lengths}
    assert rates["provider_id"].isna().all()
    assert rates.groupby(rates["area_code"].fillna(""))["visit_minutes"].agg(set).map(lengths.__eq__).all()
    rates = rates.fillna({"area_code": ""})
    standard = rates[rates["visit_minutes"] == 45].set_index("area_code")["rate_pounds"]
    assert standard[""] == 24.0
    assert set(standard) == {24.0, 27.0, 30.0}
    assert standard["GL54 3"] > standard[""]
    assert rates["rate_pounds"].between(22, 34).all()


def test_assets_are_in_towns_and_villages_and_scale(gloucestershire: County, rutland: County):
    assets = gloucestershire.tables.assets
    assert 130 <= len(assets) <= 165
    assert 4 <= len(rutland.tables.assets) <= 12
    assert assets["placed"].all()
    assert set(assets["district_code"]) == set(gloucestershire.tables.district_names)
    counts = assets["kind"].value_counts(normalize=True)
    for each in MARKET.asset_kinds:
        assert counts[each.kind] == pytest.approx(each.share, abs=0.02)
    towns = ["E07000078", "E07000081"]
    in_towns = assets.groupby("kind")["district_code"].agg(lambda codes: codes.isin(towns).mean())
    assert in_towns["library"] > in_towns["hall"]


class TestReablement:
    def test_the_flow_is_the_sourced_one(self, gloucestershire: County):
        episodes = gloucestershire.tables.reablement
        weekly = episodes.groupby(episodes["referral_date"].dt.to_period("W")).size()
        assert len(weekly) == WEEKS
        assert weekly.between(100, 125).all()
        assert 58 <= episodes["start_date"].notna().sum() / WEEKS <= 66
        assert episodes["start_date"].notna().mean() == pytest.approx(0.55, abs=0.03)

    def test_nobody_stays_longer_than_six_weeks(self, gloucestershire: County):
        episodes = gloucestershire.tables.reablement.dropna(subset=["start_date"])
        stay = (episodes["end_date"] - episodes["start_date"]).dt.days
        assert stay.max() <= 42
        still = episodes[episodes["end_date"].isna()]
        today = pd.Timestamp(gloucestershire.tables.snapshot_date)
        assert len(still) > 50
        assert (today - still["start_date"]).dt.days.max() <= 42
        assert episodes["start_date"].max() < today

    def test_the_91st_day_is_told_once_it_has_come(self, gloucestershire: County):
        episodes = gloucestershire.tables.reablement
        due = episodes["start_date"] < pd.Timestamp(gloucestershire.tables.snapshot_date) - pd.Timedelta("91D")
        assert (episodes["outcome"].notna() == due).all()
        at_home = episodes.loc[due, "outcome"].str.startswith("home_")
        assert at_home.mean() == pytest.approx(0.82, abs=0.03)

    def test_a_small_county_has_its_part(self, rutland: County):
        assert len(rutland.tables.reablement) / WEEKS == pytest.approx(112.5 * 300 / 5000, rel=0.1)


def test_growth_rises_year_by_year_and_faster_among_the_oldest(gloucestershire: County):
    growth = gloucestershire.tables.growth
    table = growth.pivot_table(index=["area_code", "year"], columns="age_band", values="factor")
    year = gloucestershire.tables.snapshot_date.year
    assert sorted(set(growth["year"])) == list(range(year + 1, year + 11))
    assert (table["85plus"] > table["65plus"]).all()
    for _, district in table.groupby("area_code"):
        assert (district.diff().dropna() > 0).all(axis=None)
