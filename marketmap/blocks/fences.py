"""What contiguity asks of any plan, as inequalities that the bound can price.

Take a point i, a provider p and a set of points around i that holds less than a block's minimum. A block of p that
holds i is in one piece and cannot lie within the set, so it crosses the set's fence, the points next to it: with
X[i, p] the share of i that p's blocks serve, X[i, p] <= sum of X[k, p] over the fence (a node separator inequality,
as for the connected subgraph polytope: Wang, Buchanan and Butenko 2017, Mathematical Programming 166). Points that p
may not serve belong neither to the set nor to the fence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from marketmap.blocks.kernels.separation import find_tears
from marketmap.blocks.zone_problem import Floats, ZoneProblem

# Shares below this are not followed, and what is torn by less than this is not mended.
LEAST_SHARE, TORN = 0.02, 0.03


def can_fence(problem: ZoneProblem) -> bool:
    """Whether contiguity asks anything of a problem that fences can say: not where every point is served for sure."""
    if problem.adjacency is None or problem.min_hours <= 0:
        return False
    return problem.providers > 1 or bool(np.isfinite(problem.outside).any())


class Fences:
    """Inequalities ``matrix @ X.ravel() <= 0`` for X of shape (points, providers): one row a fence.

    Attributes
    ----------
    matrix
        (fences, points * providers) 1 at the point fenced in, -1 at its fence.
    """

    def __init__(self, problem: ZoneProblem, matrix: sparse.csr_array | None = None) -> None:
        self.shape = (problem.points, problem.providers)
        self.matrix = sparse.csr_array((0, problem.points * problem.providers)) if matrix is None else matrix
        self._across = sparse.csr_array(self.matrix.T)

    def __len__(self) -> int:
        return int(self.matrix.shape[0])

    def charge(self, price: Floats) -> Floats:
        """(points, providers) what a provider's serving a point costs more at prices (fences,) of the fences."""
        return np.asarray(self._across @ price).reshape(self.shape)

    def broken(self, shares: Floats) -> Floats:
        """(fences,) by how much shares (points, providers) break each."""
        return np.asarray(self.matrix @ shares.ravel())

    def joined(self, problem: ZoneProblem, keep: NDArray[np.bool_], shares: Floats) -> tuple[Fences, int]:
        """Those to keep, with new ones that shares (points, providers) break; and how many are new."""
        adjacency = sparse.csr_array(problem.adjacency)
        point, provider, begins, members = find_tears(
            adjacency.indptr.astype(np.int64), adjacency.indices.astype(np.int64), problem.hours,
            np.isfinite(problem.extra), shares, problem.min_hours, LEAST_SHARE, TORN,
        )  # fmt: skip
        rows, sizes = np.arange(len(point)), np.diff(begins)
        columns = np.concatenate([point, members]) * self.shape[1]
        columns += np.concatenate([provider, np.repeat(provider, sizes)])
        signs = np.repeat([1.0, -1.0], [len(point), len(members)])
        places = (np.concatenate([rows, np.repeat(rows, sizes)]), columns)
        fresh = sparse.csr_array((signs, places), shape=(len(point), self.matrix.shape[1]))
        kept = self.matrix[np.flatnonzero(keep)]
        known = set(_signatures(kept))
        new = np.array([row not in known for row in _signatures(fresh)], dtype=bool)
        fresh = fresh[np.flatnonzero(new)]
        return Fences(problem, sparse.csr_array(sparse.vstack([kept, fresh], format="csr"))), int(fresh.shape[0])


def _signatures(matrix: sparse.csr_array) -> list[bytes]:
    matrix = sparse.csr_array(matrix)
    matrix.sort_indices()
    signed = (matrix.indices.astype(np.int64) + 1) * np.sign(matrix.data).astype(np.int64)
    return [signed[begin:end].tobytes() for begin, end in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True)]
