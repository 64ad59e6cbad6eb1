"""Where providers really work, read from call monitoring rather than from the office's address."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from marketmap.inputs.county import Tables
from marketmap.market.area_rows import code_rows, sort_areas
from marketmap.market.places import UNPLACED, Places
from marketmap.settings import MarketSettings, Settings
from marketmap.travel.calibration import measure_coverage

DAYS_WEEK = 7
SECONDS_HOUR = 3600.0
MONITORED, COMMISSIONED = "call monitoring", "packages"
WEEKLY = ["visits_week", "contact_hours", "carer_hours"]


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


def find_deliveries(tables: Tables, places: Places, *, settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find what each provider delivers at each postcode in a week.

    From call monitoring: delivered visits of the last ``footprint_days`` days that the visits table covers, by planned
    times, at the visit's own postcode or else its package's. From active packages for a provider whose monitored hours
    cover less than ``least_coverage`` of its commissioned ones, and for all where there is no call monitoring.

    Returns
    -------
    deliveries
        ``provider_id``, ``postcode`` (NA where unknown or not placed), ``visits_week`` (a visit with two carers is
        one), ``contact_hours`` and ``carer_hours`` a week, ``basis``. Visits of packages that no table knows are in it
        without a postcode, so that no hours are lost.
    bases
        One row a provider with active packages or visits: ``provider_id``, ``basis``, ``coverage`` (NaN where nothing
        is commissioned or monitored).
    """
    active = tables.packages[tables.packages["status"] == "active"]
    held = pd.DataFrame(
        {
            "provider_id": active["provider_id"],
            "postcode": active["postcode"],
            "visits_week": active["visits_week"].astype(float),
            "contact_hours": active["hours_week"].astype(float),
            "carer_hours": active["hours_week"].astype(float) * pd.to_numeric(active["carers_required"]).astype(float),
        }
    ).dropna(subset=["provider_id"])
    visits = _latest(tables.visits, days=settings.market.footprint_days)
    if visits is None or visits.empty:
        bases = pd.DataFrame({"provider_id": sorted(held["provider_id"].unique()), "basis": COMMISSIONED})
        return _tidy(held.assign(basis=COMMISSIONED), places), bases.assign(coverage=np.nan)
    least = dataclasses.replace(settings.calibration, least_coverage=settings.market.least_coverage)
    coverage = measure_coverage(visits, tables.packages, settings=least)
    # Who has nothing commissioned and yet visits works somewhere all the same: it is read from the visits.
    seen = coverage["enough"] | (coverage["hours_commissioned"] <= 0)
    monitored = set(coverage.loc[seen, "provider_id"])
    bases = coverage[["provider_id", "coverage"]].assign(basis=np.where(seen, MONITORED, COMMISSIONED))
    made = _delivered(visits, tables.package_lines)
    parts = [
        made[made["provider_id"].isin(monitored)].assign(basis=MONITORED),
        held[~held["provider_id"].isin(monitored)].assign(basis=COMMISSIONED),
    ]
    filled = [part for part in parts if len(part)] or parts[:1]
    return _tidy(pd.concat(filled, ignore_index=True), places), bases[["provider_id", "basis", "coverage"]]


def measure_footprints(
    deliveries: pd.DataFrame, bases: pd.DataFrame, places: Places, *, by: str, settings: MarketSettings
) -> pd.DataFrame:
    """Measure each provider's footprint: what it delivers in each area, and what that is of the area and of itself.

    Parameters
    ----------
    deliveries, bases
        As `find_deliveries` gives them.
    places, by
        As `market.demand.measure_demand` takes them.
    settings
        ``core_share``, ``significant_share``.

    Returns
    -------
    DataFrame
        One row for each provider and area where it works: ``level``, ``area_code`` (``"unplaced"`` where unknown),
        ``provider_id``, ``visits_week``, ``contact_hours``, ``carer_hours``; ``share_of_area`` and
        ``share_of_provider`` (of the area's and of the provider's visits; each sums to 1), ``area_visits`` and
        ``provider_visits``; ``core`` (one of the fewest areas that hold ``core_share`` of its placed visits, of equals
        the lower code), ``significant`` (from ``significant_share`` of the area's visits up), ``basis``, ``coverage``.
    """
    codes = code_rows(deliveries, places, by=by)
    each = deliveries.assign(area_code=codes).groupby(["provider_id", "area_code"], as_index=False)[WEEKLY].sum()
    table = sort_areas(each, "provider_id")
    table["area_visits"] = table.groupby("area_code")["visits_week"].transform("sum")
    table["provider_visits"] = table.groupby("provider_id")["visits_week"].transform("sum")
    # A provider that is paid for hours without visits (live-in care) is measured by its hours.
    for share, whole, key in (
        ("share_of_area", "area_visits", "area_code"),
        ("share_of_provider", "provider_visits", "provider_id"),
    ):
        by_hours = table["carer_hours"] / table.groupby(key)["carer_hours"].transform("sum")
        table[share] = (table["visits_week"] / table[whole]).where(table[whole] > 0, by_hours)
    table["core"] = _find_core(table, settings.core_share)
    placed = table["area_code"].ne(UNPLACED)
    table["significant"] = placed & (table["share_of_area"] >= settings.significant_share)
    # By label rather than by merge: a frame without rows has no type to match on.
    known = bases.drop_duplicates("provider_id").set_index("provider_id")
    for name in ("basis", "coverage"):
        table[name] = known[name].reindex(pd.Index(table["provider_id"])).array
    table.insert(0, "level", by)
    return table


def _find_core(table: pd.DataFrame, core_share: float) -> pd.Series:
    """Mark the fewest areas that hold ``core_share`` of each provider's placed visits."""
    placed = table[table["area_code"].ne(UNPLACED) & (table["share_of_provider"] > 0)]
    ranked = placed.sort_values(["provider_id", "share_of_provider", "area_code"], ascending=[True, False, True])
    group = ranked.groupby("provider_id")["share_of_provider"]
    before = group.cumsum() - ranked["share_of_provider"]
    # An area is needed as long as those before it do not hold the share; sums of floats may fall short by a hair.
    needed = before < core_share * group.transform("sum") - 1e-9
    return needed.reindex(table.index, fill_value=False)


def _latest(visits: pd.DataFrame | None, *, days: int) -> pd.DataFrame | None:
    """Keep the visits planned on the last so many days that the table covers."""
    if visits is None or visits.empty:
        return visits
    day = visits["planned_start"].dt.tz_localize(None).dt.normalize()
    latest: pd.DataFrame = visits[day > day.max() - pd.Timedelta(days=days)]
    return latest


def _delivered(visits: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """List delivered attendances by the week: where, hours, and 1 for the first carer at each visit."""
    day = visits["planned_start"].dt.tz_localize(None).dt.normalize()
    week = DAYS_WEEK / max(int((day.max() - day.min()).days) + 1, 1)
    made = visits[visits["status"] == "delivered"]
    # The latest line of a package says where it is, also of one that has ended since.
    home = lines.dropna(subset=["postcode"]).drop_duplicates("package_id", keep="last")
    known = made["package_id"].isin(lines["package_id"])
    where = (
        made["postcode"]
        .astype("object")
        .where(made["postcode"].notna(), made["package_id"].map(home.set_index("package_id")["postcode"]))
    )
    hours = (made["planned_end"] - made["planned_start"]).dt.total_seconds() / SECONDS_HOUR * week
    first = ~made.duplicated("visit_id")
    return pd.DataFrame(
        {
            "provider_id": made["provider_id"],
            "postcode": where.where(known),
            "visits_week": first.astype(float) * week,
            "contact_hours": hours.where(first, 0.0),
            "carer_hours": hours,
        }
    )


def _tidy(deliveries: pd.DataFrame, places: Places) -> pd.DataFrame:
    placed = deliveries["postcode"].astype("object").where(deliveries["postcode"].isin(places.of.index))
    keys = ["provider_id", "postcode", "basis"]
    return deliveries.assign(postcode=placed).groupby(keys, as_index=False, dropna=False)[WEEKLY].sum()
