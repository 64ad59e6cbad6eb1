"""The visits of packages that nobody visits yet: people who wait, and people still to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from marketmap.settings import RoundSettings
from marketmap.travel.rounds.clock import read_clock, read_span
from marketmap.travel.rounds.work import DAYS, WORK, open_windows


def expect_work(
    packages: pd.DataFrame,
    calls: pd.DataFrame | None,
    *,
    days: Sequence[pd.Timestamp],
    settings: RoundSettings,
    band_mix: Mapping[str, float],
) -> pd.DataFrame:
    """Make the visits that packages would have.

    A package with calls has each of them on its days. One without has its visits of the week spread over the time bands
    by the mix (largest remainders) and over the days evenly, each as long as its hours and visits say.

    Parameters
    ----------
    packages
        ``package_id, provider_id, postcode, hours_week, visits_week, carers_required``, one row a package.
    calls
        `Tables.calls`, or None.
    days
        Midnights of the days wanted.
    settings
        Bands and windows.
    band_mix
        Share of visits in each time band, for packages without calls.

    Returns
    -------
    DataFrame
        Columns `marketmap.travel.rounds.work.WORK`; ``visit_id`` is made of the package's id, the day and a number.
    """
    parts = [_from_calls(packages, calls, days, settings)]
    told = set() if calls is None else set(calls["package_id"])
    left = packages[~packages["package_id"].isin(told)]
    parts.append(_from_mix(left, days, settings, band_mix))
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.sort_values(["package_id", "day", "begin"], kind="stable", ignore_index=True)
    number = rows.groupby(["package_id", "day"], sort=False).cumcount() + 1
    names = zip(rows["package_id"], rows["day"].dt.strftime("%Y-%m-%d"), number, strict=True)
    rows["visit_id"] = [f"{package} {day} {count}" for package, day, count in names]
    rows["reason"] = ""
    rows = open_windows(rows, calls, settings=settings)
    return rows[list(WORK)]


def _from_calls(
    packages: pd.DataFrame, calls: pd.DataFrame | None, days: Sequence[pd.Timestamp], settings: RoundSettings
) -> pd.DataFrame:
    if calls is None:
        return _rows([])
    wanted = calls.merge(packages, on="package_id", suffixes=("", "_package"))
    bands = {name: read_span(span) for name, span in settings.bands.items()}
    rows: list[tuple[Any, ...]] = []
    for call in wanted.to_dict("records"):
        opens = bands[str(call["time_band"])][0]
        begin = opens if pd.isna(call["earliest"]) else read_clock(str(call["earliest"]))
        carers = call["carers_required_package"] if pd.isna(call["carers_required"]) else call["carers_required"]
        named = set(str(call["days"]).split(";"))
        rows += [
            (call["provider_id"], call["package_id"], day, call["postcode"], int(carers), float(call["minutes"]), begin)
            for day in days
            if DAYS[day.dayofweek] in named
        ]
    return _rows(rows)


def _from_mix(
    packages: pd.DataFrame, days: Sequence[pd.Timestamp], settings: RoundSettings, band_mix: Mapping[str, float]
) -> pd.DataFrame:
    names = list(settings.bands)
    mix = np.array([band_mix.get(name, 0.0) for name in names])
    opens = [read_span(settings.bands[name])[0] for name in names]
    rows: list[tuple[Any, ...]] = []
    for package in packages.to_dict("records"):
        visits = round(float(package["visits_week"]))
        if visits <= 0 or float(package["hours_week"]) <= 0:
            continue
        minutes = float(package["hours_week"]) * 60.0 / float(package["visits_week"])
        whole = _share_out(mix * visits / mix.sum(), visits)
        for band, count in enumerate(whole):
            weekdays = [number * len(DAYS) // count for number in range(count)]
            carers = int(package["carers_required"])
            rows += [
                (package["provider_id"], package["package_id"], day, package["postcode"], carers, minutes, opens[band])
                for day in days
                for weekday in weekdays
                if day.dayofweek == weekday
            ]
    return _rows(rows)


def _share_out(wanted: np.ndarray, total: int) -> list[int]:
    """Round to whole numbers with the given sum, by largest remainders."""
    whole = np.floor(wanted).astype(int)
    order = np.argsort(-(wanted - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return [int(count) for count in whole]


def _rows(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    columns = ["provider_id", "package_id", "day", "postcode", "carers", "minutes", "begin"]
    frame = pd.DataFrame(rows, columns=columns)
    types = {"carers": "int64", "minutes": "float64", "begin": "float64", "day": "datetime64[us]"}
    return frame.astype(types | dict.fromkeys(["provider_id", "package_id", "postcode"], "object"))
