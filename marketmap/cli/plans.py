"""The verbs that plan: clusters, blocks, a company's leaving, and the repeat of an earlier run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from marketmap.cli.console import EXIT_FINDINGS, err_console, out_console, print_result, show_progress
from marketmap.cli.options import (
    CountyOption,
    FactorsOption,
    MaxGapOption,
    MaxIterationsOption,
    MaxSecondsOption,
    OutOption,
    RoadsOption,
    SeedOption,
    check_road_setting,
    override_roads,
    take_factors,
)
from marketmap.outputs.files.record import read_record
from marketmap.settings import SETTINGS_FILE, read_settings


def blocks(
    county: CountyOption = Path("data/sample"),
    out: OutOption = Path("out"),
    roads: RoadsOption = None,
    seed: SeedOption = None,
    factors: FactorsOption = None,
    max_iterations: MaxIterationsOption = None,
    max_seconds: MaxSecondsOption = None,
    max_gap: MaxGapOption = None,
    first: Annotated[
        int | None, typer.Option(min=1, help="Only the best so many blocks to begin with, those already let kept.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Alternatives, a frontier and other assumptions as well; takes minutes.")
    ] = False,
    if_stale: Annotated[
        bool, typer.Option("--if-stale", help="Do nothing if OUT holds a run of these tables and settings.")
    ] = False,
) -> None:
    """Propose blocks and a suggested provider for each; write the broker's look-up list.

    Writes *internal/block_proposals.csv*, *block_postcodes.csv*, *eligible_providers.csv*, *map.html*, *run.json*
    and more. Without a limit it stops after *solver.max_iterations* of the settings, and the same inputs give the same
    plan. With *--full* each further search takes a part of the same limits. Ctrl-C from *Designing blocks* on keeps the
    best plan so far and writes it (exit code 0); a second one abandons the run, with nothing written (130).
    """
    check_road_setting(county, roads)
    from marketmap.outputs.files.ending import stop_with  # noqa: PLC0415
    from marketmap.outputs.files.replay import is_current  # noqa: PLC0415
    from marketmap.outputs.runs.batch import run_blocks  # noqa: PLC0415

    fitted = take_factors(factors, county, out, needed="blocks")
    typed = override_roads(roads)
    if if_stale and is_current(
        out, county, overrides={**typed, **(fitted.settings if fitted else {})}, seed=seed, first=first, full=full
    ):
        out_console.print(escape(f"{out} holds a run of these tables and settings: nothing to do."))
        return
    settings, _ = read_settings(county / SETTINGS_FILE)
    stop = stop_with(settings, max_seconds=max_seconds, max_iterations=max_iterations, max_gap=max_gap)
    with show_progress() as (stage, solver):
        record = run_blocks(
            county,
            out,
            overrides=typed,
            factors=fitted,
            seed=seed,
            stop=stop,
            first=first,
            full=full,
            command=["marketmap", *sys.argv[1:]],
            on_stage=stage,
            on_progress=solver,
        )
    print_result(out, record)


def without(
    company: Annotated[str, typer.Argument(help="company_id of the providers table.")],
    county: CountyOption = Path("data/sample"),
    out: OutOption = Path("out-without"),
    roads: RoadsOption = None,
    seed: SeedOption = None,
    factors: FactorsOption = None,
    max_iterations: MaxIterationsOption = None,
    max_seconds: MaxSecondsOption = None,
    max_gap: MaxGapOption = None,
) -> None:
    """Say what becomes of a company's blocks and hours if it leaves, every other block kept as it is.

    Makes the plan as *blocks* does, with the same seed and stop the same plan, and writes *internal/exit_blocks.csv*,
    *exit_hours.csv* and *exit_postcodes.csv* beside it.
    """
    check_road_setting(county, roads)
    from marketmap.outputs.files.ending import stop_with  # noqa: PLC0415
    from marketmap.outputs.runs.batch import run_blocks  # noqa: PLC0415

    fitted = take_factors(factors, county, out, needed="blocks")
    settings, _ = read_settings(county / SETTINGS_FILE)
    with show_progress() as (stage, solver):
        record = run_blocks(
            county,
            out,
            overrides=override_roads(roads),
            factors=fitted,
            seed=seed,
            stop=stop_with(settings, max_seconds=max_seconds, max_iterations=max_iterations, max_gap=max_gap),
            without=company,
            command=["marketmap", *sys.argv[1:]],
            on_stage=stage,
            on_progress=solver,
        )
    print_result(out, record)


def clusters(
    county: CountyOption = Path("data/sample"),
    out: OutOption = Path("out-clusters"),
    roads: RoadsOption = None,
    max_minutes: Annotated[
        float | None, typer.Option(min=0.1, help="Longest drive between two members of a cluster.")
    ] = None,
) -> None:
    """Find clusters of demand on road travel time; every package gets a home."""
    check_road_setting(county, roads)
    from marketmap.outputs.runs.clustering import run_clusters  # noqa: PLC0415

    overrides = override_roads(roads)
    if max_minutes is not None:
        overrides["clusters"] = {"max_minutes": max_minutes}
    with show_progress() as (stage, _solver):
        record = run_clusters(county, out, overrides=overrides, command=["marketmap", *sys.argv[1:]], on_stage=stage)
    print_result(out, record)


def replay(
    record: Annotated[Path, typer.Argument(help="run.json of an earlier run, or its folder.")],
    out: OutOption = Path("out-replay"),
) -> None:
    """Repeat a run from its run.json and say whether the results are the same, byte for byte."""
    recorded = read_record(record)  # before the slow import
    from marketmap.outputs.files.replay import replay_run  # noqa: PLC0415

    with show_progress() as (stage, solver):
        differing = replay_run(record, out, on_stage=stage, on_progress=solver)
    if differing:
        err_console.print(escape(f"Differs from the recorded run: {', '.join(differing)}."), style="red")
        if recorded.solver.get("end"):
            err_console.print(escape(f"The recorded run says: {recorded.solver['end']}"))
        raise typer.Exit(EXIT_FINDINGS)
    out_console.print(f"The same as recorded, byte for byte. Wrote {escape(str(out))}/.")
