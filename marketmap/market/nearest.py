"""Who is near a place: every provider by the road minutes to where it works now, with what it could still take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import numpy as np
import pandas as pd

COLUMNS = [
    "provider_id",
    "provider_name",
    "minutes",
    "km_straight",
    "basis",
    "beside",
    "packages_near",
    "hours_spare_week",
    "capacity_as_of",
    "capacity_age_days",
    "cqc_rating",
    "standing",
]
BY_ROAD, STRAIGHT, NO_WORK = "road", "straight line", "no work now"
HERE, NEXT_DOOR = "in this postcode", "in the next postcode along the road"
METRES_KM = 1000.0


def rank_nearest(
    packages: pd.DataFrame,
    providers: pd.DataFrame,
    *,
    minutes: pd.Series,
    here: tuple[str, float, float],
    beside: Collection[str],
    near_minutes: float,
    snapshot_date: dt.date,
) -> pd.DataFrame:
    """Rank every provider by how near to a place it delivers care now.

    Parameters
    ----------
    packages
        `Tables.packages`: active packages that have a place are where a provider works.
    providers
        `Tables.providers`.
    minutes
        Road minutes from the place, indexed by postcode; ``inf`` or absent where no road times it.
    here
        Postcode, easting and northing (EPSG:27700 metres) of the place.
    beside
        Postcodes next to it along the road.
    near_minutes
        Work so near counts in ``packages_near``: the setting of that name.
    snapshot_date
        The day of the extract, from which the age of spare hours is counted.

    Returns
    -------
    DataFrame
        `COLUMNS`, one row a provider. ``minutes`` to its nearest package by road, NaN where no road times any of them:
        ``basis`` then says that ``km_straight``, kilometres in a straight line, is all there is, or that it has no work
        now. ``beside``: whether it is in the street already. ``hours_spare_week``: carer hours that it said it could
        take, of the day ``capacity_as_of``, so many days before the extract. ``standing``: why not to ask it, or blank.
        Nearest by road first, then by straight line, then those without work.
    """
    active = packages[(packages["status"] == "active") & packages["placed"].astype(bool)]
    postcode, easting, northing = here
    metres = np.hypot(active["easting"].astype(float) - easting, active["northing"].astype(float) - northing)
    timed = active["postcode"].map(minutes).astype(float).replace(np.inf, np.nan)
    work = pd.DataFrame(
        {
            "provider_id": active["provider_id"],
            "minutes": timed,
            "km_straight": metres / METRES_KM,
            "near": timed <= near_minutes,
            "here": active["postcode"] == postcode,
            "next": active["postcode"].isin(list(beside)),
        }
    )
    sums = work.groupby("provider_id").agg(
        minutes=("minutes", "min"),
        km_straight=("km_straight", "min"),
        packages_near=("near", "sum"),
        here=("here", "any"),
        next=("next", "any"),
    )
    frame = providers.reset_index(drop=True).join(sums, on="provider_id")
    frame["basis"] = np.select([frame["minutes"].notna(), frame["km_straight"].notna()], [BY_ROAD, STRAIGHT], NO_WORK)
    frame["beside"] = np.select([frame["here"].eq(True), frame["next"].eq(True)], [HERE, NEXT_DOOR], "")
    frame["packages_near"] = frame["packages_near"].fillna(0).astype(int)
    told = pd.to_datetime(frame["capacity_as_of"])
    frame["capacity_age_days"] = (pd.Timestamp(snapshot_date) - told).dt.days
    frame["capacity_as_of"] = told
    frame["standing"] = _tell_standing(frame)
    order = frame["basis"].map({BY_ROAD: 0, STRAIGHT: 1, NO_WORK: 2})
    keys = frame.assign(order=order, how_far=frame["minutes"].fillna(frame["km_straight"]))
    return frame.loc[keys.sort_values(["order", "how_far", "provider_id"]).index, COLUMNS].reset_index(drop=True)


def _tell_standing(providers: pd.DataFrame) -> pd.Series:
    suspended = providers["placements_suspended"].astype("boolean").fillna(value=False).to_numpy(bool)
    outside = ~providers["on_framework"].astype("boolean").fillna(value=True).to_numpy(bool)
    text = np.select([suspended, outside], ["new placements suspended", "not on the framework"], "")
    return pd.Series(text, index=providers.index)
