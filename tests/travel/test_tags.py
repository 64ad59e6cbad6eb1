"""Access, one-way and barrier rules."""

from __future__ import annotations

import pytest

from marketmap.travel.tags import blocks_cars, open_directions, road_class

BOTH, ALONG, AGAINST, NEITHER = (True, True), (True, False), (False, True), (False, False)


@pytest.mark.parametrize(
    ("tags", "want"),
    [
        ({}, BOTH),
        ({"oneway": "yes"}, ALONG),
        ({"oneway": "-1"}, AGAINST),
        ({"oneway": "no", "junction": "roundabout"}, BOTH),
        ({"junction": "roundabout"}, ALONG),
        ({"junction": "circular"}, ALONG),
        ({"highway": "motorway"}, ALONG),
        ({"highway": "motorway_link"}, BOTH),
        ({"highway": "motorway", "oneway": "-1"}, AGAINST),
        ({"access": "private"}, NEITHER),
        ({"access": "no", "motor_vehicle": "yes"}, BOTH),
        ({"access": "yes", "motor_vehicle": "no"}, NEITHER),
        ({"motor_vehicle": "no", "motorcar": "yes"}, BOTH),
        ({"access": "destination"}, BOTH),
        ({"access": "customers"}, BOTH),
        ({"motor_vehicle:backward": "no"}, ALONG),
        ({"access": "no", "vehicle:forward": "yes"}, ALONG),
        ({"oneway": "yes", "oneway:motor_vehicle": "no"}, BOTH),
    ],
)
def test_directions_open_to_a_car(tags: dict[str, str], want: tuple[bool, bool]) -> None:
    assert open_directions({"highway": "residential", **tags}) == want


def test_a_ferry_is_open_only_where_cars_are_let_on() -> None:
    assert road_class({"route": "ferry"}) == "ferry"
    assert open_directions({"route": "ferry"}) == NEITHER
    assert open_directions({"route": "ferry", "motor_vehicle": "yes"}) == BOTH


@pytest.mark.parametrize("tags", [{"area": "yes"}, {"service": "parking_aisle"}])
def test_yards_and_parking_aisles_are_not_roads(tags: dict[str, str]) -> None:
    assert road_class({"highway": "service", **tags}) == ""


@pytest.mark.parametrize(
    ("tags", "want"),
    [
        ({}, False),
        ({"barrier": "gate"}, False),
        ({"barrier": "cattle_grid"}, False),
        ({"barrier": "gate", "access": "private"}, True),
        ({"barrier": "gate", "motor_vehicle": "no"}, True),
        ({"barrier": "bollard"}, True),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, False),
    ],
)
def test_barriers_that_stop_a_car(tags: dict[str, str], want: bool) -> None:
    assert blocks_cars(tags) is want
