"""Reablement: weekly flow and length of stay against fixed places, and where people are on the 91st day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.inputs.market_contracts import AT_HOME, HOME_INDEPENDENT
from marketmap.market.area_rows import head_rows
from marketmap.market.intervals import add_share
from marketmap.market.places import COUNTY, UNPLACED, Places, area_codes
from marketmap.market.survival import days_until, estimate_survival
from marketmap.settings.market import MarketSettings

DAYS_WEEK = 7
FOLLOWED_DAYS = 91
TENTHS = {"p10": 0.1, "p90": 0.9}
FLOWS = ("referrals", "starts", "people_in", "waiting")
WEEK_COLUMNS = ["level", "area_code", "week", "referrals", "starts", "people_in", "waiting"]


@dataclass(frozen=True)
class Reablement:
    """The flow through reablement.

    Attributes
    ----------
    weeks
        One row an area and whole week (Monday to Sunday): ``referrals`` and ``starts`` in it, ``people_in`` (mean of
        its days; NaN while the table's first stays have not run through) and ``waiting`` (referred, neither begun nor
        closed, on its Sunday).
    areas
        One row an area; the columns of `marketmap.outputs.schema.flow.REABLEMENT`.
    notes
        Sentences on what the figures rest on.
    """

    weeks: pd.DataFrame
    areas: pd.DataFrame
    notes: tuple[str, ...]


def measure_reablement(
    episodes: pd.DataFrame, places: Places, *, by: str, snapshot_date: dt.date, settings: MarketSettings
) -> Reablement:
    """Measure reablement over the whole weeks of the ``wait_weeks`` weeks to the snapshot.

    Ranges are the 10th and 90th percentile of the weeks, so they show how far weeks differ and are no interval of the
    mean. Of stays they are the days after which a tenth and nine tenths have left, by the survival curve, with stays
    that go on as censored. A stay counts its first and last day. Shares are of those for whom it is known: referrals
    begun or closed; stays begun so long ago that it is known whether they outlasted ``reablement_weeks``; outcomes
    given among those due, of people who began 91 days ago or earlier. Places are the county's, so overflow is judged
    there only. Weeks follow each other, so the interval of the share of full weeks is too narrow.

    Parameters
    ----------
    episodes
        The reablement table.
    by
        "county", or a level of ``places``: an area of a finer kind counts in the one that holds most of its postcodes,
        one of a coarser kind is "unplaced". "rural" and "rural_urban" take the class of most of an area's postcodes.
    settings
        ``reablement_places`` (0: not known), ``reablement_weeks``, ``wait_weeks``.
    """
    day = pd.Timestamp(snapshot_date)
    rows = episodes.assign(area=place_areas(episodes["area_code"], places, by=by))
    opens = day - pd.Timedelta(weeks=settings.wait_weeks)
    first = rows["referral_date"].min() if len(rows) else day
    # Whoever was in already when the table began is not in it: no census before the longest stay has passed.
    ripe = first if first < opens else first + pd.Timedelta(weeks=settings.reablement_weeks)
    mondays = [
        monday
        for monday in pd.date_range(max(opens, first), day, freq="W-MON")
        if monday + pd.Timedelta(days=DAYS_WEEK) <= day
    ]
    parts = [_follow_weeks(some, mondays, ripe).assign(area_code=str(code)) for code, some in rows.groupby("area")]
    empty = pd.DataFrame({name: pd.Series(dtype="float64") for name in WEEK_COLUMNS})
    weeks = (pd.concat(parts, ignore_index=True) if parts else empty).assign(level=by)[WEEK_COLUMNS]
    since = max(opens, first)
    figures = {
        str(code): _sum_stays(some[some["referral_date"] >= since], day, settings)
        for code, some in rows.groupby("area")
    }
    index = pd.Index(sorted(figures), dtype="object")
    areas = pd.DataFrame(
        [figures[code] for code in index], index=index, columns=list(_sum_stays(rows[:0], day, settings))
    )
    areas = areas.astype(float).join(_sum_weeks(weeks, settings, whole=by == COUNTY))
    for name, part, whole in (
        ("started_share", "started", "referrals_decided"),
        ("long_share", "stays_long", "stays_decided"),
        ("over_share", "weeks_over", "weeks_counted"),
        ("at_home_share", "at_home", "outcomes"),
        ("independent_share", "independent", "outcomes"),
    ):
        areas = add_share(areas, name, part=part, whole=whole)
    notes = [f"Reablement is counted over {len(mondays)} whole weeks to {snapshot_date}."]
    if by in {"rural", "rural_urban"}:
        notes.append("An area of the reablement table counts as what most of its postcodes are, rural or urban.")
    if ripe > opens and len(rows):
        notes.append(
            f"The table begins on {first.date()}: people in at a time are counted from {ripe.date()}, when who was in "
            "already must have left."
        )
    if not settings.reablement_places:
        notes.append("Overflow needs market.reablement_places in the settings: how many people there are places for.")
    return Reablement(weeks, head_rows(areas, by=by), tuple(notes))


def place_areas(codes: pd.Series, places: Places, *, by: str) -> pd.Series:
    """Say which area of one kind each code of the reablement table, of whatever kind it is, lies in.

    Parameters
    ----------
    codes
        Area codes of any level of ``places``; NA where none is given.
    by
        As for `measure_reablement`.

    Returns
    -------
    Series
        Area codes, "unplaced" where the code is not known.
    """
    if by == COUNTY:
        return pd.Series(COUNTY, index=codes.index, dtype="object")
    wanted = area_codes(places.of, by=by)
    reach = places.levels.index(by) if by in places.levels else len(places.levels)
    found = pd.Series(np.nan, index=codes.index, dtype="object")
    for level in places.levels[: reach + 1]:  # finest first
        pairs = pd.DataFrame({"code": places.of[level], "area": wanted}).dropna()
        counts = pairs.value_counts().rename("n").reset_index().sort_values(["n", "area"], ascending=[False, True])
        most = counts.drop_duplicates("code").set_index("code")["area"]
        found = found.fillna(codes.astype("object").map(most.to_dict()))
    return found.fillna(UNPLACED)


def _follow_weeks(rows: pd.DataFrame, mondays: list[pd.Timestamp], ripe: pd.Timestamp) -> pd.DataFrame:
    start, last = rows["start_date"], rows["end_date"].fillna(pd.Timestamp.max)
    never = start.isna()
    found = []
    for monday in mondays:
        end = monday + pd.Timedelta(days=DAYS_WEEK)
        sunday = end - pd.Timedelta(days=1)
        days = (last.where(last < sunday, sunday) - start.where(start > monday, monday)).dt.days + 1
        inside = days.where(~never & (start <= sunday), 0).clip(lower=0).sum() / DAYS_WEEK
        begun, closed = ~never & (start <= sunday), never & (last <= sunday)
        found.append(
            {
                "week": monday,
                "referrals": int(((rows["referral_date"] >= monday) & (rows["referral_date"] < end)).sum()),
                "starts": int(((start >= monday) & (start < end)).sum()),
                "people_in": float(inside) if monday >= ripe else np.nan,
                "waiting": int(((rows["referral_date"] <= sunday) & ~begun & ~closed).sum()),
            }
        )
    return pd.DataFrame(found, columns=WEEK_COLUMNS[2:])


def _sum_stays(rows: pd.DataFrame, day: pd.Timestamp, settings: MarketSettings) -> dict[str, float]:
    started = rows[rows["start_date"].notna() & (rows["start_date"] <= day)]
    closed = rows["start_date"].isna() & rows["end_date"].notna()
    over = started["end_date"].notna() & (started["end_date"] <= day)
    days = (started["end_date"].where(over, day) - started["start_date"]).dt.days + 1
    curve = estimate_survival(days, over)
    median, low, high = days_until(curve)
    limit = settings.reablement_weeks * DAYS_WEEK
    decided = (day - started["start_date"]).dt.days + 1 > limit
    due = started[started["start_date"] + pd.Timedelta(days=FOLLOWED_DAYS) <= day]
    known = due[due["outcome"].notna()]
    return {
        "referrals": len(rows),
        "referrals_decided": len(started) + int(closed.sum()),
        "started": len(started),
        "stays_ended": int(over.sum()),
        "stay_days": median,
        "stay_days_low": low,
        "stay_days_high": high,
        **{f"stay_days_{name}": days_until(curve, gone=gone)[0] for name, gone in TENTHS.items()},
        "stays_decided": int(decided.sum()),
        "stays_long": int((days[decided] > limit).sum()),
        "outcomes_due": len(due),
        "outcomes": len(known),
        "at_home": int(known["outcome"].isin(AT_HOME).sum()),
        "independent": int((known["outcome"] == HOME_INDEPENDENT).sum()),
    }


def _sum_weeks(weeks: pd.DataFrame, settings: MarketSettings, *, whole: bool) -> pd.DataFrame:
    """Sum the weeks of each area up: means and percentiles, and for the county the weeks with too many people."""
    groups = weeks.groupby("area_code")
    frame = pd.DataFrame({"weeks": groups.size()})
    for name in FLOWS:
        frame[f"{name}_week"] = groups[name].mean()
        for end, quantile in TENTHS.items():
            frame[f"{name}_week_{end}"] = groups[name].quantile(quantile)
    places = float(settings.reablement_places) if whole and settings.reablement_places else np.nan
    counted = weeks[weeks["people_in"].notna()] if np.isfinite(places) else weeks[:0]
    beyond = (counted["people_in"] - places).clip(lower=0)
    frame["most_people_in"] = groups["people_in"].max()
    frame["places"] = places
    frame["weeks_counted"] = counted.groupby("area_code").size().reindex(frame.index, fill_value=0)
    frame["weeks_over"] = (beyond > 0).groupby(counted["area_code"]).sum().reindex(frame.index, fill_value=0)
    frame["people_over_week"] = beyond.groupby(counted["area_code"]).mean().reindex(frame.index)
    return frame.astype({"weeks": "int64", "weeks_counted": "int64", "weeks_over": "int64"})
