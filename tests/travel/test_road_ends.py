"""Main roads that a file's edge cuts, told from lanes that end in a field and streets that end in a village."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from marketmap.settings import TravelSettings
from marketmap.travel import RoadNetwork
from marketmap.travel.road_ends import MAIN_CLASSES, find_road_ends, metres_to_end
from tests.travel.tiny_roads import build

ANY = TravelSettings()
# A cross: main road west to east, a lane north; all of their ends are dead ends.
PLACES = [(0.0, 0.0), (500.0, 0.0), (3000.0, 0.0), (500.0, 900.0)]
ROADS = [(0, 1, "primary"), (1, 2, "primary"), (1, 3, "residential")]


def test_main_roads_that_end_in_nothing_are_cut_and_lanes_are_not() -> None:
    ends = find_road_ends(build(PLACES, ROADS, settings=ANY))
    assert ends.to_dict("records") == [
        {"easting": 0.0, "northing": 0.0, "road_class": "primary"},
        {"easting": 3000.0, "northing": 0.0, "road_class": "primary"},
    ]


def test_a_main_road_that_ends_among_other_roads_is_not_cut() -> None:
    village = [(4000.0 + 100.0 * step, -100.0) for step in range(5)]
    places = [*PLACES, *village, (2500.0, 0.0)]
    streets = [(4 + step, 5 + step, "residential") for step in range(4)]
    joined = [*ROADS[:1], (1, 9, "primary"), (9, 2, "primary"), ROADS[2], *streets, (9, 4, "residential")]
    ends = find_road_ends(build(places, joined, settings=ANY))
    assert ends["easting"].tolist() == [0.0]


def test_the_two_ways_of_a_street_held_apart_are_one_neighbour() -> None:
    twice = [*ROADS, (2, 1, "primary")]
    network = build(PLACES, twice, one_way=[1, 3], settings=ANY)
    assert find_road_ends(network)["easting"].tolist() == [0.0, 3000.0]


def test_illustrative_roads_have_no_edge() -> None:
    network = dataclasses.replace(build(PLACES, ROADS, settings=ANY), illustrative=True)
    ends = find_road_ends(network)
    assert len(ends) == 0
    assert list(ends.columns) == ["easting", "northing", "road_class"]


def test_metres_to_the_nearest_end() -> None:
    ends = pd.DataFrame({"easting": [0.0, 3000.0], "northing": [0.0, 0.0]})
    places = pd.DataFrame({"easting": [300.0, 3000.0], "northing": [400.0, 10.0]})
    assert metres_to_end(ends, places).tolist() == pytest.approx([500.0, 10.0])
    assert metres_to_end(ends.iloc[:0], places).tolist() == [np.inf, np.inf]
    assert len(metres_to_end(ends, places.iloc[:0])) == 0


def test_rutland_is_cut_at_its_border(rutland: RoadNetwork, rutland_postcodes: pd.DataFrame) -> None:
    ends = find_road_ends(rutland)
    assert set(ends["road_class"]) <= set(MAIN_CLASSES)
    assert len(ends) == 20  # checked one by one on the map
    village = pd.DataFrame({"easting": [495427.0], "northing": [305594.0]})  # a main road that does end there
    assert metres_to_end(ends, village)[0] > 3000
    middle = rutland_postcodes[
        rutland_postcodes["easting"].between(485_000, 492_000) & rutland_postcodes["northing"].between(303_000, 312_000)
    ]
    assert len(middle) > 500
    assert metres_to_end(ends, middle).min() > 3000
    assert (metres_to_end(ends, rutland_postcodes) < 3000).mean() > 0.1
