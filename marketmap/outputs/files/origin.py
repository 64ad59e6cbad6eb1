"""Whose data an earlier run was made of: a folder is known again when it was copied or is named from elsewhere."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Literal

from marketmap.errors import OutputError
from marketmap.inputs.folder import find_tables, read_folder_settings
from marketmap.outputs.files.folder import hash_file
from marketmap.outputs.files.record import RunRecord, read_record, refuse_purged
from marketmap.outputs.schema.block import BLOCK_POSTCODES
from marketmap.outputs.schema.round import DIFFERENCES, FIT
from marketmap.outputs.schema.swap import SWAP_LIST

PACKAGES, PLAN_OPTION = "packages", "--plan"
Given = Literal["plan", "swaps", "rounds", "factors"]
# What a run may be given of another: in words, the verb and the file that tell it, and make's option for its folder.
GIVEN: dict[Given, tuple[str, str, str, str]] = {
    "plan": ("a plan", "blocks", BLOCK_POSTCODES.path, "OUT"),
    "swaps": ("a swap list", "swaps", SWAP_LIST.path, "SWAPS"),
    "rounds": ("simulated rounds", "rounds", DIFFERENCES.path, "ROUNDS"),
    "factors": ("a fit on simulated rounds", "fit", FIT.path, "FIT"),
}


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


def name_plan(plan: RunRecord) -> dict[str, str]:
    """Name a plan by what its zones are: ``sha256`` of its list of postcodes, blocks and providers."""
    return {"sha256": plan.outputs[BLOCK_POSTCODES.path]}


def is_of_plan(record: RunRecord, plan: RunRecord, folder: Path) -> bool | None:
    """Say whether a run was given a plan, zone by zone.

    Parameters
    ----------
    record
        Of the run.
    plan, folder
        The plan's record, and where it is.

    Returns
    -------
    bool or None
        A run that does not name its plan, but the folder on its command, was given what was there before it began; None
        where it names neither.
    """
    if record.plan:
        return record.plan.get("sha256") == plan.outputs.get(BLOCK_POSTCODES.path)
    words = [str(word) for word in record.command]
    named = [value for option, value in pairwise(words) if option == PLAN_OPTION]
    if not named:
        return None
    return Path(named[-1]).resolve() == folder.resolve() and plan.created <= record.created


def read_given(folder: Path, county_folder: Path, *, given: Given) -> RunRecord:
    """Read the record of an earlier run that a new one is given, and refuse one of other people.

    Parameters
    ----------
    folder
        The earlier run's output folder.
    county_folder
        The folder of input tables of the new run.
    given
        What it is given as.

    Raises
    ------
    OutputError
        Where the folder holds no run of that verb, was purged, or was made from another county folder.
    """
    record = read_record(folder)
    what, verb, path, option = GIVEN[given]
    remedy = (
        f"Make this county's own (make {verb} COUNTY={county_folder}), or name the folder that holds it (make: "
        f"{option}=, marketmap: --{given}). To do without: make {option}=none, or no --{given}."
    )
    refuse_purged(record, folder)
    if path not in record.outputs:
        written = " ".join(map(str, record.command)) or "another verb"
        raise OutputError(f"{folder} does not hold {what} (it was written by: {written}). {remedy}")
    if not is_of_county(record, county_folder):
        raise OutputError(
            f"{folder} holds {what} of another county folder ({record.county_folder}), not of {county_folder}. {remedy}"
        )
    return record
