"""Mend a plan that is nearly within its limits, by leaving out what costs least to leave out.

The search walks through plans that break a limit a little, for a price; this makes the last step to a plan that
breaks none. Only points that may stay outside are ever dropped, so some plans cannot be mended.
"""

from __future__ import annotations

import numpy as np

from marketmap.blocks.connectivity import is_connected
from marketmap.blocks.zone_problem import HOURS_TOLERANCE, Floats, Ints, ZoneProblem

# Beyond so many mends a plan was not nearly within its limits.
MOST_MENDS = 2000


class _Draft:
    """A plan being mended: point arrays (n,), block arrays (B,); a closed block has no points."""

    def __init__(self, problem: ZoneProblem, block_of: Ints, centres: Ints, providers: Ints) -> None:
        self.problem, self.block_of = problem, block_of.copy()
        self.centres, self.providers = centres, providers

    def points(self, block: int) -> Ints:
        return np.flatnonzero(self.block_of == block)

    def regret(self, points: Ints, block: int) -> Floats:
        """Find what leaving each point outside would add to the plan's cost."""
        problem, centre, provider = self.problem, self.centres[block], self.providers[block]
        served = problem.travel[points, centre] + problem.extra[points, provider]
        served = served + problem.rounds[points] * problem.base[provider, centre]
        return np.asarray(problem.outside[points] - served, dtype=np.float64)

    def overload(self) -> Floats:
        """Find by how many carer hours each provider passes its capacity."""
        inside = np.flatnonzero(self.block_of >= 0)
        usage = -self.problem.held[inside].sum(axis=0)
        np.add.at(usage, self.providers[self.block_of[inside]], self.problem.load[inside])
        return np.asarray(usage - self.problem.capacity)

    def hours(self) -> Floats:
        inside = self.block_of >= 0
        return np.bincount(
            self.block_of[inside], weights=self.problem.hours[inside], minlength=len(self.centres)
        ).astype(np.float64)

    def excess_hours(self) -> Floats:
        """Find by how many contact hours each provider passes what it would take."""
        held = np.zeros(self.problem.providers)
        np.add.at(held, self.providers, self.hours())
        return held - self.problem.max_provider_hours

    def excess_share(self) -> tuple[int, int] | None:
        """Find a company and a district where its blocks hold more than they may."""
        problem = self.problem
        hours = np.zeros(problem.share_cap.shape)
        blocks = problem.blocks_there.astype(np.int64).copy()
        for block in range(len(self.centres)):
            points = self.points(block)
            company = problem.company_of[self.providers[block]]
            np.add.at(hours[company], problem.district_of[points], problem.hours[points])
            blocks[company, np.unique(problem.district_of[points])] += 1
        over = np.argwhere((hours > problem.share_cap + HOURS_TOLERANCE) & (blocks > 1))
        return (int(over[0][0]), int(over[0][1])) if len(over) else None


def repair_plan(problem: ZoneProblem, block_of: Ints, centres: Ints, providers: Ints) -> tuple[Ints, Ints, Ints] | None:
    """Mend a plan.

    Parameters
    ----------
    problem
        With a free number of blocks.
    block_of, centres, providers
        As `ZoneResult` holds them; may break limits on size, providers and companies, not on contiguity.

    Returns
    -------
    block_of, centres, providers
        Of a plan that breaks no limit, or None where leaving points out does not get there.
    """
    if problem.n_blocks is not None:
        return None
    draft = _Draft(problem, block_of, centres, providers)
    for _ in range(MOST_MENDS):
        change = _next_drop(draft)
        if change is None:
            used = np.unique(draft.block_of[draft.block_of >= 0])
            position = np.full(len(centres) + 1, -1, dtype=np.int64)
            position[used] = np.arange(len(used))
            return position[draft.block_of], centres[used], providers[used]
        if len(change) == 0 or not np.isfinite(problem.outside[change]).all():
            return None
        draft.block_of[change] = -1
    return None


def _next_drop(draft: _Draft) -> Ints | None:
    """Find the points to leave out next; None when no limit is broken."""
    problem, hours = draft.problem, draft.hours()
    taken = np.bincount(draft.block_of[draft.block_of >= 0], minlength=len(draft.centres)) > 0
    small = np.flatnonzero(taken & (hours < problem.min_hours - HOURS_TOLERANCE))
    if len(small):
        return draft.points(int(small[0]))
    large = np.flatnonzero(hours > problem.max_hours + HOURS_TOLERANCE)
    if len(large):
        return _cheapest(draft, large, gain=problem.hours, hours=hours)
    over = draft.overload()
    own = int(np.argmax(over))
    if over[own] > HOURS_TOLERANCE:
        gain = problem.load - problem.held[:, own]
        return _cheapest(draft, np.flatnonzero(draft.providers == own), gain=gain, hours=hours)
    over = draft.excess_hours()
    own = int(np.argmax(over))
    if over[own] > HOURS_TOLERANCE:
        return _cheapest(draft, np.flatnonzero(draft.providers == own), gain=problem.hours, hours=hours)
    share = draft.excess_share()
    if share is None:
        return None
    company, district = share
    blocks = np.flatnonzero(problem.company_of[draft.providers] == company)
    return _cheapest(draft, blocks, gain=np.where(problem.district_of == district, problem.hours, 0.0), hours=hours)


def _cheapest(draft: _Draft, blocks: Ints, *, gain: Floats, hours: Floats) -> Ints:
    """Find the point, or the whole block, that eases the limit at the least cost an hour."""
    best, best_rate = np.zeros(0, dtype=np.int64), np.inf
    for block in blocks:
        points = draft.points(int(block))
        if not len(points):
            continue
        regret = draft.regret(points, int(block))
        eased = float(gain[points].sum())
        if eased > HOURS_TOLERANCE:
            rate = (float(regret.sum()) - draft.problem.block_cost) / eased
            if rate < best_rate:
                best, best_rate = points, rate
        rates = np.where(gain[points] > HOURS_TOLERANCE, regret / np.maximum(gain[points], HOURS_TOLERANCE), np.inf)
        for place in np.argsort(rates, kind="stable"):
            if not rates[place] < best_rate:
                break
            left = hours[block] - draft.problem.hours[points[place]]
            if left < draft.problem.min_hours or not is_connected(draft.problem.adjacency, np.delete(points, place)):
                continue
            best, best_rate = points[place : place + 1], float(rates[place])
            break
    return best
