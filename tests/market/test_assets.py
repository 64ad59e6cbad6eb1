"""Community assets within reach: on foot by the straight line and a detour, by car by road."""

import numpy as np
import pandas as pd
import pytest

from marketmap.inputs.county import Tables
from marketmap.market.assets import AREA, BARE, NEAR, find_bare_clusters, find_near_assets, measure_assets
from marketmap.market.places import Places, place_postcodes
from marketmap.settings import Settings
from marketmap.travel import RoadNetwork, illustrative_roads
from tests.blocks.small_county import make_street, make_tables

POSTCODES = make_street(30, metres=500.0)
STREET = POSTCODES.index
SETTINGS = Settings()


def make_assets(*rows: tuple[str, object]) -> pd.DataFrame:
    postcodes = [postcode for _, postcode in rows]
    place = POSTCODES.reindex(postcodes)
    return pd.DataFrame(
        {
            "asset_id": [f"A{number}" for number in range(len(rows))],
            "name": "Hall",
            "kind": [kind for kind, _ in rows],
            "postcode": postcodes,
            "easting": place["easting"].to_numpy(),
            "northing": place["northing"].to_numpy(),
            "placed": place["easting"].notna().to_numpy(),
        }
    )


@pytest.fixture(scope="module")
def tables() -> Tables:
    homes = [
        (STREET[0], "U1"),
        (STREET[1], "U2"),
        (STREET[1], "U2"),
        (STREET[4], "U3"),
        (STREET[29], "U4"),
        ("ZZ1 1ZZ", "U5"),
    ]
    packages = [{"postcode": postcode, "person_id": person, "provider_id": "P1"} for postcode, person in homes]
    packages.append({"postcode": STREET[9], "person_id": "U6", "provider_id": "P1", "status": "ended"})
    return make_tables(packages, [{"provider_id": "P1"}], postcodes=POSTCODES)


@pytest.fixture(scope="module")
def places(tables: Tables) -> Places:
    return place_postcodes(tables, settings=SETTINGS)


@pytest.fixture(scope="module")
def network() -> RoadNetwork:
    return illustrative_roads(POSTCODES, settings=SETTINGS.travel)


def test_walking_is_the_straight_line_and_a_detour(tables: Tables) -> None:
    near = find_near_assets(tables.packages, make_assets(("library", STREET[0]), ("hall", STREET[4])), None,
                            settings=SETTINGS)  # fmt: skip
    minutes = near.pivot_table(index="postcode", columns="kind", values="walk_minutes")
    # 500 m × 1.6 at 80 m a minute are ten minutes.
    assert minutes.loc[STREET[1]].to_dict() == pytest.approx({"any": 10.0, "hall": 30.0, "library": 10.0})
    assert minutes.loc[STREET[29], "any"] == pytest.approx(250.0)
    assert near["drive_minutes"].isna().all()
    assert set(near["postcode"]) == {STREET[0], STREET[1], STREET[4], STREET[29]}


def test_people_within_reach_are_counted_once(tables: Tables, places: Places, network: RoadNetwork) -> None:
    assets = make_assets(("library", STREET[0]), ("hall", "ZZ9 9ZZ"))
    near = find_near_assets(tables.packages, assets, network, settings=SETTINGS)
    assert set(near["kind"]) == {"any", "library"}  # the hall has no place
    at = near[near["kind"] == "any"].set_index("postcode")
    assert at.loc[STREET[0], "drive_minutes"] == 0.0
    assert 0 < at.loc[STREET[1], "drive_minutes"] < at.loc[STREET[4], "drive_minutes"]
    table = measure_assets(near, tables.packages, places, by="county", settings=SETTINGS).set_index("kind")
    row = table.loc["any"]
    # U1 and U2 walk 0 and 10 minutes; U3 drives 2 km; U4 lives 14.5 km away.
    assert row[["people", "people_walk", "people_drive"]].tolist() == [4, 2, 3]
    assert (row["walk_share"], row["drive_share"]) == (0.5, 0.75)
    assert row["walk_low"] < 0.5 < row["walk_high"]
    assert tuple(table.reset_index()[list(AREA)].columns) == AREA


def test_exactly_so_many_minutes_are_within_reach(tables: Tables, places: Places) -> None:
    near = find_near_assets(tables.packages, make_assets(("library", STREET[0])), None, settings=SETTINGS)
    near["walk_minutes"] = near["walk_minutes"].replace({near["walk_minutes"].iloc[1]: 15.0})
    table = measure_assets(near, tables.packages, places, by="county", settings=SETTINGS)
    assert table.loc[0, "people_walk"] == 2
    assert table.loc[0, ["people_drive", "drive_share"]].isna().all()  # no roads, no guess


@pytest.mark.parametrize("assets", [None, make_assets(), make_assets(("hall", "ZZ9 9ZZ"))])
def test_without_assets_there_is_nothing(tables: Tables, places: Places, assets: pd.DataFrame | None) -> None:
    near = find_near_assets(tables.packages, assets, None, settings=SETTINGS)
    assert near.empty
    assert tuple(near.columns) == NEAR
    table = measure_assets(near, tables.packages, places, by="county", settings=SETTINGS)
    assert table.empty
    assert tuple(table.columns) == AREA


def test_nobody_is_near_nothing(tables: Tables, places: Places) -> None:
    nobody = tables.packages.iloc[:0]
    near = find_near_assets(nobody, make_assets(("hall", STREET[0])), None, settings=SETTINGS)
    assert measure_assets(near, nobody, places, by="county", settings=SETTINGS).empty


def test_a_cluster_is_bare_when_none_of_its_homes_is_near() -> None:
    near = pd.DataFrame(
        {
            "postcode": ["A", "B", "C", "D", "E", "A"],
            "kind": ["any"] * 5 + ["hall"],
            "walk_minutes": [90.0, 80.0, 90.0, 16.0, 99.0, 1.0],
            "drive_minutes": [10.1, 12.0, 10.0, np.nan, np.inf, 1.0],
        }
    )
    members = pd.DataFrame({"postcode": ["A", "B", "C", "D", "E", "F"], "cluster_id": ["1", "1", "2", "3", "4", "5"]})
    clusters = pd.DataFrame(
        {"cluster_id": ["1", "2", "3", "4", "5"], "centre_postcode": ["A", "C", "D", "E", "F"],
         "packages": [2, 1, 9, 2, 1], "contact_hours": 10.0}
    )  # fmt: skip
    bare = find_bare_clusters(clusters, members, near, settings=SETTINGS)
    assert tuple(bare.columns) == BARE
    assert bare["cluster_id"].tolist() == ["3", "1", "4"]
    assert bare["drive_minutes"].fillna(-1).tolist() == [-1, 10.1, -1]
    assert bare["walk_minutes"].tolist() == [16.0, 80.0, 99.0]
