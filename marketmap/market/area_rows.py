"""Rows by area: which area each belongs to, and which table a measure lacks."""

from __future__ import annotations

import pandas as pd

from marketmap.inputs.county import Tables
from marketmap.market.places import UNPLACED, Places, area_codes, join_places


def code_rows(frame: pd.DataFrame, places: Places, *, by: str) -> pd.Series:
    """Name the area of each row by its ``postcode``: text, "unplaced" where it lies in none.

    Parameters
    ----------
    by
        As `marketmap.market.places.area_codes` takes it.
    """
    if frame.empty:
        return pd.Series(dtype="object", index=frame.index)
    return area_codes(join_places(frame[["postcode"]], places), by=by).astype("object").fillna(UNPLACED)


def head_rows(frame: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """Turn a frame indexed by area code into one that begins with ``level`` and ``area_code``, as `sort_areas` does."""
    rows = sort_areas(frame.rename_axis("area_code").reset_index().astype({"area_code": "str"}))
    rows.insert(0, "level", pd.Series(by, index=rows.index, dtype="str"))
    return rows


def sort_areas(table: pd.DataFrame, *more: str) -> pd.DataFrame:
    """Put rows in order of ``area_code`` and of further columns, unplaced ones last; a new RangeIndex."""
    last = table["area_code"].eq(UNPLACED)
    ordered = table.assign(_last=last).sort_values(["_last", "area_code", *more], ignore_index=True)
    return ordered.drop(columns="_last")


def say_missing(tables: Tables, *names: str) -> str:
    """Say which of the tables that a measure reads the council gave none of: "needs table offers", or nothing."""
    lacking = [name for name in names if getattr(tables, name) is None]
    if not lacking:
        return ""
    return f"needs table{'s' if len(lacking) > 1 else ''} {' and '.join(lacking)}"
