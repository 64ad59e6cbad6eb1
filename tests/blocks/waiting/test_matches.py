"""The waiting list matched from tables: who comes first, what fits, and the reason where nobody does."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks.waiting import BlockZones, WaitingMatches, find_matches
from tests.blocks.waiting_street import street_of_waiting, waiting_settings


def match(people: dict[int, dict[str, Any]], **options: Any) -> WaitingMatches:
    case = {name: options.pop(name) for name in ("providers", "metres") if name in options}
    tables, times = street_of_waiting(people, **case)
    return find_matches(tables, times, options.pop("settings", waiting_settings()), **options)


def given(found: WaitingMatches) -> dict[str, str]:
    rows = found.rows[found.rows["matched"]]
    assert rows["package_id"].is_unique
    return dict(zip(rows["package_id"], rows["provider_id"], strict=True))


def answers(found: WaitingMatches) -> dict[str, str]:
    return found.rows.drop_duplicates("package_id").set_index("package_id")["answer"].to_dict()


def zones(home: int, provider: str) -> BlockZones:
    tables, _ = street_of_waiting({})
    row = {"block_id": "B1", "provider_id": provider, "backup_provider_id": ""}
    return BlockZones(pd.DataFrame([row], index=[tables.county_postcodes.index[home]]), "a test")


def test_each_goes_to_whom_it_adds_least_travel() -> None:
    found = match({7: {}, 12: {}})
    assert given(found) == {"W07": "A", "W12": "B"}
    first = found.rows[found.rows["package_id"] == "W07"].iloc[0]
    # Three homes beyond the last of A's, a minute each, there and back, 14 visits.
    assert first["added_minutes_week"] == pytest.approx(14 * 6.0, rel=1e-4)
    assert first["added_minutes_visit"] == pytest.approx(6.0, rel=1e-4)
    assert first["carer_hours_spare_left"] == 90.0
    assert first["pounds_week"] == 240.0


def test_spare_hours_are_given_away_once() -> None:
    few = {"A": {"hours_spare_week": 15.0}, "B": {"hours_spare_week": 0.0}}
    found = match({6: {"ready_date": "2026-09-20"}, 8: {"ready_date": "2026-09-01"}}, providers=few)
    assert given(found) == {"W08": "A"}  # the longer wait
    assert answers(found) == {"W08": "matched", "W06": "spare hours go to others"}
    row = found.rows[found.rows["package_id"] == "W06"].iloc[0]
    assert row["reason"] == "fits alone; its spare hours go to others"


def test_more_people_come_before_longer_waits_and_those_before_travel() -> None:
    one = {"A": {"hours_spare_week": 20.0}, "B": {"hours_spare_week": 0.0}}
    longest = {6: {"hours_week": 20.0, "ready_date": "2026-01-01"}, 7: {}, 8: {}}
    assert set(given(match(longest, providers=one))) == {"W07", "W08"}


def test_where_somebody_waits_weighs() -> None:
    few = {"A": {"hours_spare_week": 10.0}, "B": {"hours_spare_week": 0.0}}
    people = {6: {"waiting_where": "home_bridged"}, 8: {"waiting_where": "home_no_care"}}
    assert set(given(match(people, providers=few))) == {"W08"}
    evenly = waiting_settings(where_weights={})
    assert set(given(match(people, providers=few, settings=evenly))) == {"W06"}  # then the less travel


def test_the_blocks_provider_comes_first_and_is_chosen_before_less_travel() -> None:
    found = match({7: {}}, zones=zones(7, "B"))
    assert given(found) == {"W07": "B"}
    assert found.rows["provider_id"].tolist() == ["B", "A"]
    assert found.rows["of_block"].tolist() == [True, False]
    assert found.rows["block_id"].tolist() == ["B1", "B1"]
    assert found.totals["people_with_block_provider"].tolist() == [1]


def test_a_blocks_provider_that_does_not_fit_is_shown_with_the_reason_and_not_chosen() -> None:
    found = match({7: {}}, zones=zones(7, "B"), providers={"B": {"hours_spare_week": 3.0}})
    assert given(found) == {"W07": "A"}
    assert found.rows.loc[0, ["provider_id", "fits", "reason"]].tolist() == ["B", False, "too few spare hours"]


@pytest.mark.parametrize(
    ("person", "provider", "reason"),
    [
        ({}, {"hours_spare_week": 9.9}, "too few spare hours"),
        ({"carers_required": 2}, {"hours_spare_week": 19.0}, "too few spare hours"),
        ({"needs": "dementia"}, {"services": "complex"}, "lacks dementia"),
        ({"carers_required": 2}, {"services": "complex"}, "lacks double_handed"),
        ({}, {"placements_suspended": True}, "placements suspended"),
        ({}, {"on_framework": False}, "not on the framework"),
    ],
)
def test_why_nobody_fits_is_counted_by_reason(person: dict[str, Any], provider: dict[str, Any], reason: str) -> None:
    found = match({7: person}, providers={"A": provider, "B": provider})
    assert answers(found) == {"W07": "nobody fits"}
    # With nobody on the framework the rest would count as on it, so one is: C, who has no hours.
    if "on_framework" in provider:
        found = match({7: person}, providers={"A": provider, "B": provider, "C": {"on_framework": True}})
    assert f"2 {reason}" in found.rows["reason"].iloc[0]
    assert found.rows["provider_id"].isna().all()
    assert not found.rows[["fits", "matched"]].any(axis=None)


def test_who_would_drive_too_far_does_not_fit() -> None:
    found = match({10: {}}, metres=5_000.0)
    assert answers(found) == {"W10": "nobody fits"}
    assert found.rows["reason"].tolist() == ["2 too much travel"]
    assert (
        answers(match({10: {}}, metres=5_000.0, settings=waiting_settings(most_minutes_visit=200.0)))["W10"]
        == "matched"
    )


def test_no_more_are_listed_than_asked_for_but_the_one_chosen_always_is() -> None:
    people = {3: {"ready_date": "2026-01-01"}, 4: {}}
    found = match(
        people,
        settings=waiting_settings(listed_providers=1, most_minutes_visit=60.0),
        providers={"A": {"hours_spare_week": 10.0}},
    )
    rows = found.rows.set_index(["package_id", "provider_id"])["matched"].to_dict()
    assert rows == {("W03", "A"): True, ("W04", "A"): False, ("W04", "B"): True}


def test_who_cannot_be_placed_is_listed_with_the_reason() -> None:
    people = {
        6: {"funding": "self_funded"},
        7: {"service_type": "live_in"},
        8: {"do_not_move": True},
        9: {"postcode": "ZZ1 1ZZ"},
        10: {"visits_week": 0.0},
    }
    found = match(people)
    assert set(answers(found).values()) == {"cannot be placed"}
    reasons = found.rows.set_index("package_id")["reason"].to_dict()
    assert "blocks.funding" in reasons["W06"]
    assert "blocks.service_types" in reasons["W07"]
    assert "do_not_move" in reasons["W08"]
    assert reasons["W09"] == "postcode not placed"
    assert reasons["W10"] == "does not come in visits"
    assert found.totals.loc[0, ["people_waiting", "people_not_placed"]].tolist() == [5, 5]


def test_a_lock_keeps_a_provider_out() -> None:
    tables, times = street_of_waiting({7: {}})
    place = tables.county_postcodes.index[7]
    locks = pd.DataFrame([{"kind": "forbid", "lock_id": "F1", "provider_id": "A", "place": place, "row": 2}])
    found = find_matches(dataclasses.replace(tables, locks=locks), times, waiting_settings())
    assert given(found) == {"W07": "B"}


def test_who_is_in_the_street_already_is_told() -> None:
    found = match({4: {}}, settings=waiting_settings(most_minutes_visit=60.0))
    assert found.rows.set_index("provider_id")["in_street"].to_dict() == {"A": True, "B": False}


def test_days_waiting_are_those_of_the_waiting_clock() -> None:
    found = match({7: {"ready_date": "2026-09-18"}, 8: {"ready_date": None, "request_date": None}})
    days = found.rows.drop_duplicates("package_id").set_index("package_id")["days_waiting"]
    assert days["W07"] == 10.0
    assert np.isnan(days["W08"])


def test_the_totals_are_those_of_the_rows() -> None:
    found = match({6: {}, 7: {}, 8: {"funding": "self_funded"}}, providers={"A": {"hours_spare_week": 10.0}})
    total = found.totals.iloc[0]
    chosen = found.rows[found.rows["matched"]]
    assert total["people_matched"] == len(chosen) == 2
    assert total["carer_hours_matched"] == chosen["carer_hours_week"].sum()
    assert total["added_minutes_week"] == pytest.approx(chosen["added_minutes_week"].sum())
    assert bool(total["proven"])


@pytest.mark.parametrize("people", [{}, {7: {"funding": "self_funded"}}])
def test_nobody_to_place_is_an_empty_list(people: dict[int, dict[str, Any]]) -> None:
    found = match(people)
    assert len(found.rows) == len(people)
    assert found.totals["people_matched"].tolist() == [0]
    assert "reason" in found.rows


def test_the_rate_card_prices_an_offer_where_a_row_fits_and_the_providers_table_elsewhere() -> None:
    tables, times = street_of_waiting(
        {7: {"visit_minutes": 30.0}, 12: {"visit_minutes": 60.0}},
        providers={"A": {"price_hour": 25.0}, "B": {"price_hour": 26.0}},
    )
    card = pd.DataFrame(
        [(None, 21.5, "A", 30.0, pd.NaT)],
        columns=["area_code", "rate_pounds", "provider_id", "visit_minutes", "valid_from"],
    )
    card["valid_from"] = pd.to_datetime(card["valid_from"])
    rows = find_matches(dataclasses.replace(tables, rates=card), times, waiting_settings()).rows
    told = rows.set_index(["package_id", "provider_id"])[["price_hour", "price_basis", "pounds_week"]]
    assert told.loc[("W07", "A")].tolist() == [21.5, "rates table", 215.0]
    assert told.loc[("W12", "A")].tolist() == [25.0, "providers table", 250.0]
    assert told.loc[("W07", "B")].tolist() == [26.0, "providers table", 260.0]
