"""What the first page says about the roads, and when it warns."""

from __future__ import annotations

import datetime as dt
import re

import pandas as pd
import pytest

from marketmap.inputs.county import read_county
from marketmap.outputs.runs.road_notes import describe_roads, note_road_ends, note_roads, places_with_packages
from marketmap.settings import TravelSettings
from marketmap.travel import RoadNetwork, illustrative_roads, read_roads
from tests.outputs.factory import RUTLAND, postcodes_of, write_county
from tests.spine.conftest import RUTLAND_ROADS

ROADS = {
    "file": "rutland.osm.pbf",
    "date": "2022-07-20T20:21:22Z",
    "mode": "drive",
    "scenario": "offpeak",
    "cut_off_parts": "61",
    "cut_off_km": "25.7",
}


@pytest.fixture(scope="module")
def network() -> RoadNetwork:
    if not RUTLAND_ROADS.is_file():
        pytest.skip("needs the real data: ../shared/real/rutland is not there")
    return read_roads(RUTLAND_ROADS)


def test_the_roads_in_a_line() -> None:
    assert describe_roads(ROADS, snapshot_date=dt.date(2026, 9, 28)) == (
        "Roads: rutland.osm.pbf, map of 2022-07-20 (4 years older than the data: new estates and roads are not on it), "
        "off-peak, by car; 25.7 km in 61 parts cannot be reached and are left out."
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"date": "2024-09-29"}, "map of 2024-09-29, off-peak"),
        ({"date": "2027-01-01"}, "map of 2027-01-01, off-peak"),
        ({"date": "2024-09-26"}, "map of 2024-09-26 (2 years older"),
        ({"date": ""}, "a map of unknown date"),
        ({"scenario": "school_run"}, 'in the scenario "school_run", by car'),
        ({"mode": "walk"}, "map of 2026-01-01, on foot;"),
        ({"cut_off_parts": "1", "cut_off_km": "0.1"}, "0.1 km in 1 part cannot be reached and is left out."),
        ({"cut_off_parts": "0", "cut_off_km": "0.0"}, "every road can be reached."),
    ],
)
def test_the_line_follows_the_facts(changes: dict[str, str], said: str) -> None:
    line = describe_roads(ROADS | {"date": "2026-01-01"} | changes, snapshot_date=dt.date(2026, 9, 28))
    assert said in line


def test_an_extract_cut_at_the_border_is_warned_of_and_one_with_a_margin_is_not(network: RoadNetwork) -> None:
    county = postcodes_of(RUTLAND)
    warning = note_road_ends(network, county)
    assert warning.startswith("The road file ends at 20 main roads within 3 km of ")
    assert f"of the county's {len(county):,} postcodes" in warning
    assert "Take an extract with some kilometres around the county." in warning
    # First pages lie outside internal/: a sector may stand there, a postcode with a package may not.
    assert re.search(r", in [A-Z]{2}\d+ \d\)", warning)
    assert not any(postcode in warning for postcode in county.index)
    middle = county[county["easting"].between(485_000, 492_000) & county["northing"].between(303_000, 312_000)]
    assert len(middle) > 500
    assert note_road_ends(network, middle) == ""
    # A few places near the edge are no reason to alarm everybody.
    rim = county[county["easting"] > 503_000].head(len(middle) // 50)
    assert len(rim) > 0
    assert note_road_ends(network, pd.concat([middle, rim])) == ""
    assert note_road_ends(network, county.iloc[:0]) == ""


def test_a_countys_notes_are_about_its_own_postcodes_with_packages(
    network: RoadNetwork, tmp_path_factory: pytest.TempPathFactory
) -> None:
    county = read_county(write_county(tmp_path_factory.mktemp("notes") / "county"))
    tables = county.tables
    line, warning = note_roads(tables, network)
    assert line.startswith(f"Roads: {RUTLAND_ROADS.name}, map of 2022-07-20 (4 years older")
    places = places_with_packages(tables)
    assert f"of the county's {len(places):,} postcodes with packages" in warning
    assert set(places.index) == set(tables.packages.loc[tables.packages["placed"], "postcode"])
    made_up = illustrative_roads(tables.county_postcodes.head(200), settings=TravelSettings())
    assert note_roads(tables, made_up) == []
