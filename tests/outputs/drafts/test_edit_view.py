"""What an edited plan comes to, in rows to be shown."""

import dataclasses

import pandas as pd

from marketmap.blocks.comparison import PlanFigures
from marketmap.blocks.edit_checks import Weighed
from marketmap.outputs.drafts.edit_view import (
    list_changed,
    list_edits,
    list_figures,
    list_moves,
    list_places,
    list_providers,
    tell_barred,
)

FIGURES = PlanFigures(
    objective=1000.0,
    blocks=3,
    hours_in_blocks=250.0,
    share_in_blocks=0.5,
    travel_minutes_saved=2400.0,
    driving_minutes_saved=600.0,
    carer_hours_moving=50.0,
    hours_moving=40.0,
    hours_waiting_placed=8.0,
    pounds_above_usual=float("nan"),
)
CHANGE = dict.fromkeys(dataclasses.asdict(FIGURES), 0.0) | {"driving_minutes_saved": -90.0, "hours_moving": 12.5}
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
    assert found.loc["Hours of driving saved, if all moved"].tolist() == ["11.5", "10.0", "-1.5"]
    assert found.loc["Contact hours that would change provider"].tolist() == ["27.5", "40.0", "+12.5"]
    assert found.loc["Number of them"].tolist() == ["3", "3", "0"]
    assert not found.index.str.contains("Pounds").any()  # not known where prices have no weight


def test_who_may_have_a_block_is_listed_and_why_others_may_not_is_told() -> None:
    blocks = pd.DataFrame({"block_id": ["B001"], "provider_id": ["P1"]})
    found = list_providers(ELIGIBLE, blocks, block_id="B001")
    assert found["provider_id"].tolist() == ["P4", "P2"]
    assert found["label"].tolist() == [
        "Four (P4): +0 model minutes a week beside the cheapest",
        "Two (P2): +70 model minutes a week beside the cheapest",
    ]
    assert tell_barred(ELIGIBLE, block_id="B001") == "Not listed, for they may not have it: 1 lacks live in."
    more = pd.concat([ELIGIBLE, ELIGIBLE.iloc[[2, 2]].assign(reason=["away (3 of 9)", "away (1 of 9)"])])
    assert tell_barred(more, block_id="B001").endswith(": 2 away; 1 lacks live in.")
    assert tell_barred(ELIGIBLE[ELIGIBLE["eligible"]], block_id="B001") == ""


def test_for_a_block_that_was_made_since_who_may_have_some_block_is_listed() -> None:
    found = list_providers(ELIGIBLE, pd.DataFrame({"block_id": ["B009"], "provider_id": ["P2"]}), block_id="B009")
    assert found["label"].tolist() == ["Four (P4)", "One (P1)"]
    assert tell_barred(ELIGIBLE, block_id="B009").endswith(": 1 may have no block of this plan.")


def test_blocks_that_changed_are_those_with_other_places_or_another_provider() -> None:
    def zone(name: str, provider: str, *postcodes: str) -> dict[str, object]:
        return {"block_id": name, "provider_id": provider, "postcodes": list(postcodes)}

    one = {"zones": [zone("B1", "P1", "A", "B"), zone("B2", "P1", "C"), zone("B3", "P1", "D")]}
    other = {"zones": [zone("B1", "P1", "A", "B"), zone("B2", "P2", "C"), zone("B4", "P1", "D")]}
    assert list_changed(one, other) == {"B2", "B3"}
    assert list_changed(one, one) == set()


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
