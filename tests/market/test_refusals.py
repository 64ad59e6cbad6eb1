"""Refusals and handbacks by area, provider, band and reason, on a handful of offers."""

import math

import pandas as pd
import pytest

from marketmap.market.refusals import (
    Answers,
    count_reasons,
    list_answers,
    refusals_by_area,
    refusals_by_band,
    refusals_by_provider,
    refusals_in_all,
)
from marketmap.settings.market import MarketSettings
from tests.market.two_lanes import URBAN, make_lines, make_places, make_tables

SETTINGS = MarketSettings()


def make_offers(*rows: tuple[str, str, str, str, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["package_id", "provider_id", "offered_at", "response", "reason"])
    return frame.assign(offered_at=pd.to_datetime(frame["offered_at"]))


def make_handbacks(*rows: tuple[str, str, str, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["package_id", "provider_id", "notice_date", "reason"])
    return frame.assign(notice_date=pd.to_datetime(frame["notice_date"]))


LINES = make_lines(
    {"effective_from": "2026-01-01"},
    {"effective_from": "2026-01-01", "provider_id": "P2"},
    {"effective_from": "2026-01-01", "postcode": URBAN, "provider_id": "P2"},
    {"effective_from": "2024-01-01", "effective_to": "2025-01-01"},  # ended before the period
)
OFFERS = make_offers(
    ("K0", "P2", "2026-01-01", "refused", "too_far"),
    ("K0", "P3", "2026-01-02", "no_response", None),
    ("K0", "P1", "2026-01-03", "accepted", None),
    ("K1", "P2", "2026-01-01", "accepted", None),
    ("K2", "P1", "2026-01-01", "refused", None),
    ("K2", "P2", "2026-01-01", "accepted", None),
    ("K1", "P9", "2024-01-01", "refused", "too_far"),  # before the period
    ("K9", "P1", "2026-01-01", "refused", "too_far"),  # of a package that the table does not hold
)
HANDBACKS = make_handbacks(("K1", "P2", "2026-08-01", "too_far"), ("K1", "P2", "2024-01-01", None))


@pytest.fixture
def answers() -> Answers:
    tables = make_tables(package_lines=LINES, offers=OFFERS, handbacks=HANDBACKS)
    return list_answers(tables, settings=SETTINGS)


def test_shares_of_offers_by_area(answers: Answers) -> None:
    table = refusals_by_area(answers, make_places(), by="sector").set_index("area_code")
    rural = table.loc["GL7 1"]
    assert rural[["offers", "accepted", "refused", "no_response", "packages_offered"]].tolist() == [4, 2, 1, 1, 2]
    assert (rural["refused_share"], rural["no_response_share"]) == (0.25, 0.25)
    assert rural["refused_share_low"] < 0.25 < rural["refused_share_high"]
    assert rural["offers_per_accepted"] == 2.0
    assert rural["offers_per_accepted_low"] < 2 < rural["offers_per_accepted_high"]
    assert table.loc["unplaced", "refused"] == 1
    assert table["offers"].sum() == 7


def test_offers_per_accepted_has_the_accepted_share_turned_over(answers: Answers) -> None:
    from marketmap.market.intervals import share_interval

    low, high = share_interval([2], [4])
    rural = refusals_by_area(answers, make_places(), by="sector").set_index("area_code").loc["GL7 1"]
    assert rural["offers_per_accepted_low"] == pytest.approx(1 / high[0])
    assert rural["offers_per_accepted_high"] == pytest.approx(1 / low[0])


def test_handbacks_are_told_a_hundred_packages_held(answers: Answers) -> None:
    table = refusals_by_area(answers, make_places(), by="sector").set_index("area_code")
    assert table.loc["GL7 1", ["handbacks", "packages_held", "handback_rate"]].tolist() == [1, 2, 50.0]
    assert table.loc["GL1 1", ["handbacks", "packages_held", "handback_rate"]].tolist() == [0, 1, 0.0]
    assert table.loc["GL1 1", "handback_rate_high"] == pytest.approx(368.89, abs=0.01)
    assert math.isnan(table.loc["unplaced", "handback_rate"])


def test_providers_are_judged_by_their_own_answers(answers: Answers) -> None:
    table = refusals_by_provider(answers).set_index("provider_id")
    assert table.loc["P2", ["offers", "refused", "accepted", "handbacks", "packages_held"]].tolist() == [3, 1, 2, 1, 2]
    assert table.loc["P3", "no_response_share"] == 1.0
    assert math.isnan(table.loc["P3", "offers_per_accepted"])
    assert "P9" not in table.index


def test_a_package_counts_in_each_band_of_its_calls(answers: Answers) -> None:
    calls = pd.DataFrame({"package_id": ["K0", "K0", "K0", "K1"], "time_band": ["bed", "bed", "tea", "tea"]})
    table = refusals_by_band(answers, calls).set_index("time_band")
    assert table.loc["bed", ["offers", "refused", "packages_held"]].tolist() == [3, 1, 1]
    assert table.loc["tea", ["offers", "refused", "handbacks", "packages_held"]].tolist() == [4, 1, 1, 2]
    assert table.loc["no calls", "offers"] == 3
    assert refusals_by_band(answers, None).empty


def test_reasons_are_shares_of_refusals_and_of_handbacks(answers: Answers) -> None:
    table = count_reasons(answers)
    assert table[["what", "reason", "times", "times_all"]].to_numpy().tolist() == [
        ["refused", "too_far", 2, 3],
        ["refused", "unknown", 1, 3],
        ["handback", "too_far", 1, 1],
    ]
    assert table["share"].tolist() == pytest.approx([2 / 3, 1 / 3, 1.0])


def test_without_the_tables_figures_are_blank() -> None:
    bare = list_answers(make_tables(package_lines=LINES), settings=SETTINGS)
    assert refusals_by_area(bare, make_places(), by="sector")["offers"].isna().all()
    assert refusals_in_all(bare)["handbacks"].isna().all()
    assert count_reasons(bare).empty
    assert "share_low" in count_reasons(bare).columns
    one = list_answers(make_tables(package_lines=LINES, handbacks=HANDBACKS), settings=SETTINGS)
    county = refusals_in_all(one).iloc[0]
    assert math.isnan(county["refused_share"])
    assert county["handback_rate"] == pytest.approx(100 / 3)


def test_nothing_offered_and_nothing_held() -> None:
    tables = make_tables(package_lines=make_lines(), offers=OFFERS.iloc[:0], handbacks=HANDBACKS.iloc[:0])
    empty = list_answers(tables, settings=SETTINGS)
    assert refusals_by_area(empty, make_places(), by="sector").empty
    assert refusals_by_provider(empty).empty
    assert count_reasons(empty).empty
