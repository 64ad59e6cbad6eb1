"""More asked of a plan from the command line: the first few blocks, and what if a company leaves."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from marketmap.check import check_plan
from tests.spine.conftest import Run
from tests.spine.test_blocks_run import csv_bytes, table

QUICK = ("--max-iterations", 60)


def test_the_best_few_blocks_stand_and_can_be_replayed(rutland: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "first"
    done = run("blocks", "--county", rutland, "--out", out, "--first", 2, *QUICK)
    assert done.returncode == 0, done.stderr
    assert "The best 2 blocks to begin with gain" in done.stdout
    proposals = table(out, "block_proposals")
    assert (proposals["status"] == "proposed").sum() == 2
    order = table(out, "rollout")
    assert order["rollout_rank"].tolist() == ["1", "2"]
    assert check_plan(out) == []
    again = tmp_path / "again"
    done = run("replay", out, "--out", again)
    assert done.returncode == 0, done.stderr
    assert csv_bytes(again) == csv_bytes(out)


@pytest.fixture(scope="module")
def company(planned: Path) -> str:
    """Name the company with most proposed hours in the plan."""
    proposals = pd.read_csv(planned / "internal" / "block_proposals.csv")
    return str(proposals.groupby("company_id")["hours_zone"].sum().idxmax())


def test_a_company_that_leaves_has_an_answer_for_every_hour(
    rutland: Path, tmp_path: Path, run: Run, company: str
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for out in (first, second):
        done = run("without", company, "--county", rutland, "--out", out, "--max-iterations", 300)
        assert done.returncode == 0, done.stderr
        assert f"Company {company}" in done.stdout
    assert csv_bytes(first) == csv_bytes(second)
    assert check_plan(first) == []
    providers = pd.read_csv(rutland / "providers.csv", dtype=str)
    leaving = providers.loc[providers["company_id"].fillna(providers["provider_id"]) == company, "provider_id"]
    assert not set(table(first, "exit_hours")["suggested_provider_id"]) & set(leaving)
    assert set(table(first, "exit_blocks")["former_provider_id"]) <= {*leaving, ""}


def test_an_unknown_company_is_a_clear_fault(rutland: Path, tmp_path: Path, run: Run, company: str) -> None:
    done = run("without", company + "x", "--county", rutland, "--out", tmp_path / "out", *QUICK)
    assert done.returncode == 2
    assert company in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
