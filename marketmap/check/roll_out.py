"""Checks of an evaluation: who is compared with whom, and every figure found again from the areas as written."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from marketmap.check import written
from marketmap.check.effects import NOTHING, OUTCOMES, STEPS, Found, find_effect
from marketmap.check.evidence import Evidence
from marketmap.check.findings import Broken, check, count, some

NOT_TOLD, NONE, MORE, LESS = "not told", "no effect shown", "more inside", "less inside"
FIGURES = ("effect", "low", "high", "detectable", "p_value")
MEANS = ("before_inside", "after_inside", "before_outside", "after_outside")
# What the words of each outcome must name: what is counted, its unit, and of whom.
WORDS = {
    "hours_delivered": ("contact hours", "delivered", "a week"),
    "travel": ("modelled minutes", "between visits", "each carer hour"),
    "days_waited": ("mean days", "began"),
    "leakage": ("share of starts", "another", "own provider"),
}
COMPARED_WITH = ("sectors outside every block", "same kind")


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
    hours = (areas["hours_delivered_before"] + areas["hours_delivered_after"]) / 2
    thin = (areas["counted"] == "yes") & ~(hours >= least - STEPS["hours_delivered"])
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
        found = find_effect(areas, name, confidence=settings.confidence, power=settings.power)
        if (found.inside, found.outside) != (row["inside"], row["outside"]) or row["scale"] != OUTCOMES[name]:
            said = f"{name}: {found.inside} inside, {found.outside} outside"
            yield Broken(written.ROLL_OUT, "areas that are not those listed", (said,))
            continue
        yield from _hold(row, found, least=settings.least_areas)
        yield from _hold_words(row, found)


def _hold(row: Mapping[Hashable, Any], found: Found, *, least: int) -> Iterator[Broken]:
    """Hold one outcome's figures and answer against what was found."""
    name, answer = str(row["outcome"]), str(row["answer"])
    said = {figure: float(str(row[figure])) for figure in (*FIGURES, *MEANS)}
    told = min(found.inside, found.outside) >= least
    if not told:
        count_said = f"{found.inside} inside and {found.outside} outside"
        spoken = count_said in str(row["why_not"]) and f"{least} of each" in str(row["why_not"])
        if answer != NOT_TOLD or not spoken or any(math.isfinite(said[figure]) for figure in FIGURES):
            yield Broken(written.ROLL_OUT, f"{name} is told from fewer than {least} areas", (answer,))
    for figure in (*(FIGURES if told else ()), *MEANS):
        due = found.figures.get(figure, NOTHING)
        if not due.holds(said[figure]):
            shown = f"{figure}: says {said[figure]:g}, should be {due.low:g} to {due.high:g}"
            yield Broken(written.ROLL_OUT, f"{name} is not what its areas give", (shown,))
    if not told:
        return
    due_answer = NONE if said["low"] <= 0 <= said["high"] else MORE if said["low"] > 0 else LESS
    if answer != due_answer or str(row["why_not"]).strip():
        shown = f"{answer}, not {due_answer}"
        yield Broken(written.ROLL_OUT, f"{name}: the answer is not what its interval says", (shown,))


def _hold_words(row: Mapping[Hashable, Any], found: Found) -> Iterator[Broken]:
    """Hold what an outcome is said to be, of which kinds of area, and with what they are compared."""
    name = str(row["outcome"])
    if str(row["kinds"]) != (", ".join(found.kinds) or "none"):
        due = ", ".join(found.kinds) or "none"
        yield Broken(
            written.ROLL_OUT, f"{name}: other kinds of area than were compared", (f"{row['kinds']}, not {due}",)
        )
    for column, words in (("meaning", WORDS[name]), ("comparison", COMPARED_WITH)):
        if not all(word in str(row[column]) for word in words):
            yield Broken(written.ROLL_OUT, f"{name}: {column} does not say what it is", (str(row[column]),))
