"""A proven limit to how cheap any plan can be: the best prices of the Lagrangian relaxation.

Prices are moved by the volume algorithm (Barahona and Anbil 2000, Mathematical Programming 87), which also gives an
average of the relaxation's plans: where that opens half a block, cuts are added and the prices moved on.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from marketmap.blocks.cuts import find_cuts, no_cuts
from marketmap.blocks.fences import Fences, can_fence
from marketmap.blocks.relaxation import Evaluation, Prices, Relaxation
from marketmap.blocks.zone_problem import ZoneProblem

# The step is shortened after so many evaluations without a better bound, at first and once there are cuts.
PATIENCE, PATIENCE_CUTS = 8, 15
# Every so many evaluations it is asked whether the bound still rises: if not, the average is made to move less, and
# in the end cuts are added.
REVIEW = 50
SLOW, STILL = 1e-3, 2e-4
FIRST_STEP, NEXT_STEP, FIRST_BLEND, LEAST_BLEND = 0.1, 0.05, 0.1, 1e-3
# Fences are looked for every so many evaluations, once so many are done, and kept while they cost or are broken so
# much; new ones must be able to move prices.
FENCE_EVERY, FENCE_FIRST, FENCE_BROKEN, FENCE_STEP = 30, 60, 0.01, 0.02
FENCE_SCALE = 0.3
# A cut whose price is below this share of what a block costs does nothing.
IDLE = 1e-6


class LagrangianBound:
    """The bound as it improves.

    Attributes
    ----------
    value
        Best proven lower bound so far; ``inf`` once it is proven that there is no plan.
    prices
        The prices that gave it.
    opened
        (centres,) share of a block that the relaxation opens at each centre, on average: where blocks belong.
    rounds
        How often prices have come to rest and cuts were added: with each, ``opened`` is more to be relied on.
    """

    def __init__(self, problem: ZoneProblem) -> None:
        self.problem = problem
        self.relaxation = Relaxation(problem)
        self.value = -np.inf
        self.prices = self._first_prices()
        self.opened = np.zeros(problem.centres)
        self.rounds = 0
        self.iterations = 0
        self._slope: Prices | None = None
        self._scale = self._measure_scale()
        self._step_size, self._blend = FIRST_STEP, FIRST_BLEND
        self._fruitless, self._reviewed, self._last = 0, 0, -np.inf
        self._shares, self._lists = np.zeros(0), 0
        self._held = np.zeros((problem.points, problem.providers))
        if can_fence(problem):
            self.relaxation.fences = Fences(problem)
        # half a block is the least of what is wrong where blocks are not in one piece
        self._cuts_done = problem.max_hours <= 0 or problem.points == 0 or self.relaxation.fences is not None

    def begin(self, prices: Prices) -> None:
        """Begin from the prices of a like problem, where they fit this one; any prices give a valid bound."""
        own, laid = self.prices, self.relaxation
        names = ("point", "capacity", "hours", "share")
        if any(np.shape(getattr(prices, name)) != np.shape(getattr(own, name)) for name in names):
            return
        # cuts of the other problem need not hold here
        self.prices = Prices(
            np.minimum(prices.point, self.problem.outside),
            np.where(laid.capped, prices.capacity, 0.0),
            np.where(laid.hour_capped, prices.hours, 0.0),
            np.where(laid.share_capped, prices.share, 0.0),
            np.zeros(0),
            np.zeros(0),
        )
        self._scale = self._measure_scale()

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
            self._advance_once(upper)

    def _advance_once(self, upper: float) -> None:
        self.iterations += 1
        if self._slope is None:
            first = self.relaxation.evaluate(self.prices)
            self.value, self._slope = max(self.value, first.value), first.slope
            self._average(first, 1.0)
            return
        slope = self.relaxation.held_back(self.prices, self._slope)
        norm = slope.dot(slope, self._scale)
        if norm <= 1e-18:
            self._review(still=True)
            return
        magnitude = max(abs(self.value), 0.5 * float(np.abs(self.prices.point).sum()))
        target = min(upper, self.value + 0.05 * magnitude + 1e-6)
        target = max(target, self.value + 1e-4 * magnitude)
        prices = self.relaxation.move(self.prices, self._step_size * (target - self.value) / norm, slope, self._scale)
        found = self.relaxation.evaluate(prices)
        if found.value == np.inf:
            self.value = np.inf
            return
        # A price at its limit is held where it is pushed further, before slopes are averaged: else a point that was
        # long left outside would have to be served twice as long before its price comes down.
        fresh = dataclasses.replace(self.relaxation.held_back(prices, found.slope), cut=found.slope.cut)
        blend = self._best_blend(self._slope, fresh)
        self._average(found, blend)
        self._slope = self._slope.mixed(blend, fresh)
        if found.value > self.value:
            if found.value - self.value > 1e-5 * magnitude:
                self._fruitless = 0
            self.value, self.prices = found.value, prices
            if slope.dot(fresh, self._scale) > 0:
                self._step_size = min(2.0, self._step_size * 1.1)
        else:
            self._fruitless += 1
            if self._fruitless >= (PATIENCE if self.relaxation.cuts is None else PATIENCE_CUTS):
                self._step_size *= 0.7
                self._fruitless = 0
        if self.relaxation.fences is not None and self.iterations >= FENCE_FIRST and self.iterations % FENCE_EVERY == 0:
            self._fence()
        self._reviewed += 1
        if self._reviewed % REVIEW == 0:
            self._review(still=self.value - self._last <= STILL * magnitude and self._reviewed >= 3 * REVIEW)
            if self.value - self._last <= SLOW * magnitude:
                self._blend = max(0.75 * self._blend, LEAST_BLEND)
            self._last = self.value

    def _review(self, *, still: bool) -> None:
        """Add cuts once the prices have come to rest."""
        if not still or self._cuts_done:
            return
        self.rounds += 1
        cuts = self.relaxation.cuts or no_cuts(self.problem)
        rows = np.flatnonzero(self._shares > 1e-6)
        relaxation = self.relaxation
        fresh = find_cuts(
            self.problem,
            opened=self.opened,
            pairs=(relaxation.points[rows].astype(np.int64), relaxation.centre_of(rows), self._shares[rows]),
            packed=relaxation.pack_all(self.prices),
        )
        if len(fresh) == 0:
            self._cuts_done = len(cuts) == 0
            self._reviewed = 0
            return
        usual = self._block_price()
        used = self.prices.cut > IDLE * usual
        relaxation.set_cuts(cuts.keep(used).joined(fresh))
        prices = self.prices
        self.prices = dataclasses.replace(prices, cut=np.concatenate([prices.cut[used], np.zeros(len(fresh))]))
        self._scale = dataclasses.replace(self._scale, cut=np.full(len(self.prices.cut), 0.3 * usual))
        self._slope = None
        self._step_size, self._blend = NEXT_STEP, FIRST_BLEND
        self._fruitless, self._reviewed, self._last = 0, 0, -np.inf

    def _fence(self) -> None:
        """Fence in what the average serves in pieces; fences that cost nothing and hold are let go."""
        fences, slope, prices = self.relaxation.fences, self._slope, self.prices
        if fences is None or slope is None:
            return
        usual = float(self._scale.point.mean())
        keep = (prices.fence > IDLE * usual) | (slope.fence > FENCE_BROKEN)
        fences, fresh = fences.joined(self.problem, keep, self._held)
        self.relaxation.fences = fences
        self.prices = dataclasses.replace(prices, fence=np.concatenate([prices.fence[keep], np.zeros(fresh)]))
        broken = fences.broken(self._held)[len(fences) - fresh :]
        self._slope = dataclasses.replace(slope, fence=np.concatenate([slope.fence[keep], broken]))
        self._scale = dataclasses.replace(self._scale, fence=np.full(len(fences), FENCE_SCALE * usual))
        if fresh:
            self._step_size, self._fruitless = max(self._step_size, FENCE_STEP), 0

    def _average(self, found: Evaluation, blend: float) -> None:
        """Blend the chosen centres and what they serve into the averages."""
        if self._lists != self.relaxation.lists:
            self._lists = self.relaxation.lists
            self._shares = np.zeros(len(self.relaxation.points))
            self._shares[found.rows] = found.parts
        else:
            self._shares *= 1.0 - blend
            self._shares[found.rows] += blend * found.parts
        if self.relaxation.fences is not None:
            self._held += blend * (found.shares - self._held)
        self.opened *= 1.0 - blend
        self.opened[found.chosen] += blend

    def _best_blend(self, slope: Prices, fresh: Prices) -> float:
        """Share of the fresh slope that makes the blend shortest, within limits."""
        difference = Prices(
            fresh.point - slope.point,
            fresh.capacity - slope.capacity,
            fresh.hours - slope.hours,
            fresh.share - slope.share,
            fresh.cut - slope.cut,
            fresh.fence - slope.fence,
        )
        length = difference.dot(difference, self._scale)
        best = -slope.dot(difference, self._scale) / length if length > 0 else 1.0
        return float(np.clip(best, self._blend / 10, self._blend))

    def _block_price(self) -> float:
        """About what the points of one block are worth together."""
        problem = self.problem
        blocks = problem.n_blocks or float(problem.hours.sum()) / max(problem.max_hours, 1e-9)
        return float(np.abs(self.prices.point).sum()) / max(1.0, blocks) + 1e-9

    def _measure_scale(self) -> Prices:
        """Measure steps so that dear points move further, and hours and points about as fast."""
        problem = self.problem
        price = np.abs(self.prices.point)
        usual = float(np.median(price)) if len(price) else 0.0
        metric = price + 0.1 * usual + 1e-9
        mean = float(metric.mean()) if len(price) else 1.0
        held = float(problem.load.sum()) / max(1, int(np.count_nonzero(problem.load))) if problem.load.any() else 1.0
        size = max(1e-9, float(problem.hours.sum()) / max(1, problem.points))
        return Prices(
            metric,
            np.full(problem.providers, mean / (held * held * 30)),
            np.full(problem.providers, mean / (size * size * 30)),
            np.full(problem.share_cap.shape, mean / (size * size * 30)),
            np.zeros(0),
            np.zeros(0),
        )

    def _first_prices(self) -> Prices:
        """About what the furthest point of a block of ordinary size costs, plus its part of the block's own cost."""
        problem = self.problem
        usual = problem.max_hours if problem.n_blocks is not None else (problem.min_hours + problem.max_hours) / 2
        blocks = max(1.0, float(problem.hours.sum()) / max(usual, 1e-9))
        if problem.n_blocks is not None:
            blocks = max(1.0, float(problem.n_blocks))
        rank = int(np.clip(0.7 * problem.centres / blocks, 0, problem.centres - 1))
        order = self.relaxation.order
        far = np.take_along_axis(problem.travel, order[:, : rank + 1].astype(np.int64), axis=1)
        far = np.where(np.isfinite(far), far, 0.0).max(axis=1)
        least = np.where(np.isfinite(problem.extra), problem.extra, np.inf).min(axis=1)
        least = np.where(np.isfinite(least), least, 0.0)
        price = far + least + problem.block_cost * problem.hours / max(usual, 1e-9)
        return Prices(
            np.minimum(price, problem.outside),
            np.zeros(problem.providers),
            np.zeros(problem.providers),
            np.zeros(problem.share_cap.shape),
            np.zeros(0),
            np.zeros(0),
        )
