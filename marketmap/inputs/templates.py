"""Templates and the data dictionary, made from the contracts so that they cannot fall behind them."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from marketmap.inputs.columns import KINDS, Column, Contract
from marketmap.inputs.contracts import CONTRACTS

TEMPLATE_FOLDER = "templates"
DICTIONARY_FILE = "README.md"
# A square near Gloucester, in degrees as GeoJSON has them.
EXAMPLE_OUTLINE = [[-2.26, 51.85], [-2.22, 51.85], [-2.22, 51.88], [-2.26, 51.88], [-2.26, 51.85]]

INTRODUCTION = """# The tables

A county folder holds one file for each table, named after it: `packages.csv`, `packages.xlsx` or
`packages.parquet`. `packages` and `providers` are required; each other table switches on the measures that need
it. `templates/` has a template of each with one made-up row: replace the row, or remove the whole file of an
optional table that you do not have. Settings stand beside the tables in `marketmap.toml`.

**Cells.** CSV is comma-separated UTF-8 (Windows-1252 is read too). Dates are ISO 8601 (`2025-03-31`), times are local
(Europe/London), numbers have no commas or currency signs. Blank is blank: not `NULL`, `n/a` or `-`. Lists are joined
by `;`. Vocabulary is read in any case, with spaces or underscores. Columns may stand in any order.

**Dated lines.** A package may have one row for each period in which its terms held: from `effective_from` up to but
not including `effective_to`. A single-date extract, one row a package and no dates, runs just as well.

**Keep out what is not needed.** A column that is not listed here is dropped at the door and named. Use pseudonyms for
people and carers; never send names, NHS numbers, dates of birth, addresses or free text.

**Faults** are reported all at once, by file, row and column, and stop the run, unless `max_rejected_share` in the
settings lets that share of a table's rows go to `internal/rejected.csv`. A postcode that cannot be placed is no fault:
its row is counted and listed in `internal/unplaced.csv`.

This page and the templates are generated from the contracts in `marketmap/inputs/contracts.py` and
`market_contracts.py`.
"""


def dictionary_markdown(contracts: Mapping[str, Contract] = CONTRACTS) -> str:
    """Write the data dictionary: every table and column in Markdown."""
    return "\n".join([INTRODUCTION, *(_section(contract) for contract in contracts.values())])


def write_data(folder: Path) -> None:
    """Write the dictionary and the templates of every contract into a ``data`` folder."""
    write_templates(folder / TEMPLATE_FOLDER)
    (folder / DICTIONARY_FILE).write_text(dictionary_markdown(), encoding="utf-8")


def write_templates(out: Path, *, contracts: Mapping[str, Contract] = CONTRACTS) -> list[Path]:
    """Write one template for each table, each with a made-up row.

    The templates together are a county folder that reads without a fault. Boundaries have no CSV, so the
    template of areas is a GeoJSON.

    Parameters
    ----------
    out
        Folder to write into; made where it is missing.
    contracts
        Table name to contract.

    Returns
    -------
    list of pathlib.Path
        What was written, in the contracts' order.
    """
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for file, content in template_of(contracts=contracts).values():
        path = out / file
        path.write_bytes(content)
        written.append(path)
    return written


def template_of(*, contracts: Mapping[str, Contract] = CONTRACTS) -> dict[str, tuple[str, bytes]]:
    """Make the template of every table: its name to the file's name and content, in the contracts' order."""
    made = {}
    for contract in contracts.values():
        if any(column.kind == "geometry" for column in contract.columns):
            made[contract.name] = (f"{contract.name}.geojson", _geojson(contract).encode())
            continue
        text = io.StringIO(newline="")
        csv.writer(text).writerows([contract.names, [column.example for column in contract.columns]])
        made[contract.name] = (f"{contract.name}.csv", text.getvalue().encode())
    return made


def _geojson(contract: Contract) -> str:
    properties = {column.name: column.example for column in contract.columns if column.kind != "geometry"}
    numbers = {column.name: 0 for column in contract.columns if column.kind == "number"}
    feature = {
        "type": "Feature",
        "properties": properties | numbers,
        "geometry": {"type": "Polygon", "coordinates": [EXAMPLE_OUTLINE]},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]}, indent=1) + "\n"


def _section(contract: Contract) -> str:
    lines = [
        f"## {contract.name}{' (required)' if contract.required else ''}",
        "",
        contract.about,
        "",
        "| column | required | holds | meaning |",
        "|---|---|---|---|",
        *(_row(column) for column in contract.columns),
        "",
    ]
    rules = [f"`{rule.column}` {rule.what}" for rule in contract.rules]
    if contract.key:
        rules.insert(0, f"the same {', '.join(f'`{name}`' for name in contract.key)} on more than one row")
    if rules:
        lines += [f"Row faults beyond those of single cells: {'; '.join(rules)}.", ""]
    return "\n".join(lines)


def _row(column: Column) -> str:
    need = ("column, may be blank" if column.nullable else "yes") if column.required else ""
    holds = KINDS[column.kind][1]
    if column.allowed:
        holds = ("any of, joined by `;`: " if column.kind == "codes" else "one of: ") + ", ".join(column.allowed)
    elif column.bounds:
        holds += f", {column.bounds}"
    if column.refers_to:
        holds += f", found in {column.refers_to}"
    return f"| `{column.name}` | {need} | {holds} | {column.about} |"


if __name__ == "__main__":
    write_data(Path(sys.argv[1]))
