"""What people see in the terminal: results on standard output, progress and faults on standard error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from marketmap.outputs.record import RunRecord

EXIT_FAULT = 2
EXIT_FINDINGS = 1
EXIT_UNFORESEEN = 3
LOG_EVERY_SECONDS = 15.0

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


def _describe_search(iteration: int, objective: float, bound: float) -> str:
    gap = (objective - bound) / abs(objective) if objective else 0.0
    return (
        f"Designing blocks: step {iteration:,}, {objective:,.0f} minutes a week, at most {gap:.1%} from the best "
        "(Ctrl-C keeps the best so far)"
    )


@contextmanager
def show_progress() -> Iterator[tuple[Callable[[str], None], Callable[[int, float, float], None]]]:
    """Show what is being done on standard error: a live line for people, one line a stage for logs."""
    if not err_console.is_terminal:
        last = [time.monotonic()]

        def tell(iteration: int, objective: float, bound: float) -> None:
            if time.monotonic() - last[0] >= LOG_EVERY_SECONDS:
                last[0] = time.monotonic()
                err_console.print(_describe_search(iteration, objective, bound))

        yield (lambda text: err_console.print(f"{text} …")), tell
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err_console, transient=False) as bar:
        tasks: list[Any] = []

        def stage(text: str) -> None:
            if tasks:
                bar.stop_task(tasks[-1])
            tasks.append(bar.add_task(text, total=None))

        def solver(iteration: int, objective: float, bound: float) -> None:
            bar.update(tasks[-1], description=_describe_search(iteration, objective, bound))

        yield stage, solver
