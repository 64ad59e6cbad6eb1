"""Cuts that hold because there is no such thing as half a block.

Left to itself the bound opens half a block here and half there wherever a town needs one and a half. Take a set S of
points and a set J of centres. What J serves of S fits into its blocks, so with y of them and s hours of S served from
elsewhere (or left out), ``max_hours * y + s >= hours(S)``; and as y is a whole number, mixed-integer rounding gives
``y + s / r >= k`` with ``k = ceil(hours(S) / max_hours)`` and ``r = hours(S) - (k - 1) * max_hours`` (Nemhauser and
Wolsey 1990, Mathematical Programming 46; for locations the flow cover inequalities of Padberg, Van Roy and Wolsey
1985, Operations Research 33). Their prices are moved with all others; the knapsacks of the centres stay knapsacks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketmap.blocks.kernels.cover import grow_covers, improve_cover, sum_shares
from marketmap.blocks.kernels.knapsack import pair_cuts
from marketmap.blocks.zone_problem import HOURS_TOLERANCE, Floats, Ints, ZoneProblem

Mask = NDArray[np.bool_]

# A centre that is open this much is one around which cuts are sought.
LEAST_OPEN = 0.02
# Cuts with less in the last block than this share of a block are left alone: their prices would be huge.
LEAST_REST = 0.1
LEAST_VIOLATION = 0.03
# Cuts added at a time, and the share of points two of them may have in common.
NEW_CUTS = 80
MOST_ALIKE = 0.85
# Sets are grown to this many times the points of a block; the best of each stretch is taken.
STRETCHES = (1.6, 3.2, 6.4, 12.8, 32.0)


@dataclass(frozen=True)
class Cuts:
    """Cuts in force; K of them.

    Attributes
    ----------
    inside
        (K, points) which points each cut's S holds.
    serves
        (K, centres) which centres its J holds.
    rest, blocks
        (K,) r and k of the formula.
    """

    inside: Mask
    serves: Mask
    rest: Floats
    blocks: Floats

    def __len__(self) -> int:
        """Count the cuts."""
        return len(self.rest)

    def keep(self, chosen: Mask) -> Cuts:
        """Only the chosen ones."""
        return Cuts(self.inside[chosen], self.serves[chosen], self.rest[chosen], self.blocks[chosen])

    def joined(self, other: Cuts) -> Cuts:
        """Join others after these."""
        return Cuts(
            np.concatenate([self.inside, other.inside]),
            np.concatenate([self.serves, other.serves]),
            np.concatenate([self.rest, other.rest]),
            np.concatenate([self.blocks, other.blocks]),
        )

    def pairs(self, start: Ints, points: NDArray[np.int32]) -> tuple[Ints, NDArray[np.int32]]:
        """For each listed pair of centre and point the cuts that hold both."""
        first, member = pair_cuts(start, points, self.inside, self.serves)
        return first, member


def no_cuts(problem: ZoneProblem) -> Cuts:
    """Make an empty set."""
    return Cuts(
        np.zeros((0, problem.points), dtype=bool), np.zeros((0, problem.centres), dtype=bool), np.zeros(0), np.zeros(0)
    )


def find_cuts(
    problem: ZoneProblem,
    *,
    opened: Floats,
    pairs: tuple[Ints, Ints, Floats],
    packed: tuple[Ints, Ints, Floats],
) -> Cuts:
    """Find cuts that an average of the bound's plans breaks.

    Parameters
    ----------
    problem
        The block problem.
    opened
        (centres,) share of a block at each centre.
    pairs
        Points, centres and shares served, on average.
    packed
        The same for what every centre would serve at the present prices, were it open.

    Returns
    -------
    Cuts
        The most broken first; the order does not depend on anything random.
    """
    open_at = np.flatnonzero(opened > LEAST_OPEN / 10)
    number = np.full(problem.centres, -1)
    number[open_at] = np.arange(len(open_at))
    point, centre, share = pairs
    kept = (number[centre] >= 0) & (share > 1e-4)
    point, centre, share = point[kept], centre[kept], share[kept]
    order = np.lexsort((centre, point))
    point, centre, share = point[order], centre[order], share[order]
    served = np.bincount(point, weights=share, minlength=problem.points)
    # what the average serves twice over would count twice
    share = share / np.maximum(served[point], 1.0)
    first = np.concatenate([[0], np.cumsum(np.bincount(point, minlength=problem.points))])
    spread = (first, number[centre], share * problem.hours[point], opened[open_at])
    found = []
    usual = problem.max_hours * problem.points / max(1e-9, float(problem.hours.sum()))
    ends = np.unique(np.minimum(problem.points, (np.array(STRETCHES) * usual).astype(np.int64) + 1))
    near = problem.travel[:, opened > LEAST_OPEN] / np.maximum(problem.visits, 1e-9)[:, None]
    size = problem.max_hours + HOURS_TOLERANCE
    for column in range(near.shape[1]):
        around = np.argsort(near[:, column], kind="stable")
        broken = grow_covers(around[: ends[-1]], problem.hours, size, LEAST_REST * size, *spread)
        for begin, end in zip(np.append(0, ends[:-1]), ends, strict=True):
            best = int(begin) + int(np.argmax(broken[begin:end]))
            if broken[best] > LEAST_VIOLATION:
                found.append((float(broken[best]), column, best + 1, around))
    found.sort(key=lambda item: (-item[0], item[1], item[2]))
    masks: list[Mask] = []
    for _, _, count, around in found:
        mask = np.zeros(problem.points, dtype=bool)
        mask[around[:count]] = True
        if any((mask & other).sum() > MOST_ALIKE * (mask | other).sum() for other in masks):
            continue
        masks.append(mask)
        if len(masks) == NEW_CUTS:
            break
    for mask in masks:
        improve_cover(mask, problem.hours, size, LEAST_REST * size, *spread)
    return _complete(problem, masks, opened, pairs, packed)


def _complete(
    problem: ZoneProblem,
    masks: list[Mask],
    opened: Floats,
    pairs: tuple[Ints, Ints, Floats],
    packed: tuple[Ints, Ints, Floats],
) -> Cuts:
    """Give each set its centres: those that serve more of it than its rest."""
    size = problem.max_hours + HOURS_TOLERANCE
    inside = np.array(masks, dtype=bool).reshape(-1, problem.points)
    hours = inside @ problem.hours
    blocks = np.ceil(hours / size - 1e-9)
    rest = hours - size * (blocks - 1)
    average = sum_shares(inside, problem.hours, *pairs, problem.centres) / np.maximum(opened, 1e-9)
    alone = sum_shares(inside, problem.hours, *packed, problem.centres)
    serves = np.where(opened > LEAST_OPEN / 10, average, alone) > rest[:, None]
    good = rest >= LEAST_REST * size
    return Cuts(inside, serves, rest, blocks).keep(good)
