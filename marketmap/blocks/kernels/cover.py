"""How far a fractional plan breaks the cuts of sets of points, for many sets at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from marketmap.blocks.kernels.compiled import compiled, kernel
from marketmap.blocks.kernels.state import Floats, Ints

# Rounds of adding and dropping single points.
ROUNDS = 3


@compiled
def _broken(total: float, flow: Floats, opened: Floats, size: float, least: float) -> float:
    """By how much the cut of a set is broken: each centre counts as in J where that is worse for the cut."""
    blocks = np.ceil(total / size - 1e-9)
    rest = total - size * (blocks - 1.0)
    if rest < least:
        return -1.0
    for row in range(len(flow)):
        if flow[row] > 0.0:
            blocks -= min(opened[row], flow[row] / rest)
    # what no open centre serves counts in full as served from elsewhere
    served = 0.0
    for row in range(len(flow)):
        served += flow[row]
    return blocks - max(0.0, total - served) / rest


@compiled
def _add(flow: Floats, point: int, sign: float, first: Ints, centre: Ints, hours: Floats) -> None:
    for row in range(first[point], first[point + 1]):
        flow[centre[row]] += sign * hours[row]
        if flow[centre[row]] < 1e-9:
            flow[centre[row]] = 0.0


@kernel
def grow_covers(
    around: Ints, size_of: Floats, size: float, least: float, first: Ints, centre: Ints, hours: Floats, opened: Floats
) -> Floats:
    """By how much the cut of each leading stretch of ``around`` is broken.

    ``centre[first[i]:first[i + 1]]`` are the open centres that serve point i and ``hours`` how much of it.
    """
    flow = np.zeros(len(opened))
    broken = np.empty(len(around))
    total = 0.0
    for row in range(len(around)):
        point = around[row]
        total += size_of[point]
        _add(flow, point, 1.0, first, centre, hours)
        broken[row] = _broken(total, flow, opened, size, least)
    return broken


@kernel
def improve_cover(
    mask: NDArray[np.bool_],
    size_of: Floats,
    size: float,
    least: float,
    first: Ints,
    centre: Ints,
    hours: Floats,
    opened: Floats,
) -> float:
    """Add and drop points, in place, for as long as the cut gets more broken by it; returns by how much it is then."""
    flow = np.zeros(len(opened))
    total = 0.0
    for point in range(len(mask)):
        if mask[point]:
            total += size_of[point]
            _add(flow, point, 1.0, first, centre, hours)
    best = _broken(total, flow, opened, size, least)
    for _ in range(ROUNDS):
        changed = False
        for point in range(len(mask)):
            near = False
            for row in range(first[point], first[point + 1]):
                if flow[centre[row]] > 0.0:
                    near = True
            if not near:
                continue
            sign = -1.0 if mask[point] else 1.0
            _add(flow, point, sign, first, centre, hours)
            broken = _broken(total + sign * size_of[point], flow, opened, size, least)
            if broken > best + 1e-6:
                best = broken
                total += sign * size_of[point]
                mask[point] = not mask[point]
                changed = True
            else:
                _add(flow, point, -sign, first, centre, hours)
        if not changed:
            break
    return best


@kernel
def sum_shares(
    inside: NDArray[np.bool_], size_of: Floats, point: Ints, centre: Ints, share: Floats, centres: int
) -> Floats:
    """Sum for every set the hours that each centre serves: (sets, centres)."""
    total = np.zeros((len(inside), centres))
    for row in range(len(point)):
        for number in range(len(inside)):
            if inside[number, point[row]]:
                total[number, centre[row]] += share[row] * size_of[point[row]]
    return total
