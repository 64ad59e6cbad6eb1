"""The swap list from tables: what may move, what stays, who must agree, and what was decided before."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks.swaps import Confirmation, Marks, SwapList, find_swaps
from marketmap.blocks.swaps.agreement import ICB, PERSON, WORKER
from marketmap.blocks.swaps.case import make_case
from marketmap.blocks.swaps.pairs import allow_moves
from marketmap.blocks.swaps.search import search_moves
from marketmap.errors import InputError, PlanError
from marketmap.settings import BlockSettings
from tests.blocks.mixed_street import mixed_tables
from tests.blocks.small_county import make_times
from tests.blocks.swaps.crossed import EAST, HOMES, WEST, crossed, moves_of, swap_settings

IN_WEST, IN_EAST = f"K{WEST[4]:03d}", f"K{EAST[4]:03d}"
WITH_NEEDS: dict[str, Any] = {"providers": {"A": {"services": "complex"}}}
THE_SWAP = {(IN_WEST, "B", "A"), (IN_EAST, "A", "B")}


def marks(*rows: tuple[str, str, str, str]) -> Marks:
    columns = ["package_id", "from_provider_id", "to_provider_id", "decision"]
    frame = pd.DataFrame(rows, columns=columns)
    return Marks("swap_list.csv", frame.assign(row=np.arange(len(frame)) + 2))


def swap(*, case: dict[str, Any] | None = None, **options: Any) -> SwapList:
    tables, times = crossed(**(case or {}))
    settings = options.pop("settings", swap_settings())
    return find_swaps(tables, times, settings, **options)


def test_two_packages_that_lie_crosswise_change_hands() -> None:
    found = swap()
    assert moves_of(found.moves) == THE_SWAP
    assert found.moves["chain_kind"].tolist() == ["swap", "swap"]
    assert set(found.moves["chain_id"]) == {"S001"}
    assert found.moves["chain_stands_alone"].all()
    assert found.providers["carer_hours_after"].tolist() == found.providers["carer_hours_before"].tolist()
    # A visit far from its like counts a leg of 10 minutes; at home it has two at 1 + 1.5, and brings these half a
    # minute nearer each to their nearest two. 14 visits a week, 0.72 minutes of travel a minute near.
    west = found.moves[found.moves["package_id"] == IN_WEST].iloc[0]
    assert west["minutes_saved_alone"] == pytest.approx(14 * 0.72 * (10.0 - (2.5 - 1.0)), rel=1e-4)


def test_the_estimate_is_between_first_and_last_and_sums_down_the_list() -> None:
    tables = dataclasses.replace(mixed_tables(), visits=None)
    found = find_swaps(tables, make_times(tables.county_postcodes), swap_settings(min_saving_minutes=1.0))
    moves = found.moves
    assert len(moves) > 3
    middle = (moves["minutes_saved_alone"] + moves["minutes_saved_last"]) / 2
    assert moves["minutes_saved_week"].tolist() == pytest.approx(middle.tolist())
    assert moves["cumulative_minutes_saved_week"].iloc[-1] == pytest.approx(moves["minutes_saved_week"].sum())
    assert (moves[["minutes_saved_alone", "minutes_saved_last"]] >= 1.0).all(axis=None)
    total = found.totals.iloc[0]
    assert total["minutes_saved_week"] == pytest.approx(moves["minutes_saved_week"].sum())
    assert total["confirmed_by"] == "not simulated"
    for row in found.providers.to_dict("records"):
        assert row["carer_hours_lowest"] - 1e-6 <= row["carer_hours_after"] <= row["carer_hours_highest"] + 1e-6
    assert found.providers["carer_hours_in"].sum() == pytest.approx(found.providers["carer_hours_out"].sum(), abs=0.1)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param({"packages": {WEST[4]: {"do_not_move": True}}}, id="do not move"),
        pytest.param({"packages": {WEST[4]: {"funding": "self_funded"}}}, id="funding"),
        pytest.param({"packages": {WEST[4]: {"service_type": "reablement"}}}, id="service type"),
        pytest.param({**WITH_NEEDS, "packages": {WEST[4]: {"needs": "dementia"}}}, id="needs"),
        pytest.param({**WITH_NEEDS, "packages": {WEST[4]: {"carers_required": 2}}}, id="two carers"),
        pytest.param({"providers": {"A": {"placements_suspended": True}}}, id="suspended"),
        pytest.param({"providers": {"A": {"on_framework": False}}}, id="framework"),
    ],
)
def test_what_may_not_move_stays_and_so_does_its_partner(case: dict[str, Any]) -> None:
    # Neither provider has an hour to spare, so where one move cannot be the other cannot either.
    assert swap(case=case).moves.empty


def test_an_excluded_rating_takes_nothing() -> None:
    settings = dataclasses.replace(swap_settings(), blocks=BlockSettings(excluded_ratings=("Inadequate",)))
    assert swap(case={"providers": {"A": {"cqc_rating": "Inadequate"}}}, settings=settings).moves.empty
    assert len(swap(case={"providers": {"A": {"cqc_rating": "Inadequate"}}}).moves) == 2


def test_spare_hours_let_one_go_alone_and_no_more_than_they_are() -> None:
    stays = {"packages": {EAST[4]: {"do_not_move": True}}}
    assert moves_of(swap(case={**stays, "providers": {"A": {"hours_spare_week": 10.0}}}).moves) == {(IN_WEST, "B", "A")}
    assert swap(case={**stays, "providers": {"A": {"hours_spare_week": 9.9}}}).moves.empty


def test_the_tolerance_holds_for_who_gives_and_who_takes() -> None:
    stays = {"packages": {EAST[4]: {"do_not_move": True}}, "providers": {"A": {"hours_spare_week": 50.0}}}
    assert len(swap(case=stays, settings=swap_settings(tolerance=0.1)).moves) == 1
    assert swap(case=stays, settings=swap_settings(tolerance=0.099)).moves.empty


def test_no_more_moves_than_asked_for_and_none_that_saves_too_little() -> None:
    assert swap(settings=swap_settings(most_moves=1)).moves.empty  # one alone breaks the hours
    most = swap().moves["minutes_saved_alone"].max()
    assert swap(settings=swap_settings(min_saving_minutes=most + 1)).moves.empty


def test_the_least_saving_is_asked_of_each_move_and_not_of_all_together() -> None:
    # A third move that saves a minute would let a fourth happen; it is not worth asking for.
    tables, times = crossed(providers={"A": {"hours_spare_week": 0.0}})
    case = make_case(tables, times, swap_settings(min_saving_minutes=30.0))
    pair = [int(IN_WEST[1:]), int(IN_EAST[1:])]

    def estimate(holder: np.ndarray) -> np.ndarray:
        """One of the two saves 100 minutes, the other 5."""
        added = np.zeros((len(holder), 2))
        added[pair[0], 1], added[pair[1], 0] = 100.0, 5.0
        return added

    assert not len(search_moves(dataclasses.replace(case, estimate=estimate)).package)
    generous = dataclasses.replace(case, estimate=estimate, settings=swap_settings(min_saving_minutes=5.0))
    assert len(search_moves(generous).package) == 2


def test_a_move_that_needs_a_poor_one_gives_way_to_a_lesser_that_needs_none() -> None:
    tables, times = crossed(providers={"C": {"hours_spare_week": 10.0}})
    case = make_case(tables, times, swap_settings(min_saving_minutes=30.0))
    pair = [int(IN_WEST[1:]), int(IN_EAST[1:])]

    def estimate(holder: np.ndarray) -> np.ndarray:
        """One saves 100 minutes with A, which has no hours for it, and 60 with C; the one to make way saves 5."""
        added = np.full((len(holder), 3), 1000.0)
        added[np.arange(len(holder)), case.holder] = 0.0
        added[pair[0]] = [0.0, 100.0, 40.0]
        added[pair[1]] = [5.0, 0.0, 1000.0]
        return added

    roomy = dataclasses.replace(case, estimate=estimate, highest=np.array([0.0, 0.0, 10.0]))
    found = search_moves(roomy)
    assert list(zip(found.package.tolist(), found.target.tolist(), strict=True)) == [(pair[0], 2)]


def test_only_these_providers() -> None:
    assert swap(only=["A"]).moves.empty
    roomy = {"providers": {"A": {"hours_spare_week": 50.0}, "B": {"hours_spare_week": 50.0}, "C": {}}}
    assert len(swap(case=roomy).moves) == 2
    assert swap(case=roomy, only=["A", "C"]).moves.empty  # nothing that B holds, and nothing to B
    assert moves_of(swap(only=["A", "B"]).moves) == THE_SWAP
    with pytest.raises(PlanError, match="No provider Q"):
        swap(only=["A", "Q"])


def test_a_block_already_let_keeps_its_own_and_takes_only_its_own() -> None:
    tables, times = crossed()
    block = {"block_id": "X1", "guaranteed_hours_week": 50.0, "start_date": pd.Timestamp("2026-01-01")}
    block |= {"status": "active", "price_hour": np.nan, "end_date": pd.NaT}
    ground = pd.DataFrame({"block_id": "X1", "postcode": tables.county_postcodes.index[:HOMES], "sector": pd.NA})
    for owner, moves in (("A", 2), ("B", 0)):
        let = dataclasses.replace(tables, blocks=pd.DataFrame([block | {"provider_id": owner}]), block_areas=ground)
        assert len(find_swaps(let, times, swap_settings()).moves) == moves, owner


def test_in_anothers_block_nobody_else_may_take_a_package() -> None:
    tables, _ = crossed(providers={"C": {}})
    block = {"block_id": "X1", "guaranteed_hours_week": 50.0, "start_date": pd.Timestamp("2026-01-01")}
    block |= {"status": "active", "price_hour": np.nan, "end_date": pd.NaT, "provider_id": "A"}
    ground = pd.DataFrame({"block_id": "X1", "postcode": tables.county_postcodes.index[:HOMES], "sector": pd.NA})
    tables = dataclasses.replace(tables, blocks=pd.DataFrame([block]), block_areas=ground)
    rows = tables.packages.assign(placeable=True, waiting=False)
    allowed = allow_moves(rows, tables, ["A", "B", "C"], settings=BlockSettings())
    assert allowed[WEST[4]].tolist() == [True, False, False]  # B's, in A's block: to A alone
    assert not allowed[WEST[0]].any()  # A's own
    assert allowed[EAST[0]].tolist() == [True, False, True]  # outside


def test_a_lock_keeps_a_provider_out() -> None:
    tables, times = crossed()
    place = tables.packages.loc[WEST[4], "postcode"]
    locks = pd.DataFrame([{"kind": "forbid", "lock_id": "F1", "provider_id": "A", "place": place, "row": 2}])
    assert find_swaps(dataclasses.replace(tables, locks=locks), times, swap_settings()).moves.empty


def test_who_must_agree_and_the_icb_where_the_nhs_pays() -> None:
    found = swap(case={"packages": {WEST[4]: {"funding": "chc"}}}).moves.set_index("package_id")
    assert found.loc[IN_WEST, "who_must_agree"] == [PERSON, WORKER, "B", "A", ICB]
    assert found.loc[IN_EAST, "who_must_agree"] == [PERSON, WORKER, "A", "B"]


def log(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    start = pd.Timestamp("2026-09-21 07:00", tz="Europe/London")
    return pd.DataFrame(
        [
            {
                "visit_id": f"W{number}",
                "carer_id": carer,
                "provider_id": provider,
                "package_id": package,
                "planned_start": start + pd.Timedelta(hours=number),
                "planned_end": start + pd.Timedelta(hours=number + hours),
                "status": "delivered",
            }
            for number, (carer, provider, package, hours) in enumerate(rows)
        ]
    )


def test_tupe_is_named_where_over_half_of_a_carers_hours_move() -> None:
    tables, times = crossed()
    visits = log(
        ("more", "B", IN_WEST, 0.6), ("more", "B", "K019", 0.5), ("half", "B", IN_WEST, 0.5), ("half", "B", "K019", 0.5)
    )
    found = find_swaps(dataclasses.replace(tables, visits=visits), times, swap_settings()).moves.set_index("package_id")
    assert found.loc[IN_WEST, "carers_over_half"] == ["more"]
    assert found["tupe_advice"].to_dict() == {IN_WEST: "take TUPE advice", IN_EAST: ""}
    assert swap().moves["tupe_advice"].unique().tolist() == ["needs table visits"]


def test_prices_and_work_nearby_stand_beside() -> None:
    case = {"packages": {WEST[4]: {"price_hour": 25.0}, EAST[4]: {"price_hour": np.nan}}}
    case["providers"] = {"A": {"price_hour": 22.0}, "B": {"price_hour": np.nan}}
    found = swap(case=case).moves.set_index("package_id")
    assert found.loc[IN_WEST, "pounds_more_week"] == pytest.approx(-30.0)
    assert np.isnan(found.loc[IN_EAST, "pounds_more_week"])
    assert found.loc[IN_EAST, "price_from"] == 22.0  # the package carries none: its provider's
    # A minute a home, five minutes near: all nine others of the village.
    assert found.loc[IN_WEST, "from_visits_near"] == 0.0
    assert found.loc[IN_WEST, "to_visits_near"] == pytest.approx(9 * 14.0)


def test_accepted_moves_stay_and_refused_ones_do_not_come_back() -> None:
    kept = swap(marks=marks((IN_WEST, "B", "A", "accepted")))
    assert moves_of(kept.moves) == THE_SWAP
    assert kept.moves.set_index("package_id")["decision"].to_dict() == {IN_WEST: "accepted", IN_EAST: ""}
    gone = swap(marks=marks((IN_WEST, "B", "A", "refused"))).moves
    assert gone[["package_id", "chain_kind", "decision"]].to_numpy().tolist() == [[IN_WEST, "refused", "refused"]]
    assert gone["minutes_saved_week"].isna().all()


def test_a_refusal_of_what_the_tables_lack_is_told_with_its_rows() -> None:
    told = swap(marks=marks(("K-gone", "A", "B", "refused"), (IN_WEST, "B", "Z", "refused"))).notes
    assert sum("Refused moves of which the package is not visited" in note for note in told) == 1
    assert "not in the tables: 2 (" in told[0]
    assert "row 2, 3)" in told[0]
    fitting = swap(marks=marks((IN_WEST, "B", "A", "refused"))).notes
    assert not any("Refused moves" in note for note in fitting)


def test_an_accepted_move_stays_though_it_saves_too_little() -> None:
    settings = swap_settings(min_saving_minutes=10_000.0)
    both = marks((IN_WEST, "B", "A", "accepted"), (IN_EAST, "A", "B", "accepted"))
    assert moves_of(swap(marks=both, settings=settings).moves) == THE_SWAP


def test_accepted_moves_that_nothing_balances_are_an_error_that_names_who() -> None:
    case = {"packages": {EAST[4]: {"do_not_move": True}}}
    with pytest.raises(PlanError, match=r"A \+10.0 carer hours a week, allowed from -10.0 to 0.0"):
        swap(case=case, marks=marks((IN_WEST, "B", "A", "accepted")))


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (("K999", "B", "A", "accepted"), "package_id", "not in the tables"),
        ((IN_WEST, "B", "Q", "accepted"), "to_provider_id", "not in the tables"),
        ((IN_WEST, "A", "B", "accepted"), "from_provider_id", "with another provider now"),
        (("K000", "A", "A", "accepted"), "decision", "cannot be"),
    ],
)
def test_a_mark_that_does_not_fit_names_its_row(row: tuple[str, str, str, str], column: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        swap(marks=marks((IN_EAST, "A", "B", ""), row))
    (fault,) = caught.value.faults
    assert (fault.column, fault.rows) == (column, (3,))
    assert words in fault.what


def test_rounds_that_confirm_are_told_beside_the_estimate() -> None:
    seen = {}

    def confirm(before: pd.Series, after: pd.Series) -> Confirmation:
        seen["changed"] = before.index[before != after].tolist()
        return Confirmation(321.0, 300.0, 350.0, 3.0, pd.Series({"A": 200.0}), "a test's rounds")

    found = swap(confirm=confirm)
    assert sorted(seen["changed"]) == sorted([IN_WEST, IN_EAST])
    assert found.totals.loc[0, ["confirmed_minutes_saved_week", "confirmed_by"]].tolist() == [321.0, "a test's rounds"]
    assert found.providers.set_index("provider_id")["minutes_confirmed"].to_dict()["A"] == 200.0
    assert any("321 minutes a week saved (300 to 350) and 3 rounds" in note for note in found.notes)


@pytest.mark.parametrize("turns", [1, 3])
def test_moves_that_no_longer_pay_once_others_are_made_are_dropped(turns: int) -> None:
    tables, times = crossed(providers={"A": {"hours_spare_week": 99.0}, "B": {"hours_spare_week": 99.0}})

    def estimate(holder: np.ndarray) -> np.ndarray:
        """Each of two packages saves 100 minutes alone; once the other has moved there is nothing left to save."""
        added = np.zeros((len(holder), 2))
        pair = [int(IN_WEST[1:]), int(IN_EAST[1:])]
        home = np.array([1, 0])
        for at, own in enumerate(pair):
            other = pair[1 - at]
            still = holder[other] == home[1 - at]
            added[own, home[at]] = 100.0 if still else 10.0
        return added

    found = find_swaps(tables, times, swap_settings(tolerance=1.0, relinearise=turns), estimate=estimate)
    assert len(found.moves) <= 1
    assert (found.moves["minutes_saved_last"] >= 30.0).all()


def test_the_same_input_gives_the_same_list() -> None:
    tables = dataclasses.replace(mixed_tables(), visits=None)
    times = make_times(tables.county_postcodes)
    one, other = (find_swaps(tables, times, swap_settings(min_saving_minutes=1.0)).moves for _ in range(2))
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize("status", ["waiting", "suspended"])
def test_a_county_where_nobody_is_visited_has_an_empty_list(status: str) -> None:
    holder = {"provider_id": None} if status == "waiting" else {}
    packages = {home: {"status": status, **holder} for home in (*WEST, *EAST)}
    found = swap(case={"packages": packages})
    assert found.moves.empty
    assert found.totals["moves"].tolist() == [0]
    assert "chain_id" in found.moves
