"""A rounds run the whole way, through the command line: what it writes, what it refuses, and how it stops."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pandas as pd

from marketmap.check import check_lists
from marketmap.settings import read_settings
from tests.spine.conftest import Run
from tests.spine.test_stopping import Ended

LOOK = ("check", "--out")


def read(out: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(out / "internal" / f"{name}.csv")


def test_every_policy_of_one_day(rutland: Path, planned: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    done = run("rounds", "--county", rutland, "--days", 1, "--plan", planned, "--months", "6", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "Simulating rounds: new_only, 6 months, as today" in done.stderr
    for told in ("simulated", "as driven", "11.7 in the published split", "all:", "new_only, 6 months:"):
        assert told in " ".join(done.stdout.split()), told
    measured, compared = read(out, "round_measures"), read(out, "round_differences")
    assert set(measured["policy"]) == {"today", "all", "new_only, 6 months"}
    assert set(compared["level"]) == {"county", "rural", "district_code", "block", "provider"}
    assert (measured["days"] == 1).all()
    assert compared["basis"].str.contains("Pounds: £0.45 a mile (market.mileage_pounds: HMRC", regex=False).all()
    assert compared["basis"].str.contains("Carbon: 0.17067 kgCO2e a kilometre", regex=False).all()
    assert set(compared["co2e_km"]) == {0.17067}
    assert run(*LOOK, out).returncode == 0, run(*LOOK, out).stderr


def test_one_ctrl_c_keeps_the_days_that_are_done(rutland: Path, planned: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["rounds", "--county", rutland, "--days", 2, "--plan", planned, "--out", out]
    ended = Ended(words, [("Simulating rounds: all", 0.0)])
    assert ended.code == 0, ended.stderr
    assert "the days that are finished are kept" in ended.stderr
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert any(note.startswith("Stopped in all: ") for note in record["notes"])
    assert record["stop"] == {"days": 2, "days_done": 2}
    rounds = read(out, "rounds")
    assert rounds[rounds["policy"] == "today"]["day"].nunique() == 2
    assert [str(finding) for finding in check_lists(out)] == []


def test_fitted_factors_are_settings_that_blocks_read(county_copy: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "fit"
    done = run("rounds", "--county", county_copy, "--fit", "--out", out)
    assert done.returncode == 0, done.stderr
    table = read(out, "round_fit")
    assert {"place", "provider"} == set(table["kind"])
    held = table[table["held_out"] == "yes"]
    off = ((held["estimated"] - held["travel"]).abs() / held["travel"]).mean()
    assert f"off by {off:.1%} on held-out sets" in " ".join(done.stdout.split())
    text = (out / "internal" / "round_factors.toml").read_text(encoding="utf-8")
    fitted = tomllib.loads(text)
    toml = county_copy / "marketmap.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + text, encoding="utf-8")
    settings, faults = read_settings(toml)
    assert faults == []
    assert settings.blocks.factor_inside == fitted["blocks"]["factor_inside"] != 1.0
    assert settings.blocks.factor_outside == fitted["blocks"]["factor_outside"] != 1.0
    assert settings.swaps.near_share == fitted["swaps"]["near_share"]
    again = run("rounds", "--county", county_copy, "--fit", "--plan", out)
    assert again.returncode == 2
    assert "--fit makes no policies" in again.stderr


def test_months_need_a_plan_and_rounds_need_call_monitoring(county_copy: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    done = run("rounds", "--county", county_copy, "--months", "6", "--out", out)
    assert done.returncode == 2
    assert "--months needs --plan" in done.stderr
    (county_copy / "visits.parquet").unlink()
    done = run("rounds", "--county", county_copy, "--out", out)
    assert done.returncode == 2
    assert "no visits table" in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()
