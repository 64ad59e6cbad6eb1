"""Points that must stay together, made one point before a problem is solved, and the answer spread over them again.

A group that is one point can neither be split by a search nor by a bound: both hold in full for the groups. That is
exact only where the group hangs together by itself; else the one point would join ground that does not touch.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from marketmap.blocks.connectivity import is_connected
from marketmap.blocks.relaxation import Prices
from marketmap.blocks.zone_problem import Floats, Ints, ZoneProblem, ZoneResult
from marketmap.errors import PlanError

if TYPE_CHECKING:
    from marketmap.blocks.start import Start

# Arrays over points that a merged point has the sum of; a pair that one member may not have it may not have either.
_SUMMED = ("travel", "hours", "outside", "visits", "extra", "rounds", "load", "held")


@dataclass(frozen=True)
class Merged:
    """A problem with one point for each group of ``whole``; ``unit_of`` (points,) says which point is in which."""

    whole: ZoneProblem
    problem: ZoneProblem
    unit_of: Ints

    def gather(self, blocks: list[tuple[Ints, int, int]]) -> list[tuple[Ints, int, int]]:
        """Write blocks of points, centre and provider in merged points, leaving out groups that a block splits."""
        sizes = np.bincount(self.unit_of)
        gathered = []
        for points, centre, provider in blocks:
            units, counts = np.unique(self.unit_of[points], return_counts=True)
            gathered.append((units[counts == sizes[units]], centre, provider))
        return gathered

    def gather_start(self, start: Start | None) -> Start | None:
        """Write a start that splits no group in merged points."""
        if start is None:
            return None
        first = np.unique(self.unit_of, return_index=True)[1]
        prices = start.prices
        if prices is not None and len(prices.point) == len(self.unit_of):
            point = np.bincount(self.unit_of, weights=prices.point).astype(np.float64)
            prices = dataclasses.replace(prices, point=point)
        return dataclasses.replace(
            start, block_of=start.block_of[first], prices=prices, loose=self.gather_start(start.loose)
        )

    def spread_start(self, start: Start | None) -> Start | None:
        """Write a start of merged points in the points that they stand for."""
        if start is None:
            return None
        return dataclasses.replace(start, block_of=start.block_of[self.unit_of], loose=self.spread_start(start.loose))

    def spread(self, result: ZoneResult) -> ZoneResult:
        """Write a result of merged points in the points that they stand for."""
        prices = result.prices
        if isinstance(prices, Prices):
            prices = dataclasses.replace(prices, point=prices.point[self.unit_of] * self._shares())
        return dataclasses.replace(result, block_of=result.block_of[self.unit_of], prices=prices)

    def _shares(self) -> Floats:
        """(points,) each point's part of its merged point's hours."""
        sizes, hours = np.bincount(self.unit_of), self.problem.hours
        even = 1.0 / sizes[self.unit_of]
        return np.where(hours[self.unit_of] > 0, self.whole.hours / np.maximum(hours[self.unit_of], 1e-12), even)


def merge_together(problem: ZoneProblem) -> Merged:
    """Make each group of points that must stay together one point.

    Raises
    ------
    PlanError
        For a group in several pieces, of places that must stay apart, or in several districts where a company's share
        of a district is limited: no one point can stand for it.
    """
    group = problem.together
    label = np.where(group >= 0, group, group.max(initial=-1) + 1 + np.arange(problem.points))
    _, first, number = np.unique(label, return_index=True, return_inverse=True)
    # units in the order of their first points, so that single points keep theirs
    order = np.argsort(first)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    first, unit_of = first[order], place[number.reshape(-1)]
    several = np.flatnonzero(np.bincount(unit_of) > 1)
    members = {int(unit): np.flatnonzero(unit_of == unit) for unit in several}
    for points in members.values():
        _check_group(problem, points)
    changes: dict[str, Any] = {name: _sum_groups(getattr(problem, name), first, members) for name in _SUMMED}
    apart = problem.apart[first]
    for unit, points in members.items():
        apart[unit] = problem.apart[points].max(axis=0, initial=-1)
    adjacency = problem.adjacency
    if adjacency is not None:
        hang = sparse.csr_array(
            (np.ones(problem.points, dtype=np.int64), (np.arange(problem.points), unit_of)),
            shape=(problem.points, len(first)),
        )
        adjacency = sparse.csr_array(hang.T @ adjacency.astype(np.int64) @ hang)
    merged = dataclasses.replace(
        problem,
        **changes,
        district_of=problem.district_of[first],
        adjacency=adjacency,
        together=np.full(len(first), -1),
        apart=apart,
    )
    return Merged(problem, merged, unit_of)


def _sum_groups(values: Floats, first: Ints, members: dict[int, Ints]) -> Floats:
    summed = values[first]
    for unit, points in members.items():
        summed[unit] = values[points].sum(axis=0)
    return summed


def _check_group(problem: ZoneProblem, points: Ints) -> None:
    named = ", ".join(str(point) for point in points[:3]) + (" …" if len(points) > 3 else "")
    if not is_connected(problem.adjacency, points):
        raise PlanError(
            f"Points {named} must stay together and do not hang together. Add the points between them to their group."
        )
    if any(len(np.unique(places[places >= 0])) > 1 for places in problem.apart[points].T):
        raise PlanError(f"Points {named} must stay together, and some of them apart. Remove one of the two.")
    if problem.has_share_caps and len(np.unique(problem.district_of[points])) > 1:
        raise PlanError(
            f"Points {named} must stay together and lie in several districts, where shares of a district are limited. "
            "Make a group of each district."
        )
