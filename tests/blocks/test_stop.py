"""Limits on a search."""

import math

import pytest

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
