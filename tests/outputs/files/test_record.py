import dataclasses
import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest

from marketmap.errors import OutputError
from marketmap.outputs.files.record import SCHEMA, RunRecord, encode_record, is_ours, read_record, stamp_record

RECORD = RunRecord(
    command=["blocks", "--seed", "3"],
    county_folder="data/sample",
    inputs={"packages": {"name": "packages.csv", "sha256": "ab", "rows": 3}},
    settings={"blocks": {"min_hours": 80.0}},
    seed=3,
    stop={"max_seconds": None, "max_iterations": 100, "max_gap": None},
    solver={"status": "feasible", "objective": 10.0, "lower_bound": 9.0, "gap": 0.1, "relaxed": ("contiguity",)},
    roads={"file": "roads.osm.pbf", "illustrative": False},
    postcode_source="ONSPD November 2025",
    snapshot_date=dt.date(2026, 3, 31),
    synthetic=True,
    synthetic_note="Made up.",
    notes=["3 visits had no package."],
    outputs={"README.txt": "cd"},
)


def test_a_record_reads_back_as_written(tmp_path: Path) -> None:
    record = stamp_record(RECORD, created=dt.datetime(2026, 4, 1, 12, tzinfo=dt.UTC))
    (tmp_path / "run.json").write_bytes(encode_record(record))
    back = read_record(tmp_path)
    assert encode_record(back) == encode_record(record)
    assert back.snapshot_date == record.snapshot_date
    assert (back.gap, back.illustrative_roads, back.schema) == (0.1, False, SCHEMA)
    assert back.created == "2026-04-01T12:00:00+00:00"
    assert back.versions["python"].count(".") == 2
    assert back.versions["shapely"] != "unknown"


def test_numbers_that_json_does_not_have_become_null() -> None:
    record = dataclasses.replace(RECORD, solver={"gap": np.float64("nan"), "objective": float("inf"), "n": np.int64(2)})
    raw = json.loads(encode_record(record))
    assert raw["solver"] == {"gap": None, "objective": None, "n": 2}
    assert record.gap is not None
    assert dataclasses.replace(RECORD, solver={"gap": None}).gap is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "holds no run.json, so it is no output folder of marketmap"),
        ("{", "cannot be read"),
        ("[1]", "not a run record of marketmap"),
        ('{"schema": "other"}', "not a run record of marketmap"),
        ('{"schema": "marketmap/run/99"}', "another version"),
        (f'{{"schema": "{SCHEMA}"}}', "incomplete"),
        (f'{{"schema": "{SCHEMA}", "snapshot_date": "soon"}}', "incomplete"),
    ],
)
def test_a_record_that_cannot_be_used_says_why(tmp_path: Path, text: str | None, says: str) -> None:
    if text is not None:
        (tmp_path / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(OutputError, match=says):
        read_record(tmp_path)


def test_only_our_schema_is_ours() -> None:
    assert is_ours({"schema": "marketmap/run/0"})
    assert not is_ours({"schema": "marketmap"})
    assert not is_ours([])
