"""What travel and calibration settings can be: the bounds of each figure, and the texts for what lies beyond."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from numbers import Real
from typing import TYPE_CHECKING, NamedTuple

from marketmap.settings.traffic import DRIVE, JUNCTION, MODES, OTHER, ROAD_CLASSES, Figure, TravelSettings

if TYPE_CHECKING:
    from marketmap.settings.market import MarketSettings
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
SHARE = Bounds(0.0, 1.0, "as a share", "Give a share, e.g. 0.8")
MINUTES = Bounds(0.1, 240.0, "minutes", "Give minutes")
METRES = Bounds(10.0, 20_000.0, "metres", "Give metres")
WEEKS = Bounds(1.0, 520.0, "weeks", "Give weeks")
POUNDS = Bounds(1.0, 250.0, "pounds an hour", "Give pounds an hour")
WEIGHT = Bounds(0.0, 1_000.0, "as a weight", "Give a weight, 0 to leave it out")
MARKET_BOUNDS = {
    "core_share": Bounds(0.01, 1.0, "as a share", "Give a share, e.g. 0.8"),
    "significant_share": SHARE,
    "least_coverage": SHARE,
    "footprint_days": Bounds(1.0, 3_660.0, "days", "Give days, whole weeks of them"),
    "street_metres": METRES,
    "near_minutes": MINUTES,
    "many_providers": Bounds(1.0, 1_000.0, "providers", "Give how many providers"),
    "access_minutes": MINUTES,
    "access_square_metres": METRES,
    "spare_minutes": MINUTES,
    "raam_minutes": Bounds(0.1, 1_440.0, "minutes", "Give minutes"),
    "wait_weeks": WEEKS,
    "long_wait_days": Bounds(1.0, 365.0, "days", "Give days"),
    "growth_weeks": WEEKS,
    "large_change": Bounds(0.01, 1.0, "as a share", "Give a share, e.g. 0.2"),
    "few_firms": Bounds(0.0, 1_000.0, "providers", "Give how many providers, 0 for no warning"),
    "minimum_price_hour": POUNDS,
    "fair_cost_hour": Bounds(0.0, 250.0, "pounds an hour", "Give pounds an hour, 0 where there is none"),
    "price_travel_minutes": Bounds(0.0, 60.0, "minutes a contact hour", "Give minutes a contact hour"),
    "carer_pay_hour": POUNDS,
    "pay_on_costs": Bounds(0.0, 2.0, "as a share of pay", "Give a share, e.g. 0.27"),
    "mileage_pounds": Bounds(0.0, 5.0, "pounds a mile", "Give pounds a mile"),
    "round_kmh": Bounds(1.0, 130.0, "km/h", "Give km/h"),
    "reablement_places": Bounds(0.0, 100_000.0, "people", "Give people at a time, 0 where it is not known"),
    "reablement_weeks": Bounds(0.1, 52.0, "weeks", "Give weeks"),
    "walk_minutes": MINUTES,
    "walk_detour": Bounds(1.0, 5.0, "times the straight line", "Give a factor, e.g. 1.4"),
    "drive_minutes": MINUTES,
    "rank_least": Bounds(0.0, 1_000.0, "packages, waits or offers", "Give how many, 0 to rank by any"),
    "rural_postcodes_km2": Bounds(0.0, 10_000.0, "postcodes a square kilometre", "Give postcodes a square kilometre"),
}
# Where people live: a table without any of these leaves nearly every door off the roads.
LOCAL_CLASSES = ("residential", "unclassified", "tertiary")

WAIT_CLOCKS = ("request_date", "ready_date")
RANK_PARTS = ("unmet", "waits", "access", "travel", "refusals")

_PLAIN_NUMBER = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,6})?")
_SCENARIO_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_CLOCK = re.compile(r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9]|24:00")


def travel_faults(travel: TravelSettings) -> Iterator[Told]:
    """Find every travel setting that cannot be, as (name, what is wrong, remedy)."""
    yield from figures_beyond(travel, TRAVEL_BOUNDS)
    if travel.use_maxspeed not in (True, False):
        yield "use_maxspeed", f"must be true or false, not {travel.use_maxspeed!r}", "Give one of the two"
    tables = {"speeds_kmh": travel.speeds_kmh, "scenarios": travel.scenarios}
    if isinstance(travel.scenarios, Mapping):
        tables |= {f"scenarios.{scenario}": factors for scenario, factors in travel.scenarios.items()}
    untabled = {name: table for name, table in tables.items() if not isinstance(table, Mapping)}
    for name, table in untabled.items():
        yield name, f"must be a table of road classes, not {table!r:.60}", "Leave it out for the defaults"
    if untabled:
        return
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
        elif wrong := describe_figure(speed, SPEED):
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
            elif wrong := describe_figure(factor, FACTOR):
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
    yield from figures_beyond(calibration, CALIBRATION_BOUNDS)
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


def market_faults(market: MarketSettings) -> Iterator[Told]:
    """Find every market setting that cannot be, as `travel_faults` does."""
    yield from figures_beyond(market, MARKET_BOUNDS)
    if market.wait_clock not in WAIT_CLOCKS:
        yield "wait_clock", f'there is no clock "{market.wait_clock[:40]}"', f"Use one of: {', '.join(WAIT_CLOCKS)}"
    yield from _zone_faults(market)
    for part, weight in market.rank_weights.items():
        name = f"rank_weights.{part}"
        if part not in RANK_PARTS:
            yield name, "there is no such part of need", f"Use: {', '.join(RANK_PARTS)}"
        elif wrong := _describe(weight, WEIGHT):
            yield name, wrong, WEIGHT.remedy
    if not _any_counts(market.rank_weights):
        yield "rank_weights", "no part of need counts: nothing could be ranked", "Give one of them a weight above 0"


def _zone_faults(market: MarketSettings) -> Iterator[Told]:
    name, weights = "access_weights", market.access_weights
    odd = [minutes for minutes in weights if not _is_minutes(minutes)]
    for minutes in odd:
        what = f'"{minutes[:20]}" is no number of minutes from {MINUTES.low:g} to {MINUTES.high:g}'
        yield name, what, 'Name each zone by the minutes it ends at, e.g. "10"'
    for minutes, weight in weights.items():
        if wrong := _describe(weight, WEIGHT):
            yield f"{name}.{minutes}", wrong, WEIGHT.remedy
    if odd:
        return
    ends = [float(minutes) for minutes in weights]
    if any(later <= sooner for sooner, later in pairwise(ends)):
        yield name, "the zones' minutes do not rise from one to the next", "Write the nearest zone first, each once"
    elif not _any_counts(weights):
        yield name, "no zone counts: no capacity could be reached", "Give one of them a weight above 0"
    elif ends[-1] != market.access_minutes:
        what = (
            f"the last zone ends at {ends[-1]:g} minutes, the catchment (access_minutes) at {market.access_minutes:g}"
        )
        yield name, what, "End both at the same minutes"


def _is_minutes(text: str) -> bool:
    return bool(_PLAIN_NUMBER.fullmatch(text)) and MINUTES.low <= float(text) <= MINUTES.high


def _any_counts(weights: Mapping[str, float]) -> bool:
    return any(weight > 0 for weight in weights.values())


def figures_beyond(settings: object, bounds: dict[str, Bounds]) -> Iterator[Told]:
    """Find the figures of a section that lie beyond their bounds, as `travel_faults` does."""
    for name, each in bounds.items():
        if wrong := _describe(getattr(settings, name), each):
            yield name, wrong, each.remedy


def _suggest_scenario(travel: TravelSettings) -> str:
    alike = [name for name in travel.scenarios if name.lower() == travel.scenario.lower()]
    return f'Write "{alike[0]}", as it is named' if alike else f"Use one of: {', '.join(travel.scenarios)}"


def describe_figure(figure: Figure, bounds: Bounds) -> str:
    """Say what is wrong with a figure, of a pair only with the value that is wrong."""
    if not isinstance(figure, tuple | list):
        return _describe(figure, bounds)
    if len(figure) != 2:
        return "must be one number, or a pair: outside and inside built-up areas"
    told = [(place, _describe(value, bounds)) for place, value in zip(("outside", "inside"), figure, strict=True)]
    return " and ".join(f"{wrong} ({place} built-up areas)" for place, wrong in told if wrong)


def _describe(value: float, bounds: Bounds) -> str:
    low, high, unit, _ = bounds
    if isinstance(value, bool) or not isinstance(value, Real):
        return f"must be a number, not {value!r}"
    if not math.isfinite(value):
        return f"must be a finite number above 0, not {value:g}"
    if value <= 0 < low:
        return f"must be above 0, not {value:g}"
    return "" if low <= value <= high else f"must be from {low:g} to {high:,.10g} {unit}, not {value:g}"
