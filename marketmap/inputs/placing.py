"""Putting rows on the map by their postcode, and listing those that cannot be put there."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from marketmap.inputs.postcodes import PostcodeDirectory
from marketmap.inputs.wording import counted

PLACED_COLUMNS = ("easting", "northing", "sector", "district_code")
BLANK = "no postcode given"


def place_rows(frame: pd.DataFrame, *, directory: PostcodeDirectory) -> pd.DataFrame:
    """Add where each row's postcode lies.

    Parameters
    ----------
    frame
        Has ``postcode``, any spelling or blank.
    directory
        Where postcodes lie.

    Returns
    -------
    pandas.DataFrame
        Indexed like ``frame``: ``postcode`` in one spelling (as written where it is not a postcode),
        ``easting``, ``northing`` (EPSG:27700 metres), ``sector``, ``district_code``, ``placed`` (bool) and
        ``reason`` (blank where placed).
    """
    each = pd.Series(frame["postcode"].dropna().unique(), dtype="str")
    found = directory.place(each).set_axis(pd.Index(each), axis="index")
    rows = found.reindex(pd.Index(frame["postcode"])).set_axis(frame.index, axis="index")
    rows["postcode"] = rows["postcode"].fillna(frame["postcode"]).astype("str")
    rows["reason"] = rows["reason"].where(frame["postcode"].notna(), BLANK).astype("str")
    rows["placed"] = rows["reason"].eq("")
    dtypes = {"easting": "float64", "northing": "float64", "sector": "str", "district_code": "str"}
    rows = rows.astype(dtypes)
    return frame.assign(**{name: rows[name] for name in ("postcode", *PLACED_COLUMNS, "placed", "reason")})


def list_unplaced(placed: pd.DataFrame, *, table: str, key: str, blank_counts: bool = True) -> pd.DataFrame:
    """List the rows of a placed table that have no place.

    Parameters
    ----------
    placed
        As `place_rows` gives it, with ``row``.
    table
        Its name.
    key
        The column that names a row.
    blank_counts
        Whether a row without a postcode is listed.

    Returns
    -------
    pandas.DataFrame
        ``table``, ``row``, ``id``, ``postcode`` (blank where none), ``reason``.
    """
    missing = placed[~placed["placed"]]
    if not blank_counts:
        missing = missing[missing["postcode"].notna()]
    listed = pd.DataFrame(
        {
            "table": pd.Series(table, index=missing.index, dtype="str"),
            "row": missing["row"],
            "id": missing[key],
            "postcode": missing["postcode"].fillna(""),
            "reason": missing["reason"],
        }
    )
    return listed.reset_index(drop=True)


def join_unplaced(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Join such lists, sorted by table and row."""
    joined = pd.concat(list(parts), ignore_index=True)
    joined["row"] = joined["row"].astype("int64")
    return joined.sort_values(["table", "row"], ignore_index=True)


def flag_schemes(packages: pd.DataFrame, *, hours_week: float) -> str:
    """Say which sectors have a postcode with so many hours that it is likely a scheme.

    Parameters
    ----------
    packages
        Placed packages with ``status`` and ``hours_week``.
    hours_week
        Contact hours a week of the active and waiting packages at one postcode, above which it is flagged.

    Returns
    -------
    str
        A sentence that names a count and sectors and never a postcode; blank where there is none.
    """
    current = packages[packages["placed"] & packages["status"].isin(["active", "waiting"])]
    hours = current.groupby(["postcode", "sector"])["hours_week"].sum()
    schemes = hours[hours > hours_week].reset_index()
    if schemes.empty:
        return ""
    names = sorted(schemes["sector"].unique())
    sectors = f"sector{'s' if len(names) > 1 else ''} {', '.join(names)}"
    return (
        f"Likely schemes (extra care, sheltered housing): {counted(len(schemes), 'postcode')} with more than "
        f"{hours_week:g} contact hours a week, in {sectors}."
    )
