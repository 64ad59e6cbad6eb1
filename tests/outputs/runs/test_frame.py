"""The frame of a run: every table says what it rests on, and what was asked for reaches the record."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from marketmap.outputs.files.notices import describe_basis
from marketmap.outputs.files.record import read_record
from marketmap.outputs.runs import frame
from marketmap.outputs.schema.columns import Column, OutputTable
from tests.outputs.factory import make_record

BASED = OutputTable("internal/based.csv", "each", (Column("name", "text", ""), Column("basis", "text", "")))
PLAIN = OutputTable("internal/plain.csv", "each", (Column("name", "text", ""),))
ROWS = pd.DataFrame({"name": ["one", "two"]})


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A county that nobody reads: the frame alone is looked at."""
    county = SimpleNamespace(settings=SimpleNamespace(solver=SimpleNamespace(seed=7)))
    monkeypatch.setattr(frame, "prepare", lambda *_words, **_more: SimpleNamespace(county=county))
    monkeypatch.setattr(frame, "make_record", lambda _batch, **asked: make_record(**asked | {"stop": {}}))
    monkeypatch.setattr(frame, "write_left_out", lambda _folder, _batch: None)


def test_a_table_says_what_all_rests_on_and_then_what_it_alone_does(tmp_path: Path) -> None:
    with frame.open_run(tmp_path, tmp_path / "out", command=["verb"]) as run:
        own = ROWS.assign(basis=["Prices of May.", "Prices of June."])
        record = run.finish([(own, BASED), (ROWS, PLAIN)], summary="Two rows.")
    written = pd.read_csv(tmp_path / "out" / BASED.path)
    whole = describe_basis(record)
    assert written["basis"].tolist() == [f"{whole} Prices of May.", f"{whole} Prices of June."]
    assert list(pd.read_csv(tmp_path / "out" / PLAIN.path)) == ["name"]


def test_the_record_has_the_seed_asked_for_else_the_settings_own(tmp_path: Path) -> None:
    for seed, due in ((None, 7), (0, 0), (3, 3)):
        out = tmp_path / f"out{seed}"
        with frame.open_run(tmp_path, out, seed=seed) as run:
            run.finish([(ROWS, BASED)], summary="", fitted={"day": "2026-09-21"})
        record = read_record(out)
        assert record.seed == due
        assert record.factors == {"day": "2026-09-21"}
        assert pd.read_csv(out / BASED.path)["basis"].tolist() == [describe_basis(record)] * 2


def test_a_run_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no answer"), frame.open_run(tmp_path, tmp_path / "out"):
        raise ValueError("no answer")
    assert list(tmp_path.iterdir()) == []
