"""An evaluation as it is written, and lies about it: each has its check."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from marketmap.check import check_lists, holds_lists
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.schema.columns import OutputTable
from marketmap.outputs.schema.roll_out import ROLL_OUT, ROLL_OUT_AREAS
from marketmap.settings import settings_to_mapping
from tests.check.findings import checks
from tests.market.rolled_out import AFTER, BEFORE, SECTORS, county, evaluate, log, postcodes, settings

Rows = list[dict[str, str]]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Twelve blocks and fourteen sectors, the hours in blocks grown by a fifth, each area by a little of its own."""
    return write(tmp_path, least_areas=10)


def write(folder: Path, *, least_areas: int) -> Path:
    random = np.random.default_rng(1)
    grown = {name[:-2]: np.exp(random.normal(0, 0.02)) for name in postcodes()}
    grown |= {name: 1.2 * factor for name, factor in grown.items() if name.startswith("BB")}
    chosen = settings(least_areas=least_areas)
    tables, places, times = county()
    # Two kinds of area, of which inside and outside hold different parts.
    urban = [name.startswith(("BB1", "SS2", "SS3", "SS4")) for name in places.of.index]
    places.of["rural"] = pd.array([not each for each in urban], dtype="boolean")
    found = evaluate((tables, places, times), log(BEFORE), log(AFTER, hours=grown), settings=chosen)
    (folder / "internal").mkdir()
    for frame, table in ((found.effects.assign(comparison="", basis=""), ROLL_OUT), (found.areas, ROLL_OUT_AREAS)):
        (folder / table.path).write_bytes(encode_table(frame.assign(basis="made up"), table))
    record = SimpleNamespace(
        settings=settings_to_mapping(chosen), notes=[], outputs=dict.fromkeys((ROLL_OUT.path, ROLL_OUT_AREAS.path), "")
    )
    (folder / "run.json").write_text(json.dumps(vars(record)), encoding="utf-8")
    return folder


def change(folder: Path, name: str, lie: Callable[[Rows], None]) -> None:
    path = folder / "internal" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lie(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def put(row: int, column: str, value: str) -> Callable[[Rows], None]:
    return lambda rows: rows[row].update({column: value})


def test_an_evaluation_as_it_was_written_stands(written: Path) -> None:
    assert holds_lists(written)
    assert check_lists(written) == []


def test_a_record_that_tells_less_than_it_should_is_a_finding(written: Path) -> None:
    record = json.loads((written / "run.json").read_text(encoding="utf-8"))
    for part in ({"settings": record["settings"] | {"evaluation": {}}}, {"outputs": {}}):
        (written / "run.json").write_text(json.dumps(record | part), encoding="utf-8")
        assert checks(check_lists(written)) == {"list-record"}
    (written / "internal" / "roll_out.csv").unlink()
    (written / "internal" / "roll_out_areas.csv").unlink()
    purged = {"purged": {"on": "2026-01-01", "files": [ROLL_OUT.path, ROLL_OUT_AREAS.path]}}
    (written / "run.json").write_text(json.dumps(record | purged), encoding="utf-8")
    assert not holds_lists(written)


def test_from_too_few_areas_nothing_is_told_and_that_stands_too(tmp_path: Path) -> None:
    folder = write(tmp_path, least_areas=SECTORS + 1)
    assert check_lists(folder) == []
    change(folder, "roll_out", put(0, "effect", "0.2"))
    assert checks(check_lists(folder)) == {"evaluation-effects"}


@pytest.mark.parametrize("table", [ROLL_OUT, ROLL_OUT_AREAS])
def test_a_table_that_was_taken_away_is_missed(written: Path, table: OutputTable) -> None:
    (written / table.path).unlink()
    assert holds_lists(written)
    assert "list-record" in checks(check_lists(written))


@pytest.mark.parametrize(
    ("name", "lie", "found"),
    [
        ("roll_out", put(0, "effect", "0.2600"), "evaluation-effects"),
        ("roll_out", put(0, "low", "0.1000"), "evaluation-effects"),
        ("roll_out", put(0, "answer", "less inside"), "evaluation-effects"),
        ("roll_out", put(0, "inside", "11"), "evaluation-effects"),
        ("roll_out", put(0, "outcome", "leakage"), "evaluation-effects"),
        ("roll_out_areas", put(0, "hours_delivered_after", "12.00"), "evaluation-effects"),
        ("roll_out_areas", put(0, "counted", "no"), "evaluation-areas"),
        ("roll_out_areas", put(0, "why_not", "too small"), "evaluation-areas"),
        ("roll_out_areas", put(0, "hours_delivered_before", "0.50"), "evaluation-areas"),
        ("roll_out_areas", lambda rows: rows.append(dict(rows[0])), "evaluation-areas"),
    ],
)
def test_a_lie_about_an_evaluation_has_its_check(
    written: Path, name: str, lie: Callable[[Rows], None], found: str
) -> None:
    change(written, name, lie)
    assert found in checks(check_lists(written))
