"""Today's rounds as they were driven: each carer's visits in the order in which call monitoring saw them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.settings import Settings
from marketmap.travel import TravelTimes
from marketmap.travel.calibration.coverage import measure_coverage
from marketmap.travel.rounds.clock import minutes_of_day, read_clock

DRIVEN = [
    "provider_id", "hours_commissioned", "hours_monitored", "coverage", "enough", "attendances", "carer_hours",
    "carer_days", "journeys", "driven_minutes", "driven_minutes_hour", "gap_minutes", "gap_minutes_hour",
    "gaps_too_long", "overlaps", "carers_a_package",
]  # fmt: skip
DELIVERED = "delivered"


def measure_driven(
    visits: pd.DataFrame | None, packages: pd.DataFrame, matrix: TravelTimes, *, settings: Settings
) -> pd.DataFrame:
    """Measure the rounds that call monitoring saw, by provider.

    A carer's delivered attendances of a day follow one another by log-in, by planned begin where there is none. Road
    minutes are those of this order with parking, as in the simulated rounds; they hold no choice of ours. Gaps are from
    log-out to the next log-in: waits and breaks are in them, so that they are above the travel.

    Parameters
    ----------
    visits
        `Tables.visits`, or None: then the frame is empty (needs table visits).
    packages
        `Tables.packages`; a visit is where its package is. Visits of packages that it does not hold are left out.
    matrix
        Minutes by road between postcodes.
    settings
        ``rounds`` (``stop_minutes``, ``day_begins``) and ``calibration`` (``longest_gap_minutes``,
        ``least_coverage``).

    Returns
    -------
    DataFrame
        Columns `DRIVEN`, one row a provider, over the days of call monitoring: commissioned and monitored carer hours,
        ``coverage`` (monitored ÷ commissioned, NaN where nothing is commissioned) and whether it is ``enough``; planned
        ``carer_hours`` of attendances, ``driven_minutes`` and the same for each carer hour, ``gap_minutes`` of gaps no
        longer than ``longest_gap_minutes``, how many were longer, ``overlaps`` (attendances begun before the carer's
        last had ended), ``carers_a_package`` (different carers at a package, mean of packages).
    """
    if visits is None or visits.empty:
        return pd.DataFrame(
            {name: pd.Series(dtype="object" if name == "provider_id" else "float64") for name in DRIVEN}
        )
    home = packages.drop_duplicates("package_id").set_index("package_id")["postcode"]
    made = visits[(visits["status"] == DELIVERED) & visits["package_id"].isin(home.index)]
    begun = made["actual_start"].fillna(made["planned_start"])
    own = made["postcode"].astype("object")
    rows = pd.DataFrame(
        {
            "provider_id": made["provider_id"].astype("object"),
            "carer_id": made["carer_id"].astype("object"),
            "package_id": made["package_id"].astype("object"),
            "day": minutes_of_day(made["planned_start"], day_begins=read_clock(settings.rounds.day_begins))[0],
            "postcode": own.where(own.notna(), made["package_id"].map(home).astype("object")),
            "begun": begun,
            "ended": made["actual_end"].fillna(made["planned_end"]),
            "planned": made["planned_start"],
            "carer_hours": (made["planned_end"] - made["planned_start"]).dt.total_seconds() / 3600.0,
        }
    )
    keys = ["provider_id", "carer_id", "day"]
    rows = rows.sort_values([*keys, "begun", "planned", "package_id"], kind="stable", ignore_index=True)
    follows = rows[keys].eq(rows[keys].shift()).all(axis=1).to_numpy()
    at = matrix.postcodes.get_indexer(pd.Index(rows["postcode"]))
    legs = np.flatnonzero(follows & (at >= 0) & (np.roll(at, 1) >= 0))
    minutes = np.zeros(len(rows))
    minutes[legs] = matrix.minutes[at[legs - 1], at[legs]]
    legs = legs[np.isfinite(minutes[legs])]
    road = np.zeros(len(rows))
    road[legs] = np.where(minutes[legs] > 0, minutes[legs] + settings.rounds.stop_minutes, 0.0)
    gap = ((rows["begun"] - rows["ended"].shift()).dt.total_seconds() / 60.0).to_numpy()
    most = settings.calibration.longest_gap_minutes
    rows = rows.assign(
        driven_minutes=road,
        journeys=np.isin(np.arange(len(rows)), legs).astype(float),
        gap_minutes=np.where(follows & (gap >= 0) & (gap <= most), gap, 0.0),
        gaps_too_long=(follows & (gap > most)).astype(float),
        overlaps=(follows & (gap < 0)).astype(float),
        attendances=1.0,
    )
    names = ["attendances", "carer_hours", "journeys", "driven_minutes", "gap_minutes", "gaps_too_long", "overlaps"]
    table = rows.groupby("provider_id")[names].sum()
    table["carer_days"] = rows.drop_duplicates(keys).groupby("provider_id").size()
    pairs = (
        rows.drop_duplicates(["provider_id", "package_id", "carer_id"]).groupby(["provider_id", "package_id"]).size()
    )
    table["carers_a_package"] = pairs.groupby("provider_id").mean()
    hours = table["carer_hours"].where(table["carer_hours"] > 0)
    table["driven_minutes_hour"] = table["driven_minutes"] / hours
    table["gap_minutes_hour"] = table["gap_minutes"] / hours
    coverage = measure_coverage(visits, packages, settings=settings.calibration).set_index("provider_id")
    told = coverage[["hours_commissioned", "hours_monitored", "coverage", "enough"]]
    return told.join(table, how="outer").rename_axis("provider_id").reset_index()[DRIVEN]
