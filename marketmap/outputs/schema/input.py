"""The tables that say how a county's own tables stand: what is there, and what is wrong with it."""

from __future__ import annotations

from marketmap.inputs.marking import FAULT_COLUMN, ROW_COLUMN
from marketmap.outputs.schema.columns import Column, OutputTable

INPUT_TABLES = OutputTable(
    "input_tables.csv",
    "each table that a county may have",
    (
        Column("table", "text", "The input table"),
        Column("file", "text", "The file that holds it; blank where the county has none"),
        Column("rows", "count", "Rows under its header; blank where it could not be read", "rows"),
        Column("changed", "text", "Day on which the file was last changed"),
        Column("age_days", "days", "Days from then to today"),
        Column("required", "yes_no", "Whether a county must have it"),
        Column("holds", "text", "What the table is for"),
    ),
    note="From the app's page Data.",
)

INPUT_FINDINGS = OutputTable(
    "input_findings.csv",
    "each fault of each row of the input tables",
    (
        Column("file", "text", "The input file"),
        Column("row", "count", "Its row as a spreadsheet shows it; blank: the whole file", "row number"),
        Column("column", "text", "The column, or the setting; blank: the whole row or file"),
        Column("what", "text", "What is wrong"),
        Column("remedy", "text", "What to do"),
    ),
    note="From the app's page Data.",
)

MARKED_ROWS = OutputTable(
    "marked.csv",
    "each row of the council's own table",
    (
        Column(ROW_COLUMN, "count", "The row as a spreadsheet shows it", "row number"),
        Column(FAULT_COLUMN, "text", "What is wrong with the row and what to do; blank: nothing"),
    ),
    note="From the app's page Data. The table's own columns follow, as given.",
    open_ended=True,
)

INPUT_CHECK_TABLES = (INPUT_TABLES, INPUT_FINDINGS, MARKED_ROWS)
