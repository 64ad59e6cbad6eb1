"""Fits a factor on travel time to gaps that are travel, or travel and something more: the lower envelope.

A gap is a journey, and then perhaps a wait, a break or a visit that nobody logged. The model is that of a
stochastic frontier (Aigner, Lovell and Schmidt 1977, Journal of Econometrics 6: noise on both sides of the frontier,
and an excess on one side only), with the excess left free: a spike at nothing, and a density that is level in
each of a few ranges of minutes, their weights found by the EM algorithm (Dempster, Laird and Rubin 1977,
Journal of the Royal Statistical Society B 39). So neither the shortest gaps, which noise makes too short, nor the
middle ones, which waits make too long, stand for the journey. The factor is told from the excess because it grows
with the journey and the excess does not: where waits grow with journeys, and every journey ends in one, no method
could tell them apart.

Standard errors are of the sandwich kind over groups (Liang and Zeger 1986, Biometrika 73), so that what the
gaps of one carer's day share is not counted as so many proofs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import minimize
from scipy.special import ndtr

from marketmap.travel.network import Floats, Ints

# Minutes of excess between which its density is level; the ranges widen as they matter less to the edge.
EXCESS_EDGES = np.array([0, 1, 2, 3, 4.5, 6, 8, 10, 12.5, 15, 18, 22, 27, 33, 40, 50, 65.0])
NEAR_MINUTES = 2.0
_FURTHEST_EDGE = 4.0
_CLEARLY = 0.01  # an excess below this is within what clocks and doors leave open: the gap is a journey
_FACTOR_BOUNDS = (0.25, 4.0)
_SPREAD_BOUNDS = (0.01, 0.8)
_DOOR_BOUNDS = (-2.0, 6.0)
_START_FACTORS = np.geomspace(0.6, 2.2, 10)
_START_SPREADS = (0.1, 0.25)
# Gauss's three points for the triangular error of a difference of two clocks, in steps.
_NODES = np.array([-np.sqrt(0.4), 0.0, np.sqrt(0.4)])
_NODE_WEIGHTS = np.array([5 / 24, 14 / 24, 5 / 24])
# How far the logarithm of the spread and the minutes at the door may be from those of the fit to all gaps.
_ALIKE = (0.15, 0.25)
_STEP = 1e-4  # of the derivatives
_EM_STEPS, _EM_TOLERANCE = 200, 1e-8
_LEAST_WEIGHT = 1e-3  # a range with less takes no part in the standard errors: it lies at its bound


@dataclass(frozen=True)
class Envelope:
    """The lower envelope of a set of gaps.

    Attributes
    ----------
    factors
        On each kind of travel time, (kinds,).
    log_covariance
        Of the factors' logarithms, (kinds, kinds).
    spread
        Standard deviation of the logarithm of a journey's time about its expected one.
    door_minutes
        Time that a gap holds at least, whatever its journey: leaving one door, logging in at the next.
    pure_share
        Share of the gaps with no more than `NEAR_MINUTES` of excess.
    log_likelihood
        A gap, mean.
    at_bound
        What came to rest at the end of its range, in words; blank where nothing did.
    """

    factors: Floats
    log_covariance: Floats
    spread: float
    door_minutes: float
    pure_share: float
    log_likelihood: float
    at_bound: str


def fit_envelope(
    gap_minutes: Floats,
    travel_minutes: Floats,
    *,
    fixed_minutes: Floats,
    groups: Ints,
    clock_minutes: float = 1.0,
    longest_minutes: float = 90.0,
    like: Envelope | None = None,
) -> Envelope:
    """Fit factors on travel times to the lower envelope of gaps.

    A gap is ``fixed + door + noise * (travel @ factors) + excess``, seen on clocks of whole ``clock_minutes``; the
    noise is lognormal with median 1, and the excess 0 or positive.

    Parameters
    ----------
    gap_minutes
        (gaps,).
    travel_minutes
        Modelled minutes by kind of road, (gaps, kinds), each row with some above 0.
    fixed_minutes
        The part of the way that no factor is on, (gaps,).
    groups
        Number of the group (a carer's day) that each gap is of, (gaps,).
    clock_minutes
        Steps in which times were logged.
    longest_minutes
        No gap is longer.
    like
        A fit to more gaps of the same kind: spread and minutes at the door are taken to be much as they are there.
    """
    data = _Data(gap_minutes, np.atleast_2d(travel_minutes.T).T, fixed_minutes, clock_minutes, longest_minutes)
    kinds = data.travel.shape[1]
    search = _Search(data, like)
    start = _start(data) if like is None else search.expected(float(np.log(like.factors.mean())))
    bounds = [tuple(np.log(_FACTOR_BOUNDS))] * kinds + [tuple(np.log(_SPREAD_BOUNDS)), _DOOR_BOUNDS]
    found = minimize(search, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 100, "ftol": 1e-9})
    theta = np.asarray(found.x, dtype=float)
    weights, likelihood, scores = search.look(theta)
    pure, least = _least_excess(data.edges, weights)
    low, high = np.array(bounds).T
    resting = (theta <= low + 1e-6) | (theta >= high - 1e-6)
    names = [*(["the factor"] * kinds), "the spread", "the minutes at the door"]
    return Envelope(
        factors=np.exp(theta[:kinds]),
        log_covariance=_covariance(search, weights, likelihood, scores, groups)[:kinds, :kinds],
        spread=float(np.exp(theta[kinds])),
        door_minutes=float(theta[kinds + 1]) + least,
        pure_share=pure,
        log_likelihood=float(np.log(likelihood).mean()),
        at_bound=", ".join(dict.fromkeys(name for name, rests in zip(names, resting, strict=True) if rests)),
    )


@dataclass(frozen=True)
class _Data:
    gap: Floats
    travel: Floats
    fixed: Floats
    clock: float
    longest: float

    @cached_property
    def edges(self) -> Floats:
        """Ranges of the excess, up to the longest gap, minutes."""
        return np.append(EXCESS_EDGES[self.longest > EXCESS_EDGES], self.longest)

    @property
    def n_components(self) -> int:
        """No excess, each range of it, and times that mean nothing."""
        return len(self.edges) + 1

    def components(self, theta: Floats) -> Floats:
        """Probability of each gap if its excess is none, or in each range, or the times mean nothing.

        Each is of shape (gaps,), so that all are (gaps, components).
        """
        kinds = self.travel.shape[1]
        median = self.travel @ np.exp(theta[:kinds])
        spread, door = float(np.exp(theta[kinds])), float(theta[kinds + 1])
        left = self.gap - self.fixed - door
        made = np.empty((len(self.gap), self.n_components))
        # Both ends of a gap are cut to whole steps of the clock: the second difference of the distribution's integral.
        above, at, below = (_shortfall(left + shift, median, spread) for shift in (self.clock, 0.0, -self.clock))
        made[:, 0] = (above - 2 * at + below) / self.clock
        reached = np.zeros((len(self.gap), len(self.edges)))
        for node, weight in zip(_NODES, _NODE_WEIGHTS, strict=True):
            beyond = (left + node * self.clock)[:, None] - self.edges
            row, edge = np.nonzero(beyond > 0)
            reached[row, edge] += weight * ndtr(np.log(beyond[row, edge] / median[row]) / spread)
        made[:, 1:-1] = (reached[:, :-1] - reached[:, 1:]) / np.diff(self.edges) * self.clock
        # Some times are plainly wrong; they may not pull at the edge.
        made[:, -1] = self.clock / self.longest
        return np.maximum(made, 1e-300)


def _shortfall(limit: Floats, median: Floats, spread: float) -> Floats:
    """Mean of max(limit - X, 0) for lognormal X: the integral of its distribution function up to the limit."""
    above = limit > 0
    z = np.log(np.where(above, limit, 1.0) / median) / spread
    mean = median * np.exp(spread**2 / 2)
    return np.where(above, limit * ndtr(z) - mean * ndtr(z - spread), 0.0)


def _least_excess(edges: Floats, weights: Floats) -> tuple[float, float]:
    """Share of the gaps about the edge, and the mean excess there.

    A little more time at every door and a little excess in every gap are the same thing, so the edge is where most
    gaps lie within `NEAR_MINUTES`, if that begins before `_FURTHEST_EDGE`.
    """
    middle = np.concatenate([[0.0], (edges[:-1] + edges[1:]) / 2])
    top, bottom = np.concatenate([[0.0], edges[1:]]), np.concatenate([[0.0], edges[:-1]])
    best, at = -1.0, 0.0
    for begin in np.unique(bottom[bottom <= _FURTHEST_EDGE]):
        near = (bottom >= begin) & (top <= begin + NEAR_MINUTES)
        share = float(weights[:-1][near].sum())
        if share > best + _CLEARLY:
            best, at = share, float(weights[:-1][near] @ middle[near]) / max(share, 1e-12)
    return best, at


class _Search:
    """What the optimiser calls: the likelihood with the best weights, and its slope."""

    def __init__(self, data: _Data, like: Envelope | None) -> None:
        self.data = data
        self.components = np.empty((0, 0))
        self._weights = np.full(data.n_components, 1.0 / data.n_components)
        kinds = data.travel.shape[1]
        self._centre, self.stiffness = np.zeros(kinds + 2), np.zeros(kinds + 2)
        if like is not None:
            self._centre[kinds:] = np.log(like.spread), like.door_minutes
            self.stiffness[kinds:] = 1.0 / np.square(_ALIKE)

    def expected(self, log_factor: float) -> Floats:
        """Where to begin, next to the fit that this one should be like."""
        start = self._centre.copy()
        start[:-2] = log_factor
        return start

    def __call__(self, theta: Floats) -> tuple[float, Floats]:
        """Negative mean log-likelihood and its gradient (by the envelope theorem, at the best weights)."""
        _, likelihood, scores = self.look(theta)
        away = theta - self._centre
        count = len(likelihood)
        value = -float(np.log(likelihood).mean()) + float(self.stiffness @ away**2) / 2 / count
        return value, -scores.mean(axis=0) + self.stiffness * away / count

    def look(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        """Best weights, likelihood of each gap and its scores, (gaps, parameters)."""
        self.components = self.data.components(theta)
        # Never quite nothing, so that a range that was empty at another factor can fill again.
        weights = best_weights(self.components, start=0.99 * self._weights + 0.01 / len(self._weights))
        self._weights = weights
        likelihood = self.components @ weights
        scores = np.empty((len(likelihood), len(theta)))
        for position in range(len(theta)):
            moved = theta.copy()
            moved[position] += _STEP
            ahead = self.data.components(moved) @ weights
            scores[:, position] = (np.log(ahead) - np.log(likelihood)) / _STEP
        return weights, likelihood, scores


def best_weights(components: Floats, *, start: Floats | None = None) -> Floats:
    """Weights of a mixture of known components, (components,), by the EM algorithm."""
    weights = np.full(components.shape[1], 1.0 / components.shape[1]) if start is None else start
    before = -np.inf
    for _ in range(_EM_STEPS):
        likelihood = components @ weights
        weights = weights * ((1.0 / likelihood) @ components) / len(components)
        now = float(np.log(likelihood).mean())
        if now - before < _EM_TOLERANCE:
            break
        before = now
    return np.asarray(weights / weights.sum(), dtype=float)


def _start(data: _Data) -> Floats:
    """Best of a coarse grid of factors: the likelihood may have more than one top."""
    few = slice(None, None, max(1, len(data.gap) // 1000))
    sample = _Data(data.gap[few], data.travel[few], data.fixed[few], data.clock, data.longest)
    kinds = data.travel.shape[1]
    tried = [
        np.array([*([np.log(factor)] * kinds), np.log(spread), 0.0])
        for factor in _START_FACTORS
        for spread in _START_SPREADS
    ]
    made = [sample.components(theta) for theta in tried]
    values = [float(np.log(components @ best_weights(components)).mean()) for components in made]
    return tried[int(np.argmax(values))]


def _covariance(search: _Search, weights: Floats, likelihood: Floats, scores: Floats, groups: Ints) -> Floats:
    """Sandwich covariance of the parameters, those of the weights that are in use taken into account."""
    components = search.components
    used = np.flatnonzero(weights > _LEAST_WEIGHT)
    largest = used[np.argmax(weights[used])]
    rest = used[used != largest]
    # A weight moves against the largest one, so that they still sum to 1.
    of_weights = (components[:, rest] - components[:, [largest]]) / likelihood[:, None]
    every = np.column_stack([scores, of_weights])
    information = every.T @ every + np.diag(np.concatenate([search.stiffness, np.zeros(len(rest))]))
    which = np.unique(groups, return_inverse=True)[1].ravel()
    by_group = np.zeros((which.max() + 1, every.shape[1]))
    np.add.at(by_group, which, every)
    bread = np.linalg.pinv(information)
    correction = len(by_group) / max(len(by_group) - every.shape[1], 1)
    return np.asarray(correction * bread @ (by_group.T @ by_group) @ bread, dtype=float)
