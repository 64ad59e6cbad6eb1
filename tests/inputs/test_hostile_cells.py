"""Any text in any cell: it is refused by file, row and column, or kept as it was; it is never quoted in a fault."""

import csv
import io
import re
from pathlib import Path

import pytest

from marketmap.inputs.contracts import CONTRACTS
from marketmap.inputs.readers import read_table
from marketmap.inputs.templates import template_of
from marketmap.inputs.validation import check_table

TEXTS = {
    "markup": "<img src=x onerror=alert(1)>",
    "script": "</script><script>alert(2)</script>",
    "template": "${alert(3)} `x` {{ 7*7 }}",
    "formula": "=cmd|' /C calc'!A0",
    "direction": "\u202egnirts\u202c \u05d0\u05d1",
    "long": "long " * 2_000,
    "control": "a\x07b",
    "lines": "a\r\nb",
}
TABLES = [name for name, contract in CONTRACTS.items() if all(column.kind != "geometry" for column in contract.columns)]
CELLS = [(name, column.name) for name in TABLES for column in CONTRACTS[name].columns]
# Kinds of column that take any short text; what is no place is told when the county is placed.
TAKE_TEXT = ("identifier", "text", "postcode", "place")
NEVER_KEPT = ("long", "control", "lines")


@pytest.mark.parametrize(("table", "column"), CELLS)
def test_a_cell_is_refused_by_name_or_kept_as_it_was(tmp_path: Path, table: str, column: str) -> None:
    contract = CONTRACTS[table]
    file, content = template_of()[table]
    (good,) = csv.DictReader(io.StringIO(content.decode(), newline=""))
    path = tmp_path / file
    with path.open("w", encoding="utf-8", newline="") as written:
        writer = csv.DictWriter(written, contract.names)
        writer.writeheader()
        writer.writerows(good | {column: text} for text in TEXTS.values())
    checked = check_table(read_table(path, columns=contract.names, required=contract.required_names), contract=contract)
    refused = {row: fault for fault in checked.faults if fault.column == column for row in fault.rows}
    for row, (name, text) in enumerate(TEXTS.items(), start=2):
        kept = checked.frame[column][row]
        if row not in refused and contract[column].kind == "codes":
            assert re.fullmatch(r"[a-z0-9_;]+", kept), name
        elif row not in refused:
            assert contract[column].kind in TAKE_TEXT, name
            assert str(kept).casefold() == text.casefold(), name
            assert name not in NEVER_KEPT
    for text in TEXTS.values():
        assert not any(text in f"{fault.what}{fault.remedy}" for fault in checked.faults)
        assert not any(text in note for note in checked.notes)
