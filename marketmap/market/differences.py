"""Difference in differences between areas: what changed inside more than in comparable areas outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from marketmap.settings import EvaluationSettings

Scale = Literal["ratio", "difference"]
LEAST_OF_A_KIND = 2  # fewer have no spread


@dataclass(frozen=True)
class Effect:
    """What a roll-out changed in one outcome.

    Attributes
    ----------
    effect, low, high
        On the outcome's scale: for a ratio, the change as a share (0.08 is 8 % more); for a difference, in the
        outcome's own unit. NaN where nothing is told.
    detectable
        The smallest effect, on the same scale, that would be found with the power asked for.
    p_value
        Of no effect.
    inside, outside
        Areas counted.
    before_inside, after_inside, before_outside, after_outside
        Means over the areas counted.
    kinds
        The kinds of area that were compared, each with those of its own kind.
    why_not
        Why nothing is told; blank where it is.
    """

    effect: float
    low: float
    high: float
    detectable: float
    p_value: float
    inside: int
    outside: int
    before_inside: float
    after_inside: float
    before_outside: float
    after_outside: float
    kinds: tuple[str, ...]
    why_not: str = ""


def compare_changes(areas: pd.DataFrame, *, scale: Scale, settings: EvaluationSettings) -> Effect:
    """Compare how areas inside and outside changed, each kind of area with its own.

    The change of an area is ln(after ÷ before) for a ratio, after - before for a difference. The effect is the mean
    change inside less the mean change outside of the same kind, over kinds by their number of areas inside (the effect
    on those treated). Its interval is Welch's, with the Welch-Satterthwaite degrees of freedom over all kinds: areas
    inside need not spread as those outside do. Areas count alike, whatever their size, and are taken to change
    independently of each other.

    Parameters
    ----------
    areas
        One row an area: ``inside`` (bool), ``kind`` (text), ``before``, ``after`` (NaN where there is none). For a
        ratio both must be above 0; others are left out.
    settings
        ``least_areas``, ``confidence``, ``power``.
    """
    before, after = areas["before"].to_numpy(float), areas["after"].to_numpy(float)
    known = np.isfinite(before) & np.isfinite(after)
    if scale == "ratio":
        known &= (before > 0) & (after > 0)
    before, after = before[known], after[known]
    inside, kind = areas["inside"].to_numpy(bool)[known], areas["kind"].to_numpy(str)[known]
    counts = {
        name: min(int((inside & (kind == name)).sum()), int((~inside & (kind == name)).sum()))
        for name in np.unique(kind)
    }
    named = tuple(str(name) for name, least in counts.items() if least >= LEAST_OF_A_KIND)
    kept = np.isin(kind, named)
    before, after, inside, kind = before[kept], after[kept], inside[kept], kind[kept]
    change = np.log(after / before) if scale == "ratio" else after - before
    means = [
        float(values[chosen].mean()) if chosen.any() else np.nan
        for chosen in (inside, ~inside)
        for values in (before, after)
    ]
    number = (int(inside.sum()), int((~inside).sum()))

    def tell(ends: np.ndarray, p_value: float, why_not: str = "") -> Effect:
        effect, low, high, detectable = (float(end) for end in ends)
        return Effect(
            effect, low, high, detectable, p_value, *number, means[0], means[1], means[2], means[3], named, why_not
        )

    if min(number) < settings.least_areas:
        why = (
            f"not enough areas: {number[0]} inside and {number[1]} outside that can be compared; "
            f"{settings.least_areas} of each are needed"
        )
        return tell(np.full(4, np.nan), np.nan, why)
    found, error, freedom = _estimate(change, inside, kind)
    reach = float(stats.t.ppf((1 + settings.confidence) / 2, freedom))
    power = float(stats.t.ppf(settings.power, freedom))
    ends = np.array([found, found - reach * error, found + reach * error, (reach + power) * error])
    told = np.expm1(ends) if scale == "ratio" else ends
    p_value = float(2 * stats.t.sf(abs(found) / error, freedom)) if error > 0 else float(found == 0)
    return tell(told, p_value)


def _estimate(change: np.ndarray, inside: np.ndarray, kind: np.ndarray) -> tuple[float, float, float]:
    """Give the effect, its standard error and the degrees of freedom."""
    found, variance, spread = 0.0, 0.0, 0.0
    for name in np.unique(kind):
        own = kind == name
        weight = float((own & inside).sum() / inside.sum())
        for part, sign in ((change[own & inside], 1.0), (change[own & ~inside], -1.0)):
            found += sign * weight * float(part.mean())
            each = weight**2 * float(part.var(ddof=1)) / len(part)
            variance += each
            spread += each**2 / (len(part) - 1)
    # Without any spread at all there is nothing to be unsure about.
    return found, float(np.sqrt(variance)), variance**2 / spread if spread > 0 else 1.0
