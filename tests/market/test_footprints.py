"""Footprints come from where carers were, not from the office's address."""

import pandas as pd

from marketmap.market.footprints import find_round_ends, hours_held


def test_rounds_begin_and_end_at_the_first_and_last_delivered_visit() -> None:
    packages = pd.DataFrame(
        {"package_id": ["K1", "K2", "K3"], "postcode": ["GL1 1AA", "GL1 2AA", "GL1 3AA"], "placed": True}
    )
    start = pd.to_datetime(
        ["2026-09-21 07:00", "2026-09-21 09:00", "2026-09-21 08:00", "2026-09-21 23:30", "2026-09-22 07:00"]
    ).tz_localize("Europe/London")
    visits = pd.DataFrame(
        {
            "provider_id": "P1",
            "carer_id": "C1",
            "package_id": ["K1", "K2", "K3", "K3", "K2"],
            "planned_start": start,
            "status": ["delivered", "delivered", "delivered", "missed", "delivered"],
        }
    )
    ends = find_round_ends(visits, packages).set_index("postcode")["ends_week"]
    # Monday begins at K1 and ends at K2 (the last was missed); Tuesday begins and ends at K2.
    # Two days in the file: a week holds three and a half times as many.
    assert ends.to_dict() == {"GL1 1AA": 3.5, "GL1 2AA": 10.5}


def test_no_visits_give_no_round_ends() -> None:
    assert find_round_ends(None, pd.DataFrame()).empty


def test_only_active_placeable_work_is_held() -> None:
    packages = pd.DataFrame(
        {"provider_id": ["P1", "P1", "P2"], "postcode": ["GL1 1AA"] * 3, "hours_week": [5.0, 6.0, 7.0]}
    )
    described = pd.DataFrame(
        {"placeable": [True, True, False], "waiting": [False, True, False], "carer_hours": [10.0, 6.0, 7.0],
         "carer_visits": [4.0, 4.0, 4.0]}
    )  # fmt: skip
    held = hours_held(packages, described)
    assert held.to_dict("records") == [
        {"provider_id": "P1", "postcode": "GL1 1AA", "carer_hours": 10.0, "contact_hours": 5.0, "carer_visits": 4.0}
    ]
