"""Which points are next to each other along the road."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from marketmap.travel import RoadNetwork, place_points, road_neighbours, travel_matrix
from marketmap.travel.neighbours import placed_neighbours
from tests.travel.tiny_roads import build

CROSS = [(0.0, 0.0), (1000.0, 0.0), (500.0, 0.0), (500.0, 800.0)]
ROADS = [(0, 2), (2, 1), (2, 3)]


def _points(*places: tuple[float, float]) -> gpd.GeoSeries:
    east, north = np.array(places, dtype=float).T
    return gpd.GeoSeries(gpd.points_from_xy(east, north), crs=27700)


def _parts(table: pd.DataFrame, n: int) -> int:
    graph = coo_array((np.ones(len(table)), (table["a"], table["b"])), shape=(n, n))
    return int(connected_components(graph, directed=False)[0])


def test_points_along_a_road_are_a_chain() -> None:
    table = road_neighbours(build(CROSS, ROADS), _points((900, 0), (100, 0), (700, 0), (300, 0)))
    assert list(zip(table["a"], table["b"], strict=True)) == [(0, 2), (1, 3), (2, 3)]
    assert table["minutes"].tolist() == pytest.approx([200 / 600, 200 / 600, 400 / 600], abs=1e-4)


def test_at_a_junction_the_nearest_point_lies_between_the_others() -> None:
    table = road_neighbours(build(CROSS, ROADS), _points((100, 0), (900, 0), (500, 300)))
    assert list(zip(table["a"], table["b"], strict=True)) == [(0, 2), (1, 2)]
    assert table["minutes"].tolist() == pytest.approx([700 / 600, 700 / 600], abs=1e-4)


def test_points_near_in_a_straight_line_but_not_by_road_are_no_neighbours() -> None:
    places = [(0.0, 0.0), (0.0, 1000.0), (50.0, 1000.0), (50.0, 0.0)]
    table = road_neighbours(build(places, [(0, 1), (1, 2), (2, 3)]), _points((0, 100), (0, 900), (50, 900), (50, 100)))
    assert list(zip(table["a"], table["b"], strict=True)) == [(0, 1), (1, 2), (2, 3)]


def test_points_at_one_place_are_strung_together() -> None:
    network = build(CROSS, ROADS)
    table = road_neighbours(network, _points((100, 30), (900, 0), (100, 0), (100, 30)))
    # The point on the road comes first in the chain and joins the rest of the county.
    assert list(zip(table["a"], table["b"], strict=True)) == [(0, 2), (0, 3), (1, 2)]
    leg = 30 / (15000 / 60)
    assert table["minutes"].tolist() == pytest.approx([leg, 0.0, 800 / 600], abs=1e-4)


def test_unplaced_points_have_no_neighbours() -> None:
    table = road_neighbours(build(CROSS, ROADS), _points((100, 0), (500, 9000), (900, 0)))
    assert list(zip(table["a"], table["b"], strict=True)) == [(0, 2)]


def test_one_point_or_none_has_no_neighbours() -> None:
    network = build(CROSS, ROADS)
    assert road_neighbours(network, _points((100, 0))).empty
    assert list(road_neighbours(network, gpd.GeoSeries([], crs=27700)).columns) == ["a", "b", "minutes"]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(-50, 1050), st.integers(-50, 850)), min_size=2, max_size=12, unique=True))
def test_all_hang_together_and_the_nearest_is_a_neighbour(places: list[tuple[int, int]]) -> None:
    network = build([*CROSS, (1000.0, 800.0)], [*ROADS, (3, 4), (4, 1)])
    points = _points(*places)
    table = road_neighbours(network, points)
    assert (table["a"] < table["b"]).all()
    assert not table.duplicated(["a", "b"]).any()
    assert _parts(table, len(points)) == 1
    minutes = travel_matrix(network, points, points)
    shortest = minutes[table["a"], table["b"]]
    assert (table["minutes"] >= shortest - 1e-4).all()
    # Legs to the doors apart, a point's nearest other point by road is always its neighbour.
    on_road = place_points(network, points)
    legs = on_road.access_seconds / 60
    drive = minutes - legs[:, None] - legs
    spots = pd.Series(list(zip(on_road.line, np.round(on_road.share, 6), strict=True)))
    if spots.is_unique and (on_road.share > 0).all() and (on_road.share < 1).all():
        np.fill_diagonal(drive, np.inf)
        pairs = set(zip(table["a"], table["b"], strict=True))
        for a, row in enumerate(drive):
            nearest = np.flatnonzero(row <= row.min() + 1e-4)
            assert any((min(a, b), max(a, b)) in pairs for b in nearest.tolist())


def test_rutland_hangs_together(rutland: RoadNetwork, rutland_postcodes: pd.DataFrame) -> None:
    points = gpd.GeoSeries(gpd.points_from_xy(rutland_postcodes["easting"], rutland_postcodes["northing"]), crs=27700)
    placement = place_points(rutland, points)
    table = placed_neighbours(rutland, placement)
    assert _parts(table, len(points)) == 1 + int((~placement.placed).sum())
    assert 1.0 < len(table) / len(points) < 2.0
    assert (table["minutes"] >= 0).all()
