"""A fast estimate of what rounds would travel, a sum over visits, fitted on simulated rounds.

Each visit adds what it costs to come to it from its nearest others of the same time of day, and a constant: minutes =
a · near + b. So a visit's part can be added and taken away. A leg counts no further than a third of what a round costs:
where the next visit is further, rounds end and others begin instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from marketmap.settings import RoundSettings
from marketmap.travel.network import Floats

NEAREST = 2  # a visit on a round has one before it and one after it
FEATURES = ("near", "visits")
# Visits whose windows' middles are no further apart are of one time of day; else, and where these are too few, of one
# shift: half of the longest usual band, and what parts the middles of two bands that follow one another.
BAND_MINUTES, SHIFT_MINUTES = 105.0, 300.0
# Of what a round costs. A half, a fifth more and less were tried too (docs/rounds.md).
FURTHEST_PART = 1.0 / 3.0


@dataclass(frozen=True)
class Estimator:
    """Minutes of travel that each unit of a feature stands for.

    Attributes
    ----------
    near
        For a minute between a visit and the mean of its nearest two.
    visits
        For each visit.
    """

    near: float
    visits: float

    def estimate(self, features: pd.DataFrame) -> pd.Series:
        """Estimate travel minutes of visits or of sets of them, indexed like ``features`` (columns `FEATURES`)."""
        weights = pd.Series({"near": self.near, "visits": self.visits})
        return features[list(FEATURES)].astype(float).mul(weights).sum(axis=1)


def find_furthest(settings: RoundSettings) -> float:
    """Say how many minutes a leg counts for at the most."""
    return settings.round_cost_minutes * FURTHEST_PART


def describe_visits(work: pd.DataFrame, minutes: Floats, *, settings: RoundSettings) -> pd.DataFrame:
    """Describe each visit of a provider-day among the others.

    Parameters
    ----------
    work
        The visits of one provider and day, as `marketmap.travel.rounds.work.list_work` gives them.
    minutes
        (n, n) road minutes between them, finite.
    settings
        ``stop_minutes`` and ``round_cost_minutes``.

    Returns
    -------
    DataFrame
        Indexed like ``work``, each × ``carers``: ``near`` (mean minutes to its nearest two of the same crew size
        and time of day; of the same shift where there are fewer, 0 where there is none), ``visits`` (1), and ``centre``
        (minutes to the visit that is least far from all: what a block model knows).
    """
    count = len(work)
    carers = work["carers"].to_numpy(float)
    if count == 0:
        return pd.DataFrame(columns=[*FEATURES, "centre"], index=work.index, dtype=float)
    legs = np.asarray(minutes, dtype=float)
    legs = np.where(legs > 0, legs + settings.stop_minutes, 0.0)
    legs = (legs + legs.T) / 2.0
    capped = np.minimum(legs, find_furthest(settings))
    middles = (work["earliest"].to_numpy(float) + work["latest"].to_numpy(float)) / 2.0
    apart = np.abs(middles[:, None] - middles[None])
    apart[(carers[:, None] != carers[None]) | np.eye(count, dtype=bool)] = np.inf
    near = np.zeros(count)
    for row in range(count):
        others = np.flatnonzero(apart[row] <= BAND_MINUTES)
        if len(others) < NEAREST:
            others = np.flatnonzero(apart[row] <= SHIFT_MINUTES)
        nearest = np.sort(capped[row, others])[:NEAREST]
        near[row] = nearest.mean() if len(nearest) else 0.0
    middle = int(legs.sum(axis=1).argmin())
    made = {"near": near * carers, "visits": carers, "centre": legs[middle] * carers}
    return pd.DataFrame(made, index=work.index)


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


def fit_factor(minutes: pd.Series, travel: pd.Series, *, kinds: pd.Series | None = None) -> float:
    """Fit the factor of a block model: travel minutes for each carer-visit minute from a middle or a patch.

    Least squares of relative errors: Σ (c/t) ÷ Σ (c/t)², c the minutes and t the travel.

    Parameters
    ----------
    minutes, travel
        Of each set, in minutes and above 0.
    kinds
        What kind of set each is: each kind counts the same, however many sets it has. All of one kind where not given.
    """
    share = minutes.to_numpy(float) / travel.to_numpy(float)
    weights = np.ones(len(share)) if kinds is None else 1.0 / kinds.map(kinds.value_counts()).to_numpy(float)
    return float((weights * share).sum() / (weights * share**2).sum())


def measure_error(estimated: pd.Series, travel: pd.Series) -> float:
    """Measure the mean absolute error as a share of the simulated travel, mean of sets."""
    return float(((estimated - travel).abs() / travel).mean())
