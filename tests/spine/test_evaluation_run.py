"""An evaluation the whole way, through the command line: what is refused, and what too few areas make of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from marketmap.cli import app
from marketmap.outputs.files.folder import hash_file
from tests.outputs.factory import write_county


@pytest.fixture
def county(tmp_path: Path) -> Path:
    """A small county of today with one block since March, and a week of call monitoring after that."""
    folder = write_county(tmp_path / "county", count=60)
    monitor(folder, "2026-03-23")
    packages = pd.read_csv(folder / "packages.csv", dtype=str)
    home = packages["postcode"].iloc[0]
    block = {"block_id": "B01", "provider_id": packages["provider_id"].dropna().iloc[0], "guaranteed_hours_week": "20"}
    pd.DataFrame([block | {"start_date": "2026-03-01", "status": "active"}]).to_csv(folder / "blocks.csv", index=False)
    pd.DataFrame([{"block_id": "B01", "postcode": home, "sector": ""}]).to_csv(folder / "block_areas.csv", index=False)
    return folder


def monitor(folder: Path, monday: str) -> None:
    """Write a visit an hour long of each active package on that Monday."""
    packages = pd.read_csv(folder / "packages.csv", dtype=str, keep_default_na=False)
    rows = packages[packages["status"] == "active"].drop_duplicates("package_id")
    pd.DataFrame(
        {
            "visit_id": "W" + rows["package_id"],
            "carer_id": "K1",
            "provider_id": rows["provider_id"],
            "package_id": rows["package_id"],
            "planned_start": f"{monday}T09:00",
            "planned_end": f"{monday}T10:00",
            "status": "delivered",
        }
    ).to_csv(folder / "visits.csv", index=False)


def evaluate(county: Path, out: Path, *options: object) -> Result:
    return CliRunner().invoke(app, ["evaluate", "--county", str(county), "--out", str(out), *map(str, options)])


def words(done: Result) -> str:
    return " ".join(f"{done.output} {done.exception or ''}".split())


def test_from_too_few_areas_no_effect_is_told_and_the_files_stand(county: Path, tmp_path: Path) -> None:
    earlier = Path(shutil.copytree(county, tmp_path / "earlier"))
    monitor(earlier, "2026-01-19")
    out = tmp_path / "out"
    done = evaluate(county, out, "--before", earlier)
    assert done.exit_code == 0, words(done)
    assert "No effect is told: not enough areas" in words(done)
    effects = pd.read_csv(out / "internal" / "roll_out.csv")
    assert (effects["answer"] == "not told").all()
    assert effects[["effect", "low", "high"]].isna().all(axis=None)
    assert effects["why_not"].str.contains("10 of each are needed").all()
    notes = json.loads((out / "run.json").read_text(encoding="utf-8"))["notes"]
    (named,) = (note for note in notes if note.startswith(f"The time before is of {earlier}: "))
    for name in ("packages.csv", "visits.csv"):  # what was read of that time stays known
        assert f"{name} (SHA-256 {hash_file(earlier / name)})" in named
    assert CliRunner().invoke(app, ["check", "--out", str(out)]).exit_code == 0
    path = out / "internal" / "roll_out.csv"
    effects.assign(answer="more inside", effect=0.3, low=0.1, high=0.5).to_csv(path, index=False)
    assert CliRunner().invoke(app, ["check", "--out", str(out)]).exit_code == 1


def test_call_monitoring_of_one_time_alone_is_refused_with_what_to_give(county: Path, tmp_path: Path) -> None:
    done = evaluate(county, tmp_path / "out")
    assert done.exit_code != 0
    assert "No block starts within the days that call monitoring covers" in words(done)
    assert "--before" in words(done)
    assert not (tmp_path / "out").exists()
    done = evaluate(county, tmp_path / "out", "--before", tmp_path / "gone")
    assert "the folder of the time before does not exist" in words(done)
    assert "marketmap sample" not in words(done)
    (county / "visits.csv").unlink()
    done = evaluate(county, tmp_path / "out")
    assert done.exit_code != 0
    assert "An evaluation needs table visits" in words(done)
