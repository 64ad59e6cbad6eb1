"""Plane graphs on points: which places are next to each other, and what must be kept so that all hang together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay, KDTree, QhullError

from marketmap.travel.network import Flags, Floats, Ints

Places = NDArray[np.float64]


def neighbouring_pairs(places: Places) -> Ints:
    """Pairs of places joined in the Delaunay triangulation, (pairs, 2), each once with the lower number first.

    Places on one straight line, or fewer than three, are joined in a chain.
    """
    try:
        corners = Delaunay(places).simplices.astype(np.int64)
    except (QhullError, ValueError):
        along = np.lexsort((places[:, 1], places[:, 0]))
        pairs = np.column_stack([along[:-1], along[1:]])
    else:
        pairs = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    return np.unique(np.sort(pairs, axis=1), axis=0)


def gabriel(places: Places, pairs: Ints) -> Flags:
    """Which pairs have no third place inside the circle on their straight line (Gabriel and Sokal, 1969), (pairs,)."""
    middle = (places[pairs[:, 0]] + places[pairs[:, 1]]) / 2
    nearest = KDTree(places).query(middle, workers=-1)[0]
    return np.asarray(nearest >= straight_metres(places, pairs) / 2 * (1 - 1e-9))


def straight_metres(places: Places, pairs: Ints) -> Floats:
    """Straight distance of each pair, (pairs,)."""
    step = places[pairs[:, 0]] - places[pairs[:, 1]]
    return np.asarray(np.hypot(step[:, 0], step[:, 1]), dtype=float)


def spanning(n_places: int, pairs: Ints, weights: Floats) -> Flags:
    """Which pairs make up the lightest tree (or forest) that joins all that the pairs join, (pairs,)."""
    graph = coo_array((weights, (pairs[:, 0], pairs[:, 1])), shape=(n_places, n_places))
    tree = minimum_spanning_tree(graph.tocsr()).tocoo()
    low, high = np.minimum(*tree.coords).astype(np.int64), np.maximum(*tree.coords).astype(np.int64)
    return np.isin(pairs[:, 0] * n_places + pairs[:, 1], low * n_places + high)
