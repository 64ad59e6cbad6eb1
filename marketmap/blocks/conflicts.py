"""What makes a block problem impossible, in words that name the demand or the limit."""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.sparse import csgraph

from marketmap.blocks.exact import solve_exactly
from marketmap.blocks.relaxation import count_limits, openable
from marketmap.blocks.stop import Clock, Stop
from marketmap.blocks.zone_problem import HOURS_TOLERANCE, ZoneProblem

# Nodes after which a limit is not blamed: it could not be shown that a plan exists without it.
MOST_NODES = 2000


def find_conflict(problem: ZoneProblem) -> str:
    """Say what plainly rules out every plan; blank when nothing plain does.

    Each test is a proof: a text means that there is no plan. A blank does not mean that there is one.
    """
    must = np.isinf(problem.outside)
    tests = (
        _oversized(problem, must),
        _unreachable(problem, must),
        _wrong_count(problem, must),
        _isolated(problem, must),
    )
    return next((text for text in tests if text), "")


def explain_conflict(problem: ZoneProblem, *, max_seconds: float = np.inf) -> str:
    """Say which single limit, taken away, would let a plan exist. For problems small enough to solve exactly."""
    limitless = np.full(problem.providers, np.inf)
    loosened: list[tuple[str, ZoneProblem]] = []
    if problem.adjacency is not None:
        loosened.append(("that a block is in one piece", dataclasses.replace(problem, adjacency=None)))
    if problem.min_hours > 0:
        loosened.append((f"the minimum of {problem.min_hours:g} hours", dataclasses.replace(problem, min_hours=0.0)))
    roomy = max(problem.max_hours, float(problem.hours.sum()))
    loosened.append((f"the maximum of {problem.max_hours:g} hours", dataclasses.replace(problem, max_hours=roomy)))
    if problem.n_blocks is not None:
        free = dataclasses.replace(problem, n_blocks=None)
        loosened.append((f"the number of blocks ({problem.n_blocks})", free))
    if problem.has_provider_limits:
        free = dataclasses.replace(problem, capacity=limitless, max_provider_hours=limitless)
        loosened.append(("the providers' capacity", free))
    if problem.has_share_caps:
        free = dataclasses.replace(problem, share_cap=np.full(problem.share_cap.shape, np.inf))
        loosened.append(("the companies' share of a district", free))
    if problem.has_apart:
        free = dataclasses.replace(problem, apart=np.full(problem.apart.shape, -1))
        loosened.append(("that places are kept apart", free))
    must = np.isinf(problem.outside)
    if must.any():
        # far above every cost, so that points stay out only where they have to
        loosened.append(
            ("that every point is placed", dataclasses.replace(problem, outside=np.where(must, 1e6, problem.outside)))
        )
    clock = Clock(Stop(max_seconds=None if np.isinf(max_seconds) else max_seconds))
    found = []
    for what, other in loosened:
        stop = Stop(max_seconds=None if np.isinf(max_seconds) else clock.remaining())
        # any plan at all will do
        if solve_exactly(other, stop=stop, max_nodes=MOST_NODES).block_of is not None:
            found.append(what)
    if not found:
        return "No plan exists: several limits are in the way at once."
    return "No plan exists. One would if this alone were given up: " + "; or ".join(found) + "."


def _oversized(problem: ZoneProblem, must: np.ndarray) -> str:
    large = np.flatnonzero(must & (problem.hours > problem.max_hours + HOURS_TOLERANCE))
    if len(large) == 0:
        return ""
    return (
        f"Point {large[0]} has {problem.hours[large[0]]:g} hours, above the maximum of {problem.max_hours:g} for a "
        f"block, and may not be left out{_and_more(large)}. Raise max_hours or give it an outside cost."
    )


def _unreachable(problem: ZoneProblem, must: np.ndarray) -> str:
    base = openable(problem)
    # a point is reachable when one provider may serve it and that provider may open a centre that may serve it
    reach = np.isfinite(problem.travel).astype(np.float32) @ np.isfinite(base).T.astype(np.float32)
    served = ((reach > 0) & np.isfinite(problem.extra)).any(axis=1)
    lost = np.flatnonzero(must & ~served)
    if len(lost) == 0:
        return ""
    return (
        f"Point {lost[0]} may not be left out, but no centre and provider may serve it{_and_more(lost)}. "
        "Allow a centre (a finite cost) or give it an outside cost."
    )


def _wrong_count(problem: ZoneProblem, must: np.ndarray) -> str:
    usable = int(np.isfinite(openable(problem)).any(axis=0).sum())
    fewest, most = count_limits(problem)
    forced, total = float(problem.hours[must].sum()), float(problem.hours.sum())
    if fewest > usable:
        return f"{fewest} blocks are needed, but only {usable} centres may have one. Add candidate centres."
    if problem.n_blocks is not None and forced > problem.n_blocks * problem.max_hours + HOURS_TOLERANCE:
        return (
            f"{forced:g} hours must be placed, above what {problem.n_blocks} blocks of at most "
            f"{problem.max_hours:g} hours can hold. Raise n_blocks or max_hours."
        )
    if problem.n_blocks is not None and problem.n_blocks * problem.min_hours > total + HOURS_TOLERANCE:
        return (
            f"{problem.n_blocks} blocks of at least {problem.min_hours:g} hours need more than the "
            f"{total:g} hours there are. Lower n_blocks or min_hours."
        )
    if fewest > most:
        return (
            f"{forced:g} hours must be placed, in {fewest} blocks or more of at most {problem.max_hours:g} hours, but "
            f"only {most} of at least {problem.min_hours:g} hours can be filled. Widen the limits on hours."
        )
    if fewest == 0 and most == 0 and must.any():
        return f"The minimum of {problem.min_hours:g} hours is above all demand ({total:g} hours). Lower min_hours."
    return ""


def _isolated(problem: ZoneProblem, must: np.ndarray) -> str:
    if problem.adjacency is None or problem.min_hours <= 0:
        return ""
    _, label = csgraph.connected_components(problem.adjacency, directed=False)
    gathered = np.bincount(label, weights=problem.hours)
    lost = np.flatnonzero(must & (gathered[label] < problem.min_hours - HOURS_TOLERANCE))
    if len(lost) == 0:
        return ""
    return (
        f"Point {lost[0]} may not be left out, but it and all it is connected to hold {gathered[label[lost[0]]]:g} "
        f"hours, below the minimum of {problem.min_hours:g}{_and_more(lost)}. Lower min_hours or add neighbours."
    )


def _and_more(positions: np.ndarray) -> str:
    if len(positions) == 1:
        return ""
    shown = ", ".join(str(position) for position in positions[1:3])
    return f" (so do points {shown}{' and others' if len(positions) > 3 else ''})"
