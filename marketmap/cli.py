"""The command line: one verb for each Make target. Faults print their text and exit 2; a traceback is a defect."""

from __future__ import annotations

import dataclasses
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from marketmap.errors import MarketmapError, OutputError
from marketmap.outputs.record import RunRecord

EXIT_FAULT = 2
EXIT_FINDINGS = 1
EXIT_UNFORESEEN = 3
LOG_EVERY_SECONDS = 15.0

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="""Finds clusters of home-care demand and proposes small blocks of hours for one provider each.

    Start with **marketmap sample --out data/sample** (a made-up county on real postcodes), then
    **marketmap blocks --county data/sample --out out**, then **marketmap lookup "GL7 1AA" --out out**.
    No verb but *fetch* (to come) ever uses the network.
    """,
)

out_console = Console(highlight=False, soft_wrap=True)
err_console = Console(stderr=True, highlight=False, soft_wrap=True)

CountyOption = Annotated[
    Path,
    typer.Option("--county", help="Folder of input tables (packages.csv, providers.csv, …) and marketmap.toml."),
]
OutOption = Annotated[Path, typer.Option("--out", help="Folder to write, whole or not at all.")]
RoadsOption = Annotated[
    Path | None,
    typer.Option("--roads", help="Road file (.osm.pbf, .osm, .graphml) in place of the settings' own."),
]
SeedOption = Annotated[int | None, typer.Option("--seed", min=0, help="Same inputs, seed and iterations: same plan.")]


def main() -> None:
    """Run the command line; the entry point."""
    try:
        app()
    except MarketmapError as error:
        err_console.print(escape(str(error)), style="red")
        sys.exit(EXIT_FAULT)
    except KeyboardInterrupt:
        err_console.print("Stopped. Nothing was written.")
        sys.exit(130)
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


@app.command()
def sample(
    out: Annotated[Path, typer.Option("--out", help="County folder to write, whole or not at all.")] = Path(
        "data/sample"
    ),
    county: Annotated[
        str | None,
        typer.Option("--county", help="gloucestershire (the default) or rutland.", show_default=False),
    ] = None,
    districts: Annotated[
        str, typer.Option("--districts", help="Any other council: ONS local-authority codes, e.g. E06000054.")
    ] = "",
    packages: Annotated[
        int | None, typer.Option("--packages", min=1, help="How many packages of care; by default by size.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same county.")] = 0,
    overlap: Annotated[
        float | None,
        typer.Option("--overlap", min=0.0, help="How much providers' patches overlap; it decides the saving."),
    ] = None,
) -> None:
    """Build a synthetic county on real postcodes: nobody in it exists.

    With *--districts* it shows any UK council its own map in a minute.
    """
    from marketmap.inputs.sample import SampleSettings, build_sample  # noqa: PLC0415  keeps --help quick

    codes = tuple(code.strip() for code in districts.split(",") if code.strip())
    name = None if codes else (county or "gloucestershire")
    settings = SampleSettings() if overlap is None else dataclasses.replace(SampleSettings(), patch_overlap=overlap)
    with _progress() as (stage, _solver):
        stage("Making up a county")
        folder = build_sample(out, county=name, districts=codes, packages=packages, seed=seed, settings=settings)
    out_console.print(f"Wrote {escape(str(folder))}. Synthetic data: see its README.txt.")


@app.command()
def blocks(
    county: CountyOption = Path("data/sample"),
    out: OutOption = Path("out"),
    roads: RoadsOption = None,
    seed: SeedOption = None,
    max_iterations: Annotated[int | None, typer.Option(min=1, help="Stop after so many iterations.")] = None,
    max_seconds: Annotated[
        float | None, typer.Option(min=0.0, help="Stop after so many seconds (then runs may differ).")
    ] = None,
    max_gap: Annotated[float | None, typer.Option(min=0.0, help="Stop at this proven gap, e.g. 0.02.")] = None,
    first: Annotated[
        int | None, typer.Option(min=1, help="Only the best so many blocks to begin with, those already let kept.")
    ] = None,
    if_stale: Annotated[
        bool, typer.Option("--if-stale", help="Do nothing if OUT holds a run of these tables and settings.")
    ] = False,
) -> None:
    """Propose blocks and a suggested provider for each; write the broker's look-up list.

    Writes *internal/block_proposals.csv*, *block_postcodes.csv*, *eligible_providers.csv*, *map.html*, *run.json*
    and more. Ctrl-C while designing keeps the best plan so far, and says so.
    """
    from marketmap.outputs.batch import run_blocks, stop_with  # noqa: PLC0415
    from marketmap.outputs.replay import is_current  # noqa: PLC0415
    from marketmap.settings import SETTINGS_FILE, read_settings  # noqa: PLC0415

    if if_stale and is_current(out, county, overrides=_override_roads(roads), seed=seed, first=first):
        out_console.print(escape(f"{out} holds a run of these tables and settings: nothing to do."))
        return
    settings, _ = read_settings(county / SETTINGS_FILE)
    stop = stop_with(settings, max_seconds=max_seconds, max_iterations=max_iterations, max_gap=max_gap)
    with _progress() as (stage, solver):
        record = run_blocks(
            county,
            out,
            overrides=_override_roads(roads),
            seed=seed,
            stop=stop,
            first=first,
            command=["marketmap", *sys.argv[1:]],
            on_stage=stage,
            on_progress=solver,
        )
    _print_result(out, record)


def _print_result(out: Path, record: RunRecord) -> None:
    _print_flags(record.synthetic, record.synthetic_note, illustrative=record.illustrative_roads)
    for note in record.notes:
        out_console.print(f"- {escape(note)}")
    out_console.print(escape(record.summary))
    out_console.print(f"Wrote {escape(str(out))}/.")


@app.command()
def without(
    company: Annotated[str, typer.Argument(help="company_id of the providers table.")],
    county: CountyOption = Path("data/sample"),
    out: OutOption = Path("out-without"),
    roads: RoadsOption = None,
    seed: SeedOption = None,
    max_iterations: Annotated[int | None, typer.Option(min=1, help="Stop after so many iterations.")] = None,
    max_seconds: Annotated[
        float | None, typer.Option(min=0.0, help="Stop after so many seconds (then runs may differ).")
    ] = None,
) -> None:
    """Say what becomes of a company's blocks and hours if it leaves, every other block kept as it is.

    Makes the plan as *blocks* does, with the same seed and stop the same plan, and writes *internal/exit_blocks.csv*,
    *exit_hours.csv* and *exit_postcodes.csv* beside it.
    """
    from marketmap.outputs.batch import run_blocks, stop_with  # noqa: PLC0415
    from marketmap.settings import SETTINGS_FILE, read_settings  # noqa: PLC0415

    settings, _ = read_settings(county / SETTINGS_FILE)
    with _progress() as (stage, solver):
        record = run_blocks(
            county,
            out,
            overrides=_override_roads(roads),
            seed=seed,
            stop=stop_with(settings, max_seconds=max_seconds, max_iterations=max_iterations),
            without=company,
            command=["marketmap", *sys.argv[1:]],
            on_stage=stage,
            on_progress=solver,
        )
    _print_result(out, record)


@app.command()
def clusters(
    county: CountyOption = Path("data/sample"),
    out: OutOption = Path("out-clusters"),
    roads: RoadsOption = None,
    max_minutes: Annotated[
        float | None, typer.Option(min=0.1, help="Longest drive between two members of a cluster.")
    ] = None,
) -> None:
    """Find clusters of demand on road travel time; every package gets a home."""
    from marketmap.outputs.batch import run_clusters  # noqa: PLC0415

    overrides = _override_roads(roads)
    if max_minutes is not None:
        overrides["clusters"] = {"max_minutes": max_minutes}
    with _progress() as (stage, _solver):
        record = run_clusters(county, out, overrides=overrides, command=["marketmap", *sys.argv[1:]], on_stage=stage)
    _print_result(out, record)


@app.command()
def check(
    county: Annotated[Path | None, typer.Option("--county", help="Validate the tables of this folder.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Check the plan in this output folder.")] = None,
) -> None:
    """Validate a county's tables, and re-derive every claim of a finished plan from the files alone.

    Exit code 0: all stands. 1: the plan has findings. 2: the tables have faults.
    """
    from marketmap.check import check_plan  # noqa: PLC0415
    from marketmap.inputs.county import read_county  # noqa: PLC0415
    from marketmap.outputs.record import read_record  # noqa: PLC0415
    from marketmap.travel.roads import check_road_file  # noqa: PLC0415

    if county is None and out is None:
        raise OutputError("Nothing to check: give --county, --out or both.")
    if county is not None:
        with _progress() as (stage, _solver):
            stage("Reading and checking the tables")
            read = read_county(county)
            tables = read.tables
            if read.settings.roads.file:
                check_road_file(read.folder / read.settings.roads.file)
        for name, file in sorted(tables.files.items()):
            out_console.print(f"{name}: {escape(file.name)}, {file.rows:,} rows")
        for note in tables.notes:
            out_console.print(f"- {escape(note)}")
        out_console.print(f"The tables of {escape(str(county))} stand.")
    if out is not None and county is not None:
        made_from = Path(read_record(out).county_folder)
        if made_from.resolve() != county.resolve():
            out_console.print(escape(f"{out} holds a plan made from {made_from}, not from {county}: not checked."))
            return
    if out is not None:
        with _progress() as (stage, _solver):
            stage("Re-deriving the plan from the files")
            findings = check_plan(out)
        for finding in findings:
            err_console.print(escape(str(finding)))
        if findings:
            err_console.print(
                f"{len(findings)} finding(s): the plan in {escape(str(out))} does not stand.", style="red"
            )
            raise typer.Exit(EXIT_FINDINGS)
        out_console.print(
            f"The plan in {escape(str(out))} stands: re-derived from the files, all but the road minutes themselves."
        )


@app.command()
def lookup(
    postcodes: Annotated[list[str], typer.Argument(help="One or more postcodes, in any spelling.")],
    out: Annotated[Path, typer.Option("--out", help="The output folder of a blocks run.")] = Path("out"),
) -> None:
    """Say which block, if any, a postcode belongs to, and the suggested provider."""
    from marketmap.outputs.lookup import look_up  # noqa: PLC0415

    answers, unknown = look_up(out, postcodes)
    for answer in answers.to_dict("records"):
        provider = f"{answer['suggested_provider_id']} {answer['suggested_provider_name']}".strip() or "none"
        where = f"{answer['postcode']}: {answer['block_id']}; suggested provider: {provider}"
        out_console.print(escape(f"{where}; {answer['reason']}."))
    if unknown:
        raise OutputError(
            f"Not a postcode of this county: {', '.join(unknown)}. Check the spelling; postcodes over the border, "
            "and those newer than the postcode directory of the run, are not in the list."
        )


@app.command()
def replay(
    record: Annotated[Path, typer.Argument(help="run.json of an earlier run, or its folder.")],
    out: OutOption = Path("out-replay"),
) -> None:
    """Repeat a run from its run.json and say whether the results are the same, byte for byte."""
    from marketmap.outputs.replay import replay_run  # noqa: PLC0415

    with _progress() as (stage, solver):
        differing = replay_run(record, out, on_stage=stage, on_progress=solver)
    if differing:
        err_console.print(escape(f"Differs from the recorded run: {', '.join(differing)}."), style="red")
        raise typer.Exit(EXIT_FINDINGS)
    out_console.print(f"The same as recorded, byte for byte. Wrote {escape(str(out))}/.")


@app.command()
def areas(
    districts: Annotated[str, typer.Option("--districts", help="ONS local-authority codes, e.g. E06000017.")],
    out: Annotated[Path, typer.Option("--out", help="A .geojson or .gpkg file to write.")],
) -> None:
    """Make approximate sector and district boundaries from the postcodes themselves."""
    from marketmap.inputs.areas import make_areas  # noqa: PLC0415

    codes = tuple(code.strip() for code in districts.split(",") if code.strip())
    with _progress() as (stage, _solver):
        stage("Drawing areas around postcodes")
        made = make_areas(out, district_codes=codes)
    out_console.print(f"Wrote {len(made):,} approximate areas to {escape(str(out))}.")


def _override_roads(roads: Path | None) -> dict[str, Any]:
    # The settings' own road file is relative to the county folder; one typed here, to where it is typed.
    return {} if roads is None else {"roads": {"file": str(roads.resolve())}}


def _print_flags(synthetic: bool, note: str, *, illustrative: bool) -> None:
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
def _progress() -> Iterator[tuple[Callable[[str], None], Callable[[int, float, float], None]]]:
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
