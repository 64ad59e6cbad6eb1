"""What the app asks about a draft, in plain values, and the plans of a full run taken up by name."""

from __future__ import annotations

import json
import pickle
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from marketmap.blocks import Stop
from marketmap.blocks.comparison import measure_plan
from marketmap.blocks.draft import Draft
from marketmap.blocks.draft_zones import place_zones
from marketmap.blocks.edits import DissolveBlock, EditError, LockBlock
from marketmap.errors import OutputError
from marketmap.outputs.drafts import desk
from marketmap.outputs.drafts.reopen import draft_of, reopen_case
from marketmap.outputs.runs.batch import run_blocks
from tests.outputs.shaped_county import shaped_county, shaped_out, table


@cache
def full_out() -> Path:
    out = shaped_county().parent / "full"
    run_blocks(shaped_county(), out, stop=Stop(max_iterations=40), full=True)
    return out


def test_a_plan_is_opened_and_edited_in_plain_values() -> None:
    document, weighed = desk.open_plan(shaped_out(), shaped_county())
    assert json.loads(json.dumps(document)) == document
    assert set(weighed.change.values()) == {0.0}
    name = next(zone["block_id"] for zone in document["zones"] if zone["status"] == "proposed")
    edited, after = desk.edit_plan(document, DissolveBlock(name).to_dict(), shaped_county(), document)
    hours = float(weighed.blocks.set_index("block_id")["hours"][name])
    assert after.change["hours_in_blocks"] == pytest.approx(-hours)
    assert after.change["blocks"] == -1
    assert pickle.loads(pickle.dumps(after)).figures == after.figures  # noqa: S301  our own bytes
    again = desk.weigh_plan(edited, shaped_county(), document)
    assert again.figures == after.figures
    with pytest.raises(EditError, match="no block"):
        desk.edit_plan(edited, DissolveBlock(name).to_dict(), shaped_county(), document)


def test_neighbours_are_those_that_touch_by_road() -> None:
    document, _ = desk.open_plan(shaped_out(), shaped_county())
    draft = Draft.from_document(document)
    block_of = {name: zone.block_id for zone in draft.zones for name in zone.postcodes}
    links = table(shaped_out(), "neighbours")
    let = {zone.block_id for zone in draft.zones if not zone.proposed}
    for zone in (zone for zone in draft.zones if zone.proposed):
        found = desk.neighbours_of(document, shaped_county(), zone.block_id)
        ends = [(block_of.get(a, "spot"), block_of.get(b, "spot"))
                for a, b in zip(links["postcode_a"], links["postcode_b"], strict=True)]  # fmt: skip
        touching = {b for a, b in ends if a == zone.block_id} | {a for a, b in ends if b == zone.block_id}
        shown = set(found.blocks.loc[found.blocks["touching"] > 0, "block_id"])
        near = found.blocks[found.blocks["touching"] == 0]
        assert near["minutes"].is_monotonic_increasing
        assert zone.block_id not in set(near["block_id"])
        assert shown <= touching
        assert touching - shown - {zone.block_id} <= {"spot", *let}  # postcodes that nothing hangs on, and let ones
        for row in found.sectors[found.sectors["allowed"]].itertuples():
            edit = {"kind": "move_sector", "sector": row.sector, "source": row.source, "target": row.target}
            _, after = desk.edit_plan(document, edit, shaped_county(), document)
            gone = row.hours if row.source == "spot" else -row.hours if row.target == "spot" else 0.0
            assert after.change["hours_in_blocks"] == pytest.approx(gone)
    with pytest.raises(EditError, match="no proposed block"):
        desk.neighbours_of(document, shaped_county(), "B999")


def test_a_locked_neighbour_lets_nothing_over_its_border() -> None:
    document, _ = desk.open_plan(shaped_out(), shaped_county())
    blocks = [zone["block_id"] for zone in document["zones"] if zone["status"] == "proposed"]
    moves = [row for name in blocks for row in desk.neighbours_of(document, shaped_county(), name).sectors.itertuples()]
    name, other = next(
        (row.source, row.target) for row in moves if row.allowed and "spot" not in {row.source, row.target}
    )
    locked, _ = desk.edit_plan(document, LockBlock(other).to_dict(), shaped_county(), document)
    found = desk.neighbours_of(locked, shaped_county(), name)
    rows = found.sectors[(found.sectors["source"] == other) | (found.sectors["target"] == other)]
    assert len(rows)
    assert not rows["allowed"].any()
    assert found.blocks.set_index("block_id")["locked"][other]


def test_plans_of_the_frontier_and_alternatives_are_taken_up_by_name() -> None:
    base = draft_of(full_out())
    case = reopen_case(base, shaped_county())
    frontier = table(full_out(), "frontier")
    named = [("objective_proposed_weights", row) for _, row in frontier.iterrows()]
    named += [("objective", row) for _, row in table(full_out(), "alternatives").iterrows()]
    assert len({row["plan"] for _, row in named}) > 3
    for column, row in named:
        document, weighed = desk.open_plan(
            full_out(), shaped_county(), "" if row["plan"] == "proposed" else row["plan"]
        )
        figures = measure_plan(case.model, place_zones(case, Draft.from_document(document)),
                               settings=case.settings.blocks)  # fmt: skip
        assert figures.objective == pytest.approx(float(row[column]), abs=1e-3)
        assert figures.blocks == int(row["blocks"])
        assert weighed.findings == ()
        assert document["solver"]["lower_bound"] == base.solver["lower_bound"]
    assert desk.open_plan(full_out(), shaped_county(), "F1")[0]["origin"].startswith(
        "plan F1 of the frontier of the run"
    )
    with pytest.raises(OutputError, match="no plan F99"):
        desk.open_plan(full_out(), shaped_county(), "F99")


def test_places_of_a_plan_of_the_frontier_are_those_listed() -> None:
    listed = table(full_out(), "frontier_postcodes")
    name = listed["plan"].iloc[0]
    document, _ = desk.open_plan(full_out(), shaped_county(), name)
    mine = {(zone["block_id"], postcode) for zone in document["zones"] if zone["status"] == "proposed"
            for postcode in zone["postcodes"]}  # fmt: skip
    own = listed[listed["plan"] == name]
    assert mine == set(zip(own["block_id"], own["postcode"], strict=True))
    assert isinstance(own, pd.DataFrame)
