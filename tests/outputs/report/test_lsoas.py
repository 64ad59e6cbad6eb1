"""Reports with real LSOAs: the published class decides what is rural, and LSOAs go by their names."""

import gzip
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from marketmap.outputs.files.record import read_record
from marketmap.outputs.report.run import run_report
from tests.outputs.factory import write_county

REAL = Path(__file__).resolve().parents[3].parent / "shared" / "real" / "gloucestershire"
TEWKESBURY = "E07000083"

pytestmark = pytest.mark.skipif(not REAL.exists(), reason="needs the real data: ../shared/real/gloucestershire")


@pytest.fixture(scope="module")
def classes() -> pd.DataFrame:
    return pd.read_csv(REAL / "lsoa21_attributes.csv").set_index("lsoa21")


@pytest.fixture(scope="module")
def county(classes: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_county(tmp_path_factory.mktemp("lsoas") / "county", codes=(TEWKESBURY,))
    shapes = gpd.read_file(REAL / "lsoa21.geojson")
    shapes = shapes[shapes["lad"] == TEWKESBURY]
    areas = gpd.GeoDataFrame(
        {
            "area_code": shapes["lsoa21"],
            "area_name": shapes["name"],
            "area_type": "lsoa",
            "rural_urban": shapes["lsoa21"].map(classes["ruc21"]),
            "people_65plus": shapes["lsoa21"].map(classes["pop21_65plus"]),
        },
        geometry=shapes.geometry,
    )
    areas.to_file(folder / "areas.geojson", driver="GeoJSON")
    return folder


@pytest.fixture(scope="module")
def out(county: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports") / "out"
    run_report("report", county, folder)
    return folder


@pytest.fixture(scope="module")
def demand(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "internal" / "demand_areas.csv")


def test_rural_is_what_the_published_class_says(
    county: Path, out: Path, demand: pd.DataFrame, classes: pd.DataFrame
) -> None:
    assert any('begins with "R"' in note for note in read_record(out).notes)
    with gzip.open(REAL / "postcodes_live.csv.gz") as file:
        lsoas = pd.read_csv(file).set_index("postcode")["lsoa21"]
    packages = pd.read_csv(county / "packages.csv")
    ruc = packages["postcode"].map(lsoas).map(classes["ruc21"]).dropna()
    counted = demand[demand["level"] == "rural"].set_index("area_code")["packages"]
    # Postcodes no longer live have no LSOA to compare with.
    assert counted["rural"] >= ruc.str.startswith("R").sum() > 0
    assert counted["urban"] >= ruc.str.startswith("U").sum() > 0
    assert counted.sum() <= len(packages)


def test_lsoas_are_named(demand: pd.DataFrame) -> None:
    lsoas = demand[(demand["level"] == "lsoa") & (demand["area_code"] != "unplaced")]
    assert len(lsoas) > 20
    assert lsoas["area_name"].str.fullmatch(r"Tewkesbury \d{3}[A-Z]").all()


def test_hours_a_thousand_residents_rest_on_the_given_people(demand: pd.DataFrame, classes: pd.DataFrame) -> None:
    given = classes.loc[classes["lad"] == TEWKESBURY, "pop21_65plus"].sum()
    whole = demand[demand["level"] == "county"].iloc[0]
    assert whole["people_65plus"] == pytest.approx(given)
