"""Edits one by one: what each changes, what it leaves alone, and when it is refused."""

from __future__ import annotations

import dataclasses
import json
import pickle

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks.draft import Draft, decode_draft, encode_draft
from marketmap.blocks.draft_zones import choose_centre, forbid_more, place_zone, place_zones
from marketmap.blocks.edit_history import EditHistory
from marketmap.blocks.edits import (
    EDITS,
    AllowProvider,
    ChangeProvider,
    DissolveBlock,
    Edit,
    EditError,
    ForbidProvider,
    LockBlock,
    MoveSector,
    NewBlock,
    UnlockBlock,
    apply_edit,
    read_edit,
)
from marketmap.blocks.eligibility import keep_out
from marketmap.blocks.locks import Locks, read_locks
from marketmap.blocks.model import build_model
from marketmap.errors import PlanError
from tests.blocks.shaped_street import shaped_case, shaped_draft, shaped_tables


def change(draft: Draft, *edits: Edit) -> Draft:
    for edit in edits:
        draft = apply_edit(shaped_case(), draft, edit)
    return draft


def places(draft: Draft, block_id: str) -> set[str]:
    zone = draft.zone(block_id)
    return set() if zone is None else set(zone.postcodes)


def test_a_sector_moves_with_all_that_hangs_on_its_work() -> None:
    before = shaped_draft()
    after = change(before, MoveSector("LE15 1", "B002", "B003"))
    model = shaped_case().model
    moved = places(before, "B002") - places(after, "B002")
    assert moved == places(after, "B003") - places(before, "B003") != set()
    work = [name for name in moved if name in model.points.index]
    assert set(model.points["sector"][work]) == {"LE15 1"}
    hangs = model.point_of[sorted(moved)]
    assert set(hangs) == set(model.points.index.get_indexer(pd.Index(work)))
    assert len(moved) > len(work)
    rest = [zone for zone in after.zones if zone.block_id not in {"B002", "B003"}]
    assert rest == [zone for zone in before.zones if zone.block_id not in {"B002", "B003"}]


def test_work_left_out_is_told_until_it_is_taken_back() -> None:
    case, draft = shaped_case(), change(shaped_draft(), MoveSector("LE15 1", "B002", "spot"))
    assert draft.left_out
    assert set(draft.left_out) <= set(case.model.points.index)
    again = change(draft, MoveSector("LE15 1", "spot", "B002"))
    assert again.left_out == ()
    assert again.zones == shaped_draft().zones


def test_a_dissolved_block_is_gone_and_its_name_is_not_used_again() -> None:
    draft = change(shaped_draft(), DissolveBlock("B008"), NewBlock(("LE15 5",), "A"))
    assert draft.zone("B008") is None
    assert places(draft, "B009") < places(shaped_draft(), "B008")
    assert set(draft.left_out) == {name for name in shaped_case().model.points.index
                                   if name in places(shaped_draft(), "B008") and "LE15 4" in name}  # fmt: skip


def test_a_block_goes_to_another_provider_with_the_best_centre_for_it() -> None:
    case = shaped_case()
    draft = change(shaped_draft(), ChangeProvider("B003", "A"))
    zone = draft.zone("B003")
    assert zone is not None
    assert (zone.provider_id, zone.postcodes) == ("A", tuple(sorted(places(shaped_draft(), "B003"))))
    settings, placed = case.settings.blocks, place_zone(case.model, zone)
    taken = {other.centre for other in draft.zones} - {zone.centre}
    cost = {}
    for at, name in enumerate(case.model.points.index):
        if name not in taken and case.model.free[at]:
            minutes = case.model.minutes[placed.points, at]
            visits = case.model.points["carer_visits"].to_numpy(float)[placed.points]
            rounds = case.model.rounds[placed.points].sum() * case.model.base[placed.provider, at]
            cost[name] = (int((minutes > settings.reach_minutes).sum()), float(visits @ minutes) + rounds)
    assert cost[zone.centre] == pytest.approx(min(cost.values()))


def test_two_blocks_never_have_one_centre() -> None:
    case, draft = shaped_case(), shaped_draft()
    zones = place_zones(case, draft)
    own = next(zone for zone in zones if zone.block_id == "B003")
    used = [zone.centre for zone in zones if zone is not own and not zone.existing]
    assert choose_centre(case.model, own.points, provider=0, used=used, settings=case.settings.blocks) not in used
    every = list(range(len(case.model.points)))
    assert choose_centre(case.model, own.points, provider=0, used=every, settings=case.settings.blocks) == -1


def test_locked_blocks_refuse_every_edit_but_unlocking() -> None:
    draft = change(shaped_draft(), LockBlock("B002"))
    assert draft.locked == ("B002",)
    refused: list[Edit] = [
        MoveSector("LE15 1", "B002", "B003"),
        MoveSector("LE15 1", "B003", "B002"),
        ChangeProvider("B002", "A"),
        DissolveBlock("B002"),
        ForbidProvider("B", "LE15 1"),
    ]
    for edit in refused:
        with pytest.raises(EditError, match="locked"):
            change(draft, edit)
    assert change(draft, UnlockBlock("B002")).locked == ()


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (LockBlock("X1"), "already let"),
        (DissolveBlock("X1"), "already let"),
        (MoveSector("LE15 5", "X1", "B008"), "already let"),
        (DissolveBlock("B099"), "no block B099"),
        (UnlockBlock("B001"), "not locked"),
        (MoveSector("LE15 0", "B001", "B001"), "there already"),
        (MoveSector("LE15 4", "B001", "B002"), "no work of that sector"),
        (MoveSector("LE15 0", "B001", "B002"), "nothing would be left"),
        (ChangeProvider("B001", "A"), "has it already"),
        (ChangeProvider("B001", "Z"), "does not hold it"),
        (ChangeProvider("B001", "S"), "placements suspended"),
        (NewBlock(("LE15 0",), "A"), "none of their work is spot purchase"),
        (ForbidProvider("Z", "LE15 0"), "does not hold that provider"),
        (ForbidProvider("A", "LE99 9"), "no postcode of the county"),
        (ForbidProvider("D", "LE15 5"), "already let"),
        (ForbidProvider("A", "LE15 2AA"), "already"),
        (AllowProvider("A", "LE15 2AA"), "a lock of the council's"),
        (AllowProvider("A", "LE15 0"), "not kept out"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_do(edit: Edit, told: str) -> None:
    with pytest.raises(EditError, match=told) as refused:
        change(shaped_draft(), edit)
    assert isinstance(refused.value, PlanError)
    assert str(refused.value).endswith(".")
    assert refused.value.remedy in str(pickle.loads(pickle.dumps(refused.value)))  # noqa: S301  our own bytes


def test_forbidding_is_the_same_as_building_the_model_with_it() -> None:
    case, tables = shaped_case(), shaped_tables()
    pairs = (("A", "LE15 0"), ("C", "LE15 2AA"), ("S", "LE15 1"))
    own = read_locks(tables.locks, county_postcodes=tables.county_postcodes)
    built = build_model(tables, case.matrix, case.settings.blocks, locks=own.joined(Locks(forbidden=pairs)))
    forbidden = forbid_more(case, pairs).model
    np.testing.assert_array_equal(forbidden.barred, built.barred)
    assert (forbidden.barred != case.model.barred).any()
    assert forbidden.notes == built.notes
    assert forbid_more(case, ()) is case


def test_a_lock_is_told_before_what_else_is_lacking_but_not_before_what_bars_anywhere() -> None:
    standing = np.array([["", "lacks dementia", "does not take part here", "placements suspended"]] * 2, dtype=object)
    everywhere = np.array([[True] * 4, [False] * 4])
    locked = "kept out by a lock"
    assert keep_out(standing, everywhere).tolist() == [[locked, locked, locked, "placements suspended"],
                                                       standing[1].tolist()]  # fmt: skip


def test_a_pair_is_forbidden_and_allowed_again() -> None:
    draft = change(shaped_draft(), ForbidProvider("B", "LE15 1"), ForbidProvider("A", "LE15 0"))
    assert draft.forbidden == (("A", "LE15 0"), ("B", "LE15 1"))
    assert change(draft, AllowProvider("B", "LE15 1")).forbidden == (("A", "LE15 0"),)


def test_every_edit_is_written_in_words_and_read_back() -> None:
    made: list[Edit] = [
        LockBlock("B001"),
        UnlockBlock("B001"),
        ForbidProvider("A", "LE15 0"),
        AllowProvider("A", "LE15 0"),
        MoveSector("LE15 1", "B002", "B003"),
        ChangeProvider("B002", "C"),
        DissolveBlock("B002"),
        NewBlock(("LE15 0",), "A"),
    ]
    assert {type(edit) for edit in made} == set(EDITS.values())
    draft = change(shaped_draft(), *made)
    assert [read_edit(entry) for entry in draft.edits] == made
    assert [entry["told"] for entry in draft.edits] == [edit.describe() for edit in made]
    assert json.loads(json.dumps([edit.to_dict() for edit in made])) == [edit.to_dict() for edit in made]


@pytest.mark.parametrize("values", [{}, {"kind": "burn"}, {"kind": "lock_block"}, {"kind": "new_block", "sectors": []}])
def test_an_edit_that_is_none_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(EditError, match="known"):
        read_edit(values)


def test_equal_drafts_have_equal_bytes_and_come_back_whole() -> None:
    draft = change(shaped_draft(), ForbidProvider("A", "LE15 0"), MoveSector("LE15 1", "B002", "spot"))
    assert decode_draft(encode_draft(draft)) == draft
    assert encode_draft(decode_draft(encode_draft(draft))) == encode_draft(draft)
    assert encode_draft(dataclasses.replace(draft, seed=1)) != encode_draft(draft)


def test_a_document_that_is_not_whole_is_refused() -> None:
    document = shaped_draft().to_document()
    doubled = {**document, "zones": [*document["zones"], document["zones"][0]]}
    shared = json.loads(json.dumps(document))
    shared["zones"][0]["postcodes"].append(shared["zones"][1]["postcodes"][0])
    for broken, told in (
        ({**document, "schema": "marketmap/draft/9"}, "another version"),
        ({key: value for key, value in document.items() if key != "zones"}, "not whole"),
        ({**document, "zones": 3}, "not whole"),
        (doubled, "two blocks"),
        (shared, "both have a postcode"),
    ):
        with pytest.raises(PlanError, match=told):
            Draft.from_document(broken)
    for content in (b"{", b"[]"):
        with pytest.raises(PlanError, match="cannot be opened"):
            decode_draft(content)


def test_a_draft_of_another_county_is_refused() -> None:
    draft = shaped_draft()
    strange = dataclasses.replace(draft, zones=tuple(zone for zone in draft.zones if zone.proposed))
    with pytest.raises(PlanError, match="Run again"):
        place_zones(shaped_case(), strange)
    moved = tuple(dataclasses.replace(zone, centre="AB1 2CD") for zone in draft.zones)
    with pytest.raises(PlanError, match="cannot be placed"):
        place_zones(shaped_case(), dataclasses.replace(draft, zones=moved))


def test_undo_and_redo_stop_at_the_ends() -> None:
    case = shaped_case()
    history = EditHistory((shaped_draft(),))
    assert not history.can_undo
    assert not history.can_redo
    assert history.undo().now is history.redo().now is shaped_draft()
    edited = history.push(apply_edit(case, history.now, LockBlock("B001")))
    edited = edited.push(apply_edit(case, edited.now, LockBlock("B002")))
    back = edited.undo()
    assert back.can_undo
    assert back.can_redo
    other = back.push(apply_edit(case, back.now, LockBlock("B003")))
    assert not other.can_redo
    assert other.now.locked == ("B001", "B003")


def test_the_first_step_is_never_forgotten() -> None:
    history = EditHistory(("first",), most=3)
    for name in ("a", "b", "c"):
        history = history.push(name)
    assert history.steps == ("first", "b", "c")
    assert history.now == "c"
    assert history.undo().undo().now == "first"
