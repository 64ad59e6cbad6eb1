"""``docs/outputs.md``: what every output file holds, generated from the column lists."""

from __future__ import annotations

import sys
from pathlib import Path

from marketmap.outputs.report.public_columns import PUBLIC_TABLES
from marketmap.outputs.report.rural_columns import RURAL_TABLES
from marketmap.outputs.schema.block import TABLES
from marketmap.outputs.schema.broker import BROKER_TABLES
from marketmap.outputs.schema.columns import OutputTable
from marketmap.outputs.schema.compare import COMPARE_TABLES
from marketmap.outputs.schema.cost import COST_TABLES
from marketmap.outputs.schema.decision import DECISION_TABLES
from marketmap.outputs.schema.edit import EDIT_TABLES
from marketmap.outputs.schema.explore import EXPLORE_TABLES
from marketmap.outputs.schema.flow import FLOW_TABLES
from marketmap.outputs.schema.full import FULL_TABLES
from marketmap.outputs.schema.input import INPUT_CHECK_TABLES
from marketmap.outputs.schema.pack import PACK_TABLES
from marketmap.outputs.schema.pair import PAIR_TABLES
from marketmap.outputs.schema.place import PLACE_TABLES
from marketmap.outputs.schema.road import ROAD_TABLES
from marketmap.outputs.schema.roll_out import ROLL_OUT_TABLES
from marketmap.outputs.schema.round import ROUND_TABLES
from marketmap.outputs.schema.swap import SWAP_TABLES
from marketmap.outputs.schema.waiting import WAITING_TABLES

OPENING = """# What comes out

Every run writes one folder, whole or not at all. Its root holds `README.txt` and `run.json` (what was run, on which
inputs, with which settings, and how good the answer is proven to be); everything with a row about a place, a
package or a provider is under `internal/` and stays inside the council. What may leave it is under `public/`: every
figure there went through one gate (`[disclosure]` in the settings). `public/prospectus.html` is `prospectus.csv` to
read and to print, one block a page. Tables of alternatives, the frontier and sensitivity are written with `--full`.

CSV files are RFC 4180: commas, CRLF, UTF-8 without a byte-order mark, one header row. A missing value is an empty
cell. Text that a spreadsheet could take for a formula has an apostrophe before it. Hours are client contact hours
unless a column says carer hours (contact hours × carers required).

Workbooks (XLSX) that the app gives out hold the same tables under heads in plain words, with shares in hundredths.
Their last sheet, About, has for each head the column's name as it stands here, its unit and its meaning.

Beside the tables stand `internal/map.html` (a map in one file that opens from disk and asks nothing of any network)
and `internal/zones.geojson` and `internal/areas.geojson` (the zones, and postcode sectors and districts, EPSG:4326,
made from the postcodes themselves and so approximate).

This page is generated from the tables in `marketmap/outputs/schema` and `marketmap/outputs/report`: edit those, run
`python -m marketmap.outputs.schema.dictionary docs/outputs.md`.
"""


# Every table that the program can write.
OUTPUT_TABLES = (
    *TABLES,
    *DECISION_TABLES,
    *FULL_TABLES,
    *EDIT_TABLES,
    *ROAD_TABLES,
    *PLACE_TABLES,
    *FLOW_TABLES,
    *COST_TABLES,
    *RURAL_TABLES,
    *PUBLIC_TABLES,
    *COMPARE_TABLES,
    *INPUT_CHECK_TABLES,
    *EXPLORE_TABLES,
    *BROKER_TABLES,
    *PACK_TABLES,
    *PAIR_TABLES,
    *ROUND_TABLES,
    *SWAP_TABLES,
    *WAITING_TABLES,
    *ROLL_OUT_TABLES,
)


def describe_outputs() -> str:
    """Write the page in Markdown, ending with a newline."""
    return "\n".join([OPENING, *(_describe_table(table) for table in OUTPUT_TABLES)])


def _describe_table(table: OutputTable) -> str:
    lines = [f"## {table.path}", "", f"One row for {table.row}. {table.note}".rstrip(), ""]
    lines += ["| column | meaning | unit |", "|---|---|---|"]
    lines += [f"| `{column.name}` | {column.meaning} | {column.shown_unit} |" for column in table.columns]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(describe_outputs(), encoding="utf-8")
