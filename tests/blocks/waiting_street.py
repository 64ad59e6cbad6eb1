"""A street on which people wait: providers at either end, with hours to give away."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd

from marketmap.inputs.county import Tables
from marketmap.settings import Settings, WaitingSettings
from marketmap.travel import TravelTimes
from tests.blocks.small_county import make_street, make_tables, make_times

HOMES = 20
DATES = ("request_date", "ready_date", "start_date", "end_date", "effective_from", "effective_to")


def street_of_waiting(
    people: dict[int, dict[str, Any]], *, providers: dict[str, dict[str, Any]] | None = None, metres: float = 500.0
) -> tuple[Tables, TravelTimes]:
    """A holds the first five homes, B the last five; ``people`` wait at homes in between, ten hours each."""
    street = make_street(HOMES, metres=metres)
    held = (*range(5), *range(HOMES - 5, HOMES))
    rows: list[dict[str, Any]] = [
        {"package_id": f"H{home:02d}", "postcode": street.index[home], "provider_id": "A" if home < 5 else "B"}
        for home in held
    ]
    for home, person in people.items():
        waits = {"status": "waiting", "provider_id": None, "postcode": street.index[home], "ready_date": "2026-09-18"}
        rows.append({"package_id": f"W{home:02d}", **waits, **person})
    offers = {name: {"provider_id": name, "hours_spare_week": 100.0} for name in ("A", "B")}
    for name, changes in (providers or {}).items():
        offers[name] = {"provider_id": name, "hours_spare_week": 0.0} | offers.get(name, {}) | changes
    tables = make_tables(rows, list(offers.values()), postcodes=street)
    frame = tables.packages
    for name in DATES:
        frame[name] = pd.to_datetime(frame[name] if name in frame else pd.Series(pd.NaT, index=frame.index))
    if "waiting_where" not in frame:
        frame["waiting_where"] = pd.NA
    return dataclasses.replace(tables, packages=frame, package_lines=frame), make_times(street)


def waiting_settings(**values: Any) -> Settings:
    return dataclasses.replace(Settings(), waiting=WaitingSettings(**values))
