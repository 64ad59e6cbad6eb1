"""The checker's own reading of the rules: which packages hold on the day, and which of them a block may place."""

from __future__ import annotations

import pandas as pd

from marketmap.check import sources
from marketmap.settings import BlockSettings


def describe_packages(
    lines: pd.DataFrame,
    *,
    directory: pd.DataFrame,
    block_of: pd.Series,
    settings: BlockSettings,
    snapshot: pd.Timestamp,
) -> pd.DataFrame:
    """Take the packages in force on a day and describe them.

    A package may be placed when it is active or waiting, of a service type and funding that the settings name
    (blank funding is the council's), at a postcode that can be placed, with hours, and free to move.

    Parameters
    ----------
    lines
        Every dated line, as text.
    directory
        Postcodes with their ``district_code``.
    block_of
        Block (or spot) by postcode.

    Returns
    -------
    DataFrame
        One row a package, with ``carers, hours, visits, carer_hours, carer_visits`` (a week), ``price`` (pounds an
        hour), ``counts`` (active or waiting), ``waiting, placeable, fixed`` (bool; fixed is placeable but for
        ``do_not_move``), ``person``, ``postcode, sector, district_code`` (blank where not placed) and ``block_id``
        (blank where not listed).
    """
    starts, ends = sources.to_dates(lines["effective_from"]), sources.to_dates(lines["effective_to"])
    # effective_to is the first day on which a line no longer holds.
    in_force = (starts.isna() | (starts <= snapshot)) & (ends.isna() | (ends > snapshot))
    rows = lines[in_force].drop_duplicates("package_id").reset_index(drop=True)
    carers = sources.to_numbers(rows["carers_required"]).fillna(1.0)
    hours = sources.to_numbers(rows["hours_week"]).fillna(0.0)
    visits = sources.to_numbers(rows["visits_week"]).fillna(0.0)
    postcode = sources.to_postcodes(rows["postcode"])
    postcode = postcode.where(postcode.isin(directory.index), "")
    status = sources.to_words(rows["status"])
    could = (
        status.isin(["active", "waiting"])
        & sources.to_words(rows["service_type"]).isin(settings.service_types)
        & sources.to_words(rows["funding"]).replace("", "council").isin(settings.funding)
        & (postcode != "")
        & (hours > 0)
    )
    fixed = sources.to_flags(rows["do_not_move"])
    return rows.assign(
        carers=carers,
        hours=hours,
        visits=visits,
        carer_hours=hours * carers,
        carer_visits=visits * carers,
        price=sources.to_numbers(rows["price_hour"]),
        counts=status.isin(["active", "waiting"]),
        waiting=status == "waiting",
        placeable=could & ~fixed,
        fixed=could & fixed,
        person=rows["person_id"].where(rows["person_id"] != "", rows["package_id"]),
        postcode=postcode,
        sector=sources.to_sectors(postcode),
        district_code=postcode.map(directory["district_code"]).fillna(""),
        block_id=postcode.map(block_of).fillna(""),
    )


def sum_points(movable: pd.DataFrame) -> pd.DataFrame:
    """Sum the packages that blocks may place, by postcode.

    Parameters
    ----------
    movable
        Described packages with ``held``: whether the block's suggested provider delivers it now.

    Returns
    -------
    DataFrame
        Indexed by postcode: columns as ``block_points.csv`` names them, ``active_visits`` (carer-visits made today) and
        ``waiting_carer_hours``, all a week.
    """
    held, waiting = movable["held"].to_numpy(float), movable["waiting"].to_numpy(float)
    parts = pd.DataFrame(
        {
            "packages": 1.0,
            "contact_hours": movable["hours"],
            "carer_hours": movable["carer_hours"],
            "carer_visits": movable["carer_visits"],
            "hours_waiting": movable["hours"] * waiting,
            "carer_hours_held": movable["carer_hours"] * held,
            "active_visits": movable["carer_visits"] * (1 - waiting),
            "waiting_carer_hours": movable["carer_hours"] * waiting,
        }
    )
    sums = parts.groupby(movable["postcode"]).sum()
    return sums.assign(people=movable.groupby("postcode")["person"].nunique().astype(float))
