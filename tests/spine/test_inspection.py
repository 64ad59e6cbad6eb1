"""Tables and road file checked together, and what is told before anything slow begins."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from marketmap.cli.inspection import inspect_county
from marketmap.errors import InputError
from tests.spine.conftest import RUTLAND_ROADS, Run

DAMAGED = b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18" + bytes(60)
LIGHT = """
import sys
from marketmap.cli import main
sys.argv = ["marketmap", *sys.argv[1:]]
try:
    main()
except SystemExit as error:
    print(error.code, sorted({"pandas", "osmium", "numba"} & set(sys.modules)))
"""


def write_street(path: Path, lat: float) -> Path:
    nodes = "".join(f"<node id='{n}' lat='{lat}' lon='{-0.73 + n / 1000}' version='1'/>" for n in range(1, 4))
    way = "<way id='9' version='1'><nd ref='1'/><nd ref='2'/><nd ref='3'/><tag k='highway' v='residential'/></way>"
    path.write_text(f"<?xml version='1.0'?><osm version='0.6'>{nodes}{way}</osm>", encoding="utf-8")
    return path


def inspect(folder: Path, roads: Path | None = None) -> list[str]:
    """Return the faults as text; the stages go by unseen."""
    with pytest.raises(InputError) as caught:
        inspect_county(folder, roads=roads, on_stage=lambda _: None)
    return [str(fault) for fault in caught.value.faults]


def name_roads(folder: Path, file: str, more: str = "") -> None:
    path = folder / "marketmap.toml"
    text = path.read_text(encoding="utf-8")
    assert 'file = ""' in text
    path.write_text(text.replace('file = ""', f'file = "{file}"', 1) + more, encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("gone.osm.pbf", None, "is not there (looked in"),
        ("cut.osm.pbf", DAMAGED, "cannot be read as OpenStreetMap data"),
        ("roads.txt", b"roads", "is not a road file"),
    ],
    ids=["missing", "damaged", "another kind"],
)
def test_faults_of_tables_and_roads_are_told_in_one_list(
    county_copy: Path, file: str, content: bytes | None, words: str
) -> None:
    (county_copy / "providers.csv").unlink()
    name_roads(county_copy, file)
    if content is not None:
        (county_copy / file).write_bytes(content)
    tables, roads = inspect(county_copy)
    assert tables.startswith("providers: the table is missing")
    assert roads.startswith("marketmap.toml, setting roads.file: ")
    assert words in roads


@pytest.mark.parametrize("lat", [52.67, 50.1], ids=["one street of the county", "far away"])
def test_roads_of_another_county_are_a_fault(rutland: Path, tmp_path: Path, lat: float) -> None:
    (fault,) = inspect(rutland, write_street(tmp_path / "street.osm", lat))
    assert fault.startswith("--roads: ")
    assert "covers the county" in fault or "cover the county" in fault


def test_roads_are_not_read_with_travel_settings_that_cannot_be(county_copy: Path) -> None:
    name_roads(county_copy, "cut.osm.pbf", "\n[travel]\nmode = 'swim'\n")
    (county_copy / "cut.osm.pbf").write_bytes(DAMAGED)
    stages: list[str] = []
    with pytest.raises(InputError) as caught:
        inspect_county(county_copy, roads=None, on_stage=stages.append)
    assert [fault.column for fault in caught.value.faults] == ["travel.mode"]
    assert "is not read" in stages[-1]


@pytest.mark.skipif(not RUTLAND_ROADS.is_file(), reason="the Rutland road extract (../shared/real) is not here")
def test_good_tables_and_roads_stand(county_copy: Path, run: Run) -> None:
    shutil.copy(RUTLAND_ROADS, county_copy / "rutland.osm.pbf")
    name_roads(county_copy, "rutland.osm.pbf")
    done = run("check", "--county", county_copy)
    assert done.returncode == 0, done.stderr
    assert "All packages lie on the roads." in done.stdout
    assert "The tables and roads of" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("blocks", "--county", ".", "--roads", "gone.pbf"), "--roads: there is no file gone.pbf (looked in"),
        (("clusters", "--county", ".", "--max-minutes", "-1"), "--max-minutes"),
        (("check",), "Nothing to check"),
        (("check", "--out", "out", "--roads", "."), "--roads goes with --county"),
        (("lookup", "LE15 6HP", "--out", "gone"), "There is no gone. Name the output folder of a run"),
        (("replay", "gone"), "There is no gone. Name the output folder of a run"),
        (("areas", "--districts", "Rutland", "--out", "areas.gpkg"), "RUTLAND is not a local-authority code"),
        (("sample", "--districts", "E06000017", "--county", "rutland"), "Give one of the two"),
        (("sample", "--snapshot", "23/02/2026"), "is not a day. Write a day as 2026-02-23"),
        (("sample", "--snapshot", "2026-02-26"), "is not a Monday. Give a Monday, such as 2026-02-23"),
        (("sample", "--snapshot", "2026-10-26"), "the clocks change the day before 2026-10-26. Give another, such as"),
    ],
)
def test_what_is_wrong_with_options_is_told_before_anything_slow_is_imported(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    command = [sys.executable, "-c", LIGHT, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path)
    assert words in done.stderr
    assert done.stdout.strip() == "2 []"


@pytest.mark.parametrize("verb", ["blocks", "clusters"])
def test_a_missing_road_file_is_told_before_the_tables_are_read(county_copy: Path, run: Run, verb: str) -> None:
    name_roads(county_copy, "maps/gone.osm.pbf")
    done = run(verb, "--county", county_copy, "--out", county_copy.parent / "out")
    assert done.returncode == 2
    assert f"gone.osm.pbf is not there (looked in {county_copy / 'maps'})" in done.stderr
    assert "Reading" not in done.stderr
