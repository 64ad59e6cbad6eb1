"""Plans on streets small enough to reason about: what must and must not be in a block, and why."""

import dataclasses
import importlib

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks import Locks, Plan, Stop, propose
from marketmap.blocks.zone_problem import ZoneProblem, ZoneResult
from marketmap.errors import PlanError
from marketmap.inputs.county import Tables
from marketmap.outputs.schema.block import BLOCK_PROPOSALS, ELIGIBLE_PROVIDERS
from marketmap.settings import BlockSettings, Settings
from tests.blocks.small_county import DISTRICT, make_rounds, make_street, make_tables, make_times

QUICK = Stop(max_iterations=200)


def settings_with(**values: object) -> Settings:
    blocks = {
        "min_hours": 20.0,
        "max_hours": 100.0,
        "block_cost_minutes": 10.0,
        "move_minutes_hour": 0.5,
        "share_cap": 1.0,
        "round_hours": 6.0,
        **values,
    }
    return Settings(blocks=BlockSettings(**blocks))  # type: ignore[arg-type]


def two_towns(**provider: object) -> Tables:
    """Two towns 40 km apart, A at work in one and B in the other, with people waiting at the ends of each."""
    street = make_street(10)
    street.loc[street.index[5:], "easting"] += 40_000
    packages = [
        {"postcode": street.index[number], "provider_id": holder, "status": "active" if holder else "waiting"}
        for number, holder in ((0, None), (2, "A"), (4, None), (5, None), (7, "B"), (9, None))
    ]
    tables = make_tables(packages, [{"provider_id": "A", **provider}, {"provider_id": "B"}], postcodes=street)
    return dataclasses.replace(tables, visits=make_rounds(tables.packages))


def solve(tables: Tables, *, locks: Locks | None = None, **values: object) -> Plan:
    return propose(tables, make_times(tables.county_postcodes), settings_with(**values), locks=locks, stop=QUICK)


def test_each_town_becomes_a_block_and_every_postcode_has_an_answer() -> None:
    plan = solve(two_towns())
    assert len(plan.proposals) == 2
    assert plan.status == "optimal"
    assert plan.lower_bound <= plan.objective + 1e-6
    look_up = plan.postcodes.set_index("postcode")
    assert len(look_up) == 10
    assert look_up["block_id"].iloc[:5].nunique() == 1  # noqa: PD101  three rows
    assert look_up["block_id"].iloc[5:].nunique() == 1  # noqa: PD101  three rows
    assert (look_up["reason"] != "").all()
    # A postcode with no package reads exactly like its neighbours with one.
    assert look_up["reason"].iloc[:5].nunique() == 1  # noqa: PD101  three rows


def test_the_guarantee_is_what_is_held_and_waiting_never_the_zone() -> None:
    street = make_street(4)
    packages = [
        {"postcode": street.index[0], "provider_id": "A", "hours_week": 12.0},
        {"postcode": street.index[1], "provider_id": "B", "hours_week": 9.0},
        {"postcode": street.index[2], "provider_id": pd.NA, "hours_week": 7.0, "status": "waiting"},
        {"postcode": street.index[3], "provider_id": "A", "hours_week": 5.0, "do_not_move": True},
    ]
    tables = make_tables(packages, [{"provider_id": "A"}, {"provider_id": "B", "placements_suspended": True}],
                         postcodes=street)  # fmt: skip
    row = solve(tables).proposals.iloc[0]
    assert row["suggested_provider_id"] == "A"
    assert row["hours_zone"] == pytest.approx(28.0)
    assert row["hours_already_with_provider"] == pytest.approx(12.0)
    assert row["hours_with_others"] == pytest.approx(9.0)
    assert row["hours_waiting"] == pytest.approx(7.0)
    assert row["hours_fixed"] == pytest.approx(5.0)
    assert row["hours_guaranteed_start"] == pytest.approx(19.0)
    assert row["void_cost_pounds_week"] == pytest.approx(7.0 * 24.0)
    assert row["annual_value_pounds"] == pytest.approx(19.0 * 24.0 * 52)


def test_the_objective_is_the_sum_of_its_parts() -> None:
    plan = solve(two_towns())
    inside = plan.points["block_id"] != "spot"
    parts = plan.points.loc[inside, ["cost_travel", "cost_rounds", "cost_moves", "cost_price"]].to_numpy().sum()
    assert plan.objective == pytest.approx(parts + plan.points.loc[~inside, "cost_outside"].sum() + 2 * 10.0)
    assert plan.proposals["cost_total"].sum() == pytest.approx(parts + 2 * 10.0)


def test_no_block_is_an_answer() -> None:
    plan = solve(two_towns(), block_cost_minutes=1e6)
    assert plan.proposals.empty
    assert (plan.postcodes["block_id"] == "spot").all()
    assert plan.eligible.empty


@pytest.mark.parametrize(
    ("provider", "reason"),
    [
        ({"placements_suspended": True}, "placements suspended"),
        ({"on_framework": False}, "not on the framework"),
        ({"services": "complex"}, "lacks double_handed"),
        ({"hours_spare_week": 0.0}, "carer hours of room"),
    ],
)
def test_who_cannot_have_a_block_is_told_why(provider: dict[str, object], reason: str) -> None:
    tables = two_towns(**provider)
    tables.packages["carers_required"] = 2
    plan = solve(tables)
    assert set(plan.proposals["suggested_provider_id"]) <= {"B"}
    row = plan.eligible[plan.eligible["provider_id"] == "A"].iloc[0]
    assert not row["eligible"]
    assert reason in row["reason"]


def test_participation_limits_where_and_how_much() -> None:
    tables = two_towns()
    far = tables.county_postcodes.index[5:]
    tables.county_postcodes.loc[far, "sector"] = "LE16 9"
    tables.packages.loc[tables.packages["postcode"].isin(far), "sector"] = "LE16 9"
    participation = pd.DataFrame(
        {"provider_id": ["A", "B"], "area_code": ["LE16 9", "LE16 9"], "max_block_hours": [50.0, 25.0],
         "valid_from": [None, None]}
    )  # fmt: skip
    plan = solve(dataclasses.replace(tables, participation=participation))
    assert plan.proposals["suggested_provider_id"].tolist() == ["A"]
    look_up = plan.postcodes.set_index("postcode")
    assert (look_up.loc[far, "block_id"] != "spot").all()
    assert look_up["reason"].iloc[0] == "No provider takes part in blocks here"
    other = plan.eligible.set_index("provider_id").loc["B"]
    assert "at most 25 block hours" in other["reason"]


def test_a_block_already_let_is_held_as_it_is() -> None:
    tables = two_towns()
    let = list(tables.county_postcodes.index[:2])
    blocks = pd.DataFrame(
        {"block_id": ["B001"], "provider_id": ["B"], "guaranteed_hours_week": [8.0], "status": ["active"],
         "price_hour": [30.0], "end_date": [None]}
    )  # fmt: skip
    areas = pd.DataFrame({"block_id": "B001", "postcode": let, "sector": pd.NA})
    plan = solve(dataclasses.replace(tables, blocks=blocks, block_areas=areas))
    rows = plan.proposals.set_index("block_id")
    assert rows.loc["B001", "status"] == "existing"
    assert rows.loc["B001", "suggested_provider_id"] == "B"
    assert rows.loc["B001", "hours_guaranteed_start"] == pytest.approx(8.0)
    assert rows.loc["B001", "annual_value_pounds"] == pytest.approx(8.0 * 30.0 * 52)
    assert rows.index.is_unique
    held = plan.postcodes.loc[plan.postcodes["block_id"] == "B001", "postcode"]
    assert held.tolist() == let


def test_a_forbidden_pair_is_kept_apart() -> None:
    tables = two_towns()
    plan = solve(tables, locks=Locks(forbidden=(("A", DISTRICT),)))
    assert set(plan.proposals["suggested_provider_id"]) <= {"B"}
    assert "kept out by a lock" in plan.eligible.set_index("provider_id").loc["A", "reason"].iloc[0]


def test_one_postcode_above_the_largest_block_is_named_and_stays_spot() -> None:
    tables = two_towns()
    tables.packages.loc[0, "hours_week"] = 150.0
    plan = solve(tables)
    postcode = tables.packages.loc[0, "postcode"]
    assert plan.points.set_index("postcode").loc[postcode, "block_id"] == "spot"
    assert any("hold more than the largest block" in note for note in plan.notes)
    assert "alone is above the largest block" in plan.postcodes.set_index("postcode").loc[postcode, "reason"]


@pytest.mark.parametrize("carers", [1, 2])
def test_waiting_people_are_never_cheaper_to_forget(carers: int) -> None:
    # Four visits an hour, 14 minutes' drive apart, from a base as far away.
    street = make_street(3, metres=7000.0)
    waiting = {"provider_id": pd.NA, "status": "waiting", "hours_week": 10.0, "visits_week": 40.0}
    packages = [{"postcode": home, "carers_required": carers, **waiting} for home in street.index]
    tables = make_tables(packages, [{"provider_id": "A", "postcode": street.index[2]}], postcodes=street)
    plan = solve(tables, block_cost_minutes=500.0)
    assert plan.proposals["hours_waiting"].sum() == pytest.approx(30.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"on_framework": False}, "No participants"),
        ({"placements_suspended": True}, "No participants"),
    ],
)
def test_no_participants_is_an_input_error(change: dict[str, object], words: str) -> None:
    tables = two_towns()
    for name, value in change.items():
        tables.providers[name] = pd.array([value] * 2, dtype="boolean")
    with pytest.raises(PlanError, match=words):
        solve(tables)


def test_a_minimum_above_all_demand_is_an_input_error() -> None:
    with pytest.raises(PlanError, match="above all demand"):
        solve(two_towns(), min_hours=90.0)


def test_locked_zones_that_claim_one_postcode_are_both_named() -> None:
    tables = two_towns()
    codes = tuple(tables.county_postcodes.index[:2])
    locks = Locks(zones={"north": ("A", codes), "south": ("B", codes[1:])})
    with pytest.raises(PlanError, match=r"north and south both hold postcode"):
        solve(tables, locks=locks)


def test_the_same_seed_and_iterations_give_the_same_plan() -> None:
    one, two = solve(two_towns()), solve(two_towns())
    pd.testing.assert_frame_equal(one.points, two.points)
    assert one.objective == two.objective


def test_inputs_are_not_changed() -> None:
    tables = two_towns()
    before = tables.packages.copy()
    solve(tables)
    pd.testing.assert_frame_equal(tables.packages, before)


def test_price_above_usual_costs_minutes() -> None:
    tables = two_towns(price_hour=34.0)
    cheap = solve(tables, price_minutes_pound=0.0).proposals
    assert set(cheap["suggested_provider_id"]) == {"A", "B"}
    # B drives 80 minutes each way for five rounds; A asks 10 pounds above the usual for 30 hours.
    dear = solve(tables, price_minutes_pound=4.0)
    assert set(dear.proposals["suggested_provider_id"]) == {"B"}
    near = dear.proposals["centre_postcode"].isin(tables.county_postcodes.index[:5])
    block = dear.proposals.loc[near, "block_id"].iloc[0]
    audit = dear.eligible[dear.eligible["block_id"] == block].set_index("provider_id")
    assert audit.loc["A", "minutes_week"] > audit.loc["B", "minutes_week"]
    assert "could have it for" in audit.loc["A", "reason"]


def test_frames_carry_the_columns_that_are_written() -> None:
    for plan in (solve(two_towns()), solve(two_towns(), block_cost_minutes=1e6)):
        assert (*plan.proposals.columns, "basis") == BLOCK_PROPOSALS.names
        assert tuple(plan.eligible.columns) == ELIGIBLE_PROVIDERS.names


@pytest.mark.parametrize(
    ("ended", "error"), [("user", KeyboardInterrupt), ("guard", PlanError), ("seconds", PlanError)]
)
def test_a_search_that_was_cut_off_before_its_first_block_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, ended: str, error: type[BaseException]
) -> None:
    def cut_off(problem: ZoneProblem, **_options: object) -> ZoneResult:
        none = np.zeros(0, dtype=np.int64)
        outside = np.full(problem.points, -1)
        return ZoneResult(outside, none, none, 9.0, 0.0, 1.0, "feasible", 0, 1.0, ended=ended)

    monkeypatch.setattr(importlib.import_module("marketmap.blocks.propose"), "solve_zones", cut_off)
    with pytest.raises(error, match=r"[Bb]lock was found"):
        solve(two_towns())
    monkeypatch.setattr(
        importlib.import_module("marketmap.blocks.propose"),
        "solve_zones",
        lambda problem, **_: dataclasses.replace(cut_off(problem), ended="iterations"),
    )
    assert solve(two_towns()).proposals.empty
