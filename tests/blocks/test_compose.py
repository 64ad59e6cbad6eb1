"""A first plan by column generation: what is grown, what the master makes of it, what comes out."""

import dataclasses
import itertools

import numpy as np
import pytest
from scipy import sparse

from marketmap.blocks.bound import LagrangianBound
from marketmap.blocks.compose import Composer, can_compose
from marketmap.blocks.kernels.growth import Ground, grow_blocks
from marketmap.blocks.master import Master
from marketmap.blocks.solver import solve_zones
from marketmap.blocks.start import fit_start
from marketmap.blocks.stop import Stop
from marketmap.blocks.warm import SMALL, draw_problem
from marketmap.blocks.zone_problem import ZoneProblem, plan_cost
from tests.blocks.brute_force import broken_limits, connected
from tests.blocks.mixed_estate import draw_estate


def grow(problem: ZoneProblem, worth: np.ndarray, *, tries: int = 4, number: int = 0, ceiling: float = np.inf):
    """Grow blocks for every centre and provider; every point may be begun from."""
    centres, providers = (part.ravel() for part in np.indices((problem.centres, problem.providers)))
    adjacency = sparse.csr_array(problem.adjacency)
    ground = Ground(
        problem.travel, problem.extra, problem.rounds, problem.base, worth, problem.hours,
        adjacency.indptr.astype(np.int64), adjacency.indices.astype(np.int64),
        np.array([problem.min_hours, problem.max_hours, 0.5]),
    )  # fmt: skip
    first = np.arange(problem.centres + 1, dtype=np.int64) * problem.points
    points = np.tile(np.arange(problem.points, dtype=np.int32), problem.centres)
    begins, members, pairs, values = grow_blocks(
        ground, centres, providers, first, points, problem.block_cost, ceiling, tries, number
    )
    blocks = [members[begin:end] for begin, end in itertools.pairwise(begins)]
    return blocks, centres[pairs], providers[pairs], values


def test_grown_blocks_are_whole_within_limits_and_cost_what_is_said() -> None:
    problem = draw_estate(2, points=40)
    worth = problem.outside.copy()
    worth[[3, 17]] = -np.inf
    blocks, centres, providers, values = grow(problem, worth)
    assert len(blocks) > 50
    for points, centre, provider, value in zip(blocks, centres, providers, values, strict=True):
        assert len(np.unique(points)) == len(points)
        assert not {3, 17} & set(points.tolist())
        assert connected(problem.adjacency, points)
        assert problem.min_hours <= problem.hours[points].sum() <= problem.max_hours
        cost = problem.block_cost + (problem.travel[points, centre] + problem.extra[points, provider]).sum()
        assert value == pytest.approx(cost - worth[points].sum())


def test_later_tries_are_better_or_not_kept_and_noise_follows_the_number() -> None:
    problem = draw_estate(2, points=40)
    _, centres, providers, values = grow(problem, problem.outside)
    same = (centres[1:] == centres[:-1]) & (providers[1:] == providers[:-1])
    assert (values[1:][same] < values[:-1][same]).all()
    assert np.array_equal(grow(problem, problem.outside)[3], values)
    assert not np.array_equal(grow(problem, problem.outside, number=5)[3], values)
    few = grow(problem, problem.outside, ceiling=-20.0)[3]
    assert 0 < len(few) < len(values)
    assert (few < -20.0).all()


def test_the_master_prices_its_blocks_at_nothing_or_more() -> None:
    problem = draw_estate(4, points=50)
    blocks, _, providers, _ = grow(problem, problem.outside)
    master = Master(problem)
    assert master.add([(points, int(by)) for points, by in zip(blocks, providers, strict=True)]) == len(master)
    assert master.add([(blocks[0][::-1], int(providers[0]))]) == 0
    assert master.solve()
    prices, (shares, over) = master.prices(), master.shares()
    assert over == pytest.approx(0.0)
    worth = prices.point + problem.held @ prices.capacity
    for points, centre, by, share in zip(master.points, master.centres, master.providers, shares, strict=True):
        cost = problem.block_cost + (problem.travel[points, centre] + problem.extra[points, by]).sum()
        reduced = cost + prices.capacity[by] * problem.load[points].sum() - worth[points].sum()
        assert reduced >= -1e-6 or share == pytest.approx(1.0)
        assert share == pytest.approx(0.0) or reduced <= 1e-6
    # the centre is the cheapest for the block
    ways = problem.travel[master.points[0]].sum(axis=0)
    assert ways[master.centres[0]] == ways.min()


@pytest.mark.parametrize(
    ("name", "priced"), [("capacity", "capacity"), ("max_provider_hours", "hours"), ("share_cap", "share")]
)
def test_the_master_prices_every_limit(name: str, priced: str) -> None:
    problem = draw_problem(SMALL, providers=3)
    loose = {kind: getattr(problem, kind) + np.inf for kind in ("capacity", "max_provider_hours", "share_cap")}
    # nobody gives up hours, so that room is short
    none = np.zeros_like(problem.held)
    problem = dataclasses.replace(problem, held=none, **{**loose, name: getattr(problem, name) / 8})
    blocks, _, providers, _ = grow(problem, problem.outside)
    master = Master(problem)
    master.add([(points, int(by)) for points, by in zip(blocks, providers, strict=True)])
    assert master.solve()
    prices, (shares, _) = master.prices(), master.shares()
    assert getattr(prices, priced).max() > 0
    worth = prices.point + problem.held @ prices.capacity
    for points, centre, by, share in zip(master.points, master.centres, master.providers, shares, strict=True):
        served = problem.travel[points, centre] + problem.extra[points, by]
        served = served + problem.rounds[points] * problem.base[by, centre]
        hourly = prices.hours[by] + prices.share[problem.company_of[by], problem.district_of[points]]
        limits_cost = prices.capacity[by] * problem.load[points] + hourly * problem.hours[points]
        reduced = problem.block_cost + (served + limits_cost - worth[points]).sum()
        assert reduced >= -1e-6 or share == pytest.approx(1.0)
        assert share == pytest.approx(0.0) or reduced <= 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_composed_blocks_are_a_plan_once_fitted_and_better_than_none(seed: int) -> None:
    problem = draw_estate(seed, points=120)
    bound = LagrangianBound(problem)
    bound.advance(60, upper=np.inf)
    composer = Composer(problem, bound.relaxation, bound.prices, seed=seed, rounds=30)
    rounds = 0
    while composer.advance():
        rounds += 1
    assert 0 < rounds <= 60
    blocks = composer.blocks(max_seconds=np.inf)
    together = np.concatenate([points for points, _, _ in blocks])
    assert len(np.unique(together)) == len(together)
    start = fit_start(problem, blocks)
    assert start is not None
    assert broken_limits(problem, start.block_of, start.centres, start.providers) == []
    assert plan_cost(problem, start.block_of, start.centres, start.providers) < 0.97 * problem.outside.sum()


def test_the_same_seed_composes_the_same_blocks() -> None:
    problem = draw_estate(5, points=60)
    plans = [solve_zones(problem, seed=seed, stop=Stop(max_iterations=200)) for seed in (3, 3)]
    assert np.array_equal(plans[0].block_of, plans[1].block_of)
    assert plans[0].lower_bound == plans[1].lower_bound


def test_composing_needs_a_way_out_and_a_neighbourhood() -> None:
    problem = draw_estate(0)
    assert can_compose(problem)
    problem.outside[0] = np.inf
    assert not can_compose(problem)
