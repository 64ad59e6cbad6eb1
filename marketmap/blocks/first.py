"""The best few blocks to begin with: not the best of the whole plan, but the best plan of so many."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from marketmap.blocks.audit import settle_providers
from marketmap.blocks.model import frame_problem
from marketmap.blocks.plan import Plan, Zone
from marketmap.blocks.propose import find_free_zones, finish_plan, match_zones
from marketmap.blocks.rollout import order_blocks, sum_needs
from marketmap.blocks.search import Progress
from marketmap.blocks.solver import solve_zones
from marketmap.blocks.start import fit_start
from marketmap.blocks.stop import NOT_REPEATABLE, Stop
from marketmap.errors import PlanError

# With few blocks nearly every point lies within reach of a better block than it has, so a step of the bound takes far
# longer than for a whole plan, and without contiguity it stays loose: only a little of the time goes there.
BOUND_STEPS = (10, 0)


def propose_first(plan: Plan, count: int, *, stop: Stop | None = None, on_progress: Progress | None = None) -> Plan:
    """Propose the best so many next blocks, those already let kept as they are.

    The search begins from the best of the plan's blocks that can start by themselves and is free to draw others.
    Capacity counts only what these blocks take off each provider, so all of them can start without the rest of the
    plan. The bound is that of plans of exactly so many blocks.

    Parameters
    ----------
    plan
        The whole plan; its zones give the start.
    count
        How many blocks, 1 or more. A plan of fewer comes back as it is, with a note.
    stop
        The case's own where not given.
    on_progress
        As for `propose`.

    Raises
    ------
    PlanError
        For a count below 1.
    """
    if count < 1:
        raise PlanError(f"The number of first blocks is {count}; give 1 or more.")
    case = plan.case
    zones = [zone for zone in case.zones if not zone.existing]
    if len(zones) <= count:
        note = f"The whole plan has {len(zones)} blocks: no more than the {count} asked for."
        return dataclasses.replace(plan, notes=(*plan.notes, note))
    settings = case.settings.blocks
    first = take_first(plan, count)
    problem = dataclasses.replace(frame_problem(case.model, settings=settings), n_blocks=count)
    begin = fit_start(problem, match_zones(first, case.model, case.model)) if len(first) == count else None
    result = solve_zones(problem, seed=case.seed, stop=stop or case.stop, on_progress=on_progress, start=begin,
                         bound_steps=BOUND_STEPS)  # fmt: skip
    if not math.isfinite(result.objective):
        raise PlanError(f"No plan of {count} blocks: {result.conflict}")
    found = settle_providers(case.model, find_free_zones(case.model, result), settings=settings)
    best = finish_plan(case, found, result)
    taken = _sum_gain(plan, {zone.block_id for zone in first})
    gained = float(best.proposals.loc[best.proposals["status"] == "proposed", "gain_total"].sum())
    note = (
        f"The best {count} blocks to begin with gain {gained:,.0f} minutes a week, {gained / count:,.0f} a block; the "
        f"{len(first)} best of the whole plan that can start by themselves, taken one at a time, would gain "
        f"{taken:,.0f}, all its {len(zones)} blocks "
        f"{_sum_gain(plan, {zone.block_id for zone in zones}):,.0f}."
    )
    ended = plan.ended if plan.ended in NOT_REPEATABLE else best.ended
    return dataclasses.replace(best, notes=(*best.notes, note), ended=ended)


def take_first(plan: Plan, count: int) -> list[Zone]:
    """Take so many blocks of a plan that can start without the rest, one at a time, most gain first.

    They need not be the first of its order of starts, which holds back what would leave others no way to start.
    """
    zones = [zone for zone in plan.case.zones if not zone.existing]
    gains = plan.proposals.set_index("block_id")["gain_total"].reindex([zone.block_id for zone in zones])
    steps = order_blocks(sum_needs(plan.case.model, zones), gains.to_numpy(np.float64), most=count)
    return [zones[block] for step in steps for block in step.blocks]


def _sum_gain(plan: Plan, blocks: set[str]) -> float:
    return float(plan.proposals.loc[plan.proposals["block_id"].isin(blocks), "gain_total"].sum())
