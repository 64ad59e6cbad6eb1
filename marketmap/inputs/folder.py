"""A county folder: which file holds which table, and the settings that go with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from marketmap.errors import Fault
from marketmap.inputs.boundaries import AREA_SUFFIXES
from marketmap.inputs.contracts import CONTRACTS
from marketmap.inputs.readers import OPENERS
from marketmap.settings import SETTINGS_FILE, Settings, read_settings, settings_from_mapping, settings_to_mapping

# Settings that are tables of named tables: an override replaces those it names. Any other it replaces whole.
NAMED_TABLES = ("travel.scenarios",)


def folder_faults(folder: Path) -> list[Fault]:
    """Say why a county folder cannot be opened, if it cannot."""
    remedy = "Give a folder that holds packages and providers, or make one with: marketmap sample --out FOLDER"
    if not folder.exists():
        return [Fault(str(folder), "the county folder does not exist", remedy)]
    if not folder.is_dir():
        return [Fault(str(folder), "this is a file, not a county folder", remedy)]
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        reason = error.strerror or "no reason given"
    else:
        return []
    return [Fault(str(folder), f"the county folder cannot be opened ({reason})", "Ask for the right to read it")]


def find_tables(folder: Path, *, settings: Settings) -> tuple[dict[str, Path], list[Fault], list[str]]:
    """Find the file of each table.

    Parameters
    ----------
    folder
        The county folder.
    settings
        ``areas.file`` overrules ``areas.*`` in the folder.

    Returns
    -------
    files, faults, notes
        Table name to path; a fault for a required table without a file, a table with two and a table of a
        kind that is not read; a note naming data files that no table goes by.
    """
    files: dict[str, Path] = {}
    faults: list[Fault] = []
    present = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith(("~$", ".")))
    spoken_for = {settings.postcodes.file, settings.roads.file, settings.areas.file, SETTINGS_FILE}
    for name, contract in CONTRACTS.items():
        suffixes = AREA_SUFFIXES if name == "areas" else tuple(OPENERS)
        named = [path for path in present if path.stem.lower() == name]
        fitting = [path for path in named if path.suffix.lower() in suffixes]
        if name == "areas" and settings.areas.file:
            fitting = [folder / settings.areas.file]
        others = [path.name for path in named if path not in fitting and _is_data(path)]
        if len(fitting) > 1:
            names = " and ".join(path.name for path in fitting)
            faults.append(Fault(names, f"two files for the table {name}", "Keep one"))
        elif fitting:
            files[name] = fitting[0]
        elif others:
            kinds = ", ".join(suffixes)
            faults.append(
                Fault(others[0], "this kind of file is not read for this table", f"Save it as one of {kinds}")
            )
        elif contract.required:
            what = f"the table is missing: no {', '.join(name + suffix for suffix in suffixes)} in the folder"
            faults.append(Fault(name, what, "Add it; data/templates has an empty one"))
        spoken_for |= {path.name for path in named}
    strays = [path.name for path in present if path.suffix.lower() in OPENERS and path.name not in spoken_for]
    notes = [f"Not read, as no table goes by the name: {', '.join(strays)}."] if strays else []
    return files, faults, notes


def _is_data(path: Path) -> bool:
    return path.suffix.lower() in {*OPENERS, *AREA_SUFFIXES, ".xls", ".ods", ".xlsm", ".xlsb", ".tsv", ".txt"}


def read_folder_settings(
    folder: Path, *, settings: Settings | None = None, overrides: Mapping[str, Any] | None = None
) -> tuple[Settings, list[Fault]]:
    """Read ``marketmap.toml`` (unless settings are given) and lay overrides on top.

    Parameters
    ----------
    folder
        The county folder.
    settings
        Used instead of the file.
    overrides
        Nested as in the file, or with dotted keys such as ``"roads.file"``; they win.

    Returns
    -------
    settings, faults
        The settings with faulty keys at their defaults, and every fault. What the file says against itself is
        no fault where an override settles it.
    """
    read, faults = (settings, []) if settings is not None else read_settings(folder / SETTINGS_FILE)
    if not overrides:
        return read, faults
    mapping = settings_to_mapping(read)
    _, settled = settings_from_mapping(mapping, by_hand=True)
    for key, value in overrides.items():
        _lay(mapping, key.split("."), value)
    laid, more = settings_from_mapping(mapping)
    if settings is None and laid.travel.speeds_kmh == read.travel.speeds_kmh:
        _, more = settings_from_mapping(mapping, by_hand=True)
    return laid, [fault for fault in faults if fault not in settled] + more


def _lay(mapping: dict[str, Any], keys: Sequence[str], value: Any, *, path: str = "") -> None:
    first, *rest = keys
    here = f"{path}.{first}" if path else first
    if rest:
        _lay(mapping.setdefault(first, {}), rest, value, path=here)
    elif isinstance(value, Mapping) and (not path or here in NAMED_TABLES):
        for key, item in value.items():
            _lay(mapping.setdefault(first, {}), [str(key)], item, path=here)
    else:
        mapping[first] = value
