"""Lies about what becomes of a company that leaves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from marketmap.check import check_plan
from tests.check.findings import checks
from tests.check.test_agreement import set_cell
from tests.plan_files import DISTRICT, ROAD, Row, Tables, edit_record
from tests.plan_folder import Draft

BLOCKS, HOURS, POSTCODES = (f"internal/exit_{name}.csv" for name in ("blocks", "hours", "postcodes"))


def hours_row(block: str, answer: str, provider: str, packages: int, hours: float) -> Row:
    return {
        "block_id": block,
        "district_code": DISTRICT,
        "answer": answer,
        "suggested_provider_id": provider,
        "packages": packages,
        "people": packages,
        "hours_from_company": hours,
        "hours_waiting": 0,
        "carer_hours": hours,
        "reason": "So it is",
    }


def leave(tables: Tables) -> None:
    """Company C2 leaves: nobody can have V2's block; its work in V1's block stays there."""
    tables[BLOCKS] = [
        {
            "block_id": "B002",
            "status": "proposed",
            "former_provider_id": "V2",
            "answer": "nobody",
            "new_block_id": "",
            "suggested_provider_id": "",
            "suggested_provider_name": "",
            "district_code": DISTRICT,
            "hours_zone": 31,
            "hours_from_company": 28,
            "hours_with_others": 3,
            "hours_waiting": 0,
            "carer_hours_zone": 31,
            "reason": "Nobody has the room",
        }
    ]
    tables[HOURS] = [
        hours_row("B001", "one_by_one", "", 1, 5),
        hours_row("B001", "other_block", "V1", 2, 14),
        hours_row("B002", "nobody", "", 2, 28),
    ]
    tables[POSTCODES] = [
        {"postcode": name, "block_id_before": "B002", "block_id_after": "spot", "suggested_provider_id": "",
         "suggested_provider_name": ""}
        for name in ROAD[6:9]
    ]  # fmt: skip


def step_in(provider: str) -> Callable[[Tables], None]:
    """Somebody has the room for the 28 hours that are without care; V1 keeps its three."""

    def change(tables: Tables) -> None:
        given = {"suggested_provider_id": provider, "suggested_provider_name": "Sixth Care"}
        tables[BLOCKS][0].update(answer="step_in", new_block_id="B002", **given)
        tables[HOURS][2].update(answer="step_in", suggested_provider_id=provider)
        for row in tables[POSTCODES]:
            row.update(block_id_after="B002", **given)

    return change


def findings(
    folder: Path, *changes: Callable[[Tables], None], spare: float = 90, without: str | None = "C2"
) -> set[str]:
    draft = Draft()
    assert draft.participation
    draft.participation[5]["valid_from"] = ""
    next(row for row in draft.providers if row["provider_id"] == "V6")["hours_spare_week"] = spare
    draft.changes += [leave, *changes]
    out = draft.write(folder)
    edit_record(out, lambda record: record["solver"].update(without=without))
    return checks(check_plan(out))


def test_a_true_answer_is_believed(tmp_path: Path) -> None:
    (tmp_path / "nobody").mkdir()
    (tmp_path / "stepped").mkdir()
    assert findings(tmp_path / "nobody") == set()
    assert findings(tmp_path / "stepped", step_in("V6"), spare=25) == set()  # three hours go to V1


@pytest.mark.parametrize(
    ("change", "caught_by"),
    [
        (set_cell(HOURS, 2, "hours_from_company", 27), "exit-hours"),
        (set_cell(HOURS, 2, "packages", 3), "exit-hours"),
        (set_cell(HOURS, 2, "suggested_provider_id", "V6"), "exit-hours"),
        (set_cell(HOURS, 1, "suggested_provider_id", "V6"), "exit-hours"),
        (set_cell(HOURS, 0, "answer", "other_block"), "exit-hours"),
        (lambda tables: tables[HOURS].pop(), "exit-hours"),
        (set_cell(BLOCKS, 0, "hours_with_others", 0), "exit-blocks"),
        (set_cell(BLOCKS, 0, "block_id", "B001"), "exit-blocks"),
        (set_cell(BLOCKS, 0, "answer", "perhaps"), "exit-blocks"),
        (step_in("V3"), "exit-blocks"),
        (step_in("V2"), "exit-blocks"),
        (set_cell(POSTCODES, 0, "block_id_before", "spot"), "exit-elsewhere"),
        (set_cell(POSTCODES, 0, "postcode", ROAD[0]), "exit-elsewhere"),
        (set_cell(POSTCODES, 0, "suggested_provider_id", "V6"), "exit-elsewhere"),
    ],
)
def test_lies_are_caught(tmp_path: Path, change: Callable[[Tables], Any], caught_by: str) -> None:
    assert caught_by in findings(tmp_path, change)


def test_one_hour_too_many_is_caught(tmp_path: Path) -> None:
    assert findings(tmp_path, step_in("V6"), spare=24) == {"exit-room"}


def test_files_of_an_exit_need_a_company(tmp_path: Path) -> None:
    assert "exit-elsewhere" in findings(tmp_path, without=None)


def test_a_company_with_no_work_leaves_nothing_to_answer(tmp_path: Path) -> None:
    def clear(tables: Tables) -> None:
        for name in (BLOCKS, HOURS, POSTCODES):
            tables[name] = []

    assert findings(tmp_path, clear, without="C5") == set()
