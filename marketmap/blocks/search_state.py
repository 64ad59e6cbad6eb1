"""The plan under search, as flat arrays that compiled loops change in place.

`Fixed` is the problem as the loops read it, `Plan` what they change. Every change goes through
`move_point`, `open_block`, `close_block`, `set_centre` or `set_provider`, which keep the sums right.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marketmap.blocks.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# No block. A plain -1 in a call would make the compiler build every kernel twice.
OUTSIDE = np.int64(-1)
# positions in Plan.totals
COST, OVER_HOURS, OVER_PROVIDER, OVER_SHARE = 0, 1, 2, 3
# positions in Plan.counters
ACTIVE, UNPLACED, STAMP, SAVED_POINTS, SAVED_BLOCKS, NEW_BLOCKS = 0, 1, 2, 3, 4, 5


class Fixed(NamedTuple):
    """The problem, read only. Sizes: n points, m centres, P providers, C companies, D districts."""

    travel: Floats  # (n, m)
    hours: Floats  # (n,)
    outside: Floats  # (n,) finite: a large cost stands for "must be placed"
    must: NDArray[np.bool_]  # (n,)
    extra: Floats  # (n, P)
    base: Floats  # (P, m)
    rounds: Floats  # (n,)
    load: Floats  # (n,)
    held_start: Ints  # (n + 1,) rows of held_by, held_hours
    held_by: Ints
    held_hours: Floats
    capacity: Floats  # (P,)
    provider_cap: Floats  # (P,) contact hours
    company_of: Ints  # (P,)
    district_of: Ints  # (n,)
    share_cap: Floats  # (C, D)
    blocks_there: Ints  # (C, D)
    near_start: Ints  # (n + 1,) rows of near
    near: Ints  # neighbours of a point, or points close to it where contiguity is not asked for
    own_centres: Ints  # (n, k) closest centres of a point, -1 where there are fewer
    next_centres: Ints  # (m, k) centres close to a centre, -1 where there are fewer
    price: Floats  # (n,) what placing a point is worth at the margin
    max_hours: float
    min_hours: float
    block_cost: float
    n_blocks: int  # -1: free
    contiguous: bool
    provider_limits: bool
    share_limits: bool
    may_stay_out: bool


class Plan(NamedTuple):
    """A plan and its sums. B block slots; a slot not active has centre -1."""

    block_of: Ints  # (n,) slot, -1 outside
    following: Ints  # (n,) next point of the same block, -1 at the end
    preceding: Ints  # (n,)
    head: Ints  # (B,)
    count: Ints  # (B,)
    centre: Ints  # (B,)
    provider: Ints  # (B,)
    hours: Floats  # (B,)
    load: Floats  # (B,)
    rounds: Floats  # (B,)
    stale: Ints  # (B,) changes since the centre was last chosen
    district_points: Ints  # (B, D)
    block_at: Ints  # (m,) slot that uses a centre, -1
    usage: Floats  # (P,) taken on less given up
    provider_hours: Floats  # (P,)
    company_hours: Floats  # (C, D)
    company_blocks: Ints  # (C, D)
    totals: Floats  # cost and hours over each kind of limit
    weights: Floats  # minutes charged for one hour over each kind of limit; the first is 1
    counters: Ints
    random: NDArray[np.uint64]  # (1,)
    mark: Ints  # (n,) scratch
    queue: Ints  # (n,) scratch
    key: Floats  # (n,) scratch
    choice: Ints  # (n,) scratch
    pool: Ints  # (n,) scratch
    saved_point: Ints  # (n,) for taking a change back
    saved_block: Ints  # (n,)
    saved_slot: Ints  # (B,)
    saved_centre: Ints  # (B,)
    saved_provider: Ints  # (B,)
    new_slot: Ints  # (B,)
    best_block_of: Ints  # (n,)
    best_centre: Ints  # (B,)
    best_provider: Ints  # (B,)
    best: Floats  # (1,) cost of the best plan that breaks nothing


@compiled
def draw(plan: Plan) -> float:
    """Uniform number in [0, 1) from the plan's own generator (xorshift64*)."""
    x = plan.random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    plan.random[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) / 9007199254740992.0


@compiled
def draw_below(plan: Plan, count: int) -> int:
    """Whole number in [0, count)."""
    return min(int(draw(plan) * count), count - 1)


@compiled
def serve_cost(fixed: Fixed, plan: Plan, point: int, block: int) -> float:
    """Cost of a point in a block, or outside for block -1."""
    if block < 0:
        return fixed.outside[point]
    provider, centre = plan.provider[block], plan.centre[block]
    cost = fixed.travel[point, centre] + fixed.extra[point, provider]
    if fixed.rounds[point] > 0:
        cost += fixed.rounds[point] * fixed.base[provider, centre]
    return cost


@compiled
def penalty(plan: Plan) -> float:
    """Cost of the plan with what it breaks charged at the present weights."""
    return (
        plan.totals[0]
        + plan.weights[1] * plan.totals[1]
        + plan.weights[2] * plan.totals[2]
        + plan.weights[3] * plan.totals[3]
    )


@compiled
def hours_broken(fixed: Fixed, hours: float) -> float:
    """Hours that a block is above or below its limits."""
    return max(0.0, hours - fixed.max_hours) + max(0.0, fixed.min_hours - hours)


@compiled
def share_broken(fixed: Fixed, company: int, district: int, hours: float, blocks: int) -> float:
    """Hours that a company is above its share; none while it has a single block there."""
    if blocks + fixed.blocks_there[company, district] < 2:
        return 0.0
    return max(0.0, hours - fixed.share_cap[company, district])


@compiled
def _add_usage(fixed: Fixed, plan: Plan, provider: int, change: float) -> None:
    before = max(0.0, plan.usage[provider] - fixed.capacity[provider])
    plan.usage[provider] += change
    plan.totals[2] += max(0.0, plan.usage[provider] - fixed.capacity[provider]) - before


@compiled
def _add_provider_hours(fixed: Fixed, plan: Plan, provider: int, change: float) -> None:
    before = max(0.0, plan.provider_hours[provider] - fixed.provider_cap[provider])
    plan.provider_hours[provider] += change
    plan.totals[2] += max(0.0, plan.provider_hours[provider] - fixed.provider_cap[provider]) - before


@compiled
def _add_share(fixed: Fixed, plan: Plan, company: int, district: int, hours: float, blocks: int) -> None:
    before = share_broken(
        fixed, company, district, plan.company_hours[company, district], plan.company_blocks[company, district]
    )
    plan.company_hours[company, district] += hours
    plan.company_blocks[company, district] += blocks
    plan.totals[3] += (
        share_broken(
            fixed, company, district, plan.company_hours[company, district], plan.company_blocks[company, district]
        )
        - before
    )


@compiled
def _enter(fixed: Fixed, plan: Plan, point: int, block: int, sign: int) -> None:
    """Count a point in (sign 1) or out (sign -1) of a block in every sum."""
    provider = plan.provider[block]
    before = hours_broken(fixed, plan.hours[block])
    plan.hours[block] += sign * fixed.hours[point]
    plan.totals[1] += hours_broken(fixed, plan.hours[block]) - before
    plan.load[block] += sign * fixed.load[point]
    plan.rounds[block] += sign * fixed.rounds[point]
    plan.count[block] += sign
    plan.stale[block] += 1
    district = fixed.district_of[point]
    plan.district_points[block, district] += sign
    if fixed.provider_limits:
        _add_usage(fixed, plan, provider, sign * fixed.load[point])
        _add_provider_hours(fixed, plan, provider, sign * fixed.hours[point])
    if fixed.share_limits:
        here = plan.district_points[block, district]
        entered = sign if (sign > 0 and here == 1) or (sign < 0 and here == 0) else 0
        _add_share(fixed, plan, fixed.company_of[provider], district, sign * fixed.hours[point], entered)


@compiled
def move_point(fixed: Fixed, plan: Plan, point: int, target: int) -> None:
    """Move a point to a block, or outside for -1."""
    source = plan.block_of[point]
    if source == target:
        return
    plan.totals[0] += serve_cost(fixed, plan, point, target) - serve_cost(fixed, plan, point, source)
    if source >= 0:
        after, ahead = plan.following[point], plan.preceding[point]
        if ahead >= 0:
            plan.following[ahead] = after
        else:
            plan.head[source] = after
        if after >= 0:
            plan.preceding[after] = ahead
        _enter(fixed, plan, point, source, -1)
    if target >= 0:
        first = plan.head[target]
        plan.following[point], plan.preceding[point] = first, -1
        if first >= 0:
            plan.preceding[first] = point
        plan.head[target] = point
        _enter(fixed, plan, point, target, 1)
    plan.block_of[point] = target
    if source < 0 or target < 0:
        sign = 1 if source < 0 else -1
        if fixed.must[point]:
            plan.counters[1] -= sign
        if fixed.provider_limits:
            for row in range(fixed.held_start[point], fixed.held_start[point + 1]):
                _add_usage(fixed, plan, fixed.held_by[row], -sign * fixed.held_hours[row])


@compiled
def open_slot(fixed: Fixed, plan: Plan, block: int, centre: int, provider: int) -> None:
    """Make a given free slot an empty block."""
    plan.centre[block], plan.provider[block] = centre, provider
    plan.block_at[centre] = block
    plan.head[block] = -1
    plan.hours[block] = plan.load[block] = plan.rounds[block] = 0.0
    plan.count[block] = plan.stale[block] = 0
    plan.counters[0] += 1
    plan.totals[0] += fixed.block_cost
    plan.totals[1] += fixed.min_hours


@compiled
def open_block(fixed: Fixed, plan: Plan, centre: int, provider: int) -> int:
    """Open an empty block in the first free slot; -1 when there is none."""
    for block in range(len(plan.centre)):
        if plan.centre[block] < 0:
            open_slot(fixed, plan, block, centre, provider)
            return block
    return -1


@compiled
def close_block(fixed: Fixed, plan: Plan, block: int) -> None:
    """Close an empty block."""
    plan.block_at[plan.centre[block]] = -1
    plan.centre[block] = -1
    plan.counters[0] -= 1
    plan.totals[0] -= fixed.block_cost
    plan.totals[1] -= fixed.min_hours


@compiled
def set_centre(fixed: Fixed, plan: Plan, block: int, centre: int, change: float) -> None:
    """Move a block to a free centre, at a known change in cost."""
    plan.block_at[plan.centre[block]] = -1
    plan.block_at[centre] = block
    plan.centre[block] = centre
    plan.totals[0] += change


@compiled
def set_provider(fixed: Fixed, plan: Plan, block: int, provider: int, change: float) -> None:
    """Give a block to another provider, at a known change in cost."""
    old = plan.provider[block]
    plan.totals[0] += change
    if fixed.provider_limits:
        _add_usage(fixed, plan, old, -plan.load[block])
        _add_usage(fixed, plan, provider, plan.load[block])
        _add_provider_hours(fixed, plan, old, -plan.hours[block])
        _add_provider_hours(fixed, plan, provider, plan.hours[block])
    if fixed.share_limits and fixed.company_of[old] != fixed.company_of[provider]:
        for district in range(plan.district_points.shape[1]):
            if plan.district_points[block, district] == 0:
                continue
            hours = 0.0
            point = plan.head[block]
            while point >= 0:
                if fixed.district_of[point] == district:
                    hours += fixed.hours[point]
                point = plan.following[point]
            _add_share(fixed, plan, fixed.company_of[old], district, -hours, -1)
            _add_share(fixed, plan, fixed.company_of[provider], district, hours, 1)
    plan.provider[block] = provider


@compiled
def keep_if_best(fixed: Fixed, plan: Plan) -> bool:
    """Remember the plan when it breaks nothing and is the cheapest so far."""
    if plan.counters[1] > 0 or (fixed.n_blocks >= 0 and plan.counters[0] != fixed.n_blocks):
        return False
    broken = plan.totals[1] + plan.totals[2] + plan.totals[3]
    if broken > 1e-6 or plan.totals[0] >= plan.best[0] - 1e-9:
        return False
    plan.best[0] = plan.totals[0]
    for point in range(len(plan.block_of)):
        plan.best_block_of[point] = plan.block_of[point]
    for block in range(len(plan.centre)):
        plan.best_centre[block] = plan.centre[block]
        plan.best_provider[block] = plan.provider[block]
    return True
