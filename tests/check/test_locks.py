"""The council's own locks, broken one at a time and told alike in every file: the check of that lock notices."""

from collections.abc import Callable
from pathlib import Path

import pytest

from marketmap.check import check_plan
from tests.check.findings import checks
from tests.plan_files import DISTRICT, ROAD, Row
from tests.plan_folder import Draft


def lock(kind: str, name: str, provider: str, *places: str) -> list[Row]:
    return [{"kind": kind, "lock_id": name, "provider_id": provider, "place": place} for place in places]


def locked_draft() -> Draft:
    """The tiny county's plan with B002 held as H1, and locks of every kind that it keeps."""
    draft = Draft()
    draft.blocks["H1"] = draft.blocks.pop("B002") | {"status": "held"}
    draft.providers[0]["hours_spare_week"] += (
        3  # what V1 holds in a zone that stays as it is counts as given up no more
    )
    draft.locks = [
        *lock("Hold", "H1", "V2", *(ROAD[place] for place in (6, 7, 8))),
        *lock("forbid", "F1", "V2", "gl1 1", ROAD[11]),
        *lock("forbid", "F2", "V3", DISTRICT),
        *lock("together", "T1", "", ROAD[0].replace(" ", "").lower(), ROAD[1], ROAD[4]),
        *lock("together", "T2", "", ROAD[5], ROAD[9]),
        *lock("apart", "A1", "", ROAD[0], ROAD[5], "GL1 2"),
    ]
    return draft


def test_a_plan_that_keeps_its_locks_stands(tmp_path: Path) -> None:
    assert check_plan(locked_draft().write(tmp_path)) == []


def move_a_held_postcode(draft: Draft) -> None:
    draft.blocks["H1"]["places"] = [6, 7]


def drop(draft: Draft, name: str) -> None:
    draft.locks = [row for row in draft.locks if row["lock_id"] != name]


def hold_one_more(draft: Draft) -> None:
    drop(draft, "T2")
    draft.blocks["H1"]["places"] = [6, 7, 8, 9]


def hold_with_another(draft: Draft) -> None:
    draft.blocks["H1"]["provider"] = "V6"


def propose_what_is_held(draft: Draft) -> None:
    draft.blocks["B002"] = draft.blocks.pop("H1") | {"status": "proposed"}


def call_it_proposed(draft: Draft) -> None:
    draft.blocks["H1"]["status"] = "proposed"


def hold_without_a_lock(draft: Draft) -> None:
    draft.locks = draft.locks[3:]


def give_a_forbidden_pair(draft: Draft) -> None:
    draft.locks += lock("forbid", "F3", "V1", ROAD[2])


def give_a_forbidden_sector(draft: Draft) -> None:
    draft.locks += lock("forbid", "F3", "V1", "GL1  1")


def give_a_forbidden_district(draft: Draft) -> None:
    draft.locks += lock("forbid", "F3", "V1", DISTRICT)


def split_a_together(draft: Draft) -> None:
    draft.blocks["B001"]["places"] = [0, 1, 2, 3]


def put_half_a_together_outside_all_blocks(draft: Draft) -> None:
    draft.locks += lock("together", "T3", "", ROAD[8], ROAD[9])


def put_two_blocks_together(draft: Draft) -> None:
    draft.locks += lock("together", "T3", "", ROAD[8], ROAD[10])


def join_an_apart(draft: Draft) -> None:
    drop(draft, "T2")
    draft.blocks["B001"]["places"] = [0, 1, 2, 3, 4, 5]


def join_an_apart_by_sector(draft: Draft) -> None:
    draft.locks += lock("apart", "A2", "", "GL1 2", ROAD[0]) + lock("apart", "A3", "", ROAD[6], ROAD[8])


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (move_a_held_postcode, "lock-hold"),
        (hold_one_more, "lock-hold"),
        (hold_with_another, "lock-hold"),
        (propose_what_is_held, "lock-hold"),
        (call_it_proposed, "lock-hold"),
        (hold_without_a_lock, "lock-hold"),
        (give_a_forbidden_pair, "lock-forbid"),
        (give_a_forbidden_sector, "lock-forbid"),
        (give_a_forbidden_district, "lock-forbid"),
        (split_a_together, "lock-together"),
        (put_half_a_together_outside_all_blocks, "lock-together"),
        (put_two_blocks_together, "lock-together"),
        (join_an_apart, "lock-apart"),
        (join_an_apart_by_sector, "lock-apart"),
    ],
)
def test_a_broken_lock_is_found(tmp_path: Path, change: Callable[[Draft], None], check: str) -> None:
    draft = locked_draft()
    change(draft)
    found = [finding for finding in check_plan(draft.write(tmp_path)) if finding.check.startswith("lock-")]
    assert checks(found) == {check}
    assert all(finding.severity == "error" for finding in found)


def test_a_postcode_that_no_road_joins_to_work_is_left_aside(tmp_path: Path) -> None:
    """ROAD[9] lies between two zones that stay as they are, and loses its own work: no block could ever have it."""
    draft = locked_draft()
    draft.packages = [row for row in draft.packages if row["postcode"] != ROAD[9]]
    draft.locks += lock("together", "T3", "", ROAD[3], ROAD[4], ROAD[9])
    drop(draft, "T2")
    assert "lock-together" not in checks(check_plan(draft.write(tmp_path)))


def test_locks_that_were_not_read_are_found(tmp_path: Path) -> None:
    out = Draft().write(tmp_path)
    (tmp_path / "county" / "locks.csv").write_text("kind,lock_id,provider_id,place\n", encoding="utf-8")
    assert "inputs-complete" in checks(check_plan(out))


def test_locks_hold_after_a_company_has_left(tmp_path: Path) -> None:
    draft = locked_draft()
    out = draft.write(tmp_path)
    header = "postcode,block_id_before,block_id_after,suggested_provider_id,suggested_provider_name\r\n"
    rows = [f"{ROAD[place]},B001,{block},{provider},\r\n" for place, block, provider in
            ((0, "B001-1", "V2"), (1, "B001-1", "V2"), (4, "spot", ""), (5, "B001-1", "V2"))]  # fmt: skip
    (out / "internal" / "exit_postcodes.csv").write_text(header + "".join(rows), encoding="utf-8")
    found = [finding for finding in check_plan(out) if finding.check.startswith("lock-")]
    assert {(finding.check, finding.file) for finding in found} == {
        (name, "internal/exit_postcodes.csv") for name in ("lock-forbid", "lock-together", "lock-apart")
    }
