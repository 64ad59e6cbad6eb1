"""The knapsack that each centre solves once points have prices, for every centre at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from marketmap.blocks.kernels.compiled import compiled, kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@kernel
def pair_counts(travel: Floats, order: NDArray[np.int32], limit: Floats) -> Ints:
    """(centres,) number of points that each centre may serve for less than the point's limit."""
    counts = np.zeros(travel.shape[1], dtype=np.int64)
    for point in range(travel.shape[0]):
        for rank in range(order.shape[1]):
            centre = order[point, rank]
            if not travel[point, centre] < limit[point]:
                break
            counts[centre] += 1
    return counts


@kernel
def pair_lists(
    travel: Floats, order: NDArray[np.int32], limit: Floats, start: Ints
) -> tuple[NDArray[np.int32], Floats]:
    """Those points and their travel, a stretch ``start[j]:start[j + 1]`` for each centre."""
    points = np.empty(start[-1], dtype=np.int32)
    ways = np.empty(start[-1], dtype=np.float64)
    filled = start[:-1].copy()
    for point in range(travel.shape[0]):
        for rank in range(order.shape[1]):
            centre = order[point, rank]
            way = travel[point, centre]
            if not way < limit[point]:
                break
            points[filled[centre]] = point
            ways[filled[centre]] = way
            filled[centre] += 1
    return points, ways


@compiled
def sort_by(key: Floats, order: Ints, count: int) -> None:
    """Put 0 .. count - 1 into ``order`` by rising key (heap sort: short to compile, no worst case)."""
    for row in range(count):
        child = row
        order[row] = row
        while child > 0 and key[order[child]] > key[order[(child - 1) // 2]]:
            parent = (child - 1) // 2
            order[child], order[parent] = order[parent], order[child]
            child = parent
    for end in range(count - 1, 0, -1):
        order[0], order[end] = order[end], order[0]
        parent = 0
        while True:
            child = 2 * parent + 1
            if child >= end:
                break
            if child + 1 < end and key[order[child + 1]] > key[order[child]]:
                child += 1
            if key[order[child]] <= key[order[parent]]:
                break
            order[child], order[parent] = order[parent], order[child]
            parent = child


@compiled
def _pack(
    first: int,
    last: int,
    provider: int,
    way_in: float,
    points: NDArray[np.int32],
    ways: Floats,
    worth: Floats,
    extra: Floats,
    rounds: Floats,
    hours: Floats,
    max_hours: float,
    min_hours: float,
    floor: float,
    ceiling: float,
    cost: Floats,
    item: NDArray[np.int32],
    share: Floats,
    ratio: Floats,
    order: Ints,
) -> tuple[float, int]:
    """Cheapest continuous packing of one centre by one provider, and the number of items looked at.

    The last five are scratch: on return the first items' points and taken shares.
    Stops early, with a value too low, when even that is no less than ``ceiling``.
    """
    count = np.int64(0)
    below, hours_below = 0.0, 0.0
    for row in range(first, last):
        point = points[row]
        price = ways[row] - worth[point] + extra[point, provider] + rounds[point] * way_in
        if price < 0.0:
            cost[count], item[count] = price, point
            count += 1
            below += price
            hours_below += hours[point]
    if below >= ceiling:
        return below, 0
    for row in range(count):
        share[row] = 1.0
    if hours_below > max_hours:
        for row in range(count):
            ratio[row] = cost[row] / hours[item[row]] if hours[item[row]] > 0.0 else -np.inf
            share[row] = 0.0
        total, room = 0.0, max_hours
        sort_by(ratio, order, count)
        for place in range(count):
            row = order[place]
            size = hours[item[row]]
            if size <= room:
                share[row] = 1.0
                room -= size
                total += cost[row]
            else:
                share[row] = room / size
                total += cost[row] * share[row]
                break
        return total, count
    if hours_below < min_hours:
        count = np.int64(0)
        for row in range(first, last):
            point = points[row]
            price = ways[row] - worth[point] + extra[point, provider] + rounds[point] * way_in
            if price < floor * hours[point] or price < 0.0:
                cost[count], item[count] = price, point
                share[count] = 1.0 if price < 0.0 else 0.0
                dearer = price >= 0.0 and hours[point] > 0.0
                ratio[count] = price / hours[point] if dearer else np.inf
                count += 1
        lack = min_hours - hours_below
        sort_by(ratio, order, count)
        for place in range(count):
            row = order[place]
            if ratio[row] == np.inf or lack <= 0.0:
                break
            size = hours[item[row]]
            share[row] = min(1.0, lack / size)
            below += cost[row] * share[row]
            lack -= size * share[row]
        if lack > 0.0:
            below += floor * lack
    return below, count


@kernel
def value_centres(
    start: Ints,
    points: NDArray[np.int32],
    ways: Floats,
    worth: Floats,
    extra: Floats,
    rounds: Floats,
    base: Floats,
    hours: Floats,
    max_hours: float,
    min_hours: float,
    floor: float,
    opening: Floats,
    ceiling: float,
) -> tuple[Floats, Ints]:
    """Reduced cost of the best block of each centre, and its provider.

    ``opening`` is what each centre costs whatever it serves. Values of ``ceiling`` or more are reported as
    ``ceiling``: 0 where a centre that does not pay is left closed, ``inf`` where all values matter.
    """
    centres = len(start) - 1
    longest = 0
    for centre in range(centres):
        longest = max(longest, start[centre + 1] - start[centre])
    cost, share, ratio = np.empty(longest), np.empty(longest), np.empty(longest)
    order = np.empty(longest, dtype=np.int64)
    item = np.empty(longest, dtype=np.int32)
    values = np.full(centres, ceiling)
    providers = np.zeros(centres, dtype=np.int64)
    for centre in range(centres):
        best = ceiling - opening[centre]
        for provider in range(base.shape[0]):
            way_in = base[provider, centre]
            if not np.isfinite(way_in):
                continue
            value, _ = _pack(
                start[centre], start[centre + 1], provider, way_in, points, ways, worth, extra, rounds, hours,
                max_hours, min_hours, floor, best, cost, item, share, ratio, order,
            )  # fmt: skip
            if value < best:
                best = value
                values[centre] = value + opening[centre]
                providers[centre] = provider
    return values, providers


@kernel
def value_pairs(
    start: Ints,
    points: NDArray[np.int32],
    ways: Floats,
    worth: Floats,
    extra: Floats,
    rounds: Floats,
    base: Floats,
    hours: Floats,
    max_hours: float,
    min_hours: float,
    floor: float,
) -> Floats:
    """(centres, providers) cost of the best packing of each pair, the block's own cost left out; ``inf``: barred."""
    centres = len(start) - 1
    longest = 0
    for centre in range(centres):
        longest = max(longest, start[centre + 1] - start[centre])
    cost, share, ratio = np.empty(longest), np.empty(longest), np.empty(longest)
    order = np.empty(longest, dtype=np.int64)
    item = np.empty(longest, dtype=np.int32)
    values = np.full((centres, base.shape[0]), np.inf)
    for centre in range(centres):
        for provider in range(base.shape[0]):
            way_in = base[provider, centre]
            if not np.isfinite(way_in):
                continue
            values[centre, provider], _ = _pack(
                start[centre], start[centre + 1], provider, way_in, points, ways, worth, extra, rounds, hours,
                max_hours, min_hours, floor, np.inf, cost, item, share, ratio, order,
            )  # fmt: skip
    return values


@kernel
def fill_centres(
    chosen: Ints,
    providers: Ints,
    start: Ints,
    points: NDArray[np.int32],
    ways: Floats,
    worth: Floats,
    extra: Floats,
    rounds: Floats,
    base: Floats,
    hours: Floats,
    load: Floats,
    max_hours: float,
    min_hours: float,
    floor: float,
    company_of: Ints,
    district_of: Ints,
    companies: int,
    districts: int,
) -> tuple[Floats, Floats, Floats, Floats, Ints, Floats]:
    """Sum what the chosen centres' packings serve: each point's share, providers' load and hours, companies' hours.

    Also which rows of the lists are taken, and what share of each.
    """
    served = np.zeros(len(worth))
    taken = np.zeros(base.shape[0])
    contact = np.zeros(base.shape[0])
    shares = np.zeros((companies, districts))
    longest = 0
    for centre in chosen:
        longest = max(longest, start[centre + 1] - start[centre])
    cost, share, ratio = np.empty(longest), np.empty(longest), np.empty(longest)
    order = np.empty(longest, dtype=np.int64)
    item = np.empty(longest, dtype=np.int32)
    most = 0
    for centre in chosen:
        most += start[centre + 1] - start[centre]
    rows, parts = np.empty(most, dtype=np.int64), np.empty(most)
    taken_rows = 0
    for centre in chosen:
        provider = providers[centre]
        _, count = _pack(
            start[centre], start[centre + 1], provider, base[provider, centre], points, ways, worth, extra, rounds,
            hours, max_hours, min_hours, floor, np.inf, cost, item, share, ratio, order,
        )  # fmt: skip
        place = start[centre]
        for row in range(count):
            point, part = item[row], share[row]
            if part <= 0.0:
                continue
            # items keep the order of the list
            while points[place] != point:
                place += 1
            rows[taken_rows], parts[taken_rows] = place, part
            taken_rows += 1
            served[point] += part
            taken[provider] += part * load[point]
            contact[provider] += part * hours[point]
            shares[company_of[provider], district_of[point]] += part * hours[point]
    return served, taken, contact, shares, rows[:taken_rows].copy(), parts[:taken_rows].copy()


@kernel
def charge_cuts(
    ways: Floats, points: NDArray[np.int32], hours: Floats, first: Ints, member: NDArray[np.int32], rate: Floats
) -> Floats:
    """Add what cuts charge for each pair: an hour of the point at the rates of ``member[first[r]:first[r + 1]]``."""
    charged = ways.copy()
    for row in range(len(ways)):
        total = 0.0
        for place in range(first[row], first[row + 1]):
            total += rate[member[place]]
        charged[row] += hours[points[row]] * total
    return charged


@kernel
def pair_cuts(
    start: Ints, points: NDArray[np.int32], inside: NDArray[np.bool_], serves: NDArray[np.bool_]
) -> tuple[Ints, NDArray[np.int32]]:
    """For each pair the cuts that hold both its point (``inside``: cuts x points) and its centre (``serves``)."""
    first = np.zeros(len(points) + 1, dtype=np.int64)
    for fill in range(2):
        member = np.empty(first[-1] if fill else 0, dtype=np.int32)
        total = 0
        for centre in range(len(start) - 1):
            for row in range(start[centre], start[centre + 1]):
                first[row] = total
                for cut in range(len(inside)):
                    if serves[cut, centre] and inside[cut, points[row]]:
                        if fill:
                            member[total] = cut
                        total += 1
        first[-1] = total
    return first, member
