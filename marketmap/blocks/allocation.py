"""Which provider takes which block: the generalised assignment problem, proven by HiGHS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from marketmap.blocks.arguments import first_of, read_array
from marketmap.blocks.mip import MipAnswer, solve_mip
from marketmap.blocks.stop import Clock, Stop, read_stop
from marketmap.blocks.zone_problem import HOURS_TOLERANCE, Floats, Ints, relative_gap
from marketmap.errors import PlanError

# Nodes of the branch and bound where no limit is given: enough for what was seen to be provable at all, and an end.
DEFAULT_NODES = 20_000


@dataclass(frozen=True)
class Allocation:
    """A provider for every block.

    Attributes
    ----------
    provider_of
        (blocks,) column of the provider, -1 when there is no allocation.
    objective
        Cost; ``inf`` when there is no allocation.
    lower_bound, gap
        No allocation costs less; (objective - lower_bound) / abs(objective).
    status
        ``"optimal"`` (proven), ``"feasible"``, ``"infeasible"`` (proven) or ``"stopped"``.
    conflict
        What is in the way when there is no allocation, else blank.
    """

    provider_of: Ints
    objective: float
    lower_bound: float
    gap: float
    status: str
    conflict: str = ""


def allocate_providers(
    cost: ArrayLike,
    hours: ArrayLike,
    capacity: ArrayLike,
    *,
    opening_cost: ArrayLike | None = None,
    stop: Stop | None = None,
) -> Allocation:
    """Give every block to one provider within the providers' capacity, at the least cost.

    Parameters
    ----------
    cost
        (blocks, providers) cost, may be negative; ``inf`` forbids the pair.
    hours
        (blocks,) or (blocks, providers) hours that a block takes of a provider's capacity.
    capacity
        (providers,) hours; ``inf`` for no limit.
    opening_cost
        (providers,) paid once for each provider that takes any block.
    stop
        ``max_seconds`` and ``max_gap`` hold; ``max_iterations`` limits the nodes of the branch and bound. Without
        any of them the answer is proven optimal, or the best of 20,000 nodes where that is harder than it looks.

    Returns
    -------
    Allocation
        Without one, ``status`` is ``"infeasible"`` and ``conflict`` names the blocks in the way.

    Raises
    ------
    PlanError
        Shapes that do not match, values that are no figures, negative hours, capacity or opening cost.
    """
    stop = read_stop(stop)
    clock = Clock(stop)
    costs, sizes, limits, opening = _checked(cost, hours, capacity, opening_cost)
    blocks = len(costs)
    if blocks == 0:
        return Allocation(np.zeros(0, dtype=np.int64), 0.0, 0.0, 0.0, "optimal")
    conflict = _plain_conflict(costs, sizes, limits)
    if conflict:
        return _none(blocks, "infeasible", conflict)
    # a block larger than a provider's whole capacity can be ruled out here
    allowed = np.isfinite(costs) & (sizes <= limits[None, :] + HOURS_TOLERANCE)
    # nor does any provider need more room than for all that it may take: a limit far above that blurs the programme
    most = np.where(allowed, sizes, 0.0).sum(axis=0) + HOURS_TOLERANCE
    limits = np.where(np.isinf(limits), np.inf, np.minimum(limits, most))
    answer, provider_of = _solve(costs, sizes, limits, opening, allowed=allowed, stop=stop)
    if answer.status == "infeasible":
        return _none(blocks, "infeasible", _tight_conflict(sizes, limits, allowed, clock))
    if provider_of is None:
        return _none(blocks, "stopped", "No allocation was found before the search stopped.", answer.lower_bound)
    objective = float(costs[np.arange(blocks), provider_of].sum())
    if opening is not None:
        objective += float(opening[np.unique(provider_of)].sum())
    bound = min(answer.lower_bound, objective)
    gap = relative_gap(objective, bound)
    proven = answer.status == "optimal" and gap <= 1e-9
    return Allocation(provider_of, objective, objective if proven else bound, 0.0 if proven else gap,
                      "optimal" if proven else "feasible")  # fmt: skip


def _solve(
    costs: Floats,
    sizes: Floats,
    limits: Floats,
    opening: Floats | None,
    *,
    allowed: NDArray[np.bool_],
    stop: Stop,
) -> tuple[MipAnswer, Ints | None]:
    """Solve the allocation over the allowed pairs."""
    blocks, providers = costs.shape
    block, provider = np.nonzero(allowed)
    links = len(block)
    each = sparse.csr_array((np.ones(links), (block, np.arange(links))), shape=(blocks, links))
    used = sparse.csr_array((sizes[block, provider], (provider, np.arange(links))), shape=(providers, links))
    bounded = np.flatnonzero(np.isfinite(limits))
    parts = [[each, None], [used[bounded], None]]
    lower = [np.ones(blocks), np.full(len(bounded), -np.inf)]
    upper = [np.ones(blocks), limits[bounded]]
    column_cost = costs[block, provider]
    if opening is not None:
        # the capacity row with its opening, and each link with it: the second closes most of the gap
        gate = sparse.csr_array((-limits[bounded], (np.arange(len(bounded)), bounded)), shape=(len(bounded), providers))
        open_link = sparse.csr_array((-np.ones(links), (np.arange(links), provider)), shape=(links, providers))
        parts = [
            [each, sparse.csr_array((blocks, providers))],
            [used[bounded], gate],
            [sparse.eye_array(links, format="csr"), open_link],
        ]
        lower.append(np.full(links, -np.inf))
        upper = [np.ones(blocks), np.zeros(len(bounded)), np.zeros(links)]
        if len(bounded) == len(limits) and (sizes == sizes[:, :1]).all():
            # implied by the others, but the solver finds its cover cuts only in a row of its own
            parts.append([None, sparse.csr_array(limits[None])])
            lower.append(np.array([sizes[:, 0].sum()]))
            upper.append(np.array([np.inf]))
        column_cost = np.concatenate([column_cost, opening])
    else:
        parts = [[part[0]] for part in parts]
    answer = solve_mip(
        column_cost,
        sparse.csr_array(sparse.block_array(parts)),
        np.concatenate(lower),
        np.concatenate(upper),
        whole=np.ones(len(column_cost), dtype=bool),
        max_seconds=stop.seconds,
        max_nodes=DEFAULT_NODES if stop.max_iterations is None and stop.max_seconds is None else stop.max_iterations,
        relative_gap=stop.max_gap or 0.0,
    )
    if answer.values is None:
        return answer, None
    provider_of = np.full(blocks, -1)
    taken = np.flatnonzero(answer.values[:links] > 0.5)
    provider_of[block[taken]] = provider[taken]
    return answer, provider_of


def _checked(
    cost: ArrayLike, hours: ArrayLike, capacity: ArrayLike, opening_cost: ArrayLike | None
) -> tuple[Floats, Floats, Floats, Floats | None]:
    costs = read_array(cost, "cost", hint="Forbid a pair with inf.")
    if costs.ndim != 2:
        raise PlanError(f"cost has {costs.ndim} dimensions; it must have two: blocks x providers.")
    blocks, providers = costs.shape
    sizes = read_array(hours, "hours")
    if sizes.shape == (blocks,):
        sizes = np.repeat(sizes[:, None], providers, axis=1)
    if sizes.shape != (blocks, providers):
        raise PlanError(f"hours has shape {sizes.shape}; it must be ({blocks},) or ({blocks}, {providers}).")
    limits = read_array(capacity, "capacity", largest=np.inf)
    opening = None if opening_cost is None else read_array(opening_cost, "opening_cost")
    for name, values in (("capacity", limits), ("opening_cost", opening)):
        if values is not None and values.shape != (providers,):
            raise PlanError(f"{name} has shape {values.shape}; it must be ({providers},).")
    for name, values in (("cost", costs), ("hours", sizes), ("capacity", limits), ("opening_cost", opening)):
        if values is not None and np.isnan(values).any():
            raise PlanError(f"{name} holds a value that is not a number, first at {first_of(np.isnan(values))}.")
        if name != "cost" and values is not None and (values < 0).any():
            raise PlanError(f"{name} holds a negative value, first at {first_of(values < 0)}; give 0 or more.")
        if name in {"hours", "opening_cost"} and values is not None and np.isinf(values).any():
            raise PlanError(f"{name} holds an infinite value; forbid a pair with an infinite cost instead.")
    if (costs == -np.inf).any():
        raise PlanError("cost holds minus infinity; give a finite cost, or inf to forbid a pair.")
    return costs, sizes, limits, opening


def _plain_conflict(costs: Floats, sizes: Floats, limits: Floats) -> str:
    allowed = np.isfinite(costs)
    lost = np.flatnonzero(~allowed.any(axis=1))
    if len(lost):
        return f"Block {lost[0]} has no provider that may take it ({len(lost)} such). Allow one, or drop the block."
    fits = (allowed & (sizes <= limits[None, :] + HOURS_TOLERANCE)).any(axis=1)
    lost = np.flatnonzero(~fits)
    if len(lost):
        least = float(sizes[lost[0]][allowed[lost[0]]].min())
        return (
            f"Block {lost[0]} needs {least:g} hours, above the capacity of every provider that may take it "
            f"({len(lost)} such). Make it smaller or find more capacity."
        )
    # each block at its smallest, against all capacity of providers that may take anything
    least_hours = float(np.where(allowed, sizes, np.inf).min(axis=1).sum())
    total = float(limits[allowed.any(axis=0)].sum())
    if least_hours > total + HOURS_TOLERANCE:
        return f"The blocks need {least_hours:g} hours, above the providers' {total:g} together. Find more capacity."
    return ""


def _tight_conflict(sizes: Floats, limits: Floats, allowed: np.ndarray, clock: Clock) -> str:
    """Name a small set of blocks that do not fit, by dropping blocks for as long as the rest does not fit."""
    kept = list(range(len(sizes)))
    smallest = True
    for block in range(len(sizes)):
        rest = [other for other in kept if other != block]
        if not rest or clock.is_over():
            smallest = not rest
            break
        free = np.zeros((len(rest), len(limits)))
        left = None if clock.stop.max_seconds is None else clock.remaining()
        stop = Stop(max_iterations=1000, max_seconds=left)
        answer, _ = _solve(free, sizes[rest], limits, None, allowed=allowed[rest], stop=stop)
        if answer.status == "infeasible":
            kept = rest
        elif answer.values is None:
            smallest = False
    takers = np.flatnonzero(allowed[kept].any(axis=0))
    named = ", ".join(str(block) for block in kept[:10]) + (" and others" if len(kept) > 10 else "")
    return (
        f"Blocks {named} do not fit together: the providers that may take them have {limits[takers].sum():g} hours."
        + (" Without any one of them the rest would fit." if smallest else "")
    )


def _none(blocks: int, status: str, conflict: str, bound: float = np.inf) -> Allocation:
    return Allocation(np.full(blocks, -1), np.inf, bound, np.inf, status, conflict)
