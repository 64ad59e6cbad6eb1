"""Access, one-way and barrier rules."""

from __future__ import annotations

import pytest

from marketmap.travel.tags import (
    WALKED,
    blocks_cars,
    blocks_walkers,
    open_directions,
    open_directions_on_foot,
    road_class,
)

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
        ({"access": "customers"}, NEITHER),
        ({"motor_vehicle:backward": "no"}, ALONG),
        ({"access": "no", "vehicle:forward": "yes"}, ALONG),
        ({"oneway": "yes", "oneway:motor_vehicle": "no"}, BOTH),
        ({"oneway": "yes", "oneway:bicycle": "no", "oneway:psv": "no"}, ALONG),
        ({"oneway": "true"}, ALONG),
        ({"oneway": "reverse"}, AGAINST),
        ({"oneway": "reversible"}, NEITHER),
        ({"oneway": "alternating"}, BOTH),
        ({"oneway": "no", "highway": "motorway"}, BOTH),
        ({"oneway": "-1", "motor_vehicle:forward": "no"}, AGAINST),
        ({"vehicle": "no"}, NEITHER),
        ({"vehicle": "no", "motor_vehicle": "destination"}, BOTH),
        ({"access": "no", "psv": "yes", "bicycle": "yes"}, NEITHER),
        ({"access": "permissive"}, BOTH),
        ({"motor_vehicle": "agricultural;forestry"}, NEITHER),
        ({"motor_vehicle": "agricultural; destination"}, BOTH),
        ({"motor_vehicle:conditional": "no @ (Mo-Fr 08:00-09:00)"}, BOTH),
        ({"access": "no", "motorcar:conditional": "yes @ (18:00-08:00)"}, NEITHER),
        ({"bicycle": "no", "foot": "no", "hgv": "no"}, BOTH),
    ],
)
def test_directions_open_to_a_car(tags: dict[str, str], want: tuple[bool, bool]) -> None:
    assert open_directions({"highway": "residential", **tags}) == want


def test_a_ferry_is_open_only_where_cars_are_let_on() -> None:
    assert road_class({"route": "ferry"}) == "ferry"
    assert open_directions({"route": "ferry"}) == NEITHER
    assert open_directions({"route": "ferry", "motor_vehicle": "yes"}) == BOTH


@pytest.mark.parametrize("tags", [{"area": "yes"}, {"service": "emergency_access"}])
def test_yards_and_fire_lanes_are_not_roads(tags: dict[str, str]) -> None:
    assert road_class({"highway": "service", **tags}) == ""


@pytest.mark.parametrize("kind", ["parking_aisle", "driveway", "alley", "drive-through"])
def test_every_other_service_road_goes_by_the_table(kind: str) -> None:
    assert road_class({"highway": "service", "service": kind}) == "service"
    assert open_directions({"highway": "service", "service": kind}) == BOTH


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
        ({"barrier": "stile"}, True),
        ({"barrier": "gate", "locked": "yes"}, True),
        ({"barrier": "lift_gate", "access": "destination"}, False),
        ({"barrier": "toll_booth"}, False),
        ({"access": "no"}, False),
    ],
)
def test_barriers_that_stop_a_car(tags: dict[str, str], want: bool) -> None:
    assert blocks_cars(tags) is want


@pytest.mark.parametrize(
    ("tags", "want"),
    [
        ({"highway": "footway"}, BOTH),
        ({"highway": "residential", "oneway": "yes"}, BOTH),
        ({"highway": "footway", "oneway": "yes"}, BOTH),
        ({"highway": "path", "oneway:foot": "yes"}, ALONG),
        ({"highway": "steps", "foot:backward": "no"}, ALONG),
        ({"highway": "service", "access": "private"}, NEITHER),
        ({"highway": "service", "access": "private", "foot": "permissive"}, BOTH),
        ({"highway": "residential", "motor_vehicle": "no"}, BOTH),
        ({"highway": "cycleway", "foot": "no"}, NEITHER),
        ({"highway": "service", "access": "customers"}, BOTH),
        ({"highway": "trunk"}, BOTH),
        ({"highway": "trunk", "foot": "no"}, NEITHER),
        ({"highway": "trunk", "motorroad": "yes"}, NEITHER),
        ({"highway": "trunk", "oneway": "yes"}, NEITHER),
        ({"highway": "trunk", "oneway": "yes", "sidewalk": "left"}, BOTH),
        ({"highway": "trunk", "sidewalk": "no"}, NEITHER),
        ({"highway": "trunk", "sidewalk": "no", "foot": "yes"}, BOTH),
        ({"highway": "track", "access": "agricultural", "foot": "designated"}, BOTH),
    ],
)
def test_directions_open_to_a_person(tags: dict[str, str], want: tuple[bool, bool]) -> None:
    assert open_directions_on_foot(tags) == want


def test_nobody_walks_a_motorway_or_a_corridor() -> None:
    assert WALKED.isdisjoint({"motorway", "motorway_link", "corridor", "construction", "raceway", "ferry", ""})


@pytest.mark.parametrize(
    ("tags", "want"),
    [
        ({"barrier": "stile"}, False),
        ({"barrier": "bollard", "motor_vehicle": "no"}, False),
        ({"barrier": "gate", "access": "private"}, True),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, False),
        ({"barrier": "gate", "foot": "no"}, True),
        ({"foot": "no"}, False),
    ],
)
def test_barriers_that_stop_a_person(tags: dict[str, str], want: bool) -> None:
    assert blocks_walkers(tags) is want
