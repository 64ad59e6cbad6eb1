"""A fast estimate of what rounds would travel, a sum over visits, fitted on simulated rounds.

Each visit adds what it costs to come to it from its nearest others of the same time of day, what it costs to go out to
where they are, and a constant: minutes = a · near + b · centre + c. So a visit's part can be added and taken away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from marketmap.travel.network import Floats

NEAREST = 2  # a visit on a round has one before it and one after it
FEATURES = ("near", "centre", "visits")


@dataclass(frozen=True)
class Estimator:
    """Minutes of travel that each unit of a feature stands for.

    Attributes
    ----------
    near
        For a minute between a visit and the mean of its nearest two that could follow or come before it.
    centre
        For a minute between a visit and the middle of its set.
    visits
        For each visit.
    """

    near: float
    centre: float
    visits: float

    def estimate(self, features: pd.DataFrame) -> pd.Series:
        """Estimate travel minutes of sets of visits, indexed like ``features`` (columns `FEATURES`)."""
        weights = pd.Series({"near": self.near, "centre": self.centre, "visits": self.visits})
        return features[list(FEATURES)].astype(float).mul(weights).sum(axis=1)


def describe_visits(work: pd.DataFrame, minutes: Floats) -> pd.DataFrame:
    """Describe each visit of a provider-day among the others.

    Parameters
    ----------
    work
        The visits of one provider and day, as `marketmap.travel.rounds.work.list_work` gives them.
    minutes
        (n, n) minutes between them, parking included, finite.

    Returns
    -------
    DataFrame
        Indexed like ``work``, columns `FEATURES`, each × ``carers``: ``near`` (mean minutes from its nearest two of
        the same crew size whose windows meet its own; of all of that crew size where there are fewer), ``centre`` (from
        the visit that is least far from all), ``visits`` (1).
    """
    count = len(work)
    carers = work["carers"].to_numpy(float)
    if count == 0:
        return pd.DataFrame(columns=list(FEATURES), index=work.index, dtype=float)
    legs = np.asarray(minutes, dtype=float)
    earliest, latest = work["earliest"].to_numpy(float), work["latest"].to_numpy(float)
    meets = (earliest[:, None] <= latest[None]) & (earliest[None] <= latest[:, None])
    alike = (carers[:, None] == carers[None]) & ~np.eye(count, dtype=bool)
    near = np.zeros(count)
    for row in range(count):
        others = np.flatnonzero(meets[row] & alike[row])
        if len(others) < NEAREST:
            others = np.flatnonzero(alike[row])
        nearest = np.sort(legs[others, row])[:NEAREST]
        near[row] = nearest.mean() if len(nearest) else 0.0
    middle = int(legs.sum(axis=1).argmin())
    return pd.DataFrame({"near": near * carers, "centre": legs[middle] * carers, "visits": carers}, index=work.index)


def fit_estimator(features: pd.DataFrame, travel: pd.Series) -> Estimator:
    """Fit the estimator to simulated travel, by non-negative least squares on relative errors.

    Parameters
    ----------
    features
        One row a set of visits: the sums of `describe_visits` over it.
    travel
        Simulated travel minutes of each set, above 0.
    """
    weights = 1.0 / travel.to_numpy(float)
    found, _ = nnls(features[list(FEATURES)].to_numpy(float) * weights[:, None], np.ones(len(features)))
    return Estimator(*(float(value) for value in found))


def fit_factor(centre: pd.Series, travel: pd.Series) -> float:
    """Fit the one factor of a block model: travel minutes for each carer-visit minute from the set's middle.

    The least relative squares: Σ (c/t) ÷ Σ (c/t)².
    """
    share = centre.to_numpy(float) / travel.to_numpy(float)
    return float(share.sum() / (share**2).sum())


def measure_error(estimated: pd.Series, travel: pd.Series) -> float:
    """Measure the mean absolute error as a share of the simulated travel, mean of sets."""
    return float(((estimated - travel).abs() / travel).mean())
