"""The neighbourhood that zones are cut from: every postcode hangs on the demand nearest to it by road.

Contracting the postcodes' road graph onto the points of demand makes contiguity cheap and honest: a set of
points that is connected here is a connected set of whole postcodes there.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import dijkstra

from marketmap.blocks.parting import attach_apart

# Two postcodes at one spot are no minutes apart, and a sparse graph cannot hold an edge of zero.
LEAST_MINUTES = 1e-6


def attach_postcodes(
    neighbours: pd.DataFrame,
    *,
    postcodes: pd.Index,
    points: pd.Index,
    barred: pd.Index,
    together: NDArray[np.int64] | None = None,
    apart: NDArray[np.int64] | None = None,
) -> tuple[pd.Series, csr_matrix]:
    """Give every postcode to its nearest point of demand and say which points then touch.

    Parameters
    ----------
    neighbours
        ``postcode_a``, ``postcode_b``, ``minutes``: the road neighbourhood graph, each pair once.
    postcodes
        All postcodes of the county.
    points
        The postcodes with demand that zones are made of.
    barred
        Postcodes that may not be passed through or given away (they are in a block already let).
    together, apart
        What locks say of each postcode, as `groups.PlaceGroups` has it.

    Returns
    -------
    point_of, adjacency
        For each postcode the position in ``points`` of the one it hangs on (-1 for barred postcodes and those
        that no road joins to any point, `parting.PARTED` for those that locks keep off every point); and points ×
        points, symmetric, 1.0 where cells touch.
    """
    index = pd.Series(np.arange(len(postcodes)), index=postcodes)
    usable = ~postcodes.isin(barred)
    a = index.reindex(neighbours["postcode_a"]).to_numpy()
    b = index.reindex(neighbours["postcode_b"]).to_numpy()
    known = ~(np.isnan(a) | np.isnan(b))
    a, b = a[known].astype(np.int64), b[known].astype(np.int64)
    minutes = np.maximum(neighbours["minutes"].to_numpy(float)[known], LEAST_MINUTES)
    open_pair = usable[a] & usable[b]
    a, b, minutes = a[open_pair], b[open_pair], minutes[open_pair]
    count = len(postcodes)
    graph = csr_matrix((np.r_[minutes, minutes], (np.r_[a, b], np.r_[b, a])), shape=(count, count))
    sources = index[points].to_numpy()
    position = np.full(count, -1)
    position[sources] = np.arange(len(sources))
    nearest = np.full(count, -1)
    if together is not None and apart is not None and (apart >= 0).any():
        nearest = attach_apart(graph, sources, together=np.where(usable, together, -1), apart=apart)
    elif len(sources):
        _, _, start = dijkstra(graph, indices=sources, min_only=True, return_predecessors=True)
        reached = start >= 0
        nearest[reached] = position[start[reached]]
    nearest[sources] = np.arange(len(sources))
    nearest[~usable] = -1
    one, two = nearest[a], nearest[b]
    touch = (one >= 0) & (two >= 0) & (one != two)
    rows, columns = np.r_[one[touch], two[touch]], np.r_[two[touch], one[touch]]
    pairs = np.unique(np.stack([rows, columns], axis=1), axis=0)
    adjacency = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points))).tocsr()
    return pd.Series(nearest, index=postcodes, name="point"), adjacency
