"""Times of day as minutes after midnight; what passes midnight counts on beyond 1,440."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.settings import RoundSettings

MINUTES_IN_DAY = 1440


@dataclass(frozen=True)
class Shift:
    """When a round of a shift may be, minutes after the day's midnight.

    Attributes
    ----------
    name
        As in the settings.
    begins, ends
        Earliest begin and latest end; ``ends`` is after ``begins``.
    most_minutes
        Longest round.
    break_at
        What the break parts; None: no break.
    """

    name: str
    begins: float
    ends: float
    most_minutes: float
    break_at: float | None


def read_clock(text: str) -> float:
    """Read a time of day ("07:30", with or without seconds) as minutes after midnight."""
    hours, minutes = text.split(":")[:2]
    return int(hours) * 60.0 + int(minutes)


def read_span(span: tuple[str, str]) -> tuple[float, float]:
    """Read a pair of times of day; the second counts on past midnight where it is not after the first."""
    begins, ends = read_clock(span[0]), read_clock(span[1])
    return begins, ends if ends > begins else ends + MINUTES_IN_DAY


def list_shifts(settings: RoundSettings) -> tuple[Shift, ...]:
    """List the shifts of the settings, in their order."""
    shifts = []
    for name, span in settings.shifts.items():
        begins, ends = read_span(span)
        parts = None
        if name in settings.break_at and settings.break_minutes > 0:
            parts = read_clock(settings.break_at[name])
            parts += MINUTES_IN_DAY if parts < begins else 0
        shifts.append(Shift(name, begins, ends, float(settings.most_minutes[name]), parts))
    return tuple(shifts)


def minutes_of_day(moments: pd.Series, *, day_begins: float) -> tuple[pd.Series, np.ndarray]:
    """Say to which day's rounds moments belong, and at which minute of it, by the clock on the wall.

    Parameters
    ----------
    moments
        Europe/London, or without a zone.
    day_begins
        Minutes after midnight; what is before belongs to the day before.

    Returns
    -------
    days, minutes
        Midnights without a zone, and minutes after them (from ``day_begins`` to a day later). On the nights when the
        clocks change the minute is still the clock's.
    """
    wall = moments.dt.tz_localize(None)
    midnight = wall.dt.normalize()
    minutes = (wall - midnight).dt.total_seconds().to_numpy() / 60.0
    early = minutes < day_begins
    days = midnight - pd.to_timedelta(np.where(early, 1, 0), unit="D")
    return days, np.where(early, minutes + MINUTES_IN_DAY, minutes)
