"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

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


def override_roads(roads: Path | None) -> dict[str, Any]:
    """Put a road file given on the command line in place of the settings' own."""
    # The settings' own road file is relative to the county folder; one typed here, to where it is typed.
    return {} if roads is None else {"roads": {"file": str(roads.resolve())}}
