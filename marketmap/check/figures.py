"""Comparing a written figure with the one found again, within what its rounding allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from marketmap.check.findings import Broken, count, some

if TYPE_CHECKING:
    from marketmap.check.evidence import Evidence

# Half of the last decimal written, for figures with two decimals and with one, and for costs, which have four.
HUNDREDTH = 0.005
TENTH = 0.05
COST_STEP = 0.00005
# Half of the last decimal of a share.
SHARE_STEP = 0.0005


def off_by(derived: pd.Series, claimed: pd.Series, *, allow: float | pd.Series = HUNDREDTH) -> pd.Series:
    """Say which figures differ by more than their rounding.

    Parameters
    ----------
    derived
        What the inputs give; aligned on ``claimed``.
    claimed
        What was written. A figure that only one side has differs; one that both lack does not.
    allow
        The largest difference that rounding explains.

    Returns
    -------
    Series of bool
        Indexed like ``claimed``.
    """
    found = derived.reindex(claimed.index).astype(float)
    claimed = claimed.astype(float)
    close = (found - claimed).abs() <= allow + 1e-6 + 1e-9 * found.abs()
    return ~(close | (found.isna() & claimed.isna()))


def show_difference(derived: pd.Series, claimed: pd.Series, wrong: pd.Series) -> tuple[str, ...]:
    """Take examples of figures that differ, each with what the inputs give."""
    chosen = pd.DataFrame({"said": claimed, "found": derived.reindex(claimed.index)})[wrong.to_numpy(bool)]
    return some(f"{row.Index}: says {row.said:g}, should be {row.found:g}" for row in chosen.itertuples())


def compare(
    file: str, name: str, derived: pd.Series, claimed: pd.Series, *, allow: float | pd.Series = HUNDREDTH
) -> Iterator[Broken]:
    """Say how many figures of one column are not what the inputs give."""
    wrong = off_by(derived, claimed, allow=allow)
    if wrong.any():
        shown = show_difference(derived, claimed, wrong)
        yield Broken(file, f"{name} is wrong in {count(int(np.sum(wrong)), 'row')}", shown)


def unique_blocks(evidence: Evidence) -> pd.DataFrame:
    """Take the proposals, each block once (a repeated one is another check's finding)."""
    return evidence.proposals[~evidence.proposals.index.duplicated()]
