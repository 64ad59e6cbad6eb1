"""Lies about gains, next providers, backups and the order of starts."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from marketmap.check import check_plan
from marketmap.check.evidence import Evidence
from marketmap.check.starts import rollout_possible
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
        (add_next(reason="Costs more; also backup of 3 other blocks"), "backup"),
        (set_cell(PROPOSALS, 0, "reason", "Gains 1, most of it from shorter travel"), "reason-figures"),
        (set_cell(PROPOSALS, 0, "reason", "nothing can be guaranteed on day one"), "reason-figures"),
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
        (set_cell(ROLLOUT, 0, "note", "Its provider has the room today"), "rollout-possible"),
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


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (["", "B1", ""], []),
        (["", "", ""], ["rollout_after of block B2 is not enough"]),
        (["", "B1", "B1"], ["rollout_after of block B3 names one too many"]),
    ],
)
def test_a_start_that_asks_nothing_new_needs_no_other(after: list[str], told: list[str]) -> None:
    # V1 has no room for B2 until B1 takes ten hours off it; B3 is all its own already.
    hours = pd.DataFrame(
        [
            ("B1", "V1", 10.0, False, True),
            ("B2", "", 10.0, False, False),
            ("B3", "V1", 5.0, True, False),
        ],
        columns=["block_id", "provider_id", "carer_hours", "held", "others"],
    )
    rollout = pd.DataFrame(
        {
            "block_id": ["B1", "B2", "B3"],
            "rollout_step": [1, 2, 3],
            "rollout_after": after,
            "starts_with": "",
            "carer_hours_new": [10.0, 10.0, 0.0],
            "carer_hours_room_before": [10.0, 10.0, 0.0],
            "possible_now": ["yes", "no", "yes"],
            "note": ["has the room today", "once work has moved", "has the room today"],
        }
    )
    evidence = SimpleNamespace(
        movable=hours.assign(provider=""),
        existing=[],
        suggested=pd.Series({"B1": "V2", "B2": "V1", "B3": "V1"}),
        providers=pd.DataFrame({"spare": [0.0, 10.0], "growth": 0.0}, index=["V1", "V2"]),
        written=lambda _: rollout,
    )
    assert [broken.what for broken in rollout_possible(cast("Evidence", evidence))] == told
