"""Package growth on the same people, and what does not count as growth."""

import math
from typing import Any

import pytest

from marketmap.market.package_growth import NEEDS_LINES, PROVIDER_COLUMNS, Growth, measure_growth
from marketmap.settings.market import MarketSettings
from tests.market.two_lanes import SNAPSHOT, make_lines

SETTINGS = MarketSettings()
CHANGE = "2026-08-01"


def change(name: str, before: float, after: float, **later: Any) -> list[dict[str, Any]]:
    """A package with one change of terms within the period."""
    first = {"package_id": name, "effective_from": "2025-01-01", "effective_to": CHANGE, "hours_week": before}
    return [first, {"package_id": name, "effective_from": CHANGE, "hours_week": after, **later}]


def grow(*packages: list[dict[str, Any]], settings: MarketSettings = SETTINGS) -> Growth:
    lines = make_lines(*(line for package in packages for line in package))
    return measure_growth(lines, snapshot_date=SNAPSHOT, settings=settings)


def test_hours_of_the_same_people() -> None:
    growth = grow(change("A", 10, 12), change("B", 10, 10), change("C", 20, 15))
    row = growth.providers.set_index("provider_id").loc["P1"]
    assert (row["people"], row["hours_before"], row["hours_after"], row["change_hours"]) == (3, 40, 37, -3)
    assert row["change_share"] == pytest.approx(-0.075)
    assert row["change_share_low"] < -0.075 < row["change_share_high"]
    assert (row["people_cut"], row["people_risen"], row["large_change"]) == (1, 1, "")
    assert row["cut_share"] == pytest.approx(1 / 3)


def test_exactly_a_fifth_is_large() -> None:
    # 8.4 of 10.5 hours, which floating point puts just under a fifth.
    growth = grow(change("A", 10.5, 8.4), change("B", 10.5, 12.6), change("C", 10.5, 8.5))
    row = growth.providers.iloc[0]
    assert (row["people_cut"], row["people_risen"]) == (1, 1)


def test_leaving_joining_moving_and_pausing_are_not_growth() -> None:
    growth = grow(
        change("A", 10, 10),
        change("B", 10, 90, provider_id="P2"),
        change("C", 10, 90, status="suspended"),
        change("D", 10, 90)[:1],
        change("E", 10, 90)[1:],
    )
    assert growth.providers["provider_id"].tolist() == ["P1", "all"]
    assert growth.providers["people"].tolist() == [1, 1]
    assert growth.providers["change_share"].tolist() == [0.0, 0.0]


def test_packages_of_one_person_are_one() -> None:
    both = [line | {"person_id": "U1"} for line in change("A", 10, 20) + change("B", 20, 10)]
    growth = grow(both)
    assert growth.providers.iloc[0][["people", "change_share", "people_cut"]].tolist() == [1, 0.0, 0]
    assert math.isnan(growth.providers.iloc[0]["change_share_low"])  # one person has no spread


def test_few_providers_carry_a_warning() -> None:
    packages = [change(f"K{n}", 10, 13 if n == 0 else 10, provider_id=f"P{n}") for n in range(20)]
    for number, package in enumerate(packages):
        package[0]["provider_id"] = f"P{number}"
    findings = grow(*packages).findings.set_index("finding")
    risen = findings.loc["providers risen"]
    assert (risen["number"], risen["among"], risen["share"]) == (1, 20, 0.05)
    assert risen["share_low"] < 0.05 < risen["share_high"]
    assert risen["warning"] == "Small numbers: 20 providers, so one of them is 5%."
    assert findings.loc["people risen", "warning"] == ""
    assert (grow(*packages, settings=MarketSettings(few_firms=20)).findings["warning"] == "").all()


def test_an_extract_of_one_day_shows_no_change_and_says_so() -> None:
    growth = grow([{"package_id": "A", "effective_from": "2024-01-01"}], [{"package_id": "B"}])
    assert growth.notes == (NEEDS_LINES,)
    assert growth.providers.empty
    assert growth.providers.columns.tolist() == PROVIDER_COLUMNS
    assert growth.findings.empty


def test_history_that_begins_too_late_gives_nobody() -> None:
    growth = grow([line | {"effective_from": CHANGE} for line in change("A", 10, 12)[1:]] * 2)
    assert growth.providers.empty
    assert growth.findings["share"].isna().all()
