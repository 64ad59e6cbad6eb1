"""How far one gets in so many minutes."""

from __future__ import annotations

import dataclasses
import itertools

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import Point

from marketmap.errors import RoadsError
from marketmap.travel import RoadNetwork, place_points, reach
from marketmap.travel.matrix import placed_matrix
from marketmap.travel.reach import HULL_METRES
from tests.travel.tiny_roads import PLAIN, build

# 36 km/h: 600 m a minute.
CROSS = [(0.0, 0.0), (10_000.0, 0.0), (5000.0, 0.0), (5000.0, 8000.0)]
ROADS = [(0, 2), (2, 1), (2, 3)]
WIDTH = (0.5 * HULL_METRES, 1.5 * HULL_METRES)


def _area(network: RoadNetwork, place: tuple[float, float], minutes: float) -> shapely.Geometry:
    return reach(network, Point(place), minutes).geometry.iloc[0]


def test_the_minutes_run_out_part_of_the_way_along_a_road() -> None:
    area = _area(build(CROSS, ROADS), (4000, 0), 5)
    # 3 km are left: to 1 km in the west, and past the crossing 2 km each to the east and the north.
    west, south, east, north = area.bounds
    assert 1000 - WIDTH[1] < west < 1000 - WIDTH[0]
    assert 7000 + WIDTH[0] < east < 7000 + WIDTH[1]
    assert 2000 + WIDTH[0] < north < 2000 + WIDTH[1]
    assert -WIDTH[1] < south < -WIDTH[0]


def test_both_ends_of_a_road_are_reached_before_its_middle() -> None:
    square = [(0.0, 0.0), (1000.0, 0.0), (1000.0, 5000.0), (0.0, 5000.0)]
    area = _area(build(square, [(0, 1), (1, 2), (2, 3), (3, 0)]), (500, 0), 8)
    # 4,800 m each way round, of a half ring of 6,000 m: the far side is not reached, both long sides are, almost.
    assert area.covers(Point(0, 4300))
    assert area.covers(Point(1000, 4300))
    assert not area.covers(Point(500, 5000))
    assert _area(build(square, [(0, 1), (1, 2), (2, 3), (3, 0)]), (500, 0), 10).covers(Point(500, 5000))


def test_a_one_way_road_is_not_driven_back() -> None:
    ring = [(0.0, 0.0), (4000.0, 0.0), (4000.0, 4000.0), (0.0, 4000.0)]
    roads = [(0, 1), (1, 2), (2, 3), (3, 0)]
    one_way = build(ring, roads, one_way=[0, 1, 2, 3])
    area = _area(one_way, (2000, 0), 3)
    assert area.covers(Point(3800, 0))
    assert not area.intersects(Point(1500, 0))
    assert _area(build(ring, roads), (2000, 0), 3).covers(Point(1500, 0))


def test_the_leg_to_the_road_takes_of_the_minutes() -> None:
    network = build(CROSS, ROADS)
    near, far = _area(network, (2000, 0), 4), _area(network, (2000, 400), 4)
    assert near.covers(far)
    # 400 m at 15 km/h are 1.6 minutes: 960 m less of road each way.
    assert far.bounds[2] == pytest.approx(near.bounds[2] - 960, abs=HULL_METRES / 2)
    none = reach(network, Point(2000, 400), [1, 4])
    assert none["reason"].tolist() == ["the road is further away than that", ""]
    assert none.geometry.is_empty.tolist() == [True, False]


def test_holes_that_are_small_are_filled_and_large_ones_are_not() -> None:
    for side, holes in ((900.0, 0), (4000.0, 1)):
        ring = [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)]
        area = _area(build(ring, [(0, 1), (1, 2), (2, 3), (3, 0)]), (0, 0), 60)
        assert len(area.interiors) == holes


def test_each_origin_and_each_limit_has_its_row() -> None:
    places = gpd.GeoSeries([Point(0, 0), Point(5000, 4000), Point(90_000, 0)], index=["a", "b", "far"], crs=27700)
    made = reach(build(CROSS, ROADS), places, [10, 5])
    assert made["origin"].tolist() == ["a", "a", "b", "b", "far", "far"]
    assert made["minutes"].tolist() == [10.0, 5.0] * 3
    assert made.crs.to_epsg() == 27700
    assert made.geometry.is_empty.tolist() == [False] * 4 + [True] * 2
    assert "outside" in made["reason"].iloc[4]
    assert made.geometry.iloc[0].area > made.geometry.iloc[1].area


def test_any_reference_system_will_do() -> None:
    network = build([(486000.0, 308000.0), (490000.0, 308000.0)], [(0, 1)])
    grid = gpd.GeoSeries([Point(487000, 308000)], crs=27700)
    one, other = (reach(network, points, 2).geometry.iloc[0] for points in (grid, grid.to_crs(4326)))
    assert one.symmetric_difference(other).area < 0.01 * one.area


def test_what_cannot_be_drawn_is_an_error() -> None:
    network = build(CROSS, ROADS)
    for minutes in (0, -5, float("nan"), []):
        with pytest.raises(RoadsError, match="above 0"):
            reach(network, Point(0, 0), minutes)
    with pytest.raises(RoadsError, match="hull_metres"):
        reach(network, Point(0, 0), 5, hull_metres=0)
    with pytest.raises(RoadsError, match="further than 1,000 m"):
        reach(network, Point(0, 1001), 5)
    with pytest.raises(RoadsError, match="rush"):
        reach(network, Point(0, 0), 5, scenario="rush")


@pytest.mark.parametrize("scenario", ["offpeak", "peak"])
def test_rutland_spots_on_roads_are_inside_when_they_are_reached(rutland: RoadNetwork, scenario: str) -> None:
    oakham = gpd.GeoSeries([Point(486_100, 308_800)], crs=27700)
    limits = np.array([3.0, 6.0, 10.0, 15.0])
    areas = reach(rutland, oakham, limits, scenario=scenario).geometry.to_numpy()
    assert shapely.is_valid(areas).all()
    for smaller, larger in itertools.pairwise(areas):
        assert smaller.difference(larger).area < 1e-3

    steps = np.maximum(1, np.ceil(shapely.length(rutland.lines) / 60)).astype(int)
    owner = np.repeat(np.arange(rutland.n_lines), steps)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(steps) - steps, steps)
    spots = shapely.line_interpolate_point(rutland.lines[owner], (place + 0.5) / steps[owner], normalized=True)
    placed = place_points(rutland, gpd.GeoSeries(spots, crs=27700))
    minutes = placed_matrix(rutland, place_points(rutland, oakham), placed, scenario=scenario)[0]
    on_line = placed.metres < 0.01
    for limit, area in zip(limits, areas, strict=True):
        shapely.prepare(area)
        reached = spots[on_line & (minutes <= limit)]
        assert len(reached) > 300
        # Everything reached lies half the hull inside, and nothing that is inside lies further off than it may,
        # but for holes that were filled.
        assert shapely.covers(area, shapely.buffer(reached, 0.5 * HULL_METRES)).all()
        near = shapely.union_all(shapely.buffer(reached, 1.5 * HULL_METRES))
        outlines = shapely.polygons([part.exterior for part in shapely.get_parts(near)])
        assert area.difference(shapely.union_all(outlines)).area < 1e-3 * area.area


def test_a_road_that_is_not_reached_is_not_drawn() -> None:
    # Two roads 2 km apart that only meet far away in the east.
    places = [(0.0, 0.0), (20_000.0, 0.0), (20_000.0, 2000.0), (0.0, 2000.0)]
    area = _area(build(places, [(0, 1), (1, 2), (2, 3)]), (0, 0), 10)
    assert area.covers(Point(5900, 0))
    assert not area.intersects(shapely.LineString([(0, 2000), (20_000, 2000)]))


def test_the_default_traffic_is_off_peak_as_it_is_for_a_matrix() -> None:
    peak = build(CROSS, ROADS, settings=dataclasses.replace(PLAIN, scenario="peak"))
    by_default, offpeak, at_peak = (
        reach(peak, Point(0, 0), 1, **chosen).geometry.item().area
        for chosen in ({}, {"scenario": "offpeak"}, {"scenario": "peak"})
    )
    assert by_default == offpeak > at_peak
