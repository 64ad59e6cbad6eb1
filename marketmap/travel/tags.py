"""What OpenStreetMap tags say about driving a car along a way or past a node.

Rules follow the OpenStreetMap wiki pages "Key:access", "Key:oneway" and "Key:barrier": the more specific key wins.
"""

from __future__ import annotations

from collections.abc import Mapping

ACCESS_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
_CLOSED = frozenset(
    {"no", "private", "agricultural", "forestry", "military", "emergency", "psv", "bus", "taxi", "permit",
     "delivery", "use_sidepath"}
)  # fmt: skip
_BLOCKING_BARRIERS = frozenset(
    {"bollard", "block", "bus_trap", "chain", "cycle_barrier", "debris", "full-height_turnstile", "jersey_barrier",
     "kissing_gate", "log", "motorcycle_barrier", "planter", "rising_bollard", "spikes", "stile", "sump_buster",
     "turnstile"}
)  # fmt: skip
_NOT_THROUGH = frozenset({"parking_aisle", "emergency_access", "drive-through"})
_ONE_WAY, _REVERSED = frozenset({"yes", "true", "1"}), frozenset({"-1", "reverse"})
# Keys to keep when a way is read; nothing else is looked at.
WAY_KEYS = (
    "highway", "route", "junction", "area", "service", "lit", "maxspeed", "maxspeed:type", "oneway",
    "oneway:motor_vehicle", "oneway:motorcar", *ACCESS_KEYS,
    *(f"{key}:{way}" for key in ACCESS_KEYS for way in ("forward", "backward")),
)  # fmt: skip

Tags = Mapping[str, str]


def road_class(tags: Tags) -> str:
    """Class of a way for the speed table: its ``highway`` value, ``"ferry"`` for a car ferry, blank for neither."""
    highway = tags.get("highway", "")
    if not highway and tags.get("route") == "ferry":
        return "ferry"
    if tags.get("area") == "yes" or tags.get("service") in _NOT_THROUGH:
        return ""
    return highway


def open_directions(tags: Tags) -> tuple[bool, bool]:
    """Whether a carer's car may drive a way (along it, against it).

    A ferry counts as open only where a motor vehicle is let on by name. ``destination`` and ``customers`` are
    open: a carer's visit is both.
    """
    if road_class(tags) == "ferry" and _access(tags) is None:
        return False, False
    along, against = one_way(tags)
    closed = _access(tags) in _CLOSED
    return (
        along and not _closed_one_way(tags, "forward", closed=closed),
        against and not _closed_one_way(tags, "backward", closed=closed),
    )


def one_way(tags: Tags) -> tuple[bool, bool]:
    """Directions left open by the one-way rules alone (along, against)."""
    value = tags.get("oneway:motorcar") or tags.get("oneway:motor_vehicle") or tags.get("oneway", "")
    if value in _ONE_WAY:
        return True, False
    if value in _REVERSED:
        return False, True
    implied = tags.get("junction") in ("roundabout", "circular") or tags.get("highway") == "motorway"
    return True, not (implied and value != "no")


def blocks_cars(tags: Tags) -> bool:
    """Whether a node's barrier stops a car."""
    barrier = tags.get("barrier")
    if barrier is None:
        return False
    access = _access(tags)
    return access in _CLOSED or (access is None and barrier in _BLOCKING_BARRIERS)


def _access(tags: Tags) -> str | None:
    return next((tags[key] for key in ACCESS_KEYS if key in tags), None)


def _closed_one_way(tags: Tags, way: str, *, closed: bool) -> bool:
    value = next((tags[f"{key}:{way}"] for key in ACCESS_KEYS if f"{key}:{way}" in tags), None)
    return closed if value is None else value in _CLOSED
