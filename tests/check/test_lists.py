"""Real lists, written by the command line and then tampered with: each lie has its check."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from marketmap.check import check_lists, check_plan, holds_lists
from marketmap.cli import app
from tests.check.findings import checks
from tests.check.swap_lies import SWAP_LIES, first
from tests.check.waiting_lies import WAITING_LIES
from tests.check.written_plan import WrittenPlan, add

# A small county: more room and less to save, so that there are moves enough to lie about.
MORE_MOVES = "\n[swaps]\nmin_saving_minutes = 5\ntolerance = 0.15\nmost_moves = 20\n"


@pytest.fixture
def only_one_letter() -> None:
    """Read all letters of the postcode package: the lists here are of a real county's postcodes."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lists")
    county = folder / "county"
    for command in (
        ("sample", "--county", "rutland", "--seed", "3", "--out", str(county)),
        ("swaps", "--county", str(county), "--out", str(folder / "swaps")),
        ("waiting", "--county", str(county), "--out", str(folder / "waiting")),
    ):
        if command[0] == "swaps":
            toml = county / "marketmap.toml"
            toml.write_text(toml.read_text(encoding="utf-8") + MORE_MOVES, encoding="utf-8")
            pay_for_one_who_waits(county)
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
    return folder


def pay_for_one_who_waits(county: Path) -> None:
    """Let somebody who waits pay for the care, so that there is one whom the list does not place."""
    path = county / "packages.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    next(row for row in rows if row["status"] == "waiting")["funding"] = "self_funded"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def take_copy(made: Path, folder: Path, name: str) -> WrittenPlan:
    return WrittenPlan(
        Path(shutil.copytree(made / "county", folder / "county")), Path(shutil.copytree(made / name, folder / name))
    )


def look(plan: WrittenPlan) -> set[str]:
    plan.seal()
    return checks(check_lists(plan.out, county=plan.county))


@pytest.mark.parametrize("name", ["swaps", "waiting"])
def test_lists_as_they_were_written_stand(made: Path, tmp_path: Path, name: str) -> None:
    plan = take_copy(made, tmp_path, name)
    assert look(plan) == set()
    assert holds_lists(plan.out)
    done = CliRunner().invoke(app, ["check", "--out", str(made / name)])
    assert done.exit_code == 0
    assert "stands" in done.output


def test_there_is_enough_to_lie_about(made: Path) -> None:
    swaps = WrittenPlan(made / "county", made / "swaps")
    assert len(swaps.table("swap_list")) >= 4
    waiting = WrittenPlan(made / "county", made / "waiting")
    answers = {row["answer"] for row in waiting.table("waiting_matches")}
    assert {"matched", "cannot be placed"} <= answers


@pytest.mark.parametrize(("change", "caught_by"), SWAP_LIES)
def test_a_lie_about_swaps_has_its_check(
    made: Path, tmp_path: Path, change: Callable[[WrittenPlan], None], caught_by: str
) -> None:
    plan = take_copy(made, tmp_path, "swaps")
    change(plan)
    assert caught_by in look(plan)


@pytest.mark.parametrize(("change", "caught_by"), WAITING_LIES)
def test_a_lie_about_the_waiting_list_has_its_check(
    made: Path, tmp_path: Path, change: Callable[[WrittenPlan], None], caught_by: str
) -> None:
    plan = take_copy(made, tmp_path, "waiting")
    change(plan)
    assert caught_by in look(plan)


def test_a_marked_list_still_stands_and_a_missing_file_is_a_finding(made: Path, tmp_path: Path) -> None:
    plan = take_copy(made, tmp_path, "swaps")
    first(plan)["decision"] = "accepted"
    total = plan.table("swap_totals")[0]
    add(total, "moves_accepted", 1.0)
    assert look(plan) == set()
    (plan.out / "internal" / "swap_providers.csv").unlink()
    assert "readable" in checks(check_lists(plan.out, county=plan.county))


def test_a_list_is_no_plan(made: Path) -> None:
    assert checks(check_plan(made / "swaps"))
    assert json.loads((made / "swaps" / "run.json").read_text(encoding="utf-8"))["solver"] == {}


def test_a_list_of_no_moves_still_stands(made: Path, tmp_path: Path) -> None:
    plan = take_copy(made, tmp_path, "swaps")
    plan.table("swap_list").clear()
    plan.table("swap_providers").clear()
    total = plan.table("swap_totals")[0]
    for name in total:
        if name.startswith(("moves", "chains", "carer_hours", "minutes", "miles", "pounds")) or name == "providers":
            total[name] = "0"
    assert look(plan) == set()


def test_a_waiting_list_for_which_nobody_fits_still_stands(made: Path, tmp_path: Path) -> None:
    plan = take_copy(made, tmp_path, "waiting")
    spare = {row["provider_id"]: row["hours_spare_week"] or "0" for row in plan.table("providers.csv")}
    for row in plan.table("waiting_matches"):
        row |= {"fits": "no", "matched": "no", "reason": "too far"}
        row["carer_hours_spare_left"] = spare.get(row["provider_id"], "")
        row["answer"] = "nobody fits" if row["answer"] != "cannot be placed" else row["answer"]
    people = {row["package_id"]: row["answer"] for row in plan.table("waiting_matches")}
    total = plan.table("waiting_totals")[0]
    for name in ("people_matched", "people_outbid", "people_with_block_provider", "carer_hours_matched"):
        total[name] = "0"
    total["added_minutes_week"] = "0"
    total["people_nobody_fits"] = str(sum(answer == "nobody fits" for answer in people.values()))
    assert look(plan) == set()


def test_where_no_provider_is_listed_every_check_is_still_carried_out(made: Path, tmp_path: Path) -> None:
    plan = take_copy(made, tmp_path, "waiting")
    for row in plan.table("waiting_matches"):
        row |= {"provider_id": "", "provider_name": "", "price_hour": "", "price_basis": "", "pounds_week": ""}
    plan.seal()
    assert not [str(found) for found in check_lists(plan.out, county=plan.county) if "carried out" in str(found)]
