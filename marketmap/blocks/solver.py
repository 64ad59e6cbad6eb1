"""One engine for blocks with and without providers: a proof where the case is small, else a search with a bound."""

from __future__ import annotations

import numpy as np

from marketmap.blocks.answers import no_plan, proven_plan
from marketmap.blocks.arguments import read_whole
from marketmap.blocks.conflicts import explain_conflict, find_conflict
from marketmap.blocks.exact import solve_exactly
from marketmap.blocks.merging import merge_together
from marketmap.blocks.search import BOUND_STEPS, Progress, Search
from marketmap.blocks.start import Start
from marketmap.blocks.stop import Clock, Stop, read_stop
from marketmap.blocks.zone_problem import ZoneProblem, ZoneResult

# Allowed (point, centre, provider) triples up to which a case is simply solved.
EXACT_TRIPLES = 1500
# Nodes, and share of the time, after which such a case is searched all the same.
EXACT_NODES, EXACT_SHARE = 20_000, 0.8


def solve_zones(
    problem: ZoneProblem,
    *,
    seed: int = 0,
    stop: Stop | None = None,
    on_progress: Progress | None = None,
    start: Start | None = None,
    bound_steps: tuple[int, int] = BOUND_STEPS,
) -> ZoneResult:
    """Choose blocks, their centres, providers and points together, at the least cost that can be found.

    Parameters
    ----------
    problem
        The block problem.
    seed
        Same problem, seed and ``stop.max_iterations``: same result.
    stop
        Limits, whichever comes first.
    on_progress
        Called now and then with the iteration, the best cost (``inf`` before the first plan) and the lower bound.
    start
        A plan to begin from, as `start.fit_start` gives it; the result is never worse. A case small enough to be
        solved exactly does without.
    bound_steps
        How much work goes into the bound, before the search and after each part of it.

    Returns
    -------
    ZoneResult
        An impossible problem gives ``status="infeasible"`` and says why in ``conflict``.
    """
    if problem.has_together:
        merged = merge_together(problem)
        return merged.spread(solve_zones(merged.problem, seed=seed, stop=stop, on_progress=on_progress,
                                         start=merged.gather_start(start), bound_steps=bound_steps))  # fmt: skip
    stop, seed = read_stop(stop), read_whole(seed, "seed")
    clock = Clock(stop)
    conflict = find_conflict(problem)
    if conflict:
        return no_plan(problem, "infeasible", conflict, clock)
    known = None
    if _triples(problem) <= EXACT_TRIPLES:
        # the search needs what is left of the time where the case is harder than it looks
        answer = solve_exactly(problem, stop=stop.take_part(EXACT_SHARE), max_nodes=EXACT_NODES, seed=seed)
        if answer.status == "infeasible":
            return no_plan(problem, "infeasible", explain_conflict(problem, max_seconds=clock.remaining()), clock)
        if answer.status == "optimal":
            return proven_plan(answer, clock)
        known = answer
    return Search(problem, seed=seed, stop=stop, clock=clock, on_progress=on_progress, start=start,
                   bound_steps=bound_steps, known=known).run()  # fmt: skip


def _triples(problem: ZoneProblem) -> int:
    pairs = np.isfinite(problem.travel).sum(axis=1)
    return int(pairs @ np.isfinite(problem.extra).sum(axis=1))
