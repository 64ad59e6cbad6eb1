"""How a county's tables stand, in words: the few sentences and small tables that the app's page shows."""

from __future__ import annotations

import pandas as pd

from marketmap.inputs.wording import counted
from marketmap.outputs.views.input_check import InputCheck

OLD_DAYS = 45  # a month, and half another to send it in
TABLE_HEADINGS = {
    "table": "Table",
    "file": "File",
    "rows": "Rows",
    "changed": "File changed",
    "holds": "What it is for",
}
KIND_HEADINGS = {
    "file": "File",
    "column": "Column or setting",
    "rows": "Rows",
    "examples": "Row numbers",
    "what": "What is wrong",
    "remedy": "What to do",
}
LEFT_HEADINGS = {"table": "Table", "reason": "Why", "rows": "Rows"}


def tell_state(check: InputCheck) -> str:
    """Say in a sentence whether the tables can be used."""
    if check.stands:
        there = int((check.tables["file"] != "").sum())
        return f"The tables can be used: {counted(there, 'table')} read, no fault found."
    files = check.findings["file"].nunique()
    return (
        f"The tables cannot be used: {counted(len(check.kinds), 'fault')} in {counted(files, 'file')}. Nothing is "
        "measured of them until they are mended."
    )


def tell_age(check: InputCheck) -> str:
    """Say how old the data are; blank where nothing is known or they are fresh."""
    ages = check.tables["age_days"].dropna()
    if ages.empty or ages.min() <= OLD_DAYS:
        return ""
    return f"No table was changed in the last {ages.min():,.0f} days: ask whether there is a newer extract."


def table_rows(check: InputCheck, *, there: bool) -> pd.DataFrame:
    """List the tables that the county has, or those it lacks, for `TABLE_HEADINGS`.

    Parameters
    ----------
    check
        How the tables stand.
    there
        Which of the two.
    """
    chosen = check.tables[(check.tables["file"] != "") == there]
    rows = chosen["rows"].map(lambda number: "" if pd.isna(number) else f"{number:,.0f}")
    days = chosen["age_days"].map(lambda days: "" if pd.isna(days) else _ago(int(days)))
    changed = [f"{day} ({ago})" if day else "not there" for day, ago in zip(chosen["changed"], days, strict=True)]
    return chosen.assign(
        table=[f"{name} (required)" if needed else name for name, needed in zip(chosen["table"], chosen["required"],
                                                                               strict=True)],
        rows=rows,
        changed=changed,
        holds=chosen["holds"].str.split(". ", regex=False).str[0].str.removesuffix(".") + ".",
    )  # fmt: skip


def _ago(days: int) -> str:
    return f"{counted(days, 'day')} ago" if days > 0 else "today"


def kind_rows(check: InputCheck) -> pd.DataFrame:
    """List the kinds of fault, for `KIND_HEADINGS`."""
    rows = [f"{number:,}" if number else "whole file" for number in check.kinds["rows"]]
    return check.kinds.assign(rows=rows, remedy=check.kinds["remedy"].str.removesuffix("."))


def left_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Count rows that were left out by table and reason, most first, for `LEFT_HEADINGS`.

    Parameters
    ----------
    frame
        ``table`` and ``reason`` a row, as `InputCheck.rejected` and `InputCheck.unplaced`.
    """
    counts = frame.groupby(["table", "reason"], sort=True).size().rename("number").reset_index()
    counts = counts.sort_values("number", ascending=False, kind="stable", ignore_index=True)
    return counts.assign(rows=[f"{number:,}" for number in counts["number"]])[list(LEFT_HEADINGS)]
