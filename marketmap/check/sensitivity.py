"""Checks of the plan under other assumptions, as far as rows tell: the zones are of other models, and not written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from marketmap.check import written
from marketmap.check.alternatives import is_there, was_stopped
from marketmap.check.costs import number
from marketmap.check.demand import sum_blocks
from marketmap.check.evidence import Evidence
from marketmap.check.figures import COST_STEP, HUNDREDTH, SHARE_STEP
from marketmap.check.findings import Broken, check, count, some
from marketmap.check.providers import proposed
from marketmap.check.variants import compare_gap

SEARCHED_ON = "searched on, nothing changed"
SCALED = re.compile(r"demand (\d+)% (lower|higher)")
REFUSES = re.compile(r"(\S+) refuses")
PATCHES = re.compile(r"patches of (\S+) hours")
EDGE = 1e-6


@check("sensitivity-listed")
def sensitivity_listed(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the plan stands first, then demand both ways, patches both ways and the largest providers refusing."""
    if not is_there(evidence, written.SENSITIVITY):
        return
    rows = evidence.written(written.SENSITIVITY)
    names = list(rows["variant"])
    if len(set(names)) != len(names) or names[:1] != [SEARCHED_ON]:
        yield Broken(written.SENSITIVITY, "the plan itself is not first, or a row stands twice", some(names))
    if was_stopped(evidence):
        return  # the rest was not asked
    for kind in ("demand 10% lower", "demand 10% higher"):
        if kind not in names:
            yield Broken(written.SENSITIVITY, f"no row of {kind}")
    patches = [float(found.group(1)) for name in names if (found := PATCHES.fullmatch(name))]
    usual = evidence.settings.blocks.patch_hours
    if not (patches and min(patches) < usual < max(patches)):
        yield Broken(written.SENSITIVITY, "no row of smaller and of larger patches")
    hours = sum_blocks(evidence)["hours_zone"].reindex(proposed(evidence).index)
    most = hours.groupby(proposed(evidence)).sum().sort_values(ascending=False)
    refused = [found.group(1) for name in names if (found := REFUSES.fullmatch(name))]
    if len(most) and not refused:
        yield Broken(written.SENSITIVITY, "no row of a provider that refuses")
    spared = [
        name
        for name in most.index[: len(refused)]
        if name not in refused and most[name] > most.reindex(refused).fillna(0).min()
    ]
    if spared:
        yield Broken(
            written.SENSITIVITY, "a provider with more block hours than one that refuses is left out", some(spared)
        )


@check("sensitivity-figures")
def sensitivity_figures(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each row's gap, shares and counts can be, and that a rule more cannot make a plan below the bound."""
    if not is_there(evidence, written.SENSITIVITY):
        return
    rows = evidence.written(written.SENSITIVITY)
    figures = [name for name, kind in written.CONTRACT[written.SENSITIVITY].items() if kind == written.MAYBE]
    figures = [name for name in figures if name not in written.BLANK_WITHOUT_PRICE]
    movable, low, cost = evidence.movable, number(evidence, "lower_bound"), number(evidence, "objective")
    total, let = (
        float(movable["hours"].sum()),
        float(movable.loc[movable["block_id"].isin(evidence.existing), "hours"].sum()),
    )
    wanted = proposed(evidence)
    hours = sum_blocks(evidence)["hours_zone"].reindex(wanted.index)
    for _, row in rows.iterrows():
        name, blank = str(row["variant"]), row[figures].isna()
        if blank.all():
            continue  # there is no such plan: the status says why
        if blank.any():
            yield Broken(
                written.SENSITIVITY, f"{name}: {count(int(blank.sum()), 'figure')} blank", some(blank.index[blank])
            )
            continue
        yield from compare_gap(written.SENSITIVITY, row)
        scaled = SCALED.fullmatch(name)
        factor = 1.0 if not scaled else 1 + int(scaled.group(1)) / 100 * (1 if scaled.group(2) == "higher" else -1)
        share = (float(row["hours_in_blocks"]) + let * factor) / (total * factor) if total else float("nan")
        if not abs(float(row["share_in_blocks"]) - share) <= 2 * SHARE_STEP:
            yield Broken(written.SENSITIVITY, f"{name}: share_in_blocks is {row['share_in_blocks']:g}, not {share:.3f}")
        if row["hours_moving"] > row["carer_hours_moving"] + 2 * HUNDREDTH + EDGE:  # each is rounded
            yield Broken(written.SENSITIVITY, f"{name}: more contact hours move than carer hours")
        kept, same = float(row["blocks_kept"]), float(row["share_same_provider"])
        if not (0 <= kept <= len(wanted) and kept == int(kept) and 0 <= same <= 1):
            yield Broken(written.SENSITIVITY, f"{name}: blocks_kept or share_same_provider cannot be")
        restricts = REFUSES.fullmatch(name)
        if restricts:
            gone = float(hours[wanted == restricts.group(1)].sum()) / float(hours.sum())
            if same > 1 - gone + SHARE_STEP + EDGE:
                what = f"{name}: {same:.1%} of hours stay with their provider, where {gone:.1%} cannot"
                yield Broken(written.SENSITIVITY, what)
        if (restricts or name == SEARCHED_ON) and float(row["objective"]) < low - COST_STEP - EDGE:
            yield Broken(written.SENSITIVITY, f"{name}: costs less than solver.lower_bound ({low:.2f})")
        if name == SEARCHED_ON and (
            float(row["objective"]) > cost + COST_STEP + EDGE or float(row["lower_bound"]) > cost + COST_STEP
        ):
            yield Broken(written.SENSITIVITY, f"{name}: dearer than the plan, or a bound above it")
