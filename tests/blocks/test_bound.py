"""The bound's parts: cuts that no plan breaks, and transport as HiGHS would do it."""

import numpy as np
import pytest
from scipy import sparse

from marketmap.blocks.bound import LagrangianBound
from marketmap.blocks.cuts import find_cuts
from marketmap.blocks.locate import Located
from marketmap.blocks.mip import solve_mip
from marketmap.blocks.solver import solve_zones
from marketmap.blocks.stop import Stop
from marketmap.blocks.zone_problem import ZoneProblem
from tests.blocks.brute_force import cheapest_plan


def draw_towns(seed: int, *, points: int = 60, blocks: int = 7, must: bool = True) -> ZoneProblem:
    """Four towns far apart, whose hours fill no whole number of blocks."""
    random = np.random.default_rng(seed)
    towns = np.array([[0, 0], [50, 0], [0, 50], [50, 50]])
    places = towns[random.integers(0, 4, points)] + random.uniform(0, 8, (points, 2))
    hours = random.integers(1, 12, points).astype(float)
    visits = random.uniform(1, 10, points)
    apart = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    return ZoneProblem(
        travel=visits[:, None] * apart,
        hours=hours,
        visits=visits,
        outside=np.full(points, np.inf) if must else visits * 20,
        max_hours=float(np.ceil(hours.sum() / (blocks - 0.6))),
        n_blocks=blocks if must else None,
        block_cost=0.0 if must else 40.0,
    )


@pytest.mark.parametrize("must", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_no_plan_breaks_a_cut_and_cuts_lift_the_bound(seed: int, *, must: bool) -> None:
    problem = draw_towns(seed, must=must)
    plan = solve_zones(problem, seed=seed, stop=Stop(max_iterations=400))
    bound = LagrangianBound(problem)
    first = np.nan
    for _ in range(60):
        bound.advance(20, upper=plan.objective)
        if bound.relaxation.cuts is None:
            first = bound.value
    cuts = bound.relaxation.cuts
    assert cuts is not None
    assert len(cuts) > 0
    for cut in range(len(cuts)):
        served = cuts.inside[cut] & (plan.block_of >= 0)
        served[served] = cuts.serves[cut][plan.centres[plan.block_of[served]]]
        elsewhere = problem.hours[cuts.inside[cut]].sum() - problem.hours[served].sum()
        blocks = cuts.serves[cut][plan.centres].sum()
        assert blocks + elsewhere / cuts.rest[cut] >= cuts.blocks[cut] - 1e-9
    # with a way out the bound may have been tight without them
    assert bound.value > first or not must
    assert bound.value >= first
    assert bound.value <= plan.objective + 1e-6


@pytest.mark.parametrize("must", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_the_bound_with_cuts_stays_below_every_plan(seed: int, *, must: bool) -> None:
    problem = draw_towns(seed, points=7, blocks=3, must=must)
    few = ZoneProblem(
        travel=problem.travel[:, :4], hours=problem.hours, visits=problem.visits, outside=problem.outside,
        max_hours=problem.max_hours * 1.3, n_blocks=problem.n_blocks, block_cost=problem.block_cost,
    )  # fmt: skip
    best = cheapest_plan(few)
    bound = LagrangianBound(few)
    bound.advance(1500, upper=best)
    assert bound.value <= best + 1e-6
    assert bound.value > 0


def test_no_cuts_without_a_fractional_plan() -> None:
    problem = draw_towns(0)
    nothing = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    assert len(find_cuts(problem, opened=np.zeros(problem.centres), pairs=nothing, packed=nothing)) == 0


@pytest.mark.parametrize("seed", range(5))
def test_points_are_shared_out_as_cheaply_as_a_linear_programme_does(seed: int) -> None:
    problem = draw_towns(seed)
    centres = np.sort(np.random.default_rng(seed).choice(problem.centres, 7, replace=False))
    found = Located(problem, centres)
    assert found.share_out()
    point, slot = (part.ravel() for part in np.indices((problem.points, len(centres))))
    columns = np.arange(len(point))
    rows = sparse.vstack(
        [
            sparse.csr_array((np.ones(len(point)), (point, columns))),
            sparse.csr_array((problem.hours[point], (slot, columns))),
        ]
    )
    best = solve_mip(
        problem.travel[point, centres[slot]], sparse.csr_array(rows),
        np.concatenate([np.ones(problem.points), np.zeros(len(centres))]),
        np.concatenate([np.ones(problem.points), np.full(len(centres), problem.max_hours)]),
        whole=np.zeros(len(point), dtype=bool),
    )  # fmt: skip
    assert found.cost == pytest.approx(best.objective)
    assert found.state.flow.sum(axis=0).max() <= problem.max_hours + 1e-6


def test_moving_centres_never_makes_it_dearer() -> None:
    problem = draw_towns(3)
    bound = LagrangianBound(problem)
    bound.advance(200, upper=np.inf)
    found = Located(problem, np.arange(7))
    assert found.share_out()
    shared = found.cost
    assert found.settle()
    settled = found.cost
    assert settled <= shared
    found.relocate(bound.relaxation, lambda: False)
    assert found.cost <= settled
    costs = problem.travel[:, found.centres] / problem.hours[:, None]
    assert float((found.state.flow * costs).sum()) == pytest.approx(found.cost)
    assert len(set(found.centres)) == 7
