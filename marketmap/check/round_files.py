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

TODAY, HAND_OVER = "today", ("swaps", "all")
KEYS = ["policy", "level", "area_code"]
KM_IN_A_MILE, DAYS_IN_A_YEAR, DAYS_IN_A_WEEK = 1.609344, 365.0, 7.0
CO2E_STEP = 6e-6  # the factor is written with five decimals
VISIT = ["day", "visit_id", "package_id"]


def _days(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(day=pd.to_datetime(frame["day"], errors="coerce"))


def _stops(evidence: Evidence) -> pd.DataFrame:
    return _days(evidence.written(written.ROUNDS))


def _unserved(evidence: Evidence) -> pd.DataFrame:
    return _days(evidence.written(written.ROUNDS_UNSERVED))


def _delivered(evidence: Evidence) -> pd.DataFrame:
    """Take every delivered attendance of call monitoring, with the day whose rounds it belongs to."""
    if "visits" not in evidence.recorded("inputs"):
        raise Unreadable(written.RECORD, "inputs names no visits table, which rounds are made of")
    rejected = evidence.rejected.loc[evidence.rejected["table"] == "visits", "row"]
    rows = sources.read_source(evidence.source_path("visits"))
    rows = rows[(sources.to_words(rows["status"]) == "delivered") & ~rows["row"].astype(str).isin(rejected)]
    begins, ends = sources.to_moments(rows["planned_start"]), sources.to_moments(rows["planned_end"])
    hours, _, minutes = evidence.settings.rounds.day_begins.partition(":")
    wall = begins.dt.tz_localize(None) - pd.Timedelta(hours=int(hours), minutes=int(minutes))
    # An end in the hour that came twice in autumn was read as the first of the two.
    later = ends + pd.Timedelta(hours=1)
    ends = ends.mask((ends < begins) & (later.dt.tz_localize(None) == ends.dt.tz_localize(None)), later)
    return rows[["provider_id", "visit_id", "package_id"]].assign(
        planned_start=begins, planned_end=ends, day=wall.dt.normalize()
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


@check("rounds-sums")
def rounds_sums(evidence: Evidence) -> Iterator[Broken]:
    """Hold that the measures are what the rounds sum to, for the county, for each provider, and over each level."""
    stops = _stops(evidence)
    stops = stops.assign(
        travel=(stops["travel_minutes"] + stops["back_minutes"]) * stops["carers"],
        hours=(stops["ends"] - stops["begins"]) / 60.0 * stops["carers"],
    )
    measures = evidence.written(written.ROUND_MEASURES)
    names = {"travel_minutes": "travel", "carer_hours": "hours", "attendances": "carers"}
    size = stops.groupby("policy").size()
    whole = stops.groupby("policy")[list(names.values())].sum()
    for name, column in names.items():
        # Two decimals a stop: what they round away adds up.
        allow = {"attendances": 0.0}.get(name)
        for level, rows in measures.groupby("level"):
            step = (0.02 * (size + len(rows))) if allow is None else pd.Series(0.0, index=size.index)
            total = rows.groupby("policy")[name].sum()
            yield from compare(
                written.ROUND_MEASURES,
                f"{name} summed over {level}",
                whole[column],
                total,
                allow=step.reindex(total.index),
            )
        own = measures[measures["level"] == "provider"].set_index(["policy", "area_code"])[name]
        groups = stops.groupby(["policy", "provider_id"])
        found = groups[column].sum().rename_axis(["policy", "area_code"])
        number = groups.size().rename_axis(["policy", "area_code"])
        step = 0.02 * number.reindex(own.index).fillna(1.0) + HUNDREDTH if allow is None else pd.Series(0.0, own.index)
        yield from compare(written.ROUND_MEASURES, f"{name} of providers", found, own, allow=step)
    ratio = measures["travel_minutes"] / measures["carer_hours"].where(measures["carer_hours"] > 0)
    step = HUNDREDTH + (HUNDREDTH * (1.0 + ratio)) / measures["carer_hours"].where(measures["carer_hours"] > 0)
    yield from compare(written.ROUND_MEASURES, "minutes_hour", ratio, measures["minutes_hour"], allow=step.fillna(0.0))


@check("rounds-differences")
def rounds_differences(evidence: Evidence) -> Iterator[Broken]:
    """Hold that differences are between the measures, and that hours, miles, pounds and kgCO2e follow from them."""
    rows = evidence.written(written.ROUND_DIFFERENCES)
    if rows.empty:
        return
    measures = evidence.written(written.ROUND_MEASURES).drop_duplicates(KEYS).set_index(KEYS)
    rows = rows.set_index(KEYS, drop=False)
    file, market = written.ROUND_DIFFERENCES, evidence.settings.market
    saved = rows["minutes_before"] - rows["minutes_after"]
    yield from compare(file, "minutes_saved", saved, rows["minutes_saved"], allow=3 * HUNDREDTH)
    after = measures["travel_minutes"].reindex(rows.index).fillna(0.0)
    yield from compare(file, "minutes_after", after, rows["minutes_after"], allow=2 * HUNDREDTH)
    # A policy that was stopped sooner than today is compared on fewer days than today's measures are of.
    held = rows[rows["policy"].isin(HAND_OVER) & (rows["days"] == _days_of_today(measures))]
    as_today = pd.MultiIndex.from_arrays([[TODAY] * len(held), held["level"], held["area_code"]])
    before = pd.Series(measures["travel_minutes"].reindex(as_today).fillna(0.0).to_numpy(), index=held.index)
    yield from compare(file, "minutes_before", before, held["minutes_before"], allow=2 * HUNDREDTH)
    change = rows["minutes_hour_after"] - rows["minutes_hour_before"]
    yield from compare(file, "minutes_hour_change", change, rows["minutes_hour_change"], allow=3 * HUNDREDTH)
    weeks, years = rows["days"] / DAYS_IN_A_WEEK, rows["days"] / DAYS_IN_A_YEAR
    ceiling = rows["minutes_saved"] / 60.0 / weeks
    yield from compare(file, "hours_ceiling", ceiling, rows["hours_ceiling"], allow=HUNDREDTH * (1.0 + 1.0 / weeks))
    beyond = rows["hours_released"].abs() > rows["hours_ceiling"].abs() + 2 * HUNDREDTH
    if beyond.any():
        yield Broken(file, "more hours released than the ceiling", some(rows.index[beyond]))
    miles = rows["minutes_saved"] / 60.0 * market.round_kmh / KM_IN_A_MILE / years
    rough = HUNDREDTH / 60.0 * market.round_kmh / KM_IN_A_MILE / years
    yield from compare(file, "miles_saved_year", miles, rows["miles_saved_year"], allow=TENTH + rough)
    pounds = miles * market.mileage_pounds
    allow = HUNDREDTH + rough * market.mileage_pounds
    yield from compare(file, "mileage_pounds_saved_year", pounds, rows["mileage_pounds_saved_year"], allow=allow)
    rules = evidence.settings.rounds
    carbon = miles * KM_IN_A_MILE * rules.co2e_km
    allow = TENTH + rough * KM_IN_A_MILE * rules.co2e_km
    yield from compare(file, "kgco2e_saved_year", carbon, rows["kgco2e_saved_year"], allow=allow)
    other = (rows["co2e_year"] != rules.co2e_year) | ((rows["co2e_km"] - rules.co2e_km).abs() > CO2E_STEP)
    if other.any():
        yield Broken(file, "another kgCO2e factor or year than the settings have", some(rows.index[other]))


def _days_of_today(measures: pd.DataFrame) -> int:
    today = measures[measures.index.get_level_values("policy") == TODAY]["days"]
    return int(today.max()) if len(today) else 0


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
    visits = sources.read_source(lists.source_path("visits"))
    rejected = lists.rejected.loc[lists.rejected["table"] == "visits", "row"]
    visits = visits[~visits["row"].astype(str).isin(rejected)]
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
