"""Checks of a rounds run from its files: every visit once, rules held, and every figure summed again from the rounds.

The road minutes themselves are not in the files: what is held of them is that one journey is as long in every round.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from marketmap.check import sources, written
from marketmap.check.evidence import Evidence
from marketmap.check.figures import HUNDREDTH, TENTH, compare
from marketmap.check.findings import Broken, Unreadable, check, count, some
from marketmap.check.rounds import check_rounds
from marketmap.check.swaps import _lists
from marketmap.check.visits import list_visits

TODAY, HAND_OVER, FUTURE = "today", ("swaps", "all"), "new_only"
VISIT = ["day", "visit_id", "package_id"]


def _days(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(day=pd.to_datetime(frame["day"], errors="coerce"))


def _stops(evidence: Evidence) -> pd.DataFrame:
    return _days(evidence.written(written.ROUNDS))


def _unserved(evidence: Evidence) -> pd.DataFrame:
    return _days(evidence.written(written.ROUNDS_UNSERVED))


def _delivered(evidence: Evidence) -> pd.DataFrame:
    """Take every delivered attendance of call monitoring, with the day whose rounds it belongs to."""
    rows = evidence.source("visits")
    if rows is None:
        raise Unreadable(written.RECORD, "inputs names no visits table, which rounds are made of")
    made = list_visits(rows)
    made = made[made["delivered"]]
    hours, _, minutes = evidence.settings.rounds.day_begins.partition(":")
    wall = made["planned_start"].dt.tz_localize(None) - pd.Timedelta(hours=int(hours), minutes=int(minutes))
    return made[["provider_id", "visit_id", "package_id", "planned_start", "planned_end"]].assign(
        day=wall.dt.normalize()
    )


@check("rounds-today")
def rounds_today(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each delivered visit of the days simulated is in one round of today or in the list, and no other."""
    stops, unserved, visits = _stops(evidence), _unserved(evidence), _delivered(evidence)
    stops, unserved = (frame[frame["policy"] == TODAY] for frame in (stops, unserved))
    days = sorted({*stops["day"], *unserved["day"]})
    due = sorted(visits.loc[visits["day"].isin(_asked_days(evidence, visits)), "day"].unique())
    missing = sorted(set(due) - set(days))
    if missing:
        shown = some(str(pd.Timestamp(day).date()) for day in missing)
        yield Broken(written.ROUNDS, f"{count(len(missing), 'day')} without rounds or a list", shown)
    yield from check_rounds(stops, unserved, visits[visits["day"].isin(days)], None, settings=evidence.settings.rounds)


def _asked_days(evidence: Evidence, visits: pd.DataFrame) -> list[pd.Timestamp]:
    """Name the days that the record says were done: the first so many of the last so many of call monitoring."""
    asked, done = (int(evidence.recorded("stop", name)) for name in ("days", "days_done"))
    last = visits["day"].max()
    days = sorted(day for day in visits["day"].unique() if day > last - pd.Timedelta(days=asked))
    return days[:done]


@check("rounds-policies")
def rounds_policies(evidence: Evidence) -> Iterator[Broken]:
    """Hold that other policies make the visits of today, each once, and that their rounds keep the rules too."""
    stops, unserved = _stops(evidence), _unserved(evidence)
    columns = [*VISIT, "carers", "minutes"]
    made = pd.concat(
        [stops.assign(minutes=stops["ends"] - stops["begins"])[["policy", *columns]], unserved[["policy", *columns]]]
    )
    today = made[made["policy"] == TODAY].drop_duplicates(VISIT).set_index(VISIT)
    for policy in sorted(set(made["policy"]) - {TODAY}):
        rows = made[made["policy"] == policy]
        own = rows.drop_duplicates(VISIT).set_index(VISIT)
        days = set(own.index.get_level_values("day"))
        due = today[today.index.get_level_values("day").isin(days)]
        if len(rows) != len(own):
            yield Broken(written.ROUNDS, f"{policy}: {count(len(rows) - len(own), 'visit')} in more than one place")
        if policy in HAND_OVER:
            apart = own.index.symmetric_difference(due.index)
            if len(apart):
                shown = some(row[1] for row in apart)
                yield Broken(written.ROUNDS, f"{policy}: {count(len(apart), 'visit')} that only one side has", shown)
        both = own.join(due, rsuffix="_today", how="inner")
        changed = (both["carers"] != both["carers_today"]) | ((both["minutes"] - both["minutes_today"]).abs() > TENTH)
        if changed.any():
            shown = some(both.index[changed].get_level_values(1))
            yield Broken(written.ROUNDS, f"{policy}: {count(int(changed.sum()), 'visit')} unlike today's", shown)
        mine, listed = (frame[frame["policy"] == policy] for frame in (stops, unserved))
        yield from (
            broken._replace(what=f"{policy}: {broken.what}")
            for broken in check_rounds(mine, listed, None, None, settings=evidence.settings.rounds)
        )
    yield from _hold_as_today(evidence, stops)


def _hold_as_today(evidence: Evidence, stops: pd.DataFrame) -> Iterator[Broken]:
    """Hold that what a policy of the future is compared with are the same visits, in rounds that keep the rules."""
    file = written.ROUNDS_AS_TODAY
    policies = sorted(name for name in set(stops["policy"]) if name.startswith(FUTURE))
    if not policies and not (evidence.folder / file).is_file():
        return
    rows = _days(evidence.written(file))
    if sorted(set(rows["policy"])) != policies:
        yield Broken(file, "rounds as today of other policies than were simulated", some(sorted(set(rows["policy"]))))
    for policy in policies:
        own, mine = rows[rows["policy"] == policy], stops[stops["policy"] == policy]
        mine = mine[mine["day"].isin(own["day"])] if len(own) else mine
        sides = [
            side.assign(minutes=(side["ends"] - side["begins"]).round(1)).set_index([*VISIT, "carers", "minutes"]).index
            for side in (own, mine)
        ]
        apart = sides[0].symmetric_difference(sides[1])
        if len(apart) or len(sides[0]) != len(sides[1]):
            shown = some(row[1] for row in apart)
            yield Broken(file, f"{policy}: {count(len(apart), 'visit')} that only one side has", shown)
        yield from (
            broken._replace(file=file, what=f"{policy}: {broken.what}")
            for broken in check_rounds(own, own.iloc[:0], None, None, settings=evidence.settings.rounds)
        )


@check("rounds-driven")
def rounds_driven(evidence: Evidence) -> Iterator[Broken]:
    """Hold that who is too sparse is said to be, and that the simulated figure beside the driven one is today's."""
    rows = evidence.written(written.ROUNDS_DRIVEN)
    least = evidence.settings.calibration.least_coverage
    near = (rows["coverage"] - least).abs() < 0.0006
    wrong = rows["coverage"].notna() & ~near & ((rows["coverage"] >= least) != (rows["enough"] == "yes"))
    if wrong.any():
        shown = some(rows.loc[wrong, "provider_id"])
        yield Broken(written.ROUNDS_DRIVEN, "a word on coverage that the share does not bear out", shown)
    measures = evidence.written(written.ROUND_MEASURES)
    own = measures[(measures["policy"] == TODAY) & (measures["level"] == "provider")].set_index("area_code")
    told = rows.set_index("provider_id")["simulated_minutes_hour"]
    yield from compare(written.ROUNDS_DRIVEN, "simulated_minutes_hour", own["minutes_hour"], told, allow=2 * HUNDREDTH)
    yield from _hold_commissioned(evidence, rows)


def _hold_commissioned(evidence: Evidence, rows: pd.DataFrame) -> Iterator[Broken]:
    """Hold the carer hours bought of each provider against the packages, for the days that call monitoring spans."""
    lists = _lists(evidence)
    visits = lists.needed("visits")
    days = pd.to_datetime(visits["planned_start"].str[:10], format="ISO8601", errors="coerce")
    begin, finish = days.min(), days.max()
    active = lists.in_force[lists.in_force["counts"] & ~lists.in_force["waiting"]]
    start, end = sources.to_dates(active["start_date"]), sources.to_dates(active["end_date"])
    start, end = start.where(start > begin, begin), end.where(end < finish, finish)
    ran = ((end - start).dt.days + 1).clip(lower=0)
    bought = (active["carer_hours"] * ran / 7).groupby(active["provider_id"]).sum()
    told = rows.set_index("provider_id")["hours_commissioned"]
    # A provider of whom nothing is bought may stand there for its visits.
    due = bought.reindex(told.index).fillna(0.0).where(told.notna())
    yield from compare(written.ROUNDS_DRIVEN, "hours_commissioned", due, told, allow=2 * HUNDREDTH)
    missed = sorted(set(bought.index[bought > 0]) - set(told.index[told.notna()]) - {""})
    if missed:
        yield Broken(
            written.ROUNDS_DRIVEN, f"{count(len(missed), 'provider')} with care bought not listed", some(missed)
        )
    share = rows["hours_monitored"] / rows["hours_commissioned"].where(rows["hours_commissioned"] > 0)
    step = 0.0006 + 0.01 / rows["hours_commissioned"].where(rows["hours_commissioned"] > 0) * (1 + share)
    yield from compare(written.ROUNDS_DRIVEN, "coverage", share, rows["coverage"], allow=step.fillna(0.001))
