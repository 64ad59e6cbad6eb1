"""Make brings reports up to date: what is new enough stays, what reads a changed file is made again."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Stands for the program: notes which verb ran and leaves a record, or fails where it is told to.
PROGRAM = """#!/bin/sh
verb=$1
echo "$@" >"{log}.$verb"
while [ $# -gt 0 ]; do
  case $1 in --out) out=$2;; --county) county=$2;; esac
  shift
done
echo "$verb" >>"{log}"
[ -f "$county/fail-$verb" ] && exit 2
mkdir -p "$out"
echo "{{}}" >"$out/run.json"
"""
# What a make that runs the tests would tell a make below it.
ALONE = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
TABLES = ("packages", "providers", "visits", "offers", "reablement", "growth", "blocks")


class Monthly:
    def __init__(self, folder: Path, county: str = "county") -> None:
        self.folder = folder
        self.county = folder / county
        self.log = folder / "log"
        self.county.mkdir()
        for name in TABLES:
            (self.county / f"{name}.csv").write_text("x\n")
        (self.county / "marketmap.toml").write_text('[roads]\nfile = "roads.osm.pbf"\n')
        (self.county / "roads.osm.pbf").write_text("roads")
        shutil.copy(ROOT / "Makefile", folder / "Makefile")
        for name in ("pyproject.toml", "constraints.txt", "ready"):
            (folder / name).write_text("")
        (folder / "marketmap").mkdir()
        (folder / "marketmap" / "code.py").write_text("")
        program = folder / "program"
        program.write_text(PROGRAM.format(log=self.log))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        for path in folder.rglob("*"):
            os.utime(path, (1_700_000_000, 1_700_000_000))

    def make(self, *goals: str) -> subprocess.CompletedProcess[str]:
        self.log.write_text("")
        command = ["make", *goals, f"COUNTY={self.county.name}", f"RUN={self.folder / 'program'}", "READY=ready"]
        return subprocess.run(command, cwd=self.folder, env=ALONE, capture_output=True, text=True, check=False)

    def ran(self, *goals: str) -> list[str]:
        done = self.make(*goals)
        assert done.returncode == 0, done.stderr
        return self.log.read_text().split()


@pytest.fixture
def monthly(tmp_path: Path) -> Monthly:
    return Monthly(tmp_path)


def test_the_second_run_makes_nothing(monthly: Monthly) -> None:
    assert monthly.ran("monthly") == ["blocks", "rural", "report", "monitor"]
    assert monthly.ran("monthly") == []
    for goal in ("rural", "report", "monitor"):
        assert monthly.ran(goal) == []


@pytest.mark.parametrize(
    ("file", "verbs"),
    [
        ("reablement.csv", ["report"]),
        ("offers.csv", ["rural", "report", "monitor"]),
        ("blocks.csv", ["blocks", "rural", "report", "monitor"]),
        ("growth.csv", ["report"]),
        ("marketmap.toml", ["blocks", "rural", "report", "monitor"]),
        ("roads.osm.pbf", ["blocks", "rural", "report", "monitor"]),
    ],
)
def test_a_changed_file_remakes_what_reads_it(monthly: Monthly, file: str, verbs: list[str]) -> None:
    monthly.ran("monthly")
    later = max(path.stat().st_mtime for path in monthly.folder.rglob("run.json")) + 5
    os.utime(monthly.county / file, (later, later))
    assert monthly.ran("monthly") == verbs


def test_a_table_that_comes_or_goes_remakes_what_reads_it(monthly: Monthly) -> None:
    monthly.ran("monthly")
    (monthly.county / "growth.csv").unlink()
    assert monthly.ran("monthly") == ["report"]
    (monthly.county / "Handbacks.XLSX").write_text("")
    os.utime(monthly.county / "Handbacks.XLSX", (1_700_000_000, 1_700_000_000))
    assert monthly.ran("monthly") == ["rural", "report", "monitor"]


def test_a_fit_scales_the_plan_and_a_newer_one_remakes_it(monthly: Monthly) -> None:
    monthly.ran("monthly")
    assert "--factors" not in monthly.make("-n", "blocks", "swaps", "without", "COMPANY=C1").stdout
    assert monthly.ran("fit") == ["rounds"]
    typed = monthly.make("-n", "blocks", "swaps", "without", "COMPANY=C1").stdout.splitlines()
    assert sum('--factors "out-fit"' in line for line in typed if line.startswith(str(monthly.folder))) == 3
    assert "--factors" not in monthly.make("-n", "blocks", "FIT=").stdout
    assert monthly.ran("monthly") == ["blocks", "rural"]
    assert monthly.ran("monthly") == []
    later = max(path.stat().st_mtime for path in monthly.folder.rglob("run.json")) + 5
    os.utime(monthly.folder / "out-fit" / "run.json", (later, later))
    assert monthly.ran("monthly") == ["blocks", "rural"]
    assert "FIT names a folder" in monthly.make("fit", "FIT=1").stderr


def test_a_plan_made_by_hand_is_not_made_again_by_the_clock(monthly: Monthly) -> None:
    assert monthly.ran("blocks") == ["blocks"]
    assert monthly.ran("monthly") == ["rural", "report", "monitor"]
    assert monthly.ran("blocks", "FIRST=3") == ["blocks"]
    assert monthly.ran("monthly") == ["blocks", "rural"]
    assert monthly.ran("blocks", "OUT=my out") == ["blocks"]
    assert {path.name for path in monthly.folder.glob("**/*.asked")} > {"out.asked", "my_out.asked"}
    assert not (monthly.folder / "out.asked").exists()


def test_the_report_takes_the_plan_beside_rounds_alone(monthly: Monthly) -> None:
    def typed(verb: str) -> str:
        return Path(f"{monthly.log}.{verb}").read_text()

    monthly.ran("rural", "report", "waiting")
    assert not any("--plan" in typed(verb) for verb in ("rural", "report", "waiting"))
    monthly.ran("monthly", "waiting", "rounds")
    assert all(" --plan out" in typed(verb) for verb in ("rural", "waiting", "rounds"))
    assert "--plan" not in typed("report")
    assert monthly.ran("report") == ["report"]
    assert typed("report").strip().endswith("--rounds out-rounds --plan out")
    assert monthly.ran("blocks", "report") == ["blocks", "report"]


def test_a_person_is_told_that_nothing_was_to_be_done_and_a_clock_is_not(monthly: Monthly) -> None:
    monthly.ran("report")
    assert monthly.make("report").stdout == ""
    ours, theirs = os.openpty()
    command = ["make", "report", f"COUNTY={monthly.county.name}", f"RUN={monthly.folder / 'program'}", "READY=ready"]
    subprocess.run(command, cwd=monthly.folder, env=ALONE, stdout=theirs, check=True)
    os.close(theirs)
    assert "Up to date: out-report." in os.read(ours, 1000).decode()
    os.close(ours)


def test_another_district_remakes_the_rural_report(monthly: Monthly) -> None:
    monthly.ran("rural")
    assert monthly.ran("rural", "DISTRICT=King's Lynn and West Norfolk") == ["rural"]
    assert monthly.ran("rural", "DISTRICT=King's Lynn and West Norfolk") == []
    assert monthly.ran("rural") == ["rural"]


def test_rural_alone_takes_the_plan_as_it_is(monthly: Monthly) -> None:
    monthly.ran("monthly")
    later = max(path.stat().st_mtime for path in monthly.folder.rglob("run.json")) + 5
    os.utime(monthly.county / "blocks.csv", (later, later))
    assert monthly.ran("rural") == []


def test_a_failing_step_keeps_the_last_good_results(monthly: Monthly) -> None:
    monthly.ran("monthly")
    record = monthly.folder / "out-report" / "run.json"
    record.write_text("the last good one")
    later = record.stat().st_mtime + 5
    os.utime(monthly.county / "growth.csv", (later, later))
    (monthly.county / "fail-report").write_text("")
    assert monthly.make("monthly").returncode != 0
    assert record.read_text() == "the last good one"
    (monthly.county / "fail-report").unlink()
    assert monthly.ran("monthly") == ["report"]


def test_a_county_with_a_space_in_its_name_is_reported_on_every_time(tmp_path: Path) -> None:
    spaced = Monthly(tmp_path, county="my county")
    assert spaced.ran("report") == ["report"]
    assert spaced.ran("report") == ["report"]


def test_compare_and_purge_say_what_they_need(monthly: Monthly) -> None:
    for goal, needed in (("compare", "OLD="), ("purge", "BEFORE=")):
        done = monthly.make(goal)
        assert done.returncode == 2
        assert needed in done.stdout
    assert monthly.log.read_text() == ""


def test_purge_takes_the_folders_there_are(monthly: Monthly) -> None:
    monthly.ran("monitor")
    assert monthly.ran("purge", "BEFORE=2026-01-31") == ["purge"]
    assert "--out out-monitor" in monthly.make("-n", "purge", "BEFORE=2026-01-31").stdout.replace('"', "")
    assert "--out out-report" not in monthly.make("-n", "purge", "BEFORE=2026-01-31").stdout.replace('"', "")


def test_settings_and_packages_remake_everything(monthly: Monthly) -> None:
    for file in ("packages.csv", "marketmap.toml"):
        monthly.ran("monthly")
        later = max(path.stat().st_mtime for path in monthly.folder.rglob("run.json")) + 5
        os.utime(monthly.county / file, (later, later))
        assert monthly.ran("monthly") == ["blocks", "rural", "report", "monitor"]
        os.utime(monthly.county / file, (1_700_000_000, 1_700_000_000))
