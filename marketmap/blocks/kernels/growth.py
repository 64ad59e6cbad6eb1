"""Growing connected blocks that are worth most at given prices: what new columns of the master come from.

A set is grown from a seed along the cheapest ways to points worth having (the shortest-path heuristic for
prize-collecting Steiner trees), cut where it was worth most, then points are added, dropped and exchanged for as long
as that pays. After the first, tries for the same centre and provider see worths shaken by some noise.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marketmap.blocks.kernels.compiled import compiled, kernel
from marketmap.blocks.kernels.state import OUTSIDE

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LITTLE = 1e-9
# Points that a walk looks at before the best of them is taken.
REACH = 60
# Most changes when a grown set is polished.
POLISHES = 200


class Ground(NamedTuple):
    """What blocks are grown on, read only."""

    travel: Floats  # (n, m)
    extra: Floats  # (n, P), prices of limits added
    rounds: Floats  # (n,)
    base: Floats  # (P, m)
    worth: Floats  # (n,) -inf: not to be had
    hours: Floats  # (n,)
    near_from: Ints  # (n + 1,)
    near: Ints
    sizes: Floats  # least and most hours, share of noise


class Growth(NamedTuple):
    """A set as it grows, and scratch. Marks are numbers that rise, so that nothing need be cleared."""

    gain: Floats  # (n,) worth less cost
    shaken: Floats  # (n,) the same with noise
    known: Ints  # (n,) try for which those two are right
    member: Ints  # points of the set, in the order that they came
    inside: Ints  # (n,) mark of the set that holds a point
    far: Floats  # (n,) what the way to a point loses
    back: Ints  # (n,) point before it on the way, -1 next to the set
    reached: Ints  # (n,) mark of the walk: settled, minus it: seen
    key: Floats  # heap
    at: Ints  # heap
    queue: Ints  # (n + 1,)
    numbers: Ints  # marks of: try, set, walk
    size: Ints  # (1,)
    total: Floats  # hours of the set, gain of it


@compiled
def _mix(value: np.uint64) -> np.uint64:
    """Scramble a number (the finaliser of SplitMix64)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@compiled
def _chance(one: int, other: int) -> float:
    """Draw a number in [0, 1) that depends on two others and nothing else."""
    mixed = _mix(np.uint64(one) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(other) + np.uint64(1))
    return float(mixed >> np.uint64(11)) / 9007199254740992.0


@compiled
def _gain(ground: Ground, point: int, centre: int, provider: int) -> float:
    cost = ground.travel[point, centre] + ground.extra[point, provider]
    if ground.rounds[point] > 0.0:
        cost += ground.rounds[point] * ground.base[provider, centre]
    return ground.worth[point] - cost if cost < np.inf else -np.inf


@compiled
def _look(ground: Ground, growth: Growth, point: int, centre: int, provider: int, noise: float) -> None:
    """Have a point's gain ready for this try."""
    mark = growth.numbers[0]
    if growth.known[point] == mark:
        return
    growth.known[point] = mark
    gain = _gain(ground, point, centre, provider)
    growth.gain[point] = growth.shaken[point] = gain
    if noise > 0.0 and gain > -np.inf:
        growth.shaken[point] = gain + noise * (2.0 * _chance(mark, point) - 1.0) * abs(gain)


@compiled
def _push(growth: Growth, count: int, key: float, point: int) -> int:
    place = count
    while place > 0 and growth.key[(place - 1) // 2] > key:
        growth.key[place], growth.at[place] = growth.key[(place - 1) // 2], growth.at[(place - 1) // 2]
        place = (place - 1) // 2
    growth.key[place], growth.at[place] = key, point
    return count + 1


@compiled
def _pop(growth: Growth, count: int) -> int:
    """Take the first off the heap; returns how many are left."""
    count -= 1
    key, point = growth.key[count], growth.at[count]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= count:
            break
        if child + 1 < count and growth.key[child + 1] < growth.key[child]:
            child += 1
        if growth.key[child] >= key:
            break
        growth.key[place], growth.at[place] = growth.key[child], growth.at[child]
        place = child
    growth.key[place], growth.at[place] = key, point
    return count


@compiled
def _step_to(growth: Growth, count: int, point: int, before: int, far: float) -> int:
    """Note a way to a point, if it is the shortest so far; returns the size of the heap."""
    walk = growth.numbers[2]
    if growth.reached[point] == walk or (growth.reached[point] == -walk and far >= growth.far[point]):
        return count
    growth.reached[point], growth.far[point], growth.back[point] = -walk, far, before
    return _push(growth, count, far, point)


@compiled
def _next_best(ground: Ground, growth: Growth, centre: int, provider: int, noise: float) -> int:
    """Find the point whose way from the set brings most an hour, while too small even where it costs; -1: none."""
    growth.numbers[2] += 1
    walk, mark = growth.numbers[2], growth.numbers[1]
    heap = 0
    for row in range(growth.size[0]):
        for link in range(ground.near_from[growth.member[row]], ground.near_from[growth.member[row] + 1]):
            point = ground.near[link]
            if growth.inside[point] == mark:
                continue
            _look(ground, growth, point, centre, provider, noise)
            if growth.shaken[point] > -np.inf:
                heap = _step_to(growth, heap, point, OUTSIDE, max(-growth.shaken[point], 0.0))
    best, best_rate, seen = OUTSIDE, -np.inf, 0
    hungry = growth.total[0] < ground.sizes[0]
    while heap > 0 and seen < REACH:
        here, far = growth.at[0], growth.key[0]
        heap = _pop(growth, heap)
        if growth.reached[here] == walk:
            continue
        growth.reached[here] = walk
        seen += 1
        hours, gain, point = 0.0, 0.0, here
        while point >= 0:
            hours += ground.hours[point]
            gain += growth.shaken[point]
            point = growth.back[point]
        if growth.total[0] + hours > ground.sizes[1]:
            continue
        rate = gain / max(hours, 1e-3)
        if (hungry or gain > 0.0) and rate > best_rate:
            best, best_rate = here, rate
        for link in range(ground.near_from[here], ground.near_from[here + 1]):
            point = ground.near[link]
            if growth.inside[point] == mark or growth.reached[point] == walk:
                continue
            _look(ground, growth, point, centre, provider, noise)
            if growth.shaken[point] > -np.inf:
                heap = _step_to(growth, heap, point, here, far + max(-growth.shaken[point], 0.0))
    return best


@compiled
def _join(ground: Ground, growth: Growth, point: int) -> None:
    growth.member[growth.size[0]] = point
    growth.size[0] += 1
    growth.inside[point] = growth.numbers[1]
    growth.total[0] += ground.hours[point]
    growth.total[1] += growth.gain[point]


@compiled
def _drop(ground: Ground, growth: Growth, row: int) -> None:
    point = growth.member[row]
    growth.size[0] -= 1
    growth.member[row] = growth.member[growth.size[0]]
    growth.inside[point] = 0
    growth.total[0] -= ground.hours[point]
    growth.total[1] -= growth.gain[point]


@compiled
def _grow(ground: Ground, growth: Growth, seed: int, centre: int, provider: int, noise: float) -> bool:
    """Grow a set from a seed and cut it where its (shaken) gain was highest; False: it never had hours enough."""
    growth.numbers[1] += 1
    growth.size[0], growth.total[0], growth.total[1] = 0, 0.0, 0.0
    _look(ground, growth, seed, centre, provider, noise)
    _join(ground, growth, seed)
    gain, best, best_size = growth.shaken[seed], -np.inf, 0
    if ground.sizes[0] <= growth.total[0] <= ground.sizes[1]:
        best, best_size = gain, 1
    while True:
        target = _next_best(ground, growth, centre, provider, noise)
        if target < 0:
            break
        length, point = 0, target
        while point >= 0:
            growth.queue[length] = point
            length += 1
            point = growth.back[point]
        for place in range(length - 1, -1, -1):
            point = growth.queue[place]
            _join(ground, growth, point)
            gain += growth.shaken[point]
            if growth.total[0] >= ground.sizes[0] and gain > best:
                best, best_size = gain, growth.size[0]
    while growth.size[0] > best_size:
        _drop(ground, growth, growth.size[0] - 1)
    return best_size > 0


@compiled
def _whole_without(ground: Ground, growth: Growth, gone: int) -> bool:
    """Whether the set less one point is one piece, and not empty."""
    size, mark = growth.size[0], growth.numbers[1]
    if size < 2:
        return False
    growth.numbers[2] += 1
    walk = growth.numbers[2]
    first = growth.member[0] if growth.member[0] != gone else growth.member[1]
    growth.queue[0], growth.reached[first] = first, walk
    head, tail = 0, 1
    while head < tail:
        here = growth.queue[head]
        head += 1
        for link in range(ground.near_from[here], ground.near_from[here + 1]):
            point = ground.near[link]
            if point != gone and growth.inside[point] == mark and growth.reached[point] != walk:
                growth.reached[point] = walk
                growth.queue[tail] = point
                tail += 1
    return tail == size - 1


@compiled
def _add_one(ground: Ground, growth: Growth, centre: int, provider: int, noise: float, above: float) -> int:
    """Find the neighbour of the set that fits and gains most, above a limit; -1: none."""
    best, best_gain = OUTSIDE, above
    for row in range(growth.size[0]):
        for link in range(ground.near_from[growth.member[row]], ground.near_from[growth.member[row] + 1]):
            point = ground.near[link]
            if growth.inside[point] == growth.numbers[1]:
                continue
            _look(ground, growth, point, centre, provider, noise)
            hours = growth.total[0] + ground.hours[point]
            if growth.gain[point] > best_gain and ground.sizes[0] <= hours <= ground.sizes[1]:
                best, best_gain = point, growth.gain[point]
    return best


@compiled
def _polish(ground: Ground, growth: Growth, centre: int, provider: int, noise: float) -> None:
    """Add, drop and exchange points for as long as that pays, noise aside."""
    for _ in range(POLISHES):
        point = _add_one(ground, growth, centre, provider, noise, LITTLE)
        if point >= 0:
            _join(ground, growth, point)
            continue
        worst, worst_gain = OUTSIDE, -LITTLE
        for row in range(growth.size[0]):
            point = growth.member[row]
            left = growth.total[0] - ground.hours[point]
            if growth.gain[point] < worst_gain and left >= ground.sizes[0] and _whole_without(ground, growth, point):
                worst, worst_gain = row, growth.gain[point]
        if worst >= 0:
            _drop(ground, growth, worst)
            continue
        changed = False
        for row in range(growth.size[0]):
            gone = growth.member[row]
            if growth.gain[gone] >= 0.0 or not _whole_without(ground, growth, gone):
                continue
            _drop(ground, growth, row)
            point = _add_one(ground, growth, centre, provider, noise, growth.gain[gone] + LITTLE)
            changed = point >= 0
            _join(ground, growth, point if changed else gone)
            if changed:
                break
        if not changed:
            return


@kernel
def grow_blocks(
    ground: Ground,
    centres: Ints,
    providers: Ints,
    first: Ints,
    points: NDArray[np.int32],
    opening: float,
    ceiling: float,
    tries: int,
    number: int,
) -> tuple[Ints, Ints, Ints, Floats]:
    """Grow blocks for pairs of centre and provider, and keep those whose reduced cost is below a ceiling.

    Parameters
    ----------
    ground
        What they are grown on.
    centres, providers
        (pairs,) what to grow blocks for.
    first, points
        Points worth beginning from are among ``points[first[j]:first[j + 1]]`` for centre j.
    opening, ceiling
        Cost of a block; only blocks with a reduced cost below the ceiling, each better than the ones before, are kept.
    tries
        Blocks grown for each pair.
    number
        Tries are counted from here: another number, another noise.

    Returns
    -------
    tuple
        (blocks + 1,) where each block's points begin, the points, the pair of each block, its reduced cost.
    """
    count = len(ground.hours)
    room = 2 * len(ground.near) + count + 64
    growth = Growth(
        np.empty(count), np.empty(count), np.zeros(count, dtype=np.int64), np.empty(count, dtype=np.int64),
        np.zeros(count, dtype=np.int64), np.empty(count), np.empty(count, dtype=np.int64),
        np.zeros(count, dtype=np.int64), np.empty(room), np.empty(room, dtype=np.int64),
        np.empty(count + 1, dtype=np.int64), np.zeros(3, dtype=np.int64), np.zeros(1, dtype=np.int64), np.zeros(2),
    )  # fmt: skip
    begins = np.zeros(len(centres) * tries + 1, dtype=np.int64)
    members = np.empty(1024, dtype=np.int64)
    pair_of, values = np.empty(len(centres) * tries, dtype=np.int64), np.empty(len(centres) * tries)
    growth.numbers[0] = number
    found = 0
    for pair in range(len(centres)):
        centre, provider = centres[pair], providers[pair]
        best, total, top, top_gain = ceiling, 0.0, OUTSIDE, 0.0
        for row in range(first[centre], first[centre + 1]):
            gain = _gain(ground, points[row], centre, provider)
            if gain > 0.0:
                total += gain
                if gain > top_gain:
                    top, top_gain = points[row], gain
        if top < 0:
            continue
        for attempt in range(tries):
            growth.numbers[0] += 1
            seed, noise = np.int64(top), 0.0
            if attempt > 0:
                noise = ground.sizes[2]
                aim = total * _chance(number + attempt, np.int64(centre) * 1000 + provider)
                for row in range(first[centre], first[centre + 1]):
                    gain = _gain(ground, points[row], centre, provider)
                    if gain > 0.0:
                        seed = np.int64(points[row])
                        aim -= gain
                        if aim <= 0.0:
                            break
            if not _grow(ground, growth, seed, centre, provider, noise):
                continue
            _polish(ground, growth, centre, provider, noise)
            value = opening - growth.total[1]
            if value >= best - LITTLE:
                continue
            best = value
            size = growth.size[0]
            while begins[found] + size > len(members):
                members = np.concatenate((members, np.empty(len(members), dtype=np.int64)))
            members[begins[found] : begins[found] + size] = growth.member[:size]
            begins[found + 1] = begins[found] + size
            pair_of[found], values[found] = pair, value
            found += 1
    return begins[: found + 1].copy(), members[: begins[found]].copy(), pair_of[:found].copy(), values[:found].copy()
