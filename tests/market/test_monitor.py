"""The block monitor on one block of one lane, followed for two weeks by hand."""

from typing import Any

import pandas as pd
import pytest

from marketmap.inputs.county import Tables
from marketmap.market.monitor import COMMISSIONED, MONITORED, TWO_WEEKS, monitor_blocks
from marketmap.settings import Settings
from tests.market.two_lanes import RURAL, URBAN, make_lines, make_tables

SETTINGS = Settings()
MONDAYS = ("2026-09-14", "2026-09-21")


def visits_on(monday: str, package: str, hours: float, *, carers: int = 1, **more: Any) -> list[dict[str, Any]]:
    """One visit a day of a week, so many carers at each, ``hours`` in all."""
    rows = []
    for day in range(7):
        start = pd.Timestamp(monday, tz="Europe/London") + pd.Timedelta(days=day, hours=8)
        rows += [
            {
                "visit_id": f"W{package}{monday}{day}{more.get('status', '')}",
                "carer_id": f"C{carer}",
                "provider_id": "P1",
                "package_id": package,
                "planned_start": start,
                "planned_end": start + pd.Timedelta(hours=hours / 7),
                "status": "delivered",
                **more,
            }
            for carer in range(carers)
        ]
    return rows


def make_county(*, weeks: tuple[str, ...] = MONDAYS, **given: Any) -> Tables:
    """Block B1 of P1 in the rural lane: 42 hours guaranteed at 25 pounds since May."""
    lines = make_lines(
        {"effective_from": "2026-01-01", "start_date": "2026-01-01", "hours_week": 28.0},
        {"effective_from": "2026-09-23", "start_date": "2026-09-23", "hours_week": 7.0, "request_date": "2026-09-01"},
        {"effective_from": "2026-06-01", "start_date": "2026-06-01", "provider_id": "P2"},
        {"effective_from": "2026-06-01", "start_date": "2026-06-01", "provider_id": "P2", "postcode": URBAN},
        {"effective_from": "2026-06-01", "start_date": "2026-06-01", "provider_id": "P2", "service_type": "live_in"},
        {"effective_from": "2026-09-02", "request_date": "2026-09-02", "status": "waiting", "provider_id": None},
    )
    rows = visits_on(MONDAYS[0], "K0", 28.0, carers=2) if MONDAYS[0] in weeks else []
    if MONDAYS[1] in weeks:
        rows += visits_on(MONDAYS[1], "K0", 21.0) + visits_on(MONDAYS[1], "K1", 28.0)
        rows += visits_on(MONDAYS[1], "K2", 7.0, provider_id="P2") + visits_on(MONDAYS[1], "K0", 7.0, status="missed")
    block = {"block_id": "B1", "provider_id": "P1", "guaranteed_hours_week": 42.0, "price_hour": 25.0}
    blocks = pd.DataFrame([block | {"start_date": pd.Timestamp("2026-05-01"), "status": "active", "end_date": pd.NaT}])
    tables = {
        "package_lines": lines,
        "providers": pd.DataFrame({"provider_id": ["P1", "P2"], "price_hour": [30.0, 30.0]}),
        "visits": pd.DataFrame(rows) if rows else None,
        "blocks": blocks,
        "block_areas": pd.DataFrame({"block_id": ["B1"], "postcode": [RURAL], "sector": [None]}),
        "county_postcodes": pd.DataFrame(
            {"sector": ["GL7 1", "GL1 1"]}, index=pd.Index([RURAL, URBAN], name="postcode")
        ),
        "offers": pd.DataFrame(
            {
                "package_id": ["K2", "K5", "K3"],
                "provider_id": ["P1", "P1", "P1"],
                "offered_at": pd.to_datetime(["2026-05-30", "2026-09-22", "2026-09-22"]),
                "response": ["refused", "no_response", "refused"],
                "reason": ["too_far", None, None],
            }
        ),
        "handbacks": pd.DataFrame(
            {
                "package_id": ["K0"],
                "provider_id": ["P1"],
                "notice_date": pd.to_datetime(["2026-09-16"]),
                "reason": [None],
            }
        ),
    }
    return make_tables(**tables | given)


def test_two_weeks_of_a_block() -> None:
    monitor = monitor_blocks(make_county(), settings=SETTINGS)
    first, second = monitor.weeks.to_dict("records")
    assert [first["week"], second["week"]] == [pd.Timestamp(day) for day in MONDAYS]
    # Two carers at once deliver 28 contact hours; 14 guaranteed hours are paid for nothing.
    assert (first["hours_delivered"], first["hours_unused"], first["pounds_unused"]) == pytest.approx((28, 14, 350))
    assert (first["hours_commissioned"], first["hours_flexible"], first["basis"]) == (28, 0, MONITORED)
    # K1 joined on Wednesday: five sevenths of 7 hours. 21 + 28 hours were delivered, 7 beyond the guarantee.
    assert second["hours_commissioned"] == pytest.approx(28 + 5)
    assert second["hours_delivered"] == pytest.approx(49)
    assert (second["hours_flexible"], second["pounds_unused"]) == (pytest.approx(7), 0)
    assert (second["packages"], second["packages_started"]) == (2, 1)
    assert (second["change_hours_delivered"], second["change_note"]) == (pytest.approx(21), "")
    assert (first["change_note"], pd.isna(first["change_hours_delivered"])) == (TWO_WEEKS, True)


def test_what_went_elsewhere_and_why() -> None:
    monitor = monitor_blocks(make_county(), settings=SETTINGS)
    # Not K3 (another lane), not K4 (live-in care is not what blocks are for).
    assert monitor.leakage[["block_id", "package_id", "provider_id", "reason"]].to_numpy().tolist() == [
        ["B1", "K2", "P2", "refused by the block's provider: too_far"]
    ]
    first, second = monitor.weeks.to_dict("records")
    assert (first["leaked_since_start"], first["started_since_start"], first["leaked_share"]) == (1, 1, 1.0)
    assert (second["leaked_since_start"], second["started_since_start"], second["leaked_share"]) == (1, 2, 0.5)
    assert (first["packages_leaked"], first["hours_leaked"]) == (0, 0)
    assert second["leaked_share_low"] < 0.5 < second["leaked_share_high"]


def test_refusals_handbacks_and_waits_of_the_ground() -> None:
    first, second = monitor_blocks(make_county(), settings=SETTINGS).weeks.to_dict("records")
    assert (first["refusals"], first["handbacks"]) == (0, 1)
    assert (second["refusals"], second["handbacks"]) == (1, 0)  # no answer is one; the other lane's is not
    # On 20 September K1 (19 days) and K5 (18) wait; a week later K1 has started.
    assert (first["waiting"], first["waiting_long"], first["waiting_median_days"]) == (2, 2, 18.5)
    assert (second["waiting"], second["waiting_long"], second["waiting_median_days"]) == (1, 1, 25)


@pytest.mark.parametrize(
    ("offers", "reason"),
    [
        (None, "needs table offers"),
        (pd.DataFrame(columns=["package_id", "provider_id", "offered_at", "response", "reason"]), "not offered"),
    ],
    ids=["no table", "never asked"],
)
def test_leaks_without_an_offer(offers: pd.DataFrame | None, reason: str) -> None:
    monitor = monitor_blocks(make_county(offers=offers), settings=SETTINGS)
    assert monitor.leakage["reason"].iloc[0].startswith(reason)
    assert monitor.weeks["refusals"].isna().all() == (offers is None)
    assert any("offers" in note for note in monitor.notes) == (offers is None)


def test_without_call_monitoring_commissioned_hours_are_judged() -> None:
    monitor = monitor_blocks(make_county(weeks=()), settings=SETTINGS)
    row = monitor.weeks.iloc[0]
    assert (len(monitor.weeks), row["basis"], row["week"]) == (1, COMMISSIONED, pd.Timestamp(MONDAYS[1]))
    assert pd.isna(row["hours_delivered"])
    assert row["hours_unused"] == pytest.approx(42 - 33)
    assert row["change_note"] == TWO_WEEKS


def test_one_week_shows_no_change() -> None:
    monitor = monitor_blocks(make_county(weeks=MONDAYS[1:]), settings=SETTINGS)
    assert monitor.weeks["change_note"].tolist() == [TWO_WEEKS]


def test_a_week_that_began_before_call_monitoring_is_not_whole() -> None:
    visits = make_county().visits
    late = visits[visits["planned_start"] >= pd.Timestamp("2026-09-16", tz="Europe/London")]
    monitor = monitor_blocks(make_county(visits=late), settings=SETTINGS)
    assert monitor.weeks["week"].tolist() == [pd.Timestamp(MONDAYS[1])]


def test_weeks_that_do_not_follow_each_other_show_no_change() -> None:
    visits = pd.concat([make_county().visits, pd.DataFrame(visits_on("2026-08-31", "K0", 28.0))])
    monitor = monitor_blocks(make_county(visits=visits), settings=SETTINGS)
    assert monitor.weeks["change_note"].tolist() == [TWO_WEEKS, TWO_WEEKS, ""]


def test_a_block_by_sector_its_own_price_and_its_last_days() -> None:
    areas = pd.DataFrame({"block_id": ["B1"], "postcode": [None], "sector": ["GL7 1"]})
    county = make_county(block_areas=areas)
    blocks = county.blocks.assign(price_hour=float("nan"), end_date=pd.Timestamp("2026-09-16"), status="ended")
    monitor = monitor_blocks(make_county(block_areas=areas, blocks=blocks), settings=SETTINGS)
    assert len(monitor.weeks) == 1
    row = monitor.weeks.iloc[0]
    assert row["hours_guaranteed"] == pytest.approx(42 * 3 / 7)
    assert row["price_hour"] == 30.0
    assert row["hours_delivered"] == pytest.approx(28)


def test_a_planned_block_is_not_followed() -> None:
    blocks = make_county().blocks.assign(status="planned")
    assert monitor_blocks(make_county(blocks=blocks), settings=SETTINGS).weeks.empty


@pytest.mark.parametrize("lacking", ["blocks", "block_areas"])
def test_without_blocks_the_table_is_named(lacking: str) -> None:
    monitor = monitor_blocks(make_county(**{lacking: None}), settings=SETTINGS)
    assert monitor.weeks.empty
    assert "leaked_share" in monitor.weeks
    assert monitor.notes == (f"needs table {lacking}",)
