"""What the settings of the simulated rounds can be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from marketmap.settings.bounds import Bounds, Told, describe_figure, figures_beyond
from marketmap.settings.rounds import BEGINS, WINDOWS, RoundSettings

BANDS = ("morning", "lunch", "tea", "bed", "night")
LENGTH = Bounds(1.0, 1_440.0, "minutes", "Give minutes")
SLACK = Bounds(0.0, 720.0, "minutes", "Give minutes")
ROUND_BOUNDS = {
    "break_after_minutes": LENGTH,
    "break_minutes": Bounds(0.0, 240.0, "minutes", "Give minutes, 0 for no break"),
    "window_minutes": SLACK,
    "critical_minutes": SLACK,
    "stop_minutes": Bounds(0.0, 60.0, "minutes", "Give minutes"),
    "round_cost_minutes": Bounds(0.0, 1_440.0, "minutes", "Give minutes"),
    "iterations_visit": Bounds(0.1, 10_000.0, "iterations a visit", "Give iterations a visit, e.g. 12"),
    "least_iterations": Bounds(1.0, 1_000_000.0, "iterations", "Give iterations, e.g. 300"),
    "processes": Bounds(1.0, 256.0, "processes", "Give how many days are worked out at a time"),
    "co2e_km": Bounds(0.0, 2.0, "kgCO2e a kilometre", "Give kgCO2e a kilometre"),
    "co2e_year": Bounds(1990.0, 2100.0, "as a year", "Give the year of the factor"),
    "resamples": Bounds(100.0, 100_000.0, "resamples", "Give how many, e.g. 2000"),
    "confidence": Bounds(0.5, 0.999, "as a share", "Give a share, e.g. 0.95"),
}
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


def round_faults(rounds: RoundSettings) -> Iterator[Told]:
    """Find every setting of the rounds that cannot be, as `travel_faults` does."""
    yield from figures_beyond(rounds, ROUND_BOUNDS)
    for name, value, known in (("begin", rounds.begin, BEGINS), ("window", rounds.window, WINDOWS)):
        if value not in known:
            yield name, f'there is no "{value[:40]}"', f"Use one of: {', '.join(known)}"
    if not rounds.shifts:
        yield "shifts", "is empty: nobody works", "Name a shift, or leave the setting out"
    for name, spans in (("shifts", rounds.shifts), ("bands", rounds.bands)):
        for key, span in spans.items():
            yield from _clock_faults(f"{name}.{key}", span)
            if span[0] == span[1]:
                yield f"{name}.{key}", f'begins and ends at "{span[0]}"', "Give two times of day"
    yield from _clock_faults("day_begins", (rounds.day_begins,))
    if set(rounds.bands) != set(BANDS):
        yield "bands", "must name every time band and no other", f"Give {', '.join(BANDS)}"
    yield from _shift_faults(rounds)


def _shift_faults(rounds: RoundSettings) -> Iterator[Told]:
    shifts: Mapping[str, object] = rounds.shifts
    if set(rounds.most_minutes) != set(shifts):
        yield "most_minutes", "must name every shift and no other", f"Give {', '.join(shifts)}"
    for key, minutes in rounds.most_minutes.items():
        if wrong := describe_figure(minutes, LENGTH):
            yield f"most_minutes.{key}", wrong, LENGTH.remedy
    for key, clock in rounds.break_at.items():
        if key not in shifts:
            yield f"break_at.{key}", "there is no such shift", f"Use: {', '.join(shifts)}"
        yield from _clock_faults(f"break_at.{key}", (clock,))


def _clock_faults(name: str, clocks: tuple[str, ...]) -> Iterator[Told]:
    wrong = [clock for clock in clocks if not _CLOCK.fullmatch(clock)]
    if wrong:
        told = " and ".join(f'"{clock[:20]}"' for clock in wrong)
        yield name, f"{told} cannot be read as a time of day", 'Write hours and minutes, e.g. "07:30"'
