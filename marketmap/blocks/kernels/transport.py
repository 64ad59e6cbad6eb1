"""The cheapest way to share out points among blocks whose centres are fixed, points split where that is cheapest.

That is a transport problem. Blocks are few, so its shortest paths are sought on a graph of blocks: an arc from one
block to another is the point whose hours cost least to shift. Opening and closing a block then takes a few dozen
paths, which makes it cheap to try where centres should be.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from marketmap.blocks.kernels.compiled import compiled, kernel
from marketmap.blocks.kernels.state import Floats, Ints

# Shifts that gain less an hour are rounding.
LITTLE = 1e-9


class Transport(NamedTuple):
    """A shared-out plan of n points over B slots; a closed slot has no room. Costs are per hour of a point."""

    unit: Floats  # (n, B)
    hours: Floats  # (n,)
    flow: Floats  # (n, B) hours of a point in a slot
    members: Ints  # (B, n) points with flow, the first `count` of a row
    place: Ints  # (n, B) where in the row
    count: Ints  # (B,)
    room: Floats  # (B,) hours left
    arc: Floats  # (B, B) cheapest shift between two slots
    mover: Ints  # (B, B) and whose it is
    away: Floats  # (B,) scratch: length of the path so far
    before: Ints  # (B,) scratch: slot before on it
    cost: Floats  # (1,)


@compiled
def _put(t: Transport, point: int, slot: int, hours: float) -> None:
    """Add hours of a point to a slot, or take some out where negative."""
    had = t.flow[point, slot]
    now = had + hours
    if now < LITTLE:
        now = 0.0
    t.flow[point, slot] = now
    t.room[slot] -= hours
    t.cost[0] += hours * t.unit[point, slot]
    if had == 0.0 and now > 0.0:
        t.members[slot, t.count[slot]] = point
        t.place[point, slot] = t.count[slot]
        t.count[slot] += 1
    elif had > 0.0 and now == 0.0:
        t.count[slot] -= 1
        last = t.members[slot, t.count[slot]]
        t.members[slot, t.place[point, slot]] = last
        t.place[last, slot] = t.place[point, slot]


@compiled
def _find_arcs(t: Transport, slot: int) -> None:
    """Find the cheapest shift out of a slot to every other."""
    slots = t.arc.shape[0]
    for other in range(slots):
        t.arc[slot, other] = np.inf
    for row in range(t.count[slot]):
        point = t.members[slot, row]
        here = t.unit[point, slot]
        for other in range(slots):
            cost = t.unit[point, other] - here
            if cost < t.arc[slot, other]:
                t.arc[slot, other] = cost
                t.mover[slot, other] = point
    t.arc[slot, slot] = np.inf


@compiled
def _walk(t: Transport) -> None:
    """Lengthen the paths in ``away`` until none gets shorter (Bellman and Ford)."""
    slots = t.arc.shape[0]
    for _ in range(slots):
        changed = False
        for slot in range(slots):
            here = t.away[slot]
            if here == np.inf:
                continue
            for other in range(slots):
                length = here + t.arc[slot, other]
                if length < t.away[other] - LITTLE:
                    t.away[other] = length
                    t.before[other] = slot
                    changed = True
        if not changed:
            return


@compiled
def _push(t: Transport, end: int, most: float) -> tuple[int, float]:
    """Shift hours along the path to a slot, as many as all of it can bear; returns its first slot and the hours."""
    steps = 0
    slot = end
    while t.before[slot] >= 0 and steps <= len(t.before):
        source = t.before[slot]
        most = min(most, t.flow[t.mover[source, slot], source])
        slot = source
        steps += 1
    if steps > len(t.before):
        return -1, 0.0
    slot = end
    while t.before[slot] >= 0:
        source = t.before[slot]
        point = t.mover[source, slot]
        _put(t, point, source, -most)
        _put(t, point, slot, most)
        slot = source
    first = slot
    slot = end
    while slot >= 0:
        _find_arcs(t, slot)
        slot = t.before[slot]
    return first, most


@compiled
def _insert(t: Transport, point: int, hours: float) -> bool:
    """Place hours of a point, others making way where that is cheapest; false where there is no room for it."""
    slots = t.arc.shape[0]
    for _ in range(4 * slots):
        if hours <= LITTLE:
            return True
        for slot in range(slots):
            t.away[slot] = t.unit[point, slot]
            t.before[slot] = -1
        _walk(t)
        end = -1
        for slot in range(slots):
            if t.room[slot] > LITTLE and t.away[slot] < np.inf and (end < 0 or t.away[slot] < t.away[end]):
                end = slot
        if end < 0:
            return False
        first, pushed = _push(t, end, min(hours, t.room[end]))
        if first < 0:
            return False
        _put(t, point, first, pushed)
        _find_arcs(t, first)
        hours -= pushed
    return False


@compiled
def _close(t: Transport, slot: int) -> bool:
    """Close a slot and place its points elsewhere."""
    t.room[slot] = 0.0
    total = t.count[slot]
    for other in range(t.arc.shape[0]):
        t.arc[other, slot] = np.inf
        t.arc[slot, other] = np.inf
    # its members stay listed in the row while they leave, one by one
    for row in range(total - 1, -1, -1):
        point = t.members[slot, row]
        hours = t.flow[point, slot]
        t.cost[0] -= hours * t.unit[point, slot]
        t.flow[point, slot] = 0.0
    t.count[slot] = 0
    for point in range(t.unit.shape[0]):
        t.unit[point, slot] = np.inf
    for row in range(total - 1, -1, -1):
        point = t.members[slot, row]
        placed = 0.0
        for other in range(t.arc.shape[0]):
            placed += t.flow[point, other]
        if not _insert(t, point, t.hours[point] - placed):
            return False
    return True


@compiled
def _open(t: Transport, slot: int, unit: Floats, room: float) -> None:
    """Open a closed slot with given costs and draw to it what is cheaper there."""
    slots = t.arc.shape[0]
    t.room[slot] = room
    for point in range(len(unit)):
        t.unit[point, slot] = unit[point]
    for other in range(slots):
        if other == slot:
            continue
        for row in range(t.count[other]):
            point = t.members[other, row]
            cost = t.unit[point, slot] - t.unit[point, other]
            if cost < t.arc[other, slot]:
                t.arc[other, slot] = cost
                t.mover[other, slot] = point
    for _ in range(8 * len(unit)):
        if t.room[slot] <= LITTLE:
            return
        for other in range(slots):
            t.away[other] = 0.0 if t.count[other] > 0 and other != slot else np.inf
            t.before[other] = -1
        _walk(t)
        if not t.away[slot] < -LITTLE:
            return
        first, _ = _push(t, slot, t.room[slot])
        if first < 0:
            return


@kernel
def share_out(t: Transport, units: Floats, room: float, order: Ints) -> bool:
    """Open every slot with its column of ``units`` and place all points in the order given."""
    for slot in range(t.arc.shape[0]):
        _open(t, slot, units[:, slot].copy(), room)
    placed = True
    for point in order:
        placed = placed and _insert(t, point, t.hours[point])
    return placed


@kernel
def hour_prices(t: Transport) -> Floats:
    """(B,) what an hour of room in each slot is worth: the cheapest chain of shifts from it to free room."""
    slots = t.arc.shape[0]
    price = np.full(slots, np.inf)
    for slot in range(slots):
        if t.room[slot] > LITTLE:
            price[slot] = 0.0
    for _ in range(slots):
        changed = False
        for slot in range(slots):
            for other in range(slots):
                length = t.arc[slot, other] + price[other]
                if length < price[slot] - LITTLE:
                    price[slot] = length
                    changed = True
        if not changed:
            break
    return price


@kernel
def copy_transport(source: Transport, target: Transport) -> None:
    """Copy all that changes."""
    target.unit[:] = source.unit
    target.flow[:] = source.flow
    target.members[:] = source.members
    target.place[:] = source.place
    target.count[:] = source.count
    target.room[:] = source.room
    target.arc[:] = source.arc
    target.mover[:] = source.mover
    target.cost[:] = source.cost


@kernel
def close_slot(t: Transport, slot: int) -> bool:
    """Close a slot; false where its points then have no room."""
    return _close(t, slot)


@kernel
def open_slot(t: Transport, slot: int, unit: Floats, room: float) -> None:
    """Open a closed slot where points cost ``unit`` an hour."""
    _open(t, slot, unit, room)
