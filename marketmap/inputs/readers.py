"""Opening one table's file as text: CSV, XLSX or Parquet, by extension.

Everything becomes text first, so that a contract and not a library decides what a cell means. Only the
columns of the contract are taken; a column that is not in it is named, and its cells are never kept.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from marketmap.errors import Fault, InputError
from marketmap.inputs.delimited import open_csv
from marketmap.inputs.parquet import open_parquet
from marketmap.inputs.sources import Source, UnreadableError
from marketmap.inputs.workbook import open_xlsx

OPENERS: dict[str, Callable[[bytes], Source]] = {".csv": open_csv, ".xlsx": open_xlsx, ".parquet": open_parquet}
LONGEST_HEADER = 60


@dataclass(frozen=True)
class RawTable:
    """A file's cells as text.

    Attributes
    ----------
    file
        Name of the file, without its folder.
    sha256
        Of its bytes, hexadecimal.
    frame
        Those known columns that the file has, dtype str, blank as ``""``; the index ``row`` is the row number
        that a spreadsheet shows (the header is row 1).
    dropped
        Headers of the unknown columns, whose cells were not kept.
    notes
        Plain sentences about the reading.
    """

    file: str
    sha256: str
    frame: pd.DataFrame
    dropped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_table(path: Path, *, columns: Sequence[str], required: Sequence[str] = ()) -> RawTable:
    """Read the known columns of one file as text.

    Parameters
    ----------
    path
        A ``.csv`` (UTF-8 with or without BOM, else Windows-1252), ``.xlsx`` (first sheet) or ``.parquet``.
    columns
        Names of the known columns; headers are matched trimmed and in any case.
    required
        Those that the file must have.

    Raises
    ------
    InputError
        The file cannot be read, is empty, is not what its extension says, has a header and no rows, lacks a
        required column, has one twice, or has rows longer or shorter than its header. No cell is quoted.
    """
    data, faults = read_bytes(path)
    opened = None
    if not faults:
        try:
            opened = _open(path, data, columns, required)
        except UnreadableError as error:
            faults = [Fault(path.name, error.what, error.remedy, rows=error.rows)]
        except InputError as error:
            faults = list(error.faults)
    if opened is None:  # raised here, not above, so that no cause hangs on it that still holds the file's text
        raise InputError(faults)
    return opened


def read_bytes(path: Path) -> tuple[bytes, list[Fault]]:
    """Read a file whole; an unreadable or empty one gives a fault instead."""
    try:
        data = path.read_bytes()
    except PermissionError:
        return b"", [
            Fault(path.name, "the file may not be opened", "Close it elsewhere, or ask for the right to read it")
        ]
    except OSError as error:
        return b"", [Fault(path.name, f"the file cannot be opened ({error.strerror})", "Check the file")]
    if not data.strip():
        return b"", [Fault(path.name, "the file is empty", "Write the header and the rows")]
    return data, []


def _open(path: Path, data: bytes, columns: Sequence[str], required: Sequence[str]) -> RawTable:
    opener = OPENERS.get(path.suffix.lower())
    if opener is None:
        raise UnreadableError(f"{path.suffix or 'no extension'} is not read", f"Save it as {' or '.join(OPENERS)}")
    source = opener(data)
    header = [tidy_header(name) for name in source.header]
    faults = header_faults(path.name, header, columns=columns, required=required)
    if faults:
        raise InputError(faults)
    places = {name: header.index(name) for name in columns if name in header}
    frame = source.cells(list(places.values()))
    if frame.empty:
        raise UnreadableError("there is a header and no row under it", "Add rows, or remove the file if it is optional")
    frame.columns = pd.Index(list(places))
    dropped = tuple(shown_header(name, place + 1) for place, name in enumerate(header) if name and name not in places)
    notes = tuple(f"{path.name} {note}." for note in source.notes)
    return RawTable(path.name, hashlib.sha256(data).hexdigest(), frame, dropped, notes)


def tidy_header(name: str) -> str:
    """Trim a header, drop invisible characters and put it in lower case."""
    return re.sub(r"[\x00-\x1f\x7f\ufeff\u200b]", "", name).strip().lower()


def shown_header(name: str, number: int) -> str:
    """Show a header, or only its column's number where it looks like a value and not a name."""
    looks_like_value = len(name) > LONGEST_HEADER or re.search(r"\d{5}|\d[\d/ -]{7}|@", name)
    return f"column {number}" if looks_like_value else name


def header_faults(file: str, header: Sequence[str], *, columns: Sequence[str], required: Sequence[str]) -> list[Fault]:
    """Say which known columns are missing or stand twice in a tidied header."""
    if not set(header) & set(columns):
        remedy = f"Put the column names in row 1: {', '.join(required or columns)}"
        return [Fault(file, "the first row holds none of the table's column names", remedy)]
    faults = [
        Fault(file, "the column stands more than once in the header", "Keep one", column=name)
        for name in columns
        if list(header).count(name) > 1
    ]
    unknown = [name for name in header if name not in columns]
    for name in required:
        if name not in header:
            near = difflib.get_close_matches(name, unknown, n=1, cutoff=0.8)
            hint = f"Rename {near[0]} if it is this column" if near else "Add the column"
            faults.append(Fault(file, "a required column is missing", hint, column=name))
    return faults
