"""The plan under search, as flat arrays that compiled loops change in place.

`Fixed` is the problem as the loops read it, `Plan` what they change. Every change goes through
`move_point`, `open_block`, `close_block`, `set_centre` or `set_provider`, which keep the sums right.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from marketmap.blocks.kernels.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# No block. A plain -1 in a call would make the compiler build every kernel twice.
OUTSIDE = np.int64(-1)
# Signs of a change, for the same reason.
INWARD, OUTWARD = np.int64(1), np.int64(-1)
# positions in Plan.totals
COST, OVER_HOURS, OVER_PROVIDER, OVER_SHARE = 0, 1, 2, 3
# positions in Plan.counters
ACTIVE, UNPLACED, STAMP, SAVED_POINTS, SAVED_BLOCKS, NEW_BLOCKS = 0, 1, 2, 3, 4, 5


Records = Any  # a NumPy record array: compiled loops read a record's fields as attributes

# One record a point, block slot or provider, so that what a move needs lies together in memory.
FIXED_POINT = np.dtype(
    [
        ("hours", "f8"),
        ("outside", "f8"),  # finite: a large cost stands for "must be placed"
        ("rounds", "f8"),
        ("load", "f8"),
        ("price", "f8"),  # what placing the point is worth at the margin
        ("must", "i8"),
        ("district", "i8"),
        ("near_from", "i8"),  # rows of Fixed.near
        ("near_to", "i8"),
        ("held_from", "i8"),  # rows of Fixed.held
        ("held_to", "i8"),
    ]
)
FIXED_HELD = np.dtype([("by", "i8"), ("hours", "f8")])
# The prices are what an hour of a limit is worth at the margin. They are part of `Fixed.extra` and of a point's
# `outside`, so that the search uses scarce hours where they bring most; `true_cost` takes them out again.
FIXED_PROVIDER = np.dtype(
    [("capacity", "f8"), ("max_hours", "f8"), ("company", "i8"), ("capacity_price", "f8"), ("hours_price", "f8")]
)
FIXED_SHARE = np.dtype([("cap", "f8"), ("blocks", "i8"), ("price", "f8")])
PLAN_POINT = np.dtype(
    [
        ("block", "i8"),  # slot, -1 outside
        ("following", "i8"),  # next point of the same block, -1 at the end
        ("preceding", "i8"),
        ("mark", "i8"),  # scratch
        ("choice", "i8"),  # scratch
        ("key", "f8"),  # scratch
        ("best", "i8"),  # block in the best plan
    ]
)
PLAN_BLOCK = np.dtype(
    [
        ("centre", "i8"),  # -1: the slot is free
        ("provider", "i8"),
        ("head", "i8"),  # first point
        ("count", "i8"),
        ("stale", "i8"),  # changes since the centre was last chosen
        ("hours", "f8"),
        ("load", "f8"),
        ("rounds", "f8"),
        ("best_centre", "i8"),
        ("best_provider", "i8"),
    ]
)
PLAN_PROVIDER = np.dtype([("usage", "f8"), ("hours", "f8")])  # taken on less given up; contact hours
PLAN_SHARE = np.dtype([("hours", "f8"), ("blocks", "i8")])
PLAN_PARTED = np.dtype([("place", "i8"), ("points", "i8")])  # which place of a lock a block has, and how much of it
SAVED_POINT = np.dtype([("point", "i8"), ("block", "i8")])
SAVED_BLOCK = np.dtype([("slot", "i8"), ("centre", "i8"), ("provider", "i8")])


class Fixed(NamedTuple):
    """The problem, read only for the loops. Sizes: n points, m centres, P providers, C companies, D districts."""

    travel: Floats  # (n, m)
    extra: Floats  # (n, P) with what a provider's and a company's limits are worth added
    base: Floats  # (P, m)
    point: Records  # (n,)
    held: Records  # hours that providers deliver already, point by point
    near: Ints  # neighbours of each point, or points close to it where contiguity is not asked for
    own_centres: Ints  # (n, k) closest centres of a point, -1 where there are fewer
    next_centres: Ints  # (m, k) centres close to a centre, -1 where there are fewer
    provider: Records  # (P,)
    share: Records  # (C, D)
    apart: Ints  # (n, L) place that each lock knows a point by, -1 none
    max_hours: float
    min_hours: float
    block_cost: float
    n_blocks: int  # -1: free
    contiguous: bool
    provider_limits: bool
    share_limits: bool
    may_stay_out: bool
    keeps_apart: bool


class Plan(NamedTuple):
    """A plan and its sums, over B block slots."""

    point: Records  # (n,)
    block: Records  # (B,)
    district_points: Ints  # (B, D)
    block_at: Ints  # (m,) slot that uses a centre, -1
    provider: Records  # (P,)
    share: Records  # (C, D)
    parted: Records  # (B, L)
    totals: Floats  # cost, then hours over each kind of limit: blocks, providers, companies
    weights: Floats  # minutes charged for each of those
    counters: Ints  # see the names above
    random: NDArray[np.uint64]  # (1,)
    queue: Ints  # scratch
    pool: Ints  # scratch: points that a rebuild may use
    saved: Records  # points as they were, for taking a change back
    closed: Records  # blocks as they were
    opened: Ints  # slots of blocks that are new
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
def is_parted(fixed: Fixed, plan: Plan, point: int, block: int) -> bool:
    """Whether a lock keeps a point apart from what a block holds."""
    for lock in range(fixed.apart.shape[1]):
        place = fixed.apart[point, lock]
        if place >= 0 and plan.parted[block, lock].points > 0 and plan.parted[block, lock].place != place:
            return True
    return False


@compiled
def serve_cost(fixed: Fixed, plan: Plan, point: int, block: int) -> float:
    """Cost of a point in a block, ``inf`` where it may not be in it, or outside for block -1."""
    if block < 0:
        return fixed.point[point].outside
    if fixed.keeps_apart and is_parted(fixed, plan, point, block):
        return np.inf
    provider, centre = plan.block[block].provider, plan.block[block].centre
    cost = fixed.travel[point, centre] + fixed.extra[point, provider]
    if fixed.point[point].rounds > 0:
        cost += fixed.point[point].rounds * fixed.base[provider, centre]
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
    if blocks + fixed.share[company, district].blocks < 2:
        return 0.0
    return max(0.0, hours - fixed.share[company, district].cap)


@compiled
def _add_usage(fixed: Fixed, plan: Plan, provider: int, change: float) -> None:
    before = max(0.0, plan.provider[provider].usage - fixed.provider[provider].capacity)
    plan.provider[provider].usage += change
    plan.totals[2] += max(0.0, plan.provider[provider].usage - fixed.provider[provider].capacity) - before


@compiled
def _add_provider_hours(fixed: Fixed, plan: Plan, provider: int, change: float) -> None:
    before = max(0.0, plan.provider[provider].hours - fixed.provider[provider].max_hours)
    plan.provider[provider].hours += change
    plan.totals[2] += max(0.0, plan.provider[provider].hours - fixed.provider[provider].max_hours) - before


@compiled
def _add_share(fixed: Fixed, plan: Plan, company: int, district: int, hours: float, blocks: int) -> None:
    before = share_broken(
        fixed, company, district, plan.share[company, district].hours, plan.share[company, district].blocks
    )
    plan.share[company, district].hours += hours
    plan.share[company, district].blocks += blocks
    plan.totals[3] += (
        share_broken(
            fixed, company, district, plan.share[company, district].hours, plan.share[company, district].blocks
        )
        - before
    )


@compiled
def _enter(fixed: Fixed, plan: Plan, point: int, block: int, sign: int) -> None:
    """Count a point in (sign 1) or out (sign -1) of a block in every sum."""
    provider = plan.block[block].provider
    before = hours_broken(fixed, plan.block[block].hours)
    plan.block[block].hours += sign * fixed.point[point].hours
    plan.totals[1] += hours_broken(fixed, plan.block[block].hours) - before
    plan.block[block].load += sign * fixed.point[point].load
    plan.block[block].rounds += sign * fixed.point[point].rounds
    plan.block[block].count += sign
    plan.block[block].stale += 1
    if fixed.keeps_apart:
        for lock in range(fixed.apart.shape[1]):
            if fixed.apart[point, lock] >= 0:
                plan.parted[block, lock].place = fixed.apart[point, lock]
                plan.parted[block, lock].points += sign
    district = fixed.point[point].district
    plan.district_points[block, district] += sign
    if fixed.provider_limits:
        _add_usage(fixed, plan, provider, sign * fixed.point[point].load)
        _add_provider_hours(fixed, plan, provider, sign * fixed.point[point].hours)
    if fixed.share_limits:
        here = plan.district_points[block, district]
        entered = sign if (sign > 0 and here == 1) or (sign < 0 and here == 0) else 0
        _add_share(fixed, plan, fixed.provider[provider].company, district, sign * fixed.point[point].hours, entered)


@compiled
def move_point(fixed: Fixed, plan: Plan, point: int, target: int) -> None:
    """Move a point to a block, or outside for -1."""
    source = plan.point[point].block
    if source == target:
        return
    plan.totals[0] += serve_cost(fixed, plan, point, target) - serve_cost(fixed, plan, point, source)
    if source >= 0:
        after, ahead = plan.point[point].following, plan.point[point].preceding
        if ahead >= 0:
            plan.point[ahead].following = after
        else:
            plan.block[source].head = after
        if after >= 0:
            plan.point[after].preceding = ahead
        _enter(fixed, plan, point, source, OUTWARD)
    if target >= 0:
        first = plan.block[target].head
        plan.point[point].following, plan.point[point].preceding = first, -1
        if first >= 0:
            plan.point[first].preceding = point
        plan.block[target].head = point
        _enter(fixed, plan, point, target, INWARD)
    plan.point[point].block = target
    if source < 0 or target < 0:
        sign = 1 if source < 0 else -1
        if fixed.point[point].must:
            plan.counters[1] -= sign
        if fixed.provider_limits:
            for row in range(fixed.point[point].held_from, fixed.point[point].held_to):
                _add_usage(fixed, plan, fixed.held[row].by, -sign * fixed.held[row].hours)


@compiled
def open_slot(fixed: Fixed, plan: Plan, block: int, centre: int, provider: int) -> None:
    """Make a given free slot an empty block."""
    plan.block[block].centre, plan.block[block].provider = centre, provider
    plan.block_at[centre] = block
    plan.block[block].head = -1
    plan.block[block].hours = plan.block[block].load = plan.block[block].rounds = 0.0
    plan.block[block].count = plan.block[block].stale = 0
    plan.counters[0] += 1
    plan.totals[0] += fixed.block_cost
    plan.totals[1] += fixed.min_hours


@compiled
def open_block(fixed: Fixed, plan: Plan, centre: int, provider: int) -> int:
    """Open an empty block in the first free slot; -1 when there is none."""
    for block in range(len(plan.block)):
        if plan.block[block].centre < 0:
            open_slot(fixed, plan, block, centre, provider)
            return block
    return -1


@compiled
def close_block(fixed: Fixed, plan: Plan, block: int) -> None:
    """Close an empty block."""
    plan.block_at[plan.block[block].centre] = -1
    plan.block[block].centre = -1
    plan.counters[0] -= 1
    plan.totals[0] -= fixed.block_cost
    plan.totals[1] -= fixed.min_hours


@compiled
def set_centre(plan: Plan, block: int, centre: int, change: float) -> None:
    """Move a block to a free centre, at a known change in cost."""
    plan.block_at[plan.block[block].centre] = -1
    plan.block_at[centre] = block
    plan.block[block].centre = centre
    plan.totals[0] += change


@compiled
def set_provider(fixed: Fixed, plan: Plan, block: int, provider: int, change: float) -> None:
    """Give a block to another provider, at a known change in cost."""
    old = plan.block[block].provider
    plan.totals[0] += change
    if fixed.provider_limits:
        _add_usage(fixed, plan, old, -plan.block[block].load)
        _add_usage(fixed, plan, provider, plan.block[block].load)
        _add_provider_hours(fixed, plan, old, -plan.block[block].hours)
        _add_provider_hours(fixed, plan, provider, plan.block[block].hours)
    if fixed.share_limits and fixed.provider[old].company != fixed.provider[provider].company:
        for district in range(plan.district_points.shape[1]):
            if plan.district_points[block, district] == 0:
                continue
            hours = 0.0
            point = plan.block[block].head
            while point >= 0:
                if fixed.point[point].district == district:
                    hours += fixed.point[point].hours
                point = plan.point[point].following
            _add_share(fixed, plan, fixed.provider[old].company, district, -hours, OUTWARD)
            _add_share(fixed, plan, fixed.provider[provider].company, district, hours, INWARD)
    plan.block[block].provider = provider


@compiled
def true_cost(fixed: Fixed, plan: Plan) -> float:
    """Cost of the plan without the prices of limits."""
    cost = plan.totals[0]
    if fixed.provider_limits:
        for provider in range(len(fixed.provider)):
            cost -= fixed.provider[provider].capacity_price * plan.provider[provider].usage
            cost -= fixed.provider[provider].hours_price * plan.provider[provider].hours
    if fixed.share_limits:
        for company in range(fixed.share.shape[0]):
            for district in range(fixed.share.shape[1]):
                cost -= fixed.share[company, district].price * plan.share[company, district].hours
    return cost


@compiled
def keep_if_best(fixed: Fixed, plan: Plan) -> bool:
    """Remember the plan when it breaks nothing and is the cheapest so far."""
    if plan.counters[1] > 0 or (fixed.n_blocks >= 0 and plan.counters[0] != fixed.n_blocks):
        return False
    broken = plan.totals[1] + plan.totals[2] + plan.totals[3]
    if broken > 1e-6:
        return False
    cost = true_cost(fixed, plan)
    if cost >= plan.best[0] - 1e-9:
        return False
    plan.best[0] = cost
    for point in range(len(plan.point)):
        plan.point[point].best = plan.point[point].block
    for block in range(len(plan.block)):
        plan.block[block].best_centre = plan.block[block].centre
        plan.block[block].best_provider = plan.block[block].provider
    return True
