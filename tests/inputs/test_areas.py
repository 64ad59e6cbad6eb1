"""Sector and district areas drawn from postcodes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from marketmap.errors import OutputError, PostcodeError
from marketmap.inputs.areas import (
    OPEN_METRES,
    approximate_areas,
    make_areas,
    postcode_cells,
    write_areas,
)
from marketmap.inputs.postcodes import PostcodeDirectory, load_directory

ROOT = Path(__file__).parents[2]
LAD = ROOT.parent / "shared" / "real" / "gloucestershire" / "lad.geojson"
GLOUCESTERSHIRE = tuple(f"E070000{number}" for number in range(78, 84))
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


def areas_of(kind: str, directory: PostcodeDirectory, codes: Sequence[str]) -> gpd.GeoDataFrame:
    """Draw the districts or the sectors alone."""
    both = approximate_areas(directory, codes)
    return both[both["area_type"] == kind].reset_index(drop=True)


def make_directory(rows: list[tuple[str, float, float, str]], *, terminated: tuple[str, ...] = ()) -> PostcodeDirectory:
    frame = pd.DataFrame(rows, columns=["postcode", "easting", "northing", "district_code"]).set_index("postcode")
    frame = frame.astype({"easting": float, "northing": float, "district_code": "str"}).sort_index()
    frame["live"] = pd.array([None] * len(frame), dtype="boolean")
    frame.loc[list(terminated), "live"] = False
    return PostcodeDirectory(frame, "made by hand")


def lattice(size: int = 10, step: float = 500.0) -> list[tuple[str, float, float, str]]:
    """A square country: district W in the west, E in the middle, another council's in the east."""
    rows = []
    for column in range(size):
        district = "W" if column < size // 2 else "E" if column < size - 2 else "OTHER"
        for row in range(size):
            sector = f"GL{1 if row < size // 2 else 2} {1 if column < size // 2 else 2}"
            name = f"{sector}{LETTERS[column]}{LETTERS[row]}"
            rows.append((name, 400_000 + column * step, 200_000 + row * step, district))
    return rows


def assert_coverage(areas: gpd.GeoDataFrame) -> None:
    assert areas.is_valid.all()
    assert not areas.is_empty.any()
    assert areas.area.sum() == pytest.approx(areas.union_all().area, rel=1e-9)


def test_a_cell_ends_half_way_to_the_neighbours_over_the_border_too() -> None:
    cells = postcode_cells(make_directory(lattice()).frame, district_codes=["W", "E"])
    assert cells.crs == "EPSG:27700"
    assert cells.index.name == "postcode"
    assert len(cells) == 80
    inner = cells.loc["GL1 1BB"]
    assert inner.geometry.equals(shapely.box(400_250, 200_250, 400_750, 200_750))
    # the last column of E ends half way to the other council's first
    east = cells.loc["GL1 2JE"].geometry
    assert east.bounds[2] == pytest.approx(403_750)


def test_cells_stop_near_the_coast() -> None:
    cells = postcode_cells(make_directory(lattice()).frame, district_codes=["W", "E"])
    land = shapely.MultiPoint([(row[1], row[2]) for row in lattice()]).convex_hull
    assert cells.union_all().within(land.buffer(1500))
    assert cells.union_all().contains(land.intersection(shapely.box(400_000, 200_000, 403_700, 204_500)))


def test_a_moor_with_postcodes_all_round_is_shared_out() -> None:
    ring = [
        (
            f"GL1 1{LETTERS[at // 20]}{LETTERS[at % 20]}",
            400_000 + 5000 * np.cos(angle),
            200_000 + 5000 * np.sin(angle),
            "W",
        )
        for at, angle in enumerate(np.linspace(0, 2 * np.pi, 80, endpoint=False))
    ]
    assert OPEN_METRES < 5000
    (area,) = areas_of("district", make_directory(ring), ["W"]).geometry
    assert area.contains(shapely.Point(400_000, 200_000))
    assert len(area.interiors) == 0


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.sampled_from("WEO")), min_size=1, max_size=60),
    st.integers(1, 400),
)
def test_cells_partition_the_county_and_hold_their_postcodes(places: list[tuple[int, int, str]], step: int) -> None:
    rows = [
        (f"GL{at % 3} {at % 7}{LETTERS[at // 20]}{LETTERS[at % 20]}", 400_000 + x * step, 200_000 + y * step, district)
        for at, (x, y, district) in enumerate(places)
    ]
    directory = make_directory(rows)
    codes = sorted({row[3] for row in rows} - {"O"})
    if not codes:
        with pytest.raises(PostcodeError):
            postcode_cells(directory.frame, district_codes=["W", "E"])
        return
    cells = postcode_cells(directory.frame, district_codes=codes)
    assert sorted(cells.index) == sorted(row[0] for row in rows if row[3] in codes)
    assert_coverage(cells.drop_duplicates("cell"))
    frame = directory.frame.loc[cells.index]
    points = shapely.points(frame["easting"], frame["northing"])
    assert shapely.distance(cells.geometry.array, points).max() < 1e-6
    for kind in (areas_of(name, directory, codes) for name in ("sector", "district")):
        if len(kind):
            assert_coverage(kind)


def test_postcodes_at_one_point_share_a_cell_of_the_commonest_sector() -> None:
    rows = [
        ("GL1 1AA", 400_000, 200_000, "W"),
        ("GL1 1AB", 400_000, 200_000, "W"),
        ("GL2 9AA", 400_000, 200_000, "W"),
        ("GL2 9AB", 401_000, 200_000, "W"),
    ]
    cells = postcode_cells(make_directory(rows).frame, district_codes=["W"])
    assert cells["cell"].nunique() == 2
    assert cells.loc["GL2 9AA", "sector"] == "GL1 1"
    assert cells.loc["GL2 9AA", "geometry"].equals(cells.loc["GL1 1AA", "geometry"])
    assert cells.drop_duplicates("cell").area.sum() == pytest.approx(cells.union_all().area)


def test_a_sector_outvoted_everywhere_still_gets_an_area() -> None:
    rows = [
        (f"GL1 1A{letter}", 400_000 + 1000 * at, 200_000, "W")
        for at in range(2)
        for letter in LETTERS[2 * at : 2 * at + 2]
    ]
    rows.append(("GL1 9AA", 401_000, 200_000, "W"))
    sectors = areas_of("sector", make_directory(rows), ["W"]).set_index("area_code")
    assert sectors.index.tolist() == ["GL1 1", "GL1 9"]
    assert sectors.geometry["GL1 9"].contains(shapely.Point(401_000, 200_000))
    assert sectors.geometry["GL1 1"].contains(shapely.Point(400_000, 200_000))


def test_terminated_postcodes_draw_nothing() -> None:
    rows = [("GL1 1AA", 400_000, 200_000, "W"), ("GL1 1AB", 401_000, 200_000, "W"), ("GL5 5AA", 400_500, 200_000, "W")]
    assert areas_of("sector", make_directory(rows, terminated=("GL5 5AA",)), ["W"])["area_code"].tolist() == ["GL1 1"]


def test_areas_carry_names_kinds_and_the_word_approximate() -> None:
    areas = approximate_areas(make_directory(lattice()), ["W", "E"], names={"W": "Westshire"})
    assert areas.columns.tolist() == ["area_code", "area_name", "area_type", "approximate", "geometry"]
    assert areas["area_code"].tolist() == ["E", "W", "GL1 1", "GL1 2", "GL2 1", "GL2 2"]
    assert areas["area_name"].tolist() == ["E", "Westshire", "GL1 1", "GL1 2", "GL2 1", "GL2 2"]
    assert areas["area_type"].tolist() == ["district"] * 2 + ["sector"] * 4
    assert areas["approximate"].tolist() == [True] * 6
    assert areas.crs == "EPSG:27700"
    districts, sectors = (areas[areas["area_type"] == kind] for kind in ("district", "sector"))
    assert_coverage(districts)
    assert_coverage(sectors)
    assert districts.area.sum() == pytest.approx(sectors.area.sum())


def test_simplified_areas_still_fit_together() -> None:
    rng = np.random.default_rng(7)
    rows = [(name, x + rng.uniform(-200, 200), y + rng.uniform(-200, 200), code) for name, x, y, code in lattice()]
    directory = make_directory(rows)
    plain, simple = (approximate_areas(directory, ["W", "E"], simplify_metres=metres) for metres in (0.0, 150.0))
    assert shapely.get_num_coordinates(simple.geometry).sum() < shapely.get_num_coordinates(plain.geometry).sum()
    for kind in ("district", "sector"):
        assert_coverage(simple[simple["area_type"] == kind])
    # a sector's piece and its district were simplified as one
    assert (
        simple[simple["area_type"] == "sector"]
        .union_all()
        .equals(simple[simple["area_type"] == "district"].union_all())
    )


def test_a_geopackage_comes_back_whole_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    areas = approximate_areas(make_directory(lattice()), ["W", "E"])
    for name in ("a", "b"):
        write_areas(areas, tmp_path / name / "areas.gpkg")
    assert (tmp_path / "a" / "areas.gpkg").read_bytes() == (tmp_path / "b" / "areas.gpkg").read_bytes()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["areas.gpkg"]
    back = gpd.read_file(tmp_path / "a" / "areas.gpkg")
    assert back.crs == "EPSG:27700"
    assert back["area_code"].tolist() == areas["area_code"].tolist()
    assert back.geometry.geom_equals(areas.geometry).all()


def test_a_geojson_is_in_degrees_to_five_decimals(tmp_path: Path) -> None:
    areas = approximate_areas(make_directory(lattice()), ["W", "E"])
    write_areas(areas, tmp_path / "areas.geojson")
    back = gpd.read_file(tmp_path / "areas.geojson")
    assert back.crs == "EPSG:4326"
    assert back.is_valid.all()
    degrees = shapely.get_coordinates(back.geometry)
    assert np.allclose(degrees, degrees.round(5), rtol=0, atol=1e-9)
    assert np.allclose(back.to_crs(27700).area, areas.area, rtol=0.01)


def test_areas_are_not_written_where_they_cannot_be(tmp_path: Path) -> None:
    areas = approximate_areas(make_directory(lattice()), ["W"])
    with pytest.raises(OutputError, match=r"areas\.shp"):
        write_areas(areas, tmp_path / "areas.shp")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        write_areas(areas, tmp_path / "file" / "areas.gpkg")


def shares_in_common(areas: gpd.GeoDataFrame, legal: gpd.GeoDataFrame) -> pd.Series:
    """Intersection over union of each district."""
    mine = areas[areas["area_type"] == "district"].to_crs(27700).set_index("area_code").geometry
    theirs = legal.to_crs(27700).set_index("lad_code").geometry
    assert sorted(mine.index) == sorted(theirs.index)
    return mine.intersection(theirs).area / mine.union(theirs).area


@pytest.fixture(scope="module")
def gloucestershire() -> PostcodeDirectory:
    return load_directory(district_codes=GLOUCESTERSHIRE)


@pytest.mark.slow
@pytest.mark.skipif(not LAD.exists(), reason="the shared real data (../shared/real) are not here")
def test_gloucestershire_agrees_with_the_legal_districts(gloucestershire: PostcodeDirectory) -> None:
    legal = gpd.read_file(LAD)
    shares = shares_in_common(areas_of("district", gloucestershire, GLOUCESTERSHIRE), legal)
    assert (shares >= 0.85).all(), shares
    committed = gpd.read_file(ROOT / "boundaries" / "gloucestershire.geojson")
    assert (shares_in_common(committed, legal) >= 0.85).all()


@pytest.mark.slow
def test_every_sector_of_gloucestershire_has_an_area(gloucestershire: PostcodeDirectory) -> None:
    areas = approximate_areas(gloucestershire, GLOUCESTERSHIRE)
    for kind in ("district", "sector"):
        assert_coverage(areas[areas["area_type"] == kind])
    county = gloucestershire.county(GLOUCESTERSHIRE)
    assert set(areas.loc[areas["area_type"] == "sector", "area_code"]) == set(county["sector"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "codes"),
    [("gloucestershire", GLOUCESTERSHIRE), ("rutland", ("E06000017",))],
    ids=["gloucestershire", "rutland"],
)
def test_the_committed_boundaries_are_what_the_program_draws(tmp_path: Path, name: str, codes: tuple[str, ...]) -> None:
    committed = gpd.read_file(ROOT / "boundaries" / f"{name}.geojson")
    assert (ROOT / "boundaries" / f"{name}.geojson").stat().st_size < 600_000
    make_areas(tmp_path / "again.geojson", district_codes=codes)
    again = gpd.read_file(tmp_path / "again.geojson")
    assert committed["area_code"].tolist() == again["area_code"].tolist()
    assert committed["area_type"].tolist() == again["area_type"].tolist()
    committed, again = committed.to_crs(27700), again.to_crs(27700)
    assert (committed.intersection(again).area / committed.union(again).area).min() > 0.999
