"""Waits for care: how long, for how many, where, and in which areas the long ones are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.market.area_rows import code_rows, head_rows
from marketmap.market.intervals import add_share, rate_interval, risk_ratio
from marketmap.market.places import Places, residents_of
from marketmap.market.survival import days_until, estimate_survival, share_after
from marketmap.settings.market import MarketSettings

STARTED, WITHDRAWN, OPEN = "started", "withdrawn", "open"
UNKNOWN = "unknown"
CLOCKS = {"ready_date": "the day on which care could have begun", "request_date": "the day on which care was asked for"}
KEPT = ["package_id", "postcode", "service_type", "funding", "hours_week", "waiting_where"]


@dataclass(frozen=True)
class Waits:
    """Every wait of the period.

    Attributes
    ----------
    rows
        One a package: its id, postcode, service type, funding, hours and ``waiting_where``; ``clock`` (the column
        that it is counted from), ``clock_date``, ``end`` (started, withdrawn or open), ``end_date`` (NaT while open),
        ``days``; ``followed`` (began within the period, so that short and long ones are seen alike), ``decided``
        (followed, and began long enough ago that it is known whether it was long), ``long`` (bool).
    notes
        Sentences on what the clock is, and what was left out or counted otherwise.
    """

    rows: pd.DataFrame
    notes: tuple[str, ...]


def list_waits(lines: pd.DataFrame, *, snapshot_date: dt.date, settings: MarketSettings) -> Waits:
    """List the waits that were going on at any time in the last ``wait_weeks`` weeks.

    A wait runs from the day that the setting ``wait_clock`` names (the other of the two dates where that is blank) to
    the first start of care, to the day on which the request was withdrawn or closed, or is still open on the snapshot.
    Every kind of care and of funding counts. Care that began before the clock did is a wait of 0 days.

    Parameters
    ----------
    lines
        `Tables.package_lines`: dated lines, or one row a package.
    snapshot_date
        The day that everything is looked at.
    settings
        ``wait_clock``, ``wait_weeks``, ``long_wait_days``.
    """
    day = pd.Timestamp(snapshot_date)
    opens = day - pd.Timedelta(weeks=settings.wait_weeks)
    rows = _last_known(lines, day)
    other = "request_date" if settings.wait_clock == "ready_date" else "ready_date"
    own = rows[settings.wait_clock].notna()
    rows["clock"] = np.where(own, settings.wait_clock, other)
    rows["clock_date"] = rows[settings.wait_clock].fillna(rows[other])
    started = rows["first_start"].notna() & (rows["first_start"] <= day) & (rows["status"] != "waiting")
    closed = ~started & rows["status"].isin(["withdrawn", "ended"])
    closed_on = rows["end_date"].fillna(rows["effective_to"]).fillna(rows["effective_from"])
    closed_now = closed & (closed_on.isna() | (closed_on <= day))
    waiting = ~started & ~closed_now & (rows["status"].isin(["waiting", "withdrawn", "ended"]) | (rows["begins"] > day))
    rows["end"] = np.select([started, closed_now, waiting], [STARTED, WITHDRAWN, OPEN], UNKNOWN)
    rows["end_date"] = rows["first_start"].where(started, closed_on.where(closed_now))
    known = rows["clock_date"].notna() & (rows["end"] != UNKNOWN) & (rows["end_date"].notna() | (rows["end"] == OPEN))
    seen = known & (rows["clock_date"] <= day) & (rows["end_date"].isna() | (rows["end_date"] >= opens))
    # A wait from before the request, of a package that began in the period, is in it; one asked for later is not yet.
    kept = rows[seen].copy()
    lasted = (kept["end_date"].fillna(day) - kept["clock_date"]).dt.days
    backwards = int((lasted < 0).sum())
    kept["days"] = lasted.clip(lower=0).astype("int64")
    kept["followed"] = kept["clock_date"] >= opens
    age = (day - kept["clock_date"]).dt.days
    kept["decided"] = kept["followed"] & (age > settings.long_wait_days)
    kept["long"] = kept["days"] > settings.long_wait_days
    columns = [*KEPT, "clock", "clock_date", "end", "end_date", "days", "followed", "decided", "long"]
    notes = _remark(kept, rows[~known], backwards, settings)
    return Waits(kept[columns].sort_values("package_id", ignore_index=True), notes)


def _last_known(lines: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Keep of each package the last line that had begun by the day, else its first, with the first start of care."""
    begins = lines["effective_from"].fillna(pd.Timestamp.min)
    ordered = lines.assign(begins=begins).sort_values(["package_id", "begins"], kind="stable")
    begun = ordered[ordered["begins"] <= day].drop_duplicates("package_id", keep="last")
    later = ordered[~ordered["package_id"].isin(begun["package_id"])].drop_duplicates("package_id")
    rows = pd.concat([begun, later]).sort_values("package_id", ignore_index=True)
    firsts = lines.groupby("package_id")["start_date"].min()
    later_of_two = rows["begins"].where(~(rows["start_date"] > rows["begins"]), rows["start_date"])
    return rows.assign(first_start=firsts.reindex(rows["package_id"]).array, begins=later_of_two)


def _remark(kept: pd.DataFrame, unknown: pd.DataFrame, backwards: int, settings: MarketSettings) -> tuple[str, ...]:
    said = (
        f"Waits are counted from {CLOCKS[settings.wait_clock]} ({settings.wait_clock}); a long one is of more than "
        f"{settings.long_wait_days} days. The period is the {settings.wait_weeks} weeks to the snapshot."
    )
    notes = [said]
    fallen = int((kept["clock"] != settings.wait_clock).sum())
    if fallen:
        notes.append(f"Of {len(kept):,} waits {fallen:,} lack that date and are counted from the other one.")
    if backwards:
        notes.append(f"Of {len(kept):,} waits {backwards:,} ended before their clock began: 0 days.")
    if len(unknown):
        notes.append(f"Packages whose wait is not known, for a date is blank: {len(unknown):,}; left out.")
    return tuple(notes)


def measure_waits(
    waits: Waits, packages: pd.DataFrame, places: Places, *, by: str, settings: MarketSettings
) -> pd.DataFrame:
    """Measure long waits by area: share, rate, ratio to the rest, and what else the area has that share of.

    The share is of *decided* waits: those that began within the period and more than ``long_wait_days`` before the
    snapshot. Each of them is known to have been long or not, whether it has ended or is still open, so the share is
    unbiased. To count all waits that have ended would not be: the short ones of the last fortnight are among them, the
    long ones not yet. A wait that was withdrawn in time counts as not long. Open waits shorter than the limit are
    neither; they are in ``open_undecided`` and, as censored, in the survival curve. A long share of an area's *own*
    waits and its share of the county's long waits are different things: beside the second stand its shares of all
    waits, packages and people.

    Parameters
    ----------
    packages
        `Tables.packages`; active and waiting ones count.
    by
        A level of ``places``, "rural", "rural_urban" or "county".

    Returns
    -------
    DataFrame
        One row an area with a wait or a package; columns as `marketmap.outputs.schema.flow.WAITS`. Rates are a 1,000
        residents of 65 and over, of the long waits of the whole period; NaN where residents are unknown.
    """
    rows = waits.rows.assign(area=code_rows(waits.rows, places, by=by))
    current = packages[packages["status"].isin(["active", "waiting"])]
    held = code_rows(current, places, by=by).value_counts()
    index = pd.Index(sorted({*rows["area"], *held.index}), dtype="object")
    parts = {
        "waits": rows["area"],
        "completed": rows.loc[rows["end"] == STARTED, "area"],
        "withdrawn": rows.loc[rows["end"] == WITHDRAWN, "area"],
        "open": rows.loc[rows["end"] == OPEN, "area"],
        "open_long": rows.loc[(rows["end"] == OPEN) & rows["long"], "area"],
        "open_undecided": rows.loc[(rows["end"] == OPEN) & ~rows["long"], "area"],
        "waits_decided": rows.loc[rows["decided"], "area"],
        "waits_long": rows.loc[rows["decided"] & rows["long"], "area"],
    }
    frame = pd.DataFrame(
        {name: part.value_counts().reindex(index, fill_value=0) for name, part in parts.items()}, index=index
    )
    frame = add_share(frame, "long_share", part="waits_long", whole="waits_decided")
    people = residents_of(places, by=by, codes=index.to_series())["people_65plus"]
    frame["people_65plus"] = people
    low, high = rate_interval(frame["waits_long"], frame["people_65plus"] / 1000)
    frame["long_rate"] = frame["waits_long"] / (frame["people_65plus"] / 1000).where(frame["people_65plus"] > 0)
    frame["long_rate_low"], frame["long_rate_high"] = low, high
    frame["rest_long"] = frame["waits_long"].sum() - frame["waits_long"]
    frame["rest_decided"] = frame["waits_decided"].sum() - frame["waits_decided"]
    ratio, low, high = risk_ratio(
        frame["waits_long"], frame["waits_decided"], frame["rest_long"], frame["rest_decided"]
    )
    frame["risk_ratio"], frame["risk_ratio_low"], frame["risk_ratio_high"] = ratio, low, high
    frame["packages"] = held.reindex(index, fill_value=0)
    frame = _add_parts(frame)
    return head_rows(_add_survival(frame, rows, settings), by=by)


def _add_parts(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the area's part of the county's long waits, waits, packages and people, each with its whole."""
    named = {
        "long": "waits_long",
        "waits": "waits_decided",
        "packages": "packages",
        "people": "people_65plus",
    }
    for what, column in named.items():
        counts = frame[column].round()
        counted = frame.assign(part=counts.fillna(0), whole=float(counts.sum()))
        shares = add_share(counted, f"share_of_{what}", part="part", whole="whole")
        names = [f"share_of_{what}{end}" for end in ("", "_low", "_high")]
        frame[f"{column}_county"] = shares["whole"]
        frame[names] = shares[names].where(counts.notna())
    return frame


def _add_survival(frame: pd.DataFrame, rows: pd.DataFrame, settings: MarketSettings) -> pd.DataFrame:
    followed = rows.loc[rows["followed"], ["area", "days", "end", "long"]]
    figures = {}
    for code, some in followed.groupby("area"):
        curve = estimate_survival(some["days"], some["end"] == STARTED)
        after = share_after(curve, days=settings.long_wait_days)
        figures[code] = [len(some), int(some["long"].sum()), *days_until(curve), *after]
    names = [
        "waits_followed", "followed_long", "median_days", "median_days_low", "median_days_high",
        "still_waiting", "still_waiting_low", "still_waiting_high",
    ]  # fmt: skip
    found = pd.DataFrame.from_dict(figures, orient="index", columns=names, dtype=float).reindex(frame.index)
    counts = ["waits_followed", "followed_long"]
    return frame.join(found.fillna(dict.fromkeys(counts, 0)).astype(dict.fromkeys(counts, "int64")))


def draw_wait_curves(waits: Waits, places: Places, *, by: str) -> pd.DataFrame:
    """Draw how the share that still waits falls with the days, by area.

    Completed waits end the wait; open and withdrawn ones are censored: counted as long as they were seen. For withdrawn
    ones that asks what would have happened had nobody withdrawn; if those withdraw who would have waited longest, the
    curve is too hopeful. Only waits that began within the period are followed: of earlier ones the short are not seen.

    Returns
    -------
    DataFrame
        ``level``, ``area_code``, then the columns of `marketmap.market.survival.estimate_survival`.
    """
    rows = waits.rows[waits.rows["followed"]]
    codes = code_rows(rows, places, by=by)
    curves = [
        estimate_survival(some["days"], some["end"] == STARTED).assign(level=by, area_code=str(code))
        for code, some in rows.groupby(codes)
    ]
    columns = ["level", "area_code", *estimate_survival([], []).columns]
    if not curves:
        return estimate_survival([], []).assign(level="", area_code="")[columns]
    return pd.concat(curves, ignore_index=True)[columns]


def count_waiting_places(waits: Waits, places: Places, *, by: str) -> pd.DataFrame:
    """Count where people who wait on the snapshot are, by area.

    Returns
    -------
    DataFrame
        ``level``, ``area_code``, ``waiting_where`` ("unknown" where blank), ``waiting`` (packages), ``waiting_area``
        (all of the area: the denominator), ``share`` with ``share_low``, ``share_high``; ``median_days`` and
        ``longest_days`` that they have waited so far, ``waiting_long``.
    """
    rows = waits.rows[waits.rows["end"] == OPEN]
    rows = rows.assign(
        area_code=code_rows(rows, places, by=by),
        waiting_where=rows["waiting_where"].astype("object").where(rows["waiting_where"].notna(), UNKNOWN),
    )
    found = rows.groupby(["area_code", "waiting_where"]).agg(
        waiting=("days", "size"),
        median_days=("days", "median"),
        longest_days=("days", "max"),
        waiting_long=("long", "sum"),
    )
    frame = found.reset_index()
    frame.insert(3, "waiting_area", frame.groupby("area_code")["waiting"].transform("sum"))
    frame = add_share(frame, "share", part="waiting", whole="waiting_area")
    frame.insert(0, "level", pd.Series(by, index=frame.index, dtype="str"))
    return frame.astype({"area_code": "str", "waiting_where": "str", "waiting_long": "int64"})
