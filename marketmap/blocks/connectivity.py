"""Which points hang together on the neighbourhood graph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

Ints = NDArray[np.int64]


def split_into_pieces(adjacency: sparse.csr_array, members: Ints) -> list[Ints]:
    """Split a set of points into connected pieces, each sorted, in the order of their first points.

    Parameters
    ----------
    adjacency
        (points, points) symmetric neighbourhood.
    members
        Positions of the set.
    """
    if len(members) == 0:
        return []
    members = np.sort(members)
    inner = adjacency[members][:, members]
    count, label = csgraph.connected_components(inner, directed=False)
    return [members[label == piece] for piece in range(count)]


def is_connected(adjacency: sparse.csr_array | None, members: Ints) -> bool:
    """Whether a set of points is one piece (an empty set is; so is any set where there is no graph)."""
    return adjacency is None or len(split_into_pieces(adjacency, members)) <= 1


def separating_points(adjacency: sparse.csr_array, piece: Ints, target: int) -> Ints:
    """Fewest-by-inclusion points that every path from ``piece`` to ``target`` must cross.

    Those are the neighbours of ``piece`` that can be reached from ``target`` without crossing another one.

    Parameters
    ----------
    adjacency
        (points, points) symmetric neighbourhood.
    piece
        A connected set.
    target
        A point outside the set and not next to it.
    """
    points = adjacency.shape[0]
    inside = np.zeros(points, dtype=bool)
    inside[piece] = True
    fence = np.zeros(points, dtype=bool)
    fence[adjacency[piece].indices] = True
    fence &= ~inside
    beyond = np.flatnonzero(~inside & ~fence)
    _, label = csgraph.connected_components(adjacency[beyond][:, beyond], directed=False)
    side = beyond[label == label[np.searchsorted(beyond, target)]]
    touched = np.zeros(points, dtype=bool)
    touched[adjacency[side].indices] = True
    return np.flatnonzero(fence & touched)
