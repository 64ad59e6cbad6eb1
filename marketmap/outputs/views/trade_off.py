"""The frontier of a plan in sentences: what a plan gives up beside the proposed one, what half the disruption costs."""

from __future__ import annotations

import pandas as pd

MINUTES_HOUR = 60.0
# Marks nearer than this, as shares of the chart's width and height, cannot both have their name above them.
CROWDED = (0.06, 0.12)


def tell_row(row: pd.Series, frontier: pd.DataFrame) -> str:
    """Say in a sentence what a plan of the frontier gives up and spares beside the proposed one.

    Parameters
    ----------
    row
        One of ``frontier``.
    frontier
        ``plan, proposed, travel_minutes_saved_week, carer_hours_moving`` (a week).
    """
    own = frontier[frontier["proposed"]].iloc[0]
    saved, moving = _saved(row), float(row["carer_hours_moving"])
    text = f"It saves {saved:,.0f} model hours of travel a week and moves {moving:,.0f} carer hours to another provider"
    if row["plan"] == own["plan"]:
        return f"{text}. This is the proposed plan."
    travel, hours = saved - _saved(own), moving - float(own["carer_hours_moving"])
    return (
        f"{text}: beside the proposed plan {abs(travel):,.0f} model hours of travel "
        f"{'more' if travel >= 0 else 'less'} saved, {abs(hours):,.0f} carer hours "
        f"{'more' if hours >= 0 else 'fewer'} moved."
    )


def tell_half(row: pd.Series, frontier: pd.DataFrame) -> str:
    """Say what half the disruption of a plan costs, by the plan that saves most among those that move half or fewer.

    Parameters
    ----------
    row, frontier
        As for `tell_row`.
    """
    moving = float(row["carer_hours_moving"])
    if moving <= 0:
        return "No hour changes provider in it: there is no disruption to halve."
    calmer = frontier[frontier["carer_hours_moving"] <= moving / 2]
    if calmer.empty:
        return f"No plan of the frontier moves half as many hours ({moving / 2:,.0f}) or fewer."
    half = calmer.sort_values("travel_minutes_saved_week", kind="stable").iloc[-1]
    less = _saved(row) - _saved(half)
    share = less / _saved(row) if _saved(row) > 0 else 0.0
    return (
        f"Half the disruption or less: {half['plan']} moves {float(half['carer_hours_moving']):,.0f} carer hours a "
        f"week in place of {moving:,.0f}, and saves {less:,.0f} model hours of travel a week less ({share:.0%} "
        "less)."
    )


def find_crowded(frontier: pd.DataFrame) -> pd.Series:
    """Find the plans whose name goes below their mark, for that of a mark close by stands above.

    Returns
    -------
    Series
        True for those, on the index of ``frontier``.
    """
    places = frontier[["carer_hours_moving", "travel_minutes_saved_week"]].astype(float)
    spread = places.max() - places.min()
    scaled = places / spread.where(spread > 0, 1.0)
    below = pd.Series(data=False, index=frontier.index)
    above: list[tuple[float, float]] = []
    for name, (across, up) in zip(scaled.index, scaled.itertuples(index=False), strict=True):
        close = any(abs(across - x) < CROWDED[0] and abs(up - y) < CROWDED[1] for x, y in above)
        below[name] = close
        if not close:
            above.append((across, up))
    return below


def _saved(row: pd.Series) -> float:
    return float(row["travel_minutes_saved_week"]) / MINUTES_HOUR
