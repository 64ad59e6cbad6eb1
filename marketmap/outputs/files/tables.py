"""Output tables as CSV: the same frame always gives the same bytes, and no cell can run in a spreadsheet.

RFC 4180 (comma, CRLF, doubled quotes), UTF-8 without a byte-order mark, one header row. Numbers are written with
the decimals of their kind, missing values as empty cells, truth as yes and no, lists joined by semicolons.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from marketmap.errors import OutputError
from marketmap.outputs.schema.columns import UNITS, Column, OutputTable

# What a spreadsheet takes for a formula at the start of a cell: the ASCII signs, their full-width forms, and the
# white space that it skips before one. Leading apostrophes are matched too, so that reading can undo the guard.
GUARDED = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001  full-width signs are meant
GUARD = "'"


def guard_formula(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet could run as a formula.

    `unguard_formula` gives back exactly what went in, whatever that was.
    """
    return GUARD + text if GUARDED.match(text) else text


def unguard_formula(text: str) -> str:
    """Take away the apostrophe that `guard_formula` put there."""
    return text[1:] if text.startswith(GUARD) and GUARDED.match(text) else text


def encode_table(frame: pd.DataFrame, table: OutputTable) -> bytes:
    """Turn a frame into the bytes of one output CSV.

    Parameters
    ----------
    frame
        Raw values, neither rounded nor escaped. Columns that ``table`` does not list are left out, unless it
        is open-ended: then they follow as text, in the frame's order. The row order is kept.
    table
        Which columns, in which order, of which kind.

    Raises
    ------
    ValueError
        When a listed column is missing, or a number is infinite: both are defects of the program.
    """
    missing = [name for name in table.names if name not in frame.columns]
    if missing:
        raise ValueError(f"{table.path}: the frame has no column {', '.join(missing)}")
    columns = list(table.columns)
    if table.open_ended:
        columns += [Column(str(name), "text", "") for name in frame.columns if name not in table.names]
    cells = [[_write_cell(value, column) for value in frame[column.name].tolist()] for column in columns]
    return encode_rows([column.name for column in columns], zip(*cells, strict=True))


def encode_rows(header: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    """Turn a header and rows of finished text cells into CSV bytes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([guard_formula(name) for name in header])
    writer.writerows(rows)
    # A lone surrogate (a broken file name, say) has no UTF-8 form: it is shown as a question mark.
    return text.getvalue().encode("utf-8", errors="replace")


def read_table(path: Path, table: OutputTable) -> pd.DataFrame:
    """Read an output CSV back into typed columns.

    Returns
    -------
    DataFrame
        The listed columns in order: text as ``str`` with "" for empty, ``yes_no`` as bool, counts and numbers as
        float with NaN for empty. An open-ended table's further columns follow as text.

    Raises
    ------
    OutputError
        When the file is missing, is not such a table, or holds a number that is none.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8", lineterminator=None)
    except FileNotFoundError as error:
        raise OutputError(f"{path.name}: the file is missing. Run the same command again to write it anew.") from error
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise OutputError(
            f"{path.name}: not a readable CSV file. Run the same command again to write it anew."
        ) from error
    missing = [name for name in table.names if name not in frame.columns]
    if missing:
        raise OutputError(
            f"{path.name}: no column {', '.join(missing)}. The file was written by another version or edited; "
            "run the same command again."
        )
    extra = [name for name in frame.columns if name not in table.names] if table.open_ended else []
    result = frame[[*table.names, *extra]].copy()
    for column in table.columns:
        result[column.name] = _read_column(result[column.name], column, path.name)
    for name in extra:
        result[name] = result[name].map(unguard_formula)
    return result


def _write_cell(value: object, column: Column) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        return guard_formula(
            ";".join(str(item) for item in (value if isinstance(value, list | tuple) else sorted(value)))
        )
    if pd.isna(value):  # type: ignore[call-overload]  # any scalar is meant
        return ""
    return _WRITERS.get(column.kind, _write_number)(value, column)


def _write_text(value: object, _column: Column) -> str:
    if isinstance(value, pd.Timestamp) and value == value.normalize():
        return value.date().isoformat()  # a day, not a moment
    return guard_formula(str(value))


def _write_truth(value: object, column: Column) -> str:
    if value in (True, False):
        return "yes" if value else "no"
    raise ValueError(f"column {column.name}: {value!r} is neither true nor false")


def _write_number(value: object, column: Column) -> str:
    number = float(value)  # type: ignore[arg-type]  # a non-number must raise here
    if math.isinf(number):
        raise ValueError(f"column {column.name}: an infinite number cannot be written")
    text = f"{number:.{UNITS[column.kind][1]}f}"
    return text.lstrip("-") if float(text) == 0 else text


_WRITERS: dict[str, Callable[[object, Column], str]] = {
    "text": _write_text,
    "list": _write_text,
    "yes_no": _write_truth,
}


def _read_column(values: pd.Series, column: Column, file: str) -> pd.Series:
    if column.kind in ("text", "list"):
        return values.map(unguard_formula)
    if column.kind == "yes_no":
        known = values.map({"yes": True, "no": False})
        _require(known.notna(), column, file, "is neither yes nor no")
        return known.astype(bool)
    numbers = pd.to_numeric(values.where(values != ""), errors="coerce").astype(float)
    _require(numbers.notna() | (values == ""), column, file, "is not a number")
    return numbers


def _require(good: pd.Series, column: Column, file: str, what: str) -> None:
    if not good.all():
        row = int((~good).to_numpy().argmax()) + 2
        raise OutputError(f"{file}, column {column.name}, row {row}: the value {what}. Run the same command again.")
