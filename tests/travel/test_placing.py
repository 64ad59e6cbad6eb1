"""Putting points on roads."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.sparse.csgraph import dijkstra
from shapely import LineString, Point

from marketmap.errors import CrsError, RoadsError
from marketmap.settings import TravelSettings
from marketmap.travel import Placement, RoadNetwork, place_points, travel_matrix
from marketmap.travel.engine import TimedGraph
from marketmap.travel.placing import BEYOND_METRES, keep_covered, place_coordinates
from tests.travel.tiny_roads import build

CROSS = [(0.0, 0.0), (1000.0, 0.0), (500.0, 0.0), (500.0, 800.0)]
ROADS = [(0, 2), (2, 1), (2, 3)]


EVERY_CLASS = TravelSettings(junction_seconds=0.0)


def _classes(network: RoadNetwork, placement: Placement) -> list[str]:
    return [network.classes[network.road_class[network.edges_of_line[0][line]]] for line in placement.line]


def _points(*places: tuple[float, float], names: list[str] | None = None) -> gpd.GeoSeries:
    east, north = np.array(places, dtype=float).T
    return gpd.GeoSeries(gpd.points_from_xy(east, north), index=names, crs=27700)


def test_a_point_goes_to_the_nearest_edge_not_the_nearest_node() -> None:
    placement = place_points(build(CROSS, ROADS), _points((760, 30)))
    assert placement.line.tolist() == [1]
    assert placement.share[0] == pytest.approx(0.52)
    assert placement.metres[0] == pytest.approx(30.0)
    assert placement.access_seconds[0] == pytest.approx(30 / 15 * 3.6)


def test_a_point_too_far_away_is_named_with_its_distance() -> None:
    network = build(CROSS, ROADS)
    placement = place_points(network, _points((0, 0), (0, 1000), names=["AA1 1AA", "AA1 1AB"]), snap_metres=400)
    unplaced = placement.unplaced()
    assert unplaced.index.tolist() == ["AA1 1AB"]
    assert unplaced["metres"].tolist() == pytest.approx([538.5], abs=0.1)
    assert "400 m" in unplaced["reason"].iloc[0]
    assert placement.only_placed().index.tolist() == ["AA1 1AA"]
    assert place_points(network, _points((0, 0), (0, 1000))).placed.all()


def test_a_point_beyond_the_extract_is_told_so() -> None:
    placement = place_points(build(CROSS, ROADS), _points((0, 0), (90_000, 0)))
    assert placement.unplaced()["reason"].tolist() == ["lies outside the roads of test roads"]


def test_a_point_without_coordinates_is_named() -> None:
    points = gpd.GeoSeries([Point(0, 0), None, Point()], index=["a", "b", "c"], crs=27700)
    placement = place_points(build(CROSS, ROADS), points)
    assert placement.unplaced()["reason"].to_dict() == {"b": "has no coordinates", "c": "has no coordinates"}


def test_nobody_lives_on_a_motorway() -> None:
    network = build(CROSS, [(0, 2, "motorway"), (2, 1, "motorway"), (2, 3, "residential")])
    placement = place_points(network, _points((900, 1)), snap_metres=5000)
    assert _classes(network, placement) == ["residential"]


@pytest.mark.parametrize("road", ["motorway", "motorway_link"])
def test_a_point_on_the_carriageway_itself_is_meant_to_be_there(road: str) -> None:
    network = build(CROSS, [(0, 2, road), (2, 1, road), (2, 3, "residential")], settings=EVERY_CLASS)
    placement = place_points(network, _points((250.0, 0.3), (250.0, 1.5), (500.0, 0.0), (1000.0, 0.0)))
    assert _classes(network, placement) == [road, "residential", "residential", road]
    assert placement.metres.tolist() == pytest.approx([0.3, 250.0, 0.0, 0.0])


def test_a_motorway_is_better_than_no_road() -> None:
    network = build(CROSS, [(0, 2, "motorway"), (2, 1, "motorway"), (2, 3, "residential")])
    placement = place_points(network, _points((0, 5), (900, 30), (500, 700)), snap_metres=300)
    assert _classes(network, placement) == ["motorway", "motorway", "residential"]
    alone = build(CROSS, [(0, 1, "motorway")])
    assert place_points(alone, _points((0, 5), (0, 0))).placed.all()


def test_a_rounded_junction_is_still_the_junction() -> None:
    """A little way along a one-way arm would be all the way round."""
    network = build(
        [(0, 0), (1000, 0), (1000, 1000), (0, 1000)], [(0, 1), (1, 2), (2, 3), (3, 0)], one_way=[0, 1, 2, 3]
    )
    near = travel_matrix(network, _points((999.93, 0.02)), _points((1000.0, 500.0), (500.0, 0.0)))
    there = travel_matrix(network, _points((1000.0, 0.0)), _points((1000.0, 500.0), (500.0, 0.0)))
    assert near == pytest.approx(there, abs=0.001)
    back = travel_matrix(network, _points((1000.0, 500.0)), _points((1000.03, 0.08)))
    assert back == pytest.approx(travel_matrix(network, _points((1000.0, 500.0)), _points((1000.0, 0.0))), abs=0.001)


class TestWhereRoadsPassOver:
    """A bridge at (500, 0): the road north runs over the road east, and they share no node."""

    PLACES = ((0.0, 0.0), (500.0, 0.0), (1000.0, 0.0), (500.0, -400.0), (500.0, 400.0), (1000.0, 400.0))

    def _network(self, *, first: bool) -> RoadNetwork:
        over, under = [(3, 4)], [(0, 1), (1, 2)]
        return build(self.PLACES, [*(over + under if first else under + over), (4, 5), (5, 2)])

    @pytest.mark.parametrize("first", [True, False])
    def test_a_nodes_own_coordinates_lie_on_a_road_of_that_node(self, *, first: bool) -> None:
        network = self._network(first=first)
        # Also when the coordinates have been to degrees and back.
        for points in (_points((500.0, 0.0)), _points((500.0004, -0.0004))):
            line = int(place_points(network, points).line[0])
            edge = int(network.edges_of_line[0][line])
            ends = [network.tails[edge], network.heads[edge]]
            assert (500.0, 0.0) in {(float(network.x[node]), float(network.y[node])) for node in ends}

    @pytest.mark.parametrize("first", [True, False])
    def test_times_from_node_to_node_are_those_between_the_nodes(self, *, first: bool) -> None:
        network = self._network(first=first)
        nodes = _points(*zip(network.x, network.y, strict=True))
        graph = TimedGraph(network.n_nodes, network.tails, network.heads, network.seconds(), network.order)
        want = dijkstra(graph.matrix()) / 60
        assert travel_matrix(network, nodes, nodes) == pytest.approx(want, abs=1e-3)


def test_times_between_rutlands_nodes_are_those_of_its_graph(rutland: RoadNetwork) -> None:
    chosen = np.random.default_rng(0).choice(rutland.n_nodes, 60, replace=False)
    points = gpd.GeoSeries(gpd.points_from_xy(rutland.x[chosen], rutland.y[chosen]), crs=27700)
    placement = place_points(rutland, points)
    assert placement.metres.max() < 1e-6
    graph = TimedGraph(rutland.n_nodes, rutland.tails, rutland.heads, rutland.seconds(), rutland.order)
    # The parts that a junction with forbidden turns was taken into all lie at one place: any of them will do.
    at = [
        np.flatnonzero(np.hypot(rutland.x - x, rutland.y - y) < 1e-6) for x, y in zip(points.x, points.y, strict=True)
    ]
    whole = np.array([len(nodes) == 1 for nodes in at])
    assert whole.sum() > 50
    want = dijkstra(graph.matrix(), indices=chosen[whole])[:, chosen[whole]] / 60
    made = travel_matrix(rutland, points, points)[np.ix_(whole, whole)]
    assert np.abs(made - want).max() < 0.001


def test_shapes_that_are_not_points_are_an_error_that_names_them() -> None:
    shapes = gpd.GeoSeries(
        [Point(0, 0), Point(0, 0).buffer(5), LineString([(0, 0), (5, 5)])], index=["a", "b", "c"], crs=27700
    )
    with pytest.raises(RoadsError, match=r"2 of 3 shapes.*b \(Polygon\), c \(LineString\)"):
        place_points(build(CROSS, ROADS), shapes)


def test_one_place_in_two_reference_systems_is_one_place() -> None:
    network = build([(486000.0, 308000.0), (487000.0, 308000.0)], [(0, 1)])
    grid = _points((486300.0, 308020.0), (486700.0, 307990.0))
    one, other = place_points(network, grid), place_points(network, grid.to_crs(4326))
    assert one.line.tolist() == other.line.tolist()
    assert other.share == pytest.approx(one.share, abs=1e-4)
    assert other.metres == pytest.approx(one.metres, abs=0.1)


def test_coordinates_the_wrong_way_round_are_named() -> None:
    network = build([(486000.0, 308000.0), (487000.0, 308000.0)], [(0, 1)])
    right = _points((486300.0, 308000.0)).to_crs(4326)
    points = pd.concat([right, gpd.GeoSeries([Point(0.0, 1e9)], crs=4326)], ignore_index=True)
    unplaced = place_points(network, points).unplaced()
    assert unplaced.index.tolist() == [1]
    assert "swapped" in unplaced["reason"].iloc[0]


def test_an_index_may_hold_a_name_twice() -> None:
    placement = place_points(build(CROSS, ROADS), _points((0, 0), (500, 300), (500, 5000), names=["a", "a", "a"]))
    assert placement.only_placed().index.tolist() == ["a", "a"]
    assert placement.unplaced().index.tolist() == ["a"]


def test_no_points_and_only_missing_ones_are_no_error() -> None:
    network = build(CROSS, ROADS)
    assert len(place_points(network, gpd.GeoSeries([], crs=27700)).line) == 0
    nowhere = place_points(network, gpd.GeoSeries([None, Point()], crs=27700))
    assert nowhere.unplaced()["reason"].tolist() == ["has no coordinates"] * 2


def test_all_points_outside_is_an_error_that_names_both_extents() -> None:
    with pytest.raises(RoadsError) as caught:
        place_points(build(CROSS, ROADS), _points((300_000, 400_000), (310_000, 410_000)))
    for part in ("0 to 1,000", "300,000 to 310,000", "400,000 to 410,000"):
        assert part in str(caught.value)


def test_points_without_reference_system_are_an_error() -> None:
    with pytest.raises(CrsError, match="reproject and rerun"):
        place_points(build(CROSS, ROADS), gpd.GeoSeries([Point(0, 0)]))


def test_every_rutland_postcode_is_placed_or_named(rutland: RoadNetwork, rutland_postcodes: pd.DataFrame) -> None:
    points = gpd.GeoSeries(
        gpd.points_from_xy(rutland_postcodes["easting"], rutland_postcodes["northing"]),
        index=rutland_postcodes.index,
        crs=27700,
    )
    placement = place_points(rutland, points)
    assert len(placement.unplaced()) + placement.placed.sum() == len(points)
    assert placement.placed.mean() > 0.99
    assert np.median(placement.metres) < 30
    on_road = rutland.lines[placement.line[placement.placed]]
    straight = gpd.GeoSeries(on_road, index=points.index[placement.placed], crs=27700).distance(points)
    assert np.allclose(straight.to_numpy(), placement.metres[placement.placed])


def test_a_place_over_the_border_is_not_put_on_a_far_road_of_a_file_that_stops_there() -> None:
    network = build(CROSS, ROADS)
    points = _points((100, 400), (100, -400), (900, -240), names=["AA1 1AA", "ZZ9 9ZA", "ZZ9 9ZB"])
    placement = place_points(network, points)
    assert placement.placed.all()
    kept = keep_covered(network, placement, own=pd.Index(["AA1 1AA"]))
    assert kept.placed.tolist() == [True, False, True]
    assert kept.unplaced()["reason"].to_dict() == {
        "ZZ9 9ZA": "lies beyond the roads of test roads: 400 m from the nearest"
    }
    assert kept.metres.tolist() == placement.metres.tolist()
    assert kept.access_seconds[1] == 0.0
    assert placement.placed.all()  # what went in is as it was
    made_up = dataclasses.replace(network, illustrative=True)
    assert keep_covered(made_up, placement, own=pd.Index([])).placed.all()


def test_rutlands_own_postcodes_lie_nearer_than_places_over_the_border_may(
    rutland: RoadNetwork, rutland_postcodes: pd.DataFrame
) -> None:
    metres = place_coordinates(rutland, rutland_postcodes["easting"], rutland_postcodes["northing"]).metres
    assert (metres <= BEYOND_METRES).mean() > 0.99
