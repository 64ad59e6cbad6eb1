"""A swap list as the page tells it: sums, chains, decisions laid over and gathered, and where a chain lies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks.swaps import find_swaps
from marketmap.errors import InputError
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.maps.swap_map import AROUND_METRES, pick_near
from marketmap.outputs.runs.swap_marks import marks_of_page, read_marked_bytes
from marketmap.outputs.schema.swap import SWAP_LIST
from marketmap.outputs.views.swap_view import (
    SwapFiles,
    gather_marks,
    lay_marks,
    list_chains,
    place_chain,
    read_swaps,
    tell_chain,
    tell_decisions,
    tell_totals,
)
from tests.blocks.swaps.crossed import crossed, swap_settings


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> SwapFiles:
    from marketmap.outputs.schema.swap import SWAP_PROVIDERS, SWAP_TOTALS

    found = find_swaps(*crossed(), swap_settings())
    folder = tmp_path_factory.mktemp("swaps")
    for frame, table in ((found.moves, SWAP_LIST), (found.providers, SWAP_PROVIDERS), (found.totals, SWAP_TOTALS)):
        path = folder / table.path
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(encode_table(frame.assign(basis="made up"), table))
    return read_swaps(folder)


def test_a_list_is_told_by_its_sums_and_says_what_was_not_simulated(files: SwapFiles) -> None:
    told = tell_totals(files.totals)
    assert told["Packages that could change hands"] == "2 in 1 chains"
    assert told["Carer hours a week that move"] == "20.0"
    assert told["Minutes saved a week, simulated"] == "not simulated"
    totals = files.totals.copy()
    totals["confirmed_minutes_saved_week"], totals["confirmed_low"], totals["confirmed_high"] = 1234.0, -5.0, 2000.0
    assert tell_totals(totals)["Minutes saved a week, simulated"] == "1,234 (-5 to 2,000)"


def test_a_chain_is_told_with_who_must_agree_and_hostile_names_stay_text(files: SwapFiles) -> None:
    part = files.moves.assign(to_provider_name="<img src=x onerror=alert(1)>")
    markup = tell_chain(part)
    assert markup.count("<li>") == 2
    assert "the social worker" in markup
    assert "<img" not in markup
    assert "a swap of two".capitalize() in markup
    assert "stay within the tolerance even if no other chain is made" in markup
    assert "other chains must be made with it" in tell_chain(files.moves.assign(chain_stands_alone=False))


def test_decisions_go_round_through_the_file_and_the_page(files: SwapFiles) -> None:
    assert gather_marks(files.moves) == []
    keys = files.moves[["package_id", "from_provider_id", "to_provider_id"]].to_numpy().tolist()
    marks = [(*keys[0], "accepted"), (*keys[1], "refused"), ("K999", "A", "B", "refused")]
    laid, strange = lay_marks(files.moves, marks)
    assert strange == 1
    assert gather_marks(laid) == marks[:2]
    assert read_marked_bytes(encode_table(laid, SWAP_LIST), "../=evil.csv") == marks[:2]
    made = marks_of_page(marks)
    assert made is not None
    assert made.refused()["package_id"].tolist() == [keys[1][0], "K999"]
    assert made.accepted()["row"].tolist() == [1]
    assert marks_of_page([]) is None


def test_refused_moves_are_no_chain(files: SwapFiles) -> None:
    assert list_chains(files.moves)["label"].tolist() == [
        f"S001: 2 packages, a swap of two, {files.moves['minutes_saved_week'].sum():,.0f} minutes a week"
    ]
    assert list_chains(files.moves.assign(decision="refused")).empty


def test_what_is_decided_on_a_chain_is_told(files: SwapFiles) -> None:
    assert tell_decisions(files.moves) == "Nothing is decided on it."
    assert tell_decisions(files.moves.assign(decision=["accepted", ""])) == "Of its packages 1 accepted, 1 open."
    assert tell_decisions(files.moves.assign(decision="refused")) == "Of its packages 2 refused."


def test_an_uploaded_list_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="swap_list"):
        read_marked_bytes(b"postcode\nGL1 1AA\n", "other.csv")
    with pytest.raises(InputError, match="decision"):
        read_marked_bytes(b"package_id,from_provider_id,to_provider_id,decision\nK1,A,B,perhaps\n", "list.csv")


def test_a_chain_lies_where_its_packages_are_among_what_its_providers_deliver(files: SwapFiles) -> None:
    tables, _ = crossed()
    names = tables.providers.set_index("provider_id")["provider_name"]
    moves, held = place_chain(files.moves, tables.packages, names)
    assert len(moves) == 2
    assert set(held["provider_id"]) == {"A", "B"}
    near = pick_near(held, moves)
    assert not set(near["package_id"]) & set(moves["package_id"])
    # Every other home of both villages lies within 2.5 km of the package that moves; one far off does not.
    assert len(near) == 18
    far = held.iloc[[0]].assign(package_id="K900", easting=held["easting"].max() + AROUND_METRES + 1.0)
    assert len(pick_near(pd.concat([held, far]), moves)) == 18
    gone = tables.packages.assign(easting=np.nan)
    assert place_chain(files.moves, gone, names)[0].empty


def test_no_file_is_left_of_an_upload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    read_marked_bytes(b"package_id,from_provider_id,to_provider_id,decision\nK1,A,B,accepted\n", "list.csv")
    assert list(tmp_path.iterdir()) == []
