"""Where to begin: whole blocks out of the shares of blocks that the bound opens."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import pdist

from marketmap.blocks.zone_problem import Floats, Ints, ZoneProblem

# A centre open for less than this share is left to chance.
LEAST_SHARE = 0.005
# More centres than this are put in a row less carefully, and told apart by so many points: the work grows fast.
MOST_ORDERED, TELLING = 800, 800


def round_centres(problem: ZoneProblem, opened: Floats, count: int, *, offset: float) -> Ints:
    """Choose centres so that every part of the county gets about as many blocks as the shares there add up to.

    The centres are put in a row, near ones next to each other (the leaves of a dendrogram), and one is taken whenever
    the sum of the shares so far passes another whole number: systematic sampling, as in surveys.

    Parameters
    ----------
    problem
        The block problem.
    opened
        (centres,) shares.
    count
        How many to choose.
    offset
        Where in the first whole number to begin, 0 to 1: other offsets give other choices.

    Returns
    -------
    ndarray
        At most ``count`` different centres, sorted.
    """
    usable = np.flatnonzero(opened > LEAST_SHARE)
    if len(usable) <= count:
        return np.sort(np.argsort(-opened, kind="stable")[:count])
    row = usable[_line_up(problem, usable)]
    passed = np.cumsum(opened[row]) * count / opened[row].sum()
    at = np.searchsorted(passed, offset + np.arange(count))
    return np.unique(row[np.minimum(at, len(row) - 1)])


def _line_up(problem: ZoneProblem, centres: Ints) -> Ints:
    many = len(centres) > MOST_ORDERED
    rows = slice(None, None, max(1, problem.points // TELLING) if many else 1)
    away = problem.travel[rows, centres] / np.maximum(problem.visits[rows], 1e-9)[:, None]
    reached = np.isfinite(away)
    away = np.where(reached, away, 2.0 * away[reached].max(initial=1.0))
    # two centres are as far apart as any point can tell them apart
    return np.asarray(
        leaves_list(linkage(pdist(away.T, "chebyshev"), "average", optimal_ordering=not many)), dtype=np.int64
    )
