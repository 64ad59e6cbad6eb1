"""Whose data an earlier run was made of: a folder is known again when it was copied or is named from elsewhere."""

from __future__ import annotations

from pathlib import Path

from marketmap.inputs.folder import find_tables, read_folder_settings
from marketmap.outputs.files.folder import hash_file
from marketmap.outputs.files.record import RunRecord

PACKAGES = "packages"


def is_of_county(record: RunRecord, county_folder: Path) -> bool:
    """Say whether a run was made from a county folder, or from a copy of it.

    Parameters
    ----------
    record
        Of the run. Its ``county_folder`` is as it was typed, perhaps from another working directory.
    county_folder
        The folder of input tables.

    Returns
    -------
    bool
        True where both are the same path, whatever the tables hold by now, or the packages table is the same byte
        for byte.
    """
    folder = Path(county_folder)
    if Path(record.county_folder).resolve() == folder.resolve():
        return True
    read = record.inputs.get(PACKAGES, {}).get("sha256")
    if not read or not folder.is_dir():
        return False
    settings, _ = read_folder_settings(folder)
    now = find_tables(folder, settings=settings)[0].get(PACKAGES)
    return now is not None and now.is_file() and hash_file(now) == read
