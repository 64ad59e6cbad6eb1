"""What people see while they wait: few lines in a log, and no figure that is not known."""

import io
import itertools
import math

import pytest
from rich.console import Console

from marketmap.cli import console


def show_log(monkeypatch: pytest.MonkeyPatch, *, seconds: int, terminal: bool = False) -> str:
    """Show a search that tells of itself every second."""
    text, ticks = io.StringIO(), itertools.count()
    monkeypatch.setattr(console, "err_console", Console(file=text, force_terminal=terminal, width=200))
    monkeypatch.setattr(console.time, "monotonic", lambda: float(next(ticks)))
    with console.show_progress() as (stage, solver):
        stage("Designing blocks")
        for step in range(seconds):
            solver(step, 1000.0 - step, 500.0)
    return text.getvalue()


def test_a_log_gets_few_lines_of_a_long_search(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = show_log(monkeypatch, seconds=3600).splitlines()
    assert lines[0] == "Designing blocks …"
    assert 5 <= len(lines) <= 12
    assert "at most 49." in lines[1]
    assert "minutes a week" in lines[1]


def test_a_terminal_sees_the_best_plan_and_the_gap_as_they_improve(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = show_log(monkeypatch, seconds=30, terminal=True)
    assert "Designing blocks: step 29, 971 minutes a week, at most 48.5% from the best" in shown


@pytest.mark.parametrize(
    ("objective", "bound", "said"),
    [
        (math.inf, -math.inf, "no plan yet"),
        (1000.0, -math.inf, "how near the best is not known yet"),
        (1000.0, 900.0, "at most 10.0% from the best (Ctrl-C keeps the best so far)"),
    ],
)
def test_only_what_is_known_is_said(objective: float, bound: float, said: str) -> None:
    told = console.describe_search("Designing blocks", 7, objective, bound)
    assert told.startswith("Designing blocks: step 7, ")
    assert said in told
    assert "nan" not in told
    assert "inf" not in told
