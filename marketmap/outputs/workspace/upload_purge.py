"""Deletes tables uploaded to the app before a day; `marketmap.outputs.files.purge` deletes what came of them."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketmap.errors import OutputError
from marketmap.outputs.files.private_files import write_private
from marketmap.outputs.workspace.places import PLACE_FILE, PLACE_SCHEMA, TABLES


@dataclass(frozen=True)
class UploadPurge:
    """What is to be deleted of one upload.

    Attributes
    ----------
    folder
        Of the county in the workspace.
    day
        When it was uploaded.
    files
        What will be deleted, relative to the folder.
    """

    folder: Path
    day: dt.date
    files: tuple[str, ...]


def plan_upload_purges(root: Path, *, before: dt.date) -> list[UploadPurge]:
    """Find the uploads in and under a folder that are from before a day; links are not followed.

    Tables uploaded before a day are of data from before it; of later uploads nothing is said.
    """
    found = []
    for place, folders, files in os.walk(root, followlinks=False):
        folders.sort()
        folder = Path(place)
        if PLACE_FILE not in files:
            continue
        folders.clear()
        raw, tables = _read(folder), folder / TABLES
        if not raw or tables.is_symlink() or not tables.is_dir():
            continue
        day = dt.datetime.fromisoformat(raw["added"]).date()
        listed = sorted(path.name for path in tables.iterdir() if path.is_file() or path.is_symlink())
        if day < before and listed:
            found.append(UploadPurge(folder, day, tuple(f"{TABLES}/{name}" for name in listed)))
    return found


def carry_out_uploads(plan: UploadPurge, *, on: dt.date) -> int:
    """Delete the tables of an upload, and take its county off its owner's list.

    The list is changed first, so that nobody opens half an upload; a purge that is broken off is taken up again by
    the same command.

    Returns
    -------
    int
        How many files were deleted.

    Raises
    ------
    OutputError
        When one cannot be deleted.
    """
    raw = _read(plan.folder)
    write_private(plan.folder / PLACE_FILE, json.dumps(raw | {"purged": on.isoformat()}, indent=2).encode())
    for path in plan.files:
        try:
            (plan.folder / path).unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                f"{plan.folder.name}/{path} cannot be deleted ({error.strerror}). Check your rights, then give the "
                "same command again."
            ) from error
    return len(plan.files)


def describe_upload_purges(plans: Sequence[UploadPurge]) -> Iterator[str]:
    """Say in lines what will be deleted."""
    for plan in plans:
        yield f"{plan.folder}: uploaded on {plan.day.isoformat()}, {len(plan.files):,} table(s)"
        yield from (f"  delete {path}" for path in plan.files)


def _read(folder: Path) -> dict[str, Any]:
    """Read what says that a folder is an upload of ours; empty where it is not."""
    file = folder / PLACE_FILE
    try:
        raw = None if file.is_symlink() else json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(raw, dict) or raw.get("schema") != PLACE_SCHEMA or raw.get("folder") or not raw.get("added"):
        return {}
    return raw
