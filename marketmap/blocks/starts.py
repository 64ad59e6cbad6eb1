"""Where to begin: whole blocks out of the shares of blocks that the bound opens."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import pdist

from marketmap.blocks.bound import LagrangianBound
from marketmap.blocks.locate import Located
from marketmap.blocks.zone_problem import Floats, Ints, ZoneProblem

# A centre open for less than this share is left to chance.
LEAST_SHARE = 0.005
# More centres than this are put in a row less carefully, and told apart by so many points: the work grows fast.
MOST_ORDERED, TELLING = 800, 800
# Ways to round that are tried.
OFFSETS = (0.5, 0.1, 0.7, 0.3, 0.9)


def place_centres(
    problem: ZoneProblem, bound: LagrangianBound, *, ways: int, is_late: Callable[[], bool]
) -> Located | None:
    """Place centres for an exact number of blocks, points split: the best of a few ways to round the bound's shares.

    Parameters
    ----------
    problem
        The block problem.
    bound
        Whose shares of blocks are rounded, and whose prices say where a block may move.
    ways
        How many ways to round are tried at most.
    is_late
        Whether it is time to stop with what there is.
    """
    best: Located | None = None
    for offset in OFFSETS[:ways]:
        centres = round_centres(problem, bound.opened, problem.n_blocks or 0, offset=offset)
        if len(centres) < (problem.n_blocks or 0):
            continue
        found = Located(problem, centres)
        if found.settle() and (best is None or found.cost < best.cost):
            best = found
        if is_late():
            break
    if best is not None:
        best.relocate(bound.relaxation, is_late)
    return best


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
