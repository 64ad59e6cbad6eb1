"""Small changes to a plan: what they would cost, and whether blocks stay in one piece."""

from __future__ import annotations

import numpy as np

from marketmap.blocks.kernels.compiled import compiled
from marketmap.blocks.kernels.state import (
    OUTSIDE,
    Fixed,
    Plan,
    hours_broken,
    move_point,
    serve_cost,
    set_centre,
    set_provider,
    share_broken,
)


@compiled
def stays_whole(fixed: Fixed, plan: Plan, point: int) -> bool:
    """Whether a point's block is still in one piece without it."""
    if not fixed.contiguous:
        return True
    block = plan.point[point].block
    ends = 0
    first = -1
    for row in range(fixed.point[point].near_from, fixed.point[point].near_to):
        other = fixed.near[row]
        if plan.point[other].block == block:
            ends += 1
            first = other
    if ends <= 1:
        return True
    plan.counters[2] += 2
    wanted = plan.counters[2]
    seen = wanted + 1
    for row in range(fixed.point[point].near_from, fixed.point[point].near_to):
        other = fixed.near[row]
        if plan.point[other].block == block:
            plan.point[other].mark = wanted
    plan.point[point].mark = seen
    plan.point[first].mark = seen
    plan.queue[0] = first
    head, tail, reached = 0, 1, 1
    while head < tail:
        here = plan.queue[head]
        head += 1
        for row in range(fixed.point[here].near_from, fixed.point[here].near_to):
            other = fixed.near[row]
            if plan.point[other].block != block or plan.point[other].mark == seen:
                continue
            if plan.point[other].mark == wanted:
                reached += 1
                if reached == ends:
                    return True
            plan.point[other].mark = seen
            plan.queue[tail] = other
            tail += 1
    return False


@compiled
def touches(fixed: Fixed, plan: Plan, point: int, block: int) -> bool:
    """Whether a point may join a block without breaking it in two."""
    if not fixed.contiguous or block < 0 or plan.block[block].count == 0:
        return True
    for row in range(fixed.point[point].near_from, fixed.point[point].near_to):
        if plan.point[fixed.near[row]].block == block:
            return True
    return False


@compiled
def provider_excess(fixed: Fixed, plan: Plan, point: int, source: int, target: int) -> float:
    """Change in hours over the providers' limits when a point changes block."""
    giver = plan.block[source].provider if source >= 0 else -1
    taker = plan.block[target].provider if target >= 0 else -1
    if giver == taker:
        return 0.0
    change = 0.0
    inward = 1.0 if source < 0 else (-1.0 if target < 0 else 0.0)
    giver_usage, taker_usage = -fixed.point[point].load, fixed.point[point].load
    if inward != 0.0:
        for row in range(fixed.point[point].held_from, fixed.point[point].held_to):
            holder, hours = fixed.held[row].by, -inward * fixed.held[row].hours
            if holder == giver:
                giver_usage += hours
            elif holder == taker:
                taker_usage += hours
            else:
                excess = plan.provider[holder].usage - fixed.provider[holder].capacity
                change += max(0.0, excess + hours) - max(0.0, excess)
    if giver >= 0:
        excess = plan.provider[giver].usage - fixed.provider[giver].capacity
        change += max(0.0, excess + giver_usage) - max(0.0, excess)
        excess = plan.provider[giver].hours - fixed.provider[giver].max_hours
        change += max(0.0, excess - fixed.point[point].hours) - max(0.0, excess)
    if taker >= 0:
        excess = plan.provider[taker].usage - fixed.provider[taker].capacity
        change += max(0.0, excess + taker_usage) - max(0.0, excess)
        excess = plan.provider[taker].hours - fixed.provider[taker].max_hours
        change += max(0.0, excess + fixed.point[point].hours) - max(0.0, excess)
    return change


@compiled
def share_excess(fixed: Fixed, plan: Plan, point: int, source: int, target: int) -> float:
    """Change in hours over the companies' shares when a point changes block."""
    district, hours = fixed.point[point].district, fixed.point[point].hours
    giver = fixed.provider[plan.block[source].provider].company if source >= 0 else -1
    taker = fixed.provider[plan.block[target].provider].company if target >= 0 else -1
    left = 1 if source >= 0 and plan.district_points[source, district] == 1 else 0
    entered = 1 if target >= 0 and plan.district_points[target, district] == 0 else 0
    change = 0.0
    if giver >= 0:
        had, blocks = plan.share[giver, district].hours, plan.share[giver, district].blocks
        change -= share_broken(fixed, giver, district, had, blocks)
        if giver == taker:
            return change + share_broken(fixed, giver, district, had, blocks - left + entered)
        change += share_broken(fixed, giver, district, had - hours, blocks - left)
    if taker >= 0:
        had, blocks = plan.share[taker, district].hours, plan.share[taker, district].blocks
        change += share_broken(fixed, taker, district, had + hours, blocks + entered)
        change -= share_broken(fixed, taker, district, had, blocks)
    return change


@compiled
def shift_change(fixed: Fixed, plan: Plan, point: int, target: int) -> float:
    """Change in penalised cost when a point changes block; ``inf`` where it may not."""
    source = plan.point[point].block
    cost = serve_cost(fixed, plan, point, target)
    if not np.isfinite(cost):
        return np.inf
    change = cost - serve_cost(fixed, plan, point, source)
    hours = fixed.point[point].hours
    broken = 0.0
    if source >= 0:
        broken += hours_broken(fixed, plan.block[source].hours - hours) - hours_broken(fixed, plan.block[source].hours)
    if target >= 0:
        broken += hours_broken(fixed, plan.block[target].hours + hours) - hours_broken(fixed, plan.block[target].hours)
    change += plan.weights[1] * broken
    if fixed.provider_limits:
        change += plan.weights[2] * provider_excess(fixed, plan, point, source, target)
    if fixed.share_limits:
        change += plan.weights[3] * share_excess(fixed, plan, point, source, target)
    return change


@compiled
def may_leave(fixed: Fixed, plan: Plan, point: int) -> bool:
    """Whether a point may leave its block: not its last one (an empty block is only of use where a count is fixed)."""
    block = plan.point[point].block
    if block < 0:
        return True
    if plan.block[block].count == 1:
        return fixed.n_blocks >= 0 and fixed.min_hours == 0.0
    return stays_whole(fixed, plan, point)


@compiled
def centre_cost(fixed: Fixed, plan: Plan, block: int, centre: int, provider: int, limit: float) -> float:
    """Travel and rounds of a block from a centre; ``inf`` once it passes ``limit``."""
    cost = 0.0
    if plan.block[block].rounds > 0.0:
        cost = plan.block[block].rounds * fixed.base[provider, centre]
    elif not np.isfinite(fixed.base[provider, centre]):
        return np.inf
    point = plan.block[block].head
    while point >= 0:
        cost += fixed.travel[point, centre]
        if cost > limit and cost == np.inf:
            return np.inf
        point = plan.point[point].following
    return cost


@compiled
def improve_centre(fixed: Fixed, plan: Plan, block: int) -> bool:
    """Walk a block's centre to a better one close by, until none is."""
    plan.block[block].stale = 0
    if plan.block[block].count == 0:
        return False
    provider = plan.block[block].provider
    moved = False
    cost = centre_cost(fixed, plan, block, plan.block[block].centre, provider, np.inf)
    while True:
        here = plan.block[block].centre
        best, best_cost = OUTSIDE, cost - 1e-9
        for column in range(fixed.next_centres.shape[1]):
            centre = fixed.next_centres[here, column]
            if centre < 0:
                break
            if plan.block_at[centre] >= 0:
                continue
            other = centre_cost(fixed, plan, block, centre, provider, best_cost)
            if other < best_cost:
                best, best_cost = centre, other
        if best < 0:
            return moved
        set_centre(plan, block, best, best_cost - cost)
        cost = best_cost
        moved = True


@compiled
def search_centre(fixed: Fixed, plan: Plan, block: int) -> bool:
    """Give a block the cheapest of all free centres."""
    if plan.block[block].count == 0:
        return False
    provider, here = plan.block[block].provider, plan.block[block].centre
    cost = centre_cost(fixed, plan, block, here, provider, np.inf)
    best, best_cost = OUTSIDE, cost - 1e-9
    for centre in range(fixed.travel.shape[1]):
        if plan.block_at[centre] < 0:
            other = centre_cost(fixed, plan, block, centre, provider, best_cost)
            if other < best_cost:
                best, best_cost = centre, other
    if best >= 0:
        set_centre(plan, block, best, best_cost - cost)
    return best >= 0


@compiled
def provider_change(fixed: Fixed, plan: Plan, block: int, provider: int) -> float:
    """Change in cost alone when a block goes to another provider; ``inf`` where it may not."""
    old, centre = plan.block[block].provider, plan.block[block].centre
    if not np.isfinite(fixed.base[provider, centre]):
        return np.inf
    change = 0.0
    if plan.block[block].rounds > 0.0:
        change = plan.block[block].rounds * (fixed.base[provider, centre] - fixed.base[old, centre])
    point = plan.block[block].head
    while point >= 0:
        change += fixed.extra[point, provider] - fixed.extra[point, old]
        if not np.isfinite(change):
            return np.inf
        point = plan.point[point].following
    return change


@compiled
def limit_change(fixed: Fixed, plan: Plan, block: int, provider: int) -> float:
    """Change in the charge for broken limits when a block goes to another provider."""
    if not fixed.provider_limits and not fixed.share_limits:
        return 0.0
    old = plan.block[block].provider
    before = plan.weights[2] * plan.totals[2] + plan.weights[3] * plan.totals[3]
    set_provider(fixed, plan, block, provider, 0.0)
    after = plan.weights[2] * plan.totals[2] + plan.weights[3] * plan.totals[3]
    set_provider(fixed, plan, block, old, 0.0)
    return after - before


@compiled
def improve_provider(fixed: Fixed, plan: Plan, block: int) -> bool:
    """Give a block to the provider that costs least, limits charged."""
    if plan.block[block].count == 0:
        return False
    best, best_change, best_cost = OUTSIDE, -1e-9, 0.0
    for provider in range(len(fixed.provider)):
        if provider == plan.block[block].provider:
            continue
        cost = provider_change(fixed, plan, block, provider)
        if not np.isfinite(cost):
            continue
        # limits can be mended by the change too, so a dearer provider is not ruled out before they are counted
        room = plan.weights[2] * plan.totals[2] + plan.weights[3] * plan.totals[3]
        if cost - room >= best_change:
            continue
        change = cost + limit_change(fixed, plan, block, provider)
        if change < best_change:
            best, best_change, best_cost = provider, change, cost
    if best >= 0:
        set_provider(fixed, plan, block, best, best_cost)
    return best >= 0


@compiled
def improve_point(fixed: Fixed, plan: Plan, point: int) -> bool:
    """Move a point to the neighbouring block, or outside, that costs least."""
    source = plan.point[point].block
    best, best_change = source, -1e-9
    if fixed.may_stay_out and source >= 0 and not fixed.point[point].must:
        change = shift_change(fixed, plan, point, OUTSIDE)
        if change < best_change:
            best, best_change = OUTSIDE, change
    for row in range(fixed.point[point].near_from, fixed.point[point].near_to):
        target = plan.point[fixed.near[row]].block
        if target in (-1, source, best):
            continue
        change = shift_change(fixed, plan, point, target)
        if change < best_change:
            best, best_change = target, change
    if best == source or not may_leave(fixed, plan, point):
        return False
    move_point(fixed, plan, point, best)
    return True
