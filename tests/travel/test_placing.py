"""Putting points on roads."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from marketmap.errors import CrsError, RoadsError
from marketmap.travel import RoadNetwork, place_points
from tests.travel.tiny_roads import build

CROSS = [(0.0, 0.0), (1000.0, 0.0), (500.0, 0.0), (500.0, 800.0)]
ROADS = [(0, 2), (2, 1), (2, 3)]


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
    assert network.classes[network.road_class[network.edges_of_line[0][placement.line[0]]]] == "residential"


def test_only_motorways_is_an_error() -> None:
    with pytest.raises(RoadsError, match="frontage"):
        place_points(build(CROSS, [(0, 1, "motorway")]), _points((0, 0)))


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
