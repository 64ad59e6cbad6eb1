"""What a run of the engine hands back: the best plan so far, a proven one, or none and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marketmap.blocks.exact import ExactAnswer
from marketmap.blocks.fences import can_fence
from marketmap.blocks.kernels.state import Plan
from marketmap.blocks.repair import repair_plan
from marketmap.blocks.start import Start
from marketmap.blocks.stop import PROOF, Clock
from marketmap.blocks.zone_problem import Ints, ZoneProblem, ZoneResult, plan_cost
from marketmap.errors import PlanError

# Share of all hours by which a plan may break its limits and still be worth mending.
MENDABLE = 0.01


@dataclass
class BestPlan:
    """The best plan so far, as the caller will see it."""

    objective: float = np.inf
    block_of: Ints | None = None
    centres: Ints | None = None
    providers: Ints | None = None

    def offer(self, problem: ZoneProblem, block_of: Ints, centres: Ints, providers: Ints) -> None:
        """Keep a plan that breaks nothing, where it is cheaper."""
        cost = plan_cost(problem, block_of, centres, providers)
        if cost < self.objective - 1e-9:
            self.objective, self.block_of, self.centres, self.providers = cost, block_of, centres, providers

    def take(self, problem: ZoneProblem, plan: Plan, *, mend: bool = True) -> None:
        """Keep the search's best plan, and what mending makes of its present one, where they are cheaper."""
        if plan.best[0] < self.objective - 1e-9:
            position = _positions(plan.block["best_centre"])
            used = position[:-1] >= 0
            centres, providers = plan.block["best_centre"][used], plan.block["best_provider"][used]
            self.offer(problem, position[plan.point["best"]], centres, providers)
        over = float(plan.totals[1:].sum())
        if over >= MENDABLE * float(problem.hours.sum()):
            return
        if plan.counters[1] or not mend:
            return
        position = _positions(plan.block["centre"])
        used = position[:-1] >= 0
        current = position[plan.point["block"]], plan.block["centre"][used], plan.block["provider"][used]
        # the search's own total holds prices, so it cannot tell; mending hardly ever makes a plan cheaper
        if plan_cost(problem, *current) >= self.objective:
            return
        mended = repair_plan(problem, *current)
        if mended is not None:
            self.offer(problem, *mended)

    def as_start(self) -> Start | None:
        """Give the plan to begin from; none where there is no plan or one with an empty block."""
        if self.block_of is None or self.centres is None or self.providers is None or not len(self.centres):
            return None
        full = bool(np.isin(np.arange(len(self.centres)), self.block_of).all())
        return Start(self.block_of, self.centres, self.providers) if full else None


def _positions(centres: Ints) -> Ints:
    """(slots + 1,) position of each used slot, -1 for the others and for no slot."""
    used = np.flatnonzero(centres >= 0)
    position = np.full(len(centres) + 1, -1, dtype=np.int64)
    position[used] = np.arange(len(used))
    return position


def relaxed_constraints(problem: ZoneProblem) -> tuple[str, ...]:
    """Names of the constraints that the Lagrangian bound does not honour in full."""
    names = {
        "contiguity": problem.adjacency is not None and not can_fence(problem),
        "contiguity (its fences alone)": can_fence(problem),
        "share cap (a single block counts as its maximum size)": problem.has_share_caps,
        "places kept apart by a lock": problem.has_apart,
    }
    return tuple(name for name, there in names.items() if there)


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
        ended=PROOF,
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
