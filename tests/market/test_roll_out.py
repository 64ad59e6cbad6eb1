"""A roll-out evaluated from tables: which areas count, what is measured in each, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from marketmap.errors import MarketError
from marketmap.market.periods import Period, make_period, split_periods
from marketmap.market.roll_out import RollOut
from tests.market.rolled_out import AFTER, BEFORE, BLOCKS, SECTORS, county, evaluate, log, postcodes, settings


def effect(found: RollOut, outcome: str) -> pd.Series:
    return found.effects.set_index("outcome").loc[outcome]


def sectors_inside() -> list[str]:
    return [f"BB{number + 1} 1" for number in range(BLOCKS)]


def test_hours_that_grow_inside_alone_are_the_effect() -> None:
    random = np.random.default_rng(1)
    grown = {sector: 1.2 * np.exp(random.normal(0, 0.01)) for sector in sectors_inside()}
    grown |= {f"SS{number + 1} 1": np.exp(random.normal(0, 0.01)) for number in range(SECTORS)}
    found = evaluate(county(), log(BEFORE), log(AFTER, hours=grown))
    hours = effect(found, "hours_delivered")
    assert hours["low"] < 0.2 < hours["high"]
    assert hours["high"] - hours["low"] < 0.05
    assert hours["answer"] == "more inside"
    assert (hours["inside"], hours["outside"]) == (BLOCKS, SECTORS)
    assert hours["before_inside"] == pytest.approx(21.0)  # three homes, an hour, seven days


def test_nothing_changed_is_no_effect() -> None:
    random = np.random.default_rng(2)
    every = {name[:-2]: np.exp(random.normal(0, 0.1)) for name in postcodes()}
    hours = effect(evaluate(county(), log(BEFORE), log(AFTER, hours=every)), "hours_delivered")
    assert hours["answer"] == "no effect shown"
    assert hours["detectable"] > abs(hours["effect"])


def test_a_visit_of_two_carers_counts_once_and_only_delivered_ones() -> None:
    one = log(BEFORE)
    twice = pd.concat([one.visits, one.visits.assign(carer_id=one.visits["carer_id"] + "x")], ignore_index=True)
    missed = one.visits.assign(visit_id=one.visits["visit_id"] + "m", status="missed")
    found = evaluate(county(), make_period(pd.concat([twice, missed], ignore_index=True)), log(AFTER))
    assert effect(found, "hours_delivered")["before_inside"] == pytest.approx(21.0)


def test_hours_are_a_week_however_long_the_periods_are() -> None:
    found = evaluate(county(), log(BEFORE, days=28), log(AFTER, days=7))
    hours = effect(found, "hours_delivered")
    assert hours["before_inside"] == pytest.approx(hours["after_inside"])


def test_travel_is_that_between_one_visit_and_the_next_for_each_hour() -> None:
    found = evaluate(county(), log(BEFORE), log(AFTER, hours=dict.fromkeys(sectors_inside(), 2.0)))
    travel = effect(found, "travel")
    assert travel["before_inside"] == pytest.approx(4.0)  # two ways of six minutes in three hours
    assert travel["after_inside"] == pytest.approx(2.0)


def start(sector: str, number: int, *, provider: str, when: pd.Timestamp, waited: int) -> dict[str, Any]:
    return {
        "package_id": f"N{sector}{number}{when:%m}",
        "postcode": f"{sector}AA",
        "provider_id": provider,
        "start_date": when + pd.Timedelta(days=2),
        "ready_date": when + pd.Timedelta(days=2 - waited),
    }


def starts_of(when: pd.Timestamp, *, inside: tuple[str, int], outside: tuple[str, int]) -> list[dict[str, Any]]:
    """One start in each area: with whom, and after how many days; ``own`` is the block's provider, P outside."""
    rows = []
    for name in dict.fromkeys(name[:-2] for name in postcodes()):
        who, waited = inside if name.startswith("BB") else outside
        own = f"B{int(name[2:].split()[0]) - 1:02d}" if name.startswith("BB") else "P"
        rows.append(start(name, 0, provider=own if who == "own" else who, when=when, waited=waited + len(rows) % 3))
    return rows


def test_waits_and_leakage_of_what_began_in_each_period() -> None:
    lines = [
        *starts_of(BEFORE, inside=("Z", 20), outside=("own", 20)),
        *starts_of(AFTER, inside=("own", 5), outside=("own", 20)),
    ]
    found = evaluate(county(more_lines=lines), log(BEFORE), log(AFTER))
    waits, leakage = effect(found, "days_waited"), effect(found, "leakage")
    assert waits["effect"] == pytest.approx(-15.0, abs=0.01)
    assert waits["answer"] == "less inside"
    assert (leakage["before_inside"], leakage["after_inside"]) == (1.0, 0.0)
    assert (leakage["before_outside"], leakage["after_outside"]) == (0.0, 0.0)
    assert leakage["effect"] == pytest.approx(-1.0)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "planned"}, "had not begun"),
        ({"start_date": pd.Timestamp("2026-08-01")}, "had not begun"),
        ({"start_date": pd.Timestamp("2026-01-07")}, "in or before the time before"),
        ({"start_date": pd.Timestamp("2025-01-01")}, "in or before the time before"),
        ({"start_date": pd.Timestamp("2026-06-03")}, "within the time after"),
        ({"end_date": pd.Timestamp("2026-06-02")}, "ended before"),
    ],
)
def test_a_block_of_another_time_is_neither_inside_nor_outside(changes: dict[str, Any], why: str) -> None:
    case = county()
    blocks = case[0].blocks
    assert blocks is not None
    for name, value in changes.items():
        blocks.loc[0, name] = value
    found = evaluate(case, log(BEFORE), log(AFTER))
    row = found.areas.set_index("area").loc["block X00"]
    assert why in row["why_not"]
    assert not row["counted"]
    assert effect(found, "hours_delivered")["inside"] == BLOCKS - 1
    assert effect(found, "hours_delivered")["outside"] == SECTORS
    assert any("X00" in note for note in found.notes)


def test_a_sector_that_a_block_lies_in_is_outside_only_where_the_block_is_not() -> None:
    case = county()
    areas = case[0].block_areas
    assert areas is not None
    areas.loc[0, ["postcode", "sector"]] = ["BB1 1AA", pd.NA]
    found = evaluate(case, log(BEFORE), log(AFTER)).areas.set_index("area")
    assert found.loc["block X00", "hours_delivered_before"] == pytest.approx(7.0)
    assert found.loc["sector BB1 1", "hours_delivered_before"] == pytest.approx(14.0)


def test_an_area_with_few_hours_on_average_of_both_times_is_left_out_and_one_without_any_after_is_not() -> None:
    found = evaluate(
        county(),
        log(BEFORE, hours={"BB1 1": 0.5, "SS1 1": 0.5, "SS2 1": 0.5, "SS3 1": 1.5}),
        log(AFTER, hours={"BB1 1": 0.5, "SS1 1": 0.6, "SS2 1": 1.5, "SS3 1": 0.5}),
        settings=settings(least_hours=15.0),
    )
    assert effect(found, "hours_delivered")[["inside", "outside"]].tolist() == [BLOCKS - 1, SECTORS - 1]
    left = found.areas.set_index("area")["why_not"]
    assert left["sector SS1 1"] == "under 15 hours a week on average of both times"
    # Large in one time and small in the other is the same, whichever was first.
    assert left["sector SS2 1"] == left["sector SS3 1"] == ""
    gone = log(AFTER)
    kept = gone.visits[~gone.visits["package_id"].str.startswith("KBB1 ")]
    area = evaluate(county(), log(BEFORE), Period(kept, gone.first, gone.last)).areas.set_index("area").loc["block X00"]
    assert area["hours_delivered_after"] == 0.0
    assert area["counted"]


def test_too_few_areas_are_refused_with_how_many_there_are() -> None:
    found = evaluate(county(), log(BEFORE), log(AFTER), settings=settings(least_areas=13))
    assert (found.effects["answer"] == "not told").all()
    assert "12 inside and 14 outside" in effect(found, "hours_delivered")["why_not"]
    assert found.effects["effect"].isna().all()


def test_a_package_that_has_left_the_table_is_found_in_the_earlier_lines() -> None:
    tables, places, times = county()
    left = tables.package_lines[tables.package_lines["package_id"] == "KBB1 1AA"]
    tables.package_lines = tables.package_lines.drop(left.index)  # type: ignore[misc]  # a test's own namespace
    one, other = log(BEFORE), log(AFTER)
    without = evaluate((tables, places, times), one, other).areas.set_index("area")
    known = evaluate((tables, places, times), one, other, earlier_lines=left).areas.set_index("area")
    assert without.loc["block X00", "hours_delivered_before"] == pytest.approx(14.0)
    assert known.loc["block X00", "hours_delivered_before"] == pytest.approx(21.0)


def test_periods_that_overlap_are_refused() -> None:
    with pytest.raises(MarketError, match="overlap"):
        evaluate(county(), log(BEFORE), log(BEFORE + pd.Timedelta(days=6)))


@pytest.mark.parametrize("missing", ["blocks", "block_areas"])
def test_without_blocks_there_is_nothing_to_evaluate(missing: str) -> None:
    with pytest.raises(MarketError, match=f"needs table {missing}"):
        evaluate(county(**{missing: None}), log(BEFORE), log(AFTER))


def test_call_monitoring_that_spans_the_roll_out_is_split_at_the_blocks_starts() -> None:
    both = pd.concat([log(BEFORE).visits, log(AFTER).visits], ignore_index=True)
    tables, *_ = county(visits=both)
    before, after = split_periods(tables)
    assert (before.first, before.last) == (BEFORE, BEFORE + pd.Timedelta(days=6))
    assert (after.first, after.last) == (AFTER, AFTER + pd.Timedelta(days=6))
    assert before.weeks == 1.0
    with pytest.raises(MarketError, match="No block starts within"):
        split_periods(county(visits=log(AFTER).visits)[0])
    with pytest.raises(MarketError, match="needs table visits"):
        split_periods(county(visits=None)[0])


def test_the_later_time_given_as_the_earlier_is_told_from_an_overlap() -> None:
    with pytest.raises(MarketError, match=r"2026-06-01 to 2026-06-07\) is later than .*the other way round"):
        evaluate(county(), log(AFTER), log(BEFORE))
    with pytest.raises(MarketError, match="overlap"):
        evaluate(county(), log(BEFORE), log(BEFORE))


def test_visits_of_another_county_are_refused_and_a_few_lost_ones_counted() -> None:
    before = log(BEFORE)
    lost = before.visits["package_id"].where(before.visits.index >= 3, "K of nobody")
    found = evaluate(county(), make_period(before.visits.assign(package_id=lost)), log(AFTER))
    assert "Delivered visits in the time before at no postcode of the county, left out: 3." in found.notes
    strange = make_period(before.visits.assign(postcode="ZZ1 1ZZ"))
    with pytest.raises(MarketError, match=r"Of 546 .* in the time before, 546 are at no postcode of this county"):
        evaluate(county(), strange, log(AFTER))


def test_different_days_of_the_week_are_told() -> None:
    one = evaluate(county(), log(BEFORE, days=1), log(AFTER + pd.Timedelta(days=5), days=1))
    assert any("different days of the week (Monday to Monday and Saturday to Saturday)" in note for note in one.notes)
    for days in (7, 14):
        whole = evaluate(county(), log(BEFORE), log(AFTER, days=days))
        assert not any("days of the week" in note for note in whole.notes)


def test_an_area_in_which_nothing_is_delivered_any_more_is_said_to_be_out_of_the_ratio() -> None:
    visits = log(AFTER).visits
    emptied = make_period(visits[~visits["package_id"].str.startswith(("KBB1 ", "KSS1 ", "KSS2 "))])
    found = evaluate(county(), log(BEFORE), emptied)
    assert any("any more in 1 areas inside and 2 outside" in note for note in found.notes)
    assert not any("any more" in note for note in evaluate(county(), log(BEFORE), log(AFTER)).notes)
