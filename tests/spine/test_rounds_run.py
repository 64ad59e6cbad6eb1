"""A rounds run the whole way, through the command line: what it writes, what it refuses, and how it stops."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from marketmap.check import check_lists, check_plan
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


@pytest.fixture(scope="module")
def fit(rutland: Path, tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    out = tmp_path_factory.mktemp("fit") / "out-fit"
    done = run("rounds", "--county", rutland, "--fit", "--out", out)
    assert done.returncode == 0, done.stderr
    (out.parent / "told.txt").write_text(" ".join(done.stdout.split()), encoding="utf-8")
    return out


def test_fitted_factors_are_settings_that_blocks_read(fit: Path, county_copy: Path, run: Run) -> None:
    out, told = fit, (fit.parent / "told.txt").read_text(encoding="utf-8")
    table = read(out, "round_fit")
    assert {"place", "provider"} == set(table["kind"])
    held = table[table["held_out"] == "yes"]
    off = ((held["estimated"] - held["travel"]).abs() / held["travel"]).mean()
    assert f"off by {off:.1%} on held-out sets" in told
    text = (out / "internal" / "round_factors.toml").read_text(encoding="utf-8")
    fitted = tomllib.loads(text)
    toml = county_copy / "marketmap.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + text, encoding="utf-8")
    settings, faults = read_settings(toml)
    assert faults == []
    assert settings.blocks.factor_inside == fitted["blocks"]["factor_inside"] != 1.0
    assert settings.blocks.factor_outside == fitted["blocks"]["factor_outside"] != 1.0
    assert settings.swaps.near_share == fitted["swaps"]["near_share"]
    # One estimator for both, so that inside and outside differ by merit and not by formula.
    assert settings.blocks.factor_inside == settings.blocks.factor_outside
    again = run("rounds", "--county", county_copy, "--fit", "--plan", out)
    assert again.returncode == 2
    assert "--fit makes no policies" in again.stderr


def test_blocks_and_swaps_take_up_a_fit_and_check_holds_them_to_it(
    fit: Path, rutland: Path, planned: Path, tmp_path: Path, run: Run
) -> None:
    plan, swaps = tmp_path / "plan", tmp_path / "swaps"
    found = tomllib.loads((fit / "internal" / "round_factors.toml").read_text(encoding="utf-8"))
    # A copy of the county is the same county.
    copy = shutil.copytree(rutland, tmp_path / "copy")
    done = run("blocks", "--county", copy, "--factors", fit, "--out", plan, "--max-iterations", 20)
    assert done.returncode == 0, done.stderr
    told = f"Travel minutes are scaled by {found['blocks']['factor_inside']:g}, fitted on simulated rounds of"
    assert told in " ".join(done.stdout.split())
    again = run("blocks", "--county", copy, "--factors", fit, "--out", plan, "--if-stale")
    assert "nothing to do" in again.stdout
    done = run("swaps", "--county", copy, "--factors", fit, "--out", swaps)
    assert done.returncode == 0, done.stderr
    assert f"stands for {found['swaps']['near_share']:g} of travel" in " ".join(done.stdout.split())
    for out, look in ((plan, check_plan), (swaps, check_lists)):
        assert [str(finding) for finding in look(out)] == []
        record = json.loads((out / "run.json").read_text(encoding="utf-8"))
        assert record["settings"]["blocks"] | found["blocks"] == record["settings"]["blocks"]
        record["factors"]["settings"]["swaps.near_share"] = 2.0
        (out / "run.json").write_text(json.dumps(record), encoding="utf-8")
        assert {finding.check for finding in look(out)} == {"travel-scale"}
    refused = run("swaps", "--county", rutland, "--factors", planned, "--out", swaps)
    assert refused.returncode == 2
    assert "does not hold a fit" in refused.stderr
    assert "Traceback" not in refused.stderr


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
