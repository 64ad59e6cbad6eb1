"""How a run ends before its time: Ctrl-C once and twice, at any moment; the clock; what is then said and written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from marketmap.check import check_plan
from tests.spine.conftest import Run
from tests.spine.test_blocks_run import csv_bytes, table

ENDLESS = ("--max-iterations", 100_000_000)
PATIENCE = 300.0


class Ended:
    """A run of the command line that was interrupted whenever one of some words appeared on standard error."""

    def __init__(self, arguments: Sequence[object], cues: Sequence[tuple[str, float]]) -> None:
        command = [sys.executable, "-m", "marketmap", *map(str, arguments)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        watch = threading.Timer(PATIENCE, process.kill)
        watch.start()
        try:
            assert process.stderr is not None
            assert process.stdout is not None
            left, self.stderr = list(cues), ""
            for line in process.stderr:
                self.stderr += line
                if left and left[0][0] in line:
                    time.sleep(left.pop(0)[1])
                    os.kill(process.pid, signal.SIGINT)
            self.stdout = process.stdout.read()
            self.code = process.wait()
        finally:
            watch.cancel()
            process.kill()
        assert not left, f"never said {left[0][0]}: {self.stderr}"


def solver_of(out: Path) -> dict[str, object]:
    solver: dict[str, object] = json.loads((out / "run.json").read_text(encoding="utf-8"))["solver"]
    return solver


def test_once_keeps_the_best_plan_so_far_and_says_so(rutland: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ended = Ended(["blocks", "--county", rutland, "--out", out, *ENDLESS], [("Designing blocks", 1.5)])
    assert ended.code == 0, ended.stderr
    assert "Stopping: the best plan so far is kept" in ended.stderr
    assert "Stopped by Ctrl-C after" in ended.stdout
    assert "not repeatable on another machine" in (out / "README.txt").read_text(encoding="utf-8")
    solver = solver_of(out)
    assert (solver["status"], solver["ended_by"]) == ("stopped", "user")
    assert len(table(out, "block_proposals")) > 1
    assert check_plan(out) == []


@pytest.mark.parametrize(
    "cues",
    [
        [("Reading the roads", 0.0)],
        [("Designing blocks", 0.5), ("Stopping", 0.0)],
        [("Writing", 0.0), ("Stopping", 0.0)],
    ],
    ids=["reading", "designing", "writing"],
)
def test_what_is_abandoned_leaves_everything_as_it_was(
    rutland: Path, planned: Path, tmp_path: Path, cues: list[tuple[str, float]]
) -> None:
    out = tmp_path / "out"
    assert subprocess.run(["cp", "-r", str(planned), str(out)], check=True).returncode == 0
    steps = ("--max-iterations", 60) if cues[0][0] == "Writing" else ENDLESS
    ended = Ended(["blocks", "--county", rutland, "--out", out, *steps], cues)
    assert ended.code == 130, ended.stderr
    assert "Nothing was written" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert csv_bytes(out) == csv_bytes(planned)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_in_the_midst_of_looking_further_the_plan_stays_whole(rutland: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    steps = ("--max-iterations", 60)
    ended = Ended(["blocks", "--county", rutland, "--out", out, "--full", *steps], [("Alternative A1", 0.0)])
    assert ended.code == 0, ended.stderr
    assert "Stopped by Ctrl-C while looking further; the plan itself is whole. Kept: the frontier" in ended.stdout
    assert "sensitivity." in ended.stdout
    assert solver_of(out)["ended_by"] == "iterations"
    assert (out / "internal" / "frontier.csv").is_file()
    assert not (out / "internal" / "sensitivity.csv").exists()
    assert check_plan(out) == []


def test_a_company_that_leaves_is_answered_for_from_the_best_plan_so_far(
    rutland: Path, planned: Path, tmp_path: Path
) -> None:
    company, out = table(planned, "block_proposals")["company_id"].iloc[0], tmp_path / "out"
    ended = Ended(["without", company, "--county", rutland, "--out", out, *ENDLESS], [("Designing blocks", 1.5)])
    assert ended.code == 0, ended.stderr
    assert "Stopped by Ctrl-C" in ended.stdout
    assert f"Company {company}" in ended.stdout
    assert len(table(out, "exit_hours")) > 0


def test_the_best_few_are_kept_too(rutland: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ended = Ended(["blocks", "--county", rutland, "--out", out, "--first", 2, *ENDLESS], [("Designing blocks", 1.5)])
    assert ended.code == 0, ended.stderr
    assert solver_of(out)["ended_by"] == "user"
    assert (table(out, "block_proposals")["status"] == "proposed").sum() == 2


def test_the_guard_says_so_when_it_bites(county_copy: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    with (county_copy / "marketmap.toml").open("a", encoding="utf-8") as file:
        file.write("\n[solver]\nguard_seconds = 2\nmax_iterations = 100000000\n")
    done = run("blocks", "--county", county_copy, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "Stopped by the time guard after" in done.stdout
    assert "not repeatable on another machine" in done.stdout
    assert solver_of(out)["ended_by"] == "guard"
    assert "Stopped by the time guard" in str(solver_of(out)["end"])


def test_seconds_given_alone_are_used_and_told(rutland: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    done = run("blocks", "--county", rutland, "--out", out, "--max-seconds", 2)
    assert done.returncode == 0, done.stderr
    assert "Stopped by the time limit after 2 s" in done.stdout
    assert solver_of(out)["ended_by"] == "seconds"
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["stop"]["max_iterations"] is None


def test_a_gap_that_is_reached_ends_the_search(rutland: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    done = run("blocks", "--county", rutland, "--out", out, "--max-gap", 0.9, *ENDLESS)
    assert done.returncode == 0, done.stderr
    assert solver_of(out)["ended_by"] == "gap"
    assert "Stopped by" not in done.stdout


def test_the_best_few_and_the_full_exploration_do_not_go_together(rutland: Path, tmp_path: Path, run: Run) -> None:
    done = run("blocks", "--county", rutland, "--out", tmp_path / "out", "--first", 2, "--full")
    assert done.returncode == 2
    assert "do not go together" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
