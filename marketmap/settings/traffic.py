"""How roads become minutes: speeds by road class and traffic scenarios."""

from __future__ import annotations

import types
from collections.abc import Mapping
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
        Road class to km/h, from 1 to 200; a pair is (outside, inside) built-up areas. A table that is given replaces
        the whole of this one, so that a plain one is possible: a class it does not name is not driven at all. To
        change one speed, copy the table and change it there. ``track`` and ``ferry`` may be named too.
    use_maxspeed
        Whether a ``maxspeed`` tag caps the table's speed, in every scenario.
    junction_seconds
        Seconds of delay at each node where three or more road arms meet; from 0 to 300.
    snap_metres
        A point further than this many metres from any road is named, not given a time; from 1 to 20,000.
    access_kmh
        Speed in km/h on the straight leg between a point and its road, from 1 to 200; on foot it is ``walk_kmh``.
    mode
        ``"drive"``, or ``"walk"`` for town rounds on foot: one speed on every way, no delay at junctions, no
        traffic, so that scenarios change nothing. A file that says so has other defaults: ``walk_kmh`` for
        ``market.round_kmh``, and 0 for ``market.mileage_pounds`` and ``rounds.co2e_km``.
    walk_kmh
        Speed in km/h on foot, on every way; from 1 to 20.
    scenario
        Which of ``scenarios`` a run's times are for, spelt as it is there.
    scenarios
        Traffic, by name (letters, digits, _ and -): factors on driving time by road class, from 0.2 to 5, a pair being
        (outside, inside) built-up areas. ``other`` stands for every class that is not named (1 without it),
        ``junction`` for the delay at junctions. A scenario that is given replaces the one of that name as a whole; the
        others stay as they are here.
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
        if not isinstance(self.scenarios, Mapping) or not all(isinstance(f, Mapping) for f in self.scenarios.values()):
            return  # told with the other faults, when the settings are checked
        every = {name: dict(factors) for name, factors in {**DEFAULT_SCENARIOS, **self.scenarios}.items()}
        object.__setattr__(self, "scenarios", every)


def figures(figure: Figure) -> tuple[float, float]:
    """Write a figure as the pair (outside, inside) built-up areas."""
    pair = figure if isinstance(figure, tuple | list) else (figure, figure)
    return float(pair[0]), float(pair[1])
