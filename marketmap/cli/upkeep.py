"""The verbs that look back: what changed since last month, and deleting what is no longer needed."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from marketmap.cli.console import out_console, print_result
from marketmap.errors import OutputError

# So many changes of public figures are printed; the files have them all.
MOST_PRINTED = 20


def compare(
    old: Annotated[Path, typer.Argument(help="Output folder of the earlier run.")],
    new: Annotated[Path, typer.Argument(help="Output folder of the later run, written by the same verb.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write the changes to; without it a summary is printed.")
    ] = None,
) -> None:
    """Say what changed between two outputs of one verb: last month's report and this month's, two plans.

    With *--out* it writes *internal/changes.csv*, *internal/changes_summary.csv* and *public/changes.csv*. Public
    figures are compared as they are shown: what is hidden stays hidden, and differences are of rounded figures.
    """
    from marketmap.outputs.runs.compare import compare_outputs, summarise, write_comparison  # noqa: PLC0415

    found = compare_outputs(old, new)
    if out is not None:
        print_result(out, write_comparison(found, out, command=["marketmap", *sys.argv[1:]]))
        return
    for note in found.notes:
        out_console.print(f"- {escape(note)}")
    for line in found.summary.to_dict("records"):
        counts = ", ".join(
            f"{int(line[name]):,} {name.removeprefix('rows_')}"
            for name in ("rows_new", "rows_gone", "rows_changed")
            if line["note"] == ""
        )
        rows = f"{line['rows_before']:,} to {line['rows_after']:,} rows"
        out_console.print(escape(f"{line['table']}: {rows}; {counts or line['note']}"))
    for row in found.public.head(MOST_PRINTED).to_dict("records"):
        figures = f"{row['before'] or 'not there'} → {row['after'] or 'not there'}"
        what = f"{row['table']}, {row['row']}, {row['column']}: {figures}"
        out_console.print(escape(f"{what} {row['difference']}".rstrip()))
    if len(found.public) > MOST_PRINTED:
        out_console.print(f"… and {len(found.public) - MOST_PRINTED:,} more; --out writes all of them.")
    out_console.print(escape(summarise(found)))


def purge(
    before: Annotated[str, typer.Option("--before", help="A day, e.g. 2026-01-31: only runs of older data.")],
    out: Annotated[list[Path] | None, typer.Option("--out", help="An output folder; may be given often.")] = None,
    root: Annotated[Path | None, typer.Option("--root", help="Every output folder in and under this one.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete the internal files of old runs; run.json and public/ stay.

    Deleted is only what a run of marketmap wrote and nobody changed since, and under *--root* what was uploaded to the
    app before that day. What will go is listed first.
    """
    from marketmap.outputs.files.purge import carry_out, describe_purges, find_runs, plan_purges  # noqa: PLC0415
    from marketmap.outputs.workspace.upload_purge import (  # noqa: PLC0415
        carry_out_uploads,
        describe_upload_purges,
        plan_upload_purges,
    )

    day = _read_day(before)
    if not out and root is None:
        raise OutputError("Nothing to purge: give --out, --root or both.")
    if root is not None and not root.is_dir():
        raise OutputError(f"--root: there is no folder {root}. Correct the path.")
    folders = list(dict.fromkeys([*(out or []), *(find_runs(root) if root is not None else [])]))
    plans = plan_purges(folders, before=day)
    uploads = [] if root is None else plan_upload_purges(root, before=day)
    for line in (*describe_purges(plans), *describe_upload_purges(uploads)):
        out_console.print(escape(line))
    files = sum(len(plan.files) for plan in plans) + sum(len(upload.files) for upload in uploads)
    if not files:
        out_console.print(f"No internal file of a run with data from before {day.isoformat()}: nothing is deleted.")
        return
    if not yes:
        if not sys.stdin.isatty():
            raise OutputError("Nothing was deleted: nobody is there to be asked. Give --yes to delete these files.")
        typer.confirm(f"Delete {files:,} file(s)? They cannot be had back", abort=True)
    today = dt.datetime.now(tz=dt.UTC).date()
    gone = sum(carry_out(plan, on=today) for plan in plans)
    tables = sum(carry_out_uploads(upload, on=today) for upload in uploads)
    also = f" Deleted {tables:,} uploaded table(s)." if tables else ""
    out_console.print(f"Deleted {gone:,} internal file(s); {len(plans):,} run record(s) say so.{also}")


def _read_day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise OutputError(f'--before: "{text}" is no day. Write it as 2026-01-31.') from error
