"""Solving a plan's problem again at other weights, from plans that are known."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from marketmap.blocks.bound import LagrangianBound
from marketmap.blocks.comparison import PlanFigures, cost_let_blocks, measure_plan
from marketmap.blocks.interrupts import is_asked
from marketmap.blocks.model import BlockModel, frame_problem
from marketmap.blocks.plan import Plan, Zone
from marketmap.blocks.propose import find_free_zones
from marketmap.blocks.relaxation import Prices
from marketmap.blocks.solver import solve_zones
from marketmap.blocks.start import fit_start
from marketmap.blocks.stop import USER, Clock, Stop
from marketmap.blocks.zone_problem import ZoneProblem, relative_gap
from marketmap.errors import PlanError
from marketmap.settings import BlockSettings

# A variant begins from a plan that is known, so it takes a part of the iterations that the plan itself took.
PART_OF_STOP = 0.25
LEAST_ITERATIONS = 50
# Evaluations of the bound before the first variant, a quarter of what the plan's own search spends on it.
FOOTING_STEPS, STEPS_AT_ONCE = 300, 20

Tell = Callable[[str], None]


class SearchStoppedError(Exception):
    """The user asked for an end; ``done`` holds what was finished before."""

    def __init__(self, done: Any = None) -> None:
        super().__init__("stopped by the user")
        self.done = done


@dataclass(frozen=True)
class Variant:
    """A model to be solved, with what its blocks already let cost in every plan of it."""

    model: BlockModel
    settings: BlockSettings
    problem: ZoneProblem
    let: tuple[Zone, ...]
    let_cost: float


@dataclass(frozen=True)
class Found:
    """A plan of a variant: its proposed zones, the bound and gap at the weights that it was found at.

    ``ended`` is what ended the search, ``prices`` are the bound's, for a like variant's bound to begin from.
    """

    zones: tuple[Zone, ...]
    objective: float
    lower_bound: float
    status: str
    prices: Prices | None = None
    ended: str = ""

    @property
    def gap(self) -> float:
        """(objective - lower bound) / abs(objective)."""
        return relative_gap(self.objective, self.lower_bound)


@dataclass(frozen=True)
class Footing:
    """What every variant of a plan stands on: the plan's model laid out, and the best bound and prices known for it."""

    variant: Variant
    lower_bound: float
    prices: Prices


def find_footing(plan: Plan) -> Footing:
    """Bound a plan's own problem once more, for the prices that the bounds of its variants begin from."""
    case = plan.case
    variant = take_variant(case.model, case.zones, settings=case.settings.blocks)
    bound, clock = LagrangianBound(variant.problem), Clock(part_of_stop(plan))
    while bound.iterations < FOOTING_STEPS and not clock.is_over():
        steps = bound.iterations
        bound.advance(STEPS_AT_ONCE, upper=plan.objective - variant.let_cost)
        if bound.iterations == steps:
            break
    best = max(plan.lower_bound, bound.value + variant.let_cost)
    return Footing(variant, min(best, plan.objective), bound.prices)


def take_variant(model: BlockModel, let: Sequence[Zone], *, settings: BlockSettings) -> Variant:
    """Lay a model out for solving; ``let`` are the zones of its blocks already let."""
    kept = tuple(zone for zone in let if zone.existing)
    return Variant(
        model=model,
        settings=settings,
        problem=frame_problem(model, settings=settings),
        let=kept,
        let_cost=cost_let_blocks(model, kept, settings=settings),
    )


def charge_pairs(variant: Variant, minutes: np.ndarray) -> Variant:
    """Add minutes to serving some points by some providers; ``inf`` forbids them.

    Parameters
    ----------
    minutes
        (n, P) over all points of the model.
    """
    free = variant.model.free
    problem = dataclasses.replace(variant.problem, extra=variant.problem.extra + minutes[free])
    return dataclasses.replace(variant, problem=problem)


def solve_variant(
    variant: Variant, start: Sequence[Zone], *, seed: int, stop: Stop, prices: Prices | None = None
) -> Found:
    """Solve a variant, beginning from a plan that is known.

    The result is never worse than the start, as far as the start is a plan of the variant.

    Parameters
    ----------
    start
        Zones in the arrays of the variant's own model; those already let are not looked at.
    prices
        Of a like variant's bound.

    Raises
    ------
    PlanError
        There is no plan.
    SearchStoppedError
        When the user stopped the search: what it had is then not worth a row.
    """
    if is_asked():
        raise SearchStoppedError
    number = np.full(len(variant.model.points), -1, dtype=np.int64)
    numbers = np.flatnonzero(variant.model.free)
    number[numbers] = np.arange(len(numbers))
    blocks = [
        ((at := number[zone.points])[at >= 0], int(number[zone.centre]), zone.provider)
        for zone in start
        if not zone.existing
    ]
    begin = fit_start(variant.problem, blocks)
    if begin is not None:
        begin = dataclasses.replace(begin, prices=prices)
    result = solve_zones(variant.problem, seed=seed, stop=stop, start=begin)
    if result.ended == USER or is_asked():
        raise SearchStoppedError
    if not math.isfinite(result.objective):
        raise PlanError(f"No plan: {result.conflict}")
    return Found(
        zones=tuple(find_free_zones(variant.model, result)),
        objective=result.objective + variant.let_cost,
        lower_bound=result.lower_bound + variant.let_cost,
        status=result.status,
        prices=result.prices,
        ended=result.ended,
    )


def measure_variant(variant: Variant, zones: Sequence[Zone]) -> PlanFigures:
    """Measure zones as a plan of the variant, at its settings' weights and without charges."""
    proposed = [zone for zone in zones if not zone.existing]
    return measure_plan(variant.model, [*variant.let, *proposed], settings=variant.settings)


def part_of_stop(plan: Plan, *, part: float = PART_OF_STOP) -> Stop:
    """Give a part of what the plan itself was allowed."""
    return plan.case.stop.take_part(part, least_iterations=LEAST_ITERATIONS)
