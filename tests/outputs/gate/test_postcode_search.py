"""No postcode of a package in any public file: searched bytewise, whatever the file is."""

import base64
import sqlite3
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import Point

from marketmap.errors import OutputError
from marketmap.outputs.gate.postcode_search import find_postcodes, refuse_postcodes

ASKED = ["GL7 1AA", "gl541hy", "W1A 1HQ"]


@pytest.mark.parametrize(
    "text",
    [
        "GL7 1AA", "GL71AA", "gl7 1aa", "gl71aa", "Gl7  1aA", '{"name":"GL7\\u00a01AA"}', "GL7&nbsp;1AA",
        "?q=GL7%201AA", "?q=GL7+1AA", "GL7\N{NO-BREAK SPACE}1AA", "near_GL71AA_b",
        "GL54 1HY", "x;W1A1HQ", "xxGL7 1AAxx", "GL7\n1AA",
    ],
)  # fmt: skip
def test_a_postcode_is_found_however_it_is_spelt(tmp_path: Path, text: str) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "page.html").write_bytes(b"<p>A page</p>\n" + text.encode())
    (tmp_path / "public" / "clean.csv").write_bytes(b"sector,people\r\nGL7 1,25\r\n")
    assert find_postcodes(tmp_path, ASKED) == ["public/page.html"]
    with pytest.raises(OutputError, match=r"public/page\.html"):
        refuse_postcodes(tmp_path, ASKED)


@pytest.mark.parametrize("text", ["GL7 1", "GL7 1AB", "GL7 11AA", "E07000079", "AGL71AAB", "GL7, 1AA"])
def test_what_is_no_postcode_asked_for_passes(tmp_path: Path, text: str) -> None:
    (tmp_path / "page.html").write_text(text)
    assert find_postcodes(tmp_path, ASKED) == []
    refuse_postcodes(tmp_path, ASKED)


def test_a_picture_in_a_page_is_no_postcode(tmp_path: Path) -> None:
    picture = base64.b64encode(bytes(range(256)) * 40).decode() + "gl71aa" + "A" * 20
    (tmp_path / "page.html").write_text(f'<img src="data:image/png;base64,{picture}">')
    assert find_postcodes(tmp_path, ASKED) == []


@pytest.mark.parametrize("postcode", ["GL7 1AA", "GL71AA", "gl7 1aa"])
@pytest.mark.parametrize("filler", ["", "x" * 6000])  # a long row is parted over SQLite's pages
def test_a_geopackage_is_searched_too(tmp_path: Path, postcode: str, filler: str) -> None:
    def write(name: str) -> None:
        layer = gpd.GeoDataFrame({"name": [f"{filler} {name}"]}, geometry=[Point(1, 2)], crs="EPSG:27700")
        layer.to_file(tmp_path / "areas.gpkg", driver="GPKG", layer="areas")

    write("Cirencester")
    assert find_postcodes(tmp_path, ASKED) == []
    write(postcode)
    assert find_postcodes(tmp_path, ASKED) == ["areas.gpkg"]


def test_a_postcode_that_sqlite_parts_is_found_in_its_cell(tmp_path: Path) -> None:
    for length in range(4060, 4110):  # where a row is parted depends on how long it is
        path = tmp_path / f"{length}.gpkg"
        base = sqlite3.connect(path)
        base.execute("CREATE TABLE areas (name TEXT)")
        base.execute("INSERT INTO areas VALUES (?)", ("x" * 1000 + " GL7 1AA " + "y" * length,))
        base.commit()
        base.close()
        if b"GL7 1AA" not in path.read_bytes():
            assert find_postcodes(tmp_path, ASKED)[-1] == path.name
            return
    pytest.fail("no row was parted")
