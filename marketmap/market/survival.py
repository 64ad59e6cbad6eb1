"""How long things last where some have not ended yet: the product-limit curve, its median and its value on a day."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import CensoredData, ecdf

from marketmap.market.intervals import LEVEL

COLUMNS = ["days", "at_risk", "ended", "still", "still_low", "still_high"]


def estimate_survival(days: npt.ArrayLike, ended: npt.ArrayLike) -> pd.DataFrame:
    """Estimate which share lasts longer than so many days (Kaplan and Meier 1958, as scipy.stats.ecdf computes it).

    Parameters
    ----------
    days
        (n,) how long each lasted, or has lasted so far.
    ended
        (n,) bool; False: had not ended when last seen (right-censored). One that ended and one last seen on the same
        day: the second was still at risk when the first ended.

    Returns
    -------
    DataFrame
        A row for day 0 and for each day on which one ended or was last seen: ``days``, ``at_risk`` (that had lasted
        so long), ``ended`` (on that day), ``still`` (share that lasts longer), ``still_low``, ``still_high`` (95 %,
        on the log-log scale; NaN before the first end and where nothing is left, where it has none). Empty for n = 0.
    """
    lasted, over = np.asarray(days, dtype=float), np.asarray(ended, dtype=bool)
    if not lasted.size:
        return pd.DataFrame({name: pd.Series(dtype="float64") for name in COLUMNS})
    curve = ecdf(CensoredData(uncensored=lasted[over], right=lasted[~over])).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # scipy warns of the ends that have no interval
        band = curve.confidence_interval(confidence_level=LEVEL, method="log-log")
    order, gone = np.sort(lasted), np.sort(lasted[over])
    at = curve.quantiles
    figures = [
        at,
        lasted.size - np.searchsorted(order, at),
        np.searchsorted(gone, at, side="right") - np.searchsorted(gone, at),
        curve.probabilities,
        band.low.probabilities,
        band.high.probabilities,
    ]
    if at[0] > 0:
        start = (0.0, lasted.size, 0, 1.0, 1.0, 1.0)
        figures = [np.concatenate([[first], each]) for first, each in zip(start, figures, strict=True)]
    frame = pd.DataFrame(dict(zip(COLUMNS, figures, strict=True)))
    return frame.astype({"at_risk": "int64", "ended": "int64"})


def share_after(curve: pd.DataFrame, *, days: float) -> tuple[float, float, float]:
    """Read from a curve which share lasts longer than ``days``, with its 95 % interval.

    NaN for an empty curve, and for a day later than anything was followed while some were left.
    """
    before = curve[curve["days"] <= days]
    if before.empty or (days > curve["days"].max() and before["still"].iloc[-1] > 0):
        return float("nan"), float("nan"), float("nan")
    last = before.iloc[-1]
    return float(last["still"]), float(last["still_low"]), float(last["still_high"])


def days_until(curve: pd.DataFrame, *, gone: float = 0.5) -> tuple[float, float, float]:
    """Read from a curve after how many days the share ``gone`` has ended; 0.5 gives the median.

    Returns
    -------
    days, low, high
        The first day on which no more than ``1 - gone`` is left; the interval is where the curve's own interval
        crosses that line (Brookmeyer and Crowley 1982). NaN where that is never reached, or for an empty curve.
    """

    def first(column: str) -> float:
        reached = np.flatnonzero(curve[column].to_numpy() <= 1 - gone + 1e-12)
        return float(curve["days"].to_numpy()[reached[0]]) if len(reached) else float("nan")

    if curve.empty:
        return float("nan"), float("nan"), float("nan")
    day = first("still")
    low = first("still_low")
    # Where nothing is left the interval has no value; the line is crossed there at the latest.
    return day, float(np.fmin(low, day)), first("still_high")
