"""The verbs that answer questions: do the tables and the plan stand, and whose is a postcode."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from marketmap.cli.console import EXIT_FINDINGS, err_console, out_console, show_progress
from marketmap.errors import OutputError


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
        with show_progress() as (stage, _solver):
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
        with show_progress() as (stage, _solver):
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
