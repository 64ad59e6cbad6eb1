"""What simulated rounds say of a swap list, beside the estimate that it was made by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pandas as pd

NOT_SIMULATED = "not simulated"


@dataclass(frozen=True)
class Confirmation:
    """What rounds simulated before and after a list say of it.

    Attributes
    ----------
    minutes_saved_week
        Travel minutes a week, before less after.
    low, high
        The ends of its 95 % interval; NaN where there is none.
    rounds_saved_week
        Carers' rounds a week, before less after: a further round counts for nothing in the minutes.
    by_provider
        Indexed by ``provider_id``: minutes saved a week with each; may be empty.
    basis
        What was simulated, in a few words.
    """

    minutes_saved_week: float
    low: float
    high: float
    rounds_saved_week: float
    by_provider: pd.Series
    basis: str


class Confirm(Protocol):
    """Simulates rounds before and after a list of moves."""

    def __call__(self, before: pd.Series, after: pd.Series) -> Confirmation:
        """Simulate.

        Parameters
        ----------
        before, after
            Indexed by ``package_id``: who delivers each active package.
        """
        ...
