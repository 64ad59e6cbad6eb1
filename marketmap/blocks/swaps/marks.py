"""What brokers have marked on a swap list: moves that are agreed and moves that are not to be asked for again."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from marketmap.errors import Fault

ACCEPTED, REFUSED = "accepted", "refused"
DECISIONS = (ACCEPTED, REFUSED)


@dataclass(frozen=True)
class Marks:
    """Moves that somebody has decided on.

    Attributes
    ----------
    file
        The name of the list that they were marked on, for faults.
    rows
        ``package_id``, ``from_provider_id``, ``to_provider_id``, ``decision`` (accepted or refused), ``row`` (as a
        spreadsheet numbers them). One row a package and target.
    """

    file: str
    rows: pd.DataFrame

    def accepted(self) -> pd.DataFrame:
        """Take the rows of moves that stay in the list."""
        return self.rows[self.rows["decision"] == ACCEPTED]

    def refused(self) -> pd.DataFrame:
        """Take the rows of moves that are out of the question."""
        return self.rows[self.rows["decision"] == REFUSED]

    def fault(self, what: str, remedy: str, *, row: int, column: str = "decision") -> Fault:
        """Make a fault of one row."""
        return Fault(self.file, what, remedy, column, (row,))
