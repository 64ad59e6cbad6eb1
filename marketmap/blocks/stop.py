"""When a solver stops: whichever of its limits comes first, and which one it was."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any

from marketmap.blocks.arguments import read_number, read_whole
from marketmap.blocks.interrupts import is_asked
from marketmap.blocks.kernels.compiled import seconds_compiling
from marketmap.errors import PlanError

# A first run on a machine compiles its loops: that is charged up to this share of the time given, and the rest is not.
COMPILE_SHARE = 0.5
# Used when no limit at all is given, so that no call can run for ever and the answer can be repeated.
DEFAULT_ITERATIONS = 2000
# Many times what a county takes: only there so that nothing runs for ever on a slow machine.
DEFAULT_GUARD = 900.0

# What ended a search.
PROOF, GAP, ITERATIONS, SECONDS, GUARD, USER = "proof", "gap", "iterations", "seconds", "guard", "user"
# Ends that another machine, or another run, does not come to at the same place.
NOT_REPEATABLE = (SECONDS, GUARD, USER)


@dataclass(frozen=True)
class Stop:
    """Limits on a search, whichever comes first.

    Attributes
    ----------
    max_seconds
        Wall-clock limit. A run that this limit ends cannot be repeated exactly. Compiling, once on a machine, takes
        at most half of it; what it takes beyond that comes on top. The first search of a process also loads what was
        compiled, a third of a second's work, whatever the limit.
    max_iterations
        Number of search iterations. Runs with the same input, seed and ``max_iterations`` give the same plan.
    max_gap
        Stop as soon as (objective - lower bound) / abs(objective) is this small.
    guard_seconds
        Wall-clock limit that holds where ``max_seconds`` is not given: far above what a search should take, so that
        it ends none but one that has gone astray. None: no guard.

    With no ``max_seconds`` and no ``max_iterations``, a default number of iterations holds.

    Raises
    ------
    PlanError
        A limit is negative or not a number, iterations are not whole or the gap is infinite.

    Notes
    -----
    An infinite number of seconds is no limit, as None.
    """

    max_seconds: float | None = None
    max_iterations: int | None = None
    max_gap: float | None = None
    guard_seconds: float | None = DEFAULT_GUARD

    def __post_init__(self) -> None:
        remedy = "give a number of 0 or more, or leave it out"
        for name in ("max_seconds", "max_gap", "guard_seconds"):
            given = getattr(self, name)
            value = None if given is None else read_number(given, f"Stop: {name}", remedy=remedy)
            if value is not None and (value < 0 or (name == "max_gap" and math.isinf(value))):
                raise PlanError(f"Stop: {name} is {given!r}; {remedy}.")
            object.__setattr__(self, name, None if value == math.inf else value)
        if self.max_iterations is not None:
            remedy = "give a whole number, 0 or more, or leave it out"
            object.__setattr__(
                self, "max_iterations", read_whole(self.max_iterations, "Stop: max_iterations", remedy=remedy)
            )

    @property
    def iterations(self) -> int | None:
        """Iteration limit in force: the one given, the default when nothing bounds the run, else none."""
        if self.max_iterations is None and self.max_seconds is None:
            return DEFAULT_ITERATIONS
        return self.max_iterations

    @property
    def seconds(self) -> float:
        """Wall-clock limit in force: the one given, else the guard; infinite without either."""
        limit = self.guard_seconds if self.max_seconds is None else self.max_seconds
        return math.inf if limit is None else limit

    def take_part(self, part: float, *, least_iterations: int = 1) -> Stop:
        """Give a part of the seconds, the iterations and the guard; the gap limit holds as it is."""
        iterations = self.iterations
        return Stop(
            max_seconds=None if self.max_seconds is None else part * self.max_seconds,
            max_iterations=None if iterations is None else max(least_iterations, round(part * iterations)),
            max_gap=self.max_gap,
            guard_seconds=None if self.guard_seconds is None else part * self.guard_seconds,
        )


def read_stop(stop: Any) -> Stop:
    """Take what a caller gave as a stop: `Stop`, or None for the default.

    Raises
    ------
    PlanError
        For anything else.
    """
    if stop is not None and not isinstance(stop, Stop):
        raise PlanError(f"stop is {stop!r}; give marketmap.blocks.Stop, for example Stop(max_seconds=60).")
    return stop or Stop()


@dataclass
class Clock:
    """Time spent since the solver began, and what is left of a `Stop`."""

    stop: Stop
    began: float = field(default_factory=time.perf_counter)
    compiled: float = field(default_factory=seconds_compiling)

    def seconds(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.began

    def used(self) -> float:
        """Seconds since the start that count against the limit: all but what compiling takes too much."""
        compiling = seconds_compiling() - self.compiled
        return self.seconds() - max(0.0, compiling - COMPILE_SHARE * (self.stop.max_seconds or 0.0))

    def remaining(self) -> float:
        """Seconds of ``max_seconds`` left, infinite where it is not given; 0 once anything has ended the search.

        The guard is no part of any schedule, so it counts only once it has passed.
        """
        if is_asked() or self.left() <= 0.0:
            return 0.0
        return math.inf if self.stop.max_seconds is None else self.left()

    def left(self) -> float:
        """Seconds until the clock alone ends the search, by the limit or the guard; infinite without either."""
        return max(0.0, self.stop.seconds - self.used())

    def is_over(self) -> bool:
        """Whether the time limit or the guard has passed, or the user has asked for an end."""
        return self.remaining() <= 0.0

    def name_end(self, *, iterations: int, gap: float) -> str:
        """Say what ended a search: one of the words above."""
        if gap <= max(self.stop.max_gap or 0.0, 1e-9):
            return PROOF if gap <= 1e-9 else GAP
        if self.stop.iterations is not None and iterations >= self.stop.iterations:
            return ITERATIONS
        if is_asked():
            return USER
        if self.left() <= 0.0:
            return GUARD if self.stop.max_seconds is None else SECONDS
        return ITERATIONS
