"""Lies about gains, next providers, backups and the order of starts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from marketmap.check import check_plan
from tests.check.findings import checks
from tests.check.test_agreement import set_cell
from tests.plan_choices import NEXT, ROLLOUT
from tests.plan_files import ELIGIBLE, PROPOSALS, Tables
from tests.plan_folder import Draft


def add_next(**changes: Any) -> Callable[[Tables], None]:
    """List V6 as next for B001, which it could have, told wrongly in one cell."""

    def change(tables: Tables) -> None:
        row = next(row for row in tables[ELIGIBLE] if row["block_id"] == "B001" and row["provider_id"] == "V6")
        first = tables[NEXT][0]
        cost = first["minutes_week"] + 100.0
        row.update(eligible="yes", minutes_week=cost, reason="could have it")
        tables[NEXT].insert(
            1,
            first
            | {
                "rank": 2,
                "provider_id": "V6",
                "provider_name": "Sixth Care",
                "company_id": "V6",
                "minutes_week": cost,
                "minutes_more_week": 100.0,
                "hours_already_with_provider": 3.0,
                "hours_changing_hands": first["hours_changing_hands"] + first["hours_already_with_provider"] - 3.0,
                "price_hour": "",
                "pounds_more_week": "",
                "carer_hours_room_after_plan": 93.0,
                "carer_hours_room_left": 93.0 - 43.0,
                "backup": "yes",
                "reason": "Costs more",
            }
            | changes,
        )
        tables[PROPOSALS][0]["backup_provider_id"] = "V6"

    return change


def roomy() -> Draft:
    """A plan in which V6 takes part, and could have B001 as well as the block it is let."""
    draft = Draft()
    draft.settings["blocks"]["share_cap"] = 0.9
    assert draft.participation
    draft.participation[5]["valid_from"] = ""
    return draft


def test_a_true_next_provider_is_believed(tmp_path: Path) -> None:
    draft = roomy()
    draft.changes.append(add_next())
    assert check_plan(draft.write(tmp_path)) == []


@pytest.mark.parametrize(
    ("change", "caught_by"),
    [
        (add_next(room_in_plan="no"), "next-room"),
        (add_next(minutes_more_week=90.0), "next-figures"),
        (add_next(hours_changing_hands=1.0), "next-figures"),
        (add_next(carer_hours_room_after_plan=90.0), "next-figures"),
        (add_next(carer_hours_guaranteed=12.0), "next-figures"),
        (add_next(pounds_more_week=1.0), "next-figures"),
        (add_next(company_id="C1"), "next-listed"),
        (add_next(rank=1), "next-listed"),
        (add_next(reason=" "), "next-listed"),
        (add_next(backup="no"), "backup"),
        (set_cell(PROPOSALS, 0, "backup_provider_id", "V6"), "backup"),
        (set_cell(NEXT, 0, "backup", "yes"), "backup"),
        (set_cell(NEXT, 0, "provider_id", "V2"), "next-listed"),
        (set_cell(NEXT, 1, "carer_hours_room_left", 1.0), "next-figures"),
        (set_cell(ELIGIBLE, 5, "eligible", "yes"), "next-room"),
        (set_cell(PROPOSALS, 0, "gain_waiting", 0.0), "gains"),
        (set_cell(PROPOSALS, 0, "gain_moves", 0.0), "gains"),
        (set_cell(PROPOSALS, 1, "gain_total", 5.0), "gains"),
        (set_cell(PROPOSALS, 0, "rollout_rank", 2), "rollout-listed"),
        (set_cell(PROPOSALS, 2, "rollout_rank", 3), "rollout-listed"),
        (set_cell(ROLLOUT, 0, "cumulative_gain_minutes_week", 1.0), "rollout-listed"),
        (set_cell(ROLLOUT, 1, "cumulative_hours_guaranteed", 1.0), "rollout-listed"),
        (set_cell(ROLLOUT, 0, "block_id", "B002"), "rollout-listed"),
        (set_cell(ROLLOUT, 1, "rollout_step", 2), "rollout-possible"),
        (set_cell(ROLLOUT, 0, "possible_now", "yes"), "rollout-possible"),
        (set_cell(ROLLOUT, 0, "carer_hours_new", 18.0), "rollout-possible"),
        (set_cell(ROLLOUT, 0, "carer_hours_room_before", 21.0), "rollout-possible"),
        (set_cell(ROLLOUT, 0, "starts_with", ""), "rollout-possible"),
        (set_cell(ROLLOUT, 0, "rollout_after", "B002"), "rollout-possible"),
    ],
)
def test_lies_are_caught(tmp_path: Path, change: Callable[[Tables], None], caught_by: str) -> None:
    draft = roomy()
    draft.changes.append(change)
    assert caught_by in checks(check_plan(draft.write(tmp_path)))


def test_a_backup_without_the_room_is_caught(tmp_path: Path) -> None:
    draft = roomy()
    next(row for row in draft.providers if row["provider_id"] == "V6")["hours_spare_week"] = 20
    draft.changes.append(add_next(room_in_plan="no", carer_hours_room_after_plan=23.0, carer_hours_room_left=-20.0))
    # Who has not the room for all of a block may not be called eligible for it either.
    assert checks(check_plan(draft.write(tmp_path))) == {"backup", "eligible-fair"}
