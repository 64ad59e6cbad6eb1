"""Every rule that an edit can break is shown with the block, the figure and the limit; a plan as solved breaks none."""

from __future__ import annotations

import dataclasses

import pytest

from marketmap.blocks.draft import Draft
from marketmap.blocks.edit_checks import (
    APART,
    CAPACITY,
    CONTIGUOUS,
    ELIGIBLE,
    FORBIDDEN,
    REACH,
    SHARE,
    SIZE,
    TOGETHER,
    WANTED,
    EditFinding,
    weigh_draft,
)
from marketmap.blocks.edits import (
    ChangeProvider,
    DissolveBlock,
    Edit,
    ForbidProvider,
    LockBlock,
    MoveSector,
    NewBlock,
    apply_edit,
)
from marketmap.blocks.locks import Locks
from marketmap.check.findings import REGISTER
from marketmap.outputs.drafts.edited import make_plan
from tests.blocks.shaped_street import shaped_case, shaped_draft


def change(*edits: Edit) -> Draft:
    draft = shaped_draft()
    for edit in edits:
        draft = apply_edit(shaped_case(), draft, edit)
    return draft


def find(draft: Draft, rule: str) -> list[EditFinding]:
    findings = weigh_draft(shaped_case(), draft, against=shaped_draft()).findings
    return [finding for finding in findings if finding.rule == rule]


def test_a_plan_as_solved_breaks_nothing_and_changes_nothing() -> None:
    weighed = weigh_draft(shaped_case(), shaped_draft(), against=shaped_draft())
    assert weighed.findings == ()
    assert set(weighed.change.values()) == {0.0}
    same = dataclasses.replace(shaped_draft())
    assert weigh_draft(shaped_case(), shaped_draft(), against=same).change == weighed.change


@pytest.mark.parametrize(
    ("rule", "edits", "told"),
    [
        (CONTIGUOUS, (MoveSector("LE15 0", "B002", "B004"),), ["Block B004 is in 2 pieces"]),
        (
            SIZE,
            (MoveSector("LE15 1", "B003", "B002"), MoveSector("LE15 3", "B006", "B002")),
            ["Block B002 has", "above the largest block (120)"],
        ),
        (SIZE, (MoveSector("LE15 0", "B002", "spot"),), ["Block B002 has", "below the smallest block (50)"]),
        (REACH, (MoveSector("LE15 5", "B008", "B001"),), ["Block B001 has", "the most is 9"]),
        (ELIGIBLE, (ChangeProvider("B001", "D"),), ["Block B001: provider D does not take part here"]),
        (ELIGIBLE, (ChangeProvider("B001", "C"), ChangeProvider("B002", "C")), ["lacks dementia", "provider C"]),
        (
            CAPACITY,
            tuple(ChangeProvider(f"B00{n}", "C") for n in (1, 4, 5, 6)),
            ["Provider C would have to take on", "B001"],
        ),
        (WANTED, (ChangeProvider("B003", "B"),), ["Provider B would have", "at most 150.0"]),
        (SHARE, (ChangeProvider("B003", "A"), ChangeProvider("B008", "A")), ["Company AB would have", "E06000017"]),
        (FORBIDDEN, (ChangeProvider("B003", "A"),), ["Block B003: provider A is kept out of LE15 2AA"]),
        (FORBIDDEN, (ForbidProvider("A", "LE15 0"),), ["Block B001: provider A is kept out of LE15 0"]),
        (APART, (MoveSector("LE15 4", "B008", "B005"),), ["Block B005 has work of more than one"]),
    ],
)
def test_each_rule_is_shown_by_what_breaks_it(rule: str, edits: tuple[Edit, ...], told: list[str]) -> None:
    found = find(change(*edits), rule)
    assert found, weigh_draft(shaped_case(), change(*edits), against=shaped_draft()).findings
    assert any(all(part in finding.text for part in told) for finding in found), found
    assert all(finding.blocks and finding.block_id == finding.blocks[0] for finding in found)
    assert all(finding.text.endswith(".") for finding in found)
    rows = weigh_draft(shaped_case(), change(*edits), against=shaped_draft()).blocks.set_index("block_id")
    assert all(rule in rows["rules"][name].split(";") for finding in found for name in finding.blocks)


def test_what_a_lock_puts_together_and_an_edit_tears_is_shown() -> None:
    case = shaped_case()
    places = ("LE15 0AI", "LE15 1AA")
    case = dataclasses.replace(case, locks=case.locks.joined(Locks(together={"T2": places})))
    whole = weigh_draft(case, shaped_draft(), against=shaped_draft())
    assert whole.findings == ()
    torn = weigh_draft(case, change(MoveSector("LE15 1", "B002", "spot")), against=shaped_draft())
    found = [finding for finding in torn.findings if finding.rule == TOGETHER]
    assert [finding.blocks for finding in found] == [("B002",)]
    assert found[0].text == "Lock T2 puts LE15 0AI, LE15 1AA together; they are in 2 (B002, spot)."


def test_every_rule_has_the_name_of_a_check() -> None:
    rules = {CONTIGUOUS, SIZE, REACH, ELIGIBLE, CAPACITY, WANTED, SHARE, FORBIDDEN, TOGETHER, APART}
    assert rules <= {entry.name for entry in REGISTER}


def test_locking_breaks_nothing_and_is_shown() -> None:
    weighed = weigh_draft(shaped_case(), change(LockBlock("B003")), against=shaped_draft())
    assert weighed.findings == ()
    rows = weighed.blocks.set_index("block_id")
    assert list(rows.index[rows["locked"]]) == ["B003"]
    assert set(rows["status"]) == {"proposed", "existing"}


def test_what_changes_is_told_beside_the_other_draft() -> None:
    before = weigh_draft(shaped_case(), shaped_draft(), against=shaped_draft()).blocks.set_index("block_id")
    dissolved = weigh_draft(shaped_case(), change(DissolveBlock("B003")), against=shaped_draft())
    assert dissolved.change["blocks"] == -1
    assert dissolved.change["hours_in_blocks"] == pytest.approx(-before["hours"]["B003"])
    assert dissolved.change["hours_waiting_placed"] == pytest.approx(-before["hours_waiting"]["B003"])
    assert dissolved.change["objective"] == pytest.approx(before["gain_total"]["B003"])
    assert dissolved.change["hours_elsewhere"] == pytest.approx(before["hours"]["B003"])
    made = change(DissolveBlock("B003"), NewBlock(("LE15 1", "LE15 2"), "B"))
    other = weigh_draft(shaped_case(), made, against=shaped_draft())
    assert other.change["blocks"] == 0
    new, old = (set(one.zone(name).postcodes) for one, name in ((made, "B009"), (shaped_draft(), "B003")))
    hours = shaped_case().model.points["contact_hours"]
    assert other.change["hours_elsewhere"] == pytest.approx(hours[hours.index.isin(new | old)].sum())
    back = weigh_draft(shaped_case(), shaped_draft(), against=change(DissolveBlock("B003")))
    assert back.change["objective"] == pytest.approx(-dissolved.change["objective"])


def test_a_block_given_to_a_dearer_provider_is_not_called_the_cheapest() -> None:
    draft = change(ChangeProvider("B007", "C"))
    plan = make_plan(shaped_case(), draft, ())
    rows = plan.next_providers[plan.next_providers["rank"] == 1].set_index("block_id")
    minutes = plan.eligible.set_index(["block_id", "provider_id"])["minutes_week"]["B007"]
    less = f"{minutes['C'] - minutes['B']:,.0f}"
    assert minutes["C"] > minutes["B"] + 1
    told = str(rows["reason"]["B007"])
    assert told.startswith(f"Suggested, though B has the room and would cost {less} minutes a week less")
    before = make_plan(shaped_case(), shaped_draft(), ())
    first = before.next_providers[before.next_providers["rank"] == 1]
    assert first["reason"].str.startswith("Suggested: costs least here in this plan").all()
