"""Limits on a search."""

import math
import time

import numba
import pytest

from marketmap.blocks import stop as stop_module
from marketmap.blocks.kernels.compiled import seconds_compiling
from marketmap.blocks.stop import DEFAULT_ITERATIONS, Clock, Stop
from marketmap.errors import PlanError


@pytest.mark.parametrize("name", ["max_seconds", "max_iterations", "max_gap"])
@pytest.mark.parametrize("value", [-1, math.nan])
def test_a_limit_that_is_no_limit_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(PlanError, match=name):
        Stop(**{name: value})


def test_nothing_runs_for_ever() -> None:
    assert Stop().iterations == DEFAULT_ITERATIONS
    assert Stop(max_gap=0.01).iterations == DEFAULT_ITERATIONS


def test_a_time_limit_alone_leaves_iterations_free() -> None:
    assert Stop(max_seconds=3).iterations is None
    assert Stop(max_seconds=3, max_iterations=7).iterations == 7


def test_zero_is_a_limit_not_an_absence() -> None:
    assert Stop(max_iterations=0).iterations == 0
    assert Clock(Stop(max_seconds=0)).is_over()


def test_the_clock_without_a_time_limit_is_never_over() -> None:
    clock = Clock(Stop(max_iterations=1))
    assert math.isinf(clock.remaining())
    assert not clock.is_over()


def test_the_clock_counts_from_when_it_began() -> None:
    clock = Clock(Stop(max_seconds=5))
    early = Clock(Stop(max_seconds=5), began=clock.began - 10)
    assert early.seconds() >= 10
    assert early.remaining() == 0
    assert early.is_over()
    assert 0 < clock.remaining() <= 5


def test_compiling_takes_at_most_half_of_the_time_given(monkeypatch: pytest.MonkeyPatch) -> None:
    spent = [7.0]
    monkeypatch.setattr(stop_module, "seconds_compiling", lambda: spent[0])
    clock = Clock(Stop(max_seconds=20), compiled=7.0)
    clock.began -= 26
    assert clock.is_over()
    # of the 26 seconds 18 went into compiling: 10 of them count, 8 do not
    spent[0] += 18
    assert clock.used() == pytest.approx(18, abs=0.5)
    assert clock.seconds() == pytest.approx(26, abs=0.5)
    assert clock.remaining() == pytest.approx(2, abs=0.5)


def test_compiling_is_measured_once_for_functions_within_functions() -> None:
    @numba.njit
    def inner(value: float) -> float:
        return value + 1

    @numba.njit
    def outer(value: float) -> float:
        return inner(value) * 2

    before, began = seconds_compiling(), time.perf_counter()
    assert outer(1.0) == 4.0
    took = time.perf_counter() - began
    assert 0 < seconds_compiling() - before <= took
    between = seconds_compiling()
    outer(2.0)
    assert seconds_compiling() == between
