"""The same sample of an earlier day: the same care, every date of it moved."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from marketmap.cli import app

WEEKS = pd.Timedelta("31W")


@pytest.mark.parametrize("table", ["packages", "blocks"])
def test_every_date_moves_and_nothing_else(tmp_path_factory: pytest.TempPathFactory, table: str) -> None:
    now, before = (read(folder, table) for folder in build(tmp_path_factory.getbasetemp() / "moved"))
    dates = [column for column in now.columns if column.endswith(("_date", "_from", "_to"))]
    assert "start_date" in dates
    pd.testing.assert_frame_equal(before.drop(columns=dates), now.drop(columns=dates))
    begun = now["start_date"].notna()
    moved = pd.to_datetime(now.loc[begun, "start_date"]) - pd.to_datetime(before.loc[begun, "start_date"])
    assert (moved == WEEKS).all()


def build(folder: Path) -> list[Path]:
    made = []
    for day in ("2026-09-28", "2026-02-23"):
        if not (folder / day).exists():
            arguments = ["sample", "--county", "rutland", "--packages", "100", "--snapshot", day]
            done = CliRunner().invoke(app, [*arguments, "--out", str(folder / day)])
            assert done.exit_code == 0, done.output
        made.append(folder / day)
    return made


def read(folder: Path, table: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{table}.csv", dtype=str)
