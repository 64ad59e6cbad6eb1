"""Simulated annealing over whole plans: points change block, and neighbouring blocks are rebuilt."""

from __future__ import annotations

import numpy as np

from marketmap.blocks.compiled import compiled, compiled_entry
from marketmap.blocks.search_moves import (
    improve_centre,
    improve_provider,
    may_leave,
    search_centre,
    shift_change,
    stays_whole,
    touches,
)
from marketmap.blocks.search_rebuild import forget_saved, rebuild, take_apart, take_back
from marketmap.blocks.search_state import (
    OUTSIDE,
    Fixed,
    Plan,
    draw,
    draw_below,
    keep_if_best,
    move_point,
    penalty,
)

# A centre is chosen again after this many of its block's points have changed.
STALE_AFTER = 4
MOST_BLOCKS = 4


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
    first, second = plan.block_of[point], plan.block_of[other]
    one = shift_change(fixed, plan, point, second)
    if not np.isfinite(one) or plan.count[first] < 2:
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
    point = draw_below(plan, len(fixed.hours))
    source = plan.block_of[point]
    links = fixed.near_start[point + 1] - fixed.near_start[point]
    if source >= 0 and fixed.may_stay_out and not fixed.must[point] and draw(plan) < 0.1:
        _try_shift(fixed, plan, point, OUTSIDE, heat)
        return
    if links == 0:
        return
    other = fixed.near[fixed.near_start[point] + draw_below(plan, links)]
    target = plan.block_of[other]
    if target < 0 or target == source:
        return
    moved = False
    if source >= 0 and draw(plan) < 0.5:
        if draw(plan) < 0.5:
            links = fixed.near_start[other + 1] - fixed.near_start[other]
            third = fixed.near[fixed.near_start[other] + draw_below(plan, links)]
            if plan.block_of[third] == target:
                other = third
        moved = _try_swap(fixed, plan, point, other, heat)
    else:
        moved = _try_shift(fixed, plan, point, target, heat)
    if moved:
        if plan.stale[target] >= STALE_AFTER:
            improve_centre(fixed, plan, target)
        if source >= 0 and plan.stale[source] >= STALE_AFTER:
            improve_centre(fixed, plan, source)


@compiled
def _gather(fixed: Fixed, plan: Plan, start: int, most: int, chosen: np.ndarray, taken: int) -> int:
    """Blocks met first when walking outwards from a point, at most ``most``, none of the ``taken`` first ones."""
    plan.counters[2] += 2
    seen = plan.counters[2]
    count = taken
    plan.mark[start] = seen
    plan.queue[0] = start
    head, tail = 0, 1
    while head < tail and count < taken + most and tail < len(plan.queue) and head < 400:
        here = plan.queue[head]
        head += 1
        block = plan.block_of[here]
        known = block < 0
        for row in range(count):
            if chosen[row] == block:
                known = True
        if not known:
            chosen[count] = block
            count += 1
        for row in range(fixed.near_start[here], fixed.near_start[here + 1]):
            other = fixed.near[row]
            if plan.mark[other] != seen:
                plan.mark[other] = seen
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
        plan.mark[plan.pool[row]] = seen
    gathered = 0.0
    if size == 0:
        if plan.block_of[start] >= 0:
            return size
        plan.pool[0] = start
        plan.mark[start] = seen
        gathered = fixed.hours[start]
        size = 1
    while head < size and gathered < hours:
        here = plan.pool[head]
        head += 1
        for row in range(fixed.near_start[here], fixed.near_start[here + 1]):
            other = fixed.near[row]
            if plan.mark[other] != seen and plan.block_of[other] < 0:
                plan.mark[other] = seen
                plan.pool[size] = other
                size += 1
                gathered += fixed.hours[other]
    return size


@compiled
def _rebuild_part(fixed: Fixed, plan: Plan, start: int, blocks: np.ndarray, begin: int, end: int, wanted: int) -> bool:
    first = plan.counters[3]
    for row in range(begin, end):
        take_apart(fixed, plan, blocks[row])
    size = 0
    for row in range(first, plan.counters[3]):
        plan.pool[size] = plan.saved_point[row]
        size += 1
    own = size
    size = _pool_outside(fixed, plan, start, size, fixed.max_hours)
    for row in range(own, size):
        plan.saved_point[plan.counters[3]] = plan.pool[row]
        plan.saved_block[plan.counters[3]] = -1
        plan.counters[3] += 1
    return rebuild(fixed, plan, size, wanted)


@compiled
def _block_step(fixed: Fixed, plan: Plan, heat: float, totals: np.ndarray, blocks: np.ndarray) -> bool:
    for row in range(len(totals)):
        totals[row] = plan.totals[row]
    before = penalty(plan)
    forget_saved(plan)
    start = draw_below(plan, len(fixed.hours))
    count = 0
    if plan.block_of[start] >= 0 or draw(plan) < 0.5:
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
        there = draw_below(plan, len(fixed.hours))
        more = _gather(fixed, plan, there, 1 + draw_below(plan, MOST_BLOCKS), blocks, count)
        if more > 0:
            built = _rebuild_part(fixed, plan, start, blocks, count - count, count, count - 1)
            if built:
                built = _rebuild_part(fixed, plan, there, blocks, count, count + more, more + 1)
    if built and _accepted(plan, penalty(plan) - before, heat):
        return True
    take_back(fixed, plan, totals)
    return False


@compiled_entry
def anneal(
    fixed: Fixed,
    plan: Plan,
    iterations: int,
    point_steps: int,
    block_steps: int,
    hot: float,
    cold: float,
) -> int:
    """Run some iterations, the heat falling geometrically from ``hot`` to ``cold``; returns accepted rebuilds."""
    totals = plan.totals.copy()
    blocks = np.zeros(2 * MOST_BLOCKS + 2, dtype=np.int64)
    accepted = 0
    for iteration in range(iterations):
        heat = hot * (cold / hot) ** (iteration / max(1, iterations)) if hot > 0.0 else 0.0
        for _ in range(point_steps):
            _point_step(fixed, plan, heat)
        for _ in range(block_steps):
            if _block_step(fixed, plan, heat, totals, blocks):
                accepted += 1
        for block in range(len(plan.centre)):
            if plan.centre[block] >= 0 and plan.stale[block] > 0:
                improve_centre(fixed, plan, block)
                if len(fixed.capacity) > 1:
                    improve_provider(fixed, plan, block)
        keep_if_best(fixed, plan)
    return accepted


@compiled_entry
def settle(fixed: Fixed, plan: Plan) -> None:
    """Give every block the cheapest of all centres and its cheapest provider."""
    for block in range(len(plan.centre)):
        if plan.centre[block] >= 0:
            search_centre(fixed, plan, block)
            if len(fixed.capacity) > 1:
                improve_provider(fixed, plan, block)
    keep_if_best(fixed, plan)
