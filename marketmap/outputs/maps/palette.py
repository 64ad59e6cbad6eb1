"""Colours that people with any colour vision can tell apart, and the classes that numbers are shown in.

Okabe and Ito's eight (2008) tell neighbours apart; ColorBrewer's YlGnBu (Brewer, 2003) shows amounts. No map relies
on colour alone: zones and sectors carry a label, states an outline of their own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

# Okabe and Ito without black, which outlines and labels need; the strongest contrasts first.
ZONE_COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#0072B2", "#D55E00")
AMOUNT_COLOURS = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")
NONE_COLOUR = "#f3f3f3"
SPOT_COLOUR = "#d9d9d9"
INK = "#1d2a33"
OUTLINE = "#4a5560"
FOOTPRINT_COLOUR = "#D55E00"
# Beside the orange of what changed provider: a pair that the common kinds of colour blindness keep apart.
DROPPED_COLOUR = "#56B4E9"


def break_classes(values: pd.Series, *, count: int = len(AMOUNT_COLOURS)) -> tuple[float, ...]:
    """Find round upper limits of classes that hold about as many positive values each.

    Parameters
    ----------
    values
        Amounts; zero, negative and missing ones have no class.
    count
        At most this many classes.

    Returns
    -------
    tuple of float
        Upper limits, rising, two significant digits; the last is at least the largest value. Empty where no
        value is positive.
    """
    positive = values[values > 0].to_numpy(float)
    if not len(positive):
        return ()
    limits = sorted({_round_up(limit) for limit in np.quantile(positive, np.linspace(0, 1, count + 1)[1:])})
    return tuple(limits)


def class_of(value: float, breaks: tuple[float, ...]) -> int | None:
    """Find a value's class, counted from 0; None for one that is missing, zero or negative."""
    if not value > 0:
        return None
    return min(int(np.searchsorted(breaks, value)), len(breaks) - 1)


def amount_colours(breaks: tuple[float, ...]) -> tuple[str, ...]:
    """Pick as many colours as there are classes, from the light to the dark end."""
    if len(breaks) == 1:
        return (AMOUNT_COLOURS[2],)
    places = np.linspace(0, len(AMOUNT_COLOURS) - 1, len(breaks)).round().astype(int)
    return tuple(AMOUNT_COLOURS[place] for place in places)


def colour_neighbours(touching: Mapping[int, set[int]]) -> dict[int, int]:
    """Give zones a colour number so that zones that touch differ and every colour is used about as often.

    Parameters
    ----------
    touching
        Zone number → the numbers of zones that share a border with it.

    Returns
    -------
    dict
        Zone number → place in `ZONE_COLOURS`. A zone whose neighbours have taken every colour repeats the rarest.
    """
    chosen: dict[int, int] = {}
    used = [0] * len(ZONE_COLOURS)
    for zone in sorted(touching, key=lambda number: (-len(touching[number]), number)):
        taken = {chosen[other] for other in touching[zone] if other in chosen}
        free = [colour for colour in range(len(ZONE_COLOURS)) if colour not in taken] or list(range(len(ZONE_COLOURS)))
        chosen[zone] = min(free, key=lambda colour: (used[colour], colour))
        used[chosen[zone]] += 1
    return chosen


def _round_up(value: float) -> float:
    digits = 1 - math.floor(math.log10(value))
    whole = round(value * 10.0**digits)
    limit = round(whole / 10.0**digits, digits)
    return limit if limit >= value else round((whole + 1) / 10.0**digits, digits)
