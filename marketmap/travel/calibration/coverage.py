"""How much of what the council buys its call monitoring shows, provider by provider."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.settings import CalibrationSettings
from marketmap.travel.calibration.gaps import AUTOMATIC, CAME

_DAYS_IN_WEEK = 7.0


def measure_coverage(visits: pd.DataFrame, packages: pd.DataFrame, *, settings: CalibrationSettings) -> pd.DataFrame:
    """Measure each provider's monitored share of its commissioned carer hours over the days that the file spans.

    Monitored hours are the planned hours of those visits to a known package that somebody made; missed and cancelled
    ones are only listed, since they show no journey. Commissioned hours are those of active packages, for the days on
    which they ran. A planned time is spread over no more days than its own, so a night counts on the day it began.

    Parameters
    ----------
    visits
        One row for each carer's attendance: ``provider_id``, ``package_id``, ``planned_start``, ``planned_end``,
        ``status``, ``verification``.
    packages
        In force: ``package_id``, ``provider_id``, ``status``, ``hours_week`` (client contact hours),
        ``carers_required``, ``start_date``, ``end_date``.
    settings
        ``least_coverage``.

    Returns
    -------
    DataFrame
        One row a provider, in order of ``provider_id``: ``days`` in the file; carer hours over those days, that is
        ``hours_commissioned``, ``hours_listed`` (every row's), ``hours_monitored`` (of visits made) and
        ``hours_automatic`` (of those, logged automatically); ``coverage`` (monitored ÷ commissioned) and
        ``automatic_coverage`` (automatic ÷ commissioned), NaN where nothing is commissioned; ``automatic_share`` of
        the attendances that were made; ``enough`` (coverage of ``least_coverage`` or more).
    """
    dates = visits["planned_start"].dropna().dt.tz_localize(None).dt.normalize()
    days = int((dates.max() - dates.min()).days) + 1 if len(dates) else 0
    hours = (visits["planned_end"] - visits["planned_start"]).dt.total_seconds() / 3600.0
    known = visits["package_id"].isin(packages["package_id"])
    made = visits["status"].isin(CAME)
    logged = made & visits["verification"].eq(AUTOMATIC).fillna(value=False).astype(bool)
    provider = visits["provider_id"].astype(object)
    sums = {
        name: hours[known & chosen].groupby(provider).sum()
        for name, chosen in {"listed": known, "monitored": made, "automatic": logged}.items()
    }
    automatic = logged[made].groupby(provider).mean()
    active = packages[packages["status"] == "active"]
    ran = _days_in_force(active, dates.min(), dates.max()) if days else np.zeros(len(active))
    carer_hours = active["hours_week"].astype(float) * active["carers_required"].astype(float) * ran / _DAYS_IN_WEEK
    commissioned = carer_hours.groupby(active["provider_id"].astype(object)).sum()
    table = pd.DataFrame(
        {"hours_commissioned": commissioned, **{f"hours_{name}": total for name, total in sums.items()}}
    )
    table = table.fillna(0.0).sort_index().rename_axis("provider_id").reset_index()
    bought = table["hours_commissioned"].where(table["hours_commissioned"] > 0)
    share = table["hours_monitored"] / bought
    return table.assign(
        days=days,
        coverage=share,
        automatic_coverage=table["hours_automatic"] / bought,
        automatic_share=table["provider_id"].map(automatic),
        enough=(share >= settings.least_coverage).to_numpy(dtype=bool),
    )


def _days_in_force(packages: pd.DataFrame, begin: pd.Timestamp, finish: pd.Timestamp) -> np.ndarray:
    """Days from ``begin`` to ``finish`` on which each package ran; its last day counts."""
    start = pd.to_datetime(packages["start_date"]).fillna(begin)
    end = pd.to_datetime(packages["end_date"]).fillna(finish)
    ran = (end.where(end < finish, finish) - start.where(start > begin, begin)).dt.days + 1
    return np.maximum(ran.to_numpy(dtype=float), 0.0)
