import numpy as np
import pandas as pd
import pytest

from marketmap.inputs.county import County

PEOPLE_65PLUS = {
    "E07000078": 22890,
    "E07000079": 23664,
    "E07000080": 21813,
    "E07000081": 22115,
    "E07000082": 28227,
    "E07000083": 21109,
}
RURAL = ["E07000079", "E07000080", "E07000082", "E07000083"]


@pytest.fixture(scope="module")
def packages(gloucestershire: County) -> pd.DataFrame:
    return gloucestershire.tables.packages


def test_a_county_has_its_packages_hours_and_visits(packages: pd.DataFrame):
    assert len(packages) == 5000
    assert packages["hours_week"].sum() == pytest.approx(63_000, rel=0.03)
    assert packages["visits_week"].sum() == pytest.approx(109_000, rel=0.03)
    people = packages.groupby("person_id")["hours_week"].sum()
    assert people.mean() == pytest.approx(12.6, rel=0.05)
    assert people.skew() > 0.3


def test_visit_lengths_have_the_published_mix(packages: pd.DataFrame):
    visits = packages.groupby("visit_minutes")["visits_week"].sum()
    mix = visits.reindex([15, 30, 45, 60]) / visits.reindex([15, 30, 45, 60]).sum()
    assert mix.to_numpy() == pytest.approx(np.array([18, 835, 209, 97]) / 1159, abs=0.004)
    hours = packages["visits_week"] * packages["visit_minutes"] / 60
    assert packages["hours_week"].to_numpy() == pytest.approx(hours.to_numpy())


def test_packages_follow_the_people_aged_65_and_over(packages: pd.DataFrame):
    share = packages["district_code"].value_counts(normalize=True)
    for code, people in PEOPLE_65PLUS.items():
        assert share[code] == pytest.approx(people / sum(PEOPLE_65PLUS.values()), abs=0.002)


def test_demand_is_spread_over_many_postcodes_with_one_scheme(packages: pd.DataFrame):
    assert 3_500 <= packages["postcode"].nunique() <= 4_500
    hours = packages.groupby("postcode")["hours_week"].sum()
    schemes = hours.index[hours > 150]
    assert len(schemes) == 1
    scheme = packages[packages["service_type"] == "extra_care"]
    assert set(scheme["postcode"]) == set(schemes)
    assert len(scheme["provider_id"].dropna().unique()) == 1


def test_every_kind_of_service_and_funding_is_there(packages: pd.DataFrame):
    kinds = packages["service_type"].value_counts()
    assert {"home_care", "reablement", "extra_care", "live_in", "waking_night", "sleep_in", "sitting"} == set(
        kinds.index
    )
    assert 2 <= kinds["live_in"] <= 10
    assert {"council", "chc", "joint", "s117", "direct_payment", "self_funded"} == set(packages["funding"])
    assert packages["carers_required"].eq(2).mean() == pytest.approx(0.08, abs=0.002)
    double = packages["needs"].str.contains("double_handed").fillna(value=False)
    assert (double == packages["carers_required"].eq(2)).all()


def test_second_packages_belong_to_people_with_home_care_at_the_same_place(packages: pd.DataFrame):
    second = packages[packages["service_type"].isin(["sitting", "waking_night", "sleep_in"])]
    main = packages[packages["service_type"] == "home_care"]
    both = second.merge(main, on="person_id", suffixes=("", "_main"))
    assert len(both) == len(second)
    assert (both["postcode"] == both["postcode_main"]).all()


def test_about_four_in_a_hundred_wait_and_longer_in_the_rural_districts(gloucestershire: County):
    tables = gloucestershire.tables
    waiting = tables.packages[tables.packages["status"] == "waiting"]
    assert len(waiting) / len(tables.packages) == pytest.approx(0.04, abs=0.002)
    assert waiting["provider_id"].isna().all()
    assert waiting["price_hour"].isna().all()
    assert "hospital" in set(waiting["waiting_where"])
    days = (pd.Timestamp(tables.snapshot_date) - waiting["ready_date"]).dt.days
    by_district = days.groupby(waiting["district_code"]).mean()
    assert by_district[RURAL].min() > 1.4 * by_district.drop(RURAL).max()
    # Those who are served by now waited longer there too.
    served = tables.packages.dropna(subset=["start_date", "ready_date", "district_code"])
    assert (served["ready_date"] <= served["start_date"]).all()
    assert (served["request_date"] <= served["ready_date"]).all()
    waited = (served["start_date"] - served["ready_date"]).dt.days
    by_district = waited.groupby(served["district_code"]).mean()
    assert by_district[RURAL].min() > 1.4 * by_district.drop(RURAL).max()


def test_a_few_packages_may_not_be_moved_and_say_why(packages: pd.DataFrame):
    fixed = packages["do_not_move"].astype(bool)
    assert 0.02 <= fixed.mean() <= 0.04
    assert packages.loc[fixed, "do_not_move_reason"].notna().all()
    assert packages.loc[~fixed, "do_not_move_reason"].isna().all()
    dying = packages["do_not_move_reason"] == "end_of_life"
    assert packages.loc[dying, "needs"].str.contains("end_of_life").all()


def test_a_planted_few_cannot_be_placed(gloucestershire: County):
    unplaced = gloucestershire.tables.unplaced
    assert len(unplaced) == 4
    assert set(unplaced["table"]) == {"packages"}
    assert set(unplaced["reason"]) == {"not in the directory"}


def test_prices_rise_from_town_to_deep_country(gloucestershire: County):
    packages = gloucestershire.tables.packages.dropna(subset=["price_hour", "easting"])
    assert packages["price_hour"].between(22, 33).all()
    assert packages["price_hour"].min() < 23.5
    assert packages["price_hour"].max() > 31
    postcodes = gloucestershire.tables.county_postcodes
    in_sector = postcodes.groupby("sector")["easting"].agg(["size", np.ptp])
    sparse = in_sector["size"] / in_sector["ptp"]
    sector_price = packages.groupby("sector")["price_hour"].mean()
    assert sector_price.corr(sparse.reindex(sector_price.index), method="spearman") < -0.5
    held = packages.groupby("provider_id")["price_hour"].mean()
    assert held.std() > 0.5
