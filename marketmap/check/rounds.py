"""Checks of simulated rounds: whoever found them, every attendance is in one round or listed, and every rule holds.

It walks each round anew from the visits and the minutes, with nothing of what made it. `check_rounds` takes frames; the
files of a run are read into them by whoever calls it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from marketmap.check.findings import Broken, count, some
from marketmap.settings import RoundSettings

STOPS, UNSERVED = "internal/rounds.csv", "internal/rounds_unserved.csv"
DAY = 1440.0
# Whole seconds are what rounds are timed in, and minutes are written with two decimals.
ALLOW = 1.0 / 60.0 + 0.011
_VISIT = ["provider_id", "visit_id", "package_id"]


def check_rounds(
    stops: pd.DataFrame,
    unserved: pd.DataFrame,
    visits: pd.DataFrame | None,
    minutes: pd.DataFrame | None,
    *,
    settings: RoundSettings,
) -> Iterator[Broken]:
    """Hold simulated rounds against the visits they are made of.

    Parameters
    ----------
    stops, unserved
        The rounds stop by stop and the visits that are in none, as written.
    visits
        Every attendance that was to be simulated: ``provider_id, visit_id, package_id, planned_start, planned_end`` (of
        the days in question only); None: that each is once in a round is held elsewhere.
    minutes
        Road minutes, postcode by postcode, without ``stop_minutes``; None where they are not known: then a journey must
        be as long in every round, of no minutes next door, and else at least ``stop_minutes``.
    settings
        Shifts, break, begin and ``stop_minutes``.

    Yields
    ------
    Broken
        One for each rule that does not hold, with the number of rows and a few of them.
    """
    if visits is not None:
        yield from _conserved(stops, unserved, visits)
    if stops.empty:
        return  # every visit is in the list: there is no round to walk
    rows = stops.sort_values(["day", "provider_id", "round", "place"], kind="stable", ignore_index=True)
    keys = rows[["day", "provider_id", "round"]]
    first = keys.ne(keys.shift()).any(axis=1)
    yield from _walked(rows, first, minutes, settings)
    yield from _lawful(rows, first, settings)


def _conserved(stops: pd.DataFrame, unserved: pd.DataFrame, visits: pd.DataFrame) -> Iterator[Broken]:
    """Hold that each visit is once in a round or in the list, with all its carers and its planned length."""
    planned = visits.assign(minutes=(visits["planned_end"] - visits["planned_start"]).dt.total_seconds() / 60.0)
    due = planned.groupby(_VISIT).agg(carers=("minutes", "size"), minutes=("minutes", "max"))
    made = pd.concat(
        [
            stops.assign(minutes=stops["ends"] - stops["begins"], file=STOPS)[[*_VISIT, "carers", "minutes", "file"]],
            unserved.assign(file=UNSERVED)[[*_VISIT, "carers", "minutes", "file"]],
        ]
    )
    twice = made[made.duplicated(_VISIT)]
    if len(twice):
        yield Broken(STOPS, f"{count(len(twice), 'visit')} in more than one place", some(twice["visit_id"]))
    found = made.drop_duplicates(_VISIT).set_index(_VISIT)
    lost, strange = due.index.difference(found.index), found.index.difference(due.index)
    if len(lost):
        told = some(row[1] for row in lost)
        yield Broken(STOPS, f"{count(len(lost), 'delivered visit')} neither in a round nor in the list", told)
    if len(strange):
        yield Broken(STOPS, f"{count(len(strange), 'visit')} that nobody delivered", some(row[1] for row in strange))
    both = found.join(due, rsuffix="_due", how="inner")
    crew = both[both["carers"] != both["carers_due"]]
    if len(crew):
        yield Broken(
            STOPS, f"{count(len(crew), 'visit')} with other carers than came", some(crew.index.get_level_values(1))
        )
    length = both[(both["minutes"] - both["minutes_due"]).abs() > ALLOW]
    if len(length):
        told = some(length.index.get_level_values(1))
        yield Broken(STOPS, f"{count(len(length), 'visit')} longer or shorter than planned", told)


def _walked(
    rows: pd.DataFrame, first: pd.Series, minutes: pd.DataFrame | None, settings: RoundSettings
) -> Iterator[Broken]:
    """Hold that every carer can be where the round says: one visit after the other, with the way between them."""
    place = rows.groupby(["day", "provider_id", "round"]).cumcount() + 1
    if (place != rows["place"]).any():
        yield Broken(STOPS, "places in a round are not 1, 2, 3, …", some(rows.loc[place != rows["place"], "visit_id"]))
    crews = rows.groupby(["day", "provider_id", "round"])[["carers", "shift"]].nunique()
    if (crews > 1).any(axis=None):
        yield Broken(STOPS, "a round with more than one crew or shift", some(crews.index[(crews > 1).any(axis=1)]))
    if minutes is None:
        way = rows["travel_minutes"].to_numpy(float)
        yield from _same_ways(rows, first, settings)
    else:
        at = minutes.index.get_indexer(pd.Index(rows["postcode"]))
        if (at < 0).any():
            yield Broken(STOPS, "a stop that is not on the roads", some(rows.loc[at < 0, "postcode"]))
            return
        later = np.flatnonzero(~first.to_numpy())
        way = np.zeros(len(rows))
        way[later] = minutes.to_numpy()[at[later - 1], at[later]]
        way = np.where(way > 0, way + settings.stop_minutes, way)
        wrong = ~first & ((rows["travel_minutes"] - way).abs() > ALLOW)
        if wrong.any():
            what = f"{count(int(wrong.sum()), 'journey')} not as long as the roads say"
            yield Broken(STOPS, what, some(rows.loc[wrong, "visit_id"]))
    if settings.begin == "first_visit":
        odd = (first & (rows["travel_minutes"].abs() > ALLOW)) | (rows["back_minutes"].abs() > ALLOW)
        if odd.any():
            yield Broken(STOPS, "travel to a first visit or from a last one", some(rows.loc[odd, "visit_id"]))
    left = rows["ends"].shift()
    early = ~first & (rows["arrives"] < left + way - ALLOW)
    if early.any():
        yield Broken(
            STOPS, f"{count(int(early.sum()), 'carer')} in two places at once", some(rows.loc[early, "visit_id"])
        )
    waits = rows["begins"] - rows["arrives"] - rows["break_minutes"]
    wrong = ((waits - rows["wait_minutes"]).abs() > 2 * ALLOW) | (waits < -ALLOW)
    if wrong.any():
        yield Broken(STOPS, "waits do not add up", some(rows.loc[wrong, "visit_id"]))


def _same_ways(rows: pd.DataFrame, first: pd.Series, settings: RoundSettings) -> Iterator[Broken]:
    """Hold, without the roads, that a journey is as long each time, and none where nobody goes anywhere."""
    legs = rows.assign(start=rows["postcode"].shift())[~first]
    groups = legs.groupby(["start", "postcode"])["travel_minutes"]
    apart = groups.transform("max") - groups.transform("min") > 2 * ALLOW
    if apart.any():
        what = f"{count(int(apart.sum()), 'journey')} of another length between the same two places"
        yield Broken(STOPS, what, some(legs.loc[apart, "visit_id"]))
    way = legs["travel_minutes"]
    odd = (way > ALLOW) & ((way < settings.stop_minutes - ALLOW) | (legs["start"] == legs["postcode"])) | (way < -ALLOW)
    if odd.any():
        what = f"{count(int(odd.sum()), 'journey')} shorter than parking takes, or to the door next door"
        yield Broken(STOPS, what, some(legs.loc[odd, "visit_id"]))


def _lawful(rows: pd.DataFrame, first: pd.Series, settings: RoundSettings) -> Iterator[Broken]:
    """Hold windows, shifts, lengths and breaks."""
    off = (rows["begins"] < rows["earliest"] - ALLOW) | (rows["begins"] > rows["latest"] + ALLOW)
    if off.any():
        yield Broken(STOPS, f"{count(int(off.sum()), 'visit')} outside its window", some(rows.loc[off, "visit_id"]))
    unknown = ~rows["shift"].isin(list(settings.shifts))
    if unknown.any():
        yield Broken(STOPS, "a shift that the settings do not have", some(rows.loc[unknown, "shift"]))
        return
    spans = {name: _span(span) for name, span in settings.shifts.items()}
    keys = ["day", "provider_id", "round"]
    rows = rows.assign(
        opens=rows["shift"].map({name: span[0] for name, span in spans.items()}),
        closes=rows["shift"].map({name: span[1] for name, span in spans.items()}),
        most=rows["shift"].map(dict(settings.most_minutes)),
        leaves=np.where(first, rows["arrives"] - rows["travel_minutes"], np.nan),
        home=rows["ends"] + rows["back_minutes"],
    )
    parts = rows["shift"].map({name: _clock(text) for name, text in settings.break_at.items()}).astype(float)
    parts = parts + np.where(parts < rows["opens"], DAY, 0.0)
    rows["after"] = ((rows["earliest"] + rows["latest"]) / 2 >= parts).astype(float).where(parts.notna())
    rows["crosses"] = (rows["after"] == 1) & (rows["after"].shift() == 0) & ~first
    groups = rows.groupby(keys, sort=False)
    rounds = groups.agg(
        leaves=("leaves", "first"), home=("home", "max"), opens=("opens", "first"), closes=("closes", "first"),
        most=("most", "first"), low=("after", "min"), high=("after", "max"), size=("place", "size"),
        pause=("break_minutes", "sum"),
    )  # fmt: skip
    length = rounds["home"] - rounds["leaves"]
    # A round may begin at its first visit's begin, so waits before it do not count.
    bad = (rounds["leaves"] < rounds["opens"] - ALLOW) | (rounds["home"] > rounds["closes"] + ALLOW)
    if bad.any():
        yield Broken(STOPS, f"{count(int(bad.sum()), 'round')} outside its shift", some(rounds.index[bad]))
    bad = length > rounds["most"] + ALLOW
    if bad.any():
        yield Broken(STOPS, f"{count(int(bad.sum()), 'round')} longer than its shift allows", some(rounds.index[bad]))
    if settings.break_minutes <= 0:
        return
    both = (rounds["low"] == 0) & (rounds["high"] == 1)
    bad = rounds["low"].notna() & ~both & (length > settings.break_after_minutes + ALLOW) & (rounds["size"] > 1)
    bad |= both & ((rounds["pause"] - settings.break_minutes).abs() > ALLOW)
    if bad.any():
        yield Broken(STOPS, f"{count(int(bad.sum()), 'round')} without its break", some(rounds.index[bad]))
    odd = (rows["break_minutes"] > ALLOW) != rows["crosses"]
    if odd.any():
        yield Broken(STOPS, "a break at another time than the settings say", some(rows.loc[odd, "visit_id"]))


def _span(span: tuple[str, str]) -> tuple[float, float]:
    begins, ends = _clock(span[0]), _clock(span[1])
    return begins, ends if ends > begins else ends + DAY


def _clock(text: str) -> float:
    hours, _, minutes = text.partition(":")
    return float(hours) * 60.0 + float(minutes)
