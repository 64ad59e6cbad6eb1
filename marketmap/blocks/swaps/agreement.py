"""Who must agree to a move, and whether the law on transfers of undertakings may touch a carer."""

from __future__ import annotations

import pandas as pd

PERSON, WORKER, ICB = "the person or their representative", "the social worker", "the ICB"
# The integrated care board pays for these, wholly or in part.
FROM_THE_NHS = ("chc", "joint")
MOST_OF_HOURS = 0.5
NO_VISITS = "needs table visits"
TAKE_ADVICE = "take TUPE advice"


def list_who_agrees(funding: str | None, source: str, target: str) -> list[str]:
    """List who must agree to a move.

    Parameters
    ----------
    funding
        As the packages table has it; None where blank.
    source, target
        Ids of the two providers.
    """
    return [PERSON, WORKER, source, target, *([ICB] if funding in FROM_THE_NHS else [])]


def find_affected_carers(visits: pd.DataFrame | None, moving: pd.Series) -> pd.DataFrame:
    """Find the carers with over half of their hours on packages that move away from their provider.

    Parameters
    ----------
    visits
        Call monitoring, or None. Delivered attendances count, by their planned hours.
    moving
        Indexed by ``package_id``: the provider that each moving package leaves.

    Returns
    -------
    DataFrame
        One row a carer with any such hours: ``provider_id``, ``carer_id``, ``hours`` and ``hours_moving`` (over the
        days of call monitoring), ``over_half`` (bool). Empty without visits.
    """
    columns = ["provider_id", "carer_id", "hours", "hours_moving", "over_half"]
    if visits is None or visits.empty or moving.empty:
        return pd.DataFrame(columns=columns)
    made = visits[visits["status"] == "delivered"]
    hours = (made["planned_end"] - made["planned_start"]).dt.total_seconds() / 3600
    leaves = made["package_id"].map(moving).astype("object") == made["provider_id"].astype("object")
    rows = made[["provider_id", "carer_id"]].assign(hours=hours, hours_moving=hours.where(leaves, 0.0))
    sums = rows.groupby(["provider_id", "carer_id"], as_index=False)[["hours", "hours_moving"]].sum()
    touched = sums[sums["hours_moving"] > 0].reset_index(drop=True)
    return touched.assign(over_half=touched["hours_moving"] > MOST_OF_HOURS * touched["hours"])[columns]


def list_carers_of(visits: pd.DataFrame | None, affected: pd.DataFrame, packages: pd.Series) -> pd.Series:
    """List for each moving package the affected carers who attend it.

    Parameters
    ----------
    visits
        Call monitoring, or None.
    affected
        As `find_affected_carers` gives it.
    packages
        Ids of the packages.

    Returns
    -------
    Series
        Indexed like ``packages``: sorted lists of ``carer_id``, those with over half of their hours on moving packages.
    """
    carers: dict[str, list[str]] = {}
    over = affected[affected["over_half"].astype(bool)]
    if visits is not None and len(over):
        made = visits[(visits["status"] == "delivered") & visits["package_id"].isin(packages)]
        known = made.merge(over[["provider_id", "carer_id"]], on=["provider_id", "carer_id"])
        carers = {str(name): sorted(set(rows)) for name, rows in known.groupby("package_id")["carer_id"]}
    return pd.Series([carers.get(str(name), []) for name in packages], index=packages.index, dtype="object")
