"""Times between points, against another engine and by hand."""

from __future__ import annotations

import dataclasses
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from shapely import Point

from marketmap.errors import CrsError, RoadsError
from marketmap.travel import Placement, RoadNetwork, place_points, to_networkx, travel_matrix
from marketmap.travel.engine import fast_engine_installed
from marketmap.travel.matrix import placed_matrix
from tests.travel.tiny_roads import PLAIN, build

LINE = [(0.0, 0.0), (1000.0, 0.0)]
MINUTE_METRES = 600.0  # at the 36 km/h of the plain table


def _points(*places: tuple[float, float], crs: int | None = 27700) -> gpd.GeoSeries:
    east, north = np.array(places, dtype=float).T
    return gpd.GeoSeries(gpd.points_from_xy(east, north), crs=crs)


def _ends(network: RoadNetwork, placement: Placement, i: int, *, leaving: bool) -> dict[int, float]:
    """Seconds between a point and the nodes it can drive to (or be reached from) on its own line."""
    share, line = round(float(placement.share[i]), 6), int(placement.line[i])
    found: dict[int, float] = {}
    for edge, done in zip((e[line] for e in network.edges_of_line), (share, 1 - share), strict=True):
        if edge < 0:
            continue
        drive = float(network.metres[edge] / network.kmh[edge] * 3.6)
        if leaving:
            node, seconds = int(network.heads[edge]), (1 - done) * drive + float(network.delay[edge])
        else:
            node, seconds = int(network.tails[edge]), done * drive
        if done == float(leaving):  # it lies at the node itself: no junction is driven through to get there
            seconds = 0.0
        found[node] = min(seconds, found.get(node, np.inf))
    return found


def _oracle(network: RoadNetwork, graph: Any, came: Placement, goes: Placement) -> NDArray[np.float64]:
    """Minutes by NetworkX between nodes, and by arithmetic on the edges that the points lie on."""
    minutes = np.full((len(came.line), len(goes.line)), np.inf)
    for i in range(len(came.line)):
        for node, first in _ends(network, came, i, leaving=True).items():
            reached = nx.single_source_dijkstra_path_length(graph, node, weight="travel_time")
            for j in range(len(goes.line)):
                for last, seconds in _ends(network, goes, j, leaving=False).items():
                    whole = first + reached.get(last, np.inf) + seconds
                    minutes[i, j] = min(minutes[i, j], whole / 60)
        for j in range(len(goes.line)):
            if came.line[i] == goes.line[j]:
                step = round(float(goes.share[j]), 6) - round(float(came.share[i]), 6)
                edge = network.edges_of_line[0 if step >= 0 else 1][came.line[i]]
                if edge >= 0:
                    direct = abs(step) * float(network.metres[edge] / network.kmh[edge] * 3.6)
                    minutes[i, j] = min(minutes[i, j], direct / 60)
    minutes += (came.access_seconds[:, None] + goes.access_seconds) / 60
    same = (came.x[:, None] == goes.x) & (came.y[:, None] == goes.y)
    return np.where(same, 0.0, minutes)


def _sample(postcodes: pd.DataFrame, n: int, seed: int) -> gpd.GeoSeries:
    chosen = postcodes.sample(n, random_state=seed)
    return gpd.GeoSeries(gpd.points_from_xy(chosen["easting"], chosen["northing"]), index=chosen.index, crs=27700)


def test_rutland_agrees_with_networkx(rutland: RoadNetwork, rutland_postcodes: pd.DataFrame) -> None:
    came = place_points(rutland, _sample(rutland_postcodes, 6, 1))
    goes = place_points(rutland, _sample(rutland_postcodes, 300, 2))
    want = _oracle(rutland, to_networkx(rutland), came, goes)
    for fast in {fast_engine_installed(), False}:
        made = placed_matrix(rutland, came, goes, fast=fast)
        assert made.dtype == np.float32
        assert np.abs(made - want).max() < 0.001


@pytest.mark.skipif(not fast_engine_installed(), reason="routingkit-cch has no wheel here")
def test_both_engines_and_any_number_of_threads_agree(rutland: RoadNetwork, rutland_postcodes: pd.DataFrame) -> None:
    points = place_points(rutland, _sample(rutland_postcodes, 300, 3))
    slow = placed_matrix(rutland, points, points, fast=False)
    one = placed_matrix(rutland, points, points, fast=True, threads=1)
    two = placed_matrix(rutland, points, points, fast=True, threads=3)
    assert np.array_equal(one, two)
    assert np.abs(one - slow).max() < 0.001
    assert np.isfinite(one).all()


def test_rutland_one_ways_make_there_and_back_differ(rutland: RoadNetwork, rutland_postcodes: pd.DataFrame) -> None:
    points = _sample(rutland_postcodes, 200, 4)
    minutes = travel_matrix(rutland, points, points)
    assert np.abs(minutes - minutes.T).max() > 0.5
    both_ways = travel_matrix(_opened(rutland), points, points)
    assert np.abs(both_ways - both_ways.T).max() < 1e-4


def _opened(network: RoadNetwork) -> RoadNetwork:
    """Open every road of a network both ways, with no delay at junctions."""
    ends = np.maximum(*network.edges_of_line)
    roads = list(zip(network.tails[ends].tolist(), network.heads[ends].tolist(), strict=True))
    return build(list(zip(network.x, network.y, strict=True)), roads)


class TestOnOneRoad:
    def test_two_points_get_the_direct_time(self) -> None:
        network = build(LINE, [(0, 1)])
        minutes = travel_matrix(network, _points((100, 0)), _points((700, 0), (100, 0), (40, 0)))
        assert minutes[0] == pytest.approx([600 / MINUTE_METRES, 0.0, 60 / MINUTE_METRES], abs=1e-4)

    def test_back_along_a_one_way_road_goes_round(self) -> None:
        square = [(0.0, 0.0), (1000.0, 0.0), (1000.0, 1000.0), (0.0, 1000.0)]
        network = build(square, [(0, 1), (1, 2), (2, 3), (3, 0)], one_way=[0])
        minutes = travel_matrix(network, _points((200, 0), (700, 0)), _points((200, 0), (700, 0)))
        assert minutes[0, 1] == pytest.approx(500 / MINUTE_METRES, abs=1e-4)
        assert minutes[1, 0] == pytest.approx(3500 / MINUTE_METRES, abs=1e-4)

    def test_a_one_way_road_drawn_the_other_way_is_driven_against_its_line(self) -> None:
        square = [(0.0, 0.0), (1000.0, 0.0), (1000.0, 1000.0), (0.0, 1000.0)]
        # The first road is drawn from east to west and so open to the west only.
        network = build(square, [(1, 0), (1, 2), (2, 3), (3, 0)], one_way=[0])
        minutes = travel_matrix(network, _points((200, 10), (700, -10)), _points((200, -10), (700, 10)))
        legs = 20 / (PLAIN.access_kmh * 1000 / 60)
        assert minutes[1, 0] == pytest.approx(500 / MINUTE_METRES + legs, abs=1e-4)
        assert minutes[0, 1] == pytest.approx(3500 / MINUTE_METRES + legs, abs=1e-4)
        assert np.diag(minutes) == pytest.approx([legs, legs], abs=1e-4)

    def test_the_junctions_delay_does_not_count_between_points_of_one_road(self) -> None:
        cross = [(0.0, 0.0), (1000.0, 0.0), (500.0, 0.0), (500.0, 800.0)]
        settings = dataclasses.replace(PLAIN, junction_seconds=30.0)
        network = build(cross, [(0, 2), (2, 1), (2, 3)], settings=settings)
        minutes = travel_matrix(network, _points((100, 0)), _points((400, 0), (600, 0)))
        assert minutes[0] == pytest.approx([300 / MINUTE_METRES, 500 / MINUTE_METRES + 0.5], abs=1e-4)

    def test_the_legs_to_the_doors_are_walked_at_access_speed(self) -> None:
        network = build(LINE, [(0, 1)])
        minutes = travel_matrix(network, _points((100, 50)), _points((700, -25), (100, -50)))
        legs = 75 / (PLAIN.access_kmh * 1000 / 60)
        assert minutes[0] == pytest.approx([1.0 + legs, 100 / (PLAIN.access_kmh * 1000 / 60)], abs=1e-4)

    def test_a_dead_end_loop_is_driven_both_ways(self) -> None:
        network = build([(0.0, 0.0), (300.0, 0.0), (300.0, 300.0)], [(0, 1), (1, 2), (2, 1)])
        assert np.isfinite(travel_matrix(network, _points((300, 150)), _points((100, 0)))).all()


def test_max_minutes_cuts_to_infinity() -> None:
    network = build(LINE, [(0, 1)])
    points = _points((0, 0), (300, 0), (1000, 0))
    for fast in {fast_engine_installed(), False}:
        placement = place_points(network, points)
        minutes = placed_matrix(network, placement, placement, max_minutes=1.0, fast=fast)
        assert np.isinf(minutes[0, 2])
        assert minutes[0, 1] == pytest.approx(0.5, abs=1e-4)


def test_a_point_off_the_roads_gets_no_time() -> None:
    network = build(LINE, [(0, 1)])
    points = _points((0, 0), (500, 5000))
    minutes = travel_matrix(network, points, points)
    assert np.isinf(minutes[1]).all()
    assert np.isinf(minutes[:, 1]).all()
    assert minutes[0, 0] == 0.0


def test_many_points_at_one_place_share_their_times() -> None:
    network = build(LINE, [(0, 1)])
    minutes = travel_matrix(network, _points(*[(100, 0)] * 3, (700, 0)), _points((700, 0), *[(100, 0)] * 2))
    assert minutes[:3] == pytest.approx(np.array([[1.0, 0.0, 0.0]] * 3), abs=1e-4)
    assert minutes[3] == pytest.approx([0.0, 1.0, 1.0], abs=1e-4)


@pytest.mark.parametrize(("apart", "same"), [(0.0, True), (0.04, True), (0.099, True), (0.101, False), (0.6, False)])
def test_points_to_ten_centimetres_are_one_place(apart: float, same: bool) -> None:
    network = build(LINE, [(0, 1)])
    # 0.05 m is an edge between cells of 10 cm, and so is 0.25 m.
    for east in (500.0, 500.05, 500.249):
        made = float(travel_matrix(network, _points((east, 100.05)), _points((east + apart, 100.05)))[0, 0])
        assert (made == 0.0) == same
        if not same:
            assert made > 200 / (PLAIN.access_kmh * 1000 / 60)


def test_places_are_the_same_by_way_of_degrees() -> None:
    network = build([(486000.0, 308000.0), (487000.0, 308000.0)], [(0, 1)])
    east, north = np.random.default_rng(0).integers(0, 20_000, (2, 300)) / 20
    points = gpd.GeoSeries(gpd.points_from_xy(486000 + east, 307500 + north), crs=27700)
    assert not np.diag(travel_matrix(network, points, points.to_crs(4326))).any()


def test_any_reference_system_will_do() -> None:
    network = build([(486000.0, 308000.0), (487000.0, 308000.0)], [(0, 1)])
    grid = _points((486100, 308000), (486700, 308000))
    assert travel_matrix(network, grid.to_crs(4326), grid.to_crs(3857)) == pytest.approx(
        travel_matrix(network, grid, grid), abs=0.01
    )


def test_one_place_in_two_reference_systems_is_no_way_apart() -> None:
    network = build([(486000.0, 308000.0), (487000.0, 308000.0)], [(0, 1)])
    grid = _points((486100, 308050), (486700, 307950.5))
    for other in (grid.to_crs(4326), grid.to_crs(3857)):
        assert np.diag(travel_matrix(network, grid, other)).tolist() == [0.0, 0.0]


def test_a_negative_limit_is_an_error() -> None:
    network = build(LINE, [(0, 1)])
    for limit in (-1.0, np.nan):
        with pytest.raises(RoadsError, match="max_minutes"):
            travel_matrix(network, _points((0, 0)), _points((0, 0)), max_minutes=limit)


def test_points_all_outside_are_an_error_whichever_side_they_are_on() -> None:
    network = build(LINE, [(0, 1)])
    here, away = _points((0, 0)), _points((300_000, 400_000))
    for origins, destinations in ((here, away), (away, here)):
        with pytest.raises(RoadsError, match=r"0 to 1,000.*300,000 to 300,000"):
            travel_matrix(network, origins, destinations)


def test_an_index_may_hold_a_name_twice() -> None:
    network = build(LINE, [(0, 1)])
    points = gpd.GeoSeries(gpd.points_from_xy([0.0, 600.0], [0.0, 0.0]), index=["a", "a"], crs=27700)
    assert travel_matrix(network, points, points) == pytest.approx(np.array([[0.0, 1.0], [1.0, 0.0]]), abs=1e-4)


def test_no_reference_system_is_an_error() -> None:
    network = build(LINE, [(0, 1)])
    with pytest.raises(CrsError, match="reproject and rerun"):
        travel_matrix(network, _points((0, 0), crs=None), _points((0, 0)))


def test_an_unknown_scenario_is_an_error() -> None:
    network = build(LINE, [(0, 1)])
    with pytest.raises(RoadsError, match="rush"):
        travel_matrix(network, _points((0, 0)), _points((0, 0)), scenario="rush")


def test_no_points_give_an_empty_matrix() -> None:
    network = build(LINE, [(0, 1)])
    nothing = gpd.GeoSeries([], crs=27700)
    assert travel_matrix(network, nothing, _points((0, 0))).shape == (0, 1)
    assert travel_matrix(network, _points((0, 0)), nothing).shape == (1, 0)
    assert travel_matrix(network, nothing, nothing).shape == (0, 0)
    missing = gpd.GeoSeries([None, Point()], crs=27700)
    assert np.isinf(travel_matrix(network, missing, _points((0, 0)))).all()


def test_a_limit_taken_from_the_matrix_keeps_that_time() -> None:
    rng = np.random.default_rng(3)
    network = build([(0, 0), (1013, 17), (2000, 640), (500, 1900)], [(0, 1), (1, 2), (2, 3), (3, 0)])
    places = gpd.GeoSeries.from_xy(rng.uniform(0, 2000, 30), rng.uniform(0, 1900, 30), crs="EPSG:27700")
    full = travel_matrix(network, places, places)
    for limit in np.unique(full[np.isfinite(full)])[::7]:
        limited = travel_matrix(network, places, places, max_minutes=float(limit))
        assert np.array_equal(limited, np.where(full <= limit, full, np.inf))
