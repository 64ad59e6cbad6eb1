import numpy as np
import pandas as pd
import pytest

from marketmap.inputs.county import County

CQC_2025 = {
    "E07000078": 29,
    "E07000079": 23,
    "E07000080": 15,
    "E07000081": 91,
    "E07000082": 25,
    "E07000083": 23,
}
RATINGS_2025 = {"Good": 105, "Not rated": 77, "Requires improvement": 13, "Outstanding": 10, "Inadequate": 1}


@pytest.fixture(scope="module")
def providers(gloucestershire: County) -> pd.DataFrame:
    return gloucestershire.tables.providers


@pytest.fixture(scope="module")
def held(gloucestershire: County) -> pd.DataFrame:
    packages = gloucestershire.tables.packages.dropna(subset=["provider_id"])
    company = gloucestershire.tables.providers.set_index("provider_id")["company_id"]
    return packages.assign(company_id=packages["provider_id"].map(company))


def test_registered_locations_lie_where_cqc_counts_them(providers: pd.DataFrame):
    assert len(providers) == 200
    counts = providers["district_code"].value_counts()
    for code, locations in CQC_2025.items():
        assert abs(counts[code] - locations * 200 / 206) <= 1
    ratings = providers["cqc_rating"].value_counts()
    for rating, locations in RATINGS_2025.items():
        assert abs(ratings[rating] - locations * 200 / 206) <= 1


def test_seventy_contracted_companies_hold_nearly_everything(providers: pd.DataFrame, held: pd.DataFrame):
    contracted = providers[providers["on_framework"].astype(bool)]
    assert contracted["company_id"].nunique() == 70
    assert len(contracted) > 70
    hours = held.groupby("company_id")["hours_week"].sum()
    assert hours.reindex(contracted["company_id"].unique()).notna().mean() > 0.95
    others = providers[~providers["company_id"].isin(contracted["company_id"])]
    working = others["provider_id"].isin(held["provider_id"])
    assert 0 < working.mean() < 0.12
    assert hours[contracted["company_id"].unique()].sum() > 0.98 * hours.sum()


def test_the_twenty_largest_hold_about_two_thirds(held: pd.DataFrame):
    hours = held.groupby("company_id")["hours_week"].sum().sort_values(ascending=False)
    assert 0.60 <= hours.iloc[:20].sum() / hours.sum() <= 0.73


def test_participating_capacity_is_sixty_five_per_cent_of_demand(gloucestershire: County):
    tables = gloucestershire.tables
    joined = tables.participation["provider_id"].unique()
    carer_hours = tables.packages["hours_week"] * tables.packages["carers_required"].astype(float)
    delivered = carer_hours[tables.packages["provider_id"].isin(joined)].sum()
    room = tables.providers.set_index("provider_id").loc[joined, ["hours_spare_week", "max_growth_hours_13w"]]
    assert (delivered + room.to_numpy().sum()) / carer_hours.sum() == pytest.approx(0.65, abs=0.015)
    suspended = tables.providers[tables.providers["placements_suspended"].astype(bool)]
    assert len(suspended) > 0
    assert not suspended["provider_id"].isin(joined).any()


def test_some_take_part_anywhere_some_in_districts_and_some_in_sectors(gloucestershire: County):
    tables = gloucestershire.tables
    areas = tables.areas.set_index("area_code")["area_type"]
    rows = tables.participation
    assert rows["area_code"].isna().sum() > 10
    assert set(areas[rows["area_code"].dropna()]) == {"district", "sector"}
    says = rows.groupby("provider_id")["max_block_hours"].agg(lambda hours: hours.notna().mean())
    assert set(says) == {0.0, 1.0}
    assert (rows["valid_from"] <= pd.Timestamp(tables.snapshot_date)).all()


def test_providers_offer_what_their_packages_need(providers: pd.DataFrame, held: pd.DataFrame):
    services = providers.set_index("provider_id")["services"].fillna("").str.split(";").map(set)
    needs = held["needs"].fillna("").str.split(";").map(lambda words: {word for word in words if word})
    offered = [need <= services[provider] for need, provider in zip(needs, held["provider_id"], strict=True)]
    assert all(offered)
    assert providers["services"].nunique() > 5


def test_names_are_plainly_made_up(providers: pd.DataFrame):
    assert providers["provider_name"].str.fullmatch(r"Care company \d{3}(, branch \d)?").all()
    assert providers["provider_name"].is_unique
    assert providers["cqc_location_id"].str.startswith("1-000").all()


def test_two_small_blocks_are_let_to_providers_at_work_there(gloucestershire: County):
    tables = gloucestershire.tables
    assert len(tables.blocks) == 2
    assert set(tables.blocks["provider_id"]) <= set(tables.participation["provider_id"])
    placeable = tables.packages[
        tables.packages["service_type"].isin(["home_care", "sitting"])
        & tables.packages["funding"].isin(["council", "chc", "joint", "s117"])
        & tables.packages["status"].isin(["active", "waiting"])
    ]
    zones = []
    for block in tables.blocks.itertuples():
        ground = tables.block_areas[tables.block_areas["block_id"] == block.block_id]
        postcodes = tables.county_postcodes
        zone = postcodes.index.isin(ground["postcode"].dropna()) | postcodes["sector"].isin(ground["sector"].dropna())
        zones.append(set(postcodes.index[zone]))
        inside = placeable[placeable["postcode"].isin(zones[-1])]
        own = inside[inside["provider_id"] == block.provider_id]
        assert 80 <= inside["hours_week"].sum() <= 200
        assert 0 <= own["hours_week"].sum() - block.guaranteed_hours_week < 5
        # New work in a let block goes to whoever holds it.
        new = inside[(inside["start_date"] >= block.start_date) & (inside["status"] == "active")]
        assert (new["provider_id"] == block.provider_id).all()
    assert not zones[0] & zones[1]


def test_a_small_county_has_few_companies(rutland: County):
    tables = rutland.tables
    assert len(tables.packages) == 300
    contracted = tables.providers[tables.providers["on_framework"].astype(bool)]
    assert 8 <= contracted["company_id"].nunique() <= 10
    assert np.isin(tables.packages["provider_id"].dropna(), tables.providers["provider_id"]).all()
