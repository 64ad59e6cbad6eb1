"""A real plan's files, changed as somebody would who covers his tracks: every checksum in run.json is made anew."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.plan_files import digest

Line = dict[str, str]


class WrittenPlan:
    """The files of a county and of a plan for it, open for changes; `seal` writes what was looked at."""

    def __init__(self, county: Path, out: Path) -> None:
        self.county, self.out = county, out
        self.record: dict[str, Any] = json.loads((out / "run.json").read_text(encoding="utf-8"))
        self._tables: dict[Path, list[Line]] = {}
        self._headers: dict[Path, list[str]] = {}

    def table(self, name: str) -> list[Line]:
        """Rows of an output table (``block_points``) or of an input (``providers.csv``), to be changed in place."""
        folder = "public" if name == "prospectus" else "internal"
        path = self.county / name if name.endswith(".csv") else self.out / folder / f"{name}.csv"
        if path not in self._tables:
            reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
            self._tables[path] = list(reader)
            self._headers[path] = list(reader.fieldnames or ())
        return self._tables[path]

    def row_names(self, name: str) -> list[str]:
        """Columns of a table, which may have no rows."""
        self.table(name)
        return next(own for path, own in self._headers.items() if path.name in (name, f"{name}.csv"))

    def row(self, name: str, **wanted: str) -> Line:
        """Find the first row of a table that has some values."""
        return next(row for row in self.table(name) if all(row[key] == value for key, value in wanted.items()))

    def rows(self, name: str, **wanted: str) -> list[Line]:
        """Find all rows of a table that have some values."""
        return [row for row in self.table(name) if all(row[key] == value for key, value in wanted.items())]

    def seal(self) -> None:
        """Write every table that was opened, and put its checksum and rows into run.json."""
        for path, rows in self._tables.items():
            text = io.StringIO(newline="")
            writer = csv.DictWriter(text, self._headers[path], lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(rows)
            path.write_bytes(text.getvalue().encode())
            if path.is_relative_to(self.county):
                self.record["inputs"][path.stem] |= {"sha256": digest(path), "rows": len(rows)}
        for name in self.record["outputs"]:
            if (self.out / name).is_file():
                self.record["outputs"][name] = digest(self.out / name)
        (self.out / "run.json").write_text(json.dumps(self.record), encoding="utf-8")

    # -- what is looked for ---------------------------------------------------------------------------------

    @property
    def block_of(self) -> dict[str, str]:
        """Block, or spot, by postcode."""
        return {row["postcode"]: row["block_id"] for row in self.table("block_postcodes")}

    @property
    def proposed(self) -> list[Line]:
        """Rows of the proposed blocks."""
        return self.rows("block_proposals", status="proposed")

    def empty_postcodes(self) -> set[str]:
        """Postcodes without work: their block hangs on nothing but the list."""
        return set(self.block_of) - {row["postcode"] for row in self.table("block_points")}

    def neighbours(self) -> dict[str, set[str]]:
        """Postcodes next to each postcode by road."""
        near: dict[str, set[str]] = defaultdict(set)
        for row in self.table("neighbours"):
            near[row["postcode_a"]].add(row["postcode_b"])
            near[row["postcode_b"]].add(row["postcode_a"])
        return near

    def rehome(self, postcode: str, block: str) -> None:
        """Give a postcode without work to another block, told alike in every file that speaks of it."""
        line = self.row("block_postcodes", postcode=postcode)
        blocks = {row["block_id"]: row for row in self.table("block_proposals")}
        if line["block_id"] in blocks:
            add(blocks[line["block_id"]], "postcodes", -1)
        if block in blocks:
            add(blocks[block], "postcodes", 1)
        for name in ("suggested_provider_id", "suggested_provider_name"):
            line[name] = blocks[block][name] if block in blocks else ""
        line["block_id"] = block
        inside = {name: {code[:-2] for code, own in self.block_of.items() if own == name} for name in blocks}
        for name, row in blocks.items():
            row["sectors"] = ";".join(sorted(inside[name]))


Change = Callable[[WrittenPlan], None]


def add(row: Line, column: str, amount: float) -> None:
    """Add to a figure, written with as many decimals as it had."""
    decimals = len(row[column].partition(".")[2])
    row[column] = f"{float(row[column]) + amount:.{decimals}f}"
