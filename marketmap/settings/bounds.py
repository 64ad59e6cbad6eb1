"""What travel and calibration settings can be: the bounds of each figure, and the texts for what lies beyond."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from marketmap.settings.traffic import DRIVE, JUNCTION, MODES, OTHER, ROAD_CLASSES, Figure, TravelSettings

if TYPE_CHECKING:
    from marketmap.settings.schema import CalibrationSettings

Told = tuple[str, str, str]  # name of the setting, what is wrong, remedy


class Bounds(NamedTuple):
    """The lowest and the highest that a figure can be, its unit and what to give instead of a wrong one."""

    low: float
    high: float
    unit: str
    remedy: str


# Beyond these a figure is a slip of the pen or another unit, and times made from it are nonsense or without end.
SPEED = Bounds(1.0, 200.0, "km/h", "Give km/h")
FACTOR = Bounds(0.2, 5.0, "times the off-peak driving time", "Give a factor, e.g. 1.2")
TRAVEL_BOUNDS = {
    "junction_seconds": Bounds(0.0, 300.0, "seconds", "Give seconds"),
    "snap_metres": Bounds(1.0, 20_000.0, "metres", "Give metres"),
    "access_kmh": SPEED,
    "walk_kmh": Bounds(1.0, 20.0, "km/h", "Give km/h"),
}
CALIBRATION_BOUNDS = {
    "longest_gap_minutes": Bounds(5.0, 480.0, "minutes", "Give minutes"),
    "shortest_minutes": Bounds(0.0, 60.0, "minutes", "Give minutes"),
    "least_gaps": Bounds(1.0, 1_000_000.0, "gaps", "Give how many gaps"),
    "least_coverage": Bounds(0.0, 1.0, "as a share", "Give a share, e.g. 0.8"),
}
# Where people live: a table without any of these leaves nearly every door off the roads.
LOCAL_CLASSES = ("residential", "unclassified", "tertiary")

_SCENARIO_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_CLOCK = re.compile(r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9]|24:00")


def travel_faults(travel: TravelSettings) -> Iterator[Told]:
    """Find every travel setting that cannot be, as (name, what is wrong, remedy)."""
    yield from _figures_beyond(travel, TRAVEL_BOUNDS)
    if travel.mode not in MODES:
        yield "mode", f'there is no way of travelling "{travel.mode}"', f"Use one of: {', '.join(MODES)}"
    if travel.scenario not in travel.scenarios:
        yield "scenario", f'there is no scenario "{travel.scenario}"', _suggest_scenario(travel)
    if not travel.speeds_kmh:
        yield "speeds_kmh", "is empty: no road could be driven", "Name road classes, or leave the setting out"
    for road_class, speed in travel.speeds_kmh.items():
        name = f"speeds_kmh.{road_class}"
        if road_class not in ROAD_CLASSES:
            yield name, "is an unknown road class", f"Use: {', '.join(ROAD_CLASSES)}"
        elif wrong := _describe_figure(speed, SPEED):
            yield name, wrong, SPEED.remedy
    for scenario, factors in travel.scenarios.items():
        if not _SCENARIO_NAME.fullmatch(scenario):
            what = f"a scenario cannot be called {scenario[:60]!r}"
            yield "scenarios", what, "Use up to 40 letters (A to Z), digits, _ and -"
            continue
        for road_class, factor in factors.items():
            name = f"scenarios.{scenario}.{road_class}"
            if road_class not in (*ROAD_CLASSES, OTHER, JUNCTION):
                yield name, "is an unknown road class", f"Use: {', '.join((OTHER, JUNCTION, *ROAD_CLASSES))}"
            elif road_class == JUNCTION and isinstance(factor, tuple | list):
                yield name, "must be one number: a junction has no inside and outside", "Give a factor, e.g. 1.5"
            elif wrong := _describe_figure(factor, FACTOR):
                yield name, wrong, FACTOR.remedy


def speed_table_faults(travel: TravelSettings) -> Iterator[Told]:
    """Find a speed table in a settings file that forgets the roads people live on, as `travel_faults` does.

    Only for files, in which a table of one class is nearly always meant to change that class alone. In Python a
    plain table is how times are compared, and on foot the table does not count.
    """
    named = [name for name in travel.speeds_kmh if name in ROAD_CLASSES]
    if travel.mode == DRIVE and named and not set(named) & set(LOCAL_CLASSES):
        yield (
            "speeds_kmh",
            f"only {', '.join(named)} would be driven: a table that is given replaces the whole of the built-in one",
            "Copy the table in docs/settings.md and change it there",
        )


def calibration_faults(calibration: CalibrationSettings) -> Iterator[Told]:
    """Find every calibration setting that cannot be, as `travel_faults` does."""
    yield from _figures_beyond(calibration, CALIBRATION_BOUNDS)
    if calibration.shortest_minutes >= calibration.longest_gap_minutes:
        what = f"{calibration.shortest_minutes:g} minutes is not below longest_gap_minutes"
        yield "shortest_minutes", f"{what} ({calibration.longest_gap_minutes:g})", "Lower it: no journey would be left"
    for name, spans in (("peak", calibration.peak), ("night", (calibration.night,))):
        for begin, end in spans:
            wrong = [text for text in (begin, end) if not _CLOCK.fullmatch(text)]
            if wrong:
                what = " and ".join(f'"{text[:20]}"' for text in wrong)
                yield name, f"{what} cannot be read as a time of day", 'Write hours and minutes, e.g. "07:30"'
            elif begin == end:
                yield name, f'begins and ends at "{begin}"', "Give two times of day"


def _figures_beyond(settings: object, bounds: dict[str, Bounds]) -> Iterator[Told]:
    for name, each in bounds.items():
        if wrong := _describe(getattr(settings, name), each):
            yield name, wrong, each.remedy


def _suggest_scenario(travel: TravelSettings) -> str:
    alike = [name for name in travel.scenarios if name.lower() == travel.scenario.lower()]
    return f'Write "{alike[0]}", as it is named' if alike else f"Use one of: {', '.join(travel.scenarios)}"


def _describe_figure(figure: Figure, bounds: Bounds) -> str:
    """Say what is wrong with a figure, of a pair only with the value that is wrong."""
    if not isinstance(figure, tuple | list):
        return _describe(figure, bounds)
    if len(figure) != 2:
        return "must be one number, or a pair: outside and inside built-up areas"
    told = [(place, _describe(value, bounds)) for place, value in zip(("outside", "inside"), figure, strict=True)]
    return " and ".join(f"{wrong} ({place} built-up areas)" for place, wrong in told if wrong)


def _describe(value: float, bounds: Bounds) -> str:
    low, high, unit, _ = bounds
    if not math.isfinite(value):
        return f"must be a finite number above 0, not {value:g}"
    if value <= 0 < low:
        return f"must be above 0, not {value:g}"
    return "" if low <= value <= high else f"must be from {low:g} to {high:,.10g} {unit}, not {value:g}"
