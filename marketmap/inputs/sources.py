"""What every kind of file gives its reader: a header, and then the cells of chosen columns as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.errors import MarketmapError

# A packed file of a few kilobytes can unpack to more than any memory. A county with 100,000 packages of 30 columns is
# some 150 MB of XML; the largest table that is read, every postcode of the country, has 2.7 million rows.
MOST_UNPACKED_BYTES = 400_000_000
MOST_ROWS = 5_000_000


@dataclass(frozen=True)
class Source:
    """An opened file.

    Attributes
    ----------
    header
        Its column names as written, in order.
    cells
        Takes positions in ``header``; gives their cells as a frame of dtype str, blank as ``""``, columns
        named by position and index ``row`` holding row numbers as a spreadsheet shows them. Rows with no cell
        filled are left out but counted.
    notes
        Plain sentences about the reading, each to follow the file's name.
    """

    header: tuple[str, ...]
    cells: Callable[[Sequence[int]], pd.DataFrame]
    notes: tuple[str, ...] = ()


class UnreadableError(MarketmapError):
    """A file is not what its extension says; ``what``, ``remedy`` and ``rows`` become a fault."""

    def __init__(self, what: str, remedy: str, *, rows: Sequence[int] = ()) -> None:
        self.what = what
        self.remedy = remedy
        self.rows = tuple(rows)
        super().__init__(what)


def refuse_unpacked(size: int) -> None:
    """Refuse a packed file that says of itself that it unpacks to more than `MOST_UNPACKED_BYTES`.

    Parameters
    ----------
    size
        Bytes, as the file's own directory states them.

    Raises
    ------
    UnreadableError
        When they are too many.
    """
    if size > MOST_UNPACKED_BYTES:
        raise UnreadableError(
            f"it unpacks to {size / 1e6:,.0f} MB, at most {MOST_UNPACKED_BYTES / 1e6:,.0f} MB are read",
            "Keep only the table's own sheet, columns and rows, or save it as CSV",
        )


def frame_of_text(columns: dict[int, list[str]], *, rows: Sequence[int]) -> pd.DataFrame:
    """Make the frame that `Source.cells` gives, leaving out rows that are blank in every column taken."""
    index = pd.Index(np.asarray(rows, dtype=np.int64), name="row")
    return pd.DataFrame(
        {place: pd.Series(cells, index=index, dtype="str") for place, cells in columns.items()}, index=index
    )
