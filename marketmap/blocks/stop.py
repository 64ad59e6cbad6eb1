"""When a solver stops: whichever of its limits comes first."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from marketmap.blocks.kernels.compiled import seconds_compiling
from marketmap.errors import PlanError

# A first run on a machine compiles its loops: that is charged up to this share of the time given, and the rest is not.
COMPILE_SHARE = 0.5
# Used when no limit at all is given, so that no call can run for ever and the answer can be repeated.
DEFAULT_ITERATIONS = 2000


@dataclass(frozen=True)
class Stop:
    """Limits on a search, whichever comes first.

    Attributes
    ----------
    max_seconds
        Wall-clock limit. A run that this limit ends cannot be repeated exactly. Compiling, once on a machine, takes
        at most half of it; what it takes beyond that comes on top.
    max_iterations
        Number of search iterations. Runs with the same input, seed and ``max_iterations`` give the same plan.
    max_gap
        Stop as soon as (objective - lower bound) / abs(objective) is this small.

    With no ``max_seconds`` and no ``max_iterations``, a default number of iterations holds.

    Raises
    ------
    PlanError
        A limit is negative or not a number.
    """

    max_seconds: float | None = None
    max_iterations: int | None = None
    max_gap: float | None = None

    def __post_init__(self) -> None:
        for name in ("max_seconds", "max_iterations", "max_gap"):
            value = getattr(self, name)
            if value is not None and (math.isnan(value) or value < 0):
                raise PlanError(f"Stop: {name} is {value}; give a number of 0 or more, or leave it out.")

    @property
    def iterations(self) -> int | None:
        """Iteration limit in force: the one given, the default when nothing bounds the run, else none."""
        if self.max_iterations is None and self.max_seconds is None:
            return DEFAULT_ITERATIONS
        return self.max_iterations


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
        """Seconds left; infinite without a time limit."""
        return math.inf if self.stop.max_seconds is None else max(0.0, self.stop.max_seconds - self.used())

    def is_over(self) -> bool:
        """Whether the time limit has passed."""
        return self.remaining() <= 0.0
