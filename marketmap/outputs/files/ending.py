"""When a run's searches end, and what is said where one was cut short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from marketmap.blocks import Plan, Stop
from marketmap.blocks.stop import GUARD, SECONDS, USER
from marketmap.settings import Settings

ELSEWHERE = "not repeatable on another machine"


def stop_with(
    settings: Settings,
    *,
    max_seconds: float | None = None,
    max_iterations: int | None = None,
    max_gap: float | None = None,
) -> Stop:
    """Make the stop rule: what is given, else the settings' own (0 means no such limit).

    Seconds given alone are meant to be used: the settings' iterations do not cut them short.
    """
    solver = settings.solver
    own = solver.max_iterations if max_seconds is None else 0
    return Stop(
        max_seconds=(solver.max_seconds if max_seconds is None else max_seconds) or None,
        max_iterations=(own if max_iterations is None else max_iterations) or None,
        max_gap=(solver.max_gap if max_gap is None else max_gap) or None,
        guard_seconds=solver.guard_seconds or None,
    )


def tell_end(plan: Plan) -> str:
    """Say what cut a plan's search short; blank where it went to its end."""
    iterations = plan.case.stop.iterations
    wanted = "" if iterations is None else f" of {iterations:,}"
    spent = f"after {plan.seconds:,.0f} s, {plan.iterations:,}{wanted} steps"
    told = {
        USER: f"Stopped by Ctrl-C {spent}: this is the best plan so far, {ELSEWHERE}.",
        SECONDS: f"Stopped by the time limit {spent}: {ELSEWHERE}.",
        GUARD: f"Stopped by the time guard {spent}: {ELSEWHERE}. A longer solver.guard_seconds lets it go on.",
    }
    return told.get(plan.ended, "")


def tell_ends(ends: Sequence[str]) -> list[str]:
    """Say how many of the further searches the clock cut short, if any."""
    count = Counter(ends)
    words = {SECONDS: "the time limit", GUARD: "the time guard"}
    return [
        f"{count[end]} of {len(ends)} further searches were stopped by {name}: {ELSEWHERE}."
        for end, name in words.items()
        if count[end]
    ]
