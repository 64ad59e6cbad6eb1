"""Demand by time of day: contact hours in each band, and carers needed at once."""

from __future__ import annotations

import pandas as pd

from marketmap.market.area_rows import code_rows, sort_areas
from marketmap.market.demand import DAYS, carers_at_once
from marketmap.market.places import Places
from marketmap.settings import TIME_BANDS, BlockSettings

NOT_BY_VISIT = "not_by_visit"  # live-in, sleep-in and other care that comes in no band and has no calls
WEEKLY = ("packages", "contact_hours", "carer_hours", "visits", "hours_from_calls")


def measure_bands(
    packages: pd.DataFrame, calls: pd.DataFrame | None, places: Places, *, by: str, settings: BlockSettings
) -> pd.DataFrame:
    """Spread weekly demand over the time bands by area.

    A package's hours and visits go to bands as its calls do (minutes × days, and days); without calls, by the stated
    mix where its service comes in visits (``service_types`` of the settings, and reablement), else to
    ``not_by_visit``. So the bands of an area sum to its demand.

    Parameters
    ----------
    packages, calls
        `Tables.packages` and `Tables.calls` (None: the mix for all).
    places, by
        As `measure_demand` takes them.
    settings
        ``band_mix`` and ``service_types``.

    Returns
    -------
    DataFrame
        ``level``, ``area_code``, ``time_band`` (in the day's order), ``packages`` (with any care in the band),
        ``contact_hours``, ``carer_hours``, ``visits`` a week, ``hours_from_calls`` (of the contact hours, those whose
        band calls say; the rest is the mix).
    """
    current = packages[packages["status"].isin(["active", "waiting"])]
    codes = code_rows(current, places, by=by)
    carers = pd.to_numeric(current["carers_required"]).astype(float)
    table = pd.DataFrame(
        {
            "package_id": current["package_id"].astype("object"),
            "area_code": codes,
            "hours": current["hours_week"].astype(float),
            "carer_hours": current["hours_week"].astype(float) * carers,
            "visits": current["visits_week"].astype(float),
            "in_visits": _comes_in_visits(current, settings),
        }
    )
    rows = table.merge(_shares(table, calls, settings), on="package_id")
    rows["packages"] = (rows["of_minutes"] > 0).astype(int)
    rows["contact_hours"] = rows["hours"] * rows["of_minutes"]
    rows["carer_hours"] *= rows["of_minutes"]
    rows["visits"] *= rows["of_calls"]
    rows["hours_from_calls"] = rows["contact_hours"].where(rows["called"].astype(bool), 0.0)
    sums = rows.groupby(["area_code", "time_band"])[list(WEEKLY)].sum().reset_index()
    order = {band: place for place, band in enumerate((*TIME_BANDS, NOT_BY_VISIT))}
    sums["_order"] = sums["time_band"].map(order)
    ordered = sort_areas(sums[sums["packages"] > 0], "_order").drop(columns="_order")
    ordered.insert(0, "level", by)
    return ordered


def measure_peaks(
    packages: pd.DataFrame, calls: pd.DataFrame | None, places: Places, *, by: str, settings: BlockSettings
) -> pd.DataFrame:
    """Say how many carers an area needs at once in each band of the busiest day, as `carers_at_once` does.

    Only services that come in visits count: a live-in carer is there at all hours.

    Returns
    -------
    DataFrame
        ``level``, ``area_code``, ``carers_at_peak_<band>`` (whole carers; a floor, not a rota). Areas do not sum to the
        county: each has its own busiest day, and part of a carer counts as one.
    """
    codes = code_rows(packages, places, by=by)
    counts = packages["status"].isin(["active", "waiting"]) & _comes_in_visits(packages, settings)
    carers = pd.to_numeric(packages["carers_required"]).astype(float)
    needed = carers_at_once(
        calls,
        packages,
        pd.DataFrame({"carer_hours": packages["hours_week"].astype(float) * carers}),
        group=codes.where(counts),
        band_minutes=settings.band_minutes,
        band_mix=settings.band_mix,
    ).add_prefix("carers_at_peak_")
    table = sort_areas(needed.rename_axis("area_code").reset_index())
    table.insert(0, "level", by)
    return table


def _comes_in_visits(packages: pd.DataFrame, settings: BlockSettings) -> pd.Series:
    return packages["service_type"].isin([*settings.service_types, "reablement"])


def _shares(packages: pd.DataFrame, calls: pd.DataFrame | None, settings: BlockSettings) -> pd.DataFrame:
    """Share each package out over bands: ``package_id``, ``time_band``, ``of_minutes``, ``of_calls``, ``called``."""
    columns = ["package_id", "time_band", "of_minutes", "of_calls", "called"]
    parts = []
    told = pd.Series(dtype="object")
    if calls is not None and len(calls):
        known = calls[calls["package_id"].isin(packages["package_id"])]
        # A day named twice in one row is one call.
        days = sum(known["days"].str.contains(day, regex=False).astype(int) for day in DAYS)
        each = pd.DataFrame(
            {
                "package_id": known["package_id"].astype("object"),
                "time_band": known["time_band"],
                "of_minutes": known["minutes"].astype(float) * days,
                "of_calls": pd.Series(days, index=known.index).astype(float),
            }
        )
        sums = each.groupby(["package_id", "time_band"]).sum()
        shares = sums / sums.groupby(level="package_id").transform("sum")
        parts.append(shares.reset_index().assign(called=True))
        told = known["package_id"]
    left = packages[~packages["package_id"].isin(told)]
    mix = pd.Series(settings.band_mix).reindex(list(TIME_BANDS)).fillna(0.0)
    mix = mix / mix.sum()
    for band, share in zip(TIME_BANDS, mix, strict=True):
        mixed = left.loc[left["in_visits"], ["package_id"]]
        parts.append(mixed.assign(time_band=band, of_minutes=share, of_calls=share, called=False))
    other = left.loc[~left["in_visits"], ["package_id"]]
    parts.append(other.assign(time_band=NOT_BY_VISIT, of_minutes=1.0, of_calls=1.0, called=False))
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in columns})
    return pd.concat(filled, ignore_index=True)[columns]
