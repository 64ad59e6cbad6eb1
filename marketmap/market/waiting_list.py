"""Who waits for care today, the greatest risk and the longest wait first."""

from __future__ import annotations

import pandas as pd

from marketmap.inputs.county import Tables
from marketmap.market.waits import OPEN, list_waits
from marketmap.settings.market import MarketSettings

# Where people wait, the greatest risk first; assumed: a rule of thumb for reading a list, not an assessment.
RISKS = {
    "home_no_care": "1 at home without care",
    "": "2 not known where",
    "hospital": "3 in hospital",
    "interim_bed": "4 in an interim bed",
    "home_bridged": "5 at home, bridged",
}
UNKNOWN = ""
OWN = ["package_id", "person_id", "postcode", "district_code", "service_type", "funding", "hours_week", "visits_week"]
COLUMNS = [*OWN, "carers_required", "needs", "waiting_where", "risk", "waiting_since", "days", "long"]


def list_waiting(tables: Tables, *, settings: MarketSettings) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """List the packages that wait for a provider on the snapshot.

    Parameters
    ----------
    tables
        Reads ``packages`` and ``package_lines``.
    settings
        ``wait_clock``, ``wait_weeks`` and ``long_wait_days``, as `marketmap.market.waits.list_waits` reads them.

    Returns
    -------
    rows, notes
        `COLUMNS`, one row a package whose status is waiting: ``risk`` (by where the person waits, `RISKS`),
        ``waiting_since``, ``days`` to the snapshot (NaN where neither date is given) and ``long`` (more days than
        ``long_wait_days``). Greatest risk first, then the longest wait. Notes say what the clock is.
    """
    waits = list_waits(tables.package_lines, snapshot_date=tables.snapshot_date, settings=settings)
    opened = waits.rows[waits.rows["end"] == OPEN].set_index("package_id")
    waiting = tables.packages[tables.packages["status"] == "waiting"]
    since = pd.to_datetime(opened["clock_date"]).reindex(waiting["package_id"])
    where = waiting["waiting_where"].astype("object").fillna(UNKNOWN)
    frame = waiting[[*OWN, "carers_required", "needs"]].assign(
        waiting_where=where,
        risk=where.map(RISKS).fillna(RISKS[UNKNOWN]),
        waiting_since=since.to_numpy(),
        days=(pd.Timestamp(tables.snapshot_date) - since).dt.days.clip(lower=0).astype(float).to_numpy(),
    )
    frame["long"] = frame["days"] > settings.long_wait_days
    ordered = frame.sort_values(["risk", "days", "package_id"], ascending=[True, False, True], na_position="last")
    return ordered[COLUMNS].reset_index(drop=True), waits.notes
