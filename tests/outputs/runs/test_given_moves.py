"""Moves that rounds are given are of packages and providers that there are, and of today."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pandas as pd
import pytest

from marketmap.errors import InputError
from marketmap.inputs.county import Tables
from marketmap.outputs.runs.given_moves import hold_moves

TABLES = cast(
    "Tables",
    SimpleNamespace(
        packages=pd.DataFrame({"package_id": ["K1", "K2", "K3"], "provider_id": ["A", "B", pd.NA]}),
        providers=pd.DataFrame({"provider_id": ["A", "B"]}),
    ),
)


def hold(*moves: tuple[str, str, str]) -> list[str]:
    names = ["package_id", "from_provider_id", "to_provider_id"]
    return hold_moves(pd.DataFrame([*moves], columns=names), TABLES, file="swap_list.csv")


def test_moves_of_today_are_held_in_silence() -> None:
    assert hold(("K1", "A", "B"), ("K2", "B", "A")) == []
    assert hold() == []


def test_what_the_tables_do_not_hold_is_refused_with_its_rows() -> None:
    with pytest.raises(InputError) as fault:
        hold(("K1", "A", "Z"), ("K9", "A", "B"))
    told = str(fault.value)
    assert "swap_list.csv, column to_provider_id, row 2: 1 moves of what the tables do not hold" in told
    assert "swap_list.csv, column package_id, row 3: 1 moves" in told


def test_a_package_that_left_its_provider_since_is_told_of() -> None:
    (note,) = hold(("K1", "A", "B"), ("K2", "A", "B"), ("K3", "A", "B"))
    assert "2 of its 3 moves are of packages that are no longer with the provider" in note
    assert "row 3, 4)" in note
