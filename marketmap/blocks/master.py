"""The block problem as a choice among whole blocks that are known: the restricted master of column generation.

Every column is a connected block with its centre and provider. HiGHS solves the linear programme; its duals are what
new blocks are priced with.
"""

from __future__ import annotations

import highspy
import numpy as np
from numpy.typing import NDArray

from marketmap.blocks.relaxation import Prices
from marketmap.blocks.zone_problem import Floats, Ints, ZoneProblem

# A limit may be passed for so many times what a usual hour is worth: so the programme always has a solution.
OVERTIME = 6.0


class Master:
    """Blocks to choose from, and the linear programme over them.

    Attributes
    ----------
    points
        Points of each block, sorted.
    centres, providers
        Centre and provider of each block.
    """

    def __init__(self, problem: ZoneProblem) -> None:
        self.problem = problem
        self.points: list[Ints] = []
        self.centres: list[int] = []
        self.providers: list[int] = []
        self._known: set[tuple[bytes, int]] = set()
        count = problem.points
        self._share_limit = np.maximum(problem.share_cap, problem.max_hours)
        limits = (problem.capacity, problem.max_provider_hours, self._share_limit.ravel())
        # row of every limit that can bind, -1 where none can
        self._rows, upper = [], [np.ones(count)]
        for limit in limits:
            finite = np.isfinite(limit)
            row = np.full(len(limit), -1)
            row[finite] = count + np.arange(np.count_nonzero(finite))
            count += int(np.count_nonzero(finite))
            self._rows.append(row)
            upper.append(limit[finite])
        top = np.concatenate(upper)
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        options: dict[str, bool | int | str] = {"output_flag": False, "threads": 1, "parallel": "off"}
        for name, value in options.items():
            self._solver.setOptionValue(name, value)
        none = np.zeros(0, dtype=np.int32)
        empty = np.zeros(count, dtype=np.int32)
        self._solver.addRows(count, np.full(count, -np.inf), top, 0, empty, none, np.zeros(0))
        self._slacks = count - problem.points
        usual = float(problem.outside.sum()) / max(1e-9, float(problem.hours.sum()))
        self._solver.addCols(
            self._slacks, np.full(self._slacks, OVERTIME * usual), np.zeros(self._slacks),
            np.full(self._slacks, np.inf), self._slacks, np.arange(self._slacks, dtype=np.int32),
            np.arange(problem.points, count, dtype=np.int32), np.full(self._slacks, -1.0),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.points)

    def add(self, blocks: list[tuple[Ints, int]]) -> int:
        """Add blocks (points and provider), each at its cheapest centre; returns how many were not known."""
        problem = self.problem
        costs, begins, rows, values = [], [0], [], []
        for members, provider in blocks:
            points = np.sort(members)
            key = (points.tobytes(), provider)
            if key in self._known:
                continue
            self._known.add(key)
            ways = problem.travel[points].sum(axis=0) + problem.rounds[points].sum() * problem.base[provider]
            centre = int(np.argmin(ways))
            self.points.append(points)
            self.centres.append(centre)
            self.providers.append(provider)
            cost = problem.block_cost + float(ways[centre] + problem.extra[points, provider].sum())
            costs.append(cost - float(problem.outside[points].sum()))
            row, value = self._column(points, provider)
            rows.append(row)
            values.append(value)
            begins.append(begins[-1] + len(row))
        if costs:
            self._solver.addCols(
                len(costs), np.array(costs), np.zeros(len(costs)), np.ones(len(costs)), begins[-1],
                np.array(begins[:-1], dtype=np.int32), np.concatenate(rows).astype(np.int32), np.concatenate(values),
            )  # fmt: skip
        return len(costs)

    def _column(self, points: Ints, provider: int) -> tuple[Ints, Floats]:
        problem, (capacity, hours, share) = self.problem, self._rows
        used = -problem.held[points].sum(axis=0)
        used[provider] += problem.load[points].sum()
        touched = np.flatnonzero((capacity >= 0) & (used != 0))
        rows, values = [points, capacity[touched]], [np.ones(len(points)), used[touched]]
        if hours[provider] >= 0:
            rows.append(hours[[provider]])
            values.append(problem.hours[points].sum(keepdims=True))
        by_district = np.bincount(
            problem.district_of[points], weights=problem.hours[points], minlength=problem.share_cap.shape[1]
        )
        own = share.reshape(problem.share_cap.shape)[problem.company_of[provider]]
        bound = np.flatnonzero((own >= 0) & (by_district > 0))
        rows.append(own[bound])
        values.append(by_district[bound])
        return np.concatenate(rows), np.concatenate(values)

    def solve(self) -> bool:
        """Solve the linear programme; False where HiGHS gives up."""
        self._solver.run()
        return bool(self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)

    def shares(self) -> tuple[Floats, float]:
        """(blocks,) share of each that the last solution takes, and hours by which it passes limits."""
        values = np.array(self._solver.getSolution().col_value)
        return values[self._slacks :], float(values[: self._slacks].sum())

    def prices(self) -> Prices:
        """Read the last solution's duals as the bound's prices."""
        problem, dual = self.problem, np.array(self._solver.getSolution().row_dual)
        capacity, hours, share = (np.where(row >= 0, np.maximum(-dual[row], 0.0), 0.0) for row in self._rows)
        return Prices(
            point=problem.outside + np.minimum(dual[: problem.points], 0.0),
            capacity=capacity,
            hours=hours,
            share=share.reshape(problem.share_cap.shape),
            cut=np.zeros(0),
            fence=np.zeros(0),
        )

    def hold(self, block: int, share: float) -> None:
        """Keep a block in the plan (1), or out of it (0), from now on."""
        self._solver.changeColBounds(self._slacks + block, share, share)

    def choose(self, *, max_nodes: int, max_seconds: float) -> list[int] | None:
        """Choose whole blocks, those held as they are: what branch and bound finds within its limits, if anything."""
        columns = np.arange(self._slacks, self._slacks + len(self), dtype=np.int32)
        kind = highspy.HighsVarType.kInteger
        self._solver.changeColsIntegrality(len(columns), columns, np.full(len(columns), kind))
        self._solver.setOptionValue("mip_max_nodes", max_nodes)
        if np.isfinite(max_seconds):
            self._solver.setOptionValue("time_limit", self._solver.getRunTime() + max(0.1, max_seconds))
        self._solver.run()
        if self._solver.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        return [int(block) for block in np.flatnonzero(self.shares()[0] > 0.5)]

    def disjoint(self, order: NDArray[np.int64], taken: NDArray[np.bool_]) -> list[int]:
        """Those of some blocks, first come first served, that share no point with each other or with ``taken``."""
        chosen = []
        taken = taken.copy()
        for block in order:
            if not taken[self.points[block]].any():
                taken[self.points[block]] = True
                chosen.append(int(block))
        return chosen
