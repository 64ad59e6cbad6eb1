"""Taking a few neighbouring blocks apart and building them again, fewer, as many or more."""

from __future__ import annotations

import numpy as np

from marketmap.blocks.kernels.compiled import compiled
from marketmap.blocks.kernels.moves import (
    improve_centre,
    improve_point,
    improve_provider,
    provider_excess,
    share_excess,
    shift_change,
    touches,
)
from marketmap.blocks.kernels.state import (
    OUTSIDE,
    Fixed,
    Plan,
    close_block,
    draw,
    draw_below,
    move_point,
    open_block,
    open_slot,
    serve_cost,
)

POLISH_PASSES = 4
SEED_NOISE = 0.5


@compiled
def forget_saved(plan: Plan) -> None:
    """Start a new change that can be taken back."""
    plan.counters[3] = plan.counters[4] = plan.counters[5] = 0


@compiled
def _save_point(plan: Plan, point: int) -> None:
    plan.saved[plan.counters[3]].point = point
    plan.saved[plan.counters[3]].block = plan.point[point].block
    plan.counters[3] += 1


@compiled
def take_apart(fixed: Fixed, plan: Plan, block: int) -> None:
    """Put a block's points outside and close it, remembering how it was."""
    slot = plan.counters[4]
    plan.closed[slot].slot = block
    plan.closed[slot].centre, plan.closed[slot].provider = plan.block[block].centre, plan.block[block].provider
    plan.counters[4] += 1
    point = plan.block[block].head
    while point >= 0:
        after = plan.point[point].following
        _save_point(plan, point)
        move_point(fixed, plan, point, OUTSIDE)
        point = after
    close_block(fixed, plan, block)


@compiled
def take_back(fixed: Fixed, plan: Plan, totals: np.ndarray) -> None:
    """Undo everything since `forget_saved`; ``totals`` are the sums of that time."""
    for row in range(plan.counters[3]):
        move_point(fixed, plan, plan.saved[row].point, OUTSIDE)
    for row in range(plan.counters[5]):
        if plan.block[plan.opened[row]].centre >= 0:
            close_block(fixed, plan, plan.opened[row])
    for row in range(plan.counters[4]):
        open_slot(fixed, plan, plan.closed[row].slot, plan.closed[row].centre, plan.closed[row].provider)
    # backwards, so that of a point saved twice the first record wins
    for row in range(plan.counters[3] - 1, -1, -1):
        move_point(fixed, plan, plan.saved[row].point, plan.saved[row].block)
    for row in range(len(totals)):
        plan.totals[row] = totals[row]


@compiled
def choose_provider(fixed: Fixed, plan: Plan, centre: int, size: int, cell: int) -> int:
    """Find the provider worth most at a centre to the pooled points of one cell; -1 when none may take it.

    ``plan.pool[:size]`` are points and ``plan.choice`` their cells.
    """
    best, best_worth = OUTSIDE, -np.inf
    for provider in range(len(fixed.provider)):
        way = fixed.base[provider, centre]
        if not np.isfinite(way):
            continue
        if len(fixed.provider) == 1:
            return provider
        worth, load, hours = 0.0, 0.0, 0.0
        for row in range(size):
            point = plan.pool[row]
            if plan.point[point].choice != cell:
                continue
            saved = plan_worth(fixed, point) - fixed.travel[point, centre] - fixed.extra[point, provider]
            saved -= fixed.point[point].rounds * way
            if saved > 0.0 and hours < fixed.max_hours:
                worth += saved
                hours += fixed.point[point].hours
                load += fixed.point[point].load
        room = fixed.provider[provider].capacity - plan.provider[provider].usage
        if fixed.provider_limits and load > 0.0 and room < load:
            worth *= max(0.0, room) / load
        worth *= 1.0 - SEED_NOISE * draw(plan)
        if worth > best_worth:
            best, best_worth = provider, worth
    return best


@compiled
def plan_worth(fixed: Fixed, point: int) -> float:
    """Find what placing a point is taken to be worth when blocks are seeded."""
    return max(fixed.point[point].price, 0.0) if fixed.point[point].must else fixed.point[point].outside


@compiled
def seed_blocks(fixed: Fixed, plan: Plan, size: int, wanted: int) -> int:
    """Open up to ``wanted`` blocks, spread over the pooled points, each holding its seed; returns how many."""
    opened = plan.counters[5]
    for row in range(size):
        plan.point[plan.pool[row]].key = np.inf
        plan.point[plan.pool[row]].choice = -1
    seeds = 0
    for _ in range(3 * wanted):
        if seeds == wanted:
            break
        point = OUTSIDE
        if seeds == 0:
            point = plan.pool[draw_below(plan, size)]
        else:
            # the further from every seed, the likelier: the usual seeding of k-means
            total = 0.0
            for row in range(size):
                total += min(plan.point[plan.pool[row]].key, 1e12)
            aim = draw(plan) * total
            for row in range(size):
                aim -= min(plan.point[plan.pool[row]].key, 1e12)
                if aim <= 0.0:
                    point = plan.pool[row]
                    break
            if point < 0:
                point = plan.pool[size - 1]
        if plan.point[point].block >= 0:
            continue
        centre = OUTSIDE
        skip = draw_below(plan, 3)
        for column in range(fixed.own_centres.shape[1]):
            candidate = fixed.own_centres[point, column]
            if candidate < 0:
                break
            if plan.block_at[candidate] >= 0 or not np.isfinite(fixed.travel[point, candidate]):
                continue
            centre = candidate
            if skip == 0:
                break
            skip -= 1
        if centre < 0:
            continue
        # the provider is chosen again below, once the cells are known
        provider = OUTSIDE
        for other in range(len(fixed.provider)):
            if np.isfinite(fixed.base[other, centre]) and np.isfinite(fixed.extra[point, other]):
                provider = other
                break
        if provider < 0:
            continue
        block = open_block(fixed, plan, centre, provider)
        if block < 0:
            break
        plan.opened[opened + seeds] = block
        seeds += 1
        plan.queue[opened + seeds - 1] = point
        for row in range(size):
            other = plan.pool[row]
            away = max(fixed.travel[other, centre], 0.0)
            if away < plan.point[other].key:
                plan.point[other].key = away
                plan.point[other].choice = opened + seeds - 1
        plan.point[point].key = 0.0
        plan.point[point].choice = opened + seeds - 1
    for seed in range(opened, opened + seeds):
        block, point = plan.opened[seed], plan.queue[seed]
        provider = choose_provider(fixed, plan, plan.block[block].centre, size, seed)
        if provider >= 0 and np.isfinite(fixed.extra[point, provider]):
            plan.block[block].provider = provider
    for seed in range(opened, opened + seeds):
        block, point = plan.opened[seed], plan.queue[seed]
        if plan.point[point].block < 0 and np.isfinite(serve_cost(fixed, plan, point, block)):
            move_point(fixed, plan, point, block)
    plan.counters[5] += seeds
    return seeds


@compiled
def _urgency(fixed: Fixed, plan: Plan, point: int, block: int) -> float:
    """Order of growth: what a point costs above its worth, an hour; ``inf`` where it does not fit."""
    cost = serve_cost(fixed, plan, point, block)
    if not np.isfinite(cost) or plan.block[block].hours + fixed.point[point].hours > fixed.max_hours + 1e-9:
        return np.inf
    if not fixed.point[point].must:
        if cost >= fixed.point[point].outside and plan.block[block].hours >= fixed.min_hours:
            return np.inf
        if fixed.provider_limits and provider_excess(fixed, plan, point, OUTSIDE, block) > 1e-9:
            return np.inf
        if fixed.share_limits and share_excess(fixed, plan, point, OUTSIDE, block) > 1e-9:
            return np.inf
    return (cost - fixed.point[point].price) / max(fixed.point[point].hours, 1e-3)


@compiled
def _best_block(fixed: Fixed, plan: Plan, point: int, from_block: int) -> None:
    """Set the pooled point's best growing block among the new ones it touches."""
    plan.point[point].key, plan.point[point].choice = np.inf, -1
    for row in range(from_block, plan.counters[5]):
        block = plan.opened[row]
        if plan.block[block].centre < 0 or not touches(fixed, plan, point, block):
            continue
        urgency = _urgency(fixed, plan, point, block)
        if urgency < plan.point[point].key:
            plan.point[point].key, plan.point[point].choice = urgency, block


@compiled
def grow_blocks(fixed: Fixed, plan: Plan, size: int, from_block: int) -> None:
    """Give the pooled points one at a time to the new blocks, most urgent first, as long as they fit."""
    for row in range(size):
        point = plan.pool[row]
        if plan.point[point].block < 0:
            _best_block(fixed, plan, point, from_block)
        else:
            plan.point[point].key = np.inf
    left = size
    while True:
        best, best_key = OUTSIDE, np.inf
        row = 0
        while row < left:
            point = plan.pool[row]
            if plan.point[point].block >= 0:
                left -= 1
                plan.pool[row], plan.pool[left] = plan.pool[left], plan.pool[row]
                continue
            if plan.point[point].key < best_key:
                best, best_key = point, plan.point[point].key
            row += 1
        if best < 0:
            return
        block = plan.point[best].choice
        if _urgency(fixed, plan, best, block) == np.inf or (
            not fixed.point[best].must
            and plan.block[block].hours >= fixed.min_hours
            and shift_change(fixed, plan, best, block) > 0.0
        ):
            # full by now, or not worth it: look for another, once
            _best_block(fixed, plan, best, from_block)
            if plan.point[best].choice == block:
                plan.point[best].key = np.inf
            continue
        move_point(fixed, plan, best, block)
        if fixed.contiguous:
            for link in range(fixed.point[best].near_from, fixed.point[best].near_to):
                other = fixed.near[link]
                if plan.point[other].block < 0 and plan.point[other].mark == -7:
                    urgency = _urgency(fixed, plan, other, block)
                    if urgency < plan.point[other].key:
                        plan.point[other].key, plan.point[other].choice = urgency, block


@compiled
def place_leftovers(fixed: Fixed, plan: Plan, size: int) -> None:
    """Put points that must be placed, and did not fit, where they break least."""
    changed = True
    while changed:
        changed = False
        for row in range(size):
            point = plan.pool[row]
            if plan.point[point].block >= 0 or not fixed.point[point].must:
                continue
            best, best_change = OUTSIDE, np.inf
            if fixed.contiguous:
                for link in range(fixed.point[point].near_from, fixed.point[point].near_to):
                    block = plan.point[fixed.near[link]].block
                    if block >= 0 and block != best:
                        change = shift_change(fixed, plan, point, block)
                        if change < best_change:
                            best, best_change = block, change
            else:
                for block in range(len(plan.block)):
                    if plan.block[block].centre >= 0:
                        change = shift_change(fixed, plan, point, block)
                        if change < best_change:
                            best, best_change = block, change
            if best >= 0:
                move_point(fixed, plan, point, best)
                changed = True


@compiled
def polish(fixed: Fixed, plan: Plan, size: int, from_block: int) -> None:
    """Improve the new blocks and the pooled points until nothing helps, or a few rounds have passed."""
    for _ in range(POLISH_PASSES):
        changed = False
        for row in range(from_block, plan.counters[5]):
            block = plan.opened[row]
            if plan.block[block].centre < 0:
                continue
            if improve_centre(fixed, plan, block):
                changed = True
            if len(fixed.provider) > 1 and improve_provider(fixed, plan, block):
                changed = True
        for row in range(size):
            if improve_point(fixed, plan, plan.pool[row]):
                changed = True
        if not changed:
            return


@compiled
def drop_hopeless(fixed: Fixed, plan: Plan, from_block: int) -> None:
    """Close new blocks that are empty or too small, where their number is free."""
    if fixed.n_blocks >= 0:
        return
    for row in range(from_block, plan.counters[5]):
        block = plan.opened[row]
        if plan.block[block].centre < 0:
            continue
        if plan.block[block].count > 0 and plan.block[block].hours >= fixed.min_hours - 1e-9:
            continue
        point = plan.block[block].head
        while point >= 0:
            after = plan.point[point].following
            move_point(fixed, plan, point, OUTSIDE)
            point = after
        close_block(fixed, plan, block)


@compiled
def rebuild(fixed: Fixed, plan: Plan, size: int, wanted: int) -> bool:
    """Build ``wanted`` new blocks on the pooled points, all outside at present; false when there is no room."""
    from_block = plan.counters[5]
    if wanted > 0 and size > 0:
        seeds = seed_blocks(fixed, plan, size, wanted)
        if fixed.n_blocks >= 0 and seeds < wanted:
            return False
    elif wanted > 0:
        return False
    finish(fixed, plan, size, from_block)
    return True


@compiled
def finish(fixed: Fixed, plan: Plan, size: int, from_block: int) -> None:
    """Fill blocks just opened with the pooled points and improve them."""
    if plan.counters[5] > from_block:
        for row in range(size):
            plan.point[plan.pool[row]].mark = -7
        grow_blocks(fixed, plan, size, from_block)
        for row in range(size):
            plan.point[plan.pool[row]].mark = 0
    place_leftovers(fixed, plan, size)
    polish(fixed, plan, size, from_block)
    drop_hopeless(fixed, plan, from_block)
    place_leftovers(fixed, plan, size)
    for row in range(size):
        improve_point(fixed, plan, plan.pool[row])
