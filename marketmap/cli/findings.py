"""The verbs that answer questions: do the tables and the plan stand, and whose is a postcode."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from marketmap.cli.console import EXIT_FINDINGS, err_console, out_console, show_progress
from marketmap.cli.options import RoadsOption
from marketmap.errors import OutputError
from marketmap.outputs.files.record import read_record

if TYPE_CHECKING:
    from marketmap.check import Finding


def check(
    county: Annotated[Path | None, typer.Option("--county", help="Validate the tables of this folder.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Check the plan in this output folder.")] = None,
    roads: RoadsOption = None,
) -> None:
    """Validate a county's tables and road file, and re-derive every claim of a finished plan from the files alone.

    Exit code 0: all stands, or OUT holds a run that made no plan. 1: the plan has findings. 2: the tables, the
    settings or the road file have faults.
    """
    if county is None and out is None:
        raise OutputError("Nothing to check: give --county, --out or both.")
    if roads is not None and county is None:
        raise OutputError("--roads goes with --county: a plan names the road file it was made from.")
    if county is not None:
        _check_county(county, roads)
    if out is not None and county is not None:
        made_from = Path(read_record(out).county_folder)
        if made_from.resolve() != county.resolve():
            out_console.print(escape(f"{out} holds a plan made from {made_from}, not from {county}: not checked."))
            return
    if out is not None:
        _check_out(out)


def _check_county(county: Path, roads: Path | None) -> None:
    from marketmap.cli.inspection import inspect_county  # noqa: PLC0415  keeps --help quick

    with show_progress() as (stage, _solver):
        read, about_roads = inspect_county(county, roads=roads, on_stage=stage)
    for name, file in sorted(read.tables.files.items()):
        out_console.print(f"{name}: {escape(file.name)}, {file.rows:,} rows")
    for note in (*about_roads, *read.tables.notes):
        out_console.print(f"- {escape(note)}")
    stands = "tables and roads" if read.settings.roads.file else "tables"
    out_console.print(f"The {stands} of {escape(str(county))} stand.")


def _check_out(out: Path) -> None:
    from marketmap.check import check_lists, check_plan, holds_lists, holds_plan  # noqa: PLC0415  keeps --help quick

    if read_record(out).purged:
        when = read_record(out).purged.get("on", "an unknown day")
        out_console.print(escape(f"The internal files of {out} were purged on {when}: nothing to re-derive."))
        return
    if holds_lists(out):
        with show_progress() as (stage, _solver):
            stage("Re-deriving what it says from the files")
            _tell_findings(check_lists(out), f"What is said in {escape(str(out))}", left="the minutes")
        return
    if not holds_plan(out):
        verb = " ".join(map(str, read_record(out).command)) or "another verb"
        out_console.print(escape(f"{out} holds no plan (it was written by: {verb}): nothing to re-derive."))
        return
    with show_progress() as (stage, _solver):
        stage("Re-deriving the plan from the files")
        findings = check_plan(out)
    _tell_findings(findings, f"The plan in {escape(str(out))}", left="the road minutes themselves")


def _tell_findings(findings: Sequence[Finding], what: str, *, left: str) -> None:
    for finding in findings:
        err_console.print(escape(str(finding)))
    if findings:
        err_console.print(f"{len(findings)} finding(s): {what[0].lower()}{what[1:]} does not stand.", style="red")
        raise typer.Exit(EXIT_FINDINGS)
    out_console.print(f"{what} stands: re-derived from the files, all but {left}.")


def lookup(
    postcodes: Annotated[list[str], typer.Argument(help="One or more postcodes, in any spelling.")],
    out: Annotated[Path, typer.Option("--out", help="The output folder of a blocks run.")] = Path("out"),
) -> None:
    """Say which block, if any, a postcode belongs to, and the suggested provider."""
    read_record(out)  # before the slow import: most often it is the folder that is wrong
    from marketmap.outputs.plans.lookup import look_up  # noqa: PLC0415

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
