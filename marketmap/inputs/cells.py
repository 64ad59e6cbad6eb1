"""Turning the text of one column into typed cells, and saying of every cell that is not what it should be.

A cell that cannot be read is never made blank in silence: its row goes into a `CellFault`. Blank text ("")
is the only blank there is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.inputs.columns import LONDON, Column
from marketmap.inputs.wording import counted

MAX_IDENTIFIER = 64
MAX_TEXT = 100
FIRST_YEAR, LAST_YEAR = 1900, 2199
SPREADSHEET_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!")
WORDS_FOR_NOTHING = ("null", "nan", "none", "n/a", "#n/a", "nat")
YES = ("yes", "y", "true", "1")
NO = ("no", "n", "false", "0")

NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
NOT_FINITE = r"(?i)[+-]?(?:inf|infinity|nan)"
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
MIDNIGHT = r"[T ]00:00(?::00(?:\.0+)?)?"
MOMENT = DATE + r"[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
OFFSET = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
SECTOR = r"[A-Z]{1,2}[0-9][0-9A-Z]? [0-9]"
CODE_WORD = r"[a-z0-9_]{1,40}"


@dataclass(frozen=True)
class CellFault:
    """Cells of one column with one thing wrong: ``rows`` are index labels of the column."""

    rows: pd.Index
    what: str
    remedy: str


@dataclass(frozen=True)
class Cells:
    """One typed column; a faulty cell is NA here and named in ``faults``."""

    typed: pd.Series
    faults: tuple[CellFault, ...] = ()
    notes: tuple[str, ...] = ()


def type_cells(text: pd.Series, column: Column) -> Cells:
    """Give the cells of one column the dtype of its contract.

    Parameters
    ----------
    text
        Text cells (dtype str), blank as ``""``; the index holds source row numbers.
    column
        The contract's column.

    Returns
    -------
    Cells
        Values with `Column.dtype`, NA where blank or faulty, and the faults. Bounds, vocabulary and blanks
        are not judged here; the schema does that.
    """
    stripped = text.str.strip()
    broken = stripped.isin(SPREADSHEET_ERRORS)
    cells = _READERS[column.kind](stripped.where(stripped.ne("") & ~broken), column)
    if not broken.any():
        return cells
    fault = CellFault(text.index[broken], "a spreadsheet error instead of a value", "Mend the formula")
    return Cells(cells.typed, (fault, *cells.faults), cells.notes)


def _collect(values: pd.Series, *found: tuple[pd.Series, str, str]) -> Cells:
    faults = tuple(
        CellFault(values.index[wrong.to_numpy(dtype=bool)], what, remedy)
        for wrong, what, remedy in found
        if wrong.any()
    )
    return Cells(values, faults)


def _matches(text: pd.Series, pattern: str) -> pd.Series:
    return text.str.fullmatch(pattern).fillna(value=False).astype(bool)


def _plain_text(text: pd.Series, column: Column) -> Cells:
    limit = MAX_IDENTIFIER if column.kind == "identifier" else MAX_TEXT
    nothing = text.str.lower().isin(WORDS_FOR_NOTHING)
    unprintable = text.str.contains(r"[\x00-\x1f\x7f]", regex=True).fillna(value=False).astype(bool)
    long = text.str.len().gt(limit).fillna(value=False).astype(bool)
    # Lists of identifiers are written with semicolons between them: one within would make two of one.
    parted = text.str.contains(";", regex=False).fillna(value=False).astype(bool) & (column.kind == "identifier")
    return _collect(
        text.mask(nothing | unprintable | long | parted),
        (nothing, "a word for nothing instead of a value", "Leave the cell blank"),
        (unprintable, "a line break or control character", "Take it out"),
        (long, f"longer than {limit} characters", "Use a short code; free text is not read"),
        (parted, "a semicolon, which parts one reference from the next in every list", "Use a code without one"),
    )


def _choice(text: pd.Series, column: Column) -> Cells:
    # "Home care", "HOME_CARE" and "home-care" are one answer; what is not known stays for the schema to name.
    known = {_folded_word(value): value for value in column.allowed}
    spelt = {value: known.get(_folded_word(value), value) for value in text.dropna().unique()}
    return Cells(text.map(spelt).astype("str"))


def _folded_word(value: str) -> str:
    return "_".join(value.lower().replace("-", " ").replace("_", " ").split())


def _codes(text: pd.Series, column: Column) -> Cells:
    known = {_folded_word(value): value for value in column.allowed}
    order = {value: place for place, value in enumerate(column.allowed)}
    tidy: dict[str, str] = {}
    faulty: set[str] = set()
    for cell in text.dropna().unique():
        words = [_folded_word(word.strip()) for word in str(cell).split(";") if word.strip()]
        if known:
            good = all(word in known for word in words)
            chosen = sorted({known[word] for word in words if word in known}, key=lambda word: order[word])
        else:
            good = all(pd.Series(words, dtype="str").str.fullmatch(CODE_WORD))
            chosen = sorted(set(words))
        tidy[cell] = ";".join(chosen)
        if not good or not chosen:
            faulty.add(cell)
    wrong = text.isin(list(faulty))
    values = text.map(tidy).astype("str").mask(wrong)
    if known:
        return _collect(
            values, (wrong, "not all among the allowed values", f"Use {', '.join(column.allowed)}, joined by ;")
        )
    remedy = "Use short code words of letters, digits and _, joined by ;"
    return _collect(values, (wrong, "not a list of code words", remedy))


def _sector(text: pd.Series, column: Column) -> Cells:
    tidy = text.str.upper().str.replace(r"\s+", " ", regex=True)
    wrong = text.notna() & ~_matches(tidy, SECTOR)
    return _collect(tidy.mask(wrong), (wrong, "not a postcode sector", f"Write it like {column.example or 'GL1 2'}"))


def _place(text: pd.Series, column: Column) -> Cells:
    # What kind of place it is can only be told once the county's postcodes are known.
    cells = _plain_text(text, column)
    return Cells(cells.typed.str.upper().str.replace(r"\s+", " ", regex=True), cells.faults)


def _number(text: pd.Series, column: Column) -> Cells:
    del column
    shaped = _matches(text, NUMBER)
    values = pd.to_numeric(text.where(shaped), errors="coerce").astype("float64")
    infinite = _matches(text, NOT_FINITE) | pd.Series(np.isinf(values.to_numpy()), index=text.index)
    junk = text.notna() & ~shaped & ~infinite
    return _collect(
        values.mask(infinite),
        (junk, "not a number", "Write digits only, without commas, units or currency signs, such as 1250.5"),
        (infinite, "not a finite number", "Write the number, or leave the cell blank where that is allowed"),
    )


def _whole(text: pd.Series, column: Column) -> Cells:
    cells = _number(text, column)
    fraction = cells.typed.notna() & (cells.typed % 1).ne(0)
    huge = cells.typed.abs().gt(1e15).fillna(value=False)
    wrong = fraction | huge
    whole = cells.typed.mask(wrong).astype("Int64")
    extra = _collect(whole, (wrong, "not a whole number", "Write a whole number"))
    return Cells(whole, cells.faults + extra.faults)


def _yes_no(text: pd.Series, column: Column) -> Cells:
    del column
    folded = text.str.lower()
    values = pd.Series(pd.NA, index=text.index, dtype="boolean")
    values = values.mask(folded.isin(YES), other=True).mask(folded.isin(NO), other=False)
    return _collect(values, (text.notna() & values.isna(), "neither yes nor no", "Write yes or no"))


def _date(text: pd.Series, column: Column) -> Cells:
    del column
    shaped = _matches(text, f"{DATE}(?:{MIDNIGHT})?")
    values = pd.to_datetime(text.where(shaped).str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    values = values.astype("datetime64[us]")
    impossible = shaped & values.isna()
    years = values.dt.year
    implausible = values.notna() & ~years.between(FIRST_YEAR, LAST_YEAR)
    return _collect(
        values.mask(implausible),
        (text.notna() & ~shaped, "not an ISO date", "Write 31 March 2025 as 2025-03-31"),
        (impossible, "an impossible date", "Correct the day or the month"),
        (
            implausible,
            f"a year outside {FIRST_YEAR} to {LAST_YEAR}",
            "Correct it; leave the cell blank where there is no date",
        ),
    )


def _day(text: pd.Series, column: Column) -> Cells:
    timed = _matches(text, MOMENT) | _matches(text, MOMENT + OFFSET)
    return _date(text.where(~timed, text.str.slice(0, 10)), column)


def _moment(text: pd.Series, column: Column) -> Cells:
    del column
    local = _matches(text, MOMENT)
    offset = ~local & _matches(text, MOMENT + OFFSET)
    clock = pd.to_datetime(text.where(local), format="ISO8601", errors="coerce").astype("datetime64[us]")
    years = clock.dt.year
    implausible = clock.notna() & ~years.between(FIRST_YEAR, LAST_YEAR)
    clock = clock.mask(implausible)
    first = np.ones(len(clock), dtype=bool)  # an hour that comes twice is taken as its first, in summer time
    values = clock.dt.tz_localize(LONDON, ambiguous=first, nonexistent="NaT")
    twice = clock.dt.tz_localize(LONDON, ambiguous="NaT", nonexistent="NaT").isna() & values.notna()
    if offset.any():
        stamped = pd.to_datetime(text.where(offset), format="ISO8601", errors="coerce", utc=True)
        values = values.fillna(stamped.astype("datetime64[us, UTC]").dt.tz_convert(LONDON))
    skipped = clock.notna() & values.isna()
    impossible = (local & clock.isna() & ~implausible) | (offset & values.isna())
    cells = _collect(
        values,
        (
            text.notna() & ~local & ~offset,
            "not an ISO date and time",
            "Write half past eight on 31 March 2025 as 2025-03-31T08:30",
        ),
        (impossible, "an impossible date or time", "Correct it"),
        (skipped, "in the hour that the clocks skipped in spring, which never was", "Correct it; give local time"),
        (implausible, f"a year outside {FIRST_YEAR} to {LAST_YEAR}", "Correct it"),
    )
    if not twice.any():
        return cells
    note = f"{counted(int(twice.sum()), 'time')} in the hour that came twice in autumn, taken as its first"
    return Cells(cells.typed, cells.faults, (note,))


def end_in_second_hour(start: pd.Series, end: pd.Series) -> pd.Series:
    """Move an end that lies before its start into the second of autumn's two like-named hours, where it can be.

    Parameters
    ----------
    start, end
        Europe/London moments with one index; ``end`` was read as the first of the two hours.

    Returns
    -------
    pandas.Series
        ``end``, an hour later where the clocks went back between the two.
    """
    if not (end < start).any():
        return end
    hour_later = end + pd.Timedelta(hours=1)
    same_clock = hour_later.dt.tz_localize(None) == end.dt.tz_localize(None)
    return end.mask((end < start) & same_clock, hour_later)


def _time(text: pd.Series, column: Column) -> Cells:
    del column
    padded = text.str.replace(r"^([0-9]):", r"0\1:", regex=True).str.replace(r":00(?:\.0+)?$", ":00", regex=True)
    clock = padded.str.replace(r"^([0-9]{2}:[0-9]{2}):00$", r"\1", regex=True)
    wrong = text.notna() & ~_matches(clock, TIME)
    return _collect(clock.mask(wrong), (wrong, "not a time of day", "Write half past eight as 08:30"))


_READERS: dict[str, Callable[[pd.Series, Column], Cells]] = {
    "identifier": _plain_text,
    "text": _plain_text,
    "choice": _choice,
    "codes": _codes,
    "postcode": _plain_text,
    "sector": _sector,
    "place": _place,
    "number": _number,
    "whole": _whole,
    "yes_no": _yes_no,
    "date": _date,
    "day": _day,
    "time": _time,
    "moment": _moment,
}
