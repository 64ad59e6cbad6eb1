"""A proven limit to how cheap any plan can be: Lagrangian relaxation of "every point once".

With a price on every point, and on every hour of a provider's or company's limit, centres no longer compete for
points: each centre and provider solves a continuous knapsack of its own, at most one provider a centre, and the best
centres add up to a lower bound, whatever the prices. Prices are moved by the volume algorithm (Barahona and Anbil
2000, Mathematical Programming 87). Every centre and every provider takes part in every evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketmap.blocks.kernels.knapsack import fill_centres, pair_counts, pair_lists, value_centres
from marketmap.blocks.zone_problem import Floats, Ints, ZoneProblem

# Sums of a few thousand products in double precision; what is reported is lower by this share.
NUMERIC_FLOOR = 1e-9


@dataclass
class Prices:
    """Multipliers: a point, an hour of a provider's capacity, an hour of its blocks, an hour of a company's share."""

    point: Floats  # (n,)
    capacity: Floats  # (P,)
    hours: Floats  # (P,)
    share: Floats  # (C, D)

    def moved(self, step: float, slope: Prices, problem: ZoneProblem, scale: Prices) -> Prices:
        """Prices a step further, kept where the bound is valid (and finite)."""
        return Prices(
            np.minimum(self.point + step * slope.point, problem.outside),
            np.maximum(self.capacity + step * scale.capacity * slope.capacity, 0.0),
            np.maximum(self.hours + step * scale.hours * slope.hours, 0.0),
            np.maximum(self.share + step * scale.share * slope.share, 0.0),
        )

    def mixed(self, share: float, other: Prices) -> Prices:
        """``share`` of the other and the rest of this."""
        return Prices(
            *(
                (1 - share) * getattr(self, name) + share * getattr(other, name)
                for name in ("point", "capacity", "hours", "share")
            )
        )


class LagrangianBound:
    """The bound as it improves.

    Attributes
    ----------
    value
        Best proven lower bound so far; ``inf`` once it is proven that there is no plan.
    prices
        The prices that gave it.
    opened
        (centres,) how often, of late, each centre was among the best: a hint where blocks belong.
    """

    def __init__(self, problem: ZoneProblem) -> None:
        self.problem = problem
        self.order = sorted_centres(problem.travel)
        self.base = openable(problem)
        self.fewest, self.most = count_limits(problem)
        # A single block is always allowed, so a company can hold the larger of its share and one block.
        self.share_limit = np.maximum(problem.share_cap, problem.max_hours)
        self.capped = np.isfinite(problem.capacity)
        self.hour_capped = np.isfinite(problem.max_provider_hours)
        self.share_capped = np.isfinite(self.share_limit)
        self.value = -np.inf
        self.prices = self._first_prices()
        self.opened = np.zeros(problem.centres)
        self.provider_at = np.zeros(problem.centres, dtype=np.int64)
        self.centre_value = np.zeros(problem.centres)
        self.iterations = 0
        self._factor, self._blend = 0.3, 0.2
        self._fruitless = 0
        self._slope: Prices | None = None
        held = max(1e-9, float(problem.load.sum()) / max(1, int(np.count_nonzero(problem.load))))
        held = held if problem.load.any() else 1.0
        size = max(1e-9, float(problem.hours.sum()) / max(1, problem.points))
        self._scale = Prices(
            np.ones(0),
            np.full(problem.providers, 1.0 / (held * held * 30)),
            np.full(problem.providers, 1.0 / (size * size * 30)),
            np.full(problem.share_cap.shape, 1.0 / (size * size * 30)),
        )

    def begin(self, prices: Prices) -> None:
        """Begin from the prices of a like problem, where they fit this one; any prices give a valid bound."""
        own = self.prices
        if all(np.shape(getattr(prices, name)) == np.shape(getattr(own, name)) for name in vars(own)):
            self.prices = Prices(
                np.minimum(prices.point, self.problem.outside),
                *(np.where(capped, getattr(prices, name), 0.0) for name, capped in (
                    ("capacity", self.capped), ("hours", self.hour_capped), ("share", self.share_capped),
                )),
            )  # fmt: skip

    def advance(self, iterations: int, *, upper: float) -> None:
        """Move the prices some steps.

        Parameters
        ----------
        iterations
            Number of evaluations.
        upper
            Cost of the best plan known, which sets the step; ``inf`` when there is none.
        """
        for _ in range(iterations):
            if self.value == np.inf or (np.isfinite(upper) and self.value >= upper - 1e-9 * abs(upper)):
                return
            self._step(upper)

    def _step(self, upper: float) -> None:
        if self._slope is None:
            self.value, self._slope = self._evaluate(self.prices)
            self.iterations += 1
            return
        slope = self._slope
        norm = self._norm(slope)
        if norm <= 1e-18:
            return
        target = upper if np.isfinite(upper) else self.value + 0.05 * abs(self.value) + 1.0
        target = max(target, self.value + 1e-4 * abs(self.value))
        step = self._factor * (target - self.value) / norm
        prices = self.prices.moved(step, slope, self.problem, self._scale)
        value, fresh = self._evaluate(prices)
        self.iterations += 1
        if value == np.inf:
            self.value = np.inf
            return
        blend = self._best_blend(slope, fresh)
        self._slope = slope.mixed(blend, fresh)
        if value > self.value:
            better = value - self.value > 1e-4 * abs(self.value)
            self.value, self.prices = value, prices
            self._fruitless = 0
            if self._dot(slope, fresh) > 0 and better:
                self._factor = min(2.0, self._factor * 1.1)
        else:
            self._fruitless += 1
            if self._fruitless >= 10:
                self._factor = max(1e-3, self._factor * 0.7)
                self._blend = max(0.01, self._blend * 0.9)
                self._fruitless = 0

    def _best_blend(self, slope: Prices, fresh: Prices) -> float:
        """Share of the fresh slope that makes the blend shortest, within limits."""
        difference = fresh.mixed(1.0, fresh)
        gap = Prices(
            difference.point - slope.point,
            difference.capacity - slope.capacity,
            difference.hours - slope.hours,
            difference.share - slope.share,
        )
        length = self._norm(gap)
        best = -self._dot(slope, gap) / length if length > 0 else 1.0
        return float(np.clip(best, self._blend / 10, self._blend))

    def _dot(self, one: Prices, two: Prices) -> float:
        scale = self._scale
        return float(
            one.point @ two.point
            + (scale.capacity * one.capacity) @ two.capacity
            + (scale.hours * one.hours) @ two.hours
            + np.sum(scale.share * one.share * two.share)
        )

    def _norm(self, one: Prices) -> float:
        return self._dot(one, one)

    def _first_prices(self) -> Prices:
        """About what the furthest point of a block of ordinary size costs, plus its part of the block's own cost."""
        problem = self.problem
        usual = problem.max_hours if problem.n_blocks is not None else (problem.min_hours + problem.max_hours) / 2
        blocks = max(1.0, float(problem.hours.sum()) / max(usual, 1e-9))
        if problem.n_blocks is not None:
            blocks = max(1.0, float(problem.n_blocks))
        rank = int(np.clip(problem.centres / blocks, 0, problem.centres - 1))
        far = np.take_along_axis(problem.travel, self.order[:, : rank + 1].astype(np.int64), axis=1)
        far = np.where(np.isfinite(far), far, 0.0).max(axis=1)
        least = np.where(np.isfinite(problem.extra), problem.extra, np.inf).min(axis=1)
        least = np.where(np.isfinite(least), least, 0.0)
        price = far + least + problem.block_cost * problem.hours / max(usual, 1e-9)
        return Prices(
            np.minimum(price, problem.outside),
            np.zeros(problem.providers),
            np.zeros(problem.providers),
            np.zeros(problem.share_cap.shape),
        )

    def _evaluate(self, prices: Prices) -> tuple[float, Prices]:
        """Lower bound at some prices, and the slope there."""
        problem = self.problem
        worth = prices.point + problem.held @ prices.capacity
        extra = problem.extra + np.outer(problem.load, prices.capacity)
        hour_price = prices.hours + prices.share[problem.company_of, :].T[problem.district_of]
        extra = extra + problem.hours[:, None] * hour_price
        least = extra.min(axis=1)
        # Pairs dearer than this are only of use to fill a block up to its minimum: charged at `floor` an hour.
        floor = 0.0
        if problem.min_hours > 0:
            floor = 0.5 * float(np.median(np.maximum(prices.point, 0.0) / np.maximum(problem.hours, 1e-9)))
        limit = worth - np.where(np.isfinite(least), least, np.inf) + floor * problem.hours
        counts = pair_counts(problem.travel, self.order, limit)
        start = np.concatenate([[0], np.cumsum(counts)])
        points, ways = pair_lists(problem.travel, self.order, limit, start)
        ceiling = 0.0 if problem.n_blocks is None and self.fewest == 0 else np.inf
        values, providers = value_centres(
            start, points, ways, worth, extra, problem.rounds, self.base, problem.hours,
            problem.max_hours, problem.min_hours, floor, problem.block_cost, ceiling,
        )  # fmt: skip
        chosen = self._choose(values)
        if chosen is None:
            return np.inf, prices
        served, load, hours, share = fill_centres(
            chosen, providers, start, points, ways, worth, extra, problem.rounds, self.base, problem.hours,
            problem.load, problem.max_hours, problem.min_hours, floor, problem.company_of,
            problem.district_of, *problem.share_cap.shape,
        )  # fmt: skip
        fixed = (
            np.sum(prices.point)
            - _cost(prices.capacity, problem.capacity)
            - _cost(prices.hours, problem.max_provider_hours)
            - _cost(prices.share, self.share_limit)
        )
        total = float(fixed + values[chosen].sum())
        slope = Prices(
            1.0 - served,
            np.where(self.capped, load - problem.held.T @ served - np.where(self.capped, problem.capacity, 0.0), 0.0),
            np.where(self.hour_capped, hours - np.where(self.hour_capped, problem.max_provider_hours, 0.0), 0.0),
            np.where(self.share_capped, share - np.where(self.share_capped, self.share_limit, 0.0), 0.0),
        )
        # A price at its limit does not move outwards.
        slope.point[(prices.point >= problem.outside) & (slope.point > 0)] = 0.0
        for name in ("capacity", "hours", "share"):
            part = getattr(slope, name)
            part[(getattr(prices, name) <= 0) & (part < 0)] = 0.0
        self.opened *= 0.95
        self.opened[chosen] += 0.05
        self.provider_at = providers
        self.centre_value = values
        magnitude = float(np.abs(prices.point).sum() + np.abs(values[chosen]).sum())
        return total - NUMERIC_FLOOR * (1.0 + magnitude), slope

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
