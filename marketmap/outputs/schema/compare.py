"""The columns of what `marketmap compare` writes: what changed between two outputs of the same kind."""

from __future__ import annotations

from marketmap.outputs.schema.columns import Column, OutputTable

_KEYS = (
    Column("table", "text", "The output file that was compared"),
    Column("row", "text", "The row's key columns and their values, joined by semicolons"),
)

CHANGES = OutputTable(
    "internal/changes.csv",
    "each figure of an internal table that is not the same in both outputs",
    (
        *_KEYS,
        Column("change", "text", "new: only in the later one; gone: only in the earlier one; changed"),
        Column("column", "text", "The figure; blank for a row that is new or gone"),
        Column("before", "text", "As it was written; blank for new rows"),
        Column("after", "text", "As it is written; blank for rows that are gone"),
        Column("difference", "text", "After less before, where both are numbers"),
    ),
    note="Personal data by inference where the compared tables are. Keep it internal.",
)

CHANGES_SUMMARY = OutputTable(
    "internal/changes_summary.csv",
    "each internal table that was compared",
    (
        Column("table", "text", "The output file"),
        Column("rows_before", "count", "Its rows then", "rows"),
        Column("rows_after", "count", "Its rows now", "rows"),
        Column("rows_new", "count", "Rows whose key was not there then", "rows"),
        Column("rows_gone", "count", "Rows whose key is not there now", "rows"),
        Column("rows_changed", "count", "Rows with another figure", "rows"),
        Column("note", "text", "What was not compared, and why"),
    ),
)

PUBLIC_CHANGES = OutputTable(
    "public/changes.csv",
    "each figure of a public table that is not shown the same in both outputs",
    (
        *_KEYS,
        Column("column", "text", "The figure"),
        Column("before", "text", "As it was shown; * where it was hidden, blank where the row was not there"),
        Column("after", "text", "As it is shown; * where it is hidden, blank where the row is not there"),
        Column("difference", "text", "After less before, both as shown; * where either is hidden"),
    ),
    note="Made from what both outputs show and from nothing else. A difference of rounded figures may be off by the "
    "rounding of both.",
)

COMPARE_TABLES = (CHANGES, CHANGES_SUMMARY, PUBLIC_CHANGES)
