"""Blocks on their own: a capacitated p-median with a floor, a priced way out and contiguity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from marketmap.blocks.arguments import LARGEST, first_of, read_array, read_number
from marketmap.blocks.search import Progress
from marketmap.blocks.solver import solve_zones
from marketmap.blocks.stop import Stop
from marketmap.blocks.zone_problem import HOURS_TOLERANCE, Floats, Ints, ZoneProblem
from marketmap.errors import PlanError


@dataclass(frozen=True)
class BlockDesign:
    """Blocks, and how near they are to the best there can be.

    Attributes
    ----------
    block_of
        (points,) position in ``centres`` of each point's block, -1 outside.
    centres
        (blocks,) column of ``minutes`` that is each block's centre.
    objective
        Cost of the plan; ``inf`` when there is none.
    lower_bound
        No plan costs less.
    gap
        (objective - lower_bound) / abs(objective).
    status
        ``"optimal"`` (proven), ``"feasible"``, ``"infeasible"`` (proven) or ``"stopped"``.
    iterations, seconds
        Work done.
    conflict
        What is in the way when there is no plan, else blank.
    relaxed
        Constraints that the lower bound does not honour in full.
    """

    block_of: Ints
    centres: Ints
    objective: float
    lower_bound: float
    gap: float
    status: str
    iterations: int = 0
    seconds: float = 0.0
    conflict: str = ""
    relaxed: tuple[str, ...] = ()


def design_blocks(
    minutes: ArrayLike,
    hours_week: ArrayLike,
    visits_week: ArrayLike,
    *,
    max_hours: float,
    min_hours: float = 0.0,
    n_blocks: int | None = None,
    block_cost: float = 0.0,
    outside_cost: ArrayLike | None = None,
    adjacency: Any = None,
    seed: int = 0,
    stop: Stop | None = None,
    on_progress: Progress | None = None,
) -> BlockDesign:
    """Group points into blocks so that carers travel as little as possible.

    Minimises the sum over placed points of ``visits_week * minutes[point, centre of its block]``, plus
    ``block_cost`` for every block, plus ``outside_cost`` of the points left out.

    Parameters
    ----------
    minutes
        (points, candidate centres) minutes; ``inf`` forbids the pair.
    hours_week
        (points,) contact hours a week: a block holds ``min_hours`` to ``max_hours`` of them.
    visits_week
        (points,) visits a week: the weight of a point's minutes.
    max_hours, min_hours
        Limits on a block's hours; ``max_hours`` may be ``inf``.
    n_blocks
        Exact number of blocks. ``None`` leaves it free, and then needs ``block_cost > 0`` or ``min_hours > 0``:
        otherwise a block for every point would be best.
    block_cost
        Cost of each block, minutes a week.
    outside_cost
        (points,) cost of leaving a point out, minutes a week; ``None``: every point must be placed.
    adjacency
        Sparse (points, points) neighbourhood; every block is then connected on it. A centre is used at most
        once and need not lie in its own block.
    seed
        Same inputs, seed and ``stop.max_iterations``: same blocks.
    stop
        When to stop: whichever limit comes first.
    on_progress
        Called now and then with the iteration, the best cost and the lower bound.

    Returns
    -------
    BlockDesign
        Without a plan, ``status`` is ``"infeasible"`` and ``conflict`` names what is in the way.

    Raises
    ------
    PlanError
        The inputs contradict each other or hold values that are no figures.
    """
    max_hours, min_hours = read_number(max_hours, "max_hours"), read_number(min_hours, "min_hours")
    block_cost = read_number(block_cost, "block_cost")
    if LARGEST <= block_cost < np.inf:
        raise PlanError(f"block_cost is {block_cost:g}; give less than 1e15.")
    travel = _array(minutes, "minutes", dimensions=2, hint="Forbid a pair with inf.")
    points = travel.shape[0]
    hours = _array(hours_week, "hours_week", dimensions=1, length=points)
    visits = _array(visits_week, "visits_week", dimensions=1, length=points)
    for name, values in (("minutes", travel), ("hours_week", hours), ("visits_week", visits)):
        if (values < 0).any():
            raise PlanError(f"{name} holds a negative value, first at {first_of(values < 0)}; give 0 or more.")
    for name, values in (("hours_week", hours), ("visits_week", visits)):
        if np.isinf(values).any():
            raise PlanError(f"{name} holds an infinite value, first at {first_of(np.isinf(values))}.")
    if n_blocks is None and not block_cost > 0 and not min_hours > 0:
        raise PlanError("n_blocks=None needs block_cost > 0 or min_hours > 0: else a block for every point is best.")
    outside = np.full(points, np.inf)
    if outside_cost is not None:
        outside = _array(outside_cost, "outside_cost", dimensions=1, length=points, hint="Place a point with inf.")
    # 0 visits x inf minutes is still forbidden, not "not a number"
    weighted = np.where(np.isinf(travel), np.inf, visits[:, None] * np.where(np.isinf(travel), 0.0, travel))
    if weighted[np.isfinite(travel)].max(initial=0.0) >= LARGEST:
        raise PlanError("minutes times visits_week comes to 1e15 or more. Forbid a pair with inf minutes.")
    problem = ZoneProblem(
        travel=weighted,
        hours=hours,
        visits=visits,
        outside=outside,
        # No block holds more than there is: a limit far above that, or none, only blurs the bound.
        max_hours=min(max_hours, max(float(hours.sum()) + HOURS_TOLERANCE, min_hours)),
        min_hours=min_hours,
        block_cost=block_cost,
        n_blocks=n_blocks,
        adjacency=adjacency,
    )
    result = solve_zones(problem, seed=seed, stop=stop, on_progress=on_progress)
    return BlockDesign(
        block_of=result.block_of,
        centres=result.centres,
        objective=result.objective,
        lower_bound=result.lower_bound,
        gap=result.gap,
        status=result.status,
        iterations=result.iterations,
        seconds=result.seconds,
        conflict=result.conflict,
        relaxed=result.relaxed,
    )


def _array(values: ArrayLike, name: str, *, dimensions: int, length: int | None = None, hint: str = "") -> Floats:
    array = read_array(values, name, hint=hint)
    if array.ndim != dimensions:
        raise PlanError(f"{name} has {array.ndim} dimensions; it must have {dimensions}.")
    if length is not None and len(array) != length:
        raise PlanError(f"{name} has {len(array)} values for {length} points (rows of minutes).")
    if np.isnan(array).any():
        raise PlanError(f"{name} holds a value that is not a number, first at {first_of(np.isnan(array))}.")
    return array
