"""The one door through which road files come in."""

from __future__ import annotations

import os
from pathlib import Path

from marketmap.errors import RoadsError
from marketmap.settings import TravelSettings
from marketmap.travel.assembly import assemble
from marketmap.travel.graphs import GRAPHML, read_graphml
from marketmap.travel.network import RoadNetwork
from marketmap.travel.osm import FORMATS, read_osm
from marketmap.travel.speeds import check_speeds


def read_roads(path: Path | str, *, settings: TravelSettings | None = None) -> RoadNetwork:
    """Read a road file.

    Parameters
    ----------
    path
        An OpenStreetMap extract (``.osm.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2``) or a graph that OSMnx saved
        (``.graphml``).
    settings
        Speeds, delays and how points are placed; None: the defaults.

    Raises
    ------
    RoadsError
        When the settings cannot be used, or the file is missing, damaged, of another kind or without roads.
    """
    settings = TravelSettings() if settings is None else settings
    check_speeds(settings)
    if not isinstance(path, str | os.PathLike):
        raise RoadsError(f"path is {path!r:.60}; give the road file's path.")
    path = Path(path)
    format_name = check_road_file(path)
    if format_name == GRAPHML:
        lines, source = read_graphml(path, settings=settings)
    else:
        lines, source = read_osm(path, format_name=format_name, settings=settings)
    return assemble(lines, settings=settings, source=source)


def check_road_file(path: Path) -> str:
    """Check that a road file is there and its name ends as one of the known formats, and name the format.

    Raises
    ------
    RoadsError
        When it is missing, a folder or not to be opened, or its name ends otherwise.
    """
    try:
        if path.is_dir():
            raise RoadsError(f"{path.name or path} is a folder. Name the road file in it.")
        if not path.is_file():
            raise RoadsError(
                f"The road file {path.name} is not there (looked in {path.parent}). Put it in place, or correct "
                "roads.file: a path there starts from the county folder."
            )
        path.open("rb").close()
    except OSError as error:
        raise RoadsError(
            f"The road file {path.name} cannot be opened ({error.strerror}). Check who may read it."
        ) from error
    for ending, format_name in {**FORMATS, ".graphml": GRAPHML}.items():
        if path.name.lower().endswith(ending):
            return format_name
    raise RoadsError(
        f"{path.name} is not a road file. Use an OpenStreetMap extract (.osm.pbf, .osm, .osm.gz, .osm.bz2) or an "
        "OSMnx graph (.graphml)."
    )
