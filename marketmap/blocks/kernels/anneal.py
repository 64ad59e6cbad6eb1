"""Simulated annealing over whole plans: points change block, and neighbouring blocks are rebuilt."""

from __future__ import annotations

import numpy as np

from marketmap.blocks.kernels.begin import open_at
from marketmap.blocks.kernels.compiled import compiled, kernel
from marketmap.blocks.kernels.moves import (
    improve_centre,
    improve_provider,
    may_leave,
    search_centre,
    shift_change,
    stays_whole,
    touches,
)
from marketmap.blocks.kernels.rebuild import forget_saved, rebuild, take_apart, take_back
from marketmap.blocks.kernels.state import (
    OUTSIDE,
    Fixed,
    Ints,
    Plan,
    draw,
    draw_below,
    hours_broken,
    keep_if_best,
    move_point,
    penalty,
    share_broken,
)

# A centre is chosen again after this many of its block's points have changed.
STALE_AFTER = 4
MOST_BLOCKS = 4
LITTLE = 1e-6
MOST_WEIGHT = 1e5


@compiled
def _accepted(plan: Plan, change: float, heat: float) -> bool:
    return change <= 0.0 or (heat > 0.0 and draw(plan) < np.exp(-change / heat))


@compiled
def _try_shift(fixed: Fixed, plan: Plan, point: int, target: int, heat: float) -> bool:
    change = shift_change(fixed, plan, point, target)
    if not _accepted(plan, change, heat) or not may_leave(fixed, plan, point):
        return False
    move_point(fixed, plan, point, target)
    return True


@compiled
def _try_swap(fixed: Fixed, plan: Plan, point: int, other: int, heat: float) -> bool:
    """Exchange two points of two blocks, one after the other and back again if it does not pay."""
    first, second = plan.point[point].block, plan.point[other].block
    one = shift_change(fixed, plan, point, second)
    if not np.isfinite(one) or plan.block[first].count < 2:
        return False
    if not stays_whole(fixed, plan, point):
        return False
    before = penalty(plan)
    cost, hours, limits, shares = plan.totals[0], plan.totals[1], plan.totals[2], plan.totals[3]
    move_point(fixed, plan, point, second)
    two = shift_change(fixed, plan, other, first)
    if (
        np.isfinite(two)
        and _accepted(plan, one + two, heat)
        and touches(fixed, plan, other, first)
        and stays_whole(fixed, plan, other)
    ):
        move_point(fixed, plan, other, first)
        return penalty(plan) != before
    move_point(fixed, plan, point, first)
    plan.totals[0], plan.totals[1], plan.totals[2], plan.totals[3] = cost, hours, limits, shares
    return False


@compiled
def _point_step(fixed: Fixed, plan: Plan, heat: float) -> None:
    point = draw_below(plan, len(fixed.point))
    source = plan.point[point].block
    links = fixed.point[point].near_to - fixed.point[point].near_from
    if source >= 0 and fixed.may_stay_out and not fixed.point[point].must and draw(plan) < 0.1:
        _try_shift(fixed, plan, point, OUTSIDE, heat)
        return
    if links == 0:
        return
    other = fixed.near[fixed.point[point].near_from + draw_below(plan, links)]
    target = plan.point[other].block
    if target < 0 or target == source:
        return
    moved = False
    if source >= 0 and draw(plan) < 0.5:
        if draw(plan) < 0.5:
            links = fixed.point[other].near_to - fixed.point[other].near_from
            third = fixed.near[fixed.point[other].near_from + draw_below(plan, links)]
            if plan.point[third].block == target:
                other = third
        moved = _try_swap(fixed, plan, point, other, heat)
    else:
        moved = _try_shift(fixed, plan, point, target, heat)
    if moved:
        if plan.block[target].stale >= STALE_AFTER:
            improve_centre(fixed, plan, target)
        if source >= 0 and plan.block[source].stale >= STALE_AFTER:
            improve_centre(fixed, plan, source)


@compiled
def _gather(fixed: Fixed, plan: Plan, start: int, most: int, chosen: np.ndarray, taken: int) -> int:
    """Blocks met first when walking outwards from a point, at most ``most``, none of the ``taken`` first ones."""
    plan.counters[2] += 2
    seen = plan.counters[2]
    count = taken
    plan.point[start].mark = seen
    plan.queue[0] = start
    head, tail = 0, 1
    while head < tail and count < taken + most and tail < len(plan.queue) and head < 400:
        here = plan.queue[head]
        head += 1
        block = plan.point[here].block
        known = block < 0
        for row in range(count):
            if chosen[row] == block:
                known = True
        if not known:
            chosen[count] = block
            count += 1
        for row in range(fixed.point[here].near_from, fixed.point[here].near_to):
            other = fixed.near[row]
            if plan.point[other].mark != seen:
                plan.point[other].mark = seen
                plan.queue[tail] = other
                tail += 1
    return count - taken


@compiled
def _pool_outside(fixed: Fixed, plan: Plan, start: int, size: int, hours: float) -> int:
    """Add points outside every block that lie near the pooled ones (or near ``start``) to the pool."""
    if not fixed.may_stay_out:
        return size
    plan.counters[2] += 2
    seen = plan.counters[2]
    head = 0
    for row in range(size):
        plan.point[plan.pool[row]].mark = seen
    gathered = 0.0
    if size == 0:
        if plan.point[start].block >= 0:
            return size
        plan.pool[0] = start
        plan.point[start].mark = seen
        gathered = fixed.point[start].hours
        size = 1
    while head < size and gathered < hours:
        here = plan.pool[head]
        head += 1
        for row in range(fixed.point[here].near_from, fixed.point[here].near_to):
            other = fixed.near[row]
            if plan.point[other].mark != seen and plan.point[other].block < 0:
                plan.point[other].mark = seen
                plan.pool[size] = other
                size += 1
                gathered += fixed.point[other].hours
    return size


@compiled
def _rebuild_part(fixed: Fixed, plan: Plan, start: int, blocks: np.ndarray, begin: int, end: int, wanted: int) -> bool:
    first = plan.counters[3]
    for row in range(begin, end):
        take_apart(fixed, plan, blocks[row])
    size = np.int64(0)
    for row in range(first, plan.counters[3]):
        plan.pool[size] = plan.saved[row].point
        size += 1
    own = size
    size = _pool_outside(fixed, plan, start, size, fixed.max_hours)
    for row in range(own, size):
        plan.saved[plan.counters[3]].point = plan.pool[row]
        plan.saved[plan.counters[3]].block = -1
        plan.counters[3] += 1
    return rebuild(fixed, plan, size, wanted)


@compiled
def _block_step(fixed: Fixed, plan: Plan, heat: float, totals: np.ndarray, blocks: np.ndarray) -> bool:
    for row in range(len(totals)):
        totals[row] = plan.totals[row]
    before = penalty(plan)
    forget_saved(plan)
    start = draw_below(plan, len(fixed.point))
    count = 0
    if plan.point[start].block >= 0 or draw(plan) < 0.5:
        count = _gather(fixed, plan, start, 1 + draw_below(plan, MOST_BLOCKS), blocks, np.int64(0))
    built = False
    if fixed.n_blocks < 0:
        wanted = count
        if count == 0:
            wanted = 1
        elif draw(plan) < 0.6:
            wanted += 1 if draw(plan) < 0.5 else -1
        built = _rebuild_part(fixed, plan, start, blocks, count - count, count, wanted)
    elif count > 0 and (draw(plan) < 0.7 or plan.counters[0] < 2):
        built = _rebuild_part(fixed, plan, start, blocks, count - count, count, count)
    elif count > 0:
        # a block more here and one fewer there
        there = draw_below(plan, len(fixed.point))
        more = _gather(fixed, plan, there, 1 + draw_below(plan, MOST_BLOCKS), blocks, count)
        if more > 0:
            built = _rebuild_part(fixed, plan, start, blocks, count - count, count, count - 1)
            if built:
                built = _rebuild_part(fixed, plan, there, blocks, count, count + more, more + 1)
    if built and _accepted(plan, penalty(plan) - before, heat):
        return True
    take_back(fixed, plan, totals)
    return False


@compiled
def _breaks(fixed: Fixed, plan: Plan, block: int) -> bool:
    """Whether a block, its provider or its company is over a limit."""
    if hours_broken(fixed, plan.block[block].hours) > LITTLE:
        return True
    provider = plan.block[block].provider
    if (
        plan.provider[provider].usage > fixed.provider[provider].capacity + LITTLE
        or plan.provider[provider].hours > fixed.provider[provider].max_hours + LITTLE
    ):
        return True
    company = fixed.provider[provider].company
    for district in range(fixed.share.shape[1]):
        if (
            plan.district_points[block, district] > 0
            and share_broken(
                fixed,
                company,
                district,
                plan.share[company, district].hours,
                plan.share[company, district].blocks,
            )
            > LITTLE
        ):
            return True
    return False


@compiled
def _give_up(fixed: Fixed, plan: Plan, block: int, totals: np.ndarray, blocks: np.ndarray) -> float:
    """End a block, its points going where they cost least; returns the change in penalised cost."""
    for row in range(len(totals)):
        totals[row] = plan.totals[row]
    before = penalty(plan)
    forget_saved(plan)
    blocks[0] = block
    _rebuild_part(fixed, plan, plan.block[block].head, blocks, block - block, block - block + 1, block - block)
    return penalty(plan) - before


@compiled
def _mend(fixed: Fixed, plan: Plan, totals: np.ndarray, blocks: np.ndarray) -> None:
    """Give up blocks, the one whose end helps most first, for as long as a limit is broken and that helps."""
    if fixed.n_blocks >= 0:
        return
    for _ in range(len(plan.block) + 12):
        keep_if_best(fixed, plan)
        if plan.totals[1] + plan.totals[2] + plan.totals[3] <= LITTLE:
            return
        best, best_change = OUTSIDE, np.inf
        for block in range(len(plan.block)):
            if plan.block[block].centre < 0 or not _breaks(fixed, plan, block):
                continue
            change = _give_up(fixed, plan, block, totals, blocks)
            take_back(fixed, plan, totals)
            if change < best_change:
                best, best_change = block, change
        if best >= 0 and (best_change < 0.0 or plan.weights[1] >= MOST_WEIGHT):
            # hours given up elsewhere can come back to another provider: then the least harm, and on from there
            _give_up(fixed, plan, best, totals, blocks)
        elif plan.weights[1] < MOST_WEIGHT:
            # a fraction of an hour over a limit can be worth less than any block
            for row in range(1, len(plan.weights)):
                plan.weights[row] *= 10.0
        else:
            return


@kernel
def anneal(
    fixed: Fixed,
    plan: Plan,
    wanted: int,
    seeds: Ints,
    holders: Ints,
    into: Ints,
    iterations: int,
    point_steps: int,
    block_steps: int,
    hot: float,
    cold: float,
    last: bool,
) -> int:
    """Run some iterations, the heat falling geometrically from ``hot`` to ``cold``; returns accepted rebuilds.

    The only way in from Python, so that the code is compiled once: with ``wanted`` above 0 it first makes that
    many blocks out of nothing (at ``seeds``, by ``holders``, points going ``into`` them, where given), and with
    ``last`` it ends with the cheapest of all centres for every block.
    """
    totals = plan.totals.copy()
    blocks = np.zeros(2 * MOST_BLOCKS + 2, dtype=np.int64)
    accepted = 0
    if wanted > 0:
        keep_if_best(fixed, plan)
        for point in range(len(plan.point)):
            plan.pool[point] = point
        forget_saved(plan)
        if len(seeds) > 0:
            open_at(fixed, plan, len(plan.point), seeds, holders, into)
        else:
            rebuild(fixed, plan, len(plan.point), wanted)
        keep_if_best(fixed, plan)
    for iteration in range(iterations):
        heat = hot * (cold / hot) ** (iteration / max(1, iterations)) if hot > 0.0 else 0.0
        for _ in range(point_steps):
            _point_step(fixed, plan, heat)
        for _ in range(block_steps):
            if _block_step(fixed, plan, heat, totals, blocks):
                accepted += 1
        for block in range(len(plan.block)):
            if plan.block[block].centre >= 0 and plan.block[block].stale > 0:
                improve_centre(fixed, plan, block)
                if len(fixed.provider) > 1:
                    improve_provider(fixed, plan, block)
        keep_if_best(fixed, plan)
    if last:
        _mend(fixed, plan, totals, blocks)
        for block in range(len(plan.block)):
            if plan.block[block].centre >= 0:
                search_centre(fixed, plan, block)
                if len(fixed.provider) > 1:
                    improve_provider(fixed, plan, block)
        keep_if_best(fixed, plan)
    return accepted
