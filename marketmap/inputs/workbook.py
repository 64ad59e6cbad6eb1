"""XLSX workbooks: the first sheet, each cell as the text that a spreadsheet would show for it."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import openpyxl
import pandas as pd

from marketmap.inputs.sources import Source, UnreadableError, frame_of_text, refuse_unpacked

ZEROS = re.compile(r"0{2,}")
EXACT_INTEGERS = 1e15  # above this a spreadsheet's number no longer holds every digit
NOT_A_WORKBOOK = "this is not an Excel workbook (.xlsx), or it is damaged or protected by a password"
# Of a sheet, in every version of the format; a row's number in the file may be any other.
MOST_SHEET_ROWS = 1_048_576
SAVE_AGAIN = "Save it again as an Excel workbook without a password"


def open_xlsx(data: bytes) -> Source:
    """Open the first sheet of a workbook.

    Raises
    ------
    UnreadableError
        It is not a workbook, it has no sheet of cells, it unpacks to too much or has rows beyond a sheet's end.
    """
    refuse_unpacked(_unpacked_size(data))
    sheets = _sheets(data)
    if not sheets:
        raise UnreadableError("the workbook has no sheet of cells", "Put the table on its first sheet")
    _, first = next(_rows(sheets[0]), (1, ()))
    header = [_shown(cell) for cell in first]
    while header and not header[-1].strip():
        header.pop()
    notes = ("has more than one sheet; only the first was read",) if len(sheets) > 1 else ()
    return Source(tuple(header), partial(_cells, sheets[0]), notes)


def _unpacked_size(data: bytes) -> int:
    """Sum what the archive's directory states, bytes: no part of it is ever unpacked further than that."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return 0  # no archive: told as what it is where it is opened


def _sheets(data: bytes) -> list[Any]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except Exception:  # noqa: BLE001  a damaged workbook fails in zip, XML or style code, each in its own way
        sheets = None
    else:
        sheets = list(book.worksheets)
    if sheets is None:
        raise UnreadableError(NOT_A_WORKBOOK, SAVE_AGAIN)
    for sheet in sheets:
        sheet.reset_dimensions()  # the size that other programs write there is often wrong
    return sheets


def _rows(sheet: Any, *, width: int | None = None) -> Iterator[tuple[int, Any]]:
    """Read rows, each cut at ``width`` columns: one cell far to the right would fill every row up to it."""
    rows = enumerate(sheet.iter_rows(max_col=width), start=1)
    while True:
        try:
            numbered = next(rows, None)
        except Exception:  # noqa: BLE001  as above: sheets are unpacked only as they are read
            break
        if numbered is None:
            return
        if numbered[0] > MOST_SHEET_ROWS:  # the reader counts up to it row by row
            raise UnreadableError("a row lies beyond the last row that a sheet can have", SAVE_AGAIN)
        yield numbered
    raise UnreadableError(NOT_A_WORKBOOK, SAVE_AGAIN)


def _cells(sheet: Any, places: Sequence[int]) -> pd.DataFrame:
    columns: dict[int, list[str]] = {place: [] for place in places}
    rows: list[int] = []
    for number, cells in _rows(sheet, width=max(places) + 1):
        if number == 1 or all(cell.value is None or cell.value == "" for cell in cells):
            continue
        rows.append(number)
        for place, column in columns.items():
            column.append(_shown(cells[place]) if place < len(cells) else "")
    return frame_of_text(columns, rows=rows)


def _shown(cell: Any) -> str:
    value = cell.value
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        at_midnight = value.time() == dt.time()
        # A serial number is off by microseconds; no council times a visit to less than a second.
        return value.date().isoformat() if at_midnight else _to_second(value).isoformat()
    if isinstance(value, int | float):
        if value != int(value) if abs(value) < EXACT_INTEGERS else True:
            return repr(value)
        # 00012 may be the number 12 under a format of five zeros: the zeros are part of an identifier.
        zeros = ZEROS.fullmatch(cell.number_format or "")
        return str(int(value)).zfill(len(zeros.group()) if zeros else 0)
    return str(value)


def _to_second(value: dt.datetime) -> dt.datetime:
    return (value + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
