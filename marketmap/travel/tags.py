"""What OpenStreetMap tags say about driving or walking along a way or past a node.

Rules follow the OpenStreetMap wiki pages "Key:access", "Key:oneway", "Key:barrier" and the United Kingdom's table of
"OSM tags for routing/Access restrictions": the more specific key wins. Rules that hold only at some hours
(``…:conditional``) are not read: what holds for the rest of the day is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from marketmap.settings import WALK, TravelSettings

Tags = Mapping[str, str]
Directions = tuple[bool, bool]

ACCESS_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
FOOT_KEYS = ("foot", "access")
# Ways a person may walk along; the speed table says nothing about them.
WALKED = frozenset(
    {"trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link", "tertiary", "tertiary_link",
     "unclassified", "residential", "living_street", "service", "road", "track", "pedestrian", "footway", "path",
     "bridleway", "cycleway", "steps"}
)  # fmt: skip
# Ways that no car drives; a stile where one leaves a road stands on the path, not across the road.
PATHS = frozenset({"pedestrian", "footway", "path", "bridleway", "cycleway", "steps", "track"})

# Private drives are closed as other engines close them: of Rutland's postcodes 3 in 100 are nearest to one, and an
# open road is 50 m from those on average. So are customers' roads (forecourts, car parks): open, they are short cuts.
_CLOSED = frozenset(
    {"no", "private", "agricultural", "forestry", "military", "emergency", "psv", "bus", "taxi", "permit",
     "customers", "delivery", "use_sidepath"}
)  # fmt: skip
_CLOSED_ON_FOOT = _CLOSED - {"customers"}
_PATH_BARRIERS = frozenset(
    {"cycle_barrier", "full-height_turnstile", "horse_stile", "kissing_gate", "motorcycle_barrier", "squeeze_stile",
     "stile", "step_over", "turnstile", "wicket_gate"}
)  # fmt: skip
_ROAD_BARRIERS = frozenset(
    {"block", "bollard", "bus_trap", "chain", "debris", "jersey_barrier", "log", "planter", "rising_bollard", "spikes",
     "sump_buster"}
)  # fmt: skip
# Aisles of car parks are driven, as the other engines do; a fire engine's way is not.
_NOT_DRIVEN = frozenset({"emergency_access"})
_ONE_WAY, _REVERSED = frozenset({"yes", "true", "1"}), frozenset({"-1", "reverse"})
_ONE_WAY_KEYS = ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway")
# Keys to keep when a way is read; nothing else is looked at.
WAY_KEYS = (
    "highway", "route", "junction", "area", "service", "lit", "maxspeed", "maxspeed:type", "motorroad", "sidewalk",
    "oneway:foot", *_ONE_WAY_KEYS, "foot", *ACCESS_KEYS,
    *(f"{key}:{way}" for key in ("foot", *ACCESS_KEYS) for way in ("forward", "backward")),
)  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """How one kind of traveller reads tags.

    Attributes
    ----------
    classes
        Road classes that are read at all.
    road_class
        Class of a way, blank where it is of no use.
    directions
        Whether a way is open (along it, against it).
    blocked
        Whether a node's barrier closes the way there.
    turns
        Whether forbidden turns hold.
    """

    classes: frozenset[str]
    road_class: Callable[[Tags], str]
    directions: Callable[[Tags], Directions]
    blocked: Callable[[Tags], bool]
    turns: bool


def rules_of(settings: TravelSettings) -> Rules:
    """Rules for how the settings travel: on foot or in a car."""
    return foot_rules() if settings.mode == WALK else car_rules(settings.speeds_kmh)


def car_rules(classes: Collection[str]) -> Rules:
    """Rules for a carer's car, on roads of the classes that the speed table names."""
    return Rules(frozenset(classes), road_class, open_directions, blocks_cars, turns=True)


def foot_rules() -> Rules:
    """Rules for a carer on foot: both ways along every way that people may walk."""
    return Rules(WALKED, lambda tags: tags.get("highway", ""), open_directions_on_foot, blocks_walkers, turns=False)


def road_class(tags: Tags) -> str:
    """Class of a way for the speed table: its ``highway`` value, ``"ferry"`` for a ferry, blank for neither.

    Blank too for yards (``area=yes``), which have an outline but no line to drive along.
    """
    highway = tags.get("highway", "")
    if not highway and tags.get("route") == "ferry":
        return "ferry"
    return "" if tags.get("area") == "yes" or tags.get("service") in _NOT_DRIVEN else highway


def open_directions(tags: Tags) -> Directions:
    """Whether a carer's car may drive a way (along it, against it).

    A ferry counts as open only where a motor vehicle is let on by name. ``destination`` is open, because a
    carer's visit is one; that nobody may drive *through* is not held.
    """
    if road_class(tags) == "ferry" and _access(tags, ACCESS_KEYS) is None:
        return False, False
    along, against = one_way(tags)
    return along and _is_open(tags, ACCESS_KEYS, "forward"), against and _is_open(tags, ACCESS_KEYS, "backward")


def one_way(tags: Tags) -> Directions:
    """Directions left open by the one-way rules alone (along, against).

    ``reversible`` is open neither way, for nobody knows which way it runs; ``alternating`` is both, with a wait.
    """
    value = next((tags[key] for key in _ONE_WAY_KEYS if key in tags), "")
    if value == "reversible":
        return False, False
    if value in _ONE_WAY:
        return True, False
    if value in _REVERSED:
        return False, True
    implied = tags.get("junction") in ("roundabout", "circular") or tags.get("highway") == "motorway"
    return True, not (implied and value != "no")


def open_directions_on_foot(tags: Tags) -> Directions:
    """Whether a person may walk a way (along it, against it).

    A trunk road that is a dual carriageway or is said to have no pavement is not walked, though the law allows it.
    """
    if "foot" not in tags and (tags.get("motorroad") == "yes" or _is_bare_trunk(tags)):
        return False, False
    value = tags.get("oneway:foot", "")
    along, against = value not in _REVERSED, value not in _ONE_WAY
    return (
        along and _is_open(tags, FOOT_KEYS, "forward", closed=_CLOSED_ON_FOOT),
        against and _is_open(tags, FOOT_KEYS, "backward", closed=_CLOSED_ON_FOOT),
    )


def _is_bare_trunk(tags: Tags) -> bool:
    if tags.get("highway") not in ("trunk", "trunk_link"):
        return False
    pavement = tags.get("sidewalk", "")
    return pavement in ("no", "none") or (not pavement and tags.get("oneway") in _ONE_WAY)


def blocks_cars(tags: Tags) -> bool:
    """Whether a node's barrier stops a car."""
    barrier = tags.get("barrier")
    if barrier is None:
        return False
    access = _access(tags, ACCESS_KEYS)
    if access is not None:
        return _is_closed(access, _CLOSED)
    return barrier in _PATH_BARRIERS or barrier in _ROAD_BARRIERS or tags.get("locked") == "yes"


def is_path_barrier(tags: Tags) -> bool:
    """Whether a node's barrier is of a kind that stands across paths only."""
    return tags.get("barrier") in _PATH_BARRIERS


def blocks_walkers(tags: Tags) -> bool:
    """Whether a node's barrier stops a person: only one that is closed to them by name."""
    access = _access(tags, FOOT_KEYS)
    return "barrier" in tags and access is not None and _is_closed(access, _CLOSED_ON_FOOT)


def _access(tags: Tags, keys: Collection[str]) -> str | None:
    return next((tags[key] for key in keys if key in tags), None)


def _is_open(tags: Tags, keys: Collection[str], way: str, *, closed: Collection[str] = _CLOSED) -> bool:
    """Whether one direction is open; a key for that direction wins over the keys for both."""
    value = next((tags[f"{key}:{way}"] for key in keys if f"{key}:{way}" in tags), _access(tags, keys))
    return value is None or not _is_closed(value, closed)


def _is_closed(value: str, closed: Collection[str]) -> bool:
    """Whether an access value shuts visitors out; of a list, every part must."""
    return all(part.strip() in closed for part in value.split(";"))
