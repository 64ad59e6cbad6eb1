"""From a block problem to the arrays of the search, and to a first plan."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from marketmap.blocks.search_state import Fixed, Floats, Ints, Plan
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
    return Fixed(
        travel=problem.travel,
        hours=problem.hours,
        outside=np.where(must, heavy, problem.outside),
        must=must,
        extra=problem.extra,
        base=np.ascontiguousarray(base),
        rounds=problem.rounds,
        load=problem.load,
        held_start=held.indptr.astype(np.int64),
        held_by=held.indices.astype(np.int64),
        held_hours=held.data.astype(np.float64),
        capacity=problem.capacity,
        provider_cap=problem.max_provider_hours,
        company_of=problem.company_of,
        district_of=problem.district_of,
        share_cap=problem.share_cap,
        blocks_there=problem.blocks_there,
        near_start=near.indptr.astype(np.int64),
        near=near.indices.astype(np.int64),
        own_centres=own,
        next_centres=_rows_to_table(_most_shared(wide.T @ wide, NEXT_CENTRES), centres, NEXT_CENTRES),
        price=price,
        max_hours=float(problem.max_hours),
        min_hours=float(problem.min_hours),
        block_cost=float(problem.block_cost),
        n_blocks=-1 if problem.n_blocks is None else int(problem.n_blocks),
        contiguous=problem.adjacency is not None,
        provider_limits=problem.has_provider_limits,
        share_limits=problem.has_share_caps,
        may_stay_out=bool((~must).any()),
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
    providers = len(fixed.capacity)
    companies, districts = fixed.share_cap.shape
    state = np.random.default_rng(seed).integers(1, 2**63, dtype=np.uint64)
    totals = np.array([float(fixed.outside.sum()), 0.0, 0.0, 0.0])

    def ints(*shape: int, fill: int = 0) -> Ints:
        return np.full(shape, fill, dtype=np.int64)

    return Plan(
        block_of=ints(points, fill=-1),
        following=ints(points, fill=-1),
        preceding=ints(points, fill=-1),
        head=ints(slots, fill=-1),
        count=ints(slots),
        centre=ints(slots, fill=-1),
        provider=ints(slots),
        hours=np.zeros(slots),
        load=np.zeros(slots),
        rounds=np.zeros(slots),
        stale=ints(slots),
        district_points=ints(slots, districts),
        block_at=ints(centres, fill=-1),
        usage=np.zeros(providers),
        provider_hours=np.zeros(providers),
        company_hours=np.zeros((companies, districts)),
        company_blocks=ints(companies, districts),
        totals=totals,
        weights=np.array([1.0, weight, weight, weight]),
        counters=np.array([0, int(fixed.must.sum()), 10, 0, 0, 0], dtype=np.int64),
        random=np.array([state], dtype=np.uint64),
        mark=ints(points),
        queue=ints(points + slots + 1),
        key=np.zeros(points),
        choice=ints(points),
        pool=ints(points),
        saved_point=ints(2 * points),
        saved_block=ints(2 * points),
        saved_slot=ints(slots),
        saved_centre=ints(slots),
        saved_provider=ints(slots),
        new_slot=ints(2 * slots),
        best_block_of=ints(points, fill=-1),
        best_centre=ints(slots, fill=-1),
        best_provider=ints(slots),
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
