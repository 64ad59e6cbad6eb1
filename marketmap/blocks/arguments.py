"""What a caller gives the solvers, read once: every value that cannot be meant is refused by its name."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from marketmap.errors import PlanError

Floats = NDArray[np.float64]

# Figures this large are no minutes, hours or pounds, and the solver takes them for infinite or loses the others beside
# them.
LARGEST = 1e15


def read_array(values: Any, name: str, *, hint: str = "", largest: float = LARGEST) -> Floats:
    """Read figures.

    Parameters
    ----------
    values
        An array, frame, series or nested lists.
    name
        What the caller knows them by.
    hint
        What to do about a figure that is too large to be one.
    largest
        Finite figures of this or more are too large.

    Returns
    -------
    numpy.ndarray
        float64, of the same shape; infinite values stay, a masked one is NaN.

    Raises
    ------
    PlanError
        For values that are no figures, rows of unlike length, and finite figures that are too large.
    """
    try:
        if isinstance(values, np.ma.MaskedArray):
            # A plain reading would bring back what the mask hides.
            values = np.ma.filled(values.astype(np.float64), np.nan)
        given = np.asarray(values)
        # Lengths of time and complex numbers would turn into other figures without a word.
        if given.dtype.kind in "mMc":
            raise PlanError(f"{name} holds {given.dtype}, not plain figures; give minutes, hours or pounds as numbers.")
        if isinstance(values, pd.DataFrame | pd.Series):
            array = values.to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise PlanError(f"{name} holds a value that is not a number, or rows of unlike length ({error}).") from error
    vast = np.isfinite(array) & (np.abs(array) >= largest)
    if vast.any():
        remedy = hint or "Correct it."
        raise PlanError(f"{name} holds a finite value of {largest:g} or more, first at {first_of(vast)}. {remedy}")
    return array


def read_number(value: Any, name: str, *, remedy: str = "give a number") -> float:
    """Read one figure that is not NaN; infinite ones pass."""
    try:
        number = math.nan if isinstance(value, str | bytes) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if math.isnan(number):
        raise PlanError(f"{name} is {value!r:.60}; {remedy}.")
    return number


def read_whole(value: Any, name: str, *, remedy: str = "give a whole number, 0 or more") -> int:
    """Read a whole number of 0 or more; ``2.0`` and NumPy's own pass."""
    try:
        whole = int(value)
        fits = not isinstance(value, str | bytes) and np.ndim(value) == 0 and whole >= 0 and bool(whole == value)
    except (TypeError, ValueError, OverflowError):
        fits = False
    if not fits:
        raise PlanError(f"{name} is {value!r:.60}; {remedy}.")
    return whole


def read_neighbours(adjacency: Any, points: int) -> sparse.csr_array:
    """Read which points are next to each other, as a symmetric matrix of 0 and 1 without a diagonal.

    Raises
    ------
    PlanError
        For anything but a matrix of figures, points x points.
    """
    try:
        if not sparse.issparse(adjacency):
            adjacency = np.asarray(adjacency, dtype=np.float64)
        matrix = sparse.coo_array(adjacency)
    except (TypeError, ValueError, OverflowError) as error:
        raise PlanError(
            "adjacency is no matrix of figures: give points x points, sparse or dense, not 0 for neighbours."
        ) from error
    if matrix.shape != (points, points):
        raise PlanError(f"adjacency has shape {matrix.shape}; it must be {(points, points)}.")
    matrix.sum_duplicates()
    if np.isnan(matrix.data).any():
        raise PlanError("adjacency holds a value that is not a number; give 0 where points are not neighbours.")
    keep = (matrix.data != 0) & (matrix.row != matrix.col)
    rows = np.concatenate([matrix.row[keep], matrix.col[keep]])
    columns = np.concatenate([matrix.col[keep], matrix.row[keep]])
    symmetric = sparse.csr_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(points, points))
    symmetric.sum_duplicates()
    symmetric.sort_indices()
    symmetric.data[:] = 1
    return symmetric


def first_of(wrong: NDArray[np.bool_]) -> str:
    """Name the first place that is marked, in words."""
    return "position " + ", ".join(str(int(place)) for place in np.argwhere(wrong)[0])
