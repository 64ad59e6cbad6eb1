"""Who else could have a block, who could step in, and what a block gains: held against hand reckoning."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks.gains import GAIN_COLUMNS, explain_gain
from marketmap.blocks.next_providers import _list_blocks, _tell_backups
from marketmap.inputs.county import Tables
from marketmap.outputs.plans.summary import note_guarantees, summarise
from tests.blocks.small_county import make_rounds, make_street, make_tables
from tests.blocks.test_propose import solve, two_towns


def one_street(**changes: dict[str, object]) -> Tables:
    """One block's worth of work, A's but for ten hours of B and ten that wait; C and D have none."""
    street = make_street(4)
    packages = [
        {"postcode": street.index[0], "provider_id": "A"},
        {"postcode": street.index[1], "provider_id": "A", "carers_required": 2},
        {"postcode": street.index[2], "provider_id": "B"},
        {"postcode": street.index[3], "provider_id": pd.NA, "status": "waiting"},
    ]
    providers = [
        {"provider_id": name, "postcode": street.index[0], **changes.get(name, {})} for name in ("A", "B", "C", "D")
    ]
    tables = make_tables(packages, providers, postcodes=street)
    return dataclasses.replace(tables, visits=make_rounds(tables.packages))


def rows_of(tables: Tables) -> pd.DataFrame:
    table = solve(tables, min_hours=40.0).next_providers  # so that the block holds all of the street
    assert set(table["block_id"]) == {"B001"}
    return table.set_index("provider_id")


def test_the_next_two_come_cheapest_first_with_what_each_would_change() -> None:
    rows = rows_of(one_street(B={"price_hour": 30.0}, C={"price_hour": 25.0}))
    assert rows["rank"].tolist() == list(range(1, len(rows) + 1))
    assert rows.index[0] == "A"
    assert rows.loc["A", "minutes_more_week"] == 0.0
    assert (rows["minutes_more_week"].iloc[1:].diff().dropna() >= 0).all()
    assert rows.loc["A", "hours_changing_hands"] == pytest.approx(10.0)
    assert rows.loc["C", "hours_changing_hands"] == pytest.approx(30.0)
    # 50 carer hours lie in the zone; a pound an hour more.
    assert rows.loc["C", "pounds_more_week"] == pytest.approx(50.0)
    assert "more" in rows.loc["C", "reason"]


def test_the_backup_has_room_for_what_is_guaranteed_and_is_of_another_company() -> None:
    # Guaranteed in carer hours: A's 10 + 20, and 10 that wait.
    rows = rows_of(one_street(B={"hours_spare_week": 39.0}, C={"company_id": "A"}, D={"hours_spare_week": 30.0}))
    assert rows["carer_hours_guaranteed"].unique().tolist() == [40.0]
    # B gives up ten hours here, so it has room for 49 once the plan has happened.
    assert rows.index[rows["backup"]].tolist() == ["B"]
    assert rows.loc["B", "carer_hours_room_after_plan"] == pytest.approx(49.0)
    assert rows.loc["B", "carer_hours_room_left"] == pytest.approx(-1.0)
    short = rows_of(one_street(B={"hours_spare_week": 29.0}, C={"company_id": "A"}, D={"hours_spare_week": 39.9}))
    assert not short["backup"].any()
    plan = solve(one_street(), min_hours=40.0)
    named = plan.next_providers.loc[plan.next_providers["backup"], "provider_id"].tolist()
    assert plan.proposals["backup_provider_id"].tolist() == named


def test_room_given_to_another_block_is_marked() -> None:
    plan = solve(two_towns(hours_spare_week=30.0))
    by_provider = plan.proposals.set_index("suggested_provider_id")["block_id"]
    row = plan.next_providers.set_index(["block_id", "provider_id"]).loc[(by_provider["B"], "A")]
    assert not row["room_in_plan"]
    assert row["rank"] == 2
    assert f"but for other blocks ({by_provider['A']}) in this plan" in row["reason"]


def test_a_room_after_the_plan_is_told_as_such() -> None:
    rows = rows_of(one_street(B={"hours_spare_week": 30.0}))
    # On its own standing B keeps its ten hours here and needs room for 40; after the plan, 50 of 40.
    assert "needs 50 carer hours of room, has 40 after all of the plan (the 10 it holds here" in rows.loc["B", "reason"]


def test_a_long_list_of_blocks_is_cut() -> None:
    names = [f"B{number:03d}" for number in range(1, 34)]
    assert _list_blocks(names) == " (B001, B002, B003, B004, B005 and 28 more)"
    assert _list_blocks(names[:5]) == " (B001, B002, B003, B004, B005)"


def test_a_backup_of_several_blocks_says_so() -> None:
    table = pd.DataFrame({"provider_id": ["X", "X", "Y"], "backup": [True, True, False], "reason": "Costs more"})
    reasons = _tell_backups(table)["reason"].tolist()
    assert [text.endswith("also backup of 1 other block, room for one at a time") for text in reasons] == [
        True,
        True,
        False,
    ]
    assert reasons[2] == "Costs more"


def test_where_nothing_is_guaranteed_there_is_no_backup_and_nothing_to_fill() -> None:
    # B is far too dear for the block that is all its own work, so another has it; nobody waits.
    street = make_street(4)
    packages = [{"postcode": code, "provider_id": "B"} for code in street.index]
    providers = [
        {"provider_id": name, "postcode": street.index[0], "price_hour": 90.0 if name == "B" else 20.0}
        for name in ("A", "B", "C")
    ]
    tables = make_tables(packages, providers, postcodes=street)
    plan = solve(
        dataclasses.replace(tables, visits=make_rounds(tables.packages)),
        min_hours=40.0,
        block_cost_minutes=0.0,
        move_minutes_hour=0.0,
        factor_outside=3.0,
    )
    block = plan.proposals.iloc[0]
    assert block["hours_guaranteed_start"] == 0
    assert np.isnan(block["weeks_to_fill"])
    assert "nothing can be guaranteed on day one" in block["reason"]
    assert not plan.next_providers["backup"].any()
    assert "nothing is guaranteed" in plan.next_providers["reason"].iloc[0]
    notes = note_guarantees(plan.proposals)
    assert "nothing can be guaranteed on day one: 1 of 1" in notes[0]
    assert "nobody to back it: 0 of 1" in notes[1]


def test_a_part_above_the_whole_gain_is_told_with_what_it_costs() -> None:
    row = dict.fromkeys(GAIN_COLUMNS, 0.0) | {"hours_waiting": 10.0, "gain_waiting": 100.0, "gain_total": 70.0}
    row |= {"gain_rounds": -10.0, "gain_moves": -20.0}
    assert explain_gain(row).endswith("chiefly from taking up 10 waiting hours, less what moves and rounds cost")
    assert explain_gain(row | {"gain_total": 120.0, "gain_travel": 50.0}).endswith(
        "most of it from taking up 10 waiting hours"
    )


def test_the_summary_tells_driving_moves_and_what_waiting_weighs() -> None:
    plan = solve(two_towns(price_hour=26.0))
    rows, text = plan.proposals, summarise(plan)
    assert f"{rows['hours_waiting'].sum():,.0f} waiting hours taken up" in text
    assert f"{rows['hours_with_others'].sum():,.0f} contact hours with another provider" in text
    assert f"{rows['driving_minutes_saved_week'].sum() / 60:,.0f} hours of driving saved" in text
    assert f"{rows['gain_waiting'].sum() / rows['gain_total'].sum():.0%} of the whole gain" in text


@pytest.mark.parametrize("change", [{}, {"price_minutes_pound": 9.0}, {"unserved_minutes_hour": 1.0}])
def test_the_parts_of_a_gain_sum_to_what_the_block_saves(change: dict[str, float]) -> None:
    rows = solve(two_towns(price_hour=26.0), **change).proposals
    parts = rows[list(GAIN_COLUMNS[:-1])].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(rows["gain_total"].to_numpy())
    assert (rows["cost_if_left_spot"] - rows["cost_total"]).to_numpy() == pytest.approx(rows["gain_total"].to_numpy())
    assert (rows["gain_waiting"] > 0).all()
    assert np.all(rows[["gain_rounds", "gain_moves", "gain_price", "gain_block"]] <= 0)
    named = rows["reason"].str.contains("taking up 20 waiting hours")
    assert (named == (rows["gain_waiting"] >= rows["gain_travel"])).all()
