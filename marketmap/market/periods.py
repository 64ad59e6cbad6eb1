"""The two times that an evaluation compares: which days they hold, and whether they can be compared at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.errors import MarketError
from marketmap.inputs.county import Tables

DAYS_WEEK = 7
# Beyond this share of visits that the county's ground does not hold it is not this county that they are of.
MOST_ELSEWHERE = 0.5


@dataclass(frozen=True)
class Period:
    """Call monitoring of a stretch of time.

    Attributes
    ----------
    visits
        One row a carer attendance, as `Tables.visits`.
    first, last
        The days that it covers, both in.
    """

    visits: pd.DataFrame
    first: pd.Timestamp
    last: pd.Timestamp

    @property
    def weeks(self) -> float:
        """How many weeks that is."""
        return ((self.last - self.first).days + 1) / DAYS_WEEK


def make_period(visits: pd.DataFrame) -> Period:
    """Take the period that some visits cover.

    Raises
    ------
    MarketError
        When there are none.
    """
    if visits.empty:
        raise MarketError("A period of the evaluation holds no visit. Give call monitoring of both times.")
    days = visits["planned_start"].dt.tz_localize(None).dt.normalize()
    return Period(visits, days.min(), days.max())


def split_periods(tables: Tables) -> tuple[Period, Period]:
    """Split call monitoring that spans the roll-out: what lies before the first block's start, and after the last's.

    Raises
    ------
    MarketError
        Where there is no call monitoring or no block, or one of the two would be empty.
    """
    if tables.visits is None or tables.blocks is None:
        missing = " and ".join(name for name in ("visits", "blocks") if getattr(tables, name) is None)
        raise MarketError(f"An evaluation needs table {missing}.")
    day = tables.visits["planned_start"].dt.tz_localize(None).dt.normalize()
    starts = pd.to_datetime(tables.blocks.loc[tables.blocks["status"] != "planned", "start_date"])
    within = starts[(starts > day.min()) & (starts <= day.max())]
    if within.empty:
        raise MarketError(
            "No block starts within the days that call monitoring covers "
            f"({day.min():%Y-%m-%d} to {day.max():%Y-%m-%d}). Give the county's tables from before the blocks as well "
            "(make: EARLIER=<their folder>, marketmap: --before)."
        )
    return make_period(tables.visits[day < within.min()]), make_period(tables.visits[day >= within.max()])


def refuse_order(before: Period, after: Period) -> None:
    """Refuse two times that overlap, or of which the one before is the later.

    Raises
    ------
    MarketError
        With the days of both.
    """
    first, second = (f"{period.first:%Y-%m-%d} to {period.last:%Y-%m-%d}" for period in (before, after))
    if before.first > after.last:
        raise MarketError(
            f"The time before ({first}) is later than the time after ({second}). Give the folders the other way round: "
            "the county is as it is after (make: COUNTY=, marketmap: --county), the earlier one the time before (make: "
            "EARLIER=, marketmap: --before)."
        )
    if before.last >= after.first:
        raise MarketError(f"The time before ({first}) and after ({second}) overlap. Give periods that do not.")


def tell_elsewhere(period: Period, home: pd.Series, ground: pd.Index, *, name: str) -> list[str]:
    """Tell of delivered visits of a period that are at no postcode of the county.

    Parameters
    ----------
    period
        The period.
    home
        Indexed by package: its postcode, for visits that name none.
    ground
        The postcodes of the county.
    name
        ``before`` or ``after``, for the words.

    Raises
    ------
    MarketError
        Where they are more than `MOST_ELSEWHERE` of all: then the tables are another county's, or the packages of that
        time are missing.
    """
    made = period.visits[period.visits["status"] == "delivered"]
    place = made["postcode"].astype("object")
    away = int((~place.where(place.notna(), made["package_id"].map(home)).isin(ground)).sum())
    if away > MOST_ELSEWHERE * len(made):
        raise MarketError(
            f"Of {len(made):,} delivered visits in the time {name}, {away:,} are at no postcode of this county: these "
            "are another county's tables, or the packages of that time are missing. Give this county's own."
        )
    return [f"Delivered visits in the time {name} at no postcode of the county, left out: {away:,}."] if away else []


def tell_weekdays(before: Period, after: Period) -> list[str]:
    """Tell of periods that hold different days of the week: no weekend is compared with a Monday unsaid."""
    first, second = (
        np.bincount(pd.date_range(period.first, period.last).dayofweek, minlength=DAYS_WEEK) / period.weeks
        for period in (before, after)
    )
    if np.allclose(first, second):
        return []
    told = (
        f"The two times hold different days of the week ({before.first:%A} to {before.last:%A} and {after.first:%A} to "
        f"{after.last:%A}): care differs between them, so give whole weeks of both."
    )
    return [told]
