"""The verbs that report on the market: rural gaps, the whole picture, and the blocks already let."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from marketmap.cli.console import err_console, print_result, show_progress
from marketmap.cli.options import CountyOption, OutOption, RoadsOption, check_road_setting, override_roads

PlanOption = Annotated[
    Path | None,
    typer.Option("--plan", help="Output folder of *blocks*: what a block there would do is told from its plan."),
]

RoundsOption = Annotated[
    Path | None,
    typer.Option("--rounds", help="Output folder of *rounds*: travel before and after is told from it, inside only."),
]


def rural(
    county: CountyOption = Path("data/sample"),
    out: OutOption = Path("out-rural"),
    roads: RoadsOption = None,
    plan: PlanOption = None,
    district: Annotated[
        str | None, typer.Option("--district", help="Keep to one district: its name or its ONS code.")
    ] = None,
) -> None:
    """Report where rural care falls short, the areas ranked by need, as a page, tables and a GeoPackage.

    Writes *internal/rural.html* in full, *public/rural.html* through the gate for small numbers, their tables as CSV
    and *run.json*.
    """
    _report("rural", county, out, roads=roads, plan=plan, district=district)


def report(
    county: CountyOption = Path("data/sample"),
    out: OutOption = Path("out-report"),
    roads: RoadsOption = None,
    plan: PlanOption = None,
    rounds: RoundsOption = None,
) -> None:
    """Report on the whole market: demand, footprints, gaps, waits, refusals, growth, price and what is to come.

    Writes *internal/report.html* in full, *public/report.html* through the gate for small numbers, their tables as CSV
    and *run.json*.
    """
    _report("report", county, out, roads=roads, plan=plan, rounds=rounds)


def monitor(
    county: CountyOption = Path("data/sample"),
    out: OutOption = Path("out-monitor"),
    roads: RoadsOption = None,
) -> None:
    """Report week by week on the blocks already let: hours guaranteed, commissioned and delivered, and what leaked.

    Writes *internal/monitor.html* in full, *public/monitor.html* through the gate for small numbers, their tables as
    CSV and *run.json*.
    """
    _report("monitor", county, out, roads=roads)


def _report(
    kind: Literal["rural", "report", "monitor"],
    county: Path,
    out: Path,
    *,
    roads: Path | None,
    plan: Path | None = None,
    rounds: Path | None = None,
    district: str | None = None,
) -> None:
    from marketmap.outputs.report.run import run_report  # noqa: PLC0415  keeps --help quick

    check_road_setting(county, roads)
    command = ["marketmap", *sys.argv[1:]]
    options: dict[str, Any] = {"overrides": override_roads(roads), "plan_folder": plan, "district": district or None}
    options["rounds_folder"] = rounds
    if not err_console.is_terminal:
        # Run by a clock: nothing is said unless something is wrong.
        run_report(kind, county, out, command=command, **options)
        return
    with show_progress() as (stage, _solver):
        record = run_report(kind, county, out, command=command, on_stage=stage, **options)
    print_result(out, record)
