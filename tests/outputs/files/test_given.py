"""What a run is given of an earlier one must be of its own county, and what it is given as."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from marketmap.cli import app
from marketmap.errors import OutputError
from marketmap.outputs.files import origin
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.origin import GIVEN, Given, is_of_plan, name_plan, read_given
from marketmap.outputs.files.purge import carry_out, plan_purges
from marketmap.outputs.files.record import read_record
from marketmap.outputs.report.run import run_report
from marketmap.outputs.runs.rounds import run_rounds
from marketmap.outputs.runs.waiting import run_waiting
from marketmap.outputs.schema.block import BLOCK_POSTCODES, BLOCK_PROPOSALS
from tests.outputs.factory import make_record, write_county


def write_run(folder: Path, *, holds: Given, of: Path) -> Path:
    with OutputFolder(folder) as output:
        output.write_bytes(GIVEN[holds][2], b"chain_id")
        output.finish(make_record(county_folder=str(of)))
    return folder


def test_a_run_of_this_county_is_read(tmp_path: Path) -> None:
    run = write_run(tmp_path / "out", holds="plan", of=tmp_path / "mine")
    assert read_given(run, tmp_path / "mine", given="plan").county_folder == str(tmp_path / "mine")


@pytest.mark.parametrize(("given", "option"), [("plan", "OUT"), ("swaps", "SWAPS"), ("rounds", "ROUNDS")])
def test_a_run_of_another_county_is_refused_by_both_names(tmp_path: Path, given: Given, option: str) -> None:
    run = write_run(tmp_path / "out", holds=given, of=tmp_path / "theirs")
    with pytest.raises(OutputError) as fault:
        read_given(run, tmp_path / "mine", given=given)
    for told in ("theirs", "mine", f"make: {option}=", f"marketmap: --{given}", f"make {option}=none"):
        assert told in str(fault.value)


def test_a_run_of_another_verb_is_refused_and_named(tmp_path: Path) -> None:
    run = write_run(tmp_path / "out", holds="plan", of=tmp_path)
    with pytest.raises(OutputError, match=r"does not hold a swap list \(it was written by: blocks --county"):
        read_given(run, tmp_path, given="swaps")


def test_a_purged_run_says_that_it_was_purged(tmp_path: Path) -> None:
    run = write_run(tmp_path / "out", holds="plan", of=tmp_path)
    (plan,) = plan_purges([run], before=dt.date(2100, 1, 1))
    carry_out(plan, on=dt.date(2026, 1, 1))
    with pytest.raises(OutputError, match="were purged on"):
        read_given(run, tmp_path, given="plan")


def test_a_run_is_of_the_plan_that_it_names_else_of_the_folder_on_its_command(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "plan", holds="plan", of=tmp_path)
    plan = read_record(folder)
    named = make_record(plan=name_plan(plan))
    assert is_of_plan(named, plan, tmp_path / "anywhere")
    assert is_of_plan(named, replace(plan, outputs={GIVEN["plan"][2]: "other"}), folder) is False
    words = ["marketmap", "rounds", "--plan", str(folder)]
    later, before = (make_record(command=words, created=moment) for moment in ("9999-01-01", "2000-01-01"))
    assert is_of_plan(later, plan, folder)
    assert is_of_plan(later, plan, tmp_path / "elsewhere") is False
    assert is_of_plan(before, plan, folder) is False
    assert is_of_plan(make_record(command=["marketmap", "rounds"]), plan, folder) is None


def test_the_verbs_refuse_it_before_they_work(tmp_path: Path) -> None:
    county = write_county(tmp_path / "county", count=20)
    theirs = {given: write_run(tmp_path / given, holds=given, of=tmp_path / "theirs") for given in GIVEN}
    with pytest.raises(OutputError, match="a swap list of another county"):
        run_rounds(county, tmp_path / "new", swaps_folder=theirs["swaps"])
    with pytest.raises(OutputError, match="a plan of another county"):
        run_waiting(county, tmp_path / "new", plan_folder=theirs["plan"])
    with pytest.raises(OutputError, match="a plan of another county"):
        run_report("rural", county, tmp_path / "new", plan_folder=theirs["plan"])
    assert not (tmp_path / "new").exists()


def test_a_run_does_not_write_over_what_it_reads(tmp_path: Path) -> None:
    county = write_county(tmp_path / "county", count=20)
    run = write_run(tmp_path / "swaps", holds="swaps", of=county)
    report = partial(run_report, "report")
    for verb, option in ((run_rounds, "swaps_folder"), (run_waiting, "plan_folder"), (report, "rounds_folder")):
        with pytest.raises(OutputError, match="is what this run reads, and would be replaced"):
            verb(county, tmp_path / "county" / ".." / "swaps", **{option: run})
    assert (run / GIVEN["swaps"][2]).is_file()


@pytest.mark.parametrize("verb", [["blocks"], ["without", "C01"], ["swaps"]])
def test_no_verb_writes_over_the_fit_that_it_takes_up(tmp_path: Path, verb: list[str]) -> None:
    county = write_county(tmp_path / "county", count=20)
    fit = str(write_run(tmp_path / "fit", holds="factors", of=county))
    done = CliRunner().invoke(app, [*verb, "--county", str(county), "--factors", fit, "--out", fit])
    assert "is what this run reads, and would be replaced" in str(done.exception)


def test_a_plan_and_its_name_are_of_one_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    county = write_county(tmp_path / "county", count=20)
    with OutputFolder(tmp_path / "plan") as output:
        for table in (BLOCK_POSTCODES, BLOCK_PROPOSALS):
            output.write_table(pd.DataFrame({name: [] for name in table.names}), table)
        output.finish(make_record(county_folder=str(county)))
    theirs = write_run(tmp_path / "swaps", holds="swaps", of=tmp_path / "theirs")
    read: list[Path] = []
    monkeypatch.setattr(origin, "read_record", lambda folder: (read.append(folder), read_record(folder))[1])
    with pytest.raises(OutputError, match="a swap list of another county"):
        run_rounds(county, tmp_path / "new", plan_folder=tmp_path / "plan", swaps_folder=theirs)
    assert read == [tmp_path / "plan", theirs]
