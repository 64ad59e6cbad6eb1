"""CSV files: RFC 4180, UTF-8 with or without BOM, or Windows-1252 as spreadsheets in Britain write it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from functools import partial

import pandas as pd

from marketmap.inputs.sources import Source, UnreadableError, frame_of_text

# How other kinds of file begin, and what they are.
SIGNATURES = {
    b"PK\x03\x04": "an Excel workbook or a zip file",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an old or password-protected Excel workbook",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a compressed file",
}
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
SAVE_AS_CSV = "Save it as CSV UTF-8 (comma delimited)"


def open_csv(data: bytes) -> Source:
    """Open a CSV file.

    Raises
    ------
    UnreadableError
        It is another kind of file, or not comma-separated. `Source.cells` raises it too, for a quotation
        mark left open and for rows that are longer or shorter than the header.
    """
    for signature, kind in SIGNATURES.items():
        if data.startswith(signature):
            raise UnreadableError(f"this is {kind}, not a CSV file", SAVE_AS_CSV)
    if data.startswith(UTF16_MARKS):
        raise UnreadableError("the file is UTF-16 text", SAVE_AS_CSV)
    if b"\x00" in data or CONTROL.search(data[:1000]):
        raise UnreadableError("this is a binary file, not a CSV file", SAVE_AS_CSV)
    text, encoding = _decode(data)
    _, header = next(_records(text), (1, []))
    if len(header) == 1 and re.search(r"[;\t|]", header[0]):
        raise UnreadableError("the cells are not separated by commas", SAVE_AS_CSV)
    notes = () if encoding == "utf-8" else ("is not UTF-8 and was read as Windows-1252: check accented letters",)
    return Source(tuple(header), partial(_cells, text, len(header)), notes)


def _decode(data: bytes) -> tuple[str, str]:
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding
        except UnicodeDecodeError:
            continue
    raise UnreadableError("this is neither UTF-8 nor Windows-1252 text", SAVE_AS_CSV)


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    # Numbered by record, as a spreadsheet numbers them: a quoted cell may run over several lines.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    while True:
        number += 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            break
        yield number, record
    raise UnreadableError(
        "a quotation mark is not closed or not doubled", "Mend the quotation marks in this row", rows=[number]
    )


def _cells(text: str, width: int, places: Sequence[int]) -> pd.DataFrame:
    columns: dict[int, list[str]] = {place: [] for place in places}
    takers = [(place, columns[place].append) for place in places]
    rows: list[int] = []
    ragged: list[int] = []
    records = _records(text)
    next(records)
    for number, record in records:
        if len(record) != width:
            if not any(map(str.strip, record)):
                continue
            if len(record) < width or any(map(str.strip, record[width:])):
                ragged.append(number)
                continue
        elif not any(record):
            continue
        rows.append(number)
        for place, take in takers:
            take(record[place])
    if ragged:
        what = f"the row has more or fewer cells than the header's {width}"
        raise UnreadableError(what, "Put quotation marks round cells that hold commas, or fill the row up", rows=ragged)
    return frame_of_text(columns, rows=rows)
