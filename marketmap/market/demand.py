"""Demand: which packages may be placed in a block, and what they ask for where."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from marketmap.market.area_rows import code_rows, sort_areas
from marketmap.market.intervals import rate_interval, share_interval, total_interval
from marketmap.market.places import Places, residents_of
from marketmap.settings import TIME_BANDS, BlockSettings

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def describe_packages(packages: pd.DataFrame, *, settings: BlockSettings) -> pd.DataFrame:
    """Say of each package whether it may be placed, and what it costs in carers.

    Parameters
    ----------
    packages
        The lines in force on the snapshot date, one row a package, as `Tables.packages` holds them.
    settings
        Which service types and funding enter blocks.

    Returns
    -------
    DataFrame
        Indexed like ``packages``: ``placeable`` and ``fixed`` (bool; ``fixed`` is a package that would be
        placeable but is marked ``do_not_move``), ``why_not`` (text, blank where placeable), ``waiting``
        (bool), ``carer_hours`` and ``carer_visits`` (a week, × ``carers_required``).
    """
    carers = pd.to_numeric(packages["carers_required"]).to_numpy(float)
    hours = packages["hours_week"].to_numpy(float)
    visits = packages["visits_week"].to_numpy(float)
    status = packages["status"].astype("object").fillna("").to_numpy()
    # A blank funding is taken as the council's own: most extracts carry only what the council pays for.
    funding = packages["funding"].astype("object").fillna("council").to_numpy()
    service = packages["service_type"].astype("object").fillna("").to_numpy()
    held_fast = packages["do_not_move"].astype("boolean").fillna(value=False).to_numpy(bool)
    placed = packages["placed"].to_numpy(bool)
    why_not = np.select(
        [
            ~np.isin(status, ["active", "waiting"]),
            ~np.isin(service, settings.service_types),
            ~np.isin(funding, settings.funding),
            ~placed,
            hours <= 0,
            held_fast,
        ],
        [
            "not active or waiting",
            "service type",
            "funding",
            "postcode not placed",
            "no hours",
            "do not move",
        ],
        default="",
    )
    return pd.DataFrame(
        {
            "placeable": why_not == "",
            "fixed": why_not == "do not move",
            "why_not": why_not,
            "waiting": status == "waiting",
            "carer_hours": hours * carers,
            "carer_visits": visits * carers,
        },
        index=packages.index,
    )


def sum_demand(packages: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """Sum weekly demand by a column of ``packages`` (for instance ``"sector"`` or ``"district_code"``).

    Active and waiting packages count, whoever pays; ended, withdrawn and suspended ones do not.

    Returns
    -------
    DataFrame
        Indexed by the values of ``by``: ``packages``, ``people``, ``contact_hours``, ``carer_hours``,
        ``visits``, ``double_handed`` (packages) and ``hours_waiting``, all a week where that applies.
    """
    current = packages[packages["status"].isin(["active", "waiting"])]
    carers = pd.to_numeric(current["carers_required"]).astype(float)
    person = current["person_id"].astype("object").where(current["person_id"].notna(), current["package_id"])
    table = pd.DataFrame(
        {
            by: current[by],
            "package_id": current["package_id"],
            "person": person,
            "contact_hours": current["hours_week"].astype(float),
            "carer_hours": current["hours_week"].astype(float) * carers,
            "visits": current["visits_week"].astype(float),
            "double_handed": carers > 1,
            "hours_waiting": current["hours_week"].astype(float).where(current["status"] == "waiting", 0.0),
        }
    )
    return table.groupby(by).agg(
        packages=("package_id", "size"),
        people=("person", "nunique"),
        contact_hours=("contact_hours", "sum"),
        carer_hours=("carer_hours", "sum"),
        visits=("visits", "sum"),
        double_handed=("double_handed", "sum"),
        hours_waiting=("hours_waiting", "sum"),
    )


def measure_demand(packages: pd.DataFrame, places: Places, *, by: str) -> pd.DataFrame:
    """Measure weekly demand by area, and against the people who live there.

    Active and waiting packages count, whatever the service and whoever pays, as in `sum_demand`.

    Parameters
    ----------
    packages
        `Tables.packages`.
    places
        Where postcodes lie, and residents.
    by
        A level, ``"rural_urban"``, ``"rural"`` or ``"county"``.

    Returns
    -------
    DataFrame
        ``level``, ``area_code`` (in order, those with demand; ``"unplaced"`` last), then the columns of `sum_demand`;
        ``packages_waiting``; ``double_handed_share`` of packages with its 95 % interval (Wilson); ``people_65plus``;
        ``people_1000``, people with a package to each 1,000 residents of 65 and over, with its interval (exact
        Poisson); ``hours_1000``, contact hours a week to each 1,000 of them, with the interval of a compound Poisson
        sum on the logarithm (standard error √Σh² ÷ Σh over packages' hours h). NA where residents are not known.
    """
    current = packages[packages["status"].isin(["active", "waiting"])]
    codes = code_rows(current, places, by=by)
    sums = sum_demand(current.assign(area_code=codes), by="area_code")
    hours = current["hours_week"].astype(float)
    waiting = current["status"].eq("waiting")
    sums["packages_waiting"] = waiting.groupby(codes).sum()
    squares = (hours**2).groupby(codes).sum()
    table = sort_areas(sums.rename_axis("area_code").reset_index())
    low, high = share_interval(table["double_handed"], table["packages"])
    table["double_handed_share"] = table["double_handed"] / table["packages"]
    table["double_handed_low"], table["double_handed_high"] = low, high
    people = residents_of(places, by=by, codes=table["area_code"])["people_65plus"]
    people = people.where(people > 0)
    table["people_65plus"] = people
    known = people.notna().to_numpy()
    low, high = np.full(len(table), np.nan), np.full(len(table), np.nan)
    if known.any():
        low[known], high[known] = rate_interval(table.loc[known, "people"], people[known] / 1000)
    table["people_1000"] = table["people"] / people * 1000
    table["people_1000_low"], table["people_1000_high"] = low, high
    low, high = total_interval(table["contact_hours"], table["area_code"].map(squares))
    for name, hours_here in (
        ("hours_1000", table["contact_hours"]),
        ("hours_1000_low", low),
        ("hours_1000_high", high),
    ):
        table[name] = hours_here / people * 1000
    table.insert(0, "level", by)
    return table


def find_usual_price(packages: pd.DataFrame, described: pd.DataFrame) -> pd.Series:
    """Find each district's usual price: the mean of what its placeable packages cost now, by carer hours.

    Returns
    -------
    Series
        Pounds an hour by ``district_code``; a district whose packages carry no price is absent.
    """
    priced = packages[described["placeable"] & ~described["waiting"] & packages["price_hour"].notna()]
    hours = described.loc[priced.index, "carer_hours"]
    pounds = (priced["price_hour"].astype(float) * hours).groupby(priced["district_code"]).sum()
    usual: pd.Series = pounds / hours.groupby(priced["district_code"]).sum()
    return usual


def carers_at_once(
    calls: pd.DataFrame | None,
    packages: pd.DataFrame,
    described: pd.DataFrame,
    *,
    group: pd.Series,
    band_minutes: Mapping[str, float],
    band_mix: Mapping[str, float],
) -> pd.DataFrame:
    """Estimate the carers needed at once in each time band, on the band's busiest day.

    Carer minutes wanted in the band ÷ the band's length: what it takes when calls can be spread evenly over
    the band and nobody drives, so a floor rather than a rota. Packages without calls are spread over the
    week by ``band_mix``.

    Parameters
    ----------
    calls
        The calls table, or None.
    packages, described
        As `describe_packages` takes and gives them.
    group
        Indexed like ``packages``: the block each belongs to (NA: none).
    band_minutes, band_mix
        Settings: length of each band in minutes; share of carer minutes by band where no calls say.

    Returns
    -------
    DataFrame
        Indexed by group, one column a band, carers as whole numbers.
    """
    member = group.notna()
    carers = pd.to_numeric(packages["carers_required"]).astype(float)
    minutes = pd.DataFrame(0.0, index=pd.Index(sorted(group[member].unique()), name="group"), columns=list(TIME_BANDS))
    without = member.copy()
    if calls is not None and len(calls):
        keys = packages.loc[member, ["package_id"]].assign(group=group[member], carers=carers[member])
        called = calls[["package_id", "days", "time_band", "minutes", "carers_required"]].merge(keys, on="package_id")
        wanted = pd.to_numeric(called["carers_required"]).astype(float).fillna(called["carers"])
        called = called.assign(carer_minutes=called["minutes"].astype(float) * wanted)
        days = called.assign(day=called["days"].str.split(";")).explode("day")
        busiest = days.groupby(["group", "time_band", "day"])["carer_minutes"].sum().groupby(level=[0, 1]).max()
        minutes = minutes.add(busiest.unstack(fill_value=0), fill_value=0.0)[list(TIME_BANDS)].fillna(0.0)  # noqa: PD010  levels, not columns
        without &= ~packages["package_id"].isin(called["package_id"])
    spread = described.loc[without, "carer_hours"].groupby(group[without]).sum() * 60 / len(DAYS)
    for band in TIME_BANDS:
        minutes[band] = minutes[band].add(spread * band_mix.get(band, 0.0), fill_value=0.0)
    lengths = pd.Series({band: band_minutes[band] for band in TIME_BANDS})
    carers_needed: pd.DataFrame = (minutes / lengths).round(6).apply(np.ceil).astype(int)
    return carers_needed
