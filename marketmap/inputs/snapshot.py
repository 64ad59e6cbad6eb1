"""Which of a package's dated lines hold on the day that a run looks at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from marketmap.errors import Fault
from marketmap.settings import SETTINGS_FILE

LINE_KEY = ("package_id", "effective_from", "effective_to")


@dataclass(frozen=True)
class Day:
    """The day that a run looks at, None where there is none, and what to say about where it is from."""

    day: dt.date | None
    note: str = ""


def choose_day(
    frames: Mapping[str, pd.DataFrame], *, wanted: dt.date | None, packages_file: Path | None
) -> tuple[Day, list[Fault]]:
    """Choose the day to look at and make sure that something holds on it.

    Parameters
    ----------
    frames
        Typed tables by name.
    wanted
        ``county.snapshot_date`` of the settings; None finds it (`find_snapshot_date`).
    packages_file
        Where no table holds a date, the day on which this was last saved is taken: an extract without dates holds
        whole on any day.

    Returns
    -------
    day, faults
        A fault where no package has a line in force on the day.
    """
    if "packages" not in frames or packages_file is None:
        return Day(wanted), []
    day, note = wanted, ""
    if day is None:
        day = find_snapshot_date(frames)
        note = f"Snapshot date {day}, the latest in the tables; county.snapshot_date in the settings overrules it."
    if day is None:
        day = dt.datetime.fromtimestamp(packages_file.stat().st_mtime, tz=ZoneInfo("Europe/London")).date()
        note = (
            f"No table holds a date: the snapshot date is {day}, on which {packages_file.name} was last saved. Set "
            "county.snapshot_date in the settings to the day of the extract, so that copies give the same."
        )
    if not select_in_force(frames["packages"], on=day).empty:
        return Day(day, note), []
    what = f"no package has a row in force on {day}"
    remedy = "Set it to the day of the extract, such as 2025-03-31"
    return Day(day, note), [Fault(SETTINGS_FILE, what, remedy, column="county.snapshot_date")]


def find_snapshot_date(frames: Mapping[str, pd.DataFrame]) -> dt.date | None:
    """Find the day on which the extract was taken, from the data alone.

    It is the latest ``request_date``, ``start_date`` or ``effective_from`` of the packages. The ``start_date``
    and ``effective_from`` of a waiting package are a plan and do not count. Without any such date it is the
    latest ``capacity_as_of`` of the providers, then the latest day a visit began. The clock is never asked,
    so the same files give the same day for ever.

    Parameters
    ----------
    frames
        Typed tables by name; ``packages`` is there.

    Returns
    -------
    datetime.date or None
        None when no table holds a date.
    """
    packages = frames["packages"]
    settled = packages[packages["status"] != "waiting"]
    candidates = [packages["request_date"], settled["start_date"], settled["effective_from"]]
    latest = _latest(*candidates)
    if latest is None and "providers" in frames:
        latest = _latest(frames["providers"]["capacity_as_of"])
    if latest is None and "visits" in frames:
        visits = frames["visits"]
        latest = _latest(visits["actual_start"].fillna(visits["planned_start"]))
    return latest


def _latest(*columns: pd.Series) -> dt.date | None:
    stamps = [column.max() for column in columns]
    given = [stamp.date() for stamp in stamps if not pd.isna(stamp)]
    return max(given, default=None)


def select_in_force(lines: pd.DataFrame, *, on: dt.date) -> pd.DataFrame:
    """Select the lines that hold on a day: ``effective_from`` <= day < ``effective_to``.

    A blank ``effective_from`` means always, a blank ``effective_to`` for good, so an extract without dated
    lines holds whole.

    Parameters
    ----------
    lines
        Dated lines that do not overlap within a package.
    on
        The day.

    Returns
    -------
    pandas.DataFrame
        Those rows, at most one a package.
    """
    day = pd.Timestamp(on)
    begun = lines["effective_from"].isna() | (lines["effective_from"] <= day)
    over = lines["effective_to"] <= day
    return lines[begun & ~over]
