"""Road files that cannot be used: each is refused with the file, the fault and a remedy."""

from __future__ import annotations

import bz2
import gzip
import struct
from pathlib import Path

import osmium
import pytest

from marketmap.errors import RoadsError
from marketmap.settings import TravelSettings
from marketmap.travel import read_roads
from tests.travel.tiny_roads import LAT, PLAIN, write_osm

SQUARE = {1: (0, 0), 2: (10, 0), 3: (10, 10), 4: (0, 10)}
STREET = {"highway": "residential"}


def _block_ends(pbf: bytes) -> list[int]:
    """Where each block of a PBF file ends: its header gives the size of what follows as field 3, a varint."""
    ends, at = [], 0
    while at < len(pbf):
        (n_header,) = struct.unpack(">I", pbf[at : at + 4])
        header = pbf[at + 4 : at + 4 + n_header]
        size, shift = 0, 0
        for byte in header[header.index(b"\x18", header[1] + 2) + 1 :]:
            size |= (byte & 127) << shift
            shift += 7
        at += 4 + n_header + size
        ends.append(at)
    return ends


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(RoadsError, match=r"gone\.osm\.pbf is not there"):
        read_roads(tmp_path / "gone.osm.pbf")


def test_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "roads.shp"
    path.write_bytes(b"x")
    with pytest.raises(RoadsError, match=r"\.osm\.pbf"):
        read_roads(path)


@pytest.mark.parametrize("share", [0.001, 0.3, 0.97])
def test_truncated_pbf(rutland_file: Path, tmp_path: Path, share: float) -> None:
    whole = rutland_file.read_bytes()
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(RoadsError, match=r"cut\.osm\.pbf"):
        read_roads(path)


@pytest.mark.parametrize("text", ["<html><body>sign in</body></html>", "", "not xml", "<osm version='0.6'"])
def test_not_osm(tmp_path: Path, text: str) -> None:
    path = tmp_path / "page.osm"
    path.write_text(text)
    with pytest.raises(RoadsError, match=r"page\.osm"):
        read_roads(path)


def test_no_roads(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "sea.osm", nodes=SQUARE, ways=[(1, [1, 2], {"natural": "coastline"})])
    with pytest.raises(RoadsError, match="no roads"):
        read_roads(path)


def test_only_paths(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "park.osm", nodes=SQUARE, ways=[(1, [1, 2], {"highway": "path"})])
    with pytest.raises(RoadsError, match="no road that a car may drive"):
        read_roads(path)


def test_a_pbf_cut_between_two_blocks(rutland_file: Path, tmp_path: Path) -> None:
    whole = rutland_file.read_bytes()
    ends = _block_ends(whole)
    path = tmp_path / "cut.osm.pbf"
    # The last two blocks hold relations; up to there a cut leaves nodes behind whose ways are gone.
    for end in (ends[0], ends[len(ends) // 2], ends[-3]):
        path.write_bytes(whole[:end])
        with pytest.raises(RoadsError, match=r"cut\.osm\.pbf"):
            read_roads(path)


@pytest.mark.parametrize("ending", ["osm.gz", "osm.bz2", "osm"])
def test_truncated_xml(tmp_path: Path, ending: str) -> None:
    nodes = {i: (i % 50, i // 50) for i in range(1, 1500)}
    ways = [(i, [i, i + 1], STREET) for i in range(1, 1400)]
    text = write_osm(tmp_path / "a.osm", nodes=nodes, ways=ways).read_bytes()
    squeeze = {"osm.gz": gzip.compress, "osm.bz2": bz2.compress, "osm": bytes}[ending]
    packed = squeeze(text)
    for size in (len(packed) // 3, len(packed) - 7):
        path = tmp_path / f"cut.{ending}"
        path.write_bytes(packed[:size])
        with pytest.raises(RoadsError, match=rf"cut\.{ending}"):
            read_roads(path)


def test_not_what_its_ending_says(tmp_path: Path) -> None:
    plain = write_osm(tmp_path / "a.osm", nodes=SQUARE, ways=[(1, [1, 2], STREET)]).read_bytes()
    for name in ("a.osm.bz2", "a.osm.pbf"):
        path = tmp_path / name
        path.write_bytes(plain)
        with pytest.raises(RoadsError, match=name):
            read_roads(path)


@pytest.mark.parametrize("value", ["&b;", "&f;"])
def test_entities_are_refused(tmp_path: Path, value: str) -> None:
    path = write_osm(tmp_path / "a.osm", nodes=SQUARE, ways=[(1, [1, 2], {**STREET, "name": "X"})])
    bomb = '<!DOCTYPE osm [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
    text = path.read_text().replace('v="X"', f'v="{value}"').replace("?>", f"?>{bomb}", 1)
    path.write_text(text)
    with pytest.raises(RoadsError, match="entities are not supported"):
        read_roads(path)


def test_a_file_of_changes(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "a.osm", nodes=SQUARE, ways=[(1, [1, 2], STREET)])
    inside = path.read_text().split('generator="test">')[1].replace("</osm>", "")
    path.write_text(f'<osmChange version="0.6"><modify>{inside}</modify></osmChange>')
    with pytest.raises(RoadsError, match="several versions"):
        read_roads(path)


def test_a_history_file(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "a.osm", nodes=SQUARE, ways=[(1, [1, 2], STREET)])
    history = tmp_path / "a.osh.pbf"
    with osmium.SimpleWriter(str(history)) as writer:
        for entity in osmium.FileProcessor(str(path)):
            writer.add(entity)
    with pytest.raises(RoadsError, match="several versions"):
        read_roads(history)


def test_far_from_great_britain(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "nz.osm", nodes=SQUARE, ways=[(1, [1, 2], STREET)])
    path.write_text(path.read_text().replace('lat="52.', 'lat="-42.'))
    with pytest.raises(RoadsError, match=r"nz\.osm has roads far from Great Britain.* latitudes -42"):
        read_roads(path)


def test_a_place_that_cannot_be(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "a.osm", nodes=SQUARE, ways=[(1, [1, 2, 3], STREET)])
    text = path.read_text()
    path.write_text(text.replace(f'lat="{LAT:.7f}"', 'lat="91.0"', 1))
    assert read_roads(path, settings=PLAIN).source.facts["nodes_missing_from_extract"] == "1"
    path.write_text(text.replace(f'lat="{LAT:.7f}"', 'lat="north"', 1))
    with pytest.raises(RoadsError, match="wrong format for coordinate"):
        read_roads(path)


def test_ways_before_their_nodes(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "a.osm", nodes=SQUARE, ways=[(1, [1, 2], STREET)])
    head, nodes, way = path.read_text().partition("<node")[0], *path.read_text().split("<way")
    nodes = "<node" + nodes.partition("<node")[2]
    path.write_text(f"{head}<way{way.replace('</osm>', '')}{nodes}</osm>")
    with pytest.raises(RoadsError, match="osmium sort"):
        read_roads(path)


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.osm").mkdir()
    with pytest.raises(RoadsError, match=r"^\. is a folder"):
        read_roads(".")
    with pytest.raises(RoadsError, match=r"a\.osm is a folder"):
        read_roads(tmp_path / "a.osm")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_osm(tmp_path / "a.osm", nodes=SQUARE, ways=[(1, [1, 2], STREET)])

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(RoadsError, match=r"a\.osm cannot be opened \(Permission denied\)"):
        read_roads(path)


def test_only_buildings(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "b.osm", nodes=SQUARE, ways=[(1, [1, 2, 3, 4, 1], {"building": "yes"})])
    with pytest.raises(RoadsError, match=r"b\.osm holds no roads"):
        read_roads(path)


def test_ways_without_their_nodes(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "bare.osm", nodes={}, ways=[(1, [1, 2], STREET)])
    with pytest.raises(RoadsError, match="not the nodes"):
        read_roads(path)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        (TravelSettings(speeds_kmh={"residential": -5.0}), "above 0"),
        (TravelSettings(speeds_kmh={"residential": 0.0}), "above 0"),
        (TravelSettings(speeds_kmh={"residential": (30.0, float("nan"))}), "above 0"),
        (TravelSettings(speeds_kmh={"boulevard": 30.0}), "boulevard"),
    ],
)
def test_settings(tmp_path: Path, settings: TravelSettings, word: str) -> None:
    path = write_osm(tmp_path / "a.osm", nodes=SQUARE, ways=[(1, [1, 2], STREET)])
    with pytest.raises(RoadsError, match=word):
        read_roads(path, settings=settings)


def test_a_one_way_road_to_nowhere_is_no_network(tmp_path: Path) -> None:
    nodes = {n: (float(n), 0.0) for n in range(1, 5)}
    path = write_osm(
        tmp_path / "a.osm", nodes=nodes, ways=[(1, [1, 2, 3, 4], {"highway": "residential", "oneway": "yes"})]
    )
    with pytest.raises(RoadsError, match="both to and from"):
        read_roads(path)


def test_a_junction_of_a_thousand_roads_does_not_fill_the_memory(tmp_path: Path) -> None:
    arms = range(2, 1002)
    nodes = {1: (0.0, 0.0), **{n: (n % 100 + 1.0, n // 100 + 1.0) for n in arms}}
    ways = [(n, [1, n], {"highway": "residential"}) for n in arms]
    path = write_osm(tmp_path / "a.osm", nodes=nodes, ways=ways, restrictions=[("no_left_turn", 2, 1, 3)])
    network = read_roads(path)
    assert network.n_edges == 2 * len(arms)
    assert network.source.facts["turn_restrictions_kept"] == "0"
