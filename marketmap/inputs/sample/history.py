"""The dated lines of every package: one for each period in which its terms held."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.inputs.sample.demand import NO_PATTERN, pick
from marketmap.inputs.sample.settings import SampleSettings

SETTLED_DAYS = 14  # terms do not change in the first two weeks
VISITS_STEP = 7  # a review adds or takes away one visit a day
FEWEST_VISITS = 7


def draw_lines(
    packages: pd.DataFrame,
    *,
    other_location: np.ndarray,
    settings: SampleSettings,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Cut packages into dated lines: the terms now, and for those that changed in the year the terms before.

    Parameters
    ----------
    packages
        Current and past ones, with ``status, start_day, request_day, end_day`` (NaN while it goes on),
        ``visits_week, visit_minutes, location``.
    other_location
        (packages,) a provider that delivered it before, should it have changed hands.

    Returns
    -------
    DataFrame
        ``packages`` with one or two rows each, in order, and ``package`` (row of ``packages``),
        ``from_day, to_day`` (first day on which the line holds, and no longer holds; NaN = until further notice) and
        ``change_reason`` (of the line that a change began; "" for a first line). ``end_day`` and ``end_reason``
        stand on the last line only.
    """
    last = packages.copy()
    count = len(last)
    last["package"] = np.arange(count)
    begun = last["start_day"].fillna(last["request_day"])
    last["from_day"] = begun
    last["to_day"] = last["end_day"] + 1
    last["change_reason"] = ""
    opens = np.maximum(begun.to_numpy(float) + SETTLED_DAYS, -7.0 * settings.history_weeks)
    span = np.maximum(last["end_day"].fillna(0.0).to_numpy(float) - 1 - opens, 0.0)
    changed = rng.random(count) < -np.expm1(-settings.change_week * span / 7)
    changed &= (last["status"] != "waiting").to_numpy() & last["start_day"].notna().to_numpy()
    rows = np.flatnonzero(changed)
    reasons = pick(settings.change_reasons, len(rows), rng)
    day = np.floor(opens[rows] + rng.random(len(rows)) * span[rows])
    before = last.iloc[rows].copy()
    visits = before["visits_week"].to_numpy(float)
    daily = (visits % VISITS_STEP == 0) & (before["pattern"] != NO_PATTERN).to_numpy()
    # The fewest visits cannot have come of an increase: that review went the other way.
    up = (reasons == "review_increase") & (visits > FEWEST_VISITS)
    down = np.isin(reasons, ["review_increase", "review_decrease"]) & ~up
    reviewed = daily & (up | down)
    reasons = np.where(up, "review_increase", np.where(down, "review_decrease", reasons))
    reasons = np.where(daily | ~(up | down), reasons, "price_review")
    earlier = np.where(reviewed, visits + np.where(up, -VISITS_STEP, VISITS_STEP), visits)
    before["visits_week"] = earlier.astype(int)
    before["hours_week"] = before["visits_week"] * before["visit_minutes"] / 60
    moved = reasons == "provider_handback"
    before["location"] = np.where(moved, other_location[rows], before["location"])
    cheaper = np.where(reasons == "price_review", 0.96, 1.0)
    before["price_hour"] = np.round(before["price_hour"] * cheaper, 2)
    before["status"] = "active"
    before["to_day"] = day
    before["end_day"] = np.nan
    before["end_reason"] = ""
    before["do_not_move_reason"] = ""
    last.loc[rows, "from_day"] = day
    last.loc[rows, "change_reason"] = reasons
    lines = pd.concat([before, last], ignore_index=True)
    return lines.sort_values(["package", "from_day"], kind="stable", ignore_index=True)
