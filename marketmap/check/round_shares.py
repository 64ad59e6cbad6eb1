"""Checks of the figures beside the sums of a rounds run: whose they are, what follows from them, and each interval.

What a county and each provider have is found again from the rounds; of other areas, what must follow from their sums.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from marketmap.check import written
from marketmap.check.evidence import Evidence
from marketmap.check.figures import HUNDREDTH, SHARE_STEP, TENTH, compare
from marketmap.check.findings import Broken, check, count, some

TODAY, HAND_OVER = "today", ("swaps", "all")
KEYS = ["policy", "level", "area_code"]
CELL = ["policy", "level", "area_code", "provider_id", "day"]
KM_IN_A_MILE, DAYS_IN_A_WEEK = 1.609344, 7.0
# With fewer provider-days an interval would say nothing, and there is none.
LEAST_CELLS = 5
# Resamples of the check's own, and how many standard deviations two sets of resamples may be apart.
RESAMPLES, APART = 4000, 5.0


def _stops(evidence: Evidence) -> pd.DataFrame:
    """Take every stop twice, once for the county and once for its provider: areas that the rounds themselves name."""
    stops = evidence.written(written.ROUNDS)
    stops = stops.assign(
        travel=(stops["travel_minutes"] + stops["back_minutes"]) * stops["carers"],
        hours=(stops["ends"] - stops["begins"]) / 60.0 * stops["carers"],
    )
    own = stops.assign(level="provider", area_code=stops["provider_id"])
    return pd.concat([stops.assign(level="county", area_code="county"), own], ignore_index=True)


def _named(rows: pd.DataFrame) -> pd.DataFrame:
    """Take the rows of the areas that rounds themselves name, by what they are of."""
    return rows[rows["level"].isin(["county", "provider"])].drop_duplicates(KEYS).set_index(KEYS)


@check("rounds-measured")
def rounds_measured(evidence: Evidence) -> Iterator[Broken]:
    """Hold that days, provider-days, miles, the part paid for contact, rounds a day and carers at once are so."""
    file, rows = written.ROUND_MEASURES, evidence.written(written.ROUND_MEASURES)
    twice = rows[rows.duplicated(KEYS)]
    if len(twice):
        yield Broken(file, f"{count(len(twice), 'area')} listed twice", some(twice["area_code"]))
    miles = rows["travel_minutes"] / 60.0 * evidence.settings.market.round_kmh / KM_IN_A_MILE
    yield from compare(file, "miles", miles, rows["miles"], allow=TENTH + HUNDREDTH)
    contact = rows["carer_hours"] * 60.0
    part = contact / (contact + rows["travel_minutes"]).where(contact + rows["travel_minutes"] > 0)
    rough = SHARE_STEP + HUNDREDTH * 60.0 / contact.where(contact > 0)
    yield from compare(file, "paid_contact_part", part, rows["paid_contact_part"], allow=rough.fillna(0.0))
    stops = _stops(evidence)
    told = pd.concat([stops[["policy", "day"]], evidence.written(written.ROUNDS_UNSERVED)[["policy", "day"]]])
    days = rows["policy"].map(told.groupby("policy")["day"].nunique())
    yield from compare(file, "days", days, rows["days"], allow=0.0)
    own = _named(rows)
    if stops.empty:
        if len(own):
            yield Broken(file, f"{count(len(own), 'row')} of nobody with rounds", some(own.index))
        return
    groups = stops.groupby(KEYS)
    due = pd.DataFrame({"provider_days": groups[["provider_id", "day"]].apply(lambda of: len(of.drop_duplicates()))})
    number = stops.groupby([*KEYS, "day"])[["provider_id", "round"]].apply(lambda of: len(of.drop_duplicates()))
    due["rounds_day"] = number.groupby(KEYS).mean()
    missing = due.index.symmetric_difference(own.index)
    if len(missing):
        yield Broken(file, f"{count(len(missing), 'row')} missing, or of nobody with rounds", some(missing))
    for name, allow in (("provider_days", 0.0), ("rounds_day", TENTH)):
        yield from compare(file, name, due[name].reindex(own.index), own[name], allow=allow)
    # What was rounded away may put somebody's leaving before or after another's coming.
    least, most = (_most_at_once(stops, spread).reindex(own.index) for spread in (-0.02, 0.02))
    wrong = (own["carers_at_once"] < least - TENTH) | (own["carers_at_once"] > most + TENTH)
    if wrong.any():
        yield Broken(file, f"carers_at_once is wrong in {count(int(wrong.sum()), 'row')}", some(own.index[wrong]))


def _most_at_once(stops: pd.DataFrame, spread: float) -> pd.Series:
    """Count the most carers at work at any moment of a day, each for so many minutes more at both ends."""
    come = stops.assign(at=stops["begins"] - stops["travel_minutes"] - spread, step=stops["carers"])
    go = stops.assign(at=np.maximum(stops["ends"] + spread, come["at"]), step=-stops["carers"])
    steps = pd.concat([come, go])[[*KEYS, "day", "at", "step"]]
    steps = steps.sort_values([*KEYS, "day", "at", "step"], kind="stable")
    at_work = steps.groupby([*KEYS, "day"])["step"].cumsum()
    most: pd.Series[float] = at_work.groupby([steps[name] for name in KEYS]).max()
    return most


@check("rounds-intervals")
def rounds_intervals(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every area is compared, on the hours and days it has, and that each interval is what days give."""
    file, rows = written.ROUND_DIFFERENCES, evidence.written(written.ROUND_DIFFERENCES)
    measures = evidence.written(written.ROUND_MEASURES).drop_duplicates(KEYS).set_index(KEYS)
    twice = rows[rows.duplicated(KEYS)]
    if len(twice):
        yield Broken(file, f"{count(len(twice), 'area')} listed twice", some(twice["area_code"]))
    rows = rows.drop_duplicates(KEYS).set_index(KEYS)
    policies = measures.index.get_level_values("policy")
    whole = {policy: own["days"].max() for policy, own in measures.groupby("policy")}
    due = set(measures.index[policies != TODAY])
    for policy in set(policies) & set(HAND_OVER):
        due |= (
            {(policy, level, area) for _, level, area in measures.index[policies == TODAY]}
            if (whole[policy] == whole.get(TODAY))
            else set()
        )
    missing = sorted(due - set(rows.index))
    if missing:
        yield Broken(file, f"{count(len(missing), 'area')} with rounds and no difference", some(missing))
    if rows.empty:
        return
    yield from _follow(rows, measures, whole.get(TODAY))
    for name in ("minutes_saved", "minutes_hour_change"):
        low, high = rows[f"{name}_low"], rows[f"{name}_high"]
        odd = (low > high) | (low.isna() != high.isna())
        odd |= (rows["provider_days"] < LEAST_CELLS) & ((low.fillna(0.0) != 0.0) | (high.fillna(0.0) != 0.0))
        if odd.any():
            yield Broken(file, f"{name}: an interval that cannot be", some(rows.index[odd]))
    outside = (rows["minutes_saved_low"] > rows["minutes_saved"] + HUNDREDTH * 3) | (
        rows["minutes_saved_high"] < rows["minutes_saved"] - HUNDREDTH * 3
    )
    if outside.any():
        yield Broken(file, "minutes saved outside their own interval", some(rows.index[outside]))
    yield from _resampled(evidence, rows)


def _follow(rows: pd.DataFrame, measures: pd.DataFrame, days_of_today: float | None) -> Iterator[Broken]:
    """Hold hours and minutes an hour before and after, and the hours released, against the measures."""
    file, after = written.ROUND_DIFFERENCES, measures.reindex(rows.index)
    policies = rows.index.get_level_values("policy")
    today = measures.reindex([(TODAY, level, area) for _, level, area in rows.index]).set_axis(rows.index)
    alike = policies.isin(HAND_OVER) & (rows["days"] == days_of_today)
    before = today["carer_hours"].fillna(0.0)[alike]
    yield from compare(file, "carer_hours", before, rows.loc[alike, "carer_hours"], allow=2 * HUNDREDTH)
    days = after["days"].dropna()
    yield from compare(file, "days", days, rows.loc[days.index, "days"], allow=0.0)
    hours = rows["carer_hours"].where(rows["carer_hours"] > 0)
    one = rows["minutes_before"] / hours
    rough = HUNDREDTH + HUNDREDTH * (1.0 + one) / hours
    name = "minutes_hour_before"
    yield from compare(file, name, one, rows[name], allow=rough.fillna(0.0))
    name = "minutes_hour_after"
    yield from compare(file, name, after["minutes_hour"], rows[name], allow=2 * HUNDREDTH)
    contact = after["carer_hours"].fillna(0.0) * 60.0
    paid = contact + rows["minutes_after"]
    weeks = rows["days"] / DAYS_IN_A_WEEK
    released = rows["minutes_saved"] / 60.0 * (contact / paid.where(paid > 0)).fillna(0.0) / weeks
    rough = HUNDREDTH + (HUNDREDTH + HUNDREDTH * rows["minutes_saved"].abs() / paid.where(paid > 0)) / weeks
    yield from compare(file, "hours_released", released, rows["hours_released"], allow=rough.fillna(HUNDREDTH))


def _resampled(evidence: Evidence, rows: pd.DataFrame) -> Iterator[Broken]:
    """Hold provider-days and intervals of the county and of each provider by resamples of the check's own."""
    file, settings = written.ROUND_DIFFERENCES, evidence.settings.rounds
    stops = _stops(evidence)
    cells = stops.groupby(CELL)[["travel", "hours"]].sum().assign(stops=stops.groupby(CELL).size())
    size = {policy: own["day"].nunique() for policy, own in stops.groupby("policy")}
    part = (1.0 - settings.confidence) / 2.0
    random = np.random.default_rng(evidence.recorded("seed"))
    wrong_days, wrong = [], []
    for row in _named(rows.reset_index()).reset_index().to_dict("records"):
        policy, level, area = key = tuple(str(row[name]) for name in KEYS)
        if policy not in HAND_OVER or size.get(policy) != size.get(TODAY):
            continue
        sides = [_of_area(cells, side, level, area) for side in (TODAY, policy)]
        both = sides[0].join(sides[1], how="outer", lsuffix="_before", rsuffix="_after").fillna(0.0)
        if row["provider_days"] != len(both):
            wrong_days.append(key)
        if len(both) < LEAST_CELLS:
            continue
        for name, drawn, slack in _draw(both, random):
            ends = (float(row[f"{name}_low"]), float(row[f"{name}_high"]))
            if not np.isfinite(drawn).all():
                continue  # a resample without hours has no minutes an hour: then there may be no interval
            if not all(
                _is_quantile(drawn, end, at, slack, settings.resamples)
                for end, at in zip(ends, (part, 1 - part), strict=True)
            ):
                wrong.append((*key, name))
    for found, what in ((wrong_days, "provider_days is wrong"), (wrong, "an interval that its days do not give")):
        if found:
            yield Broken(file, f"{what} in {count(len(found), 'row')}", some(found))


def _of_area(cells: pd.DataFrame, policy: str, level: str, area: str) -> pd.DataFrame:
    at = [cells.index.get_level_values(name) == value for name, value in zip(KEYS, (policy, level, area), strict=True)]
    return cells[np.logical_and.reduce(at)].droplevel([0, 1, 2])


def _draw(both: pd.DataFrame, random: np.random.Generator) -> Iterator[tuple[str, NDArray[np.float64], float]]:
    """Draw provider-days anew, both sides together: minutes saved and minutes an hour more, each with its slack."""
    number = len(both)
    weights = random.multinomial(number, np.full(number, 1.0 / number), size=RESAMPLES).astype(float)
    one, h, two, k = (
        weights @ both[name].to_numpy(float)
        for name in ("travel_before", "hours_before", "travel_after", "hours_after")
    )
    # Stops are written with two decimals; what that rounds away adds up as chance does.
    slack = 4 * HUNDREDTH * (1.0 + float(np.sqrt(both[["stops_before", "stops_after"]].to_numpy().sum())))
    yield "minutes_saved", one - two, slack
    with np.errstate(divide="ignore", invalid="ignore"):
        yield "minutes_hour_change", two / k - one / h, 2 * HUNDREDTH + slack / max(float(h.min()), 1.0)


def _is_quantile(drawn: NDArray[np.float64], end: float, at: float, slack: float, resamples: int) -> bool:
    """Say whether a figure may be a quantile of what was drawn, as much as two finite sets of resamples differ."""
    if np.isnan(end):
        return False
    give = APART * float(np.sqrt(at * (1.0 - at) * (1.0 / resamples + 1.0 / len(drawn))))
    below, up_to = float((drawn < end - slack).mean()), float((drawn <= end + slack).mean())
    return below <= at + give and up_to >= at - give
