"""The verbs that make inputs where a council has none at hand: a synthetic county, approximate areas."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from marketmap.cli.console import out_console, show_progress
from marketmap.cli.options import read_districts
from marketmap.errors import Fault, InputError


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
    codes = read_districts(districts)
    if codes and county is not None:
        raise InputError([Fault("--county", "given beside --districts", "Give one of the two")])
    from marketmap.inputs.sample import SampleSettings, build_sample  # noqa: PLC0415  keeps --help quick

    name = None if codes else (county or "gloucestershire")
    settings = SampleSettings() if overlap is None else dataclasses.replace(SampleSettings(), patch_overlap=overlap)
    with show_progress() as (stage, _solver):
        stage("Making up a county")
        folder = build_sample(out, county=name, districts=codes, packages=packages, seed=seed, settings=settings)
    out_console.print(f"Wrote {escape(str(folder))}. Synthetic data: see its README.txt.")


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
