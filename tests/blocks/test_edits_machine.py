"""Any sequence of edits, undone and made again: drafts stay whole, and what is shown of them is what the plan has."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from marketmap.blocks.draft import Draft, DraftZone, decode_draft, encode_draft
from marketmap.blocks.draft_zones import forbid_more
from marketmap.blocks.edit_checks import weigh_draft
from marketmap.blocks.edit_history import EditHistory, pack_document, unpack_document
from marketmap.blocks.edits import (
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
)
from marketmap.outputs.drafts.edited import make_plan
from tests.blocks.shaped_street import proposed_ids, shaped_case, shaped_draft

SECTORS = st.sampled_from([f"LE15 {number}" for number in range(6)])
PROVIDERS = st.sampled_from(["A", "B", "C", "D"])
PLACES = st.sampled_from(["LE15 0", "LE15 3", "LE15 2AA", "LE15 4AD", "E06000017"])
PICK = st.integers(0, 30)


class Editing(RuleBasedStateMachine):
    """A session of editing beside a plain list of what each state's bytes were."""

    def __init__(self) -> None:
        super().__init__()
        self.history = EditHistory((pack_document(shaped_draft().to_document()),))
        self.seen = [encode_draft(shaped_draft())]
        self.at = 0

    @property
    def now(self) -> Draft:
        return Draft.from_document(unpack_document(self.history.now))

    def make(self, edit: Edit) -> None:
        before, locked = self.now, self.locked()
        try:
            made = apply_edit(shaped_case(), before, edit)
        except EditError:
            assert encode_draft(self.now) == self.seen[self.at]
            return
        assert self.now == before
        self.history = self.history.push(pack_document(made.to_document()))
        self.seen = [*self.seen[: self.at + 1], encode_draft(made)]
        self.at += 1
        assert len(self.now.edits) == len(before.edits) + 1
        if not isinstance(edit, LockBlock | UnlockBlock):
            assert self.locked() == locked

    def locked(self) -> dict[str, DraftZone | None]:
        return {name: self.now.zone(name) for name in self.now.locked}

    def block(self, pick: int, *, spot: bool = False) -> str:
        names = [*proposed_ids(self.now), *(["spot", "X1"] if spot else [])]
        return names[pick % len(names)]

    @rule(sector=SECTORS, source=PICK, end=PICK)
    def move(self, sector: str, source: int, end: int) -> None:
        self.make(MoveSector(sector, self.block(source, spot=True), self.block(end, spot=True)))

    @rule(pick=PICK, end=PICK)
    def move_what_is_there(self, pick: int, end: int) -> None:
        points = shaped_case().model.points
        zone = self.now.zone(self.block(pick))
        assert zone is not None
        sectors = sorted(set(points["sector"][points.index.isin(zone.postcodes)]))
        self.make(MoveSector(sectors[pick % len(sectors)], zone.block_id, self.block(end, spot=True)))

    @rule(pick=PICK, provider=PROVIDERS)
    def change_provider(self, pick: int, provider: str) -> None:
        self.make(ChangeProvider(self.block(pick), provider))

    @precondition(lambda self: len(proposed_ids(self.now)) > 4)
    @rule(pick=PICK)
    def dissolve(self, pick: int) -> None:
        self.make(DissolveBlock(self.block(pick)))

    @rule(sectors=st.lists(SECTORS, min_size=1, max_size=3, unique=True), provider=PROVIDERS)
    def make_block(self, sectors: list[str], provider: str) -> None:
        self.make(NewBlock(tuple(sectors), provider))

    @rule(pick=PICK)
    def lock(self, pick: int) -> None:
        self.make(LockBlock(self.block(pick)))

    @precondition(lambda self: self.now.locked)
    @rule(pick=PICK)
    def unlock(self, pick: int) -> None:
        locked = self.now.locked
        self.make(UnlockBlock(locked[pick % len(locked)]))

    @rule(provider=PROVIDERS, place=PLACES)
    def forbid(self, provider: str, place: str) -> None:
        self.make(ForbidProvider(provider, place))

    @precondition(lambda self: self.now.forbidden)
    @rule(pick=PICK)
    def allow(self, pick: int) -> None:
        pairs = self.now.forbidden
        self.make(AllowProvider(*pairs[pick % len(pairs)]))

    @rule()
    def undo(self) -> None:
        assert self.history.can_undo == (self.at > 0)
        self.history, self.at = self.history.undo(), max(self.at - 1, 0)

    @rule()
    def redo(self) -> None:
        assert self.history.can_redo == (self.at + 1 < len(self.seen))
        self.history, self.at = self.history.redo(), min(self.at + 1, len(self.seen) - 1)

    @invariant()
    def bytes_are_what_they_were(self) -> None:
        assert encode_draft(self.now) == self.seen[self.at]
        assert decode_draft(self.seen[self.at]) == self.now

    @invariant()
    def every_postcode_is_in_one_place(self) -> None:
        county = shaped_case().tables.county_postcodes.index
        listed = [name for zone in self.now.zones for name in zone.postcodes]
        assert len(set(listed)) == len(listed)
        assert set(listed) <= set(county)
        names = [zone.block_id for zone in self.now.zones]
        assert names == sorted(set(names))
        centres = [zone.centre for zone in self.now.zones]
        assert len(set(centres)) == len(centres)

    @invariant()
    def what_is_let_stays(self) -> None:
        assert self.now.zone("X1") == shaped_draft().zone("X1")

    def teardown(self) -> None:
        """Make the plan of the draft, and hold what was shown while editing against it."""
        draft = self.now
        case = forbid_more(shaped_case(), draft.forbidden)
        weighed = weigh_draft(shaped_case(), draft, against=shaped_draft())
        plan = make_plan(case, draft, weighed.findings)
        assert plan.objective == pytest.approx(weighed.figures.objective)
        hours = float(plan.points["contact_hours"].sum())
        assert hours == pytest.approx(float(case.model.members["hours_week"].sum()))
        spot = float(plan.points.loc[plan.points["block_id"] == "spot", "contact_hours"].sum())
        assert float(weighed.blocks["hours"].sum()) + spot == pytest.approx(hours)
        block_of = plan.postcodes.set_index("postcode")["block_id"]
        assert {name: zone.block_id for zone in draft.zones for name in zone.postcodes} == dict(
            block_of[block_of != "spot"]
        )
        rows, blocks = plan.proposals.set_index("block_id"), weighed.blocks.set_index("block_id")
        pairs = {
            "hours": "hours_zone",
            "hours_with_provider": "hours_already_with_provider",
            "hours_with_others": "hours_with_others",
            "hours_waiting": "hours_waiting",
            "travel_minutes_saved_week": "travel_minutes_saved_week",
            "cost_total": "cost_total",
            "gain_total": "gain_total",
        }
        for shown, written in pairs.items():
            np.testing.assert_allclose(blocks[shown], rows[written].reindex(blocks.index), atol=1e-6)
        proposed = rows[rows["status"] == "proposed"]
        assert weighed.figures.travel_minutes_saved == pytest.approx(proposed["travel_minutes_saved_week"].sum())
        driving = proposed["driving_minutes_saved_week"].sum()
        assert weighed.figures.driving_minutes_saved == pytest.approx(driving, abs=1e-6)
        assert weighed.figures.hours_waiting_placed == pytest.approx(proposed["hours_waiting"].sum())
        assert weighed.figures.hours_moving == pytest.approx(proposed["hours_with_others"].sum())
        assert np.isfinite(plan.gap) == (not weighed.findings)
        if not weighed.findings:
            assert plan.lower_bound == min(shaped_draft().solver["lower_bound"], plan.objective)
        unplaced = dataclasses.replace(draft, edits=())
        assert make_plan(case, unplaced, ()).status == draft.solver["status"]
        super().teardown()


TestEditing = Editing.TestCase
TestEditing.settings = settings(
    max_examples=8,
    stateful_step_count=20,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
