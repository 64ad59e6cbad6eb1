"""Modelled journeys, split into what lies outside and inside built-up areas."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from marketmap.travel import RoadNetwork, illustrative_roads, travel_matrix
from marketmap.travel.calibration.journeys import model_journeys
from tests.travel.tiny_roads import build


@pytest.fixture(scope="module")
def rutland_made_up(rutland_postcodes: pd.DataFrame) -> RoadNetwork:
    return illustrative_roads(rutland_postcodes)


def journey(start: tuple[float, float], end: tuple[float, float]) -> pd.DataFrame:
    names = ["from_easting", "from_northing", "to_easting", "to_northing"]
    return pd.DataFrame([[*start, *end]], columns=names, index=["x"])


def test_each_part_is_the_time_on_its_roads() -> None:
    # 3 km of town at 36 km/h, then 6 km of main road at 72: five minutes each.
    network = build([(0, 0), (3000, 0), (9000, 0)], [(0, 1, "residential"), (1, 2, "primary")])
    network = dataclasses.replace(network, built_up=network.kmh == 36.0)
    whole = model_journeys(journey((0, 0), (9000, 0)), network).loc["x"]
    assert whole["minutes_inside"] == pytest.approx(5.0, rel=0.005)
    assert whole["minutes_outside"] == pytest.approx(5.0, rel=0.005)
    part = model_journeys(journey((1500, 0), (6000, 0)), network).loc["x"]
    assert part["minutes_inside"] == pytest.approx(2.5, rel=0.005)
    assert part["minutes_outside"] == pytest.approx(2.5, rel=0.005)


def test_a_door_off_the_road_adds_a_leg_that_is_neither() -> None:
    network = build([(0, 0), (3000, 0)], [(0, 1)])
    made = model_journeys(journey((0, 250), (3000, 0)), network).loc["x"]
    assert made["minutes_access"] == pytest.approx(1.0)
    assert made["minutes_outside"] == pytest.approx(5.0, rel=1e-4)


def test_a_place_without_roads_has_no_time() -> None:
    network = build([(0, 0), (3000, 0)], [(0, 1)])
    both = pd.concat([journey((0, 0), (3000, 0)), journey((0, 0), (3000, 2500))], ignore_index=True)
    assert model_journeys(both, network).isna().all(axis=1).tolist() == [False, True]


def test_the_parts_sum_to_the_travel_matrix(rutland_postcodes: pd.DataFrame, rutland_made_up: RoadNetwork) -> None:
    random = np.random.default_rng(2)
    one, two = (rutland_postcodes.iloc[random.choice(len(rutland_postcodes), 60)] for _ in range(2))
    journeys = pd.DataFrame(
        {
            "from_easting": one["easting"].to_numpy(),
            "from_northing": one["northing"].to_numpy(),
            "to_easting": two["easting"].to_numpy(),
            "to_northing": two["northing"].to_numpy(),
        }
    )
    points = [gpd.GeoSeries(gpd.points_from_xy(end["easting"], end["northing"]), crs=27700) for end in (one, two)]
    want = travel_matrix(rutland_made_up, *points).diagonal()
    made = model_journeys(journeys, rutland_made_up)
    assert made.sum(axis=1).to_numpy() == pytest.approx(want, abs=1e-4)
    assert (made >= 0).all(axis=None)
    assert made["minutes_inside"].sum() > 0
    assert made["minutes_outside"].sum() > 0
