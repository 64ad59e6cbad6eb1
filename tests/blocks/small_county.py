"""A county of a few streets, built by hand, for testing plans without files or roads."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from marketmap.inputs.county import Tables
from marketmap.travel import TravelTimes

DISTRICT = "E06000017"
OPTIONAL_PACKAGE = ("needs", "do_not_move_reason", "waiting_where")


def make_tables(
    packages: Sequence[dict[str, object]],
    providers: Sequence[dict[str, object]],
    *,
    postcodes: pd.DataFrame,
    participation: pd.DataFrame | None = None,
    visits: pd.DataFrame | None = None,
    blocks: pd.DataFrame | None = None,
    block_areas: pd.DataFrame | None = None,
) -> Tables:
    """Build tables from the few columns that matter; the rest takes plain defaults."""
    frame = pd.DataFrame(
        [
            {
                "package_id": f"K{number:03d}",
                "person_id": pd.NA,
                "status": "active",
                "service_type": "home_care",
                "funding": "council",
                "carers_required": 1,
                "hours_week": 10.0,
                "visits_week": 14.0,
                "price_hour": 24.0,
                "needs": pd.NA,
                "do_not_move": pd.NA,
                "row": number + 2,
                **package,
            }
            for number, package in enumerate(packages)
        ]
    )
    frame["do_not_move"] = frame["do_not_move"].astype("boolean")
    place = postcodes.reindex(frame["postcode"])
    for name in ("easting", "northing", "sector", "district_code"):
        frame[name] = place[name].to_numpy()
    frame["placed"] = frame["easting"].notna()
    offer = pd.DataFrame(
        [
            {
                "provider_name": f"Care company {provider['provider_id']}",
                "company_id": provider["provider_id"],
                "postcode": postcodes.index[0],
                "hours_spare_week": 100.0,
                "max_growth_hours_13w": 0.0,
                "price_hour": 24.0,
                "cqc_rating": "Good",
                "services": pd.NA,
                "on_framework": True,
                "placements_suspended": pd.NA,
                "placed": True,
                "row": number + 2,
                **provider,
            }
            for number, provider in enumerate(providers)
        ]
    )
    for name in ("on_framework", "placements_suspended"):
        offer[name] = offer[name].astype("boolean")
    none = pd.DataFrame({name: pd.Series(dtype="str") for name in ("table", "row", "id", "postcode", "reason")})
    return Tables(
        packages=frame,
        package_lines=frame,
        providers=offer,
        participation=participation,
        calls=None,
        visits=visits,
        areas=None,
        blocks=blocks,
        block_areas=block_areas,
        county_postcodes=postcodes,
        snapshot_date=dt.date(2026, 9, 28),
        district_names={DISTRICT: "Rutland"},
        rejected=none,
        unplaced=none,
        notes=(),
        postcode_source="made up",
        files={},
    )


def make_rounds(packages: pd.DataFrame) -> pd.DataFrame:
    """Log one delivered visit a package, each by a carer of its own: every home is where a round begins and ends."""
    held = packages[packages["provider_id"].notna()]
    return pd.DataFrame(
        {
            "visit_id": "V" + held["package_id"],
            "carer_id": "C" + held["package_id"],
            "provider_id": held["provider_id"],
            "package_id": held["package_id"],
            "planned_start": pd.Timestamp("2026-09-21 07:00", tz="Europe/London"),
            "status": "delivered",
        }
    )


def make_street(count: int, *, metres: float = 1000.0) -> pd.DataFrame:
    """Lay postcodes out along one straight road."""
    names = [f"LE15 {number // 10}A{chr(65 + number % 10)}" for number in range(count)]
    return pd.DataFrame(
        {
            "easting": 480_000.0 + metres * np.arange(count),
            "northing": 310_000.0,
            "sector": [name[:6] for name in names],
            "district_code": DISTRICT,
            "live": pd.array([pd.NA] * count, dtype="boolean"),
        },
        index=pd.Index(names, name="postcode"),
    )


def make_times(postcodes: pd.DataFrame, *, minutes_km: float = 2.0) -> TravelTimes:
    """Drive along that road, two minutes a kilometre."""
    east = postcodes["easting"].to_numpy()
    minutes = np.abs(east[:, None] - east[None, :]) / 1000 * minutes_km
    order = postcodes.index[np.argsort(east)]
    return TravelTimes(
        postcodes=postcodes.index,
        minutes=minutes.astype(np.float32),
        neighbours=pd.DataFrame(
            {"postcode_a": order[:-1], "postcode_b": order[1:], "minutes": np.diff(np.sort(east)) / 1000 * minutes_km}
        ),
        unplaced=pd.DataFrame({"postcode": [], "metres": [], "reason": []}),
        illustrative=False,
        source={},
    )
