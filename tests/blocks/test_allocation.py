"""Providers for blocks: against every possible allocation, published problems and plain contradictions."""

import itertools

import numpy as np
import pytest

from marketmap.blocks import allocate_providers
from marketmap.blocks.stop import Stop
from marketmap.errors import PlanError
from tests.blocks.published import read_assignments, read_facilities


def cheapest(cost: np.ndarray, hours: np.ndarray, capacity: np.ndarray, opening: np.ndarray) -> float:
    blocks, providers = cost.shape
    sizes = hours if hours.ndim == 2 else np.repeat(hours[:, None], providers, axis=1)
    best = np.inf
    for chosen in itertools.product(range(providers), repeat=blocks):
        used = np.zeros(providers)
        np.add.at(used, list(chosen), sizes[np.arange(blocks), chosen])
        if (used <= capacity + 1e-6).all():
            best = min(best, cost[np.arange(blocks), chosen].sum() + opening[list(set(chosen))].sum())
    return best


@pytest.mark.parametrize("seed", range(40))
def test_tiny_allocations_match_trying_them_all(seed: int) -> None:
    random = np.random.default_rng(seed)
    blocks, providers = int(random.integers(1, 6)), int(random.integers(1, 4))
    cost = random.integers(-20, 40, (blocks, providers)).astype(float)
    cost[random.random(cost.shape) < 0.2] = np.inf
    hours = random.integers(0, 20, (blocks, providers) if seed % 2 else blocks).astype(float)
    capacity = random.integers(5, 40, providers).astype(float)
    capacity[random.random(providers) < 0.2] = np.inf
    opening = random.integers(0, 30, providers).astype(float) if seed % 3 else np.zeros(providers)
    best = cheapest(cost, hours, capacity, opening)
    found = allocate_providers(cost, hours, capacity, opening_cost=opening if seed % 3 else None)
    if np.isinf(best):
        assert (found.status, found.objective) == ("infeasible", np.inf)
        assert "lock" in found.conflict
        assert (found.provider_of == -1).all()
        return
    assert (found.status, found.conflict, found.gap) == ("optimal", "", 0.0)
    assert found.objective == pytest.approx(best)
    assert found.lower_bound <= found.objective
    sizes = hours if hours.ndim == 2 else np.repeat(hours[:, None], providers, axis=1)
    rows = np.arange(blocks)
    used = np.bincount(found.provider_of, weights=sizes[rows, found.provider_of], minlength=providers)
    assert (used <= capacity + 1e-6).all()
    paid = cost[rows, found.provider_of].sum() + opening[np.unique(found.provider_of)].sum()
    assert paid == pytest.approx(found.objective)


@pytest.mark.parametrize(("place", "profit"), enumerate([336, 327, 339, 341, 326]))
def test_published_generalised_assignment_is_proven(place: int, profit: int) -> None:
    problem = read_assignments("gap1")[place]
    found = allocate_providers(problem.cost, problem.hours, problem.capacity)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(-profit)


@pytest.mark.parametrize(
    ("name", "optimum"), [("holmberg_p1", 8848), ("holmberg_p2", 7913), ("holmberg_p3", 9314), ("holmberg_p4", 10714)]
)
def test_published_facility_location_is_proven(name: str, optimum: int) -> None:
    problem = read_facilities(name)
    found = allocate_providers(problem.cost, problem.hours, problem.capacity, opening_cost=problem.opening)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(optimum)


def test_no_blocks_need_no_provider() -> None:
    found = allocate_providers(np.zeros((0, 2)), np.zeros(0), np.ones(2))
    assert (found.status, found.objective, len(found.provider_of)) == ("optimal", 0.0, 0)


def test_a_block_nobody_may_take_is_named() -> None:
    found = allocate_providers([[1.0, 2.0], [np.inf, np.inf]], [1.0, 1.0], [9.0, 9.0])
    assert found.status == "infeasible"
    assert "Block 1 has no provider" in found.conflict


def test_a_block_larger_than_its_providers_is_named() -> None:
    found = allocate_providers([[1.0, np.inf], [1.0, 1.0]], [30.0, 5.0], [20.0, 50.0])
    assert found.status == "infeasible"
    assert "Block 0 needs 30 hours" in found.conflict


def test_nothing_to_give_out_is_an_allocation() -> None:
    found = allocate_providers(np.zeros((0, 0)), np.zeros(0), np.zeros(0))
    assert (found.status, found.objective, len(found.provider_of)) == ("optimal", 0.0, 0)


def test_too_little_capacity_altogether_says_so() -> None:
    found = allocate_providers(np.zeros((3, 2)), [8.0, 8.0, 8.0], [10.0, 10.0])
    assert found.status == "infeasible"
    assert "24 hours" in found.conflict
    assert "20 together" in found.conflict


def test_blocks_that_do_not_fit_together_are_named_and_no_others() -> None:
    # blocks 1 and 3 want provider 0 alone, who has room for one; the rest is roomy
    cost = np.zeros((5, 2))
    cost[[1, 3], 1] = np.inf
    found = allocate_providers(cost, [6.0, 6.0, 6.0, 6.0, 6.0], [10.0, 100.0])
    assert found.status == "infeasible"
    assert "Blocks 1, 3 do not fit together" in found.conflict


def test_many_blocks_that_do_not_fit_are_explained() -> None:
    # 24 hours of room in threes and fours, none of which holds two blocks of 2.5
    found = allocate_providers(np.zeros((9, 7)), np.full(9, 2.5), [3.0, 4.0, 3.0, 4.0, 3.0, 4.0, 4.0])
    assert found.status == "infeasible"
    assert "do not fit together" in found.conflict


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"cost": [1.0, 2.0]}, "cost"),
        ({"cost": [[np.nan, 1.0], [1.0, 1.0]]}, "cost"),
        ({"cost": [[-np.inf, 1.0], [1.0, 1.0]]}, "cost"),
        ({"cost": [["a", "b"], ["c", "d"]]}, "cost"),
        ({"cost": [[1.0, 2.0], [1.0]]}, "cost"),
        ({"hours": [1.0, 2.0, 3.0]}, "hours"),
        ({"hours": [-1.0, 2.0]}, "hours"),
        ({"hours": [np.inf, 2.0]}, "hours"),
        ({"capacity": [1.0]}, "capacity"),
        ({"capacity": [-1.0, 2.0]}, "capacity"),
        ({"capacity": [np.nan, 2.0]}, "capacity"),
        ({"opening_cost": [1.0]}, "opening_cost"),
        ({"opening_cost": [-1.0, 2.0]}, "opening_cost"),
        ({"opening_cost": [np.inf, 2.0]}, "opening_cost"),
    ],
)
def test_wrong_inputs_are_refused_by_name(change: dict[str, object], named: str) -> None:
    inputs: dict[str, object] = {"cost": [[1.0, 2.0], [2.0, 1.0]], "hours": [1.0, 1.0], "capacity": [5.0, 5.0]}
    inputs |= change
    with pytest.raises(PlanError, match=f"^{named} "):
        allocate_providers(inputs["cost"], inputs["hours"], inputs["capacity"], opening_cost=inputs.get("opening_cost"))


def test_a_gap_that_is_enough_ends_the_search_with_a_true_bound() -> None:
    random = np.random.default_rng(3)
    cost, hours = random.uniform(1, 30, (30, 5)), random.uniform(1, 9, 30)
    capacity = np.full(5, hours.sum() / 4.6)
    exact = allocate_providers(cost, hours, capacity)
    quick = allocate_providers(cost, hours, capacity, stop=Stop(max_gap=0.2))
    assert exact.status == "optimal"
    assert quick.lower_bound <= exact.objective + 1e-6
    assert exact.objective - 1e-6 <= quick.objective <= exact.objective * 1.25
