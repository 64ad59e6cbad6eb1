"""What a run of the engine hands back: the best plan so far, a proven one, or none and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marketmap.blocks.exact import ExactAnswer
from marketmap.blocks.stop import Clock
from marketmap.blocks.zone_problem import Ints, ZoneProblem, ZoneResult
from marketmap.errors import PlanError


@dataclass
class BestPlan:
    """The best plan so far, as the caller will see it."""

    objective: float = np.inf
    block_of: Ints | None = None
    centres: Ints | None = None
    providers: Ints | None = None


def relaxed_constraints(problem: ZoneProblem) -> tuple[str, ...]:
    """Names of the constraints that the Lagrangian bound does not honour in full."""
    names = []
    if problem.adjacency is not None:
        names.append("contiguity")
    if problem.has_share_caps:
        names.append("share cap (a single block counts as its maximum size)")
    return tuple(names)


def proven_plan(answer: ExactAnswer, clock: Clock) -> ZoneResult:
    """Give the plan of a case that was solved exactly.

    Raises
    ------
    PlanError
        There is none.
    """
    if answer.block_of is None or answer.centres is None or answer.providers is None:
        raise PlanError("The solver called a case optimal and gave no plan. Please report this with the inputs.")
    return ZoneResult(
        block_of=answer.block_of,
        centres=answer.centres,
        providers=answer.providers,
        objective=answer.objective,
        lower_bound=answer.objective,
        gap=0.0,
        status="optimal",
        iterations=0,
        seconds=clock.seconds(),
    )


def no_plan(
    problem: ZoneProblem, status: str, conflict: str, clock: Clock, *, bound: float = np.inf, iterations: int = 0
) -> ZoneResult:
    """Say why there is no plan: ``conflict`` of a ``status``, at what was known of the bound."""
    return ZoneResult(
        block_of=np.full(problem.points, -1),
        centres=np.zeros(0, dtype=np.int64),
        providers=np.zeros(0, dtype=np.int64),
        objective=np.inf,
        lower_bound=bound,
        gap=np.inf,
        status=status,
        iterations=iterations,
        seconds=clock.seconds(),
        conflict=conflict,
    )
