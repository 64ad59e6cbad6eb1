"""A plan to begin from: another plan's zones, fitted to a problem that may differ from the one they were made for."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from marketmap.blocks.connectivity import split_into_pieces
from marketmap.blocks.kernels.state import Fixed, Ints, Plan
from marketmap.blocks.merging import merge_together
from marketmap.blocks.relaxation import Prices
from marketmap.blocks.repair import repair_plan
from marketmap.blocks.zone_problem import HOURS_TOLERANCE, ZoneProblem


@dataclass(frozen=True)
class Start:
    """Blocks to begin from, as `ZoneResult` holds them: each with points, none breaking a limit.

    ``prices`` are those of a like problem's bound, for this one's to begin from. ``loose`` is where the search begins,
    if not here: the same blocks before what broke a limit was left out, so that the search can choose what goes.
    """

    block_of: Ints
    centres: Ints
    providers: Ints
    prices: Prices | None = None
    loose: Start | None = None


def fit_start(problem: ZoneProblem, blocks: list[tuple[Ints, int, int]]) -> Start | None:
    """Fit blocks to a problem, changing as little as its limits ask for.

    A block whose centre or provider may not serve it gets the cheapest that may. Points that nobody may serve in it
    are left out, so is what a torn block loses, what must stay together or apart and does not, and what must go for a
    limit to hold.

    Parameters
    ----------
    problem
        What is to be solved.
    blocks
        Points, centre and provider of each block; -1 for a centre or provider that the problem does not have.

    Returns
    -------
    Start or None
        None where no plan comes of it.
    """
    if problem.has_together:
        merged = merge_together(problem)
        return merged.spread_start(fit_start(merged.problem, merged.gather(blocks)))
    block_of = np.full(problem.points, -1, dtype=np.int64)
    centres: list[int] = []
    providers: list[int] = []
    used = np.zeros(problem.centres, dtype=bool)
    for points, centre, provider in blocks:
        fitted = _fit_block(problem, points[block_of[points] < 0], centre, provider, used)
        if fitted is None:
            continue
        kept, centre_now, provider_now = fitted
        block_of[kept] = len(centres)
        used[centre_now] = True
        centres.append(centre_now)
        providers.append(provider_now)
    begun = Start(block_of, np.array(centres, dtype=np.int64), np.array(providers, dtype=np.int64))
    mended = repair_plan(dataclasses.replace(problem, n_blocks=None), begun.block_of, begun.centres, begun.providers)
    if mended is None or not np.isfinite(problem.outside[mended[0] < 0]).all():
        return None
    if problem.n_blocks not in (None, len(mended[1])):
        return None
    loose = begun if problem.n_blocks is None and centres else None
    return Start(*mended, loose=loose)


def _fit_block(
    problem: ZoneProblem, points: Ints, centre: int, provider: int, used: np.ndarray
) -> tuple[Ints, int, int] | None:
    if not len(points):
        return None
    free = np.where(used, np.inf, 0.0)
    travel = problem.travel[points]
    if centre < 0 or used[centre] or not np.isfinite(travel[:, centre]).all():
        # infinite minutes forbid a pair: the centre that loses fewest points, then the cheapest
        lost = (~np.isfinite(travel)).sum(axis=0) + free
        cost = np.where(np.isfinite(travel), travel, 0.0).sum(axis=0)
        centre = int(np.lexsort((cost, lost))[0])
        if used[centre]:
            return None
    extra = problem.extra[points]
    if provider < 0 or not np.isfinite(extra[:, provider]).all() or not np.isfinite(problem.base[provider, centre]):
        barred = (~np.isfinite(extra)).sum(axis=0) + np.where(np.isfinite(problem.base[:, centre]), 0.0, np.inf)
        near = np.where(np.isfinite(problem.base[:, centre]), problem.base[:, centre], 0.0)
        cost = np.where(np.isfinite(extra), extra, 0.0).sum(axis=0) + problem.rounds[points].sum() * near
        provider = int(np.lexsort((cost, barred))[0])
        if not np.isfinite(problem.base[provider, centre]):
            return None
    kept = points[np.isfinite(problem.travel[points, centre]) & np.isfinite(problem.extra[points, provider])]
    for lock in range(problem.apart.shape[1]):
        kept = kept[_take_one_place(problem.apart[kept, lock], problem.hours[kept])]
    if problem.adjacency is not None and len(kept):
        kept = max(split_into_pieces(problem.adjacency, kept), key=lambda piece: float(problem.hours[piece].sum()))
    if not len(kept) or problem.hours[kept].sum() < problem.min_hours - HOURS_TOLERANCE:
        return None
    return kept, centre, provider


def _take_one_place(places: Ints, hours: np.ndarray) -> np.ndarray:
    """Mark the points of the place with most hours and those of none."""
    named = places >= 0
    if not named.any():
        return ~named
    most = int(np.argmax(np.bincount(places[named], weights=hours[named])))
    return np.asarray(~named | (places == most))


def lay_out(fixed: Fixed, plan: Plan, problem: ZoneProblem, start: Start) -> None:
    """Write a start into an empty plan of the search; `construct.set_prices` then makes its cost right.

    Parameters
    ----------
    fixed, plan
        As `construct.fix_problem` and `construct.empty_plan` make them.
    start
        As `fit_start` gives it.
    """
    count = len(start.centres)
    load, rounds = problem.load, problem.rounds
    inside = np.flatnonzero(start.block_of >= 0)
    plan.point["block"] = start.block_of
    for block in range(count):
        points = np.flatnonzero(start.block_of == block)
        plan.point["following"][points] = np.append(points[1:], -1)
        plan.point["preceding"][points] = np.append(-1, points[:-1])
        slot, own = plan.block[block : block + 1], int(start.providers[block])
        slot["centre"], slot["provider"], slot["head"] = start.centres[block], own, points[0]
        slot["count"], slot["hours"] = len(points), problem.hours[points].sum()
        slot["load"], slot["rounds"] = load[points].sum(), rounds[points].sum()
        plan.block_at[start.centres[block]] = block
        np.add.at(plan.district_points[block], problem.district_of[points], 1)
        for lock, places in enumerate(problem.apart[points].T):
            plan.parted[block, lock] = (places.max(initial=-1), int((places >= 0).sum()))
        if fixed.provider_limits:
            plan.provider["usage"][own] += load[points].sum()
            plan.provider["hours"][own] += problem.hours[points].sum()
        if fixed.share_limits:
            company = problem.company_of[own]
            np.add.at(plan.share["hours"][company], problem.district_of[points], problem.hours[points])
            plan.share["blocks"][company, np.unique(problem.district_of[points])] += 1
    if fixed.provider_limits:
        plan.provider["usage"] -= problem.held[inside].sum(axis=0)
    plan.counters[0] = count
    plan.counters[1] -= int(fixed.point["must"][inside].sum())
    centre, provider = start.centres[start.block_of[inside]], start.providers[start.block_of[inside]]
    served = problem.travel[inside, centre] + problem.extra[inside, provider]
    served = served + rounds[inside] * fixed.base[provider, centre]
    left_out = fixed.point["outside"][start.block_of < 0].sum()
    plan.totals[0] = float(served.sum() + left_out + count * problem.block_cost)
    plan.totals[1:] = sum_broken(fixed, plan)


def sum_broken(fixed: Fixed, plan: Plan) -> tuple[float, float, float]:
    """Sum the hours over the limits of blocks, providers and companies: a loose start may break some."""
    hours = plan.block["hours"][plan.block["centre"] >= 0]
    blocks = np.maximum(hours - fixed.max_hours, 0.0).sum() + np.maximum(fixed.min_hours - hours, 0.0).sum()
    usage = np.maximum(plan.provider["usage"] - fixed.provider["capacity"], 0.0).sum()
    taken = np.maximum(plan.provider["hours"] - fixed.provider["max_hours"], 0.0).sum()
    several = plan.share["blocks"] + fixed.share["blocks"] >= 2  # a single block is always allowed
    share = np.where(several, np.maximum(plan.share["hours"] - fixed.share["cap"], 0.0), 0.0).sum()
    return float(blocks), float(usage + taken), float(share)
