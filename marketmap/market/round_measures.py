"""What rounds cost and what a change of them saves: travel for each hour of care, miles, rounds and carers at once."""

from __future__ import annotations

import warnings
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.stats import DegenerateDataWarning, bootstrap

from marketmap.market.price import KM_A_MILE
from marketmap.settings import MarketSettings, RoundSettings

DAYS_IN_A_YEAR = 365.0
# Provider-days: fewer say nothing of what others would show.
LEAST_DAYS = 5
Minutes = TypeVar("Minutes", float, pd.Series)
CELL = ["area_code", "provider_id", "day"]
SUMS = ["travel_minutes", "carer_hours", "attendances"]
MEASURES = [
    "provider_days", "attendances", "carer_hours", "travel_minutes", "minutes_hour", "miles", "paid_contact_part",
    "rounds_day", "carers_at_once",
]  # fmt: skip
DIFFERENCES = [
    "provider_days", "carer_hours", "minutes_before", "minutes_after", "minutes_saved", "minutes_saved_low",
    "minutes_saved_high", "minutes_hour_before", "minutes_hour_after", "minutes_hour_change", "minutes_hour_change_low",
    "minutes_hour_change_high", "hours_released", "hours_ceiling", "miles_saved_year", "mileage_pounds_saved_year",
    "kgco2e_saved_year",
]  # fmt: skip


def tally_days(stops: pd.DataFrame, area_code: pd.Series) -> pd.DataFrame:
    """Sum rounds by area, provider and day.

    A journey belongs to the area of the visit that it leads to, the way back to a base to the last visit's.

    Parameters
    ----------
    stops
        As `marketmap.travel.rounds.day.DayRounds` holds them.
    area_code
        Of each stop, indexed like ``stops``.

    Returns
    -------
    DataFrame
        Indexed by ``area_code, provider_id, day``: ``travel_minutes`` (each carer's), ``carer_hours`` (planned contact
        hours × carers), ``attendances``.
    """
    carers = stops["carers"].astype(float)
    table = pd.DataFrame(
        {
            "area_code": area_code.astype("object"),
            "provider_id": stops["provider_id"].astype("object"),
            "day": stops["day"],
            "travel_minutes": (stops["travel_minutes"] + stops["back_minutes"]) * carers,
            "carer_hours": (stops["ends"] - stops["begins"]) / 60.0 * carers,
            "attendances": carers,
        }
    )
    return table.groupby(CELL, sort=True)[SUMS].sum()


def measure_rounds(stops: pd.DataFrame, area_code: pd.Series, *, market: MarketSettings) -> pd.DataFrame:
    """Measure rounds by area, over the days that they are of.

    Parameters
    ----------
    stops, area_code
        As `tally_days` takes them.
    market
        ``round_kmh``, from which minutes tell the miles.

    Returns
    -------
    DataFrame
        Indexed by ``area_code``, columns `MEASURES`: ``provider_days``, ``attendances``, ``carer_hours``,
        ``travel_minutes``, ``minutes_hour`` (travel minutes a carer hour of contact), ``miles``, ``paid_contact_part``
        (contact of contact and travel), ``rounds_day`` (crews that work there on a day, mean of days),
        ``carers_at_once`` (most on any day, at a visit or on the way to one).
    """
    if stops.empty:
        return pd.DataFrame(columns=MEASURES, index=pd.Index([], name="area_code"), dtype=float)
    cells = tally_days(stops, area_code)
    sums = cells.groupby("area_code").sum()
    sums.insert(0, "provider_days", cells.groupby("area_code").size())
    contact = sums["carer_hours"] * 60.0
    sums["minutes_hour"] = sums["travel_minutes"] / sums["carer_hours"]
    sums["miles"] = miles_of(sums["travel_minutes"], market=market)
    sums["paid_contact_part"] = contact / (contact + sums["travel_minutes"])
    rounds = stops.assign(area_code=area_code.astype("object"))
    number = rounds.drop_duplicates(["area_code", "day", "provider_id", "round"]).groupby(["area_code", "day"]).size()
    sums["rounds_day"] = number.groupby("area_code").mean()
    sums["carers_at_once"] = _at_once(rounds)
    return sums[MEASURES]


def compare_rounds(
    before: pd.DataFrame, after: pd.DataFrame, *, days: int, settings: RoundSettings, market: MarketSettings, seed: int
) -> pd.DataFrame:
    """Compare the same visits' rounds before and after, with what chance could do.

    Intervals are percentiles of a paired bootstrap over provider-days (`scipy.stats.bootstrap`), further out where few
    (`widen`): what another week of such days could have shown, not whether the county's data or settings are
    right. Fewer than `LEAST_DAYS` provider-days have none (NaN).

    Parameters
    ----------
    before, after
        As `tally_days` gives them, of the same days; a provider-day that one lacks counts as 0 there.
    days
        Of how many days: the figures of a year are 365 ÷ ``days`` times as large.
    settings
        ``resamples``, ``confidence``, ``co2e_km``.
    market
        ``round_kmh``, ``mileage_pounds``.

    Returns
    -------
    DataFrame
        Indexed by ``area_code``, columns `DIFFERENCES`: minutes over the days; ``minutes_hour_change`` is after less
        before; ``hours_released`` are the contact hours a week that the freed time holds together with its own travel
        as after, ``hours_ceiling`` those without any: s·c ÷ (1 - s) of the contact hours, where s is travel's share of
        paid time before and c the cut of travel.
    """
    both = before.join(after, how="outer", lsuffix="_before", rsuffix="_after").fillna(0.0)
    rows = {}
    for number, (area, cells) in enumerate(both.groupby("area_code", sort=True)):
        rows[area] = _compare_area(cells, days=days, settings=settings, market=market, seed=seed + number)
    return pd.DataFrame.from_dict(rows, orient="index", columns=DIFFERENCES).rename_axis("area_code")


def miles_of(minutes: Minutes, *, market: MarketSettings) -> Minutes:
    """Give the miles that so many minutes between visits are, at the assumed speed."""
    return minutes / 60.0 * market.round_kmh / KM_A_MILE


def _compare_area(
    cells: pd.DataFrame, *, days: int, settings: RoundSettings, market: MarketSettings, seed: int
) -> list[float]:
    arrays = [
        cells[name].to_numpy(float)
        for name in ("travel_minutes_before", "carer_hours_before", "travel_minutes_after", "carer_hours_after")
    ]
    one, hours, two, hours_after = (array.sum() for array in arrays)
    saved = one - two
    low, high = _interval(arrays, _saved, settings=settings, seed=seed)
    change_low, change_high = _interval(arrays, _change, settings=settings, seed=seed)
    weeks, years = days / 7.0, days / DAYS_IN_A_YEAR
    miles = miles_of(float(saved), market=market) / years
    contact = hours_after * 60.0
    released = saved / 60.0 * (contact / (contact + two) if contact + two > 0 else 0.0) / weeks
    return [
        float(len(cells)), hours, one, two, saved, low, high, _per(one, hours), _per(two, hours_after),
        _per(two, hours_after) - _per(one, hours), change_low, change_high, released, saved / 60.0 / weeks, miles,
        miles * market.mileage_pounds, miles * KM_A_MILE * settings.co2e_km,
    ]  # fmt: skip


def _per(minutes: float, hours: float) -> float:
    return float(minutes / hours) if hours > 0 else float("nan")


def _saved(
    one: NDArray[np.float64], _h: NDArray[np.float64], two: NDArray[np.float64], _k: NDArray[np.float64], axis: int = -1
) -> NDArray[np.float64]:
    return np.asarray(one.sum(axis=axis) - two.sum(axis=axis))


def _change(
    one: NDArray[np.float64], h: NDArray[np.float64], two: NDArray[np.float64], k: NDArray[np.float64], axis: int = -1
) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(two.sum(axis=axis) / k.sum(axis=axis) - one.sum(axis=axis) / h.sum(axis=axis))


def _interval(
    arrays: list[NDArray[np.float64]], statistic: object, *, settings: RoundSettings, seed: int
) -> tuple[float, float]:
    """Give the ends of a paired bootstrap interval; both 0 where nothing changed, NaN where there are too few days."""
    one, hours, two, hours_after = arrays
    if np.array_equal(one, two) and np.array_equal(hours, hours_after):
        return 0.0, 0.0
    if len(one) < LEAST_DAYS:
        return float("nan"), float("nan")
    with warnings.catch_warnings():
        # An area with few hours can have none in a resample: then its change has no interval, which NaN says.
        warnings.simplefilter("ignore", DegenerateDataWarning)
        found = bootstrap(
            tuple(arrays),
            statistic,
            paired=True,
            vectorized=True,
            n_resamples=settings.resamples,
            batch=max(1, int(2e6 // len(one))),
            confidence_level=widen(settings.confidence, len(one)),
            method="percentile",
            rng=np.random.default_rng(seed),
        )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def widen(confidence: float, number: int) -> float:
    """Give the confidence at which percentiles of few resampled members cover as often as ``confidence`` says.

    Resamples of n members vary by √((n - 1) ÷ n) of what samples do, and a normal tail stands in for Student's: the
    tails are those of Φ(-√(n ÷ (n - 1)) t) instead (Hesterberg 2015, "What Teachers Should Know About the Bootstrap",
    The American Statistician 69, 371-386, expanded percentile intervals).

    Parameters
    ----------
    confidence
        As a share.
    number
        Members that are resampled, 2 or more.
    """
    reach = stats.t.ppf((1 + confidence) / 2, number - 1) * np.sqrt(number / (number - 1))
    return float(1 - 2 * stats.norm.sf(reach))


def _at_once(stops: pd.DataFrame) -> pd.Series:
    """Count the most carers at work at any moment of any day, by area."""
    keys = ["area_code", "day"]
    begins = stops.assign(at=stops["begins"] - stops["travel_minutes"], step=stops["carers"])
    ends = stops.assign(at=stops["ends"], step=-stops["carers"])
    events = pd.concat([begins, ends])[[*keys, "at", "step"]]
    # Who leaves at a moment makes room for who comes at it; rounded, so that 10.0000001 is no later than 10.
    events = events.assign(at=events["at"].round(4)).sort_values([*keys, "at", "step"], kind="stable")
    most = events.groupby(keys)["step"].cumsum().groupby([events[key] for key in keys]).max()
    return most.groupby("area_code").max()
