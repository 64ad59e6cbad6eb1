"""Turn restrictions, from relations to forbidden turns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from marketmap.settings import TravelSettings
from marketmap.travel import RoadNetwork, read_roads, travel_matrix
from marketmap.travel.turns import TurnRule, match_rules, restriction_kind
from tests.travel.tiny_roads import EAST, LAT, LON, NORTH, PLAIN, Tags, write_osm

STREET = {"highway": "residential"}
# Two streets cross at node 2: ways 1 (west) and 3 (east), 2 (north) and 4 (south).
CROSS = {1: (0, 0), 2: (10, 0), 3: (20, 0), 4: (10, 10), 5: (10, -10)}
ARMS = [(1, [1, 2], STREET), (2, [2, 4], STREET), (3, [2, 3], STREET), (4, [2, 5], STREET)]
Members = Sequence[tuple[str, str, int]]
LEFT: Members = [("from", "way", 1), ("via", "node", 2), ("to", "way", 2)]


def _cross(folder: Path, tags: Tags, members: Members) -> RoadNetwork:
    path = write_osm(folder / "a.osm", nodes=CROSS, ways=ARMS, relations=[(tags, members)])
    return read_roads(path, settings=PLAIN)


def _point(east: float, north: float) -> gpd.GeoSeries:
    return gpd.GeoSeries(gpd.points_from_xy([LON + east * EAST], [LAT + north * NORTH]), crs=4326)


def _km(network: RoadNetwork, came: tuple[float, float], goes: tuple[float, float]) -> float:
    return float(travel_matrix(network, _point(*came), _point(*goes))[0, 0]) / 60 * 36


@pytest.mark.parametrize(
    ("tags", "want"),
    [
        ({"restriction": "no_left_turn"}, "no_left_turn"),
        ({"restriction:motorcar": "no_u_turn", "restriction": "only_straight_on"}, "no_u_turn"),
        ({"restriction": "no_left_turn", "except": "bus;taxi"}, "no_left_turn"),
        ({"restriction": "no_left_turn", "except": "motorcar"}, ""),
        ({"restriction": "no_left_turn", "except": "psv; motorcar"}, ""),
        ({"restriction": "no_left_turn", "except": "motorcycle"}, "no_left_turn"),
        ({"restriction:hgv": "no_left_turn"}, ""),
        ({"restriction:conditional": "no_left_turn @ (07:00-09:00)"}, ""),
        ({"restriction": "no_left_turn", "hour_on": "07:00", "hour_off": "09:00"}, ""),
        ({"restriction": "give_way"}, ""),
    ],
)
def test_which_restrictions_are_for_cars(tags: dict[str, str], want: str) -> None:
    assert restriction_kind({"type": "restriction", **tags}) == want
    assert restriction_kind({"type": "route", **tags}) == ""


def test_a_restriction_for_lorries_leaves_cars_alone(tmp_path: Path) -> None:
    network = _cross(tmp_path, {"type": "restriction", "restriction:hgv": "no_left_turn"}, LEFT)
    assert _km(network, (1, 0), (10, 9)) == pytest.approx(1.8, rel=0.01)
    assert network.source.facts["turn_restrictions_kept"] == "0"


def test_no_entry_may_have_several_roads_it_comes_from(tmp_path: Path) -> None:
    members = [("from", "way", 1), ("from", "way", 3), ("via", "node", 2), ("to", "way", 2)]
    network = _cross(tmp_path, {"type": "restriction", "restriction": "no_entry"}, members)
    # From the west and the east there is a detour to the end of another street and back; from the south none.
    assert _km(network, (1, 0), (10, 9)) == pytest.approx(1.8 + 2.0, rel=0.01)
    assert _km(network, (19, 0), (10, 9)) == pytest.approx(1.8 + 2.0, rel=0.01)
    assert _km(network, (10, -9), (10, 9)) == pytest.approx(1.8, rel=0.01)


def test_no_u_turn_on_a_road_that_runs_through_leaves_straight_on_open(tmp_path: Path) -> None:
    ways = [(1, [1, 2, 3], STREET), (2, [2, 4], STREET)]
    u_turn: Members = [("from", "way", 1), ("via", "node", 2), ("to", "way", 1)]
    nodes = {name: CROSS[name] for name in (1, 2, 3, 4)}
    path = write_osm(
        tmp_path / "a.osm",
        nodes=nodes,
        ways=ways,
        relations=[({"type": "restriction", "restriction": "no_u_turn"}, u_turn)],
    )
    network = read_roads(path, settings=PLAIN)
    assert _km(network, (1, 0), (19, 0)) == pytest.approx(1.8, rel=0.01)
    assert network.source.facts["turn_restrictions_kept"] == "2"


@pytest.mark.parametrize(
    ("kind", "goes", "want"),
    [
        ("only_straight_on", 3, {(0, 1), (0, 3), (0, 0)}),  # turning back is not straight on
        ("only_u_turn", 1, {(0, 1), (0, 2), (0, 3)}),
        ("no_left_turn", 2, {(0, 1)}),
        ("no_u_turn", 1, {(0, 0)}),
    ],
)
def test_what_a_rule_forbids(kind: str, goes: int, want: set[tuple[int, int]]) -> None:
    # The four arms of the cross are lines 0 to 3; way 1 begins elsewhere, the others at node 2, which is number 0 here.
    rule = TurnRule(kind, frozenset({1}), 2, frozenset({goes}))
    start, end = np.array([1, 0, 0, 0]), np.array([0, 2, 3, 4])
    turns, unmatched = match_rules(
        [rule],
        way=np.array([1, 2, 3, 4]),
        start_ref=np.array([1, 2, 2, 2]),
        end_ref=np.array([2, 4, 3, 5]),
        start=start,
        end=end,
    )
    assert set(zip(turns.came.tolist(), turns.goes.tolist(), strict=True)) == want
    assert set(turns.at.tolist()) == {0}
    assert unmatched == 0


def test_where_a_barrier_ends_the_roads_no_turn_is_left_to_forbid(tmp_path: Path) -> None:
    u_turn = ("no_u_turn", 1, 2, 1)
    ways = [(1, [1, 2], STREET), (3, [2, 3], STREET), (5, [1, 3], STREET)]
    nodes = {name: CROSS[name] for name in (1, 2, 3)}
    path = write_osm(
        tmp_path / "a.osm", nodes=nodes, ways=ways, restrictions=[u_turn], node_tags={2: {"barrier": "bollard"}}
    )
    network = read_roads(path, settings=PLAIN)
    assert network.n_lines == 3
    assert network.source.facts["turn_restrictions_kept"] == "0"
    assert network.source.facts["turn_restrictions_off_the_roads"] == "1"


def test_a_point_at_a_junction_leaves_it_and_is_reached_by_every_road(tmp_path: Path) -> None:
    settings = TravelSettings(speeds_kmh=PLAIN.speeds_kmh, junction_seconds=30.0)
    path = write_osm(tmp_path / "a.osm", nodes=CROSS, ways=ARMS, restrictions=[("no_left_turn", 1, 2, 2)])
    network = read_roads(path, settings=settings)
    for end in ((0, 0), (20, 0), (10, 10), (10, -10)):
        assert _km(network, (10, 0), end) == pytest.approx(1.0, rel=0.01)
        # In by any road, with the junction's delay, as at any other junction.
        assert _km(network, end, (10, 0)) == pytest.approx(1.0 + 0.3, rel=0.01)


def test_a_time_hangs_on_no_other_door(tmp_path: Path) -> None:
    tags = {"type": "restriction", "restriction": "no_left_turn"}
    network = _cross(tmp_path, tags, LEFT)
    alone = _km(network, (1, 0), (10, 9))
    # A door at the start of the east arm would be a shorter way to turn round in.
    more = gpd.GeoSeries(pd.concat([_point(10, 9), _point(12, 0)], ignore_index=True))
    beside = float(travel_matrix(network, _point(1, 0), more)[0, 0]) / 60 * 36
    assert alone == beside == pytest.approx(1.8 + 2.0, rel=0.01)


def test_restrictions_that_are_not_at_one_node_are_counted(tmp_path: Path) -> None:
    by_way: Members = [("from", "way", 1), ("via", "way", 3), ("to", "way", 2)]
    network = _cross(tmp_path, {"type": "restriction", "restriction": "no_u_turn"}, by_way)
    assert network.source.facts["turn_restrictions_not_read"] == "1"
    gone: Members = [("from", "way", 77), ("via", "node", 2), ("to", "way", 2)]
    network = _cross(tmp_path, {"type": "restriction", "restriction": "no_left_turn"}, gone)
    assert network.source.facts["turn_restrictions_off_the_roads"] == "1"


def test_people_on_foot_turn_as_they_like(tmp_path: Path) -> None:
    tags = {"type": "restriction", "restriction": "no_left_turn"}
    path = write_osm(tmp_path / "a.osm", nodes=CROSS, ways=ARMS, relations=[(tags, LEFT)])
    network = read_roads(path, settings=TravelSettings(mode="walk", walk_kmh=4.8))
    assert network.source.facts["turn_restrictions_kept"] == "0"
    assert network.n_nodes == len(CROSS)
