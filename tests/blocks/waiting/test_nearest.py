"""The nearest providers of every postcode."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.blocks.waiting import find_nearest_providers
from tests.blocks.waiting_street import street_of_waiting, waiting_settings


def nearest(**providers: dict[str, object]) -> pd.DataFrame:
    tables, times = street_of_waiting({}, providers=providers)
    east = tables.county_postcodes["easting"].to_numpy(float)

    def measure(centres: pd.DataFrame) -> np.ndarray:
        return (np.abs(east[:, None] - centres["easting"].to_numpy(float)[None, :]) / 500).astype(np.float32)

    return find_nearest_providers(tables, times, waiting_settings(nearest_providers=2), measure=measure)


def test_who_works_nearest_comes_first_with_the_minutes_to_the_middle_of_its_work() -> None:
    found = nearest()
    # A works at homes 0 to 4, B at 15 to 19: their middles are 2 and 17.
    assert found["nearest_provider_ids"].iloc[[0, 19]].tolist() == [["A", "B"], ["B", "A"]]
    assert found["nearest_minutes"].iloc[5] == ["3.0", "12.0"]
    assert len(found) == 20


def test_who_takes_no_placements_or_has_no_work_is_not_named() -> None:
    found = nearest(B={"placements_suspended": True}, C={"hours_spare_week": 50.0})
    assert found["nearest_provider_ids"].tolist() == [["A"]] * 20


def test_where_nobody_can_be_named_the_lists_are_empty() -> None:
    found = nearest(A={"placements_suspended": True}, B={"placements_suspended": True})
    assert found["nearest_provider_ids"].tolist() == [[]] * 20
