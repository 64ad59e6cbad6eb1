"""What callers of the solvers may give: like figures in any dress, and a plain refusal of all that is none."""

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from marketmap.blocks import Stop, allocate_providers, design_blocks
from marketmap.errors import PlanError
from tests.blocks.brute_force import path_graph

MINUTES = np.array([[0.0, 5.0, 9.0], [5.0, 0.0, 4.0], [9.0, 4.0, 0.0], [7.0, 2.0, 3.0]])
HOURS = np.array([3.0, 4.0, 5.0, 6.0])
DESIGN: dict[str, Any] = {
    "minutes": MINUTES,
    "hours_week": HOURS,
    "visits_week": np.array([1.0, 2.0, 3.0, 4.0]),
    "max_hours": 12.0,
    "block_cost": 3.0,
}
ALLOCATION: dict[str, Any] = {
    "cost": MINUTES,
    "hours": HOURS,
    "capacity": np.array([9.0, 9.0, 9.0]),
    "opening_cost": np.array([2.0, 1.0, 3.0]),
}


def read_only(values: np.ndarray) -> np.ndarray:
    copy = values.copy()
    copy.setflags(write=False)
    return copy


DRESSES: dict[str, Callable[[np.ndarray], Any]] = {
    "lists": np.ndarray.tolist,
    "float32": lambda values: values.astype(np.float32),
    "whole": lambda values: values.astype(np.int64),
    "objects": lambda values: values.astype(object),
    "read-only": read_only,
    "by columns": np.asfortranarray,
    "labelled": lambda values: (pd.DataFrame if values.ndim == 2 else pd.Series)(
        values, index=list("dbca")[: len(values)]
    ),
    "nullable": lambda values: (pd.DataFrame if values.ndim == 2 else pd.Series)(values).convert_dtypes(),
    "unmasked": np.ma.masked_array,
}


@pytest.mark.parametrize("dress", DRESSES)
def test_figures_count_the_same_in_any_dress(dress: str) -> None:
    wear = DRESSES[dress]
    worn = {name: wear(value) if isinstance(value, np.ndarray) else value for name, value in DESIGN.items()}
    plain, found = design_blocks(**DESIGN), design_blocks(**worn)
    assert (found.objective, found.status) == (plain.objective, "optimal")
    assert found.block_of.tolist() == plain.block_of.tolist()
    given, allocation = (
        allocate_providers(**ALLOCATION),
        allocate_providers(**{k: wear(v) for k, v in ALLOCATION.items()}),
    )
    assert allocation.provider_of.tolist() == given.provider_of.tolist()
    assert allocation.objective == given.objective


@pytest.mark.parametrize("number", [np.int64, np.float32, np.array, float])
def test_single_figures_may_be_of_any_library(number: Callable[[int], Any]) -> None:
    found = design_blocks(
        **DESIGN | {"max_hours": number(12), "block_cost": number(3), "n_blocks": number(2)},
        seed=int(number(4)),
        stop=Stop(max_seconds=number(9), max_iterations=number(50)),
    )
    assert found.status == "optimal"
    assert len(found.centres) == 2


HIDDEN = np.ma.masked_array(MINUTES, mask=MINUTES == 9.0)
HOLED = pd.DataFrame(MINUTES).convert_dtypes().mask(MINUTES == 9.0)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"minutes": HIDDEN}, "minutes holds a value that is not a number, first at position 0, 2"),
        ({"minutes": HOLED}, "minutes holds a value that is not a number, first at position 0, 2"),
        ({"minutes": MINUTES * 1j}, "minutes holds complex128"),
        ({"minutes": MINUTES * 1e30}, "minutes holds a finite value of 1e\\+15 or more, first at position 0, 1.* inf"),
        ({"minutes": MINUTES * 1e10, "visits_week": HOURS * 1e10}, "minutes times visits_week"),
        ({"hours_week": pd.Series(pd.to_timedelta(HOURS, unit="h"))}, "hours_week holds timedelta64"),
        ({"hours_week": [10**400, 1, 1, 1]}, "hours_week holds a value that is not a number"),
        ({"max_hours": None}, "max_hours is None; give a number"),
        ({"max_hours": "12"}, "max_hours is '12'"),
        ({"max_hours": 10**400}, "max_hours is 1000"),
        ({"min_hours": [1.0]}, "min_hours is"),
        ({"block_cost": pd.NA}, "block_cost is <NA>"),
        ({"block_cost": 1e20}, "block_cost is 1e\\+20"),
        ({"n_blocks": np.array([2])}, "n_blocks is array"),
        ({"adjacency": np.full((4, 4), np.nan)}, "adjacency holds a value that is not a number"),
        ({"adjacency": "next door"}, "adjacency is no matrix"),
        ({"adjacency": {0: [1]}}, "adjacency is no matrix"),
        ({"seed": -1}, "seed is -1; give a whole number"),
        ({"seed": None}, "seed is None"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"stop": 5}, "stop is 5; give marketmap.blocks.Stop"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(change: dict[str, Any], text: str) -> None:
    with pytest.raises(PlanError, match=f"^{text}"):
        design_blocks(**DESIGN | change)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"cost": HIDDEN}, "cost holds a value that is not a number, first at position 0, 2"),
        ({"cost": MINUTES * 1e30}, "cost holds a finite value of 1e\\+15 or more.* inf"),
        ({"hours": [1, 2, -3, 4]}, "hours holds a negative value, first at position 2"),
        ({"capacity": [[9, 9], [9]]}, "capacity holds a value that is not a number, or rows of unlike length"),
        ({"opening_cost": [np.nan, 1, 1]}, "opening_cost holds a value that is not a number, first at position 0"),
        ({"stop": 5}, "stop is 5"),
    ],
)
def test_an_allocation_refuses_likewise(change: dict[str, Any], text: str) -> None:
    with pytest.raises(PlanError, match=f"^{text}"):
        allocate_providers(**ALLOCATION | change)


@pytest.mark.parametrize(
    "limits",
    [
        {"max_seconds": "3"},
        {"max_seconds": [1]},
        {"max_seconds": pd.NA},
        {"max_iterations": 1.5},
        {"max_iterations": math.inf},
        {"max_gap": math.inf},
        {"guard_seconds": 10**400},
    ],
)
def test_a_stop_of_anything_but_figures_is_refused_by_name(limits: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match=f"^Stop: {next(iter(limits))} is"):
        Stop(**limits)


def test_endless_seconds_are_no_limit_so_that_another_one_holds() -> None:
    assert Stop(max_seconds=math.inf) == Stop()
    assert Stop(guard_seconds=math.inf) == Stop(guard_seconds=None)


@pytest.mark.parametrize("unlimited", [math.inf, 1e30, sys.maxsize])
def test_no_limit_may_be_given_as_infinite_or_as_a_vast_number(unlimited: float) -> None:
    blocks = design_blocks(**DESIGN | {"max_hours": unlimited, "n_blocks": 1, "block_cost": 0.0})
    # 1 x 5 + 2 x 0 + 3 x 4 + 4 x 2, all to the middle one
    assert (blocks.status, blocks.objective) == ("optimal", 25.0)
    given = allocate_providers(**ALLOCATION | {"capacity": [unlimited] * 3, "opening_cost": [2, 50, 50]})
    assert (given.status, given.objective) == ("optimal", MINUTES[:, 0].sum() + 2)


@pytest.mark.parametrize("form", [sparse.coo_matrix, sparse.lil_array, np.asarray, pd.DataFrame, np.ndarray.tolist])
def test_neighbours_come_in_any_matrix_one_way_or_both(form: Callable[[np.ndarray], Any]) -> None:
    one_way = np.triu(path_graph(4).toarray()).astype(np.float64)
    found = design_blocks(**DESIGN, adjacency=form(one_way))
    assert found.objective == design_blocks(**DESIGN, adjacency=path_graph(4)).objective == 21.0


@pytest.mark.parametrize("scale", [1e-12, 1e-9, 1e-6, 1e6])
def test_a_proof_holds_whatever_the_costs_are_counted_in(scale: float) -> None:
    random = np.random.default_rng(3)
    cost, hours = random.uniform(5, 20, (12, 4)), random.uniform(1, 5, 12)
    capacity = np.full(4, hours.sum() / 4 * 1.15)
    usual, other = (allocate_providers(cost * times, hours, capacity) for times in (1.0, scale))
    assert (usual.status, other.status) == ("optimal", "optimal")
    assert other.objective / scale == pytest.approx(usual.objective)
    assert other.lower_bound / scale == pytest.approx(usual.lower_bound)
