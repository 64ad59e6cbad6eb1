"""Fences: what contiguity asks of any plan, and what the bound gains by it."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketmap.blocks.bound import LagrangianBound
from marketmap.blocks.fences import Fences, can_fence
from marketmap.blocks.solver import solve_zones
from marketmap.blocks.stop import Stop
from marketmap.blocks.zone_problem import ZoneProblem
from tests.blocks.brute_force import cheapest_plan, connected
from tests.blocks.mixed_estate import draw_estate


def every_block(problem: ZoneProblem, provider: int) -> list[np.ndarray]:
    """Every set of points that one block of a provider may hold, as 0 and 1 (points,)."""
    blocks = []
    for size in range(1, problem.points + 1):
        for members in itertools.combinations(range(problem.points), size):
            inside = list(members)
            enough = problem.min_hours <= problem.hours[inside].sum() <= problem.max_hours
            served = np.isfinite(problem.extra[inside, provider]).all()
            if enough and served and connected(problem.adjacency, inside):
                blocks.append(np.isin(np.arange(problem.points), inside).astype(float))
    return blocks


@given(seed=st.integers(0, 10_000), points=st.integers(5, 9), least=st.sampled_from([6.0, 12.0, 20.0]))
@settings(max_examples=40)
def test_no_block_breaks_a_fence(seed: int, points: int, least: float) -> None:
    random = np.random.default_rng(seed)
    problem = draw_estate(seed, points=points, providers=2, min_hours=least)
    problem.extra[random.random(problem.extra.shape) < 0.15] = np.inf
    shares = random.random((points, 2)) ** 3 * np.isfinite(problem.extra)
    fences, new = Fences(problem).joined(problem, np.zeros(0, dtype=bool), shares)
    assert new == len(fences)
    assert (fences.broken(shares) > 0).all()
    for provider in range(2):
        for block in every_block(problem, provider):
            plan = np.zeros((points, 2))
            plan[:, provider] = block
            assert (fences.broken(plan) <= 0).all()


def test_known_fences_are_not_added_again() -> None:
    problem = draw_estate(1)
    shares = np.random.default_rng(1).random(problem.extra.shape) ** 4
    fences, new = Fences(problem).joined(problem, np.zeros(0, dtype=bool), shares)
    assert new > 10
    again, more = fences.joined(problem, np.ones(len(fences), dtype=bool), shares)
    assert (more, len(again)) == (0, len(fences))
    fewer, back = fences.joined(problem, np.arange(len(fences)) > 2, shares)
    assert (back, len(fewer)) == (3, len(fences))


@pytest.mark.parametrize("seed", [2, 3, 5, 6, 7])
def test_the_bound_with_fences_stays_below_the_best_plan(seed: int) -> None:
    problem = draw_estate(seed, points=8, providers=2, min_hours=12.0, centres=2)
    problem.capacity[:] = 0.5 * problem.hours.sum()
    best = cheapest_plan(problem)
    bound = LagrangianBound(problem)
    bound.advance(600, upper=best)
    assert bound.relaxation.fences is not None
    assert len(bound.relaxation.fences) > 0
    assert bound.value <= best + 1e-6
    assert bound.value > 0


@pytest.mark.parametrize("seed", range(3))
def test_fences_lift_the_bound(seed: int) -> None:
    problem = draw_estate(seed)
    plan = solve_zones(problem, stop=Stop(max_iterations=100))
    bound = LagrangianBound(problem)
    bound.relaxation.fences = None
    bound.advance(400, upper=plan.objective)
    fenced = LagrangianBound(problem)
    fenced.advance(400, upper=plan.objective)
    assert fenced.value <= plan.objective + 1e-6
    assert fenced.value > bound.value + 1.0


def test_fences_only_where_contiguity_asks_for_them() -> None:
    assert can_fence(draw_estate(0))
    assert not can_fence(draw_estate(0, min_hours=0.0))
    assert can_fence(draw_estate(0, providers=1))
    alone = draw_estate(0, providers=1)
    alone.outside[:] = np.inf
    assert not can_fence(alone)
