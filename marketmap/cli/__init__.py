"""The command line: one verb for each Make target. Faults print their text and exit 2; a traceback is a defect."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import typer
from rich.markup import escape

from marketmap.cli.calibrating import calibrate
from marketmap.cli.console import EXIT_FAULT, EXIT_STOPPED, EXIT_UNFORESEEN, err_console
from marketmap.cli.fetching import fetch_app
from marketmap.cli.findings import check, lookup
from marketmap.cli.making import areas, sample
from marketmap.cli.plans import blocks, clusters, replay, without
from marketmap.cli.reports import monitor, report, rural
from marketmap.cli.roads import roads
from marketmap.cli.simulating import rounds
from marketmap.cli.swapping import evaluate, swaps, waiting
from marketmap.cli.upkeep import compare, purge
from marketmap.errors import MarketmapError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="""Finds clusters of home-care demand and proposes small blocks of hours for one provider each.

    Start with **marketmap sample --out data/sample** (a made-up county on real postcodes), then
    **marketmap blocks --county data/sample --out out**, then **marketmap lookup "GL7 1AA" --out out**.
    No verb but *fetch* ever uses the network.
    """,
)
for verb in (
    sample,
    blocks,
    without,
    clusters,
    check,
    lookup,
    replay,
    areas,
    calibrate,
    roads,
    rounds,
    rural,
    report,
    monitor,
    compare,
    purge,
    swaps,
    waiting,
    evaluate,
):
    app.command()(verb)
app.add_typer(fetch_app, name="fetch")


def main() -> None:
    """Run the command line; the entry point."""
    try:
        app()
    except MarketmapError as error:
        err_console.print(escape(str(error)), style="red")
        sys.exit(EXIT_FAULT)
    except SystemExit as end:
        # Typer turns Ctrl-C into this code and says nothing.
        if end.code == EXIT_STOPPED:
            err_console.print(escape(_find_reason(end)) or "Stopped. Nothing was written.")
        raise
    except Exception as error:
        if os.environ.get("MARKETMAP_DEBUG"):
            raise
        # Neither the text nor the values of a fault we did not foresee are shown: they may hold people's data.
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "marketmap" in frame.filename]
        where = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "a library"
        err_console.print(
            f"Unforeseen fault ({type(error).__name__} in {where}). No output was replaced. Please report this line; "
            "MARKETMAP_DEBUG=1 shows all of it, which may include people's data.",
            style="red",
        )
        sys.exit(EXIT_UNFORESEEN)


def _find_reason(end: BaseException) -> str:
    """Find what the Ctrl-C behind an exit has to say; mostly nothing."""
    error: BaseException | None = end
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return str(error or "")
