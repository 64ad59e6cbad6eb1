"""What rounds are made for: a row for each visit, with where, how long and when it may begin."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.settings import RoundSettings
from marketmap.settings.rounds import PLANNED
from marketmap.travel.rounds.clock import MINUTES_IN_DAY, minutes_of_day, read_clock, read_span

WORK = (
    "visit_id", "provider_id", "package_id", "day", "postcode", "carers", "minutes", "begin", "earliest", "latest",
    "reason",
)  # fmt: skip
DAYS = np.array(["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"])
DELIVERED = "delivered"
UNKNOWN_PACKAGE = "the packages table does not hold the package"
NO_LENGTH = "planned to last no time"
_VISIT = ["visit_id", "provider_id", "package_id", "planned_start", "planned_end"]


def list_work(
    visits: pd.DataFrame, packages: pd.DataFrame, calls: pd.DataFrame | None, *, settings: RoundSettings
) -> pd.DataFrame:
    """List the visits that carers delivered, as work for rounds.

    Attendances with the same visit, provider, package and planned times are one visit of so many carers, who go
    together.
    Its length is the planned one, in elapsed time: a night on which the clocks go back is an hour longer. It may begin
    between the earliest and latest of the package's call that its planned begin is in or nearest to, else in its band.

    Parameters
    ----------
    visits
        `Tables.visits`: rows that are not ``delivered`` are left out.
    packages
        ``package_id, postcode``: the first row of a package counts.
    calls
        `Tables.calls`, or None.
    settings
        Bands, windows, and when a day begins.

    Returns
    -------
    DataFrame
        Columns `WORK`, sorted by ``day, provider_id, begin, visit_id, package_id``: ``day`` (midnight), ``carers``
        (attendances), ``minutes``, ``begin`` (planned), ``earliest`` and ``latest`` begin (minutes after the day's
        midnight), ``reason`` (blank, or why it can be in no round).
    """
    made = visits[visits["status"] == DELIVERED]
    rows = made.groupby(_VISIT, sort=True, observed=True).agg(
        carers=("carer_id", "size"), postcode=("postcode", "first")
    )
    rows = rows.reset_index()
    day, begin = minutes_of_day(rows["planned_start"], day_begins=read_clock(settings.day_begins))
    length = (rows["planned_end"] - rows["planned_start"]).dt.total_seconds() / 60.0
    home = packages.drop_duplicates("package_id").set_index("package_id")["postcode"]
    known = rows["package_id"].isin(home.index)
    own = rows["postcode"].astype("object")
    work = pd.DataFrame(
        {
            "visit_id": rows["visit_id"].astype("object"),
            "provider_id": rows["provider_id"].astype("object"),
            "package_id": rows["package_id"].astype("object"),
            "day": day,
            "postcode": own.where(own.notna(), rows["package_id"].map(home).astype("object")),
            "carers": rows["carers"].astype("int64"),
            "minutes": length.astype(float),
            "begin": begin,
            "reason": np.select([~known, length <= 0], [UNKNOWN_PACKAGE, NO_LENGTH], default=""),
        }
    )
    work = open_windows(work, calls, settings=settings)
    order = ["day", "provider_id", "begin", "visit_id", "package_id"]
    return work[list(WORK)].sort_values(order, kind="stable", ignore_index=True)


def open_windows(work: pd.DataFrame, calls: pd.DataFrame | None, *, settings: RoundSettings) -> pd.DataFrame:
    """Say when each visit may begin.

    Parameters
    ----------
    work
        ``package_id, day, begin``, with a RangeIndex.

    Returns
    -------
    DataFrame
        ``work`` with ``earliest`` and ``latest``, minutes after the day's midnight.
    """
    begin = work["begin"].to_numpy(float)
    earliest, latest = _nearest_band(begin, settings)
    critical = np.zeros(len(work), dtype=bool)
    if calls is not None and len(calls):
        wanted = _read_calls(calls, settings)
        pairs = pd.DataFrame(
            {
                "package_id": work["package_id"].astype("object"),
                "at": np.arange(len(work)),
                "begin": begin,
                "weekday": DAYS[work["day"].dt.dayofweek.to_numpy()],
            }
        ).merge(wanted, on="package_id")
        there = [weekday in days for weekday, days in zip(pairs["weekday"], pairs["days"], strict=True)]
        pairs = pairs[np.array(there, dtype=bool)]
        pairs["off"] = _minutes_off(pairs["begin"], pairs["from"], pairs["to"])
        best = pairs.sort_values(["at", "off", "call"], kind="stable").drop_duplicates("at")
        at = best["at"].to_numpy()
        earliest[at], latest[at] = best["from"].to_numpy(float), best["to"].to_numpy(float)
        critical[at] = best["critical"].to_numpy(bool)
    if settings.window == PLANNED:
        earliest, latest = begin - settings.window_minutes, begin + settings.window_minutes
    earliest = np.where(critical, begin - settings.critical_minutes, earliest)
    latest = np.where(critical, begin + settings.critical_minutes, latest)
    return work.assign(earliest=earliest, latest=latest)


def last_days(work: pd.DataFrame, *, days: int) -> pd.DataFrame:
    """Take the last so many days' work."""
    if work.empty:
        return work
    first = work["day"].max() - pd.Timedelta(days=days - 1)
    kept: pd.DataFrame = work[work["day"] >= first].reset_index(drop=True)
    return kept


def _read_calls(calls: pd.DataFrame, settings: RoundSettings) -> pd.DataFrame:
    """Read each call's window in minutes: ``package_id, days, from, to, critical, call``."""
    bands = {name: read_span(span) for name, span in settings.bands.items()}
    begins = _clocks(calls["earliest"]).fillna(calls["time_band"].map({name: span[0] for name, span in bands.items()}))
    ends = _clocks(calls["latest"]).fillna(
        calls["time_band"].map({name: span[1] % MINUTES_IN_DAY for name, span in bands.items()})
    )
    begins, ends = begins.astype(float), ends.astype(float)
    return pd.DataFrame(
        {
            "package_id": calls["package_id"].astype("object"),
            "days": calls["days"].astype("object"),
            "from": begins,
            "to": ends.where(ends >= begins, ends + MINUTES_IN_DAY),
            "critical": calls["time_critical"].fillna(value=False).astype(bool),
            "call": np.arange(len(calls)),
        }
    )


def _clocks(texts: pd.Series) -> pd.Series:
    parts = texts.astype("object").where(texts.notna(), None).astype("str").str.extract(r"^(\d\d):(\d\d)")
    return parts[0].astype(float) * 60 + parts[1].astype(float)


def _minutes_off(begin: pd.Series, earliest: pd.Series, latest: pd.Series) -> pd.Series:
    early, late = earliest - begin, begin - latest
    return pd.Series(np.maximum(np.maximum(early, late), 0.0), index=begin.index)


def _nearest_band(begin: np.ndarray, settings: RoundSettings) -> tuple[np.ndarray, np.ndarray]:
    """Find the band that each begin is in or nearest to; of two equally near, the one named first."""
    spans = np.array([read_span(span) for span in settings.bands.values()])
    off = np.maximum(np.maximum(spans[:, 0] - begin[:, None], begin[:, None] - spans[:, 1]), 0.0)
    best = off.argmin(axis=1)
    return spans[best, 0].copy(), spans[best, 1].copy()
