"""Options that several verbs share, checked before anything slow is imported or read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from marketmap.errors import PostcodeError, RoadsError
from marketmap.settings import SETTINGS_FILE, read_settings

if TYPE_CHECKING:
    from marketmap.outputs.runs.factors import Factors

_DISTRICT_CODE = re.compile(r"[EWSN][0-9]{8}")


def _check_typed_roads(roads: Path | None) -> Path | None:
    if roads is not None and not roads.exists():
        raise RoadsError(
            f"--roads: there is no file {roads} (looked in {roads.resolve().parent}). Correct the path: it starts from "
            "the folder you are in, not from the county folder."
        )
    return roads


CountyOption = Annotated[
    Path,
    typer.Option("--county", help="Folder of input tables (packages.csv, providers.csv, …) and marketmap.toml."),
]
OutOption = Annotated[Path, typer.Option("--out", help="Folder to write, whole or not at all.")]
RoadsOption = Annotated[
    Path | None,
    typer.Option(
        "--roads",
        help="Road file (.osm.pbf, .osm, .graphml) in place of the settings' own.",
        callback=_check_typed_roads,
    ),
]
SeedOption = Annotated[int | None, typer.Option("--seed", min=0, help="Same inputs, seed and iterations: same plan.")]


MaxIterationsOption = Annotated[
    int | None,
    typer.Option(
        "--max-iterations", min=1, help="Stop after so many steps; the same inputs, seed and steps give the same plan."
    ),
]
MaxSecondsOption = Annotated[
    float | None,
    typer.Option(
        "--max-seconds", min=1.0, help="Stop after so many seconds, however many steps that is (then runs may differ)."
    ),
]
MaxGapOption = Annotated[
    float | None,
    typer.Option("--max-gap", min=0.0, max=1.0, help="Stop at this proven gap, e.g. 0.02."),
]

FactorsOption = Annotated[
    Path | None,
    typer.Option("--factors", help="Output folder of *rounds --fit*: scale travel by what it fitted for this county."),
]


def override_roads(roads: Path | None) -> dict[str, Any]:
    """Put a road file given on the command line in place of the settings' own."""
    # The settings' own road file is relative to the county folder; one typed here, to where it is typed.
    return {} if roads is None else {"roads": {"file": str(roads.resolve())}}


def take_factors(folder: Path | None, county: Path, out: Path, *, needed: str) -> Factors | None:
    """Read the factors of a fit run that was named on the command line.

    Raises
    ------
    MarketmapError
        As `read_factors`; also where the fit stands in the output folder, and would be replaced.
    """
    if folder is None:
        return None
    from marketmap.outputs.files.folder import refuse_own_source  # noqa: PLC0415  keeps --help quick
    from marketmap.outputs.runs.factors import read_factors  # noqa: PLC0415

    refuse_own_source(out, folder)
    return read_factors(folder, county, needed=needed)


def check_road_setting(county: Path, roads: Path | None) -> None:
    """Check that the road file is there and of a known kind before the tables, which take longer, are read.

    Parameters
    ----------
    county
        The county folder; what is wrong with the folder itself is told by whoever reads it.
    roads
        What was typed; None: the settings' own.

    Raises
    ------
    RoadsError
        When it is missing, cannot be opened or its name ends otherwise.
    """
    file = roads or read_settings(county / SETTINGS_FILE)[0].roads.file
    if file and county.is_dir():
        from marketmap.travel.roads import check_road_file  # noqa: PLC0415  keeps --help quick

        check_road_file(roads or county / file)


def read_districts(text: str) -> tuple[str, ...]:
    """Read ONS local-authority codes from a list with commas.

    Raises
    ------
    PostcodeError
        Naming what is not such a code.
    """
    codes = tuple(code.strip().upper() for code in text.split(",") if code.strip())
    wrong = [code for code in codes if not _DISTRICT_CODE.fullmatch(code)]
    if wrong:
        raise PostcodeError(
            f"--districts: {', '.join(wrong)} is not a local-authority code. Such codes look like E07000078, "
            "E06000017, S12000033 or W06000001 (names are not read)."
        )
    return codes
