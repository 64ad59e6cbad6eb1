"""A first plan by column generation: blocks priced out of the master's duals, then fixed one after another.

Blocks and their providers are chosen together. New blocks are found by a heuristic, so the master's own value is no
lower bound; the Lagrangian bound is. What comes out may break a limit a little: the search mends and improves it.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy import sparse

from marketmap.blocks.kernels.growth import Ground, grow_blocks
from marketmap.blocks.kernels.knapsack import value_pairs
from marketmap.blocks.master import Master
from marketmap.blocks.relaxation import Prices, Relaxation
from marketmap.blocks.zone_problem import Ints, ZoneProblem

# Rounds of pricing before blocks are fixed, and rounds in which they are.
ROUNDS, DIVES = 12, 12
# Providers tried at each centre, and blocks grown for each pair.
PROVIDERS, TRIES = 5, 3
# Branch and bound over what is left once blocks are fixed.
NODES = 1
# How far duals are drawn towards the bound's prices, which are steadier, in the first rounds.
DRAWN, STEADY = 0.5, 8
NOISE = 0.5
# With so few new blocks a round is done again with the duals alone.
FEW = 50
# Of the centres every so many are looked at in a round.
EVERY, EVERY_DIVE = 3, 4
# A block that the master takes by this much is fixed, at most so many at once; else the first few.
NEARLY, AT_ONCE, FIRST = 0.9, 15, 3


def can_compose(problem: ZoneProblem) -> bool:
    """Whether a first plan can be put together of blocks: wherever leaving a point out is priced."""
    return (
        problem.adjacency is not None
        and problem.n_blocks is None
        and problem.points > 0
        and bool(np.isfinite(problem.outside).all())
    )


class Composer:
    """Column generation, a round at a time.

    Attributes
    ----------
    rounds
        How many are left at most.
    """

    def __init__(self, problem: ZoneProblem, relaxation: Relaxation, prices: Prices, *, seed: int, rounds: int) -> None:
        self.problem = problem
        # one of its own: the bound goes on at the same time
        self._relaxation = Relaxation(problem, order=relaxation.order)
        self._steady = dataclasses.replace(prices, cut=np.zeros(0), fence=np.zeros(0))
        self._number = seed * 1_000_003
        self._master = Master(problem)
        self._pricing, self._diving = min(ROUNDS, rounds), min(DIVES, rounds)
        adjacency = sparse.csr_array(problem.adjacency)
        self._near_from, self._near = adjacency.indptr.astype(np.int64), adjacency.indices.astype(np.int64)
        self._taken = np.zeros(problem.points, dtype=bool)
        self._fixed: list[int] = []
        self._round = 0

    @property
    def rounds(self) -> int:
        """How many rounds are left at most."""
        return max(0, self._pricing + self._diving - self._round)

    def advance(self) -> bool:
        """Do one round; False once there is nothing left to do."""
        if self.rounds == 0 or not self._master.solve():
            return False
        duals = self._master.prices()
        if self._round < self._pricing:
            blend = DRAWN if self._round < STEADY else 0.0
            if self._price(duals.mixed(blend, self._steady), every=EVERY, ceiling=-1.0) < FEW:
                self._price(duals, every=EVERY, ceiling=-1.0)
        else:
            self._price(duals, every=EVERY_DIVE, ceiling=-1.0)
            if not self._fix():
                self._round = self._pricing + self._diving
                return False
        self._round += 1
        return True

    def blocks(self, *, max_seconds: float) -> list[tuple[Ints, int, int]]:
        """Points, centre and provider of blocks: those fixed, and the best that go with them, limits all but kept."""
        master = self._master
        chosen = master.choose(max_nodes=NODES, max_seconds=max_seconds) if len(master) else []
        if chosen is None:
            chosen = self._fixed
        return [(master.points[block], master.centres[block], master.providers[block]) for block in chosen]

    def _price(self, prices: Prices, *, every: int, ceiling: float) -> int:
        """Grow blocks that pay at some prices into the master; returns how many are new."""
        problem, relaxation = self.problem, self._relaxation
        worth, extra, ways, _, floor = relaxation.lay_out(prices)
        worth = np.where(self._taken, -np.inf, worth)
        values = value_pairs(
            relaxation.start, relaxation.points, ways, worth, extra, problem.rounds, relaxation.base, problem.hours,
            problem.max_hours, problem.min_hours, floor,
        )  # fmt: skip
        values += problem.block_cost
        best = np.argsort(values, axis=1, kind="stable")[:, :PROVIDERS]
        centres = np.repeat(np.arange(problem.centres), best.shape[1])
        providers = best.ravel()
        look = (values[centres, providers] < 0) & (centres % every == self._round % every)
        centres, providers = centres[look], providers[look]
        self._number += TRIES * len(centres) + 1
        ground = Ground(
            problem.travel, extra, problem.rounds, relaxation.base, worth, problem.hours, self._near_from, self._near,
            np.array([problem.min_hours, problem.max_hours, NOISE]),
        )  # fmt: skip
        begins, members, pairs, _ = grow_blocks(
            ground, centres, providers, relaxation.start, relaxation.points, problem.block_cost, ceiling, TRIES,
            self._number,
        )  # fmt: skip
        return self._master.add(
            [
                (members[begins[row] : begins[row + 1]], int(providers[pair]))
                for row, pair in enumerate(pairs)
            ]
        )  # fmt: skip

    def _fix(self) -> bool:
        """Fix what the master takes (nearly) whole, as long as no limit is passed for it; False: nothing is left."""
        master = self._master
        if not master.solve():
            return False
        shares, over = master.shares()
        shares[self._fixed] = 0.0
        order = np.argsort(-shares, kind="stable")
        order = order[shares[order] > 1e-6]
        if len(order) == 0:
            return False
        nearly = order[shares[order] > NEARLY][:AT_ONCE]
        fresh = master.disjoint(nearly if len(nearly) else order[:FIRST], self._taken)
        for block in fresh:
            master.hold(block, 1.0)
        while fresh and (not master.solve() or master.shares()[1] > over + 0.01):
            master.hold(fresh.pop(), 0.0)
        for block in fresh:
            self._fixed.append(block)
            self._taken[master.points[block]] = True
        return True
