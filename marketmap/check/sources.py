"""The checker's own reading of the council's tables: text first, then what the text means."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd

from marketmap.check.findings import Unreadable

POSTCODE = r"(?:GIR0AA|(?:[A-Z]{1,2}[0-9][A-Z0-9]?|NPT)[0-9][A-Z]{2})"
SPACE = "[\\s\u200b-\u200d\u2060\ufeff]+"
YES = frozenset({"yes", "y", "true", "1", "1.0"})
TABLE_SUFFIXES = (".csv", ".xlsx", ".parquet")


def hash_file(path: Path) -> str:
    """Hash a file's bytes with SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_source(path: Path) -> pd.DataFrame:
    """Read one table as text, trimmed, with lower-case headers and its spreadsheet row numbers in ``row``.

    Blank cells are empty text; rows with nothing in them are left out.

    Raises
    ------
    Unreadable
        Where the file is missing or is not what its suffix says.
    """
    try:
        if path.suffix.lower() == ".xlsx":
            frame = pd.read_excel(path, dtype=str, keep_default_na=False)
        elif path.suffix.lower() == ".parquet":
            frame = pd.read_parquet(path)
        else:
            frame = _read_csv(path)
    except (OSError, ValueError, ImportError, pd.errors.ParserError) as error:
        raise Unreadable(path.name, f"cannot be read ({type(error).__name__})") from error
    frame = frame.astype("object").where(frame.notna(), "").astype(str)
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    for name in frame.columns:
        frame[name] = frame[name].str.strip()
    frame["row"] = range(2, len(frame) + 2)
    return frame[(frame.drop(columns="row") != "").any(axis=1)].reset_index(drop=True)


def _read_csv(path: Path) -> pd.DataFrame:
    text = _decode(path)
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, skip_blank_lines=False)


def count_rows(path: Path) -> int:
    """Count a CSV file's rows under its header, leaving out those with nothing in them."""
    rows = csv.reader(io.StringIO(_decode(path), newline=""))
    return sum(any(map(str.strip, row)) for row in rows) - 1


def _decode(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252")


def to_numbers(values: pd.Series) -> pd.Series:
    """Read text as numbers; blank and unreadable become NaN."""
    return pd.to_numeric(values, errors="coerce").astype(float)


def to_dates(values: pd.Series) -> pd.Series:
    """Read ISO dates, dropping a time of day; blank and unreadable become NaT."""
    return pd.to_datetime(values.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")


def to_moments(values: pd.Series) -> pd.Series:
    """Read ISO moments as London's: those with an offset turned into it, those without taken as its clock's.

    Of autumn's two like-named hours the first is taken; blank and unreadable become NaT.
    """
    offset = values.str.contains(r"[Tt ].*(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})$")
    told = pd.to_datetime(values.where(offset), format="ISO8601", errors="coerce", utc=True)
    clock = pd.to_datetime(values.where(~offset & (values != "")), format="ISO8601", errors="coerce")
    local = clock.dt.tz_localize("Europe/London", ambiguous=np.ones(len(values), dtype=bool), nonexistent="NaT")
    return told.dt.tz_convert("Europe/London").fillna(local)


def to_flags(values: pd.Series) -> pd.Series:
    """Read yes and its spellings as True, all else as False."""
    return values.str.lower().isin(YES)


def to_word(text: str) -> str:
    """Fold the spellings of one code word: ``Home care`` and ``HOME-CARE`` are ``home_care``."""
    return re.sub(r"[\s_-]+", "_", text.strip().lower())


def to_words(values: pd.Series) -> pd.Series:
    """Fold code words as `to_word` does."""
    return values.map(to_word)


def to_codes(cell: str) -> frozenset[str]:
    """Split a ``;``-list of code words."""
    return frozenset(to_word(part) for part in cell.split(";") if part.strip())


def to_postcodes(values: pd.Series) -> pd.Series:
    """Write any spelling of a postcode as ``GL1 1AA``; what is no postcode becomes empty text."""
    bare = values.str.replace(SPACE, "", regex=True).str.upper()
    bare = bare.where(bare.str.fullmatch(POSTCODE), "")
    return (bare.str[:-3] + " " + bare.str[-3:]).where(bare != "", "")


def to_sectors(postcodes: pd.Series) -> pd.Series:
    """Take the sector (``GL1 1``) of postcodes already written as ``GL1 1AA``."""
    return postcodes.str[:-2]
