"""Access scores against a second opinion (PySAL's `access`), published figures and the definitions by brute force."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from access import Access
from access.weights import step_fn
from hypothesis import given, settings
from hypothesis import strategies as st

from marketmap.errors import MarketError
from marketmap.market import access_scores, raam_cost

PUBLISHED = Path(__file__).parents[3] / "shared" / "published" / "access"
STEPS = {10: 1.0, 20: 0.68, 30: 0.22}
WAN = {10: 0.962, 20: 0.704, 30: 0.377, 60: 0.042}


def make_case(seed: int, *, whole_minutes: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make demand, supply and minutes up; some pairs have no way, some places nothing."""
    rng = np.random.default_rng(seed)
    places, sites = int(rng.integers(1, 40)), int(rng.integers(1, 12))
    minutes = rng.uniform(0, 70, (places, sites))
    if whole_minutes:
        minutes = minutes.round()  # so that some lie exactly on a threshold
    minutes[rng.random((places, sites)) < 0.15] = np.inf
    demand = rng.integers(0, 400, places).astype(float)
    supply = np.where(rng.random(sites) < 0.2, 0.0, rng.integers(1, 300, sites)).astype(float)
    return minutes, demand, supply


def ask_peer(minutes: np.ndarray, demand: np.ndarray, supply: np.ndarray) -> Access:
    origins, sites = [f"o{i:03d}" for i in range(len(demand))], [f"s{j:03d}" for j in range(len(supply))]
    pairs = pd.DataFrame(minutes, index=origins, columns=sites).rename_axis("origin").reset_index()
    pairs = pairs.melt("origin", var_name="dest", value_name="cost")
    return Access(
        demand_df=pd.DataFrame({"demand": demand}, index=pd.Index(origins, name="origin")),
        demand_value="demand",
        supply_df=pd.DataFrame({"supply": supply}, index=pd.Index(sites, name="dest")),
        supply_value="supply",
        cost_df=pairs[np.isfinite(pairs["cost"])].reset_index(drop=True),
        cost_origin="origin",
        cost_dest="dest",
        cost_name="cost",
    )


def peer_scores(peer: Access, method: str, *, threshold: float, weights: dict[float, float]) -> np.ndarray:
    if method == "2sfca":
        peer.two_stage_fca(name="x", max_cost=threshold)
    elif method == "e2sfca":
        peer.enhanced_two_stage_fca(name="x", max_cost=threshold, weight_fn=step_fn(weights))
    else:
        peer.three_stage_fca(name="x", max_cost=threshold, weight_fn=step_fn(weights))
    # The peer leaves out who reaches nothing, and divides by a demand of 0.
    return peer.access_df["x_supply"].replace(np.inf, 0.0).fillna(0.0).to_numpy()


@pytest.mark.parametrize("method", ["2sfca", "e2sfca", "3sfca"])
@pytest.mark.parametrize("threshold", [20, 30, 60])
def test_scores_equal_the_peers_on_random_cases(method: str, threshold: float) -> None:
    weights = WAN if method == "3sfca" else STEPS
    for seed in range(12):
        minutes, demand, supply = make_case(seed, whole_minutes=seed % 2 == 0)
        peer = ask_peer(minutes, demand, supply)
        if not np.isfinite(minutes).any():
            continue  # nothing to ask the peer
        ours = access_scores(minutes, demand, supply, method=method, threshold_minutes=threshold)
        theirs = peer_scores(peer, method, threshold=threshold, weights=weights)
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_weights_with_text_keys_equal_numbers() -> None:
    minutes, demand, supply = make_case(3)
    text = {str(key): weight for key, weight in STEPS.items()}
    for method in ("e2sfca", "3sfca"):
        by_number = access_scores(minutes, demand, supply, method=method, weights=STEPS)
        pd.testing.assert_series_equal(access_scores(minutes, demand, supply, method=method, weights=text), by_number)


@pytest.mark.parametrize("tau", [15, 60])
def test_raam_equals_the_peers_on_random_cases(tau: float) -> None:
    compared = 0
    for seed in range(30):
        minutes, demand, supply = make_case(seed)
        open_ = supply > 0
        if not open_.any() or not np.isfinite(minutes[:, open_]).any():
            continue
        # The peer takes the first supply for a place that reaches only those that are closed, and so crowds it.
        minutes[~np.isfinite(minutes[:, open_]).any(axis=1)] = np.inf
        if not (demand[np.isfinite(minutes).any(axis=1)] > 0).any():
            continue
        peer = ask_peer(minutes, demand, supply)
        peer.raam(name="x", tau=tau)
        theirs = peer.access_df["x_supply"].to_numpy()
        ours = raam_cost(minutes, demand, supply, tau=tau).to_numpy()
        asked = ~np.isnan(theirs)
        assert np.isinf(ours[(demand > 0) & ~asked]).all()  # the peer leaves out who reaches nothing
        np.testing.assert_allclose(ours[asked], theirs[asked], rtol=1e-9, atol=1e-9)
        compared += int(asked.sum())
    assert compared > 300


def test_luo_and_wang_2003() -> None:
    if not PUBLISHED.exists():
        pytest.skip("the published figures of Luo and Wang 2003 are not beside the project (../shared/published)")
    costs = pd.read_csv(PUBLISHED / "luo_wang_2003_fig3_costs.csv")
    supply = pd.read_csv(PUBLISHED / "luo_wang_2003_fig3_supply.csv").set_index("dest")["supply"]
    expected = pd.read_csv(PUBLISHED / "luo_wang_2003_fig3_expected.csv").set_index("origin")
    minutes = costs.pivot_table(index="origin", columns="dest", values="cost")
    scores = access_scores(minutes, expected["demand"], supply, method="2sfca", threshold_minutes=30)
    np.testing.assert_allclose(scores, expected["expected_2sfca_t30"], atol=1e-12)
    assert scores.index.equals(expected.index)


@given(st.integers(0, 10_000), st.sampled_from(["2sfca", "e2sfca", "3sfca"]))
@settings(max_examples=40)
def test_what_is_handed_out_is_the_supply_that_demand_can_reach(seed: int, method: str) -> None:
    minutes, demand, supply = make_case(seed)
    scores = access_scores(minutes, demand, supply, method=method)
    within = minutes <= 30
    reached = (within * demand[:, None]).sum(axis=0) > 0
    assert (scores * demand).sum() == pytest.approx(supply[reached].sum())
    assert (scores[~within.any(axis=1)] == 0).all()


def test_a_place_exactly_at_the_threshold_counts() -> None:
    minutes = np.array([[30.0, 30.0001]])
    assert access_scores(minutes, [2.0], [8.0, 6.0], method="2sfca").tolist() == [4.0]
    # 20 minutes still have the weight of the second step; the weight cancels where one place presses alone.
    two = access_scores(np.array([[20.0], [10.0]]), [1.0, 1.0], [1.68], method="e2sfca", weights=STEPS)
    assert two.tolist() == pytest.approx([0.68, 1.0])


def test_labels_decide_over_position() -> None:
    minutes = pd.DataFrame([[5.0, 50.0], [50.0, 5.0]], index=["a", "b"], columns=["x", "y"])
    demand = pd.Series([2.0, 1.0], index=["b", "a"])
    supply = pd.Series([10.0, 3.0], index=["y", "x"])
    scores = access_scores(minutes, demand, supply, method="2sfca")
    assert scores.to_dict() == {"b": 5.0, "a": 3.0}
    assert list(raam_cost(minutes, demand, supply, tau=60).index) == ["b", "a"]
    # Numbers are labels too; what was never labelled stands as it is.
    numbered = minutes.set_axis(pd.RangeIndex(2)).set_axis(pd.RangeIndex(2), axis="columns")
    swapped = access_scores(numbered, pd.Series([2.0, 1.0], index=[1, 0]), [3.0, 10.0], method="2sfca")
    assert swapped.to_dict() == {1: 5.0, 0: 3.0}
    assert access_scores(numbered, demand[::-1], [3.0, 10.0], method="2sfca").to_dict() == {"a": 3.0, "b": 5.0}


@pytest.mark.parametrize("method", ["2sfca", "e2sfca", "3sfca"])
def test_nothing_gives_nothing(method: str) -> None:
    assert access_scores(np.empty((0, 3)), [], [1, 2, 3], method=method).empty
    assert access_scores(np.empty((2, 0)), [1, 2], [], method=method).tolist() == [0.0, 0.0]
    assert access_scores([[5.0]], [0.0], [4.0], method=method).tolist() == [0.0]
    assert access_scores([[5.0]], [4.0], [0.0], method=method).tolist() == [0.0]
    assert access_scores([[np.nan]], [4.0], [1.0], method=method).tolist() == [0.0]
    assert access_scores([[5.0]], [4.0], [2.0], method=method).tolist() == pytest.approx([0.5])


def test_congestion_without_demand_or_supply() -> None:
    assert raam_cost(np.empty((0, 2)), [], [1, 2], tau=60).empty
    assert raam_cost(np.empty((2, 0)), [1, 2], [], tau=60).tolist() == [np.inf, np.inf]
    assert raam_cost([[30.0]], [5.0], [0.0], tau=60).tolist() == [np.inf]
    assert raam_cost([[30.0]], [0.0], [5.0], tau=60).tolist() == [0.5]
    # One place, one supply: average crowding by definition, and half a tau of travel.
    assert raam_cost([[30.0]], [7.0], [5.0], tau=60).tolist() == [1.5]
    # The second place has nobody in it: the first unit there would meet the same crowding.
    assert raam_cost([[30.0], [6.0]], [7.0, 0.0], [5.0], tau=60).tolist() == pytest.approx([1.5, 1.1])


def test_nobody_gains_much_by_going_elsewhere() -> None:
    rng = np.random.default_rng(1)
    minutes = rng.uniform(1, 40, (30, 5))
    demand, supply = rng.integers(2_000, 9_000, 30).astype(float), rng.integers(1_000, 5_000, 5).astype(float)
    cost = raam_cost(minutes, demand, supply, tau=60)
    nearest = minutes.min(axis=1) / 60
    assert (cost > nearest).all()
    # Where travel costs nothing, all supply is as crowded as the mean but for what the last, smallest moves leave.
    alone = raam_cost(minutes, demand, supply, tau=1e9)
    np.testing.assert_allclose(alone, 1.0, atol=0.1)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"method": "4sfca"}, "no method"),
        ({"demand": [1.0]}, "shape"),
        ({"demand": [-1.0, 2.0]}, "demand holds a value that is negative"),
        ({"supply": [np.nan, 2.0]}, "supply holds a value that is negative or not a finite number"),
        ({"demand": ["a", "b"]}, "not a number"),
        ({"minutes": [[-1.0, 2.0], [3.0, 4.0]]}, "negative time"),
        ({"threshold_minutes": -5}, "threshold_minutes"),
        ({"threshold_minutes": np.nan}, "threshold_minutes"),
        ({"weights": {"10": -1.0}}, "weights"),
        ({"weights": {"near": 1.0}}, "weights"),
        ({"weights": {}}, "at least one"),
        ({"weights": {"10": 1.0, 10: 0.5}}, "each once"),
        ({"weights": [1.0]}, "weights must be a table"),
        ({"threshold_minutes": None}, "threshold_minutes"),
        ({"method": None}, "no method"),
    ],
)
def test_bad_input_is_told(change: dict[str, object], told: str) -> None:
    given_: dict[str, object] = {
        "minutes": [[1.0, 2.0], [3.0, 4.0]], "demand": [1.0, 2.0], "supply": [1.0, 2.0], "method": "e2sfca",
    }  # fmt: skip
    given_ |= change
    table, demand, supply = (given_.pop(name) for name in ("minutes", "demand", "supply"))
    with pytest.raises(MarketError, match=told):
        access_scores(table, demand, supply, **given_)


@pytest.mark.parametrize("method", ["2sfca", "e2sfca", "3sfca"])
def test_no_way_is_out_of_reach_of_the_widest_catchment(method: str) -> None:
    minutes = [[np.inf, 5.0], [np.inf, 5.0]]
    scores = access_scores(minutes, [1.0, 1.0], [9.0, 4.0], method=method, threshold_minutes=np.inf,
                           weights={np.inf: 1.0})  # fmt: skip
    assert scores.tolist() == [2.0, 2.0]


def test_as_other_people_write_it() -> None:
    lists: list[list[int]] = [[5, 20], [10, 30]]
    expected = access_scores(np.array(lists, dtype=float), [10.0, 20.0], [3.0, 4.0], method="e2sfca", weights=STEPS)
    assert expected.name == "e2sfca"
    backwards = dict(reversed(list({str(key): weight for key, weight in STEPS.items()}.items())))
    for minutes, weights in ((lists, STEPS), (pd.DataFrame(lists, dtype="Int64"), backwards), (tuple(lists), STEPS)):
        found = access_scores(minutes, pd.Series([10, 20], dtype="Int64"), [3, 4], method="E2SFCA",
                              threshold_minutes=np.int64(30), weights=weights)  # fmt: skip
        pd.testing.assert_series_equal(found, expected)
    missing = pd.DataFrame(lists, dtype="Int64").mask(lambda frame: frame == 30)
    assert access_scores(missing, [10, 20], [3, 4], method="2sfca").tolist() == pytest.approx([0.5, 0.1])


def test_labels_that_do_not_fit_are_told() -> None:
    minutes = pd.DataFrame([[1.0]], index=["a"], columns=["x"])
    with pytest.raises(MarketError, match="labels of demand"):
        access_scores(minutes, pd.Series([1.0], index=["b"]), [1.0], method="2sfca")


@pytest.mark.parametrize("tau", [0, -1, np.inf, np.nan, None, "far"])
def test_a_tau_that_is_no_time_is_told(tau: Any) -> None:
    with pytest.raises(MarketError, match="tau"):
        raam_cost([[1.0]], [1.0], [1.0], tau=tau)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"minutes": np.ones((2, 1), dtype=complex)}, "minutes holds complex128, not plain figures"),
        ({"minutes": [[1.0], [-2.0]]}, "minutes holds a negative time, first at row 1, column 0"),
        ({"demand": pd.Series(pd.to_timedelta([1, 2], unit="h"))}, "demand holds timedelta64"),
        ({"demand": pd.Series(pd.to_datetime(["2026-01-01", "2026-01-02"]))}, "demand holds datetime64"),
        ({"demand": np.ma.masked_array([1.0, 2.0], mask=[False, True])}, "demand .* first at position 1"),
        ({"supply": [10**400]}, "supply holds a value that is not a number"),
    ],
)
def test_what_would_turn_into_other_figures_is_refused(change: dict[str, Any], text: str) -> None:
    given: dict[str, Any] = {"minutes": [[1.0], [2.0]], "demand": [1.0, 2.0], "supply": [3.0]}
    with pytest.raises(MarketError, match=f"^{text}"):
        access_scores(**given | change, method="2sfca")


def test_a_masked_time_is_no_way() -> None:
    minutes = np.ma.masked_array([[1.0, 5.0]], mask=[[False, True]])
    assert access_scores(minutes, [2.0], [3.0, 100.0], method="2sfca").tolist() == [1.5]
