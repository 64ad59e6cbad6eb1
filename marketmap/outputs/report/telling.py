"""Values as a page tells them: rounded by their kind, and an estimate never without what it rests on."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from marketmap.outputs.gate.disclosure import SUPPRESSED, Shown, show_name
from marketmap.outputs.schema.columns import UNITS, Column, OutputTable

NONE = "–"
NOT_ENOUGH = "not enough data"
# Decimals on a page, where they are fewer than in the file.
DECIMALS = {"hours": 0, "minutes": 1, "visits": 0, "pounds": 0, "ratio": 2, "rate": 1, "index": 2, "days": 0}
# Columns told to the decimals of another kind: a change of minutes is a part of them, as the sentences above have it.
FINER = {"minutes_hour_change": "ratio"}
# An HHI, which ends at 10,000, needs no decimals; two of a small score of access would not tell areas apart.
SMALL_INDEX, LARGE_INDEX = 1, 100
PER_CENT = ("share", "part")
# A word that a table uses for a choice, as "no_carer_at_that_time".
CODE_WORD = re.compile(r"[a-z]+(?:_[a-z]+)+")


def tell_number(value: Any, kind: str) -> str:
    """Tell one value of a kind of column; a dash where there is none.

    Parameters
    ----------
    value
        A number, a truth, text or NA. What is `Shown` already stays as it is.
    kind
        As in `marketmap.outputs.schema.columns.Kind`.
    """
    if isinstance(value, Shown):
        return value
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    if pd.isna(value):
        return NONE
    if kind == "yes_no":
        return "yes" if value else "no"
    if isinstance(value, dt.date):  # a Timestamp is one
        return f"{value:%-d %B %Y}"
    if kind not in UNITS:
        text = str(value)
        return text.replace("_", " ") if CODE_WORD.fullmatch(text) else text
    number = float(value)
    if kind in PER_CENT:
        return f"{number:.0%}"
    decimals = DECIMALS.get(kind, UNITS[kind][1])
    if kind == "index" and not SMALL_INDEX <= abs(number) < LARGE_INDEX:
        decimals = 0 if abs(number) >= LARGE_INDEX else 3
    text = f"{number:,.{decimals}f}"
    text = text.lstrip("-") if not text.strip("-0.,") else text
    return f"{'-' if text.startswith('-') else ''}£{text.lstrip('-')}" if kind.startswith("pounds") else text


def tell_evidence(row: Mapping[str, Any], column: Column, table: OutputTable) -> tuple[str, ...]:
    """Tell the count and the denominator of an estimate, then its interval; nothing for a column that is none."""
    evidence = column.evidence
    if evidence is None or row[column.name] == SUPPRESSED:
        return ()
    count, whole = (tell_number(row[name], _kind_of(table, name)) for name in (evidence.n, evidence.of))
    low, high = (tell_number(row[name], column.kind) for name in (evidence.low, evidence.high))
    if NONE in (count, whole):
        return (NOT_ENOUGH,)
    # The count of a rate (packages handed back) is no part of what it is set against (packages held, residents).
    counted = f"{count} among {whole}" if column.kind == "rate" else f"{count} of {whole}"
    return (counted,) if {low, high} & {NONE, SUPPRESSED} else (counted, f"{low} to {high}")


def tell_rows(
    frame: pd.DataFrame, table: OutputTable, headings: Mapping[str, str]
) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
    """Tell the cells of a table.

    Returns
    -------
    heads, rows
        A head is ``text``, ``unit`` and ``number`` (whether its column is set to the right); a cell is ``text``
        and ``evidence``.
    """
    columns = {name: table.column(name) for name in headings}
    heads = [
        {"text": headings[name], "unit": _unit_of(column), "number": column.kind in UNITS or bool(column.unit)}
        for name, column in columns.items()
    ]
    rows = [
        [
            {
                "text": tell_number(row[name], FINER.get(name, column.kind)),
                "evidence": tell_evidence(row, column, table),
            }
            for name, column in columns.items()
        ]
        for row in ({str(key): value for key, value in record.items()} for record in frame.to_dict("records"))
    ]
    return heads, rows


def say(form: str, **pieces: Shown) -> Shown:
    """Put shown figures and names into a sentence that may be public.

    Parameters
    ----------
    form
        Literal text with ``{name}`` where a piece goes.
        A whole sentence, one that ends in a full stop, begins with a capital letter.
    pieces
        What goes there; of areas' names and the like what `marketmap.outputs.gate.disclosure.show_name` gave.

    Raises
    ------
    ValueError
        When a piece did not go through the gate: a defect of the program.
    OutputError
        When the sentence would name a full postcode.
    """
    for name, piece in pieces.items():
        if not isinstance(piece, Shown):
            raise ValueError(f"{name} did not go through the gate")  # noqa: TRY004  a defect, as elsewhere
    text = form.format(**pieces)
    return show_name(text[:1].upper() + text[1:] if text.endswith(".") else text)


def are_shown(values: Iterable[object]) -> bool:
    """Whether every value went through the gate."""
    return all(isinstance(value, Shown) for value in values)


def read_shown(cells: pd.Series) -> pd.Series:
    """Read shown figures back as numbers, to draw from: no more comes out than stands there.

    Returns
    -------
    Series of float
        Per cents as shares; NaN where ``*`` or nothing stands.
    """

    def read(text: str) -> float:
        plain = text.replace(",", "").replace("about", "").replace("£", "").strip()
        if plain in (SUPPRESSED, NONE, ""):
            return float("nan")
        return float(plain.removesuffix("%")) / 100 if plain.endswith("%") else float(plain)

    return cells.map(read).astype(float)


def join_names(names: list[str]) -> str:
    """Join names as a sentence does."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def _kind_of(table: OutputTable, name: str) -> str:
    return table.column(name).kind


def _unit_of(column: Column) -> str:
    unit = {"share": "with 95% interval", "rate": "with 95% interval", "ratio": "with 95% interval"}
    if column.evidence is not None:
        shown = "" if column.unit == "per cent" else column.unit
        return f"{shown}, with 95% interval" if shown else unit.get(column.kind, "with 95% interval")
    # A number of things needs no unit beside the heading that names them.
    return "" if column.kind in ("count", "share", "part") or column.unit == "number" else column.shown_unit
