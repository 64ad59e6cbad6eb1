"""Whether a folder holds a plan to check at all: a spoilt plan is one, the output of another verb is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from marketmap.check import check_lists, check_plan, holds_plan, written
from marketmap.cli import app
from marketmap.errors import OutputError

CLUSTERS = {
    "schema": "marketmap/run/1",
    "command": ["clusters"],
    "solver": {},
    "outputs": {"internal/clusters.csv": "0"},
}


def folder_with(tmp_path: Path, record: Any) -> Path:
    (tmp_path / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return tmp_path


def test_the_output_of_another_verb_holds_none(tmp_path: Path) -> None:
    assert not holds_plan(folder_with(tmp_path, CLUSTERS))


@pytest.mark.parametrize(
    "record",
    [
        [],
        {**CLUSTERS, "outputs": None},
        {**CLUSTERS, "solver": {"status": "stopped"}},
        {**CLUSTERS, "outputs": {written.POINTS: "0"}},
    ],
)
def test_a_record_of_a_plan_whole_or_spoilt_holds_one(tmp_path: Path, record: Any) -> None:
    assert holds_plan(folder_with(tmp_path, record))


def test_a_folder_with_a_table_of_a_plan_or_without_a_record_holds_one(tmp_path: Path) -> None:
    assert holds_plan(tmp_path)
    (tmp_path / "internal").mkdir()
    (tmp_path / written.PROPOSALS).touch()
    assert holds_plan(folder_with(tmp_path, CLUSTERS))


def test_the_verb_says_so_and_finds_nothing_wrong(tmp_path: Path) -> None:
    rest = {
        "county_folder": "county", "inputs": {}, "settings": {}, "seed": 0, "stop": {}, "roads": {},
        "postcode_source": "", "snapshot_date": "2026-09-28", "synthetic": True,
    }  # fmt: skip
    done = CliRunner().invoke(app, ["check", "--out", str(folder_with(tmp_path, CLUSTERS | rest))])
    assert done.exit_code == 0, done.output
    assert "holds no plan (it was written by: clusters): nothing to re-derive" in done.output


@pytest.mark.parametrize("check", [check_plan, check_lists])
def test_what_is_no_path_is_refused_and_a_folder_that_is_not_there_is_a_finding(check: Any, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="folder is a NoneType; give the path"):
        check(None)
    with pytest.raises(OutputError, match="county is a int; give the path"):
        check(tmp_path, county=3)
    assert check(tmp_path / "nowhere")
    assert check(str(tmp_path / "nowhere"))
