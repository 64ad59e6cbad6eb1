"""One output folder, written whole or not at all.

Everything is built in a folder beside the target and put in its place by two renames at the end. A run that
fails, or is killed, leaves what stood there before; one killed between the two renames is mended by the next.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd

from marketmap.errors import OutputError
from marketmap.outputs.files.contents import PUBLIC, describe_contents
from marketmap.outputs.files.record import RECORD_FILE, RunRecord, encode_record, is_ours, stamp_record
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.gate.postcode_search import refuse_postcodes
from marketmap.outputs.schema.columns import OutputTable

README_FILE = "README.txt"
# What file managers and spreadsheets leave behind: in nobody's way, and no reason to refuse.
LITTER = (".DS_Store", "Thumbs.db", "desktop.ini")
LITTER_STARTS = ("~$", ".~lock.")


class OutputFolder:
    """Builds an output folder; a context manager.

    ``with OutputFolder(out) as folder:`` write files, then call `finish` once. Leaving the block by an exception,
    or without `finish`, leaves the target untouched.

    Parameters
    ----------
    out
        The target. It may be absent, empty, or an output folder of ours that holds nothing else.

    Raises
    ------
    OutputError
        On entry, before any work is done: when the target is anything else or its parent cannot be written.
    """

    def __init__(self, out: Path) -> None:
        try:
            self.out = Path(out).resolve()
        except RuntimeError as error:  # how Python 3.11 and 3.12 tell of it
            raise OutputError(f"{out}: the output folder is a link that leads to itself. Name another.") from error
        self._building = self.out.parent / f".{self.out.name}.building-{os.getpid()}"
        self._previous = self.out.parent / f".{self.out.name}.previous"
        self._hashes: dict[str, str] = {}
        self._rows: dict[str, str] = {}
        self._finished = False

    def __enter__(self) -> Self:
        with _faults_of(self.out):
            _recover(self.out, self._previous)
            check_replaceable(self.out)
            _sweep(self._building)
            self._building.mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._finished:
                with _faults_of(self.out):
                    check_replaceable(self.out)
                    _swap(self._building, self.out, self._previous)
        finally:
            shutil.rmtree(self._building, ignore_errors=True)

    def write_table(self, frame: pd.DataFrame, table: OutputTable) -> None:
        """Write one output table, as `marketmap.outputs.files.tables.encode_table` encodes it."""
        self.write_bytes(table.path, encode_table(frame, table), row=table.row)

    def write_bytes(self, path: str, content: bytes, *, row: str = "") -> None:
        """Write one file.

        Parameters
        ----------
        path
            Relative to the folder, with forward slashes.
        content
            Its bytes.
        row
            Of a table: completes "one row for …" in ``README.txt``.
        """
        target = (self._building / path).resolve()
        if not target.is_relative_to(self._building):
            raise ValueError(f"{path} is outside the output folder")
        with _faults_of(self.out):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        self._hashes[path] = hashlib.sha256(content).hexdigest()
        if row:
            self._rows[path] = row

    def finish(self, record: RunRecord, *, never_public: Iterable[str] = ()) -> RunRecord:
        """Write ``README.txt`` and ``run.json``; the folder takes its place when the block ends.

        Parameters
        ----------
        record
            The run; what `stamp_record` fills and ``outputs`` are filled here.
        never_public
            Postcodes of packages: the last look before the folder is shown to anybody.

        Returns
        -------
        RunRecord
            The record as written.

        Raises
        ------
        OutputError
            When one of those postcodes stands in a file of ``public/``.
        """
        if (self._building / PUBLIC).is_dir():
            refuse_postcodes(self._building / PUBLIC, never_public)
        readme = describe_contents(record, self._hashes, rows=self._rows)
        self.write_bytes(README_FILE, readme.encode("utf-8", errors="replace"))
        written = dataclasses.replace(stamp_record(record), outputs=dict(sorted(self._hashes.items())))
        with _faults_of(self.out):
            (self._building / RECORD_FILE).write_bytes(encode_record(written))
        self._finished = True
        return written


def check_replaceable(out: Path) -> None:
    """Make sure that writing to ``out`` can destroy nothing but an earlier output of ours.

    Raises
    ------
    OutputError
        When it is a file, a folder without a run record of ours, or holds a file that no run wrote.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise OutputError(f"{out.name} is a file, not a folder. Name another output folder.")
    present = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir())
    if not present:
        return
    try:
        raw = json.loads((out / RECORD_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raw = None
    if not is_ours(raw):
        raise OutputError(
            f"{out.name} holds files and no run record of marketmap, so it is not replaced. "
            "Name another output folder, or empty this one yourself."
        )
    ours = {*raw.get("outputs", {}), RECORD_FILE}
    foreign = [path for path in present if path not in ours and not _is_litter(path)]
    if foreign:
        more = f" and {len(foreign) - 3} more" if len(foreign) > 3 else ""
        raise OutputError(
            f"{out.name} holds files that no run wrote ({', '.join(foreign[:3])}{more}), so it is not replaced. "
            "Move them elsewhere, or name another output folder."
        )


def refuse_own_source(out: Path, *given: Path | None) -> None:
    """Refuse to write a run's results over what it is given to read.

    Raises
    ------
    OutputError
        Where one of the given folders is the output folder.
    """
    for folder in given:
        if folder is not None and folder.exists() and out.exists() and folder.samefile(out):
            raise OutputError(
                f"{out} is what this run reads, and would be replaced by its results. Name another output folder."
            )


def hash_file(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_litter(path: str) -> bool:
    name = path.rsplit("/", 1)[-1]
    return name in LITTER or name.startswith(LITTER_STARTS)


def _recover(out: Path, previous: Path) -> None:
    if not (previous / RECORD_FILE).is_file():
        return
    if out.exists():
        shutil.rmtree(previous)
    else:
        previous.rename(out)


def _sweep(building: Path) -> None:
    """Remove what runs that were killed left beside the target; one still running keeps its own."""
    stem = building.name.rpartition("-")[0]
    for left in building.parent.glob(f"{stem}-*"):
        owner = left.name.rpartition("-")[2]
        if left == building or not (owner.isdigit() and _is_running(int(owner))):
            shutil.rmtree(left, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _swap(building: Path, out: Path, previous: Path) -> None:
    if not out.exists():
        building.rename(out)
        return
    out.rename(previous)
    try:
        building.rename(out)
    except OSError:
        previous.rename(out)
        raise
    shutil.rmtree(previous, ignore_errors=True)


@contextmanager
def _faults_of(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError(
            f"{out.name}: the output folder cannot be written ({reason}). What stood there before is untouched. "
            "Close any file of it that is open, check the disk and your rights, then run again."
        ) from error
