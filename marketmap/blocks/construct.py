"""From a block problem to the arrays of the search, and to a first plan."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from marketmap.blocks.kernels.state import (
    FIXED_HELD,
    FIXED_POINT,
    FIXED_PROVIDER,
    FIXED_SHARE,
    PLAN_BLOCK,
    PLAN_PARTED,
    PLAN_POINT,
    PLAN_PROVIDER,
    PLAN_SHARE,
    SAVED_BLOCK,
    SAVED_POINT,
    Fixed,
    Floats,
    Ints,
    Plan,
)
from marketmap.blocks.relaxation import Prices
from marketmap.blocks.zone_problem import ZoneProblem

OWN_CENTRES = 12
NEXT_CENTRES = 24
CLOSE_POINTS = 14
# How many of a point's centres say which points are close to it.
SHARED_CENTRES = 6
# A point that must be placed costs this many times the dearest ordinary pair while it is not.
MUST_FACTOR = 20.0


def fix_problem(problem: ZoneProblem, *, order: np.ndarray, base: Floats, price: Floats) -> Fixed:
    """Lay a problem out for the search.

    Parameters
    ----------
    problem
        The block problem.
    order
        (points, centres) centres of each point, cheapest first.
    base
        ``problem.base`` with ``inf`` at centres that a provider can never fill to the minimum.
    price
        (points,) what placing each point is worth, from the lower bound.
    """
    points, centres = problem.points, problem.centres
    must = np.isinf(problem.outside)
    own = order[:, : min(OWN_CENTRES, centres)].astype(np.int64)
    own = np.where(np.isfinite(np.take_along_axis(problem.travel, own, axis=1)), own, -1)
    shared = _incidence(own[:, :SHARED_CENTRES], centres)
    wide = _incidence(own, centres)
    if problem.adjacency is not None:
        near = sparse.csr_array(problem.adjacency)
    else:
        near = _symmetric(_most_shared(shared @ shared.T, CLOSE_POINTS), points)
    held = sparse.csr_array(problem.held)
    finite = problem.travel[np.arange(points), np.maximum(own[:, -1], 0)]
    dearest = float(np.max(np.where(np.isfinite(finite), finite, 0.0), initial=0.0)) + float(
        np.max(np.where(np.isfinite(problem.extra), problem.extra, 0.0), initial=0.0)
    )
    heavy = MUST_FACTOR * (1.0 + dearest + problem.block_cost + float(np.abs(price).max(initial=0.0)))
    point = np.zeros(points, dtype=FIXED_POINT)
    point["hours"], point["rounds"], point["load"] = problem.hours, problem.rounds, problem.load
    point["outside"], point["must"] = np.where(must, heavy, problem.outside), must
    point["price"], point["district"] = price, problem.district_of
    point["near_from"], point["near_to"] = near.indptr[:-1], near.indptr[1:]
    point["held_from"], point["held_to"] = held.indptr[:-1], held.indptr[1:]
    holders = np.zeros(held.nnz, dtype=FIXED_HELD)
    holders["by"], holders["hours"] = held.indices, held.data
    provider = np.zeros(problem.providers, dtype=FIXED_PROVIDER)
    provider["capacity"], provider["max_hours"] = problem.capacity, problem.max_provider_hours
    provider["company"] = problem.company_of
    share = np.zeros(problem.share_cap.shape, dtype=FIXED_SHARE)
    share["cap"], share["blocks"] = problem.share_cap, problem.blocks_there
    return Fixed(
        travel=problem.travel,
        extra=problem.extra.copy(),
        base=np.ascontiguousarray(base),
        point=point,
        held=holders,
        near=near.indices.astype(np.int64),
        own_centres=own,
        next_centres=_rows_to_table(_most_shared(wide.T @ wide, NEXT_CENTRES), centres, NEXT_CENTRES),
        provider=provider,
        share=share,
        apart=problem.apart,
        max_hours=float(problem.max_hours),
        min_hours=float(problem.min_hours),
        block_cost=float(problem.block_cost),
        n_blocks=-1 if problem.n_blocks is None else int(problem.n_blocks),
        contiguous=problem.adjacency is not None,
        provider_limits=problem.has_provider_limits,
        share_limits=problem.has_share_caps,
        may_stay_out=bool((~must).any()),
        keeps_apart=problem.has_apart,
    )


def set_prices(fixed: Fixed, plan: Plan, problem: ZoneProblem, prices: Prices) -> None:
    """Put the bound's prices into the search: points' worth, and what scarce hours cost."""
    fixed.point["price"] = prices.point
    if not (fixed.provider_limits or fixed.share_limits):
        return
    fixed.provider["capacity_price"], fixed.provider["hours_price"] = prices.capacity, prices.hours
    fixed.share["price"] = prices.share
    hourly = prices.hours + prices.share[problem.company_of].T[problem.district_of]
    fixed.extra[:] = problem.extra + np.outer(problem.load, prices.capacity) + problem.hours[:, None] * hourly
    finite = ~np.isinf(problem.outside)
    # A point left out takes back what its holders would have given up.
    given_up = problem.held @ prices.capacity
    heavy = fixed.point["outside"]
    fixed.point["outside"] = np.where(finite, problem.outside + given_up, heavy)
    fixed.point["price"] = prices.point + given_up
    block = plan.point["block"]
    inside = np.flatnonzero(block >= 0)
    centre, provider = plan.block["centre"][block[inside]], plan.block["provider"][block[inside]]
    served = (
        fixed.travel[inside, centre]
        + fixed.extra[inside, provider]
        + problem.rounds[inside] * fixed.base[provider, centre]
    )
    # `usage` counts what is given up as negative, so the sum of all that is held goes back in as a constant.
    plan.totals[0] = (
        served.sum() + fixed.point["outside"][block < 0].sum() + plan.counters[0] * fixed.block_cost - given_up.sum()
    )


def empty_plan(fixed: Fixed, *, slots: int, weight: float, seed: int) -> Plan:
    """Make a plan with every point outside.

    Parameters
    ----------
    fixed
        The problem.
    slots
        Most blocks that a plan may hold at once.
    weight
        Minutes charged for an hour over a limit.
    seed
        Seed of the search.
    """
    points, centres = fixed.travel.shape
    # a provider that must give hours up does not yet
    owed = float(-np.minimum(fixed.provider["capacity"], 0.0).sum())
    state = np.random.default_rng(seed).integers(1, 2**63, dtype=np.uint64)
    point = np.zeros(points, dtype=PLAN_POINT)
    block = np.zeros(slots, dtype=PLAN_BLOCK)
    for name in ("block", "following", "preceding", "best"):
        point[name] = -1
    for name in ("centre", "head", "best_centre"):
        block[name] = -1
    return Plan(
        point=point,
        block=block,
        district_points=np.zeros((slots, fixed.share.shape[1]), dtype=np.int64),
        block_at=np.full(centres, -1, dtype=np.int64),
        provider=np.zeros(len(fixed.provider), dtype=PLAN_PROVIDER),
        share=np.zeros(fixed.share.shape, dtype=PLAN_SHARE),
        parted=np.zeros((slots, fixed.apart.shape[1]), dtype=PLAN_PARTED),
        totals=np.array([float(fixed.point["outside"].sum()), 0.0, owed, 0.0]),
        weights=np.array([1.0, weight, weight, weight]),
        counters=np.array([0, int(fixed.point["must"].sum()), 10, 0, 0, 0], dtype=np.int64),
        random=np.array([state], dtype=np.uint64),
        queue=np.zeros(points + slots + 1, dtype=np.int64),
        pool=np.zeros(points, dtype=np.int64),
        saved=np.zeros(2 * points, dtype=SAVED_POINT),
        closed=np.zeros(slots, dtype=SAVED_BLOCK),
        opened=np.zeros(2 * slots, dtype=np.int64),
        best=np.array([np.inf]),
    )


def _incidence(table: Ints, columns: int) -> sparse.csr_array:
    rows, places = np.nonzero(table >= 0)
    return sparse.csr_array(
        (np.ones(len(rows), dtype=np.int32), (rows, table[rows, places])), shape=(len(table), columns)
    )


def _most_shared(shared: sparse.csr_array, most: int) -> sparse.csr_array:
    """Keep the ``most`` largest entries of each row off the diagonal, the first ones where equal."""
    matrix = sparse.coo_array(shared)
    off = matrix.row != matrix.col
    row, column, value = matrix.row[off], matrix.col[off], matrix.data[off]
    order = np.lexsort((column, -value, row))
    row, column = row[order], column[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    keep = rank < most
    # kept in this order: the most shared come first
    return sparse.csr_array(
        (
            column[keep] + 1,
            column[keep],
            np.concatenate([[0], np.cumsum(np.bincount(row[keep], minlength=shared.shape[0]))]),
        ),
        shape=shared.shape,
    )


def _symmetric(matrix: sparse.csr_array, size: int) -> sparse.csr_array:
    links = sparse.coo_array(matrix)
    rows, columns = np.concatenate([links.row, links.col]), np.concatenate([links.col, links.row])
    both = sparse.csr_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(size, size))
    both.sum_duplicates()
    both.sort_indices()
    return both


def _rows_to_table(matrix: sparse.csr_array, rows: int, width: int) -> Ints:
    table = np.full((rows, width), -1, dtype=np.int64)
    start = matrix.indptr
    for row in range(rows):
        part = matrix.indices[start[row] : start[row + 1]]
        table[row, : len(part)] = part
    return table
