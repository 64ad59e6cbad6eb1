"""Mending plans that break limits by a little."""

import dataclasses

import numpy as np
import pytest

from marketmap.blocks.repair import repair_plan
from marketmap.blocks.zone_problem import ZoneProblem
from tests.blocks.brute_force import broken_limits, connected, path_graph

BLOCK_OF = np.array([0, 0, 0, 0, 1, 1, 1, 1])
CENTRES, PROVIDERS = np.array([1, 5]), np.array([0, 1])


def row_of_eight(**changes: object) -> ZoneProblem:
    """Eight points in a line, five hours each, as two blocks of twenty hours."""
    places = np.arange(8.0)
    inputs: dict[str, object] = {
        "travel": np.abs(places[:, None] - places),
        "hours": np.full(8, 5.0),
        "outside": np.array([9.0, 30.0, 8.0, 9.0, 9.0, 9.0, 30.0, 9.0]),
        "max_hours": 20.0,
        "min_hours": 10.0,
        "block_cost": 1.0,
        "load": np.full(8, 5.0),
        "extra": np.zeros((8, 2)),
        "adjacency": path_graph(8),
    }
    return ZoneProblem(**(inputs | changes))


def mend(problem: ZoneProblem) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    return repair_plan(problem, BLOCK_OF, CENTRES, PROVIDERS)


def test_a_plan_within_its_limits_is_left_alone() -> None:
    mended = mend(row_of_eight())
    assert mended is not None
    for now, before in zip(mended, (BLOCK_OF, CENTRES, PROVIDERS), strict=True):
        assert np.array_equal(now, before)


@pytest.mark.parametrize(
    "limit",
    [
        {"max_hours": 15.0},
        {"max_hours": 10.0},
        {"capacity": np.array([15.0, 20.0])},
        {"capacity": np.array([4.0, 9.0])},
        {"max_provider_hours": np.array([20.0, 12.0])},
        {"share_cap": np.array([[25.0]]), "company_of": np.array([0, 0])},
        {"share_cap": np.array([[14.0, 14.0]]), "company_of": np.array([0, 0]), "district_of": np.arange(8) % 2},
        {"max_hours": 15.0, "capacity": np.array([10.0, 50.0]), "max_provider_hours": np.array([50.0, 10.0])},
    ],
    ids="+".join,
)
def test_a_broken_limit_is_mended_by_leaving_points_out(limit: dict[str, object]) -> None:
    problem = row_of_eight(**limit)
    assert broken_limits(problem, BLOCK_OF, CENTRES, PROVIDERS)
    before = BLOCK_OF.copy()
    mended = mend(problem)
    assert mended is not None
    assert broken_limits(problem, *mended) == []
    assert np.array_equal(before, BLOCK_OF)
    block_of, centres, _ = mended
    kept = block_of >= 0
    assert np.array_equal(centres[block_of[kept]], CENTRES[BLOCK_OF[kept]])


def test_the_cheapest_point_that_leaves_the_block_whole_goes() -> None:
    # point 2 would be cheapest, but lies in the middle
    mended = mend(row_of_eight(max_provider_hours=np.array([15.0, 20.0])))
    assert mended is not None
    assert np.flatnonzero(mended[0] < 0).tolist() == [3]


def test_a_block_below_the_minimum_is_closed() -> None:
    problem = row_of_eight(hours=np.array([1.0, 1.0, 1.0, 1.0, 5.0, 5.0, 5.0, 5.0]))
    mended = mend(problem)
    assert mended is not None
    block_of, centres, providers = mended
    assert block_of.tolist() == [-1, -1, -1, -1, 0, 0, 0, 0]
    assert (centres.tolist(), providers.tolist()) == ([5], [1])


def test_a_block_of_no_hours_is_closed_where_there_is_a_minimum() -> None:
    problem = row_of_eight(hours=np.array([0.0, 0.0, 0.0, 0.0, 5.0, 5.0, 5.0, 5.0]))
    mended = mend(problem)
    assert mended is not None
    assert broken_limits(problem, *mended) == []


def test_what_must_be_placed_is_never_left_out() -> None:
    assert mend(row_of_eight(max_hours=15.0, outside=np.full(8, np.inf))) is None


def test_an_exact_number_of_blocks_is_not_mended() -> None:
    assert mend(row_of_eight(n_blocks=2, max_hours=15.0)) is None


@pytest.mark.parametrize("seed", range(30))
def test_any_mend_keeps_every_limit_and_every_block_whole(seed: int) -> None:
    random = np.random.default_rng(seed)
    outside = random.uniform(0, 40, 8)
    outside[random.random(8) < 0.15] = np.inf
    load = random.uniform(2, 9, 8)
    problem = row_of_eight(
        hours=random.uniform(1, 9, 8),
        outside=outside,
        load=load,
        held=load[:, None] * np.eye(2)[random.integers(0, 2, 8)] * 0.5,
        max_hours=float(random.uniform(14, 25)),
        min_hours=float(random.uniform(0, 12)),
        capacity=random.uniform(0, 20, 2),
        max_provider_hours=random.uniform(8, 30, 2),
        company_of=random.integers(0, 2, 2),
        district_of=random.integers(0, 2, 8),
        share_cap=random.uniform(5, 20, (2, 2)),
    )
    mended = mend(problem)
    if mended is None:
        # everything could have been left out, unless something must be placed
        assert np.isinf(outside).any()
        return
    assert broken_limits(problem, *mended) == []
    assert all(connected(problem.adjacency, np.flatnonzero(mended[0] == block)) for block in range(len(mended[1])))
    loose = mend(dataclasses.replace(problem, adjacency=None))
    assert loose is None or broken_limits(dataclasses.replace(problem, adjacency=None), *loose) == []
