"""Where postcodes lie: areas by their outlines, rural by class or by density, residents summed where they nest."""

import dataclasses
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from marketmap.errors import MarketError
from marketmap.inputs import County
from marketmap.inputs.county import Tables
from marketmap.market.places import area_codes, join_places, name_areas, name_squares, place_postcodes, residents_of
from marketmap.settings import MarketSettings, Settings
from tests.blocks.small_county import DISTRICT, make_street, make_tables

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "real" / "gloucestershire"
EAST, NORTH = 480_000.0, 310_000.0


def make_areas(rows: list[dict[str, object]]) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(rows)
    for name in ("rural_urban", "people_65plus", "people_85plus"):
        if name not in frame:
            frame[name] = pd.NA
    frame["area_name"] = frame.get("area_name", frame["area_code"])
    return gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:27700")


def make_place(areas: gpd.GeoDataFrame | None = None, *, count: int = 20) -> Tables:
    """Lay out a street of postcodes, a kilometre apart, with one package at the first."""
    postcodes = make_street(count)
    tables = make_tables([{"postcode": postcodes.index[0], "provider_id": "P1"}], [{"provider_id": "P1"}],
                         postcodes=postcodes)  # fmt: skip
    return dataclasses.replace(tables, areas=areas)


def span(first: float, last: float) -> object:
    """Draw a strip over the street between two kilometres."""
    return box(EAST + first * 1000, NORTH - 500, EAST + last * 1000, NORTH + 500)


def test_a_postcode_lies_in_the_area_round_it_or_just_beside_it() -> None:
    areas = make_areas(
        [
            {"area_code": "L1", "area_type": "lsoa", "geometry": span(-0.5, 1.5)},
            {"area_code": "L2", "area_type": "lsoa", "geometry": span(2.05, 3.5)},  # 50 m beyond the third postcode
            {"area_code": "L3", "area_type": "lsoa", "geometry": span(4.2, 6.0)},  # 200 m beyond the fifth
            {"area_code": "W1", "area_type": "ward", "geometry": span(-0.5, 3.0)},
            {"area_code": "W2", "area_type": "ward", "geometry": span(3.0, 9.0)},  # the fourth lies on both outlines
        ]
    )
    places = place_postcodes(make_place(areas), settings=Settings())
    lsoa = places.of["lsoa"].tolist()
    assert lsoa[:4] == ["L1", "L1", "L2", "L2"]
    assert pd.isna(lsoa[4])
    assert lsoa[5:7] == ["L3", "L3"]
    assert places.of["ward"].tolist()[:5] == ["W1", "W1", "W1", "W1", "W2"]
    assert places.levels == ("lsoa", "sector", "ward", "district_code")


def test_sector_and_district_are_the_postcodes_own() -> None:
    areas = make_areas(
        [
            {"area_code": "XX1 1", "area_type": "sector", "geometry": span(-5, 50)},
            {"area_code": "E99", "area_type": "district", "geometry": span(-5, 50)},
        ]
    )
    tables = make_place(areas)
    places = place_postcodes(tables, settings=Settings())
    assert places.of["sector"].tolist() == tables.county_postcodes["sector"].tolist()
    assert set(places.of["district_code"]) == {DISTRICT}


@pytest.mark.parametrize(
    ("text", "rural"),
    [("RLF1", True), ("Rural: nearer to a major town or city", True), ("rural village", True), ("UN1", False)],
)
def test_a_class_that_begins_with_r_is_rural(text: str, rural: bool) -> None:
    areas = make_areas(
        [{"area_code": "L1", "area_type": "lsoa", "geometry": span(-1, 50), "rural_urban": f" {text} "},
         {"area_code": "E1", "area_type": "district", "geometry": span(-1, 50), "rural_urban": "Urban"}]
    )  # fmt: skip
    places = place_postcodes(make_place(areas), settings=Settings())
    assert places.of["rural"].tolist() == [rural] * 20
    assert set(places.of["rural_urban"]) == {text}
    assert "(lsoa)" in places.rural_basis
    assert "approximate" not in places.rural_basis.lower()


def test_a_class_that_is_neither_is_told() -> None:
    areas = make_areas([{"area_code": "L1", "area_type": "lsoa", "geometry": span(-1, 50), "rural_urban": "D1"}])
    assert "D1" in place_postcodes(make_place(areas), settings=Settings()).rural_basis


def test_without_classes_rural_is_by_density_and_says_so() -> None:
    # Ten postcodes to a sector: one each kilometre here, and ten on one spot each 20 m there.
    street = make_street(30)
    street.iloc[20:, street.columns.get_loc("easting")] = 520_000.0 + 20 * np.arange(10)
    tables = dataclasses.replace(make_place(count=30), county_postcodes=street)
    places = place_postcodes(tables, settings=Settings())
    rural = places.of["rural"].astype(bool).groupby(places.of["sector"]).agg(["min", "max"])
    assert rural.loc[["LE15 0", "LE15 1"]].to_numpy().all()
    assert not rural.loc["LE15 2"].any()
    assert "approximate" in places.rural_basis.lower()
    assert "terminated" in places.rural_basis  # `live` is unknown here
    assert set(places.of["rural_urban"]) == {"rural", "urban"}
    nowhere = dataclasses.replace(Settings(), market=MarketSettings(rural_postcodes_km2=1e-9))
    assert not place_postcodes(tables, settings=nowhere).of["rural"].any()


def test_terminated_postcodes_do_not_make_a_place_urban() -> None:
    street = make_street(30)
    street.iloc[20:, street.columns.get_loc("easting")] = 520_000.0 + 20 * np.arange(10)
    street["live"] = pd.array([True] * 20 + [False] * 9 + [True], dtype="boolean")
    tables = dataclasses.replace(make_place(count=30), county_postcodes=street)
    places = place_postcodes(tables, settings=Settings())
    assert places.of["rural"].all()
    assert "live postcodes" in places.rural_basis


def test_only_part_of_the_county_has_a_class() -> None:
    areas = make_areas([{"area_code": "L1", "area_type": "lsoa", "geometry": span(-1, 9.5), "rural_urban": "UN1"}])
    places = place_postcodes(make_place(areas), settings=Settings())
    assert places.of["rural"].tolist() == [False] * 10 + [True] * 10
    assert "Approximate for 50% of postcodes" in places.rural_basis


def test_residents_are_summed_where_areas_nest_and_only_from_whole_ones() -> None:
    def with_people(last: object) -> pd.DataFrame:
        rows = [
            {"area_code": "L1", "area_type": "lsoa", "geometry": span(-1, 9.5), "rural_urban": "R",
             "people_65plus": 100, "people_85plus": 10},
            {"area_code": "L2", "area_type": "lsoa", "geometry": span(9.5, 30), "rural_urban": "U",
             "people_65plus": 300, "people_85plus": last},
        ]  # fmt: skip
        tables = make_place(make_areas(rows))
        places = place_postcodes(tables, settings=Settings())
        return places.residents.set_index(["level", "area_code"])

    known = with_people(30)
    assert known.loc[("county", "county")].tolist() == [400.0, 40.0]
    assert known.loc[("district_code", DISTRICT)].tolist() == [400.0, 40.0]
    assert known.loc[("rural", "rural"), "people_65plus"] == 100.0
    assert known.loc[("rural_urban", "U"), "people_65plus"] == 300.0
    assert "sector" not in known.index.get_level_values("level")  # sectors cut across census areas
    assert np.isnan(with_people(None).loc[("county", "county"), "people_85plus"])


def test_residents_that_are_not_known_are_missing() -> None:
    places = place_postcodes(make_place(), settings=Settings())
    assert places.residents.empty
    codes = pd.Series([DISTRICT, "unplaced"])
    assert residents_of(places, by="district_code", codes=codes)["people_65plus"].isna().all()


def test_rows_take_the_areas_of_their_postcode() -> None:
    tables = make_place()
    places = place_postcodes(tables, settings=Settings())
    frame = pd.DataFrame({"postcode": [tables.county_postcodes.index[15], "ZZ1 1ZZ", pd.NA], "sector": "old"})
    joined = join_places(frame, places)
    assert joined["sector"].tolist()[0] == "LE15 1"
    assert joined["sector"].isna().tolist() == [False, True, True]
    assert area_codes(joined, by="county").tolist() == ["county"] * 3
    assert area_codes(joined, by="rural").tolist()[0] == "rural"
    with pytest.raises(MarketError, match='no areas "lsoa"'):
        area_codes(joined, by="lsoa")


def test_areas_have_names() -> None:
    places = place_postcodes(make_place(), settings=Settings())
    frame = pd.DataFrame({"level": ["district_code", "sector"], "area_code": [DISTRICT, "unplaced"], "n": [1, 2]})
    named = name_areas(frame, places)
    assert list(named.columns) == ["level", "area_code", "area_name", "n"]
    assert named["area_name"].tolist() == ["Rutland", "unplaced"]


def test_squares_are_of_the_grid() -> None:
    tables = make_place()
    places = place_postcodes(tables, settings=Settings())
    postcodes = pd.Series([*tables.county_postcodes.index[:2], "ZZ1 1ZZ"])
    assert name_squares(postcodes, places, metres=1000).tolist()[:2] == ["480 310", "481 310"]
    assert name_squares(postcodes, places, metres=5000).tolist()[:2] == ["96 62", "96 62"]
    assert name_squares(postcodes, places, metres=1500).tolist()[:2] == ["320 206", "320 206"]
    assert name_squares(postcodes, places, metres=1000).isna().tolist() == [False, False, True]


def test_a_county_without_postcodes_has_no_places() -> None:
    tables = make_place()
    none = dataclasses.replace(tables, county_postcodes=tables.county_postcodes.iloc[:0],
                               packages=tables.packages.iloc[:0], providers=tables.providers.iloc[:0])  # fmt: skip
    places = place_postcodes(none, settings=Settings())
    assert places.of.empty
    assert join_places(tables.packages, places)["sector"].isna().all()


@pytest.mark.slow
def test_real_lsoas_place_every_postcode(gloucestershire: County) -> None:
    if not REAL.exists():
        pytest.skip("the real LSOAs of Gloucestershire are not beside the project (../shared/real)")
    shapes = gpd.read_file(REAL / "lsoa21.geojson").to_crs("EPSG:27700")
    facts = pd.read_csv(REAL / "lsoa21_attributes.csv").set_index("lsoa21")
    of = shapes["lsoa21"]
    areas = gpd.GeoDataFrame(
        {
            "area_code": of, "area_name": shapes["name"], "area_type": "lsoa", "rural_urban": of.map(facts["ruc21"]),
            "people_65plus": of.map(facts["pop21_65plus"]).astype(float),
            "people_85plus": of.map(facts["est20_85plus"]).astype(float),
        },
        geometry=shapes.geometry,
    )  # fmt: skip
    tables = dataclasses.replace(gloucestershire.tables, areas=areas)
    places = place_postcodes(tables, settings=gloucestershire.settings)
    own = places.of.loc[tables.county_postcodes.index]
    assert own["lsoa"].notna().mean() > 0.999
    theirs = pd.read_csv(REAL / "postcodes_live.csv.gz").set_index("postcode")["lsoa21"]
    both = own.join(theirs.rename("theirs"), how="inner").dropna(subset=["lsoa"])
    assert (both["lsoa"] == both["theirs"]).mean() > 0.98  # 39 of the outlines are coarser than those it was found with
    assert 0.25 < own["rural"].astype(float).mean() < 0.40
    total = places.residents.query("level == 'county'")["people_65plus"].sum()
    assert total == pytest.approx(facts["pop21_65plus"].sum())
    # Without any class the density of sectors tells the same for most postcodes.
    dense = place_postcodes(dataclasses.replace(tables, areas=None), settings=gloucestershire.settings)
    assert (dense.of["rural"].loc[own.index] == own["rural"]).mean() > 0.85
