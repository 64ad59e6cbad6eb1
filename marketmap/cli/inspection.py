"""A county's tables and its road file, looked at together: every fault of both in one list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from marketmap.cli.options import override_roads
from marketmap.errors import Fault, InputError, RoadsError
from marketmap.inputs.county import County, read_county
from marketmap.inputs.folder import folder_faults, read_folder_settings
from marketmap.inputs.postcode_package import cache_folder
from marketmap.outputs.runs.batch import MOST_OFF_ROADS
from marketmap.outputs.runs.road_notes import note_roads
from marketmap.settings import SETTINGS_FILE, Settings, travel_faults
from marketmap.travel import RoadNetwork, county_roads
from marketmap.travel.placing import place_coordinates
from marketmap.travel.roads import check_road_file


def inspect_county(folder: Path, *, roads: Path | None, on_stage: Callable[[str], None]) -> tuple[County, list[str]]:
    """Read a county's tables and its road file, and check that the roads are this county's.

    Parameters
    ----------
    folder
        The county folder.
    roads
        A road file in place of the settings' own.
    on_stage
        Told what is being done, in a few words.

    Returns
    -------
    county, about_roads
        The county, and sentences on its roads.

    Raises
    ------
    InputError
        One error with every fault of settings, tables, areas, postcodes and the road file.
    """
    overrides = override_roads(roads)
    on_stage("Reading and checking the tables")
    county, faults = None, list[Fault]()
    try:
        county = read_county(folder, overrides=overrides)
    except InputError as error:
        faults += error.faults
    if folder_faults(folder):
        raise InputError(faults)
    settings = county.settings if county else read_folder_settings(folder, overrides=overrides)[0]
    about = ["No road file: runs use illustrative roads, made up from the postcodes."]
    if settings.roads.file:
        try:
            about = _inspect_roads(folder / settings.roads.file, county, settings, on_stage=on_stage)
        except RoadsError as error:
            what, _, remedy = str(error).removesuffix(".").partition(". ")
            file, name = ("--roads", "") if roads is not None else (SETTINGS_FILE, "roads.file")
            faults.append(Fault(file, what, f"{remedy}.", column=name))
    if faults or county is None:
        raise InputError(faults)
    return county, about


def _inspect_roads(
    path: Path, county: County | None, settings: Settings, *, on_stage: Callable[[str], None]
) -> list[str]:
    check_road_file(path)
    if list(travel_faults(settings.travel)):  # told already, and no roads can be built with them
        on_stage("The road file is there, and is not read before the travel settings are mended")
        return []
    on_stage("Reading the roads")
    nowhere = pd.DataFrame({"easting": [], "northing": []}, dtype=float)
    network = county_roads(path, nowhere, settings=settings.travel, cache_dir=cache_folder())
    if county is None:
        return []
    return [*note_roads(county.tables, network), _place_packages(county, network)]


def _place_packages(county: County, network: RoadNetwork) -> str:
    """Say how many current packages lie on the roads; an error where most do not, as a run would raise."""
    packages = county.tables.packages
    current = packages[packages["placed"] & packages["status"].isin(["active", "waiting"])]
    if current.empty:
        return "No package is in force, so none could be placed on the roads."
    on_roads = place_coordinates(
        network,
        current["easting"].astype(float),
        current["northing"].astype(float),
        snap_metres=county.settings.travel.snap_metres,
    ).placed
    off = int((~on_roads).sum())
    if off > MOST_OFF_ROADS * len(current):
        raise RoadsError(
            f"{off:,} of {len(current):,} packages lie off the roads of {network.source.name}: these are not this "
            "county's roads. Give an extract that covers the county."
        )
    return f"{off:,} of {len(current):,} packages lie off the roads." if off else "All packages lie on the roads."
