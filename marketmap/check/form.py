"""Checks of the form of every written CSV, whatever it holds."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from marketmap.check import written
from marketmap.check.evidence import Evidence
from marketmap.check.findings import Broken, Unreadable, check, count, some

QUOTED = re.compile(r'"(?:[^"]|"")*"')
BARE_BREAK = re.compile(r"(?<!\r)\n|\r(?!\n)")
NUMERIC = frozenset({written.NUMBER, written.MAYBE})


def _tables(evidence: Evidence) -> Iterator[tuple[str, bytes]]:
    for path in sorted((evidence.folder / "internal").glob("*.csv")):
        yield f"internal/{path.name}", path.read_bytes()


@check("csv-form")
def csv_form(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every table is RFC 4180 in UTF-8: CRLF, one header, as many cells in every row."""
    for file, raw in _tables(evidence):
        yield from (Broken(file, what) for what in _faults(raw))


def _faults(raw: bytes) -> Iterator[str]:
    if raw.startswith(b"\xef\xbb\xbf"):
        yield "begins with a byte-order mark"
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        yield "is not UTF-8"
        return
    if BARE_BREAK.search(QUOTED.sub("", text)) or not text.endswith("\r\n"):
        yield "has a row that does not end in CRLF"
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        yield f"is not well-formed CSV ({error})"
        return
    header = rows[0] if rows else []
    if not header or len(set(header)) != len(header) or "" in header:
        yield "has no header, or one with a blank or repeated name"
    ragged = sum(len(row) != len(header) for row in rows)
    if ragged:
        yield f"{count(ragged, 'row')} with more or fewer cells than the header"
    if any(row == header for row in rows[1:]):
        yield "repeats its header"


@check("csv-inert")
def csv_inert(evidence: Evidence) -> Iterator[Broken]:
    """Hold that no cell of text begins as a formula does, so that a spreadsheet runs nothing."""
    for file, raw in _tables(evidence):
        kinds = written.CONTRACT.get(file, {})
        rows = csv.reader(io.StringIO(raw.decode("utf-8", errors="replace"), newline=""))
        header = next(rows, [])
        live = [
            f"row {number}, {name}"
            for number, row in enumerate(rows, start=2)
            for name, cell in zip(header, row, strict=False)
            if written.RUNS.match(cell)
            and not _is_number(cell, known=name in kinds, numeric=kinds.get(name) in NUMERIC)
        ]
        if live:
            yield Broken(file, f"{count(len(live), 'cell')} that a spreadsheet could run", some(live))


def _is_number(cell: str, *, known: bool, numeric: bool) -> bool:
    """Say whether a cell with a sign is just a negative number in a place where numbers belong."""
    return (numeric or not known) and re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", cell) is not None


@check("readable")
def csv_columns(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every table of the contract is there with its columns, each cell of its column's kind."""
    for file in written.CONTRACT:
        if file in written.OPTIONAL and not Path(evidence.folder / file).is_file():
            continue
        try:
            evidence.written(file)
        except Unreadable as fault:
            yield fault.broken
