"""Reading OpenStreetMap extracts."""

from __future__ import annotations

import bz2
import gzip
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pytest
from pyproj import Geod

from marketmap.errors import RoadsError
from marketmap.settings import TravelSettings
from marketmap.travel import RoadNetwork, read_roads, travel_matrix
from tests.travel.tiny_roads import EAST, LAT, LON, NORTH, PLAIN, write_osm

SQUARE = {1: (0, 0), 2: (10, 0), 3: (10, 10), 4: (0, 10)}
STREET = {"highway": "residential"}


def _points(*steps: tuple[float, float]) -> gpd.GeoSeries:
    east, north = np.array(steps, dtype=float).T
    return gpd.GeoSeries(gpd.points_from_xy(LON + east * EAST, LAT + north * NORTH), crs=4326)


def test_ways_are_cut_where_they_share_a_node(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (10, 0), 3: (20, 0), 4: (10, 10), 5: (12, 5)}
    path = write_osm(tmp_path / "a.osm", nodes=nodes, ways=[(1, [1, 2, 3], STREET), (2, [2, 5, 4], STREET)])
    network = read_roads(path, settings=PLAIN)
    assert (network.n_nodes, network.n_lines, network.n_edges) == (4, 3, 6)
    assert network.metres.sum() / 2 == pytest.approx(network.lines[0].length * 2 + 1096.0, rel=0.03)
    assert network.source.name == "a.osm"
    assert not network.illustrative


@pytest.mark.parametrize("ending", ["osm.gz", "osm.bz2"])
def test_compressed_files_read_the_same(tmp_path: Path, ending: str) -> None:
    plain = write_osm(tmp_path / "a.osm", nodes=SQUARE, ways=[(1, [1, 2, 3, 4, 1], STREET)])
    packed = tmp_path / f"a.{ending}"
    squeeze = gzip.compress if ending == "osm.gz" else bz2.compress
    packed.write_bytes(squeeze(plain.read_bytes()))
    assert read_roads(packed, settings=PLAIN).digest == read_roads(plain, settings=PLAIN).digest


def test_capital_letters_in_a_files_ending_mean_nothing(tmp_path: Path) -> None:
    path = tmp_path / "roads.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for name, (east, north) in SQUARE.items():
            place = (LON + east * EAST, LAT + north * NORTH)
            writer.add_node(osmium.osm.mutable.Node(id=name, version=1, location=place))
        writer.add_way(osmium.osm.mutable.Way(id=1, version=1, nodes=[1, 2, 3, 4, 1], tags=STREET))
    plain = read_roads(path, settings=PLAIN)
    for name in ("ROADS.OSM.PBF", "Roads.Pbf"):
        capital = path.rename(tmp_path / name)
        assert read_roads(capital, settings=PLAIN).digest == plain.digest
        capital.rename(path)


def test_roads_are_as_long_as_on_the_ellipsoid(tmp_path: Path) -> None:
    # On the National Grid they would be 0.04 % shorter there.
    nodes = {1: (0, 0), 2: (9, 1), 3: (12, 14), 4: (-7, 11), 5: (-3, -20), 6: (-3, -40)}
    path = write_osm(tmp_path / "a.osm", nodes=nodes, ways=[(i, [i, i + 1], STREET) for i in range(1, 6)])
    network = read_roads(path, settings=PLAIN)
    places = [(round(LON + east * EAST, 7), round(LAT + north * NORTH, 7)) for east, north in nodes.values()]
    want = [Geod(ellps="WGS84").inv(*one, *other)[2] for one, other in pairwise(places)]
    assert sorted(network.metres[network.edges_of_line[0]]) == pytest.approx(sorted(want), rel=1e-6)
    flat = [line.length for line in network.lines]
    assert sum(want) / sum(flat) == pytest.approx(1.00037, abs=0.0001)


def test_paths_and_closed_roads_are_left_out(tmp_path: Path) -> None:
    ways = [
        (1, [1, 2], STREET),
        (2, [2, 3], {"highway": "footway"}),
        (3, [3, 4], {"highway": "residential", "access": "private"}),
        (4, [4, 1], {"highway": "track"}),
        (5, [1, 3], {"route": "ferry", "motor_vehicle": "yes"}),
    ]
    path = write_osm(tmp_path / "a.osm", nodes=SQUARE, ways=ways)
    assert read_roads(path, settings=PLAIN).n_lines == 1
    with_ferry = TravelSettings(speeds_kmh={"residential": 36.0, "ferry": 20.0, "track": 10.0})
    assert read_roads(path, settings=with_ferry).n_lines == 3


def test_one_way_streets_make_there_and_back_differ(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (10, 0), 3: (10, 10), 4: (0, 10)}
    ways = [(1, [1, 2], {**STREET, "oneway": "yes"}), (2, [2, 3, 4, 1], STREET)]
    network = read_roads(write_osm(tmp_path / "a.osm", nodes=nodes, ways=ways), settings=PLAIN)
    minutes = travel_matrix(network, _points((1, 0), (9, 0)), _points((1, 0), (9, 0)))
    # 0.8 km along at 36 km/h; back: on to the end, round three sides and up to the point.
    assert minutes[0, 1] == pytest.approx(0.8 / 36 * 60, rel=0.01)
    assert minutes[1, 0] == pytest.approx(3.2 / 36 * 60, rel=0.01)


def test_a_roundabout_is_driven_one_way_round(tmp_path: Path) -> None:
    nodes = {**SQUARE, 5: (-10, 0), 6: (20, 10)}
    ways = [(1, [1, 2, 3, 4, 1], {**STREET, "junction": "roundabout"}), (2, [5, 1], STREET), (3, [3, 6], STREET)]
    network = read_roads(write_osm(tmp_path / "a.osm", nodes=nodes, ways=ways), settings=PLAIN)
    ring = np.flatnonzero(network.edges_of_line[1] < 0)
    assert len(ring) == 2
    assert network.n_edges == 2 + 4


def test_a_bollard_cuts_the_road(tmp_path: Path) -> None:
    nodes = {**SQUARE, 5: (5, 0)}
    ways = [(1, [1, 5, 2], STREET), (2, [2, 3, 4, 1], STREET)]
    network = read_roads(
        write_osm(tmp_path / "a.osm", nodes=nodes, ways=ways, node_tags={5: {"barrier": "bollard"}}), settings=PLAIN
    )
    there = travel_matrix(network, _points((4, 0)), _points((6, 0)))[0, 0]
    assert there == pytest.approx((0.4 + 3.0 + 0.4) / 36 * 60, rel=0.01)
    assert network.source.facts["barriers_closed"] == "1"


def test_a_stile_beside_the_road_does_not_cut_it(tmp_path: Path) -> None:
    nodes = {**SQUARE, 5: (5, 0), 6: (5, -5)}
    ways = [(1, [1, 5, 2], STREET), (2, [2, 3, 4, 1], STREET), (3, [5, 6], {"highway": "footway"})]
    path = write_osm(tmp_path / "a.osm", nodes=nodes, ways=ways, node_tags={5: {"barrier": "stile"}})
    network = read_roads(path, settings=PLAIN)
    assert travel_matrix(network, _points((4, 0)), _points((6, 0)))[0, 0] == pytest.approx(0.2 / 36 * 60, rel=0.01)
    assert network.source.facts["barriers_closed"] == "0"


@pytest.mark.parametrize(("kind", "goes", "free"), [("no_left_turn", 2, False), ("only_straight_on", 3, False)])
def test_forbidden_turns_are_not_made(tmp_path: Path, kind: str, goes: int, free: bool) -> None:
    # A cross of streets at node 2; north (way 2) may not be entered from the west (way 1).
    nodes = {1: (0, 0), 2: (10, 0), 3: (20, 0), 4: (10, 10), 5: (10, -10)}
    ways = [(1, [1, 2], STREET), (2, [2, 4], STREET), (3, [2, 3], STREET), (4, [2, 5], STREET)]
    path = write_osm(tmp_path / "a.osm", nodes=nodes, ways=ways, restrictions=[(kind, 1, 2, goes)])
    network = read_roads(path, settings=PLAIN)
    west, north = _points((1, 0)), _points((10, 9))
    direct = (0.9 + 0.9) / 36 * 60
    # The way round is to the end of another street and back.
    assert travel_matrix(network, west, north)[0, 0] == pytest.approx(direct + 2.0 / 36 * 60, rel=0.01)
    assert travel_matrix(network, north, west)[0, 0] == pytest.approx(direct, rel=0.01)
    assert network.source.facts["turn_restrictions_kept"] != "0"


def test_what_cannot_be_reached_is_counted_and_located(tmp_path: Path) -> None:
    nodes = {**SQUARE, 5: (100, 100), 6: (101, 100), 7: (20, 0)}
    ways = [
        (1, [1, 2, 3, 4, 1], STREET),
        (2, [5, 6], STREET),
        (3, [2, 7], {**STREET, "oneway": "yes"}),  # a street that cannot be driven out of
    ]
    network = read_roads(write_osm(tmp_path / "a.osm", nodes=nodes, ways=ways), settings=PLAIN)
    assert network.n_lines == 2
    assert list(network.cut_off["nodes"]) == [1, 2]
    assert network.cut_off["metres"].tolist() == pytest.approx([1000.0, 100.0], rel=0.02)
    far = gpd.GeoSeries(gpd.points_from_xy(*_points((100.5, 100)).to_crs(27700).get_coordinates().T.to_numpy()))
    assert network.cut_off.loc[1, "easting"] == pytest.approx(far.x[0], abs=5)
    assert "2 parts with 3 nodes and 1.1 km" in network.describe()["cut_off"]


def test_forbidden_turns_cut_off_what_they_do_and_no_more(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (10, 0), 3: (20, 0), 4: (10, 10), 5: (10, 14), 6: (14, 10)}
    nodes |= {20 + i: (20 + i, 0) for i in range(1, 20)}
    ways = [(1, [1, 2], STREET), (2, [2, 4], STREET), (3, [2, 3], STREET), (4, [4, 5], STREET), (5, [4, 6], STREET)]
    ways += [(20 + i, [3 if i == 1 else 19 + i, 20 + i], STREET) for i in range(1, 20)]
    # Nobody may turn north from the street that runs through, so what lies there cannot be reached.
    through = [("only_straight_on", 1, 2, 3), ("only_straight_on", 3, 2, 1)]
    # Inside it a turn is forbidden too: its junction is one place still, and all of it one part.
    path = write_osm(tmp_path / "a.osm", nodes=nodes, ways=ways, restrictions=[*through, ("no_left_turn", 2, 4, 4)])
    network = read_roads(path, settings=PLAIN)
    assert network.n_lines == 2 + 19
    assert network.cut_off["nodes"].tolist() == [3]
    assert network.cut_off["metres"].tolist() == pytest.approx([1000.0 + 2 * 400.0], rel=0.02)


def test_a_road_shut_one_way_by_forbidden_turns_is_not_cut_off(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (10, 0), 3: (20, 0), 4: (10, 10)}
    ways = [(1, [1, 2], STREET), (2, [2, 4], STREET), (3, [2, 3], STREET), (4, [4, 3], STREET)]
    # North out of the junction is closed to all, but way 2 is driven south.
    rules = [("no_left_turn", 1, 2, 2), ("no_right_turn", 3, 2, 2), ("no_u_turn", 2, 2, 2)]
    network = read_roads(write_osm(tmp_path / "a.osm", nodes=nodes, ways=ways, restrictions=rules), settings=PLAIN)
    assert (network.n_lines, (network.line >= 0).sum()) == (4, 7)
    assert network.cut_off.empty
    assert network.describe()["cut_off"] == "nothing"


def test_a_way_with_missing_nodes_is_broken_there(tmp_path: Path) -> None:
    path = write_osm(tmp_path / "a.osm", nodes=SQUARE, ways=[(1, [1, 2, 99, 3, 4], STREET), (2, [2, 3], STREET)])
    network = read_roads(path, settings=PLAIN)
    assert network.n_lines == 3
    assert network.source.facts["nodes_missing_from_extract"] == "1"


def test_junctions_cost_time_where_three_arms_meet(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (10, 0), 3: (20, 0), 4: (10, 10), 5: (15, 0), 6: (15, 5)}
    ways = [(1, [1, 2, 5, 3], STREET), (2, [2, 4], STREET), (3, [5, 6], {"highway": "service"})]
    path = write_osm(tmp_path / "a.osm", nodes=nodes, ways=ways)
    settings = TravelSettings(speeds_kmh=PLAIN.speeds_kmh, junction_seconds=30.0)
    ends = _points((1, 0)), _points((19, 0))
    slow = travel_matrix(read_roads(path, settings=settings), *ends)[0, 0]
    quick = travel_matrix(read_roads(path, settings=PLAIN), *ends)[0, 0]
    # Only the street joins as an arm; the service road does not slow those who drive past.
    assert slow - quick == pytest.approx(0.5, abs=1e-4)


class TestOnFoot:
    WALK = TravelSettings(mode="walk", walk_kmh=4.8)

    def test_paths_are_walked_both_ways_and_motorways_not(self, tmp_path: Path) -> None:
        nodes = {**SQUARE, 5: (5, 5), 6: (20, 0), 7: (-5, 0)}
        ways = [
            (1, [1, 2], {**STREET, "oneway": "yes"}),
            (2, [2, 5, 1], {"highway": "footway"}),
            (3, [2, 3], {"highway": "steps"}),
            (4, [3, 4], {"highway": "motorway"}),
            (5, [2, 6], {"highway": "path", "foot": "no"}),
            (6, [1, 7], {"highway": "service", "access": "private"}),
        ]
        network = read_roads(write_osm(tmp_path / "a.osm", nodes=nodes, ways=ways), settings=self.WALK)
        assert set(network.classes) == {"residential", "footway", "steps"}
        assert (network.n_lines, network.n_edges) == (3, 6)
        minutes = travel_matrix(network, _points((1, 0), (9, 0)), _points((1, 0), (9, 0)))
        assert minutes[0, 1] == minutes[1, 0] == pytest.approx(0.8 / 4.8 * 60, rel=0.01)

    def test_no_delay_at_junctions(self, tmp_path: Path) -> None:
        nodes = {1: (0, 0), 2: (10, 0), 3: (20, 0), 4: (10, 10)}
        ways = [(1, [1, 2, 3], STREET), (2, [2, 4], STREET)]
        network = read_roads(write_osm(tmp_path / "a.osm", nodes=nodes, ways=ways), settings=self.WALK)
        assert not network.delay.any()

    def test_a_bollard_lets_people_through(self, tmp_path: Path) -> None:
        nodes = {1: (0, 0), 5: (5, 0), 2: (10, 0)}
        path = write_osm(
            tmp_path / "a.osm", nodes=nodes, ways=[(1, [1, 5, 2], STREET)], node_tags={5: {"barrier": "bollard"}}
        )
        assert read_roads(path, settings=self.WALK).n_lines == 1

    def test_nothing_to_walk_on(self, tmp_path: Path) -> None:
        path = write_osm(tmp_path / "m.osm", nodes=SQUARE, ways=[(1, [1, 2], {"highway": "motorway"})])
        with pytest.raises(RoadsError, match="no road or path that a person may walk"):
            read_roads(path, settings=self.WALK)


def test_rutland_reads_whole(rutland: RoadNetwork) -> None:
    assert rutland.source.date == "2022-07-20"
    assert rutland.n_nodes > 5000
    lost_km = rutland.cut_off["metres"].sum() / 1000
    kept_km = rutland.metres[np.maximum(*rutland.edges_of_line)].sum() / 1000
    assert 700 < kept_km < 1100
    assert 0 < lost_km < 0.05 * kept_km
    west, south, east, north = rutland.extent
    assert 470_000 < west < east < 515_000
    assert 290_000 < south < north < 320_000
    assert rutland.kmh.min() > 0
    assert {"footway", "track", "path", "cycleway"}.isdisjoint(rutland.classes)
