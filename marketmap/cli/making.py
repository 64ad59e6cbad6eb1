"""The verbs that make inputs where a council has none at hand: a synthetic county, approximate areas."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from marketmap.cli.console import out_console, show_progress
from marketmap.cli.options import read_districts
from marketmap.errors import Fault, InputError

CLOCK_MONTHS = (3, 10)


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
    snapshot: Annotated[
        str,
        typer.Option(
            "--snapshot", help="The day that the tables are of, a Monday; call monitoring is the week before."
        ),
    ] = "2026-09-28",
) -> None:
    """Build a synthetic county on real postcodes: nobody in it exists.

    With *--districts* it shows any UK council its own map in a minute. With an earlier *--snapshot* and all else the
    same it is the same care with every date moved: something to try *evaluate --before* on, in which nothing changed.
    """
    codes = read_districts(districts)
    if codes and county is not None:
        raise InputError([Fault("--county", "given beside --districts", "Give one of the two")])
    day = _read_snapshot(snapshot)
    from marketmap.inputs.sample import SampleSettings, build_sample  # noqa: PLC0415  keeps --help quick

    name = None if codes else (county or "gloucestershire")
    settings = dataclasses.replace(SampleSettings(), snapshot_date=day)
    if overlap is not None:
        settings = dataclasses.replace(settings, patch_overlap=overlap)
    with show_progress() as (stage, _solver):
        stage("Making up a county")
        folder = build_sample(out, county=name, districts=codes, packages=packages, seed=seed, settings=settings)
    out_console.print(f"Wrote {escape(str(folder))}. Synthetic data: see its README.txt.")


def _read_snapshot(text: str) -> dt.date:
    """Read the day that a sample is of; the week of call monitoring before it must be of seven whole days."""
    try:
        day = dt.date.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError([Fault("--snapshot", f"{text!r} is not a day", "Write a day as 2026-02-23")]) from error
    if day.weekday() != 0:
        before = day - dt.timedelta(days=day.weekday())
        raise InputError([Fault("--snapshot", f"{day} is not a Monday", f"Give a Monday, such as {before}")])
    # Clocks change on the last Sunday of March and of October, a day of 23 or 25 hours.
    sunday = day - dt.timedelta(days=1)
    if sunday.month in CLOCK_MONTHS and (sunday + dt.timedelta(days=7)).month != sunday.month:
        later = day + dt.timedelta(days=7)
        raise InputError(
            [Fault("--snapshot", f"the clocks change the day before {day}", f"Give another, such as {later}")]
        )
    return day


def areas(
    districts: Annotated[str, typer.Option("--districts", help="ONS local-authority codes, e.g. E06000017.")],
    out: Annotated[Path, typer.Option("--out", help="A .geojson or .gpkg file to write.")],
) -> None:
    """Make approximate sector and district boundaries from the postcodes themselves."""
    codes = read_districts(districts)
    from marketmap.inputs.areas import make_areas  # noqa: PLC0415

    with show_progress() as (stage, _solver):
        stage("Drawing areas around postcodes")
        made = make_areas(out, district_codes=codes)
    out_console.print(f"Wrote {len(made):,} approximate areas to {escape(str(out))}.")
