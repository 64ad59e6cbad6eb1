"""95 % intervals of shares, rates, ratios and weighted means, so that no figure stands alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from scipy.stats.contingency import relative_risk

LEVEL = 0.95
RESAMPLES = 999

Floats = npt.NDArray[np.float64]


def share_interval(part: npt.ArrayLike, whole: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Find the 95 % interval of a share of counts (Wilson 1927, as scipy.stats computes it).

    Parameters
    ----------
    part, whole
        Counts of the same shape, part ≤ whole; fractions are refused, for a share of hours is no count.

    Returns
    -------
    low, high
        Shares from 0 to 1; NaN where ``whole`` is 0.

    Raises
    ------
    ValueError
        If a count is negative or no whole number, or a part is above its whole.
    """
    parts, wholes = _counts(part, whole)
    if (parts > wholes).any():
        raise ValueError("a part is above its whole")
    low, high = np.full(parts.shape, np.nan), np.full(parts.shape, np.nan)
    pairs, where = np.unique(np.stack([parts.ravel(), wholes.ravel()]), axis=1, return_inverse=True)
    for number, (some, every) in enumerate(pairs.T):
        if every > 0:
            interval = stats.binomtest(int(some), int(every)).proportion_ci(LEVEL, method="wilson")
            low.flat[where == number], high.flat[where == number] = interval.low, interval.high
    return low, high


def rate_interval(count: npt.ArrayLike, exposure: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Find the exact 95 % interval of a Poisson rate (Garwood 1936, by chi-squared quantiles).

    Parameters
    ----------
    count
        Events, whole numbers.
    exposure
        What they happened among (people, hours), in the unit that the rate is per; any number above 0.

    Returns
    -------
    low, high
        Events per unit of exposure; NaN where ``exposure`` is 0 or missing.

    Raises
    ------
    ValueError
        If a count is negative or no whole number.
    """
    (counts,) = _counts(count)
    among = np.asarray(exposure, dtype=float)
    among = np.where(among > 0, among, np.nan)
    tail = (1 - LEVEL) / 2
    # No event at all: the chi-squared with no degree of freedom is a point at 0.
    low = np.where(counts > 0, stats.chi2.ppf(tail, 2 * np.maximum(counts, 1)) / 2, 0.0)
    high = stats.chi2.ppf(1 - tail, 2 * (counts + 1)) / 2
    return low / among, high / among


def risk_ratio(
    part: npt.ArrayLike, whole: npt.ArrayLike, rest_part: npt.ArrayLike, rest_whole: npt.ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Compare a share with the share among the rest: their ratio with its 95 % log interval (Katz 1978).

    Parameters
    ----------
    part, whole
        Counts of one group.
    rest_part, rest_whole
        Counts of everybody else, of the same shape.

    Returns
    -------
    ratio, low, high
        1.0 is no difference. All NaN where a group is empty or none of the rest is in its part; the interval is
        NaN too where none of the group is, for the logarithm of 0 has no spread.

    Raises
    ------
    ValueError
        If a count is negative or no whole number, or a part is above its whole.
    """
    cells = np.broadcast_arrays(*_counts(part, whole, rest_part, rest_whole))
    if (cells[0] > cells[1]).any() or (cells[2] > cells[3]).any():
        raise ValueError("a part is above its whole")
    out = np.full((3, cells[0].size), np.nan)
    for number, (some, every, other, others) in enumerate(zip(*(cell.ravel() for cell in cells), strict=True)):
        if every == 0 or others == 0 or other == 0:
            continue
        compared = relative_risk(int(some), int(every), int(other), int(others))
        out[0, number] = compared.relative_risk
        if some > 0:
            out[1:, number] = tuple(compared.confidence_interval(LEVEL))
    ratio, low, high = out.reshape(3, *cells[0].shape)
    return ratio, low, high


def total_interval(total: npt.ArrayLike, squares: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Find the 95 % interval of a total whose members come by chance, each with its own size (compound Poisson).

    The variance of such a total is the expected number × the mean square of a size (Wald's equation), so Σh² estimates
    it; the interval is set on the logarithm (delta method), total × exp(± 1.96 √Σh² ÷ Σh), and never below 0.

    Parameters
    ----------
    total, squares
        Σh and Σh² of the members' sizes h (a package's hours), of the same shape.

    Returns
    -------
    low, high
        In the total's unit; NaN where the total is 0.
    """
    sums, spread = np.asarray(total, dtype=float), np.sqrt(np.asarray(squares, dtype=float))
    known = np.where(sums > 0, sums, np.nan)
    with np.errstate(over="ignore"):
        width = np.exp(stats.norm.ppf((1 + LEVEL) / 2) * spread / known)
    return known / width, known * width


def ratio_interval(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> tuple[float, float]:
    """Find the 95 % interval of a ratio of sums by resampling its members (percentile bootstrap, Efron 1979).

    The members (people, packages) are drawn with replacement, each with both of its numbers, 999 times from a
    fixed seed, so that the same data give the same interval.

    Parameters
    ----------
    numerator, denominator
        (n,) one number a member, for instance pounds and hours, or hours after and before.

    Returns
    -------
    low, high
        In the ratio's unit; NaN with fewer than two members or where the denominators sum to 0.
    """
    above, below = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    if above.size < 2 or below.sum() <= 0:
        return float("nan"), float("nan")

    def statistic(over: Floats, under: Floats, axis: int = -1) -> Any:
        total = under.sum(axis=axis)
        return over.sum(axis=axis) / np.where(total > 0, total, np.nan)

    if np.allclose(above * below.sum(), below * above.sum()):  # every member alike: nothing to resample
        ratio = float(above.sum() / below.sum())
        return ratio, ratio
    drawn = stats.bootstrap(
        (above, below),
        statistic,
        paired=True,
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=100,
        confidence_level=LEVEL,
        method="percentile",
        rng=np.random.default_rng(0),
    ).bootstrap_distribution
    low, high = np.nanpercentile(drawn, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return float(low), float(high)


def add_share(frame: pd.DataFrame, name: str, *, part: str, whole: str) -> pd.DataFrame:
    """Add a share of counts and its interval: columns ``name``, ``name_low``, ``name_high`` (0 to 1).

    ``part`` and ``whole`` are columns of ``frame`` and stay there as n and denominator. NaN where the whole is 0.
    """
    parts, wholes = frame[part].to_numpy(float), frame[whole].to_numpy(float)
    low, high = share_interval(parts, wholes)
    share = np.divide(parts, wholes, out=np.full(len(frame), np.nan), where=wholes > 0)
    return frame.assign(**{name: share, f"{name}_low": low, f"{name}_high": high})


def _counts(*given: npt.ArrayLike) -> list[Floats]:
    arrays = [np.asarray(each, dtype=float) for each in given]
    if any((each < 0).any() or (each != np.floor(each)).any() for each in arrays):
        raise ValueError("a count must be a whole number, 0 or more")
    return arrays
