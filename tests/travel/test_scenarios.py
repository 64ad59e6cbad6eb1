"""Traffic scenarios, and walking, where there is no traffic."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from marketmap.errors import RoadsError
from marketmap.settings import DEFAULT_SCENARIOS, TravelSettings
from marketmap.travel import RoadNetwork, illustrative_roads, travel_matrix
from marketmap.travel.assembly import RoadLines, assemble, line_lengths
from marketmap.travel.network import RoadSource
from tests.travel.tiny_roads import build

# Three arms meet at (1000, 0): primary outside and inside a town, and a lane.
PLACES = np.array([(0.0, 0.0), (1000.0, 0.0), (2000.0, 0.0), (1000.0, 1000.0)])
ENDS = np.array([(0, 1), (1, 2), (1, 3)])
CLASSES = ("primary", "unclassified")
SPEEDS = {"primary": (72.0, 36.0), "unclassified": 36.0}


def _network(*, limit: float = np.nan, **settings: object) -> RoadNetwork:
    shape = PLACES[ENDS].reshape(-1, 2)
    start = np.array([0, 2, 4, 6])
    lines = RoadLines(
        node_x=PLACES[:, 0], node_y=PLACES[:, 1], start=ENDS[:, 0], end=ENDS[:, 1],
        along=np.ones(3, dtype=bool), against=np.ones(3, dtype=bool),
        metres=line_lengths(start, shape[:, 0], shape[:, 1]), road_class=np.array([0, 0, 1]), classes=CLASSES,
        maxspeed_kmh=np.array([limit, np.nan, np.nan]), built_up=np.array([False, True, False]),
        line_start=start, line_x=shape[:, 0], line_y=shape[:, 1],
    )  # fmt: skip
    made = TravelSettings(**{"speeds_kmh": SPEEDS, "junction_seconds": 10.0, **settings})  # type: ignore[arg-type]
    return assemble(lines, settings=made, source=RoadSource("test roads", "", ""))


def _seconds(network: RoadNetwork, scenario: str) -> dict[tuple[int, int], float]:
    ends = zip(network.tails.tolist(), network.heads.tolist(), strict=True)
    return dict(zip(ends, network.seconds(scenario).tolist(), strict=True))


FACTORS = {"rain": {"primary": (1.5, 2.0), "other": 1.1, "junction": 3.0}, "lane": {"unclassified": 2.0}}


def test_each_class_has_its_factor_outside_and_inside_and_the_junction_its_own() -> None:
    network = _network(scenarios=FACTORS)
    dry, rain, lane = (_seconds(network, name) for name in ("offpeak", "rain", "lane"))
    assert dry == pytest.approx({(0, 1): 60, (1, 0): 50, (1, 2): 100, (2, 1): 110, (1, 3): 100, (3, 1): 110})
    assert rain == pytest.approx({(0, 1): 105, (1, 0): 75, (1, 2): 200, (2, 1): 230, (1, 3): 110, (3, 1): 140})
    # What a scenario does not name is as it is off-peak.
    assert lane == pytest.approx({**dry, (1, 3): 200, (3, 1): 210})


def test_a_scenario_changes_the_times_of_journeys() -> None:
    network = _network(scenarios=FACTORS)
    points = gpd.GeoSeries(gpd.points_from_xy([500.0, 1500.0], [0.0, 0.0]), crs=27700)
    off, rain = (travel_matrix(network, points, points, scenario=name) for name in ("offpeak", "rain"))
    assert off[0, 1] * 60 == pytest.approx(25 + 10 + 50, abs=0.01)
    assert rain[0, 1] * 60 == pytest.approx(37.5 + 30 + 100, abs=0.01)
    assert travel_matrix(network, points, points)[0, 1] == off[0, 1]


def test_an_emptier_road_is_not_driven_beyond_its_limit() -> None:
    empty = {"night": {"other": 0.5}}
    # 72 km/h by the table; twice that where nothing is posted, 90 where that is.
    assert _seconds(_network(scenarios=empty), "night")[1, 0] == pytest.approx(25)
    assert _seconds(_network(limit=90.0, scenarios=empty), "night")[1, 0] == pytest.approx(40)
    assert _seconds(_network(limit=90.0, scenarios=empty, use_maxspeed=False), "night")[1, 0] == pytest.approx(25)
    # A limit below the table's speed holds by day and by night.
    slow = _network(limit=45.0, scenarios=empty)
    assert _seconds(slow, "offpeak")[1, 0] == _seconds(slow, "night")[1, 0] == pytest.approx(80)


def test_no_scenario_is_faster_than_a_posted_limit_on_real_roads(rutland: RoadNetwork) -> None:
    known = np.isfinite(rutland.limit_kmh) & (rutland.metres > 0)
    assert known.sum() > 1000
    for name in DEFAULT_SCENARIOS:
        kmh = rutland.metres[known] / rutland.split_seconds(name)[0][known] * 3.6
        assert (kmh <= rutland.limit_kmh[known] * (1 + 1e-9)).all()
    totals = {name: rutland.seconds(name).sum() for name in DEFAULT_SCENARIOS}
    assert totals["night"] < totals["offpeak"] < totals["winter"]
    assert totals["offpeak"] < totals["peak"]


def test_an_unknown_scenario_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(RoadsError, match=r'"rush".*offpeak, peak, night, winter, rain'):
        _network(scenarios={"rain": {}}).seconds("rush")


def test_off_peak_is_always_there_and_may_be_set() -> None:
    assert _network(scenarios={}).seconds("offpeak").sum() > 0
    set_so = _network(scenarios={"offpeak": {"other": 2.0}})
    assert _seconds(set_so, "offpeak")[1, 0] == pytest.approx(100)


class TestOnFoot:
    def test_every_road_is_walked_at_one_speed_without_delay(self) -> None:
        walked = _network(mode="walk", walk_kmh=3.6, limit=2.0)
        assert walked.seconds().tolist() == pytest.approx([1000.0] * 6)

    def test_traffic_does_not_slow_those_who_walk(self) -> None:
        walked = _network(mode="walk", scenarios=FACTORS)
        assert np.array_equal(walked.seconds("rain"), walked.seconds("offpeak"))
        with pytest.raises(RoadsError, match="rush"):
            walked.seconds("rush")

    def test_the_leg_to_the_door_is_walked_too(self) -> None:
        walked = _network(mode="walk", walk_kmh=3.6)
        points = gpd.GeoSeries(gpd.points_from_xy([500.0, 1500.0], [-20.0, 30.0]), crs=27700)
        assert travel_matrix(walked, points, points)[0, 1] * 60 == pytest.approx(1050, abs=0.01)

    def test_a_slip_road_has_doors_for_those_who_walk(self) -> None:
        settings = TravelSettings(mode="walk")
        places = [(0.0, 0.0), (1000.0, 0.0), (1000.0, 500.0)]
        network = build(places, [(0, 1, "trunk_link"), (1, 2, "residential")], settings=settings)
        points = gpd.GeoSeries(gpd.points_from_xy([100.0, 300.0], [50.0, 50.0]), crs=27700)
        assert travel_matrix(network, points, points)[0, 1] * 60 == pytest.approx(300 / 4.8 * 3.6, abs=0.01)

    def test_a_class_that_is_not_driven_may_be_walked(self) -> None:
        settings = TravelSettings(mode="walk", speeds_kmh={"primary": 60.0})
        network = build([(0.0, 0.0), (1000.0, 0.0)], [(0, 1, "footway")], settings=settings)
        assert network.seconds().tolist() == pytest.approx([750.0, 750.0])


def test_illustrative_roads_are_walked_along_the_same_lines() -> None:
    places = pd.DataFrame({"easting": [0.0, 300.0, 900.0, 400.0], "northing": [0.0, 100.0, 0.0, 700.0]})
    driven = illustrative_roads(places)
    walked = illustrative_roads(places, settings=TravelSettings(mode="walk", speeds_kmh={"primary": 60.0}))
    assert np.array_equal(driven.line_x, walked.line_x)
    assert walked.seconds() == pytest.approx(driven.metres / 4.8 * 3.6)


def test_what_is_used_later_does_not_change_the_roads() -> None:
    network = _network()
    settings = dataclasses.replace(network.settings, scenario="peak", scenarios=FACTORS, snap_metres=5.0)
    assert dataclasses.replace(network, settings=settings).digest == network.digest
    other = dataclasses.replace(network.settings, junction_seconds=9.0)
    assert dataclasses.replace(network, settings=other).digest != network.digest
