import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketmap.market.ranking import CHANGES, rank_needs, say_rule, try_weights


def parts(**columns: list[float]) -> pd.DataFrame:
    size = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=pd.Index([f"A{place}" for place in range(size)], name="area_code"))


def test_the_greatest_need_in_every_part_comes_first() -> None:
    table = rank_needs(parts(unmet=[1.0, 5.0, 3.0], waits=[0.1, 0.9, 0.2]), weights={"unmet": 1.0, "waits": 1.0})
    assert list(table.index) == ["A1", "A2", "A0"]
    assert list(table["score"]) == [1.0, 0.5, 0.0]
    assert list(table["rank"]) == [1, 2, 3]
    assert table.loc["A2", "rank_waits"] == 2
    assert table.loc["A2", "ranked_waits"] == 3


def test_weights_decide_where_parts_disagree() -> None:
    frame = parts(unmet=[2.0, 1.0], waits=[0.1, 0.9])
    assert rank_needs(frame, weights={"unmet": 3.0, "waits": 1.0}).loc["A0", "score"] == pytest.approx(0.75)
    assert rank_needs(frame, weights={"unmet": 1.0, "waits": 3.0}).index[0] == "A1"
    assert rank_needs(frame, weights={"waits": 1.0}).loc["A0", "score"] == 0.0


def test_what_is_not_known_is_left_out() -> None:
    table = rank_needs(parts(unmet=[9.0, 1.0, 4.0, np.nan], waits=[np.nan] * 4), weights={"unmet": 1.0, "waits": 1.0})
    assert table.loc["A0", "parts"] == 1
    assert table.loc["A0", "score"] == 1.0
    assert list(table.index)[-1] == "A3"
    assert np.isnan(table.loc["A3", "score"])


def test_one_area_is_neither_first_nor_last_of_any_part() -> None:
    assert rank_needs(parts(unmet=[3.0]), weights={"unmet": 1.0}).loc["A0", "score"] == 0.5
    assert rank_needs(parts(unmet=[]), weights={"unmet": 1.0}).empty


def test_the_first_that_hangs_on_one_weight_is_found_out() -> None:
    # A0 is first by unmet hours alone, A1 by both.
    frame = parts(unmet=[9.0, 8.0, 1.0, 2.0], waits=[0.0, 0.9, 0.8, 0.1])
    table = try_weights(frame, weights={"unmet": 2.0, "waits": 1.0}, first=2).set_index("area_code")
    assert list(table.index) == ["A1", "A0"]
    assert list(table["changes"]) == [2 * len(CHANGES)] * 2
    assert table.loc["A1", "stays"] == 6
    assert table.loc["A0", "stays"] < 6
    assert table.loc["A0", "rank_worst"] > 2


def test_without_any_change_the_ranks_are_their_own() -> None:
    table = try_weights(parts(unmet=[1.0, 2.0]), weights={"unmet": 1.0}, first=1)
    # Halved and doubled, one part alone gives the same order; left out, there is nothing to rank by.
    assert table.loc[0, ["stays", "changes", "rank_best", "rank_worst"]].tolist() == [2, 2, 1, 1]
    assert try_weights(parts(unmet=[]), weights={"unmet": 1.0}).empty


def test_the_rule_names_parts_and_weights() -> None:
    text = say_rule({"unmet": "hours not met", "waits": "long waits"}, weights={"unmet": 2.0, "waits": 0.0})
    assert "hours not met (weight 2)" in text
    assert "long waits" not in text


@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), min_size=2, max_size=9), st.floats(0.1, 9))
def test_scores_lie_between_none_and_one_and_scale_does_not_matter(rows: list[tuple[float, float]], k: float) -> None:
    frame = parts(unmet=[row[0] for row in rows], waits=[row[1] for row in rows])
    table = rank_needs(frame, weights={"unmet": 1.0, "waits": 2.0})
    assert table["score"].between(0, 1).all()
    assert table["score"].is_monotonic_decreasing
    again = rank_needs(frame, weights={"unmet": k, "waits": 2.0 * k})
    assert list(again.index) == list(table.index) or np.allclose(again["score"], table["score"])
