"""Giving postcodes to points of demand so that none hangs on what a lock keeps it apart from.

As `neighbourhood` has it, a postcode hangs on the point nearest by road. Where places must be apart, one point could
so come to hold postcodes of two of them, and no plan could then keep the lock. Here postcodes are given out nearest
first, and one that may not hang on a point goes on to the next nearest that reaches it.
"""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csgraph, csr_matrix

Ints = NDArray[np.int64]

# A postcode that roads join to work, but that locks keep off all the work it could hang on.
PARTED = -2


class _Units:
    """What must end in one block: points and groups of postcodes, with the place that each lock knows them by."""

    def __init__(self, count: int) -> None:
        self.parent = list(range(count))
        self.places: list[dict[int, int]] = [{} for _ in range(count)]

    def find(self, unit: int) -> int:
        while self.parent[unit] != unit:
            self.parent[unit] = self.parent[self.parent[unit]]
            unit = self.parent[unit]
        return unit

    def fit(self, unit: int, places: dict[int, int]) -> bool:
        own = self.places[self.find(unit)]
        return all(own.get(lock, place) == place for lock, place in places.items())

    def add(self, unit: int, places: dict[int, int]) -> None:
        self.places[self.find(unit)].update(places)

    def join(self, one: int, two: int) -> None:
        one, two = self.find(one), self.find(two)
        if one != two:
            self.parent[two] = one
            self.places[one].update(self.places[two])


def attach_apart(graph: csr_matrix, sources: Ints, *, together: Ints, apart: Ints) -> Ints:
    """Give each postcode to the nearest point that locks let it hang on.

    Parameters
    ----------
    graph
        (postcodes, postcodes) minutes between neighbours, symmetric; those that may not be used have none.
    sources
        (points,) the postcode of each point.
    together, apart
        (postcodes,) and (postcodes, locks) as `groups.PlaceGroups` has them. What is together counts as one.

    Returns
    -------
    ndarray
        (postcodes,) position of the point, -1 where no road joins it to any, `PARTED` where locks keep it off. What
        hangs on a point is connected with it.
    """
    count, points = graph.shape[0], len(sources)
    places = {
        int(at): {int(lock): int(apart[at, lock]) for lock in np.flatnonzero(apart[at] >= 0)}
        for at in np.flatnonzero((apart >= 0).any(axis=1))
    }
    units = _Units(points + int(together.max(initial=-1)) + 1)
    for at, own in places.items():
        if together[at] >= 0:
            units.add(points + int(together[at]), own)
    nearest = np.full(count, -1, dtype=np.int64)
    queue: list[tuple[float, int, int]] = []

    def settle(minutes: float, point: int, at: int) -> None:
        nearest[at] = point
        units.add(point, places.get(at, {}))
        if together[at] >= 0:
            units.join(point, points + int(together[at]))
        for link in range(graph.indptr[at], graph.indptr[at + 1]):
            other = int(graph.indices[link])
            if nearest[other] < 0:
                heapq.heappush(queue, (minutes + float(graph.data[link]), point, other))

    for point, at in enumerate(sources.tolist()):
        nearest[at] = point
    for point, at in enumerate(sources.tolist()):
        settle(0.0, point, at)
    while queue:
        minutes, point, at = heapq.heappop(queue)
        if nearest[at] >= 0 or not units.fit(point, places.get(at, {})):
            continue
        if together[at] >= 0 and not units.fit(point, units.places[units.find(points + int(together[at]))]):
            continue
        settle(minutes, point, at)
    _, piece = csgraph.connected_components(graph, directed=False)
    reached = np.isin(piece, piece[sources])
    nearest[reached & (nearest < 0)] = PARTED
    return nearest
