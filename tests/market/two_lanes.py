"""Two postcodes, a rural and an urban one, and packages in a few words: a ground for the measures of flow."""

import datetime as dt
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

from marketmap.inputs.county import Tables
from marketmap.market.places import Places

SNAPSHOT = dt.date(2026, 9, 28)
RURAL, URBAN, NOWHERE = "GL7 1AA", "GL1 1AA", "ZZ1 1ZZ"
TEXT = ("person_id", "needs", "waiting_where", "end_reason", "change_reason", "do_not_move_reason")
DATES = ("request_date", "ready_date", "start_date", "end_date", "effective_from", "effective_to")


def make_places() -> Places:
    """One sector a lane, each its own class; 100 and 400 people of 65 and over."""
    of = pd.DataFrame(
        {
            "sector": ["GL7 1", "GL1 1"],
            "district_code": ["E07000079", "E07000081"],
            "rural": pd.array([True, False], dtype="boolean"),
            "rural_urban": ["rural", "urban"],
        },
        index=pd.Index([RURAL, URBAN], name="postcode"),
    )
    rows = [("sector", "GL7 1", 100.0), ("sector", "GL1 1", 400.0), ("county", "county", 500.0)]
    rows += [("rural", "rural", 100.0), ("rural", "urban", 400.0)]
    residents = pd.DataFrame(rows, columns=["level", "area_code", "people_65plus"]).assign(people_85plus=10.0)
    names = {"sector": {"GL7 1": "GL7 1", "GL1 1": "GL1 1"}}
    return Places(of=of, names=names, residents=residents, rural_basis="made up", levels=("sector", "district_code"))


def make_lines(*rows: dict[str, Any]) -> pd.DataFrame:
    """Fill package lines up: active council home care of ten hours by P1 in the rural lane."""
    frame = pd.DataFrame(
        [
            {
                "package_id": f"K{number}",
                "postcode": RURAL,
                "service_type": "home_care",
                "status": "active",
                "hours_week": 10.0,
                "visits_week": 14.0,
                "carers_required": 1,
                "provider_id": "P1",
                "funding": "council",
                "visit_minutes": 30.0,
                "price_hour": 20.0,
                "do_not_move": pd.NA,
                **dict.fromkeys((*TEXT, *DATES)),
                **row,
            }
            for number, row in enumerate(rows or ({},))
        ]
    ).iloc[: len(rows)]
    for name in DATES:
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
    for name in TEXT:
        frame[name] = frame[name].astype("str")
    frame["do_not_move"] = frame["do_not_move"].astype("boolean")
    return frame


def make_tables(**given: Any) -> Tables:
    """Give tables with only what a measure reads; every other optional one is None."""
    names = ("packages", "package_lines", "providers", "calls", "visits", "blocks", "block_areas")
    more = ("offers", "handbacks", "rates", "reablement", "areas")
    tables = dict.fromkeys((*names, *more)) | {"snapshot_date": SNAPSHOT} | given
    return cast("Tables", SimpleNamespace(**tables))
