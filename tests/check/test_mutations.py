"""Real plans, written by the command line and then tampered with, every checksum made anew: each lie has its check."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from marketmap.check import alternatives, check_plan, frontier, sensitivity
from marketmap.check.evidence import Evidence
from marketmap.check.findings import run_checks
from marketmap.cli import app
from tests.check.findings import checks
from tests.check.full_lies import OF_FULL
from tests.check.lies import MUST_CATCH, find_roomy, lower_room
from tests.check.more_lies import MORE
from tests.check.written_plan import Change, WrittenPlan

SEALS = {"inputs-unchanged", "outputs-unchanged"}


@pytest.fixture
def only_one_letter() -> None:
    """Read all letters of the postcode package: the plans here are of a real county's postcodes."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a county and two plans for it by the command line: ``plain``, and ``full`` with all that FULL=1 adds."""
    folder = tmp_path_factory.mktemp("made")
    county = str(folder / "county")
    quick = ("--county", county, "--max-iterations", "15", "--out")
    for command in (
        ("sample", "--county", "rutland", "--seed", "3", "--out", county),
        ("blocks", *quick, str(folder / "plain")),
        ("blocks", "--full", *quick, str(folder / "full")),
    ):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
    return folder


def take_copy(made: Path, folder: Path, plan: str) -> WrittenPlan:
    return WrittenPlan(
        Path(shutil.copytree(made / "county", folder / "county")), Path(shutil.copytree(made / plan, folder / plan))
    )


def look(plan: WrittenPlan) -> set[str]:
    """Seal a plan's files and name the checks that find something; a seal itself may not be what finds it."""
    plan.seal()
    found = checks(check_plan(plan.out, county=plan.county))
    assert not found & SEALS
    return found


@pytest.mark.parametrize("name", ["plain", "full"])
def test_plans_written_back_unchanged_are_accepted(made: Path, tmp_path: Path, name: str) -> None:
    assert check_plan(made / name) == []
    plan = take_copy(made, tmp_path, name)
    for path in sorted([*plan.county.glob("*.csv"), *plan.out.glob("*/*.csv")]):
        plan.table(path.name if path.parent == plan.county else path.stem)
    assert look(plan) == set()


@pytest.mark.parametrize(("change", "caught_by"), [pytest.param(*rest, id=name) for name, *rest in MUST_CATCH + MORE])
def test_a_lie_has_its_check(made: Path, tmp_path: Path, change: Change, caught_by: set[str]) -> None:
    plan = take_copy(made, tmp_path, "plain")
    change(plan)
    assert caught_by <= look(plan)


def test_a_provider_at_its_limit_is_accepted_and_one_hour_over_it_is_not(made: Path, tmp_path: Path) -> None:
    for extra, expected in ((0.0, set()), (1.0, {"capacity"})):
        plan = take_copy(made, tmp_path / f"{extra:g}", "plain")
        lower_room(plan, find_roomy(plan), extra=extra)
        plan.seal()
        findings = check_plan(plan.out, county=plan.county)
        assert {finding.check for finding in findings} >= expected
        assert bool(expected) == bool(findings), findings
    (over,) = [finding for finding in findings if finding.check == "capacity"]
    assert over.examples[0].endswith(": 1 carer hours too many")


@pytest.mark.parametrize(("change", "caught_by"), [pytest.param(*rest, id=name) for name, *rest in OF_FULL])
def test_a_lie_about_a_full_run_has_its_check(made: Path, tmp_path: Path, change: Change, caught_by: set[str]) -> None:
    plan = take_copy(made, tmp_path, "full")
    change(plan)
    plan.seal()
    # The checks of what a full run adds look at nothing that the others find first.
    found = run_checks(Evidence(plan.out, county=plan.county), modules=(alternatives, frontier, sensitivity))
    assert caught_by <= checks(found)
