"""The checker's own reading of call monitoring: when each visit was planned, on which day, and whether it was made."""

from __future__ import annotations

import pandas as pd

from marketmap.check import sources

COLUMNS = ["visit_id", "carer_id", "provider_id", "package_id", "postcode"]


def list_visits(rows: pd.DataFrame) -> pd.DataFrame:
    """Read the visits table as text.

    Returns
    -------
    DataFrame
        `COLUMNS`, then ``planned_start``, ``planned_end`` (London's clock), ``delivered`` (bool).
    """
    begins, ends = sources.to_moments(rows["planned_start"]), sources.to_moments(rows["planned_end"])
    # An end in the hour that came twice in autumn was read as the first of the two.
    later = ends + pd.Timedelta(hours=1)
    ends = ends.mask((ends < begins) & (later.dt.tz_localize(None) == ends.dt.tz_localize(None)), later)
    delivered = sources.to_words(rows["status"]) == "delivered"
    return rows[COLUMNS].assign(planned_start=begins, planned_end=ends, delivered=delivered)
