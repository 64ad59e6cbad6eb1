"""What people see in the terminal: results on standard output, progress and faults on standard error."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from marketmap.outputs.files.record import RunRecord

EXIT_FAULT = 2
EXIT_FINDINGS = 1
EXIT_UNFORESEEN = 3
EXIT_STOPPED = 130
# A log gets the first line of a search after this long, the next after twice as long each time.
LOG_FIRST_SECONDS = 10.0

out_console = Console(highlight=False, soft_wrap=True)
err_console = Console(stderr=True, highlight=False, soft_wrap=True)


def print_result(out: Path, record: RunRecord) -> None:
    """Print what a run has to say for itself, and where it was written."""
    print_flags(record.synthetic, record.synthetic_note, illustrative=record.illustrative_roads)
    for note in record.notes:
        out_console.print(f"- {escape(note)}")
    out_console.print(escape(record.summary))
    out_console.print(f"Wrote {escape(str(out))}/.")


def print_flags(synthetic: bool, note: str, *, illustrative: bool) -> None:
    """Say first what must not be mistaken for real."""
    if synthetic:
        out_console.print(escape(note or "Synthetic data."), style="bold")
    if illustrative:
        out_console.print(
            "ILLUSTRATIVE ROADS: made up from the postcodes; give a road file for real ones.", style="bold"
        )


def describe_search(stage: str, iteration: int, objective: float, bound: float) -> str:
    """Say how far a search is: its best plan and how near that is to the best possible."""
    if not math.isfinite(objective):
        return f"{stage}: step {iteration:,}, no plan yet"
    gap = (objective - bound) / abs(objective) if objective else 0.0
    near = f"at most {gap:.1%} from the best" if math.isfinite(bound) else "how near the best is not known yet"
    return f"{stage}: step {iteration:,}, {objective:,.0f} minutes a week, {near} (Ctrl-C keeps the best so far)"


@contextmanager
def show_progress() -> Iterator[tuple[Callable[[str], None], Callable[[int, float, float], None]]]:
    """Show what is being done on standard error: a live line for people, few lines for logs."""
    yield from _log_lines() if not err_console.is_terminal else _live_lines()


def _log_lines() -> Iterator[tuple[Callable[[str], None], Callable[[int, float, float], None]]]:
    """Write a line a stage, and of a search a line after ten seconds, twenty, forty and so on."""
    now, began, wait = "", time.monotonic(), LOG_FIRST_SECONDS

    def stage(text: str) -> None:
        nonlocal now, began, wait
        now, began, wait = text, time.monotonic(), LOG_FIRST_SECONDS
        err_console.print(escape(f"{text} …"))

    def solver(iteration: int, objective: float, bound: float) -> None:
        nonlocal wait
        if time.monotonic() - began >= wait:
            wait *= 2
            err_console.print(escape(describe_search(now, iteration, objective, bound)))

    yield stage, solver


def _live_lines() -> Iterator[tuple[Callable[[str], None], Callable[[int, float, float], None]]]:
    """Show a line a stage, the last with a clock; of a search it shows the best plan as it improves."""
    columns = (SpinnerColumn(finished_text=" "), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err_console, transient=False) as bar:
        tasks: list[tuple[Any, str]] = []

        def stage(text: str) -> None:
            if tasks:
                bar.update(tasks[-1][0], total=1, completed=1)
            tasks.append((bar.add_task(escape(text), total=None), text))

        def solver(iteration: int, objective: float, bound: float) -> None:
            if tasks:
                task, text = tasks[-1]
                bar.update(task, description=escape(describe_search(text, iteration, objective, bound)))

        yield stage, solver
        if tasks:
            bar.update(tasks[-1][0], total=1, completed=1)
