"""Rows by area: what every measure's table begins with, and in which order."""

import pandas as pd

from marketmap.market.area_rows import head_rows


def test_what_has_no_place_comes_last_whatever_the_areas_are_called() -> None:
    rows = head_rows(pd.DataFrame({"waits": [1, 2, 3]}, index=["urban", "unplaced", "rural"]), by="rural")
    assert rows.columns.tolist() == ["level", "area_code", "waits"]
    assert rows.to_numpy().tolist() == [["rural", "rural", 3], ["rural", "urban", 1], ["rural", "unplaced", 2]]
    assert rows.index.tolist() == [0, 1, 2]
