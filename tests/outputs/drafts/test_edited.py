"""Drafts of a written plan: taken up from files, written again as a plan, and held by the checker."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks.draft import Draft, encode_draft
from marketmap.blocks.draft_zones import place_zones
from marketmap.blocks.edit_checks import FORBIDDEN, weigh_draft
from marketmap.blocks.edits import (
    ChangeProvider,
    DissolveBlock,
    Edit,
    EditError,
    ForbidProvider,
    LockBlock,
    MoveSector,
    NewBlock,
    apply_edit,
)
from marketmap.check import check_plan
from marketmap.errors import OutputError, PlanError
from marketmap.outputs.drafts.edited import exit_of, find_bound, merge_settings, solve_rest, take_locks, write_draft
from marketmap.outputs.drafts.locks import COUNCIL
from marketmap.outputs.drafts.reopen import draft_of, draft_of_alternative, draft_of_frontier, reopen_case
from marketmap.outputs.files.reading import read_plan
from marketmap.outputs.files.record import read_record
from marketmap.outputs.files.replay import is_current, replay_run
from tests.outputs.shaped_county import STOP, shaped_county, shaped_out, table

TABLES = ("block_proposals", "block_postcodes", "block_points", "eligible_providers", "next_providers", "rollout")


def open_draft() -> Draft:
    return draft_of(shaped_out())


def change(draft: Draft, *edits: Edit) -> Draft:
    case = reopen_case(draft, shaped_county())
    for edit in edits:
        draft = apply_edit(case, draft, edit)
    return draft


def proposed(draft: Draft) -> list[str]:
    return [zone.block_id for zone in draft.zones if zone.proposed]


def test_a_plan_taken_up_and_written_is_the_same_plan(tmp_path: Path) -> None:
    draft = open_draft()
    record = write_draft(draft, shaped_county(), tmp_path / "out")
    for name in TABLES:
        pd.testing.assert_frame_equal(table(tmp_path / "out", name), table(shaped_out(), name))
    before = read_record(shaped_out()).solver
    assert record.solver["status"] == before["status"]
    assert record.solver["objective"] == pytest.approx(before["objective"])
    assert record.solver["gap"] == pytest.approx(before["gap"])
    assert check_plan(tmp_path / "out") == []
    assert draft_of(tmp_path / "out") == draft
    assert read_plan(tmp_path / "out").changed == ()
    assert weigh_draft(reopen_case(draft, shaped_county()), draft, against=draft).findings == ()


def walk(draft: Draft, random: np.random.Generator, *, steps: int) -> Draft:
    """Make some edits drawn by lot, whatever rules they break; those refused are passed over."""
    case = reopen_case(draft, shaped_county())
    points = case.model.points
    able = [str(name) for name in case.model.providers.index if not case.model.why_not[name]]
    made = 0
    while made < steps:
        blocks = proposed(draft)
        one, other = (str(random.choice([*blocks, "spot"])) for _ in range(2))
        zone = draft.zone(one)
        inside = points.index.isin([name for each in draft.zones for name in each.postcodes])
        here = ~inside if zone is None else points.index.isin(zone.postcodes)
        sectors = sorted(set(points["sector"][here])) or ["LE15 6"]
        sector, provider = str(random.choice(sectors)), str(random.choice(able))
        kind = int(random.integers(6))
        edit: Edit = [
            MoveSector(sector, one, other),
            MoveSector(sector, one, other),
            ChangeProvider(one, provider),
            DissolveBlock(one) if len(blocks) > 4 else LockBlock(one),
            NewBlock((sector,), provider),
            ForbidProvider(provider, sector),
        ][kind]
        try:
            draft = apply_edit(case, draft, edit)
        except EditError:
            continue
        made += 1
    return draft


@pytest.mark.parametrize("seed", range(5))
def test_the_checker_finds_what_was_shown_and_nothing_else(seed: int, tmp_path: Path) -> None:
    draft = walk(open_draft(), np.random.default_rng(seed), steps=2 + 3 * seed)
    weighed = weigh_draft(reopen_case(draft, shaped_county()), draft, against=open_draft())
    record = write_draft(draft, shaped_county(), tmp_path / "out")
    found = check_plan(tmp_path / "out")
    assert {finding.check for finding in found} == {finding.rule for finding in weighed.findings}, found
    shown = {name for finding in weighed.findings for name in (*finding.blocks, *finding.text.split())}
    for finding in found:
        named = {part for example in (*finding.examples, finding.what) for part in example.replace(":", " ").split()}
        assert named & shown or finding.check == FORBIDDEN, finding
    assert record.solver["status"] == "edited"
    assert record.solver["edits"] == len(draft.edits)
    assert np.isfinite(record.solver["gap"]) == (not weighed.findings)
    assert list(table(tmp_path / "out", "edits")["edit"]) == [entry["told"] for entry in draft.edits]
    assert draft_of(tmp_path / "out") == draft


def test_what_was_left_out_by_hand_says_so(tmp_path: Path) -> None:
    draft = open_draft()
    name = proposed(draft)[0]
    edited = change(draft, DissolveBlock(name))
    record = write_draft(edited, shaped_county(), tmp_path / "out")
    rows = table(tmp_path / "out", "block_postcodes").set_index("postcode")
    zone = draft.zone(name)
    assert zone is not None
    assert set(rows.loc[list(zone.postcodes), "reason"]) == {"Left out by hand: it stays spot purchase"}
    others = rows.index.difference(list(zone.postcodes))
    assert not rows.loc[others, "reason"].str.contains("by hand").any()
    assert record.summary.startswith("Shaped by hand: 1 edit since the run of ")


def test_the_bound_is_claimed_only_where_it_holds() -> None:
    draft = dataclasses.replace(open_draft(), solver={"lower_bound": 5.0, "forbidden": [["P01", "LE15 6"]]})
    tighter = dataclasses.replace(draft, forbidden=(("P01", "LE15 6"), ("P02", "LE15 7")))
    assert find_bound(draft, ()) == -np.inf
    assert find_bound(tighter, ()) == 5.0
    broken = weigh_draft(reopen_case(open_draft(), shaped_county()), open_draft(), against=open_draft())
    assert broken.findings == ()
    assert find_bound(tighter, ("a rule",)) == -np.inf  # type: ignore[arg-type]
    assert find_bound(dataclasses.replace(tighter, solver={"lower_bound": None}), ()) == -np.inf


def test_a_new_search_keeps_what_was_locked_and_forbidden(tmp_path: Path) -> None:
    draft = open_draft()
    names = proposed(draft)
    provider = next(zone.provider_id for zone in draft.zones if zone.block_id == names[-1])
    place = min(zone.postcodes[0] for zone in draft.zones if zone.block_id == names[-1])
    shaped = change(draft, ForbidProvider(provider, place))
    held = names[0]
    shaped = change(shaped, LockBlock(held))
    out = tmp_path / "out"
    record = solve_rest(shaped, shaped_county(), out, stop=STOP)
    assert dict(record.locks) == {"held": 1, "forbidden": 1, "begun": len(names) - 1}
    assert check_plan(out) == []
    again = draft_of(out)
    assert again.zone(held) == draft.zone(held)
    assert again.locked == (held,)
    assert again.forbidden == ((provider, place),)
    assert all(zone.provider_id != provider for zone in again.zones if place in zone.postcodes)
    assert not is_current(out, shaped_county())
    assert set(table(out, "plan_locks")["origin"]) > {COUNCIL}
    assert replay_run(out, tmp_path / "replayed", on_stage=lambda _stage: None) == []
    # what was kept is a block like any other once it is written as a draft
    written = write_draft(again, shaped_county(), tmp_path / "draft")
    assert written.solver["objective"] == pytest.approx(again.solver["objective"])
    assert written.solver["lower_bound"] == -np.inf
    assert check_plan(tmp_path / "draft") == []


def test_a_whole_plan_can_be_locked_for_it_counts_on_what_its_blocks_give_up(tmp_path: Path) -> None:
    draft = change(open_draft(), *(LockBlock(name) for name in proposed(open_draft())))
    case = reopen_case(draft, shaped_county())
    zones = [zone for zone in place_zones(case, draft) if not zone.existing]
    load, need = case.model.points["carer_hours"].to_numpy(float), np.zeros(len(case.model.providers))
    for zone in zones:
        need[zone.provider] += (load - case.model.held[:, zone.provider])[zone.points].sum()
    assert (need > case.model.limits.capacity).any()  # by themselves they would not all have room
    record = solve_rest(draft, shaped_county(), tmp_path / "out", stop=STOP)
    again = draft_of(tmp_path / "out")
    assert {zone.block_id: zone for zone in again.zones}.items() >= {
        zone.block_id: zone for zone in draft.zones
    }.items()
    assert record.solver["objective"] <= float(draft.solver["objective"]) + 1e-6
    assert check_plan(tmp_path / "out") == []


def test_a_locked_block_that_breaks_a_rule_is_to_be_unlocked(tmp_path: Path) -> None:
    draft = open_draft()
    one, other = (zone for zone in draft.zones if zone.block_id in proposed(draft)[:2])
    whole = dataclasses.replace(one, postcodes=tuple(sorted({*one.postcodes, *other.postcodes})))
    joined = dataclasses.replace(draft, zones=(whole,), locked=(one.block_id,))
    with pytest.raises(PlanError, match=rf"Locked block {one.block_id} cannot be kept: .* Unlock what is named"):
        solve_rest(joined, shaped_county(), tmp_path / "out", stop=STOP)
    assert not (tmp_path / "out").exists()


def test_an_edited_plan_is_never_current_and_never_replayed(tmp_path: Path) -> None:
    write_draft(change(open_draft(), DissolveBlock(proposed(open_draft())[0])), shaped_county(), tmp_path / "out")
    assert not is_current(tmp_path / "out", shaped_county())
    with pytest.raises(OutputError, match="shaped by hand"):
        replay_run(tmp_path / "out", tmp_path / "again", on_stage=lambda _stage: None)


def test_a_company_leaves_a_draft(tmp_path: Path) -> None:
    draft = change(open_draft(), DissolveBlock(proposed(open_draft())[0]))
    case = reopen_case(draft, shaped_county())
    holder = next(zone.provider_id for zone in draft.zones if zone.proposed)
    company = str(case.tables.providers.set_index("provider_id")["company_id"][holder])
    record = exit_of(draft, shaped_county(), company, tmp_path / "out", stop=STOP)
    assert f"Company {company}" in record.summary
    assert record.solver["without"] == company
    weighed = weigh_draft(case, draft, against=draft)
    assert {finding.check for finding in check_plan(tmp_path / "out")} == {finding.rule for finding in weighed.findings}
    assert set(table(tmp_path / "out", "exit_blocks")["block_id"]) & set(proposed(draft))
    with pytest.raises(PlanError, match="holds no company"):
        exit_of(draft, shaped_county(), "NOBODY", tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_changed_tables_are_named(tmp_path: Path) -> None:
    county = Path(shutil.copytree(shaped_county(), tmp_path / "county"))
    draft = open_draft()
    reopen_case(draft, county)
    with (county / "providers.csv").open("ab") as file:
        file.write(b"\r\n")
    (county / "calls.csv").unlink()
    with pytest.raises(OutputError, match=r"\(calls, providers\).*Run again"):
        reopen_case(draft, county)


def test_a_folder_without_a_plan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no output folder"):
        draft_of(tmp_path / "none")
    record = json.loads((shaped_out() / "run.json").read_text(encoding="utf-8"))
    (tmp_path / "run.json").write_text(json.dumps(record | {"outputs": {}}), encoding="utf-8")
    with pytest.raises(OutputError, match="not block proposals"):
        draft_of(tmp_path)
    for take in (draft_of_frontier, draft_of_alternative):
        with pytest.raises(OutputError, match="FULL=1"):
            take(shaped_out(), "F1")


def test_settings_are_replaced_one_by_one() -> None:
    settings: Mapping[str, object] = {"blocks": {"a": 1, "b": 2}, "solver": {"seed": 0}}
    changes = {"blocks": {"b": 3}, "travel": {"mode": "walk"}}
    wanted = {"blocks": {"a": 1, "b": 3}, "solver": {"seed": 0}, "travel": {"mode": "walk"}}
    assert merge_settings(settings, changes) == wanted


def test_locks_of_a_draft_are_its_locked_blocks_and_its_pairs() -> None:
    draft = change(open_draft(), LockBlock(proposed(open_draft())[1]))
    locks = take_locks(draft)
    zone = draft.zone(draft.locked[0])
    assert zone is not None
    assert dict(locks.kept) == {zone.block_id: (zone.provider_id, zone.postcodes)}
    assert encode_draft(draft) != encode_draft(open_draft())
