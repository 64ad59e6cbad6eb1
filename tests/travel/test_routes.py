"""Single journeys agree with the matrix, and their way with their length."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from marketmap.errors import RoadsError
from marketmap.travel import Placement, RoadNetwork
from marketmap.travel.matrix import placed_matrix
from marketmap.travel.placing import place_coordinates
from marketmap.travel.routes import trace_routes
from tests.travel.tiny_roads import build

SQUARE = [(0.0, 0.0), (1000.0, 0.0), (1000.0, 1000.0), (0.0, 1000.0)]
RING = [(0, 1), (1, 2), (2, 3), (3, 0)]


def place(network: RoadNetwork, *places: tuple[float, float]) -> Placement:
    east, north = np.array(places, dtype=float).T
    return place_coordinates(network, pd.Series(east), pd.Series(north))


def test_a_one_way_ring_is_driven_round() -> None:
    network = build(SQUARE, RING, one_way=[0, 1, 2, 3])
    here, there = (250.0, 0.0), (0.0, 500.0)
    found = trace_routes(network, place(network, here, there), place(network, there, here))
    assert found["road_metres"].tolist() == pytest.approx([3250.0, 750.0])
    assert found["minutes"].tolist() == pytest.approx([3250 / 600, 750 / 600])
    ways = found.geometry.to_numpy()
    assert ways[1].equals_exact(shapely.LineString([(0, 500), (0, 0), (0, 0), (250, 0)]), 0.01)
    assert ways[0].length == pytest.approx(3250.0)


def test_two_doors_on_one_road_and_one_door_twice() -> None:
    network = build(SQUARE, RING)
    found = trace_routes(
        network, place(network, (200, 15), (200, 15)), place(network, (700, -30), (200, 15)), scenario="peak"
    )
    assert found["road_metres"].tolist() == pytest.approx([500.0, 0.0])
    assert found["minutes"].iloc[1] == 0.0
    assert shapely.get_coordinates(found.geometry.iloc[0]).tolist() == pytest.approx(np.array([[200, 0], [700, 0]]))
    assert found.geometry.iloc[1].is_empty


def test_what_is_not_placed_has_no_way() -> None:
    network = build(SQUARE, RING)
    found = trace_routes(network, place(network, (0, 0), (0, 0)), place(network, (5000, 5000), (0, 1000)))
    assert found["minutes"].tolist() == [np.inf, pytest.approx(1000 / 600)]
    assert np.isnan(found["road_metres"].iloc[0])
    assert found.geometry.iloc[0].is_empty


def test_an_unknown_scenario_is_named() -> None:
    network = build(SQUARE, RING)
    at = place(network, (0, 0))
    with pytest.raises(RoadsError, match="rush"):
        trace_routes(network, at, at, scenario="rush")


@pytest.mark.parametrize("scenario", ["offpeak", "peak"])
def test_rutland_journeys_agree_with_the_matrix(
    rutland: RoadNetwork, rutland_postcodes: pd.DataFrame, scenario: str
) -> None:
    random = np.random.default_rng(7)
    ends = [rutland_postcodes.iloc[random.integers(0, len(rutland_postcodes), 60)] for _ in range(2)]
    here, there = (place_coordinates(rutland, end["easting"], end["northing"]) for end in ends)
    found = trace_routes(rutland, here, there, scenario=scenario)
    matrix = placed_matrix(rutland, here, there, scenario=scenario)
    assert found["minutes"].to_numpy() == pytest.approx(np.diagonal(matrix), abs=0.001)
    # The shape is as long as the journey, but for the National Grid's scale: no piece is missing or turned about.
    assert found.geometry.length.to_numpy() == pytest.approx(found["road_metres"].to_numpy(), rel=0.0005)
    for placement, vertex in ((here, 0), (there, -1)):
        ends_at = np.array([way.coords[vertex] for way in found.geometry])
        away = np.hypot(ends_at[:, 0] - placement.x, ends_at[:, 1] - placement.y)
        assert away == pytest.approx(placement.metres, abs=0.01)
