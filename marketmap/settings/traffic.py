"""How roads become minutes: speeds by road class, traffic scenarios, and what can be wrong with them."""

from __future__ import annotations

import math
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Figure = float | tuple[float, float]
DRIVE, WALK = MODES = ("drive", "walk")
OFF_PEAK = "offpeak"
OTHER, JUNCTION = "other", "junction"

# km/h as (outside, inside) built-up areas. National limits where a class has them, then what a car
# really averages between junctions on such a road: a 60 mph lane is not driven at 60 mph.
DEFAULT_SPEEDS_KMH: Mapping[str, Figure] = types.MappingProxyType(
    {
        "motorway": (105.0, 90.0),
        "motorway_link": (70.0, 60.0),
        "trunk": (80.0, 45.0),
        "trunk_link": (60.0, 40.0),
        "primary": (70.0, 38.0),
        "primary_link": (55.0, 35.0),
        "secondary": (62.0, 36.0),
        "secondary_link": (50.0, 34.0),
        "tertiary": (55.0, 34.0),
        "tertiary_link": (45.0, 32.0),
        "unclassified": (48.0, 30.0),
        "residential": (32.0, 28.0),
        "living_street": (16.0, 16.0),
        "service": (20.0, 16.0),
        "road": (40.0, 28.0),
    }
)
# What a speed table or a scenario may name: tracks and ferries are driven only where the table has them.
ROAD_CLASSES = (*DEFAULT_SPEEDS_KMH, "track", "ferry")

# Factors on off-peak driving time, (outside, inside) built-up areas: assumptions, until a county has fitted its own
# (make calibrate). For scale: DfT figures for England's local A roads in 2019, as the press gave them, have a mile take
# 7 s (5 %) longer in the morning peak than from 10 to 16, and free flow 0.68 of a weekday's time.
DEFAULT_SCENARIOS: Mapping[str, Mapping[str, Figure]] = types.MappingProxyType(
    {
        OFF_PEAK: {},
        "peak": {OTHER: (1.03, 1.10), JUNCTION: 1.2},
        "night": {OTHER: (0.97, 0.90), JUNCTION: 0.5},
        "winter": {OTHER: (1.10, 1.05), "unclassified": (1.20, 1.10)},
    }
)


@dataclass(frozen=True)
class TravelSettings:
    """How roads become minutes.

    Attributes
    ----------
    speeds_kmh
        Road class to km/h; a pair is (outside, inside) built-up areas. A table that is given replaces the whole
        of this one, so that a plain one is possible: a class it does not name is not driven at all. To change
        one speed, copy the table and change it there.
    use_maxspeed
        Whether a ``maxspeed`` tag caps the table's speed, in every scenario.
    junction_seconds
        Delay at each node where three or more road arms meet.
    snap_metres
        A point further than this from any road is named, not given a time.
    access_kmh
        Speed on the straight leg between a point and its road; on foot it is ``walk_kmh``.
    mode
        ``"drive"``, or ``"walk"`` for town rounds on foot: one speed on every way, no delay at junctions, no
        traffic, so that scenarios change nothing.
    walk_kmh
        Speed on foot, on every way.
    scenario
        Which of ``scenarios`` a run's times are for.
    scenarios
        Traffic, by name: factors on driving time by road class, a pair being (outside, inside) built-up areas.
        ``other`` stands for every class that is not named (1 without it), ``junction`` for the delay at junctions.
        A scenario that is given replaces the one of that name as a whole; the others stay as they are here.
    """

    speeds_kmh: Mapping[str, Figure] = field(default_factory=lambda: dict(DEFAULT_SPEEDS_KMH))
    use_maxspeed: bool = True
    junction_seconds: float = 4.0
    snap_metres: float = 1000.0
    access_kmh: float = 15.0
    mode: str = DRIVE
    walk_kmh: float = 4.8
    scenario: str = OFF_PEAK
    scenarios: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Add the scenarios that were not given, so that those of a run record read back as they are."""
        every = {name: dict(factors) for name, factors in {**DEFAULT_SCENARIOS, **self.scenarios}.items()}
        object.__setattr__(self, "scenarios", every)


def figures(figure: Figure) -> tuple[float, float]:
    """Write a figure as the pair (outside, inside) built-up areas."""
    pair = figure if isinstance(figure, tuple | list) else (figure, figure)
    return float(pair[0]), float(pair[1])


def travel_faults(travel: TravelSettings) -> Iterator[tuple[str, str, str]]:
    """Find every travel setting that cannot be, as (name, what is wrong, remedy)."""
    for name in ("snap_metres", "access_kmh", "walk_kmh"):
        if not _above_0(getattr(travel, name)):
            yield name, f"must be above 0, not {getattr(travel, name):g}", f"Give {name.split('_')[-1]}"
    if not (math.isfinite(travel.junction_seconds) and travel.junction_seconds >= 0):
        yield "junction_seconds", f"must not be negative, and is {travel.junction_seconds:g}", "Give seconds"
    if travel.mode not in MODES:
        yield "mode", f'there is no way of travelling "{travel.mode}"', f"Use one of: {', '.join(MODES)}"
    if travel.scenario not in travel.scenarios:
        yield "scenario", f'there is no scenario "{travel.scenario}"', f"Use one of: {', '.join(travel.scenarios)}"
    if not travel.speeds_kmh:
        yield "speeds_kmh", "is empty: no road could be driven", "Name road classes, or leave the setting out"
    for road_class, speed in travel.speeds_kmh.items():
        column = f"speeds_kmh.{road_class}"
        if road_class not in ROAD_CLASSES:
            yield column, "is an unknown road class", f"Use: {', '.join(ROAD_CLASSES)}"
        elif not all(_above_0(value) for value in figures(speed)):
            yield column, f"must be above 0, not {_shown(speed)}", "Give km/h"
    for scenario, factors in travel.scenarios.items():
        for name, factor in factors.items():
            column = f"scenarios.{scenario}.{name}"
            if name not in (*ROAD_CLASSES, OTHER, JUNCTION):
                yield column, "is an unknown road class", f"Use: {', '.join((OTHER, JUNCTION, *ROAD_CLASSES))}"
            elif name == JUNCTION and isinstance(factor, tuple | list):
                yield column, "must be one number: a junction has no inside and outside", "Give a factor, e.g. 1.5"
            elif not all(_above_0(value) for value in figures(factor)):
                yield column, f"must be above 0, not {_shown(factor)}", "Give a factor on driving time, e.g. 1.2"


def _above_0(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _shown(figure: Figure) -> str:
    return " and ".join(f"{value:g}" for value in dict.fromkeys(figures(figure)))
