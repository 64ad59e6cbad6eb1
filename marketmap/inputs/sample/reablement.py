"""A year of referrals to reablement: who begins, how long it lasts and where people are on the 91st day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.inputs.sample.places import Ground, share_out
from marketmap.inputs.sample.settings import SampleSettings

FOLLOWED_DAYS = 91
WORKING_DAYS = 5
YESTERDAY = -1


def draw_reablement(
    ground: Ground, by_district: np.ndarray, *, settings: SampleSettings, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw the referrals of the year, in order of their day.

    Parameters
    ----------
    by_district
        Packages in force in each of ``ground.districts``: referrals follow them, and their sum scales the county.

    Returns
    -------
    DataFrame
        ``area_code`` (district), ``referral_day, start_day`` (NaN: not begun), ``end_day`` (NaN: goes on),
        ``outcome`` ("" before the 91st day).
    """
    market = settings.market
    scale = by_district.sum() / settings.reference_packages
    low, high = market.referrals_week
    weeks = rng.integers(low, high + 1, size=settings.history_weeks) * scale
    numbers = np.floor(weeks + rng.random(len(weeks))).astype(int)  # a small county's weeks are fractions
    monday = np.repeat(-7 * np.arange(settings.history_weeks, 0, -1), numbers)
    count = len(monday)
    day = monday + rng.integers(0, WORKING_DAYS, size=count)
    district = rng.permutation(np.repeat(np.arange(len(by_district)), share_out(count, by_district.astype(float))))
    rural = ground.frame.groupby("district_code")["rural"].mean().reindex(list(ground.districts)).to_numpy(float) > 0.5
    longest = np.where(rural[district], market.start_days[1], market.start_days[0])
    goes_on = rng.random(count) < market.started_share
    start = day + np.floor(rng.random(count) * (longest + 1))
    end = start + np.floor(rng.triangular(*market.stay_days, size=count))
    closed = day + rng.integers(1, market.closing_days + 1, size=count)
    names = np.array([name for name, _ in market.outcomes_91], dtype=object)
    outcome = rng.choice(names, size=count, p=np.array([share for _, share in market.outcomes_91]))
    begun = goes_on & (start <= YESTERDAY)
    ends = np.where(goes_on, end, closed)
    frame = pd.DataFrame(
        {
            "area_code": np.array(ground.districts, dtype=object)[district],
            "referral_day": day.astype(float),
            "start_day": np.where(begun, start, np.nan),
            "end_day": np.where(ends <= YESTERDAY, ends, np.nan),
            "outcome": np.where(begun & (start + FOLLOWED_DAYS <= YESTERDAY), outcome, ""),
        }
    )
    return frame.sort_values("referral_day", kind="stable", ignore_index=True)
