"""Where providers really work, read from call monitoring rather than from the office's address."""

from __future__ import annotations

import pandas as pd

DAYS_WEEK = 7


def find_round_ends(visits: pd.DataFrame | None, packages: pd.DataFrame) -> pd.DataFrame:
    """Find where each provider's rounds begin and end: the first and last visit of every carer-day.

    Parameters
    ----------
    visits
        Call monitoring, one row a carer attendance, or None. Delivered visits count; the day is the local
        day of ``planned_start``.
    packages
        `Tables.packages`; a visit is where its package is.

    Returns
    -------
    DataFrame
        ``provider_id``, ``postcode``, ``ends_week``: how many rounds begin or end there in a week.
    """
    columns = ["provider_id", "postcode", "ends_week"]
    if visits is None or visits.empty:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in columns})
    delivered = visits[visits["status"] == "delivered"]
    home = packages.loc[packages["placed"], ["package_id", "postcode"]].drop_duplicates("package_id")
    where = delivered["package_id"].map(home.set_index("package_id")["postcode"])
    table = pd.DataFrame(
        {
            "provider_id": delivered["provider_id"],
            "carer_id": delivered["carer_id"],
            "day": delivered["planned_start"].dt.date,
            "start": delivered["planned_start"],
            "postcode": where,
        }
    ).dropna(subset=["postcode", "start"])
    if table.empty:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in columns})
    rounds = table.sort_values(["start", "postcode"], kind="stable").groupby(["provider_id", "carer_id", "day"])
    ends = pd.concat([rounds["postcode"].first(), rounds["postcode"].last()]).reset_index()
    counts: pd.Series[float] = ends.groupby(["provider_id", "postcode"]).size() * DAYS_WEEK / table["day"].nunique()
    return counts.rename("ends_week").reset_index()


def hours_held(packages: pd.DataFrame, described: pd.DataFrame) -> pd.DataFrame:
    """Sum what each provider holds at each postcode among the placeable, active packages.

    Returns
    -------
    DataFrame
        ``provider_id``, ``postcode``, ``carer_hours``, ``contact_hours``, ``carer_visits`` (a week).
    """
    active = described["placeable"] & ~described["waiting"]
    table = packages.loc[active, ["provider_id", "postcode"]].assign(
        carer_hours=described.loc[active, "carer_hours"],
        contact_hours=packages.loc[active, "hours_week"].astype(float),
        carer_visits=described.loc[active, "carer_visits"],
    )
    return table.groupby(["provider_id", "postcode"], as_index=False).sum()
