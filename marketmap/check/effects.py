"""An evaluation's effect found again from its areas as written: the range that rounding leaves each figure.

The areas are written rounded, so that no figure can be found again exactly. Each is a range here: between its ends lies
what the areas may have given before they were rounded, and what was written must lie there too.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd
from scipy.special import stdtr, stdtrit

OUTCOMES = {"hours_delivered": "ratio", "travel": "ratio", "days_waited": "difference", "leakage": "difference"}
# Half of the last decimal of an outcome by area, and of a figure of the effect.
STEPS = {"hours_delivered": 0.005, "travel": 0.005, "days_waited": 0.05, "leakage": 0.00005}
EFFECT_STEP = 0.00005
SLACK = 1e-9  # of sums in another order
SIDES = ("yes", "no")


class Range(NamedTuple):
    """From where to where a figure may lie; both NaN where there is none."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Say whether a figure written with four decimals may be this one."""
        if math.isnan(self.low):
            return math.isnan(value)
        give = EFFECT_STEP + SLACK * (1 + abs(value))
        return self.low - give <= value <= self.high + give


NOTHING = Range(math.nan, math.nan)


@dataclass(frozen=True)
class Found:
    """An outcome found again.

    Attributes
    ----------
    inside, outside
        Areas behind it.
    kinds
        Kinds of area compared.
    figures
        By column of the written table: ``effect, low, high, detectable, p_value`` on the written scale, and the four
        means.
    """

    inside: int
    outside: int
    kinds: tuple[str, ...]
    figures: dict[str, Range]


@dataclass(frozen=True)
class _Area:
    kind: str
    inside: str
    before: float
    after: float
    change: float
    rounding: float


@dataclass(frozen=True)
class _Part:
    """The areas of one kind on one side: mean change, squared standard error with its ends, and what they weigh."""

    mean: float
    drift: float
    error: float
    wobble: float
    number: int
    sign: float

    def variances(self) -> tuple[float, float]:
        """Give the ends of the part's squared standard error."""
        return max(0.0, self.error - self.wobble) ** 2, (self.error + self.wobble) ** 2


def find_effect(areas: pd.DataFrame, outcome: str, *, confidence: float, power: float) -> Found:
    """Find an outcome's effect again, area by area in plain sums.

    The mean change inside less the mean change outside of the same kind, kinds by their areas inside; the interval by
    Welch (1947) with Satterthwaite's (1946) degrees of freedom over all kinds and sides. Rounding moves each change by
    ``rounding`` at most, a mean by no more than the mean of these, and a standard error, which is a seminorm of the
    changes, by no more than that of the roundings themselves.

    Parameters
    ----------
    areas
        As ``roll_out_areas.csv`` has them.
    outcome
        One of `OUTCOMES`.
    confidence, power
        Shares.
    """
    ratio = OUTCOMES[outcome] == "ratio"
    listed = [area for area in _list(areas, outcome, ratio=ratio) if area is not None]
    sizes = {(kind, side): 0 for kind in {area.kind for area in listed} for side in SIDES}
    for area in listed:
        sizes[area.kind, area.inside] += 1
    kinds = tuple(sorted({kind for kind, _ in sizes if min(sizes[kind, side] for side in SIDES) >= 2}))
    kept = [area for area in listed if area.kind in kinds]
    number = {side: sum(area.inside == side for area in kept) for side in SIDES}
    figures = {
        f"{when}_{where}": _mean((getattr(area, when) for area in kept if area.inside == side), STEPS[outcome])
        for side, where in zip(SIDES, ("inside", "outside"), strict=True)
        for when in ("before", "after")
    }
    if kinds:
        parts = []
        for kind, (side, sign) in itertools.product(kinds, (("yes", 1.0), ("no", -1.0))):
            own = [area for area in kept if (area.kind, area.inside) == (kind, side)]
            parts.append(_part(own, sizes[kind, "yes"] / number["yes"], sign))
        figures |= _tell(parts, ratio=ratio, confidence=confidence, power=power)
    return Found(number["yes"], number["no"], kinds, figures)


def _list(areas: pd.DataFrame, outcome: str, *, ratio: bool) -> Iterable[_Area | None]:
    """List the areas that have a change."""
    step = STEPS[outcome]
    for row in areas[areas["counted"] == "yes"].to_dict("records"):
        before, after = float(row[f"{outcome}_before"]), float(row[f"{outcome}_after"])
        if not (math.isfinite(before) and math.isfinite(after)) or (ratio and min(before, after) <= 0):
            yield None
            continue
        # A logarithm's slope is steepest at the lower end of what was rounded.
        near = [-math.log1p(-step / max(value, 2 * step)) for value in (before, after)] if ratio else [step, step]
        change = math.log(after / before) if ratio else after - before
        yield _Area(str(row["kind"]), str(row["inside"]), before, after, change, sum(near))


def _mean(values: Iterable[float], step: float) -> Range:
    listed = list(values)
    if not listed:
        return NOTHING
    mean = sum(listed) / len(listed)
    return Range(mean - step, mean + step)


def _part(areas: list[_Area], weight: float, sign: float) -> _Part:
    number = len(areas)
    mean = sum(area.change for area in areas) / number
    squares = sum((area.change - mean) ** 2 for area in areas)
    shifts = sum(area.rounding**2 for area in areas)
    per = weight / math.sqrt(number * (number - 1))
    drift = weight * sum(area.rounding for area in areas) / number
    return _Part(weight * mean, drift, per * math.sqrt(squares), per * math.sqrt(shifts), number, sign)


def _tell(parts: list[_Part], *, ratio: bool, confidence: float, power: float) -> dict[str, Range]:
    """Give the range of the effect, its interval, the smallest effect that would be found, and the probability."""
    effect = sum(part.sign * part.mean for part in parts)
    drift = sum(part.drift for part in parts)
    error = math.sqrt(sum(part.error**2 for part in parts))
    wobble = math.sqrt(sum(part.wobble**2 for part in parts))
    least, most = max(0.0, error - wobble), error + wobble
    corners = [_freedom(chosen, parts) for chosen in itertools.product(*(part.variances() for part in parts))]
    corners.append(_freedom([part.error**2 for part in parts], parts))
    few, many = min(corners), max(corners)
    reach = Range(float(stdtrit(many, (1 + confidence) / 2)), float(stdtrit(few, (1 + confidence) / 2)))
    extra = sorted(float(stdtrit(freedom, power)) for freedom in (few, many))
    ends = {
        "effect": Range(effect - drift, effect + drift),
        "low": Range(effect - drift - reach.high * most, effect + drift - reach.low * least),
        "high": Range(effect - drift + reach.low * least, effect + drift + reach.high * most),
        "detectable": Range((reach.low + extra[0]) * least, (reach.high + extra[1]) * most),
    }
    if ratio:
        ends = {name: Range(math.expm1(ends[name].low), math.expm1(ends[name].high)) for name in ends}
    near, far = max(0.0, abs(effect) - drift), abs(effect) + drift
    p_value = Range(_both_tails(far, least, many), _both_tails(near, most, few))
    return {**ends, "p_value": p_value}


def _both_tails(effect: float, error: float, freedom: float) -> float:
    """Give the probability of a difference at least so large if there were none."""
    if error <= 0:
        return 1.0 if effect <= 0 else 0.0
    return 2 * float(stdtr(freedom, -effect / error))


def _freedom(variances: Iterable[float], parts: list[_Part]) -> float:
    listed = list(variances)
    spread = sum(value**2 / (part.number - 1) for value, part in zip(listed, parts, strict=True))
    return sum(listed) ** 2 / spread if spread > 0 else 1.0
