"""What an edited plan comes to, in rows to be shown."""

import dataclasses

import pandas as pd

from marketmap.blocks.comparison import PlanFigures
from marketmap.blocks.edit_checks import Weighed
from marketmap.outputs.drafts.edit_view import list_edits, list_figures, list_moves, list_places, list_providers

FIGURES = PlanFigures(
    objective=1000.0,
    blocks=3,
    hours_in_blocks=250.0,
    share_in_blocks=0.5,
    travel_minutes_saved=600.0,
    carer_hours_moving=50.0,
    hours_moving=40.0,
    hours_waiting_placed=8.0,
    pounds_above_usual=float("nan"),
)
CHANGE = dict.fromkeys(dataclasses.asdict(FIGURES), 0.0) | {"travel_minutes_saved": -90.0, "hours_moving": 12.5}
ELIGIBLE = pd.DataFrame(
    {
        "block_id": ["B001"] * 4,
        "provider_id": ["P1", "P2", "P3", "P4"],
        "provider_name": ["One", "Two", "Three", "Four"],
        "eligible": [True, True, False, True],
        "minutes_week": [100.0, 160.0, float("nan"), 90.0],
        "reason": ["suggested", "", "lacks live_in", ""],
    }
)


def test_figures_stand_beside_those_it_began_with() -> None:
    found = list_figures(Weighed((), FIGURES, CHANGE, pd.DataFrame())).set_index("figure")
    assert found.loc["Hours of travel saved, if all moved"].tolist() == ["11.5", "10.0", "-1.5"]
    assert found.loc["Contact hours that would change provider"].tolist() == ["27.5", "40.0", "+12.5"]
    assert found.loc["Number of them"].tolist() == ["3", "3", "0"]
    assert not found.index.str.contains("Pounds").any()  # not known where prices have no weight


def test_who_may_have_a_block_stands_first_and_who_has_it_not_at_all() -> None:
    blocks = pd.DataFrame({"block_id": ["B001"], "provider_id": ["P1"]})
    found = list_providers(ELIGIBLE, blocks, block_id="B001")
    assert found["provider_id"].tolist() == ["P4", "P2", "P3"]
    assert found["label"].tolist() == [
        "Four (P4): +0 model minutes a week beside the cheapest",
        "Two (P2): +70 model minutes a week beside the cheapest",
        "Three (P3): not eligible, lacks live in",
    ]


def test_for_a_block_that_was_made_since_every_provider_is_listed() -> None:
    found = list_providers(ELIGIBLE, pd.DataFrame({"block_id": ["B009"], "provider_id": ["P2"]}), block_id="B009")
    assert set(found["provider_id"]) == {"P1", "P3", "P4"}
    assert found["label"].tolist() == ["Four (P4)", "One (P1)", "Three (P3)"]


def test_only_moves_that_are_allowed_are_offered_those_out_of_the_block_first() -> None:
    sectors = pd.DataFrame(
        {
            "sector": ["AA1 1", "AA1 2", "AA1 3", "AA1 4"],
            "source": ["spot", "B001", "B001", "B002"],
            "target": ["B001", "B002", "spot", "B001"],
            "hours": [9.0, 3.0, 5.0, 7.0],
            "allowed": [True, True, True, False],
        }
    )
    found = list_moves(sectors, block_id="B001")
    assert found["sector"].tolist() == ["AA1 3", "AA1 2", "AA1 1"]
    assert found["label"].iloc[0] == "AA1 3: 5.0 contact hours a week, from block B001 to spot purchase"


def test_edits_are_told_in_their_words_and_order() -> None:
    found = list_edits({"edits": [{"kind": "lock_block", "told": "Locked block B1"}, {"kind": "other"}]})
    assert found.to_numpy().tolist() == [[1, "Locked block B1"], [2, "other"]]
    assert list_edits({}).empty


def test_places_are_a_blocks_sectors_and_its_district() -> None:
    assert list_places(["AA1 1", ""], district_code="E1", district_name="") == {
        "AA1 1": "Sector AA1 1",
        "E1": "All of E1",
    }
