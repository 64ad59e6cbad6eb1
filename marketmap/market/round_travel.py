"""Travel on rounds: road minutes driven between visits for each hour of care, by area."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.market.area_rows import code_rows
from marketmap.market.places import Places
from marketmap.travel import TravelTimes

COLUMNS = ["minutes_hour", "journeys", "carer_hours"]


def measure_round_travel(
    visits: pd.DataFrame | None, packages: pd.DataFrame, places: Places, *, matrix: TravelTimes, by: str
) -> pd.DataFrame:
    """Measure the modelled minutes between one visit of a carer's day and the next, for each carer hour delivered.

    A journey belongs to the area of the visit that it leads to; the way from home to the first visit and back from the
    last is not counted, for it is not paid as travel between visits. Which visits follow each other is call
    monitoring's (delivered visits in the order of their planned starts, by local day), the minutes are the roads'.

    Parameters
    ----------
    visits
        Call monitoring, or None: then the frame is empty (needs table visits).
    packages
        `Tables.packages`; a visit is where its package is.
    matrix
        Minutes by road between postcodes; a journey that it does not hold is left out with the hours that it led to.

    Returns
    -------
    DataFrame
        Indexed by area code: ``minutes_hour`` (minutes a carer hour), ``journeys`` (n), ``carer_hours`` (the
        denominator, over the days of call monitoring).
    """
    if visits is None or visits.empty:
        return pd.DataFrame(columns=COLUMNS, index=pd.Index([], name="area_code"), dtype=float)
    made = visits[visits["status"] == "delivered"]
    home = packages.drop_duplicates("package_id").set_index("package_id")["postcode"]
    rows = pd.DataFrame(
        {
            "round": made["provider_id"] + "\n" + made["carer_id"] + "\n" + made["planned_start"].dt.date.astype("str"),
            "start": made["planned_start"],
            "visit_id": made["visit_id"],
            "postcode": home.reindex(made["package_id"]).array,
            "hours": (made["planned_end"] - made["planned_start"]).dt.total_seconds() / 3600,
        }
    ).sort_values(["round", "start", "visit_id"], kind="stable", ignore_index=True)
    at = matrix.postcodes.get_indexer(pd.Index(rows["postcode"]))
    follows = rows["round"].eq(rows["round"].shift()).to_numpy()
    known = (at >= 0) & (~follows | (np.roll(at, 1) >= 0))
    minutes = np.zeros(len(rows))
    legs = np.flatnonzero(follows & known)
    minutes[legs] = matrix.minutes[at[legs - 1], at[legs]]
    rows = rows.assign(minutes=minutes, journeys=(follows & known).astype(int))
    rows = rows[known & np.isfinite(minutes)]
    sums = rows.groupby(code_rows(rows, places, by=by).rename("area_code"))[["minutes", "journeys", "hours"]].sum()
    sums = sums[sums["hours"] > 0]
    return pd.DataFrame(
        {
            "minutes_hour": sums["minutes"] / sums["hours"],
            "journeys": sums["journeys"].astype("int64"),
            "carer_hours": sums["hours"],
        }
    )
