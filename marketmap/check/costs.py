"""Checks of the costs: each point's parts, their sums, the objective, and the bound under it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from marketmap.check import written
from marketmap.check.evidence import Evidence
from marketmap.check.figures import COST_STEP, HUNDREDTH, compare, unique_blocks
from marketmap.check.findings import Broken, check, count, some

PARTS = ("cost_travel", "cost_rounds", "cost_moves", "cost_price")


def _points(evidence: Evidence) -> pd.DataFrame:
    """Take the written points, once each, with the demand that the inputs give them."""
    points = evidence.points[~evidence.points.index.duplicated()]
    demand = evidence.demand.reindex(points.index).fillna(0.0)
    return points.assign(
        carer_hours=demand["carer_hours"],
        carer_visits=demand["carer_visits"],
        active_visits=demand["active_visits"],
        new_hours=demand["carer_hours"] - demand["carer_hours_held"] - demand["waiting_carer_hours"],
        waiting_carer_hours=demand["waiting_carer_hours"],
        inside=points["block_id"] != written.SPOT,
    )


@check("inside-or-outside")
def inside_or_outside(evidence: Evidence) -> Iterator[Broken]:
    """Hold that a point in a block has its four costs and a spot point none, and each its cost outside."""
    points = _points(evidence)
    costed = points[list(PARTS)].notna()
    lacking = points.loc[points["inside"] & ~costed.all(axis=1), "postcode"]
    if len(lacking):
        yield Broken(written.POINTS, f"{count(len(lacking), 'point')} in a block without all its costs", some(lacking))
    extra = points.loc[~points["inside"] & costed.any(axis=1), "postcode"]
    if len(extra):
        yield Broken(written.POINTS, f"{count(len(extra), 'spot point')} with costs of a block", some(extra))
    blank = points.loc[points["cost_outside"].isna(), "postcode"]
    if len(blank):
        yield Broken(written.POINTS, f"{count(len(blank), 'point')} without cost_outside", some(blank))


@check("cost-travel")
def cost_travel(evidence: Evidence) -> Iterator[Broken]:
    """Hold that travel is carer-visits × minutes to the centre × the factor, and no point is out of reach."""
    settings = evidence.settings.blocks
    points = _points(evidence)
    points = points[points["inside"]]
    each = points["carer_visits"] * settings.factor_inside
    yield from compare(
        written.POINTS,
        "cost_travel",
        each * points["minutes_to_centre"],
        points["cost_travel"],
        allow=COST_STEP + HUNDREDTH * each,
    )
    proposed = points[~points["block_id"].isin(evidence.existing)]
    far = proposed.loc[proposed["minutes_to_centre"] > settings.reach_minutes + HUNDREDTH, "postcode"]
    if len(far):
        what = f"{count(len(far), 'point')} further than {settings.reach_minutes:g} minutes from the centre"
        yield Broken(written.POINTS, what, some(far))


@check("cost-rounds")
def cost_rounds(evidence: Evidence) -> Iterator[Broken]:
    """Hold that rounds cost the same distance, there and back, for every point of a block.

    Without the roads the distance itself cannot be found again; that it is one, and not negative, can.
    """
    points = _points(evidence)
    points = points[points["inside"]]
    weight = 2.0 * points["carer_hours"] / evidence.settings.blocks.round_hours
    by_block = points["block_id"]
    minutes = points["cost_rounds"].groupby(by_block).sum() / weight.groupby(by_block).sum()
    if (minutes < 0).any():
        yield Broken(written.POINTS, "cost_rounds is negative", some(minutes.index[minutes < 0]))
    size = by_block.groupby(by_block).transform("size")
    total = weight.groupby(by_block).transform("sum")
    allow = COST_STEP * (1 + weight * size / total)
    yield from compare(
        written.POINTS, "cost_rounds", weight * by_block.map(minutes).astype(float), points["cost_rounds"], allow=allow
    )


@check("cost-moves")
def cost_moves(evidence: Evidence) -> Iterator[Broken]:
    """Hold that moves cost the weight × carer hours now with another provider; who waits moves from nobody."""
    points = _points(evidence)
    points = points[points["inside"]]
    derived = evidence.settings.blocks.move_minutes_hour * points["new_hours"].clip(lower=0.0)
    yield from compare(written.POINTS, "cost_moves", derived, points["cost_moves"], allow=COST_STEP)


def find_usual_price(evidence: Evidence) -> pd.Series:
    """Find each district's usual price: the mean of its placeable active packages by carer hours, pounds an hour."""
    rows = evidence.packages[evidence.packages["placeable"] & ~evidence.packages["waiting"]]
    rows = rows[rows["price"].notna()]
    paid = (rows["price"] * rows["carer_hours"]).groupby(rows["district_code"]).sum()
    return paid / rows.groupby("district_code")["carer_hours"].sum()


@check("cost-price")
def cost_price(evidence: Evidence) -> Iterator[Broken]:
    """Hold that price costs the weight × pounds a week above the district's usual price."""
    usual = find_usual_price(evidence)
    points = _points(evidence)
    points = points[points["inside"]]
    price = points["block_id"].map(evidence.suggested).map(evidence.providers["price"]).astype(float)
    above = (price - points["district_code"].map(usual).astype(float)).clip(lower=0.0).fillna(0.0)
    derived = evidence.settings.blocks.price_minutes_pound * above * points["carer_hours"]
    yield from compare(written.POINTS, "cost_price", derived, points["cost_price"], allow=COST_STEP)


@check("cost-outside")
def cost_outside(evidence: Evidence) -> Iterator[Broken]:
    """Hold that outside costs today's carer-visits × minutes × the factor, and the weight of carer hours waiting."""
    settings = evidence.settings.blocks
    points = _points(evidence)
    unknown = points.loc[points["minutes_outside"].isna() & (points["active_visits"] > 0), "postcode"]
    if len(unknown):
        what = f"{count(len(unknown), 'point')} with visits today and no minutes_outside"
        yield Broken(written.POINTS, what, some(unknown))
    if (points["minutes_outside"] < 0).any():
        yield Broken(written.POINTS, "minutes_outside is negative")
    each = points["active_visits"] * settings.factor_outside
    waiting = settings.unserved_minutes_hour * points["waiting_carer_hours"]
    derived = each * points["minutes_outside"].fillna(0.0) + waiting
    yield from compare(
        written.POINTS, "cost_outside", derived, points["cost_outside"], allow=COST_STEP + HUNDREDTH * each
    )


@check("cost-sums")
def cost_sums(evidence: Evidence) -> Iterator[Broken]:
    """Hold that a block's costs are the sums of its points', its own cost the setting, its total the sum of these."""
    blocks, points = unique_blocks(evidence), _points(evidence)
    groups = points.groupby("block_id")
    size = groups.size().reindex(blocks.index).fillna(0)
    for name, column in (*((part, part) for part in PARTS), ("cost_if_left_spot", "cost_outside")):
        summed = groups[column].sum().reindex(blocks.index).fillna(0.0)
        yield from compare(written.PROPOSALS, name, summed, blocks[name], allow=COST_STEP * (1 + size))
    proposed = (blocks["status"] == written.PROPOSED).astype(float)
    own = proposed * evidence.settings.blocks.block_cost_minutes
    yield from compare(written.PROPOSALS, "cost_block", own, blocks["cost_block"], allow=COST_STEP)
    total = blocks[[*PARTS, "cost_block"]].sum(axis=1)
    yield from compare(written.PROPOSALS, "cost_total", total, blocks["cost_total"], allow=COST_STEP * 6)
    rows = evidence.eligible[evidence.eligible["suggested"] == "yes"].drop_duplicates("block_id").set_index("block_id")
    claimed = rows["minutes_week"][rows.index.isin(blocks.index)]
    yield from compare(written.ELIGIBLE, "minutes_week", blocks["cost_total"], claimed, allow=2 * COST_STEP)


def sum_objective(evidence: Evidence) -> tuple[float, float]:
    """Sum a plan's objective from its points, and how far their rounding may have moved it."""
    points = _points(evidence)
    cost = points[list(PARTS)].sum(axis=1)
    blocks = int((unique_blocks(evidence)["status"] == written.PROPOSED).sum())
    total = float(cost.where(points["inside"], points["cost_outside"]).sum())
    total += blocks * evidence.settings.blocks.block_cost_minutes
    # Independent roundings add up like a random walk: six standard deviations of a uniform error each.
    return total, 0.001 + 1e-9 * abs(total) + 6 * COST_STEP * math.sqrt(len(PARTS) * len(points) / 3)


def sum_without_blocks(evidence: Evidence) -> float:
    """Sum what the objective would be with no new block."""
    points = _points(evidence)
    let = points["block_id"].isin(evidence.existing)
    return float(points[list(PARTS)].sum(axis=1).where(let, points["cost_outside"]).sum())


@check("objective")
def objective(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the objective is what was written, added up: inside, blocks, and what is left outside."""
    said = number(evidence, "objective")
    total, allow = sum_objective(evidence)
    if not abs(said - total) <= allow:
        yield Broken(written.RECORD, f"solver.objective is {said:.2f}; the files add up to {total:.2f}")


@check("bound")
def bound(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the bound is below this plan and below one without new blocks, and the gap what they say."""
    said, low, gap = (number(evidence, name) for name in ("objective", "lower_bound", "gap"))
    (total, allow), without = sum_objective(evidence), sum_without_blocks(evidence)
    if math.isnan(low):
        # A plan shaped by hand may claim nothing; it must then claim nothing at all.
        if "edits" not in evidence.recorded("solver") or not math.isnan(gap):
            yield Broken(written.RECORD, "solver.lower_bound is not a number: nothing is proven of this plan")
        return
    if not low <= said + 1e-6 * abs(said):
        yield Broken(written.RECORD, f"solver.lower_bound ({low:.2f}) is above the objective ({said:.2f})")
    elif not low <= min(total, without) + allow:
        what = f"solver.lower_bound ({low:.2f}) is above a plan that the files show to be possible"
        yield Broken(written.RECORD, what, (f"no new block: {without:.2f}", f"this plan: {total:.2f}"))
    expected = 0.0 if said == low else (said - low) / abs(said) if said else math.inf
    if not abs(gap - expected) <= 1e-4:
        yield Broken(written.RECORD, f"solver.gap is {gap:.6f}; objective and bound give {expected:.6f}")
    relaxed = evidence.recorded("solver", "relaxed")
    if not isinstance(relaxed, list) or not all(isinstance(name, str) for name in relaxed):
        yield Broken(written.RECORD, "solver.relaxed is not a list of constraint names")


def number(evidence: Evidence, name: str) -> float:
    """Read a figure of the solver's from ``run.json``; NaN where it is none."""
    value = evidence.recorded("solver", name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
