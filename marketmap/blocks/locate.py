"""Where centres should be, judged with points that may be split: a transport problem for every set of centres.

Splitting points makes sets of centres cheap to compare (`kernels/transport.py`), and what is cheapest with split points
is close to cheapest with whole ones. Moving one block across the county shows its worth at once here, where a search
among whole plans would have to shift every block in between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from marketmap.blocks.kernels.knapsack import value_centres
from marketmap.blocks.kernels.transport import (
    Transport,
    close_slot,
    copy_transport,
    hour_prices,
    open_slot,
    share_out,
)
from marketmap.blocks.relaxation import Relaxation
from marketmap.blocks.zone_problem import Floats, Ints, ZoneProblem

# Rounds of choosing centres and sharing out in turns.
TURNS = 6
# Places tried for a block that is moved, each in another block's part of the county.
PLACES = 5
# A new place is looked at more closely where it wins back this share of what closing the block cost.
PROMISING = 0.5
# Blocks whose hours change by this share of a block get new centres too.
TOUCHED = 0.05
WORTH_IT = 1e-5
# With fewer points the search finds its way from anywhere.
LARGE = 300
# With more pairs of point and block sharing out takes longer than it is worth.
MOST_PAIRS = 1_500_000


class Located:
    """A set of centres with points shared out among them.

    Attributes
    ----------
    centres
        (B,) column of ``travel`` of each slot.
    state
        The shared-out plan.
    """

    def __init__(self, problem: ZoneProblem, centres: Ints) -> None:
        self.problem = problem
        self.hours = np.maximum(problem.hours, 1e-3 * float(np.median(problem.hours)) + 1e-9)
        self.centres = centres.copy()
        self.state = self._empty()
        # the point that each centre lies at, to tell whose part of the county it is in
        self._next_point = np.argmin(problem.travel / np.maximum(problem.visits, 1e-9)[:, None], axis=0)

    @property
    def cost(self) -> float:
        """Cost of the plan."""
        return float(self.state.cost[0])

    def nearest(self) -> Ints:
        """(points,) slot that has most of each point."""
        return np.asarray(np.argmax(self.state.flow, axis=1), dtype=np.int64)

    def share_out(self) -> bool:
        """Share all points out anew; false where there is no room for them."""
        self.state = self._empty()
        units = np.ascontiguousarray(self.problem.travel[:, self.centres] / self.hours[:, None])
        order = np.argsort(-self.hours, kind="stable")
        return bool(share_out(self.state, units, self.problem.max_hours, order))

    def settle(self) -> bool:
        """Choose centres for the points and points for the centres in turns, for as long as the cost falls."""
        if not self.share_out():
            return False
        for _ in range(TURNS):
            before, centres, state = self.cost, self.centres, self.state
            self.centres = self._medians(self.state, self.centres, range(len(centres)))
            if np.array_equal(self.centres, centres):
                return True
            if not self.share_out() or self.cost >= before:
                self.centres, self.state = centres, state
                return True
        return True

    def relocate(self, relaxation: Relaxation, is_over: Callable[[], bool]) -> int:
        """Move each block to where it is needed more, those first that would be missed least; returns moves made."""
        spare, trial = self._empty(), self._empty()
        moves = 0
        for slot in np.argsort(self._rents(), kind="stable").tolist():
            if is_over():
                break
            copy_transport(self.state, spare)
            if not close_slot(spare, slot):
                continue
            missed = float(spare.cost[0]) - self.cost
            for centre in self._places(relaxation, spare, slot, missed):
                copy_transport(spare, trial)
                open_slot(trial, slot, self._unit(centre), self.problem.max_hours)
                if trial.cost[0] >= self.cost + PROMISING * missed:
                    continue
                centres = self.centres.copy()
                centres[slot] = centre
                shifted = np.abs(trial.flow - self.state.flow).sum(axis=0)
                centres = self._recentre(trial, centres, np.flatnonzero(shifted > TOUCHED * self.problem.max_hours))
                if trial.cost[0] < self.cost - WORTH_IT * abs(self.cost):
                    copy_transport(trial, self.state)
                    self.centres = centres
                    moves += 1
                    break
        return moves

    def _empty(self) -> Transport:
        points, slots = self.problem.points, len(self.centres)
        return Transport(
            unit=np.full((points, slots), np.inf),
            hours=self.hours,
            flow=np.zeros((points, slots)),
            members=np.zeros((slots, points), dtype=np.int64),
            place=np.zeros((points, slots), dtype=np.int64),
            count=np.zeros(slots, dtype=np.int64),
            room=np.zeros(slots),
            arc=np.full((slots, slots), np.inf),
            mover=np.zeros((slots, slots), dtype=np.int64),
            away=np.zeros(slots),
            before=np.zeros(slots, dtype=np.int64),
            cost=np.zeros(1),
        )

    def _unit(self, centre: int) -> Floats:
        return np.ascontiguousarray(self.problem.travel[:, centre] / self.hours)

    def _medians(self, state: Transport, centres: Ints, slots: Sequence[int] | Ints | range) -> Ints:
        """Find the cheapest free centre for what each slot holds."""
        chosen = centres.copy()
        for slot in slots:
            members = state.members[slot, : state.count[slot]]
            if not len(members):
                continue
            total = (state.flow[members, slot] / self.hours[members]) @ self.problem.travel[members]
            best = int(np.argmin(total))
            if total[best] < total[chosen[slot]] - 1e-9 and best not in chosen:
                chosen[slot] = best
        return chosen

    def _recentre(self, state: Transport, centres: Ints, slots: Ints) -> Ints:
        for _ in range(2):
            chosen = self._medians(state, centres, slots)
            changed = np.flatnonzero(chosen != centres)
            if not len(changed):
                return centres
            for slot in changed.tolist():
                if not close_slot(state, slot):
                    state.cost[0] = np.inf
                    return centres
                open_slot(state, slot, self._unit(int(chosen[slot])), self.problem.max_hours)
            centres = chosen
        return centres

    def _rents(self) -> Floats:
        """(B,) at least what closing each slot would cost."""
        state, price = self.state, hour_prices(self.state)
        there = state.unit + price
        rents = np.zeros(len(self.centres))
        for slot in range(len(rents)):
            members = state.members[slot, : state.count[slot]]
            other = np.delete(there[members], slot, axis=1).min(axis=1, initial=np.inf)
            rents[slot] = float((other - state.unit[members, slot]) @ state.flow[members, slot])
        return rents

    def _places(self, relaxation: Relaxation, closed: Transport, slot: int, missed: float) -> list[int]:
        """Find centres that could win back what closing a slot cost: at its prices none can win back more."""
        problem, price = self.problem, hour_prices(closed)
        worth = (closed.unit + price).min(axis=1) * self.hours
        worth = np.where(np.isfinite(worth), worth, 0.0)
        nothing = np.zeros(problem.centres)
        values, _ = value_centres(
            relaxation.start, relaxation.points, relaxation.ways, worth, problem.extra, problem.rounds,
            np.zeros((1, problem.centres)), self.hours, problem.max_hours, 0.0, 0.0, nothing, -missed,
        )  # fmt: skip
        values[np.delete(self.centres, slot)] = 0.0
        owner = np.argmax(closed.flow[self._next_point], axis=1)
        found: list[int] = []
        taken: set[int] = set()
        for centre in np.argsort(values, kind="stable"):
            if values[centre] >= -missed or len(found) == PLACES:
                break
            if int(owner[centre]) not in taken:
                taken.add(int(owner[centre]))
                found.append(int(centre))
        return found


def can_locate(problem: ZoneProblem) -> bool:
    """Whether the problem is large and one of centres alone: a number of blocks, one provider, every point placed."""
    return bool(
        problem.points >= LARGE
        and problem.n_blocks
        and problem.points * problem.n_blocks <= MOST_PAIRS
        and problem.providers == 1
        and np.isinf(problem.outside).all()
        and np.isfinite(problem.extra).all()
        and not problem.rounds.any()
        and not problem.has_provider_limits
        and not problem.has_share_caps
    )
