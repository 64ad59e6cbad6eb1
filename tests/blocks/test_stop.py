"""Limits on a search."""

import contextlib
import math
import os
import signal
import threading
import time

import numba
import numpy as np
import pytest
from scipy import sparse

from marketmap.blocks import interrupts, mip
from marketmap.blocks import stop as stop_module
from marketmap.blocks.kernels.compiled import seconds_compiling
from marketmap.blocks.stop import (
    DEFAULT_GUARD,
    DEFAULT_ITERATIONS,
    GAP,
    GUARD,
    ITERATIONS,
    PROOF,
    SECONDS,
    USER,
    Clock,
    Stop,
)
from marketmap.errors import PlanError


@pytest.mark.parametrize("name", ["max_seconds", "max_iterations", "max_gap", "guard_seconds"])
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


def test_the_guard_holds_only_where_no_seconds_are_given_and_is_no_schedule() -> None:
    assert Stop().seconds == DEFAULT_GUARD
    assert Stop(max_seconds=5).seconds == 5
    assert Stop(max_seconds=5, guard_seconds=1).seconds == 5
    assert math.isinf(Stop(guard_seconds=None).seconds)
    clock = Clock(Stop(guard_seconds=100))
    assert math.isinf(clock.remaining())
    assert 0 < clock.left() <= 100
    late = Clock(Stop(guard_seconds=100), began=clock.began - 101)
    assert late.remaining() == 0
    assert late.is_over()


def test_what_ended_a_search_is_named() -> None:
    clock = Clock(Stop(max_iterations=10, max_gap=0.1))
    assert clock.name_end(iterations=3, gap=0.0) == PROOF
    assert clock.name_end(iterations=3, gap=0.05) == GAP
    assert clock.name_end(iterations=10, gap=0.5) == ITERATIONS
    past = clock.began - 1e6
    assert Clock(Stop(max_iterations=10), began=past).name_end(iterations=3, gap=0.5) == GUARD
    assert Clock(Stop(max_iterations=10), began=past).name_end(iterations=10, gap=0.5) == ITERATIONS
    assert Clock(Stop(max_seconds=1), began=past).name_end(iterations=3, gap=0.5) == SECONDS


def test_a_part_of_a_stop_takes_a_part_of_each_limit_but_the_gap() -> None:
    part = Stop(max_iterations=100, max_gap=0.1, guard_seconds=80).take_part(0.25)
    assert part == Stop(max_iterations=25, max_gap=0.1, guard_seconds=20)
    assert Stop(max_seconds=8).take_part(0.5).max_seconds == 4
    assert Stop(max_iterations=4).take_part(0.25, least_iterations=3).max_iterations == 3


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_is_a_wish_first_and_the_end_after_that() -> None:
    told: list[str] = []
    before = signal.getsignal(signal.SIGINT)
    clock = Clock(Stop(max_iterations=10))
    with interrupts.Interrupts(lambda: told.append("asked")) as heard:
        heard.heed()
        press_ctrl_c()
        assert told == ["asked"]
        assert interrupts.is_asked()
        assert clock.is_over()
        assert clock.name_end(iterations=3, gap=0.5) == USER
        with pytest.raises(KeyboardInterrupt):
            press_ctrl_c()
        heard.ignore()
        press_ctrl_c()
    assert not interrupts.is_asked()
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_before_anything_is_worth_keeping_ends_the_run() -> None:
    with pytest.raises(KeyboardInterrupt), interrupts.Interrupts(lambda: None):
        press_ctrl_c()


@pytest.mark.parametrize(("cause", "ended"), [(KeyboardInterrupt(), KeyboardInterrupt), (ValueError(), SystemError)])
def test_ctrl_c_in_a_compiled_loop_is_a_ctrl_c(cause: BaseException, ended: type[BaseException]) -> None:
    """A compiled loop that a signal's handler raised in hands that on as the cause of a SystemError."""
    with pytest.raises(ended), interrupts.Interrupts(lambda: None):
        raise SystemError("returned a result with an exception set") from cause


def test_in_another_thread_signals_stay_as_they_are() -> None:
    before, seen = signal.getsignal(signal.SIGINT), []

    def work() -> None:
        with interrupts.Interrupts(lambda: None) as heard:
            heard.heed()
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]


def knapsacks() -> tuple[np.ndarray, sparse.csr_array, np.ndarray, np.ndarray]:
    """Forty knapsacks over the same things: far more than a minute's work for a branch and bound."""
    random = np.random.default_rng(0)
    rows = random.integers(1, 100, (40, 300)).astype(float)
    return (
        -random.integers(1, 100, 300).astype(float),
        sparse.csr_array(rows),
        np.full(40, -np.inf),
        rows.sum(axis=1) / 3,
    )


@pytest.mark.parametrize("limits", [{"max_seconds": 0.5}, {"max_nodes": 5}], ids=["seconds", "nodes"])
def test_no_programme_runs_without_bound(limits: dict[str, float]) -> None:
    clock = Clock(Stop())
    answer = mip.solve_mip(*knapsacks(), whole=np.ones(300, dtype=bool), **limits)  # type: ignore[arg-type]
    assert answer.status == "limit"
    assert clock.seconds() < 30


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_reaches_a_programme_that_is_being_solved(presses: int) -> None:
    clock = Clock(Stop())
    timers = [threading.Timer(0.5 * number, press_ctrl_c) for number in range(1, presses + 1)]
    with interrupts.Interrupts(lambda: None) as heard:
        heard.heed()
        for timer in timers:
            timer.start()
        if presses == 1:
            answer = mip.solve_mip(*knapsacks(), whole=np.ones(300, dtype=bool), max_seconds=100)
            assert answer.status == "limit"
        else:  # the first is not heeded, the second abandons all the same
            with pytest.raises(KeyboardInterrupt):
                mip.solve_mip(*knapsacks(), whole=np.ones(300, dtype=bool), max_seconds=100, heeds_wish=False)
    assert clock.seconds() < 50


def test_an_exception_that_a_library_lost_ends_a_programme_all_the_same() -> None:
    clock = Clock(Stop())
    with interrupts.Interrupts(lambda: None):
        with contextlib.suppress(KeyboardInterrupt):  # as HiGHS's own call-backs do
            press_ctrl_c()
        with pytest.raises(KeyboardInterrupt):
            mip.solve_mip(*knapsacks(), whole=np.ones(300, dtype=bool), max_seconds=40)
    assert clock.seconds() < 30
    assert not interrupts.is_abandoned()
