"""The verb that simulates carers' rounds before and after."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from marketmap.cli.console import err_console, print_result, show_progress
from marketmap.cli.options import CountyOption, OutOption, RoadsOption, SeedOption, check_road_setting, override_roads


def _read_months(text: str) -> tuple[float, ...]:
    try:
        months = tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise typer.BadParameter("give months with commas between them, e.g. 3,6,12") from error
    if any(not 0 < month <= 60 for month in months):
        raise typer.BadParameter("months are above 0 and at most 60")
    return months


def rounds(
    county: CountyOption = Path("data/sample"),
    out: OutOption = Path("out-rounds"),
    roads: RoadsOption = None,
    seed: SeedOption = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="Output folder of *blocks*: simulates *all* and *new_only* too.")
    ] = None,
    swaps: Annotated[
        Path | None,
        typer.Option("--swaps", help="Output folder of *swaps*: simulates its moves too, refused ones not."),
    ] = None,
    months: Annotated[
        str, typer.Option("--months", help="Months ahead for *new_only*, with commas: 3,6,12. It needs *--plan*.")
    ] = "",
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="The last so many days of call monitoring.")] = 7,
    fit: Annotated[
        bool,
        typer.Option(
            "--fit", help="Instead fit the estimates that blocks and swaps use, on simulated rounds of a day."
        ),
    ] = False,
) -> None:
    """Simulate a week of carers' rounds as bought today and as proposed, with the same visits and rules.

    Writes *internal/rounds.csv*, *rounds_unserved.csv*, *round_places.csv*, *round_measures.csv*,
    *round_differences.csv*, *rounds_driven.csv* and *run.json*, with *--months* *rounds_as_today.csv* too. One Ctrl-C
    keeps the days that are finished. With *--fit* it writes *internal/round_fit.csv* and *round_factors.toml*, which
    *--factors* of *blocks* and *swaps* takes up.
    """
    ahead = _read_months(months)
    if ahead and plan is None:
        raise typer.BadParameter("--months needs --plan: without blocks who begins is placed as today")
    if fit and (plan is not None or swaps is not None or ahead):
        raise typer.BadParameter("--fit makes no policies: give it without --plan, --swaps and --months")
    check_road_setting(county, roads)
    from marketmap.outputs.runs.round_fit import run_fit  # noqa: PLC0415  keeps --help quick
    from marketmap.outputs.runs.rounds import run_rounds  # noqa: PLC0415

    told = -1

    def tell(done: int, of: int) -> None:
        # A line for each tenth: a log stays short, and a person sees that it goes on.
        nonlocal told
        tenth = 10 * done // max(of, 1)
        if tenth != told:
            told = tenth
            err_console.print(f"  {done:,} of {of:,} visits are in rounds (Ctrl-C keeps what is finished)")

    command = ["marketmap", *sys.argv[1:]]
    with show_progress() as (stage, _solver):
        if fit:
            record = run_fit(
                county,
                out,
                overrides=override_roads(roads),
                seed=seed,
                command=command,
                on_stage=stage,
                on_progress=tell,
            )
            print_result(out, record)
            return
        record = run_rounds(
            county,
            out,
            overrides=override_roads(roads),
            plan_folder=plan,
            swaps_folder=swaps,
            months=ahead,
            days=days,
            seed=seed,
            command=command,
            on_stage=stage,
            on_progress=tell,
        )
    print_result(out, record)
