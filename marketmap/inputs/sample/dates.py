"""When care was asked for, began and ended: a market at rest, in which as many packages start as end.

Days are counted from the snapshot (0; the past is negative). Lengths of stay and waits are exponential, so that the
ages seen on one day, and the waits of those still waiting, follow the same law as the lengths themselves.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.inputs.sample.demand import pick
from marketmap.inputs.sample.places import Ground
from marketmap.inputs.sample.settings import SampleSettings

SHORTEST_REABLEMENT = 0.5  # of the longest
LAST_END_DAY = -2


def mean_wait_days(homes: np.ndarray, ground: Ground, *, settings: SampleSettings) -> np.ndarray:
    """Say how many days people wait at each place, on average."""
    rural = ground.frame["rural"].to_numpy(bool)[homes]
    return np.where(rural, settings.wait_days_rural, settings.wait_days_urban)


def date_packages(
    packages: pd.DataFrame, ground: Ground, *, settings: SampleSettings, rng: np.random.Generator
) -> pd.DataFrame:
    """Say of each package in force whether it is active, suspended or waiting, and since when.

    Returns
    -------
    DataFrame
        ``packages`` with ``status, waiting_where, request_day, ready_day, start_day`` (NaN while waiting).
    """
    frame = packages.copy()
    count = len(frame)
    home = frame["home"].to_numpy()
    means = mean_wait_days(home, ground, settings=settings)
    frame["status"] = "active"
    able = np.flatnonzero((frame["service_type"] == "home_care").to_numpy())
    # A place's share of those waiting on one day goes with the length of its waits.
    number = min(max(1, round(settings.waiting_share * count)), len(able))
    waiting = rng.choice(able, size=number, replace=False, p=means[able] / means[able].sum())
    others = np.setdiff1d(able, waiting)
    suspended = rng.choice(others, size=min(round(settings.suspended_share * count), len(others)), replace=False)
    frame.loc[waiting, "status"] = "waiting"
    frame.loc[suspended, "status"] = "suspended"
    frame["waiting_where"] = ""
    frame.loc[waiting, "waiting_where"] = pick(settings.waiting_where, number, rng)
    start = -1 - np.floor(rng.exponential(7 / settings.turnover_week, size=count))
    reablement = (frame["service_type"] == "reablement").to_numpy()
    start[reablement] = -1 - np.floor(rng.random(int(reablement.sum())) * 7 * settings.reablement_weeks)
    start[waiting] = np.nan
    ready = start - np.floor(_waits(means, rng))
    district = ground.frame["district_code"].to_numpy()[home[waiting]]
    for _, rows in pd.DataFrame({"district": district, "mean": means[waiting]}).groupby(["district", "mean"]):
        group = waiting[rows.index]
        ready[group] = -np.floor(_even_waits(float(rows["mean"].iloc[0]), len(group), rng))
    frame["start_day"] = start
    frame["ready_day"] = ready
    frame["request_day"] = ready - rng.integers(0, settings.ready_days + 1, size=count)
    return frame


def count_past(packages: pd.DataFrame, *, settings: SampleSettings) -> np.ndarray:
    """List the service type of every package that ended within the history, as many as flow through at rest."""
    active = packages[packages["status"] != "waiting"]
    care = (active["service_type"] == "home_care").sum() * settings.turnover_week * settings.history_weeks
    weeks = settings.reablement_weeks * (1 + SHORTEST_REABLEMENT) / 2
    reablement = (active["service_type"] == "reablement").sum() * settings.history_weeks / weeks
    return np.repeat(np.array(["home_care", "reablement"], dtype=object), [round(care), round(reablement)])


def date_past_packages(
    past: pd.DataFrame,
    packages: pd.DataFrame,
    ground: Ground,
    *,
    settings: SampleSettings,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Date the packages that ended within the history, and lead some reablement on to home care.

    Returns
    -------
    DataFrame
        ``past`` with ``request_day, ready_day, start_day, end_day, end_reason``; ``person`` counts on from
        ``packages``, save where one leads on.
    """
    frame = past.copy()
    count = len(frame)
    oldest = -7 * settings.history_weeks
    frame["person"] += int(packages["person"].max()) + 1
    end = rng.integers(oldest, LAST_END_DAY + 1, size=count).astype(float)
    length = np.floor(rng.exponential(7 / settings.turnover_week, size=count))
    reablement = (frame["service_type"] == "reablement").to_numpy()
    longest = 7 * settings.reablement_weeks
    length[reablement] = np.floor(rng.uniform(longest * SHORTEST_REABLEMENT, longest, size=int(reablement.sum())))
    frame["end_reason"] = pick(settings.end_reasons, count, rng)
    frame.loc[reablement, "end_reason"] = "reablement_complete"
    begun = packages["start_day"].between(oldest + longest, LAST_END_DAY) & (packages["service_type"] == "home_care")
    onward = np.flatnonzero(begun)
    first = np.flatnonzero(reablement)
    number = min(round(settings.reablement_onward_share * len(first)), len(onward))
    onward = rng.choice(onward, size=number, replace=False) if number else onward[:0]
    first = first[:number]
    for name in ("home", "person"):
        frame.loc[first, name] = packages[name].to_numpy()[onward]
    end[first] = packages["start_day"].to_numpy()[onward] - 1
    frame.loc[first, "end_reason"] = "reablement_to_home_care"
    frame["end_day"] = end
    frame["start_day"] = end - length
    means = mean_wait_days(frame["home"].to_numpy(), ground, settings=settings)
    frame["ready_day"] = frame["start_day"] - np.floor(_waits(means, rng))
    frame["request_day"] = frame["ready_day"] - rng.integers(0, settings.ready_days + 1, size=count)
    return frame


def date_withdrawn_packages(
    withdrawn: pd.DataFrame, ground: Ground, *, settings: SampleSettings, rng: np.random.Generator
) -> pd.DataFrame:
    """Date the requests that were withdrawn before any provider was found; columns as `date_past_packages`."""
    frame = withdrawn.copy()
    count = len(frame)
    end = rng.integers(-7 * settings.history_weeks, LAST_END_DAY + 1, size=count).astype(float)
    means = mean_wait_days(frame["home"].to_numpy(), ground, settings=settings)
    frame["end_day"] = end
    frame["end_reason"] = "withdrawn"
    frame["start_day"] = np.nan
    frame["ready_day"] = end - np.floor(_waits(means, rng))
    frame["request_day"] = frame["ready_day"] - rng.integers(0, settings.ready_days + 1, size=count)
    return frame


def _waits(means: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.asarray(rng.exponential(means))


def _even_waits(mean: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw exponential waits at even quantiles, so that their mean does not hang on a few long ones."""
    return np.asarray(rng.permutation(-mean * np.log1p(-(np.arange(count) + 0.5) / max(count, 1))))
