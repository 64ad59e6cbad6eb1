"""Checks of an evaluation: who is compared with whom, and every effect found again from the areas as written."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy.special import stdtrit

from marketmap.check import written
from marketmap.check.evidence import Evidence
from marketmap.check.findings import Broken, check, count, some

OUTCOMES = {"hours_delivered": "ratio", "travel": "ratio", "days_waited": "difference", "leakage": "difference"}
# Half of the last decimal of an outcome by area, and of an effect.
STEPS = {"hours_delivered": 0.005, "travel": 0.005, "days_waited": 0.05, "leakage": 0.00005}
EFFECT_STEP = 0.00005
NOT_TOLD, NONE, MORE, LESS = ANSWERS = ("not told", "no effect shown", "more inside", "less inside")


@dataclass(frozen=True)
class Found:
    """An effect found again: its ends on the written scale, how far rounding may move them, and the areas behind it."""

    inside: int
    outside: int
    ends: tuple[float, float, float]
    allow: float


def _areas(evidence: Evidence) -> pd.DataFrame:
    return evidence.written(written.ROLL_OUT_AREAS)


def _effects(evidence: Evidence) -> pd.DataFrame:
    return evidence.written(written.ROLL_OUT)


@check("evaluation-areas")
def evaluation_areas(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each area is there once, that what counts has no reason not to, and that the least hours are kept."""
    areas = _areas(evidence)
    twice = areas["area"].duplicated()
    if twice.any():
        yield Broken(written.ROLL_OUT_AREAS, "an area is listed twice", some(areas.loc[twice, "area"]))
    odd = (areas["counted"] == "yes") != (areas["why_not"].str.strip() == "")
    least = evidence.settings.evaluation.least_hours
    thin = (areas["counted"] == "yes") & ~(areas["hours_delivered_before"] >= least - STEPS["hours_delivered"])
    odd |= thin | ((areas["inside"] == "yes") != (areas["block_id"] != ""))
    if odd.any():
        shown = some(areas.loc[odd, "area"])
        yield Broken(written.ROLL_OUT_AREAS, f"{count(int(odd.sum()), 'area')} counted that may not be", shown)


@check("evaluation-effects")
def evaluation_effects(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each outcome is told once, from as many areas as there are, with the effect that these give."""
    effects, areas = _effects(evidence), _areas(evidence)
    if sorted(effects["outcome"]) != sorted(OUTCOMES):
        yield Broken(written.ROLL_OUT, "an outcome is missing or told twice", some(effects["outcome"]))
        return
    settings = evidence.settings.evaluation
    for row in effects.to_dict("records"):
        name = str(row["outcome"])
        found = _find(areas, name, confidence=settings.confidence)
        if (found.inside, found.outside) != (row["inside"], row["outside"]) or row["scale"] != OUTCOMES[name]:
            said = f"{name}: {found.inside} inside, {found.outside} outside"
            yield Broken(written.ROLL_OUT, "areas that are not those listed", (said,))
            continue
        yield from _hold(row, found, least=settings.least_areas)


def _hold(row: Mapping[Hashable, Any], found: Found, *, least: int) -> Iterator[Broken]:
    """Hold one outcome's effect and answer against what was found."""
    name, answer = str(row["outcome"]), str(row["answer"])
    said = tuple(float(str(row[end])) for end in ("effect", "low", "high"))
    if min(found.inside, found.outside) < least:
        if answer != NOT_TOLD or not str(row["why_not"]).strip() or any(map(math.isfinite, said)):
            yield Broken(written.ROLL_OUT, f"{name} is told from fewer than {least} areas", (answer,))
        return
    off = [
        f"{end}: says {value:g}, should be {own:g}"
        for end, value, own in zip(("effect", "low", "high"), said, found.ends, strict=True)
        if not abs(value - own) <= found.allow
    ]
    if off:
        yield Broken(written.ROLL_OUT, f"{name} is not what its areas give", tuple(off))
    _, low, high = said
    due = NONE if low <= 0 <= high else MORE if low > 0 else LESS
    if answer != due:
        yield Broken(written.ROLL_OUT, f"{name}: the answer is not what its interval says", (f"{answer}, not {due}",))


def _find(areas: pd.DataFrame, outcome: str, *, confidence: float) -> Found:
    """Find an outcome's effect again, area by area in plain sums."""
    ratio = OUTCOMES[outcome] == "ratio"
    changes: dict[tuple[str, str], list[float]] = {}
    rounding = 0.0
    for row in areas[areas["counted"] == "yes"].to_dict("records"):
        before, after = float(row[f"{outcome}_before"]), float(row[f"{outcome}_after"])
        if not (math.isfinite(before) and math.isfinite(after)) or (ratio and min(before, after) <= 0):
            continue
        changes.setdefault((str(row["kind"]), str(row["inside"])), []).append(
            math.log(after / before) if ratio else after - before
        )
        step = STEPS[outcome]
        rounding = max(rounding, step / before + step / after if ratio else 2 * step)
    kinds = [
        kind for kind in sorted({kind for kind, _ in changes})
        if min(len(changes.get((kind, side), [])) for side in ("yes", "no")) >= 2
    ]  # fmt: skip
    numbers = {side: sum(len(changes[kind, side]) for kind in kinds) for side in ("yes", "no")}
    if not kinds:
        return Found(0, 0, (math.nan, math.nan, math.nan), 0.0)
    effect = variance = spread = 0.0
    for kind in kinds:
        weight = len(changes[kind, "yes"]) / numbers["yes"]
        for side, sign in (("yes", 1.0), ("no", -1.0)):
            values = changes[kind, side]
            mean = sum(values) / len(values)
            own = weight**2 * sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values)
            effect += sign * weight * mean
            variance += own
            spread += own**2 / (len(values) - 1)
    freedom = variance**2 / spread if spread > 0 else 1.0
    reach = float(stdtrit(freedom, (1 + confidence) / 2)) * math.sqrt(variance)
    ends = (effect, effect - reach, effect + reach)
    told = tuple(math.expm1(end) if ratio else end for end in ends)
    # Rounding moves a mean by its half step at most, a standard error by less, and exp by its own slope.
    allow = 4 * rounding * (1 + max(0.0, told[2]) if ratio else 1.0) + EFFECT_STEP + 1e-9
    return Found(numbers["yes"], numbers["no"], (told[0], told[1], told[2]), allow)
