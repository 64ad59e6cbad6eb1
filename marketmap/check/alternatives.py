"""Checks of the alternatives of a full run: plans that keep every rule, really different, and what they give up."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from marketmap.check import written
from marketmap.check.costs import number
from marketmap.check.evidence import Evidence
from marketmap.check.figures import COST_STEP, HUNDREDTH, SHARE_STEP
from marketmap.check.findings import Broken, check, count, some
from marketmap.check.variants import (
    Figures,
    compare_figures,
    compare_gap,
    find_faults,
    lay_variant,
    measure,
)

PROPOSED, FOUND = "proposed", "found"
# What the product promises: two plans, this share of block hours elsewhere, this much dearer at most.
ALTERNATIVES, LEAST_ELSEWHERE, MOST_DEARER = 2, 0.20, 0.10
# What a row says beside the plan's: from which column, which way round, and half of the last decimal.
BESIDE = (
    ("objective_given_up", "objective", 1, COST_STEP),
    ("travel_saved_given_up", "travel_minutes_saved_week", -1, HUNDREDTH),
    ("carer_hours_moving_more", "carer_hours_moving", 1, HUNDREDTH),
    ("pounds_more_week", "pounds_above_usual_week", 1, HUNDREDTH),
)
MOST_DIFFERENCES, LEAST_HOURS = 10, 0.5
EDGE = 1e-6


def is_there(evidence: Evidence, *files: str) -> bool:
    """Say whether a run wrote some files."""
    return all((evidence.folder / file).is_file() for file in files)


def was_stopped(evidence: Evidence) -> bool:
    """Say whether a run says that it was stopped, so that parts of it may be lacking."""
    return any("stopped by" in str(note).lower() or "stopped while" in str(note).lower()
               for note in evidence.recorded("notes"))  # fmt: skip


@check("full-complete")
def full_complete(evidence: Evidence) -> Iterator[Broken]:
    """Hold that a full run wrote all its tables, unless it says that it was stopped, and another run none of them."""
    asked = bool(evidence.recorded("solver").get("full"))
    there = [file for file in written.FULL if is_there(evidence, file)]
    lacking = sorted(set(written.FULL) - set(there))
    if asked and lacking and not was_stopped(evidence):
        yield Broken(
            written.RECORD, f"a full run without {count(len(lacking), 'table')} and no word of why", tuple(lacking)
        )
    if there and not asked:
        yield Broken(written.RECORD, "tables of a full run, and solver.full does not say so", tuple(there))


def _rows(evidence: Evidence) -> pd.DataFrame:
    """Take the alternatives themselves, without the row of the plan, those found alone."""
    rows = evidence.written(written.ALTERNATIVES)
    return rows[(rows["plan"] != PROPOSED) & (rows["status"] == FOUND)].drop_duplicates("plan")


def name_homes(evidence: Evidence) -> pd.Series:
    """Name the provider of each point's proposed block, blank outside them, by postcode."""
    points = evidence.points[~evidence.points.index.duplicated()]
    block = points["block_id"]
    inside = (block != written.SPOT) & ~block.isin(evidence.existing)
    return block.map(evidence.suggested).where(inside, "").fillna("")


def find_difference(hours: pd.Series, one: pd.Series, other: pd.Series) -> float:
    """Find the share of block hours that are elsewhere in another plan, the smaller of looking from either side."""

    def look(here: pd.Series, there: pd.Series) -> float:
        inside = here != ""
        total = float(hours[inside].sum())
        return float(hours[inside & (here != there.reindex(here.index))].sum()) / total if total else 0.0

    return min(look(one, other), look(other, one))


def _variants(evidence: Evidence) -> dict[str, Evidence]:
    return {
        str(name): lay_variant(evidence, written.ALTERNATIVE_POSTCODES, str(name)) for name in _rows(evidence)["plan"]
    }


@check("alternatives-listed")
def alternatives_listed(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the plan stands first with its own figures, then two others, each found or with why not."""
    if not is_there(evidence, written.ALTERNATIVES):
        return
    rows = evidence.written(written.ALTERNATIVES)
    names = list(rows["plan"])
    if len(set(names)) != len(names) or names[:1] != [PROPOSED]:
        yield Broken(written.ALTERNATIVES, "the proposed plan is not first, or a plan stands twice", some(names))
        return
    if len(names) < 1 + ALTERNATIVES and not was_stopped(evidence):
        yield Broken(written.ALTERNATIVES, f"{count(len(names) - 1, 'alternative')}, where {ALTERNATIVES} are promised")
    plan = rows.iloc[0]
    for column in ("objective", "lower_bound"):
        value = number(evidence, column)
        if not abs(float(plan[column]) - value) <= COST_STEP + EDGE:
            what = f"{column} of the proposed plan is {plan[column]:.4f}; run.json says {value:.4f}"
            yield Broken(written.ALTERNATIVES, what)
    yield from compare_figures(written.ALTERNATIVES, plan, measure(evidence))
    for _, row in rows.iterrows():
        yield from compare_gap(written.ALTERNATIVES, row)
        given_up = float(row["objective"]) - float(plan["objective"])
        for name, column, sign, step in BESIDE:
            beside = sign * (float(row[column]) - float(plan[column]))
            both_blank = pd.isna(beside) and pd.isna(row[name])
            if not both_blank and not abs(beside - float(row[name])) <= 3 * step + EDGE:
                yield Broken(written.ALTERNATIVES, f"{row['plan']}: {name} is {row[name]:g}, not {beside:g}")
        if row["status"] == FOUND and given_up > MOST_DEARER * abs(float(plan["objective"])) + EDGE:
            yield Broken(written.ALTERNATIVES, f"{row['plan']} costs over {MOST_DEARER:.0%} more and is called found")


@check("alternatives-rules")
def alternatives_rules(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each alternative is itself a plan: every rule that the proposed plan must keep, it keeps."""
    if not is_there(evidence, written.ALTERNATIVES, written.ALTERNATIVE_POSTCODES):
        return
    found = set(_rows(evidence)["plan"])
    listed = set(evidence.written(written.ALTERNATIVE_POSTCODES)["plan"])
    if listed != found:
        what = "does not list the postcodes of just those alternatives that were found"
        yield Broken(written.ALTERNATIVE_POSTCODES, what, some(sorted(listed ^ found)))
    for name in sorted(found & listed):
        yield from find_faults(evidence, written.ALTERNATIVE_POSTCODES, str(name))


@check("alternatives-figures")
def alternatives_figures(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each alternative costs, moves and brings what its own postcodes add up to."""
    if not is_there(evidence, written.ALTERNATIVES, written.ALTERNATIVE_POSTCODES):
        return
    variants = _variants(evidence)
    for _, row in _rows(evidence).iterrows():
        found = measure(variants[str(row["plan"])])
        yield from compare_figures(written.ALTERNATIVES, row, found)
        yield from _compare_objective(written.ALTERNATIVES, row, found)
        low = number(evidence, "lower_bound")
        if low > found.objective + found.objective_may_differ:
            what = f"solver.lower_bound ({low:.2f}) is above alternative {row['plan']} ({found.objective:.2f})"
            yield Broken(written.RECORD, what)


def _compare_objective(file: str, row: pd.Series, found: Figures) -> Iterator[Broken]:
    said = float(row["objective"])
    if not abs(said - found.objective) <= found.objective_may_differ + COST_STEP:
        yield Broken(file, f"{row['plan']}: objective is {said:.2f}; its postcodes add up to {found.objective:.2f}")


@check("alternatives-differ")
def alternatives_differ(evidence: Evidence) -> Iterator[Broken]:
    """Hold that a fifth of block hours are elsewhere than in the plan and than in each alternative before."""
    if not is_there(evidence, written.ALTERNATIVES, written.ALTERNATIVE_POSTCODES):
        return
    hours = evidence.demand["contact_hours"]
    earlier = [name_homes(evidence).reindex(hours.index)]
    variants = _variants(evidence)
    for _, row in _rows(evidence).iterrows():
        own = name_homes(variants[str(row["plan"])]).reindex(hours.index)
        shares = [find_difference(hours, other, own) for other in earlier]
        if min(shares) < LEAST_ELSEWHERE - EDGE:
            what = f"{row['plan']} has {min(shares):.1%} of block hours elsewhere, not {LEAST_ELSEWHERE:.0%}"
            yield Broken(written.ALTERNATIVES, what)
        said = {"share_elsewhere": shares[0]}
        said |= {"share_elsewhere_others": min(shares[1:])} if shares[1:] else {}
        for name, share in said.items():
            if not abs(float(row[name]) - share) <= SHARE_STEP + EDGE:
                yield Broken(written.ALTERNATIVES, f"{row['plan']}: {name} is {row[name]:g}, not {share:.3f}")
        earlier.append(own)


@check("alternatives-told")
def alternatives_told(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the differences told are the largest there are, block by block, the most hours first."""
    if not is_there(evidence, written.ALTERNATIVES, written.ALTERNATIVE_POSTCODES, written.ALTERNATIVE_DIFFERENCES):
        return
    rows, variants = evidence.written(written.ALTERNATIVE_DIFFERENCES), _variants(evidence)
    hours, base = evidence.demand["contact_hours"], name_homes(evidence)
    blocks = evidence.points["block_id"].groupby(level=0).first()
    for name, variant in variants.items():
        own = name_homes(variant).reindex(base.index)
        away = hours.reindex(base.index)[(base != "") & (own != base)]
        new = hours.reindex(base.index)[(base == "") & (own != "")]
        theirs = variant.points["block_id"]
        sizes = [*away.groupby(blocks.reindex(away.index)).sum(), *new.groupby(theirs.reindex(new.index)).sum()]
        expected = sorted((size for size in sizes if size >= LEAST_HOURS), reverse=True)[:MOST_DIFFERENCES]
        told = rows[rows["plan"] == name]
        if list(told["rank"]) != list(range(1, len(told) + 1)):
            yield Broken(written.ALTERNATIVE_DIFFERENCES, f"{name}: ranks are not 1, 2, 3, …")
        same = len(told) == len(expected) and all(
            abs(one - two) <= HUNDREDTH + EDGE for one, two in zip(told["hours_elsewhere"], expected, strict=True)
        )
        if not same:
            shown = some(f"{value:g} hours" for value in expected)
            yield Broken(written.ALTERNATIVE_DIFFERENCES, f"{name}: not the largest differences", shown)
