"""Exact answers: the block problem as a mixed-integer programme with contiguity cuts added as they are needed.

Columns: ``y[j, p]`` a block with centre ``j`` and provider ``p``; ``x[i, j, p]`` point ``i`` in it; ``z[i]`` left out.
A plan whose block falls in two pieces is cut off by the separator inequality
``x[a] + x[b] <= y + sum(x over points that separate a from b)`` (Carvajal et al. 2013, Operations Research 61(4)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from marketmap.blocks.connectivity import separating_points, split_into_pieces
from marketmap.blocks.mip import MipAnswer, solve_mip
from marketmap.blocks.stop import Clock, Stop
from marketmap.blocks.zone_problem import Floats, Ints, ZoneProblem, plan_cost

MAX_CUT_ROUNDS = 500


@dataclass(frozen=True)
class ExactAnswer:
    """A plan with its proof, or as far as the limits allowed.

    ``status`` is ``"optimal"``, ``"infeasible"`` or ``"limit"``; ``lower_bound`` holds in every case.
    """

    status: str
    lower_bound: float
    block_of: Ints | None = None
    centres: Ints | None = None
    providers: Ints | None = None
    objective: float = np.inf


class _Rows:
    """Rows of a sparse matrix gathered one at a time."""

    def __init__(self) -> None:
        self.row: list[NDArray[np.int64]] = []
        self.column: list[NDArray[np.int64]] = []
        self.value: list[Floats] = []
        self.lower: list[float] = []
        self.upper: list[float] = []

    def add(self, columns: Ints, values: Floats, lower: float, upper: float) -> None:
        self.row.append(np.full(len(columns), len(self.lower), dtype=np.int64))
        self.column.append(columns)
        self.value.append(values)
        self.lower.append(lower)
        self.upper.append(upper)

    def matrix(self, columns: int) -> sparse.csr_array:
        where = (
            np.concatenate([*self.row, np.zeros(0, np.int64)]),
            np.concatenate([*self.column, np.zeros(0, np.int64)]),
        )
        values = np.concatenate([*self.value, np.zeros(0)])
        return sparse.csr_array((values, where), shape=(len(self.lower), columns))


class _Model:
    """Columns and rows of the programme, over the pairs that may still be used."""

    def __init__(self, problem: ZoneProblem, allowed: NDArray[np.bool_] | None) -> None:
        self.problem = problem
        usable = np.isfinite(problem.travel) if allowed is None else np.isfinite(problem.travel) & allowed
        self.centre, self.provider = np.nonzero(np.isfinite(problem.base).T)
        served = usable[:, self.centre] & np.isfinite(problem.extra[:, self.provider])
        self.point, self.block = np.nonzero(served)
        points, blocks, links = problem.points, len(self.centre), len(self.point)
        self.y = np.arange(blocks)
        self.x = blocks + np.arange(links)
        self.z = blocks + links + np.arange(points)
        self.columns = blocks + links + points
        centre, provider = self.centre[self.block], self.provider[self.block]
        link_cost = (
            problem.travel[self.point, centre]
            + problem.extra[self.point, provider]
            + problem.rounds[self.point] * problem.base[provider, centre]
        )
        may_stay_out = np.isfinite(problem.outside)
        self.cost = np.concatenate(
            [np.full(blocks, problem.block_cost), link_cost, np.where(may_stay_out, problem.outside, 0.0)]
        )
        self.upper = np.concatenate([np.ones(blocks + links), may_stay_out.astype(float)])
        self.rows = _Rows()
        self._add_blocks()
        self._add_providers()
        self._add_shares()
        self._add_apart()
        self.whole = np.ones(self.columns, dtype=bool)

    def _add_blocks(self) -> None:
        problem, rows = self.problem, self.rows
        for point in range(problem.points):
            columns = np.append(self.x[self.point == point], self.z[point])
            rows.add(columns, np.ones(len(columns)), 1.0, 1.0)
        for centre in np.unique(self.centre):
            columns = self.y[self.centre == centre]
            rows.add(columns, np.ones(len(columns)), 0.0, 1.0)
        for block in range(len(self.y)):
            links = np.flatnonzero(self.block == block)
            columns, sizes = np.append(self.x[links], self.y[block]), problem.hours[self.point[links]]
            rows.add(columns, np.append(sizes, -problem.max_hours), -np.inf, 0.0)
            if problem.min_hours > 0:
                rows.add(columns, np.append(sizes, -problem.min_hours), 0.0, np.inf)
            for link in links:
                rows.add(np.array([self.x[link], self.y[block]]), np.array([1.0, -1.0]), -np.inf, 0.0)
        if problem.n_blocks is not None:
            rows.add(self.y, np.ones(len(self.y)), problem.n_blocks, problem.n_blocks)

    def _add_providers(self) -> None:
        problem = self.problem
        holder = self.provider[self.block]
        for provider in range(problem.providers):
            mine = holder == provider
            if np.isfinite(problem.capacity[provider]):
                # What p gives up counts at points in any block: what it holds at points left out moves to the right.
                values = problem.load[self.point[mine]]
                held = problem.held[:, provider]
                self.rows.add(
                    np.concatenate([self.x[mine], self.z]),
                    np.concatenate([values, held]),
                    -np.inf,
                    problem.capacity[provider] + held.sum(),
                )
            if np.isfinite(problem.max_provider_hours[provider]):
                self.rows.add(
                    self.x[mine], problem.hours[self.point[mine]], -np.inf, problem.max_provider_hours[provider]
                )

    def _add_shares(self) -> None:
        problem = self.problem
        company = problem.company_of[self.provider[self.block]]
        district = problem.district_of[self.point]
        for owner, place in np.argwhere(np.isfinite(problem.share_cap)):
            links = np.flatnonzero((company == owner) & (district == place))
            if len(links) == 0:
                continue
            blocks = np.unique(self.block[links])
            touches = self._new_columns(len(blocks))
            capped = self._new_columns(1)[0]
            sizes = problem.hours[problem.district_of == place].sum()
            for link in links:
                touch = touches[np.searchsorted(blocks, self.block[link])]
                self.rows.add(np.array([self.x[link], touch]), np.array([1.0, -1.0]), -np.inf, 0.0)
            self.rows.add(
                np.append(self.x[links], capped),
                np.append(problem.hours[self.point[links]], sizes),
                -np.inf,
                problem.share_cap[owner, place] + sizes,
            )
            there = int(problem.blocks_there[owner, place])
            self.rows.add(
                np.append(touches, capped),
                np.append(np.ones(len(blocks)), -float(len(blocks) + there)),
                -np.inf,
                1.0 - there,
            )

    def _add_apart(self) -> None:
        """Give each block at most one place of each lock: ``w[block, place]`` switches a place on."""
        for lock in range(self.problem.apart.shape[1]):
            place = self.problem.apart[self.point, lock]
            for block in np.unique(self.block[place >= 0]):
                links = np.flatnonzero((self.block == block) & (place >= 0))
                places, switch = np.unique(place[links], return_inverse=True)
                if len(places) < 2:
                    continue
                switches = self._new_columns(len(places))
                for link, number in zip(links, switch, strict=True):
                    self.rows.add(np.array([self.x[link], switches[number]]), np.array([1.0, -1.0]), -np.inf, 0.0)
                self.rows.add(np.append(switches, self.y[block]), np.append(np.ones(len(places)), -1.0), -np.inf, 0.0)

    def _new_columns(self, count: int) -> Ints:
        columns = self.columns + np.arange(count)
        self.columns += count
        self.cost = np.append(self.cost, np.zeros(count))
        self.upper = np.append(self.upper, np.ones(count))
        return columns

    def read(self, values: Floats) -> tuple[Ints, Ints, Ints]:
        opened = np.flatnonzero(values[self.y] > 0.5)
        position = np.full(len(self.y), -1)
        position[opened] = np.arange(len(opened))
        block_of = np.full(self.problem.points, -1)
        used = np.flatnonzero(values[self.x] > 0.5)
        block_of[self.point[used]] = position[self.block[used]]
        return block_of, self.centre[opened], self.provider[opened]

    def cut_pieces(self, block_of: Ints, centres: Ints) -> int:
        """Add an inequality for every two pieces of a block; returns how many were added."""
        added = 0
        adjacency = self.problem.adjacency
        if adjacency is None:
            return 0
        for position, centre in enumerate(centres):
            pieces = split_into_pieces(adjacency, np.flatnonzero(block_of == position))
            here = self.centre[self.block] == centre
            for first, piece in enumerate(pieces):
                for other in pieces[first + 1 :]:
                    fence = separating_points(adjacency, piece, int(other[0]))
                    ends = self.x[here & np.isin(self.point, [piece[0], other[0]])]
                    between = self.x[here & np.isin(self.point, fence)]
                    opened = self.y[self.centre == centre]
                    self.rows.add(
                        np.concatenate([ends, between, opened]),
                        np.concatenate([np.ones(len(ends)), -np.ones(len(between) + len(opened))]),
                        -np.inf,
                        0.0,
                    )
                    added += 1
        return added

    def solve(self, *, max_seconds: float, max_nodes: int | None, seed: int) -> MipAnswer:
        whole = np.ones(self.columns, dtype=bool)
        return solve_mip(
            self.cost,
            self.rows.matrix(self.columns),
            np.array(self.rows.lower),
            np.array(self.rows.upper),
            whole=whole,
            upper=self.upper,
            max_seconds=max_seconds,
            max_nodes=max_nodes,
            seed=seed,
        )


def solve_exactly(
    problem: ZoneProblem,
    *,
    allowed: NDArray[np.bool_] | None = None,
    stop: Stop | None = None,
    max_nodes: int | None = None,
    seed: int = 0,
) -> ExactAnswer:
    """Find a cheapest plan and prove it, or prove that there is none.

    Parameters
    ----------
    problem
        The block problem; sensible to about 3,000 allowed (point, centre, provider) triples.
    allowed
        (points, centres) pairs that may be used; the answer is exact over those.
    stop
        Only ``max_seconds`` matters here.
    max_nodes
        Limit on the nodes of each branch and bound.
    seed
        Seed of the solver's own choices.

    Returns
    -------
    ExactAnswer
    """
    clock = Clock(stop or Stop())
    model = _Model(problem, allowed)
    bound = -np.inf
    for _ in range(MAX_CUT_ROUNDS):
        answer = model.solve(max_seconds=clock.left(), max_nodes=max_nodes, seed=seed)
        if answer.status == "infeasible":
            return ExactAnswer("infeasible", np.inf)
        bound = max(bound, answer.lower_bound)
        if answer.values is None:
            return ExactAnswer("limit", bound)
        block_of, centres, providers = model.read(answer.values)
        if model.cut_pieces(block_of, centres) == 0:
            cost = plan_cost(problem, block_of, centres, providers)
            proven = answer.status == "optimal"
            return ExactAnswer(
                "optimal" if proven else "limit", cost if proven else bound, block_of, centres, providers, cost
            )
        if clock.is_over() or answer.status == "limit":
            break
    return ExactAnswer("limit", bound)
