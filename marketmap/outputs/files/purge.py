"""Deletes the internal files of old runs: those that a run of ours wrote and that nobody changed since, and no other.

The folder's ``run.json`` stays, with the checksums of what was there, and says that and when it was purged; what is
under ``public/`` stays too.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from marketmap.errors import OutputError
from marketmap.outputs.files.folder import hash_file
from marketmap.outputs.files.record import RECORD_FILE, RunRecord, read_record

INTERNAL = "internal"


@dataclass(frozen=True)
class Purge:
    """What is to be deleted of one output folder.

    Attributes
    ----------
    folder
        The folder.
    record
        Its run.
    files
        What will be deleted, relative to the folder.
    kept
        Files that the run lists and that stay, each with the reason; others that lie there are not even listed.
    """

    folder: Path
    record: RunRecord
    files: tuple[str, ...]
    kept: tuple[tuple[str, str], ...]


def find_runs(root: Path) -> list[Path]:
    """Find the output folders of ours in and under a folder, in order; links are not followed."""
    found = []
    for place, folders, files in os.walk(root, followlinks=False):
        folders.sort()
        folder = Path(place)
        if RECORD_FILE in files and _read_own(folder) is not None:
            found.append(folder)
            folders.clear()  # nothing of another run lies inside one
    return sorted(found)


def plan_purges(folders: Sequence[Path], *, before: dt.date) -> list[Purge]:
    """Say what will be deleted.

    Parameters
    ----------
    folders
        Output folders.
    before
        Only runs whose data are as of a day before this one.

    Returns
    -------
    list of Purge
        The folders with anything to delete or to tell of; one that was purged before is left out.

    Raises
    ------
    OutputError
        When a folder is missing, is a link or is no output of marketmap.
    """
    plans = []
    for folder in folders:
        if folder.is_symlink():
            raise OutputError(f"{folder.name} is a link, and links are not followed. Name the folder itself.")
        if not folder.is_dir():
            raise OutputError(f"There is no output folder {folder.name}. Correct the path.")
        if (folder / RECORD_FILE).is_symlink():
            raise OutputError(f"{folder.name}: its {RECORD_FILE} is a link, so nothing of it is deleted.")
        record = read_record(folder)
        if record.snapshot_date >= before or record.purged:
            continue
        files, kept = _sort_files(folder, record)
        if files or kept:
            plans.append(Purge(folder, record, tuple(files), tuple(kept)))
    return plans


def carry_out(plan: Purge, *, on: dt.date) -> int:
    """Delete what a plan names, and say so in the run's record.

    The record is marked last: a purge that is broken off is taken up again by the same command.

    Parameters
    ----------
    plan
        From `plan_purges`; every file is looked at again before it goes.
    on
        The day to write into the record.

    Returns
    -------
    int
        How many files were deleted.

    Raises
    ------
    OutputError
        When a file cannot be deleted; those before it are gone, and the record does not yet say "purged".
    """
    files, _ = _sort_files(plan.folder, plan.record)
    gone = [path for path in plan.files if path in files]
    for path in gone:
        try:
            (plan.folder / path).unlink()
        except OSError as error:
            raise OutputError(
                f"{plan.folder.name}/{path} cannot be deleted ({error.strerror}). Close it, check your rights, then "
                "give the same command again."
            ) from error
    if gone:
        _drop_empty(plan.folder / INTERNAL)
        _mark(plan, on=on)
    return len(gone)


def _sort_files(folder: Path, record: RunRecord) -> tuple[list[str], list[tuple[str, str]]]:
    files: list[str] = []
    kept: list[tuple[str, str]] = []
    for path, digest in record.outputs.items():
        if path.split("/", 1)[0] != INTERNAL:
            continue
        reason = _find_reason(folder, path, str(digest))
        if reason is None:
            files.append(path)
        elif reason:
            kept.append((path, reason))
    return files, kept


def _find_reason(folder: Path, path: str, digest: str) -> str | None:
    """Say why a listed file stays; blank where it is gone already, None where it may go."""
    parts = path.split("/")
    if any(part in {"", ".", ".."} for part in parts) or "\\" in path:
        return "its name leads out of the folder"
    places = [folder.joinpath(*parts[: depth + 1]) for depth in range(len(parts))]
    if any(place.is_symlink() for place in places):
        return "it is a link or lies behind one"
    target = places[-1]
    if not target.exists():
        return ""
    if not target.is_file():
        return "it is no ordinary file"
    return None if hash_file(target) == digest else "it was changed after the run wrote it"


def _drop_empty(folder: Path) -> None:
    if folder.is_symlink() or not folder.is_dir():
        return
    for place, _, _ in os.walk(folder, topdown=False, followlinks=False):
        if not any(Path(place).iterdir()):
            Path(place).rmdir()


def _mark(plan: Purge, *, on: dt.date) -> None:
    """Write into ``run.json`` what is gone; whole or not at all, and as old as it was for Make."""
    folder, record = plan.folder, plan.folder / RECORD_FILE
    listed = (path for path in plan.record.outputs if path.split("/", 1)[0] == INTERNAL)
    raw = json.loads(record.read_text(encoding="utf-8"))
    raw["purged"] = {"on": on.isoformat(), "files": sorted(path for path in listed if not (folder / path).exists())}
    times = record.stat()
    part = folder / f".{RECORD_FILE}.part"
    part.write_text(json.dumps(raw, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.utime(part, ns=(times.st_atime_ns, times.st_mtime_ns))
    part.replace(record)


def _read_own(folder: Path) -> RunRecord | None:
    try:
        return None if (folder / RECORD_FILE).is_symlink() else read_record(folder)
    except OutputError:
        return None


def describe_purges(plans: Sequence[Purge]) -> Iterator[str]:
    """Say in lines what will be deleted and what stays."""
    for plan in plans:
        yield f"{plan.folder}: data as of {plan.record.snapshot_date.isoformat()}, {len(plan.files):,} internal file(s)"
        yield from (f"  delete {path}" for path in plan.files)
        yield from (f"  keep {path}: {reason}" for path, reason in plan.kept)
