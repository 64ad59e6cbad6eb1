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
from tests.check.written_plan import WrittenPlan, add

# A small county: more room and less to save, so that there are moves enough to lie about.
MORE_MOVES = "\n[swaps]\nmin_saving_minutes = 5\ntolerance = 0.15\nmost_moves = 20\n"
Line = dict[str, str]


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


def first(plan: WrittenPlan) -> Line:
    return plan.table("swap_list")[0]


def of_packages(plan: WrittenPlan, package: str, **changes: str) -> None:
    for row in plan.rows("packages.csv", package_id=package):
        row.update(changes)


def of_provider(plan: WrittenPlan, provider: str, **changes: str) -> None:
    plan.row("providers.csv", provider_id=provider).update(changes)


def move_twice(plan: WrittenPlan) -> None:
    plan.table("swap_list").append(dict(first(plan)))


def claim_another_holder(plan: WrittenPlan) -> None:
    row = first(plan)
    others = {line["provider_id"] for line in plan.table("providers.csv")} - {
        row["from_provider_id"],
        row["to_provider_id"],
    }
    row["from_provider_id"] = min(others)


def move_what_must_stay(plan: WrittenPlan) -> None:
    of_packages(plan, first(plan)["package_id"], do_not_move="yes", do_not_move_reason="other")


def move_what_others_pay(plan: WrittenPlan) -> None:
    of_packages(plan, first(plan)["package_id"], funding="self_funded")


def let_a_block_there(plan: WrittenPlan) -> None:
    row = first(plan)
    block = {"block_id": "Z9", "provider_id": row["from_provider_id"], "guaranteed_hours_week": "10"}
    block |= {"start_date": "2025-01-01", "status": "active", "price_hour": "", "end_date": ""}
    add_rows(plan, "blocks.csv", block)
    add_rows(plan, "block_areas.csv", {"block_id": "Z9", "postcode": row["postcode"], "sector": ""})


def add_rows(plan: WrittenPlan, name: str, row: Line) -> None:
    """Add a row to an input, or write it anew where the county has none."""
    path = plan.county / name
    if not path.exists():
        path.write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n", encoding="utf-8")
        plan.record["inputs"][path.stem] = {"name": name, "sha256": "", "rows": 1}
        return
    plan.table(name).append({key: row.get(key, "") for key in plan.table(name)[0]})


def suspend_the_taker(plan: WrittenPlan) -> None:
    of_provider(plan, first(plan)["to_provider_id"], placements_suspended="yes")


def drop_the_taker_from_the_framework(plan: WrittenPlan) -> None:
    of_provider(plan, first(plan)["to_provider_id"], on_framework="no")


def need_more_than_the_taker_can(plan: WrittenPlan) -> None:
    of_packages(plan, first(plan)["package_id"], needs="trapeze")
    of_provider(plan, first(plan)["to_provider_id"], services="dementia")


def lock_the_taker_out(plan: WrittenPlan) -> None:
    row = first(plan)
    lock = {"kind": "forbid", "lock_id": "F9", "provider_id": row["to_provider_id"], "place": row["postcode"]}
    add_rows(plan, "locks.csv", lock)


def leave_no_spare_hours(plan: WrittenPlan) -> None:
    for row in plan.table("providers.csv"):
        row["hours_spare_week"] = "0"


def halve_the_tolerance(plan: WrittenPlan) -> None:
    plan.record["settings"]["swaps"]["tolerance"] = 0.001


def of_first(column: str, amount: float) -> Callable[[WrittenPlan], None]:
    def change(plan: WrittenPlan) -> None:
        add(first(plan), column, amount)

    return change


def of_table(name: str, column: str, amount: float) -> Callable[[WrittenPlan], None]:
    def change(plan: WrittenPlan) -> None:
        add(plan.table(name)[0], column, amount)

    return change


def save_too_little(plan: WrittenPlan) -> None:
    first(plan)["minutes_saved_last"] = "0.00"


def move_more_than_allowed(plan: WrittenPlan) -> None:
    plan.record["settings"]["swaps"]["most_moves"] = 1


def forget_the_social_worker(plan: WrittenPlan) -> None:
    row = first(plan)
    row["who_must_agree"] = ";".join(name for name in row["who_must_agree"].split(";") if "worker" not in name)


def let_the_nhs_pay(plan: WrittenPlan) -> None:
    paid = plan.row("packages.csv", package_id=first(plan)["package_id"])["funding"]
    of_packages(plan, first(plan)["package_id"], funding="council" if paid in ("chc", "joint") else "chc")


def turn_tupe_round(plan: WrittenPlan) -> None:
    row = first(plan)
    row["tupe_advice"] = "" if row["tupe_advice"] else "take TUPE advice"


def invent_a_carer(plan: WrittenPlan) -> None:
    first(plan)["carers_over_half"] = "A99999"


def decide_perhaps(plan: WrittenPlan) -> None:
    first(plan)["decision"] = "perhaps"


def refuse_and_keep(plan: WrittenPlan) -> None:
    plan.table("swap_list").append(first(plan) | {"chain_kind": "refused", "decision": "refused"})


SWAP_LIES = [
    (move_twice, "swap-packages"),
    (claim_another_holder, "swap-packages"),
    (move_what_must_stay, "swap-may-move"),
    (move_what_others_pay, "swap-may-move"),
    (let_a_block_there, "swap-may-move"),
    (suspend_the_taker, "swap-takers"),
    (drop_the_taker_from_the_framework, "swap-takers"),
    (need_more_than_the_taker_can, "swap-takers"),
    (lock_the_taker_out, "swap-takers"),
    (leave_no_spare_hours, "swap-hours"),
    (halve_the_tolerance, "swap-hours"),
    (of_first("carer_hours_week", 1.0), "swap-hours"),
    (of_table("swap_providers", "carer_hours_after", 1.0), "swap-hours"),
    (of_table("swap_providers", "carer_hours_before", 1.0), "swap-hours"),
    (save_too_little, "swap-pays"),
    (move_more_than_allowed, "swap-pays"),
    (of_first("minutes_saved_week", 5.0), "swap-sums"),
    (of_first("cumulative_minutes_saved_week", 5.0), "swap-sums"),
    (of_first("chain_minutes_saved_week", 5.0), "swap-sums"),
    (of_first("miles_saved_week", 5.0), "swap-sums"),
    (of_first("pounds_more_week", 5.0), "swap-sums"),
    (of_table("swap_totals", "moves", 1.0), "swap-sums"),
    (of_table("swap_totals", "minutes_saved_week", 10.0), "swap-sums"),
    (forget_the_social_worker, "swap-agreement"),
    (let_the_nhs_pay, "swap-agreement"),
    (turn_tupe_round, "swap-tupe"),
    (invent_a_carer, "swap-tupe"),
    (decide_perhaps, "swap-decisions"),
    (refuse_and_keep, "swap-decisions"),
]


@pytest.mark.parametrize(("change", "caught_by"), SWAP_LIES)
def test_a_lie_about_swaps_has_its_check(
    made: Path, tmp_path: Path, change: Callable[[WrittenPlan], None], caught_by: str
) -> None:
    plan = take_copy(made, tmp_path, "swaps")
    change(plan)
    assert caught_by in look(plan)


def matched(plan: WrittenPlan) -> Line:
    return plan.row("waiting_matches", matched="yes")


def leave_somebody_out(plan: WrittenPlan) -> None:
    rows = plan.table("waiting_matches")
    name = rows[0]["package_id"]
    rows[:] = [row for row in rows if row["package_id"] != name]


def list_who_does_not_wait(plan: WrittenPlan) -> None:
    rows = plan.table("waiting_matches")
    active = plan.row("packages.csv", status="active")["package_id"]
    rows.append(rows[-1] | {"package_id": active})


def give_two_answers(plan: WrittenPlan) -> None:
    row = matched(plan)
    plan.table("waiting_matches").append(row | {"answer": "nobody fits", "matched": "no", "fits": "no", "reason": "so"})


def match_twice(plan: WrittenPlan) -> None:
    plan.table("waiting_matches").append(dict(matched(plan)))


def keep_silent_why(plan: WrittenPlan) -> None:
    plan.row("waiting_matches", answer="cannot be placed")["reason"] = ""


def of_matched(provider: dict[str, str], package: dict[str, str] | None = None) -> Callable[[WrittenPlan], None]:
    def change(plan: WrittenPlan) -> None:
        row = matched(plan)
        of_provider(plan, row["provider_id"], **provider)
        if package:
            of_packages(plan, row["package_id"], **package)

    return change


def lock_the_match_out(plan: WrittenPlan) -> None:
    row = matched(plan)
    lock = {"kind": "forbid", "lock_id": "F9", "provider_id": row["provider_id"], "place": row["postcode"]}
    add_rows(plan, "locks.csv", lock)


def drive_far(plan: WrittenPlan) -> None:
    matched(plan)["added_minutes_visit"] = "500.00"


def list_a_postcode_twice(plan: WrittenPlan) -> None:
    plan.table("lookup").append(dict(plan.table("lookup")[0]))


def name_who_takes_nothing(plan: WrittenPlan) -> None:
    of_provider(plan, plan.table("lookup")[0]["nearest_provider_ids"].split(";")[0], placements_suspended="yes")


def give_a_spot_to_somebody(plan: WrittenPlan) -> None:
    plan.row("lookup", block_id="spot")["provider_id"] = plan.table("providers.csv")[0]["provider_id"]


def let_a_block_and_do_not_say(plan: WrittenPlan) -> None:
    provider = plan.table("providers.csv")[0]["provider_id"]
    postcode = matched(plan)["postcode"]
    block = {"block_id": "Z9", "provider_id": provider, "guaranteed_hours_week": "10", "start_date": "2025-01-01"}
    add_rows(plan, "blocks.csv", block | {"status": "active", "price_hour": "", "end_date": ""})
    add_rows(plan, "block_areas.csv", {"block_id": "Z9", "postcode": postcode, "sector": ""})


WAITING_LIES = [
    (leave_somebody_out, "waiting-everybody"),
    (list_who_does_not_wait, "waiting-everybody"),
    (give_two_answers, "waiting-answers"),
    (match_twice, "waiting-answers"),
    (keep_silent_why, "waiting-answers"),
    (of_matched({"hours_spare_week": "0.5"}), "waiting-spare"),
    (of_table("waiting_matches", "carer_hours_spare_left", 3.0), "waiting-spare"),
    (of_table("waiting_matches", "carer_hours_week", 3.0), "waiting-spare"),
    (of_matched({"hours_spare_week": "0.5"}), "waiting-fits"),
    (of_matched({"placements_suspended": "yes"}), "waiting-fits"),
    (of_matched({"services": "dementia"}, {"needs": "trapeze"}), "waiting-fits"),
    (of_matched({}, {"funding": "self_funded"}), "waiting-fits"),
    (lock_the_match_out, "waiting-fits"),
    (drive_far, "waiting-fits"),
    (of_table("waiting_totals", "people_matched", 1.0), "waiting-totals"),
    (of_table("waiting_totals", "carer_hours_matched", 5.0), "waiting-totals"),
    (list_a_postcode_twice, "lookup-agrees"),
    (name_who_takes_nothing, "lookup-agrees"),
    (give_a_spot_to_somebody, "lookup-agrees"),
    (let_a_block_and_do_not_say, "lookup-agrees"),
]


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
