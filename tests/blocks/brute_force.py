"""Every plan of a tiny block problem, one by one: the judge of the solver."""

import itertools
from collections.abc import Iterable

import numpy as np
from scipy import sparse
from scipy.spatial import Delaunay

from marketmap.blocks.zone_problem import ZoneProblem, plan_cost

TOLERANCE = 1e-6


def cheapest_plan(problem: ZoneProblem) -> float:
    """Cost of the best plan, ``inf`` when there is none, by trying all of them."""
    points, centres = problem.points, problem.centres
    plans = np.array(list(itertools.product(range(-1, centres), repeat=points)))
    chosen = plans[:, :, None] == np.arange(centres)
    used = chosen.any(axis=1)
    hours = np.einsum("kij,i->kj", chosen, problem.hours)
    good = (~used | ((hours >= problem.min_hours - TOLERANCE) & (hours <= problem.max_hours + TOLERANCE))).all(axis=1)
    count = used.sum(axis=1)
    if problem.n_blocks is not None:
        # a block without points is one of the exact number where no minimum forbids it
        good &= count == problem.n_blocks if problem.min_hours > 0 else count <= problem.n_blocks
        good &= problem.n_blocks <= centres
        count = np.full(len(plans), problem.n_blocks)
    if problem.adjacency is not None:
        whole = np.array([_in_one_piece(problem.adjacency, mask, points) for mask in range(2**points)])
        masks = np.einsum("kij,i->kj", chosen, 2 ** np.arange(points))
        good &= whole[masks].all(axis=1)
    for group in range(problem.together.max(initial=-1) + 1):
        mine = plans[:, problem.together == group]
        good &= (mine == mine[:, :1]).all(axis=1)
    for places in problem.apart.T:
        there = [chosen[:, places == place].any(axis=1) for place in range(places.max(initial=-1) + 1)]
        good &= (np.sum(there, axis=0) <= 1).all(axis=1) if there else True
    plans, chosen, count = plans[good], chosen[good], count[good]
    best = np.inf
    for holders in itertools.product(range(problem.providers), repeat=centres):
        allowed = _within_provider_limits(problem, plans, chosen, np.array(holders))
        costs = np.append(_served(problem, np.array(holders)), problem.outside[:, None], axis=1)
        total = costs[np.arange(points), plans].sum(axis=1) + problem.block_cost * count
        best = min(best, float(np.min(total[allowed], initial=np.inf)))
    return best


def broken_limits(problem: ZoneProblem, block_of: np.ndarray, centres: np.ndarray, providers: np.ndarray) -> list[str]:
    """Name each limit that a plan breaks, reckoned from the definitions."""
    broken = []
    inside = np.flatnonzero(block_of >= 0)
    held_by = providers[block_of[inside]] if len(centres) else np.zeros(0, dtype=int)
    if len(np.unique(centres)) < len(centres):
        broken.append("a centre has two blocks")
    if problem.n_blocks is not None and len(centres) != problem.n_blocks:
        broken.append("number of blocks")
    if np.isinf(problem.outside[block_of < 0]).any():
        broken.append("a point that must be placed is outside")
    if not np.isfinite(plan_cost(problem, block_of, centres, providers)):
        broken.append("a forbidden pair")
    for block in range(len(centres)):
        own = np.flatnonzero(block_of == block)
        hours = problem.hours[own].sum()
        if hours < problem.min_hours - TOLERANCE or hours > problem.max_hours + TOLERANCE:
            broken.append(f"hours of block {block}: {hours}")
        if problem.adjacency is not None and not connected(problem.adjacency, own):
            broken.append(f"block {block} is in pieces")
    broken += [
        f"group {group} is split"
        for group in range(problem.together.max(initial=-1) + 1)
        if len(np.unique(block_of[problem.together == group])) > 1
    ]
    broken += [
        f"block {block} joins what lock {lock} keeps apart"
        for block, (lock, places) in itertools.product(range(len(centres)), enumerate(problem.apart.T))
        if len(np.unique(places[(block_of == block) & (places >= 0)])) > 1
    ]
    for provider in range(problem.providers):
        mine = inside[held_by == provider]
        taken = problem.load[mine].sum() - problem.held[inside, provider].sum()
        if taken > problem.capacity[provider] + TOLERANCE:
            broken.append(f"capacity of provider {provider}: {taken}")
        if problem.hours[mine].sum() > problem.max_provider_hours[provider] + TOLERANCE:
            broken.append(f"contact hours of provider {provider}")
    for (company, district), cap in np.ndenumerate(problem.share_cap):
        mine = inside[(problem.company_of[held_by] == company) & (problem.district_of[inside] == district)]
        blocks = len(np.unique(block_of[mine])) + problem.blocks_there[company, district]
        if blocks > 1 and problem.hours[mine].sum() > cap + TOLERANCE:
            broken.append(f"share of company {company} in district {district}")
    return broken


def connected(adjacency: sparse.csr_array, members: Iterable[int]) -> bool:
    """Walk from one member along the graph and see whether every other is met."""
    left = {int(point) for point in members}
    walk = [left.pop()] if left else []
    while walk:
        point = walk.pop()
        near = left & set(adjacency.indices[adjacency.indptr[point] : adjacency.indptr[point + 1]].tolist())
        left -= near
        walk.extend(near)
    return not left


def path_graph(points: int) -> sparse.csr_array:
    """Points in a line, each next to the following one."""
    ends = np.arange(points - 1)
    return sparse.csr_array((np.ones(len(ends)), (ends, ends + 1)), shape=(points, points))


def planar_graph(places: np.ndarray) -> sparse.csr_array:
    """Delaunay neighbours of at least four points."""
    corners = Delaunay(places).simplices
    pairs = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    return sparse.csr_array((np.ones(len(pairs)), pairs.T), shape=(len(places), len(places)))


def _in_one_piece(adjacency: sparse.csr_array, mask: int, points: int) -> bool:
    return connected(adjacency, [point for point in range(points) if mask >> point & 1])


def _served(problem: ZoneProblem, holders: np.ndarray) -> np.ndarray:
    base = problem.base[holders, np.arange(problem.centres)]
    weighted = np.where(np.isinf(base), np.inf, np.outer(problem.rounds, np.where(np.isinf(base), 0.0, base)))
    return problem.travel + problem.extra[:, holders] + weighted


def _within_provider_limits(
    problem: ZoneProblem, plans: np.ndarray, chosen: np.ndarray, holders: np.ndarray
) -> np.ndarray:
    good = np.ones(len(plans), dtype=bool)
    placed = plans >= 0
    for provider in range(problem.providers):
        mine = chosen[:, :, holders == provider].any(axis=2)
        good &= mine @ problem.load - placed @ problem.held[:, provider] <= problem.capacity[provider] + TOLERANCE
        good &= mine @ problem.hours <= problem.max_provider_hours[provider] + TOLERANCE
    for (company, district), cap in np.ndenumerate(problem.share_cap):
        here = chosen[:, problem.district_of == district][:, :, problem.company_of[holders] == company]
        hours = here.any(axis=2) @ problem.hours[problem.district_of == district]
        blocks = here.any(axis=1).sum(axis=1) + problem.blocks_there[company, district]
        good &= (blocks <= 1) | (hours <= cap + TOLERANCE)
    return good
