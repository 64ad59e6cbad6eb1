"""Plans shaped by hand and plans with locks that were asked for, tampered with: each lie has its check."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from marketmap.blocks import Locks
from marketmap.blocks.draft import Draft
from marketmap.blocks.edits import ChangeProvider, ForbidProvider, LockBlock, apply_edit
from marketmap.check import check_plan, costs, directory, locks, shaped, starts, told
from marketmap.check.evidence import Evidence
from marketmap.check.findings import run_checks
from marketmap.outputs.drafts.edited import write_draft
from marketmap.outputs.drafts.reopen import draft_of, reopen_case
from marketmap.outputs.runs.batch import run_blocks
from tests.check.findings import checks
from tests.check.written_plan import Change, WrittenPlan
from tests.outputs.shaped_county import STOP, shaped_county, shaped_out


@pytest.fixture(autouse=True)
def only_one_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the letters with which Rutland's postcodes begin: the plans here are of real ones."""
    monkeypatch.setattr(directory, "LETTERS", "LNP")


def place_of(draft: Draft, number: int) -> str:
    return [zone for zone in draft.zones if zone.proposed][number].postcodes[0]


@cache
def edited() -> Path:
    """Write a draft with a lock, a pair that binds nobody, and no rule broken."""
    draft = draft_of(shaped_out())
    case = reopen_case(draft, shaped_county())
    zones = [zone for zone in draft.zones if zone.proposed]
    other = next(zone.provider_id for zone in zones if zone.provider_id != zones[0].provider_id)
    for edit in (LockBlock(zones[1].block_id), ForbidProvider(other, zones[0].postcodes[0])):
        draft = apply_edit(case, draft, edit)
    out = shaped_county().parent / "edited"
    write_draft(draft, shaped_county(), out)
    return out


@cache
def overloaded() -> Path:
    """Write a draft in which somebody has far too much to take on."""
    draft = draft_of(shaped_out())
    case = reopen_case(draft, shaped_county())
    zones = [zone for zone in draft.zones if zone.proposed]
    for zone in zones[1:]:
        if zone.provider_id != zones[0].provider_id:
            draft = apply_edit(case, draft, ChangeProvider(zone.block_id, zones[0].provider_id))
    out = shaped_county().parent / "overloaded"
    write_draft(draft, shaped_county(), out)
    return out


@cache
def solved() -> Path:
    """Solve with a block kept, a provider kept out and a setting changed."""
    draft = draft_of(shaped_out())
    held = next(zone for zone in draft.zones if zone.proposed)
    other = next(zone for zone in draft.zones if zone.proposed and zone.provider_id != held.provider_id)
    asked = Locks(
        forbidden=((other.provider_id, held.postcodes[0]),),
        kept={held.block_id: (held.provider_id, held.postcodes)},
    )
    out = shaped_county().parent / "solved"
    run_blocks(shaped_county(), out, stop=STOP, locks=asked, overrides={"blocks": {"move_minutes_hour": 1.5}})
    return out


def drop_a_row(table: str, **wanted: str) -> Change:
    def change(plan: WrittenPlan) -> None:
        plan.table(table).remove(plan.row(table, **wanted))

    return change


def set_cell(table: str, column: str, value: str, **wanted: str) -> Change:
    def change(plan: WrittenPlan) -> None:
        plan.row(table, **wanted)[column] = value

    return change


def say(part: str, **values: Any) -> Change:
    def change(plan: WrittenPlan) -> None:
        where = plan.record[part] if part else plan.record
        where.update(values)

    return change


def redraw(change_document: Callable[[dict[str, Any]], object]) -> Change:
    def change(plan: WrittenPlan) -> None:
        path = plan.out / "internal" / "draft.json"
        document = json.loads(path.read_text(encoding="utf-8"))
        change_document(document)
        path.write_text(json.dumps(document), encoding="utf-8")

    return change


def spoil_the_draft(plan: WrittenPlan) -> None:
    (plan.out / "internal" / "draft.json").write_text('{"zones": [1]}', encoding="utf-8")


def take_the_locks_away(plan: WrittenPlan) -> None:
    (plan.out / "internal" / "plan_locks.csv").unlink()
    del plan.record["outputs"]["internal/plan_locks.csv"]


def keep_the_holder_out(plan: WrittenPlan) -> None:
    row = plan.row("plan_locks", kind="forbid", provider_id="P02")
    asked = next(
        row for row in plan.rows("plan_locks", kind="forbid") if row["origin"] != "the council's table of locks"
    )
    held = plan.proposed[0]
    asked["provider_id"] = held["suggested_provider_id"]
    asked["place"] = next(name for name, block in plan.block_of.items() if block == held["block_id"])
    assert row is not asked


def leave_a_start_out(plan: WrittenPlan) -> None:
    """Leave out the first of the order, which could start on the day, with its place in the other file."""
    rows = plan.table("rollout")
    gone = rows.pop(0)
    plan.row("block_proposals", block_id=gone["block_id"])["rollout_rank"] = ""
    for number, row in enumerate(rows, start=1):
        row["rollout_rank"] = str(number)
        plan.row("block_proposals", block_id=row["block_id"])["rollout_rank"] = str(number)


# Those that hold what is lied about here.
MODULES = (locks, shaped, costs, starts, told)
ASKED = "asked for when the plan was shaped"
LIES: list[tuple[str, Callable[[], Path], Change, set[str]]] = [
    ("a pair dropped", edited, drop_a_row("plan_locks", origin=ASKED), {"plan-locks", "draft-agrees"}),
    ("another place", edited, set_cell("plan_locks", "place", "LE15 9", origin=ASKED), {"draft-agrees"}),
    ("a place of no county", edited, set_cell("plan_locks", "place", "ZZ1 1", origin=ASKED), {"plan-locks"}),
    ("an unknown provider", edited, set_cell("plan_locks", "provider_id", "P99", origin=ASKED), {"plan-locks"}),
    ("a lock of another kind", edited, set_cell("plan_locks", "kind", "apart", origin=ASKED), {"plan-locks"}),
    ("a council's lock lost", edited, drop_a_row("plan_locks", lock_id="F1"), {"plan-locks"}),
    ("a council's lock made ours", edited, set_cell("plan_locks", "origin", ASKED, lock_id="F1"), {"plan-locks"}),
    ("locks that nobody counts", edited, say("", locks={}), {"plan-locks"}),
    ("locks counted and not there", edited, take_the_locks_away, {"plan-locks"}),
    ("a place held no more", solved, drop_a_row("plan_locks", kind="hold"), {"lock-hold"}),
    ("the holder kept out", solved, keep_the_holder_out, {"lock-forbid"}),
    ("a changed setting untold", solved, say("", changed_settings=[]), {"settings-source"}),
    ("a setting called changed", edited, say("", changed_settings=["blocks.max_hours"]), {"settings-source"}),
    ("an edit dropped", edited, drop_a_row("edits", number="1"), {"edits-listed", "draft-agrees"}),
    ("edits out of order", edited, set_cell("edits", "number", "7", number="1"), {"edits-listed"}),
    ("an edited plan called found", edited, say("solver", status="feasible"), {"edits-listed"}),
    ("a found plan called edited", solved, say("solver", status="edited"), {"edits-listed"}),
    ("edits that nobody counts", edited, say("solver", edits=0), {"edits-listed"}),
    ("another provider in the draft", edited, redraw(lambda it: it["zones"][0].update(provider_id="P99")),
     {"draft-agrees"}),
    ("a postcode less in the draft", edited, redraw(lambda it: it["zones"][0]["postcodes"].pop()), {"draft-agrees"}),
    ("a pair more in the draft", edited, redraw(lambda it: it["forbidden"].append(["P01", "LE15 6"])),
     {"draft-agrees"}),
    ("an edit less in the draft", edited, redraw(lambda it: it["edits"].pop()), {"draft-agrees"}),
    ("a draft that is none", edited, spoil_the_draft, {"readable"}),
    ("a search that proved nothing", solved, say("solver", lower_bound=None), {"bound"}),
    ("a gap of no bound", edited, say("solver", lower_bound=None), {"bound"}),
    ("a start left out", edited, leave_a_start_out, {"rollout-listed"}),
    ("a start left out that is possible", overloaded, leave_a_start_out, {"rollout-listed"}),
]  # fmt: skip


@pytest.mark.parametrize(("source", "lie", "caught_by"), [row[1:] for row in LIES], ids=[row[0] for row in LIES])
def test_each_lie_has_its_check(source: Callable[[], Path], lie: Change, caught_by: set[str], tmp_path: Path) -> None:
    plan = WrittenPlan(shaped_county(), Path(shutil.copytree(source(), tmp_path / "out")))
    lie(plan)
    plan.seal()
    found = checks(run_checks(Evidence(plan.out, county=shaped_county()), modules=MODULES))
    assert caught_by <= found, found


def test_plans_that_nobody_touched_stand() -> None:
    assert check_plan(edited(), county=shaped_county()) == []
    assert check_plan(solved(), county=shaped_county()) == []
    found = checks(check_plan(overloaded(), county=shaped_county()))
    assert "capacity" in found
    assert "rollout-listed" not in found
    overfull = WrittenPlan(shaped_county(), overloaded())
    assert 0 < len(overfull.table("rollout")) < len(overfull.proposed)
