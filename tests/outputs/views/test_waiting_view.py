"""The waiting list's matches as the page tells them, beside the very matches."""

from __future__ import annotations

import pytest

from marketmap.blocks.waiting import WaitingMatches, find_matches
from marketmap.blocks.waiting.matches import MATCHED, NOBODY_FITS, OUTBID
from marketmap.outputs.views.waiting_view import (
    label_people,
    pick_people,
    tabulate_offers,
    tabulate_people,
    tell_waiting_totals,
)
from tests.blocks.waiting_street import street_of_waiting, waiting_settings


@pytest.fixture(scope="module")
def found() -> WaitingMatches:
    """A takes one of two near it, nobody the third: it needs what neither offers."""
    tables, times = street_of_waiting(
        {6: {}, 7: {"ready_date": "2026-09-01"}, 12: {"needs": "complex"}},
        providers={
            "A": {"hours_spare_week": 10.0, "services": "home_care"},
            "B": {"hours_spare_week": 0.0, "services": "home_care"},
        },
    )
    return find_matches(tables, times, waiting_settings())


def test_everybody_has_one_row_with_an_answer_and_whoever_has_nobody_a_reason(found: WaitingMatches) -> None:
    people = tabulate_people(found.rows)
    assert sorted(people["package_id"]) == ["W06", "W07", "W12"]
    by_id = people.set_index("package_id")
    assert by_id.loc["W07", ["answer", "matched_name", "reason"]].tolist() == [MATCHED, "Care company A", ""]
    assert by_id.loc["W06", "answer"] == OUTBID
    assert "hours of all who fit" in by_id.loc["W06", "reason"]
    assert by_id.loc["W12", "answer"] == NOBODY_FITS
    assert "complex" in by_id.loc["W12", "reason"]
    assert by_id["block"].eq("spot").all()


def test_people_are_labelled_and_their_needs_are_words(found: WaitingMatches) -> None:
    people = tabulate_people(found.rows.assign(needs="double_handed;dementia"))
    assert people["needs"].eq("double handed, dementia").all()
    first = people.iloc[0]
    told = label_people(people.assign(days_waiting=[12.0, *[float("nan")] * (len(people) - 1)]))
    assert list(told) == people["package_id"].tolist()
    assert told[first["package_id"]] == f"{first['package_id']}: {first['postcode']}, 12 days"
    assert told[people["package_id"].iloc[1]].endswith("days not known")


def test_where_somebody_waits_is_told_as_brokers_say_it(found: WaitingMatches) -> None:
    places = ["home_no_care", "hospital", ""]
    rows = found.rows.drop_duplicates("package_id").assign(waiting_where=places)
    assert tabulate_people(rows)["waiting_where"].tolist() == ["at home without care", "in hospital", "not known"]


def test_people_are_picked_by_answer_and_days(found: WaitingMatches) -> None:
    people = tabulate_people(found.rows)
    assert pick_people(people, answer=NOBODY_FITS, least_days=0)["package_id"].tolist() == ["W12"]
    longest = int(people["days_waiting"].max())
    assert pick_people(people, answer=None, least_days=longest)["package_id"].tolist() == ["W07"]
    assert pick_people(people, answer=None, least_days=longest + 1).empty


def test_the_offers_of_one_person_say_who_is_given_it_and_why_others_are_not(found: WaitingMatches) -> None:
    given = tabulate_offers(found.rows, "W07")
    assert given["told"].tolist()[0] == "given to this one"
    assert given["spare"].tolist()[0] == "10.0, 0.0 left"
    assert tabulate_offers(found.rows, "W06")["told"].tolist() == ["fits alone; its spare hours go to others"]
    assert tabulate_offers(found.rows, "W12").empty


def test_the_totals_add_up(found: WaitingMatches) -> None:
    told = tell_waiting_totals(found.totals.iloc[0])
    assert (told["Packages waiting"], told["Matched"], told["Spare hours go to others"], told["Nobody fits"]) == (
        "3",
        "1 of 3",
        "1",
        "1",
    )
