"""Finding where the bound's average plan is torn: a share of a point that nothing connects to enough hours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from marketmap.blocks.kernels.compiled import kernel
from marketmap.blocks.kernels.state import OUTSIDE

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LITTLE = 1e-9


@kernel
def find_tears(
    near_from: Ints,
    near: Ints,
    hours: Floats,
    allowed: NDArray[np.bool_],
    shares: Floats,
    min_hours: float,
    least: float,
    torn: float,
) -> tuple[Ints, Ints, Ints, Ints]:
    """Walk outwards from every point that a provider serves, and keep the fence it crosses least of.

    Parameters
    ----------
    near_from, near
        Neighbours of each point: ``near[near_from[i]:near_from[i + 1]]``.
    hours
        (points,)
    allowed, shares
        (points, providers) who may serve a point, and the share of it that each serves.
    min_hours
        Hours that a block needs: what lies within a fence holds less.
    least
        Smaller shares are not looked at.
    torn
        A fence is kept where its shares sum to less than the point's by more than this.

    Returns
    -------
    tuple
        (fences,) point and provider of each, (fences + 1,) where its points begin, those points.
    """
    points, providers = shares.shape
    seen = np.zeros(points, dtype=np.int64)
    fence, best = np.empty(points, dtype=np.int64), np.empty(points, dtype=np.int64)
    point_of, provider_of = np.empty(1024, dtype=np.int64), np.empty(1024, dtype=np.int64)
    begins, members = np.zeros(1025, dtype=np.int64), np.empty(4096, dtype=np.int64)
    found, mark = 0, 0
    for provider in range(providers):
        for point in range(points):
            if shares[point, provider] < least or hours[point] >= min_hours - LITTLE:
                continue
            mark += 1
            seen[point] = mark
            here, size, held = point, 0, hours[point]
            crossed, best_crossed, best_size = 0.0, np.inf, 0
            while here >= 0:
                for link in range(near_from[here], near_from[here + 1]):
                    other = near[link]
                    if seen[other] != mark and allowed[other, provider]:
                        seen[other] = mark
                        fence[size] = other
                        size += 1
                        crossed += shares[other, provider]
                if crossed < best_crossed - LITTLE:
                    best_crossed, best_size = crossed, size
                    best[:size] = fence[:size]
                # further out past the point that the fence can least do without, for as long as hours are too few
                here, row_of, most = OUTSIDE, 0, LITTLE
                for row in range(size):
                    other = fence[row]
                    if shares[other, provider] > most and held + hours[other] < min_hours - LITTLE:
                        here, row_of, most = other, row, shares[other, provider]
                if here >= 0:
                    size -= 1
                    fence[row_of] = fence[size]
                    crossed -= most
                    held += hours[here]
            if shares[point, provider] - best_crossed <= torn:
                continue
            if found == len(point_of):
                point_of = np.concatenate((point_of, np.empty(found, dtype=np.int64)))
                provider_of = np.concatenate((provider_of, np.empty(found, dtype=np.int64)))
                begins = np.concatenate((begins, np.zeros(found, dtype=np.int64)))
            while begins[found] + best_size > len(members):
                members = np.concatenate((members, np.empty(len(members), dtype=np.int64)))
            members[begins[found] : begins[found] + best_size] = best[:best_size]
            point_of[found], provider_of[found] = point, provider
            found += 1
            begins[found] = begins[found - 1] + best_size
    return (
        point_of[:found].copy(),
        provider_of[:found].copy(),
        begins[: found + 1].copy(),
        members[: begins[found]].copy(),
    )
