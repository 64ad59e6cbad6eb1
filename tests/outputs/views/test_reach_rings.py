"""What is reached from a base: rings that grow, care summed inside them, and bases that have no place."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point, box

from marketmap.errors import OutputError
from marketmap.inputs.county import County, read_county
from marketmap.outputs.schema.explore import REACHED
from marketmap.outputs.views.reach_rings import _open, draw_reach, find_base, sum_inside
from tests.outputs.factory import write_county


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_county(tmp_path_factory.mktemp("reach") / "county")


@pytest.fixture(scope="module")
def county(folder: Path) -> County:
    return read_county(folder)


def test_rings_grow_and_their_care_with_them(folder: Path) -> None:
    found = draw_reach(str(folder), "one", "office", "V00", (5.0, 15.0, 40.0))
    assert found.rings.crs.to_epsg() == 4326
    areas = found.rings.to_crs(27700).area
    assert areas.is_monotonic_increasing
    assert found.table["contact_hours"].is_monotonic_increasing
    assert found.table["packages"].iloc[0] < found.table["packages"].iloc[-1] <= 120
    assert list(found.table.columns) == list(REACHED.names)


def test_the_roads_are_read_once_for_each_content(folder: Path) -> None:
    draw_reach(str(folder), "one", "office", "V00", (5.0,))
    before = _open.cache_info()
    draw_reach(str(folder), "one", "postcode", "le15 6hp", (5.0,))
    assert _open.cache_info().hits == before.hits + 1
    draw_reach(str(folder), "two", "office", "V00", (5.0,))
    assert _open.cache_info().misses == before.misses + 1


def test_care_inside_is_summed_by_hand() -> None:
    packages = pd.DataFrame(
        {
            "package_id": ["a", "b", "c", "d", "e"],
            "person_id": ["x", "x", None, "y", "z"],
            "status": ["active", "waiting", "active", "active", "ended"],
            "hours_week": [10.0, 4.0, 6.0, 20.0, 99.0],
            "easting": [1.0, 2.0, 3.0, 50.0, 1.0],
            "northing": [1.0, 2.0, 3.0, 50.0, 1.0],
            "placed": [True, True, True, True, True],
        }
    )
    rings = gpd.GeoDataFrame(
        {"minutes": [10.0, 20.0, 30.0]},
        geometry=[box(0, 0, 5, 5), box(0, 0, 60, 60), Point(900, 900).buffer(1)],
        crs=27700,
    )
    found = sum_inside(packages, rings)
    assert found["packages"].tolist() == [3, 4, 0]
    assert found["people"].tolist() == [2, 3, 0]
    assert found["contact_hours"].tolist() == [20.0, 40.0, 0.0]
    assert found["hours_waiting"].tolist() == [4.0, 4.0, 0.0]
    assert found["part"].tolist() == [0.5, 1.0, 0.0]


@pytest.mark.parametrize(
    ("kind", "base", "told"),
    [
        ("postcode", "<b>", "not a postcode"),
        ("postcode", "LE15 6ZV", "not in the directory"),
        ("rounds", "V00", "needs table visits"),
        ("office", "V77", "has no place"),
    ],
)
def test_a_base_without_a_place_is_told(county: County, kind: str, base: str, told: str) -> None:
    with pytest.raises(OutputError, match=told):
        find_base(county, kind, base)  # type: ignore[arg-type]


def test_a_postcode_in_any_spelling_is_found(county: County) -> None:
    one, other = (find_base(county, "postcode", text) for text in ("LE15 6HP", " le156hp "))
    assert one == other
