"""What any plan costs at least once constraints have prices: the Lagrangian relaxation of "every point once".

With a price on every point, on every hour of a provider's or company's limit and on every cut, centres no longer
compete for points: each centre and provider solves a continuous knapsack of its own, at most one provider a centre,
and the best centres add up to a lower bound, whatever the prices. Every centre and every provider takes part in every
evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from marketmap.blocks.cuts import Cuts
from marketmap.blocks.fences import Fences
from marketmap.blocks.kernels.knapsack import charge_cuts, fill_centres, pair_counts, pair_lists, value_centres
from marketmap.blocks.zone_problem import Floats, Ints, ZoneProblem

# Sums of a few thousand products in double precision; what is reported is lower by this share.
NUMERIC_FLOOR = 1e-9
# Pairs are listed a little beyond what prices ask for, so that the lists last for many evaluations.
LIST_BEYOND = 1.3


@dataclass
class Prices:
    """Multipliers: a point, an hour of a provider's capacity, of its blocks, of a company's share; a cut; a fence."""

    point: Floats  # (n,)
    capacity: Floats  # (P,)
    hours: Floats  # (P,)
    share: Floats  # (C, D)
    cut: Floats  # (K,)
    fence: Floats  # (F,)

    def mixed(self, share: float, other: Prices) -> Prices:
        """``share`` of the other and the rest of this."""
        return Prices(
            *((1 - share) * getattr(self, part.name) + share * getattr(other, part.name) for part in fields(Prices))
        )

    def dot(self, other: Prices, scale: Prices) -> float:
        """Inner product in the metric that steps are measured in."""
        return float(
            sum(
                np.sum(getattr(scale, part.name) * getattr(self, part.name) * getattr(other, part.name))
                for part in fields(Prices)
            )
        )


@dataclass(frozen=True)
class Evaluation:
    """The relaxation at some prices.

    Attributes
    ----------
    value
        No plan costs less; ``inf``: there is no plan.
    slope
        Where the value rises.
    chosen
        Centres opened.
    rows, parts
        Rows of the pair lists served, and what share of each.
    shares
        (points, providers) share of each point that each provider serves, where there are fences; else empty.
    """

    value: float
    slope: Prices
    chosen: Ints
    rows: Ints
    parts: Floats
    shares: Floats


class Relaxation:
    """A block problem laid out for many evaluations.

    Attributes
    ----------
    order
        (points, centres) centres of each point, cheapest first.
    base
        As the problem's, ``inf`` also where a provider could never gather the minimum.
    fewest, most
        Numbers of blocks that any plan must keep within.
    start, points, ways
        Pairs that may matter, listed by centre. They change when prices have outgrown them: ``lists`` counts.
    """

    def __init__(self, problem: ZoneProblem, *, order: NDArray[np.int32] | None = None) -> None:
        self.problem = problem
        self.order = sorted_centres(problem.travel) if order is None else order
        self.base = openable(problem)
        self.fewest, self.most = count_limits(problem)
        # A single block is always allowed, so a company can hold the larger of its share and one block.
        self.share_limit = np.maximum(problem.share_cap, problem.max_hours)
        self.capped = np.isfinite(problem.capacity)
        self.hour_capped = np.isfinite(problem.max_provider_hours)
        self.share_capped = np.isfinite(self.share_limit)
        self.cuts: Cuts | None = None
        self.fences: Fences | None = None
        self.lists = 0
        self._reach = np.full(problem.points, -np.inf)
        self._threshold = 0.0

    def set_cuts(self, cuts: Cuts) -> None:
        """Take other cuts from now on; prices must have as many."""
        self.cuts = cuts
        self._first, self._member = cuts.pairs(self.start, self.points)
        # Hours of each point that each cut prices, and which centres it counts.
        self._cut_hours = cuts.inside * self.problem.hours
        self._cut_serves = cuts.serves.astype(np.float64)

    def move(self, prices: Prices, step: float, slope: Prices, scale: Prices) -> Prices:
        """Prices a step further, kept where the bound is valid (and finite)."""
        there = [
            getattr(prices, part.name) + step * getattr(scale, part.name) * getattr(slope, part.name)
            for part in fields(Prices)
        ]
        point, *others = there
        capacity, hours, share, cut, fence = (np.maximum(part, 0.0) for part in others)
        return Prices(np.minimum(point, self._dearest(cut)), capacity, hours, share, cut, fence)

    def held_back(self, prices: Prices, slope: Prices) -> Prices:
        """Take out of a slope what would push prices past their limits."""
        point = np.where((prices.point >= self._dearest(prices.cut)) & (slope.point > 0), 0.0, slope.point)
        others = (
            np.where(
                (getattr(prices, part.name) <= 0) & (getattr(slope, part.name) < 0), 0.0, getattr(slope, part.name)
            )
            for part in fields(Prices)[1:]
        )
        return Prices(point, *others)

    def _dearest(self, cut: Floats) -> Floats:
        """(points,) the most that a point's price may be: leaving it out must not pay, cuts on its hours included."""
        if self.cuts is None or len(self.cuts) == 0:
            return self.problem.outside
        return np.asarray(self.problem.outside - (cut / self.cuts.rest) @ self._cut_hours)

    def evaluate(self, prices: Prices) -> Evaluation:
        """Evaluate the relaxation, and its slope, at some prices."""
        problem, laid = self.problem, self.lay_out(prices)
        worth, extra, ways, opening, floor = laid
        sizes = (problem.max_hours, problem.min_hours, floor)
        values, providers = self._value(worth, extra, ways, opening, floor)
        chosen = self._choose(values)
        if chosen is None:
            nothing = np.zeros(0, dtype=np.int64)
            return Evaluation(np.inf, prices, nothing, nothing, np.zeros(0), np.zeros(0))
        served, load, hours, share, rows, parts = fill_centres(
            chosen, providers, self.start, self.points, ways, worth, extra, problem.rounds, self.base, problem.hours,
            problem.load, *sizes, problem.company_of, problem.district_of, *problem.share_cap.shape,
        )  # fmt: skip
        fixed = (
            np.sum(prices.point)
            - _cost(prices.capacity, problem.capacity)
            - _cost(prices.hours, problem.max_provider_hours)
            - _cost(prices.share, self.share_limit)
        )
        broken = np.zeros(0)
        if self.cuts is not None:
            fixed += float(prices.cut @ self.cuts.blocks)
            left_out = np.where(prices.point >= self._dearest(prices.cut), np.maximum(1.0 - served, 0.0), 0.0)
            broken = self._cut_slope(served + left_out, chosen, rows, parts)
        by_provider: Floats = np.zeros(0)
        torn: Floats = np.zeros(0)
        if self.fences is not None:
            places = self.points[rows].astype(np.int64) * problem.providers + providers[self.centre_of(rows)]
            size = problem.points * problem.providers
            summed = np.bincount(places, weights=parts, minlength=size)
            by_provider = np.asarray(summed, dtype=np.float64).reshape(problem.extra.shape)
            torn = self.fences.broken(by_provider)
        total = float(fixed + values[chosen].sum())
        slope = Prices(
            1.0 - served,
            np.where(self.capped, load - problem.held.T @ served - np.where(self.capped, problem.capacity, 0.0), 0.0),
            np.where(self.hour_capped, hours - np.where(self.hour_capped, problem.max_provider_hours, 0.0), 0.0),
            np.where(self.share_capped, share - np.where(self.share_capped, self.share_limit, 0.0), 0.0),
            broken,
            torn,
        )
        magnitude = float(np.abs(prices.point).sum() + np.abs(values[chosen]).sum() + prices.cut.sum())
        return Evaluation(total - NUMERIC_FLOOR * (1.0 + magnitude), slope, chosen, rows, parts, by_provider)

    def pack_all(self, prices: Prices) -> tuple[Ints, Ints, Floats]:
        """Points, centres and shares of what every centre would serve at some prices, were it open."""
        problem, (worth, extra, ways, opening, floor) = self.problem, self.lay_out(prices)
        _, providers = value_centres(
            self.start, self.points, ways, worth, extra, problem.rounds, self.base, problem.hours,
            problem.max_hours, problem.min_hours, floor, opening, np.inf,
        )  # fmt: skip
        usable = np.flatnonzero(np.isfinite(self.base).any(axis=0))
        *_, rows, parts = fill_centres(
            usable, providers, self.start, self.points, ways, worth, extra, problem.rounds, self.base, problem.hours,
            problem.load, problem.max_hours, problem.min_hours, floor, problem.company_of, problem.district_of,
            *problem.share_cap.shape,
        )  # fmt: skip
        return self.points[rows].astype(np.int64), self.centre_of(rows), parts

    def centre_of(self, rows: Ints) -> Ints:
        """Centre of rows of the pair lists."""
        return np.searchsorted(self.start, rows, side="right") - 1

    def lay_out(self, prices: Prices) -> tuple[Floats, Floats, Floats, Floats, float]:
        """Price points, pairs and centres, and the hours that fill a block up to its minimum."""
        problem = self.problem
        worth = prices.point + problem.held @ prices.capacity
        if self.cuts is not None:
            rate = prices.cut / self.cuts.rest
            worth = worth + rate @ self._cut_hours
        extra = problem.extra
        if problem.has_provider_limits or problem.has_share_caps:
            extra = extra + np.outer(problem.load, prices.capacity)
            hour_price = prices.hours + prices.share[problem.company_of, :].T[problem.district_of]
            extra = extra + problem.hours[:, None] * hour_price
        if self.fences is not None:
            extra = extra + self.fences.charge(prices.fence)
        least = extra.min(axis=1)
        # Pairs dearer than this are only of use to fill a block up to its minimum: charged at `floor` an hour.
        floor = 0.0
        if problem.min_hours > 0:
            floor = 0.5 * float(np.median(np.maximum(prices.point, 0.0) / np.maximum(problem.hours, 1e-9)))
        self._list_pairs(worth - np.where(np.isfinite(least), least, np.inf) + floor * problem.hours)
        opening, ways = np.full(problem.centres, problem.block_cost), self.ways
        if self.cuts is not None:
            opening = opening - prices.cut @ self._cut_serves
            ways = charge_cuts(ways, self.points, problem.hours, self._first, self._member, rate)
        return worth, extra, ways, opening, floor

    def _list_pairs(self, limit: Floats) -> None:
        if self.lists and not (limit > self._reach).any():
            return
        problem = self.problem
        beyond = np.where(np.isfinite(limit), (LIST_BEYOND - 1.0) * np.abs(limit), 0.0)
        self._reach = np.maximum(self._reach, limit + beyond)
        counts = pair_counts(problem.travel, self.order, self._reach)
        self.start = np.concatenate([[0], np.cumsum(counts)])
        self.points, self.ways = pair_lists(problem.travel, self.order, self._reach, self.start)
        self.lists += 1
        if self.cuts is not None:
            self._first, self._member = self.cuts.pairs(self.start, self.points)

    def _value(self, worth: Floats, extra: Floats, ways: Floats, opening: Floats, floor: float) -> tuple[Floats, Ints]:
        """Reduced costs of centres: exact where they are among the best, elsewhere known to be no better."""
        problem = self.problem
        ceiling = np.inf
        if problem.n_blocks is None and self.fewest == 0:
            ceiling = 0.0
        elif self.fewest == self.most and self._threshold < 0.0:
            ceiling = self._threshold
        while True:
            values, providers = value_centres(
                self.start, self.points, ways, worth, extra, problem.rounds, self.base, problem.hours,
                problem.max_hours, problem.min_hours, floor, opening, ceiling,
            )  # fmt: skip
            if self.fewest != self.most or self.fewest == 0:
                return values, providers
            if ceiling == np.inf or np.count_nonzero(values < ceiling) >= self.fewest:
                break
            ceiling = 0.5 * ceiling if ceiling < -1.0 else np.inf
        last = float(np.partition(values, self.fewest - 1)[self.fewest - 1]) if self.fewest <= len(values) else 0.0
        # next time, look closely only at centres that come near the last one chosen
        self._threshold = 0.7 * last if np.isfinite(last) else 0.0
        return values, providers

    def _cut_slope(self, served: Floats, chosen: Ints, rows: Ints, parts: Floats) -> Floats:
        """By how much the chosen centres' packings break each cut."""
        cuts = self.cuts
        if cuts is None or len(cuts) == 0:
            return np.zeros(0)
        count = self._first[rows + 1] - self._first[rows]
        into = np.repeat(self._first[rows] - np.concatenate([[0], np.cumsum(count)[:-1]]), count) + np.arange(
            int(count.sum())
        )
        hours = np.repeat(parts * self.problem.hours[self.points[rows]], count)
        own = np.bincount(self._member[into], weights=hours, minlength=len(cuts))
        elsewhere = self._cut_hours @ served - own
        return np.asarray(cuts.blocks - self._cut_serves[:, chosen].sum(axis=1) - elsewhere / cuts.rest)

    def _choose(self, values: Floats) -> Ints | None:
        order = np.argsort(values, kind="stable")
        finite = int(np.isfinite(values).sum())
        if finite < self.fewest:
            return None
        wanted = int(np.clip(np.count_nonzero(values < 0), self.fewest, min(self.most, finite)))
        return order[:wanted]


def sorted_centres(travel: Floats) -> NDArray[np.int32]:
    """(points, centres) centres of each point, cheapest first."""
    order = np.empty(travel.shape, dtype=np.int32)
    for row in range(0, len(travel), 500):
        order[row : row + 500] = np.argsort(travel[row : row + 500], axis=1, kind="stable")
    return order


def openable(problem: ZoneProblem) -> Floats:
    """Mark in ``base`` with ``inf`` also where a provider could never gather the minimum at a centre."""
    reach = np.isfinite(problem.travel).astype(np.float32).T * problem.hours.astype(np.float32)
    gathered = reach @ np.isfinite(problem.extra).astype(np.float32)
    # single precision: keep what is near the minimum
    short = problem.min_hours * (1 - 1e-4) - 1e-6 > gathered.T
    return np.where(short, np.inf, problem.base)


def count_limits(problem: ZoneProblem) -> tuple[int, int]:
    """Fewest and most blocks that any plan can have."""
    if problem.n_blocks is not None:
        return problem.n_blocks, problem.n_blocks
    forced = float(problem.hours[np.isinf(problem.outside)].sum())
    fewest = int(np.ceil(forced / problem.max_hours - 1e-6)) if problem.max_hours > 0 else 0
    most = problem.centres
    if problem.min_hours > 0:
        most = min(most, int(np.floor(float(problem.hours.sum()) / problem.min_hours + 1e-6)))
    return fewest, most


def _cost(price: Floats, limit: Floats) -> float:
    used = price > 0
    return float(np.sum(price[used] * limit[used]))
