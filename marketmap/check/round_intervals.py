"""Checks of what a rounds run says is saved: every difference found again from the rounds, and every interval.

An interval is percentiles of a paired bootstrap over provider-days (Efron 1979), further out where these are few
(Hesterberg 2015), as docs/rounds.md sets it down: the draws are repeated here from the record's seed, with nothing of
what made them first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from marketmap.check import written
from marketmap.check.evidence import Evidence
from marketmap.check.figures import HUNDREDTH, TENTH
from marketmap.check.findings import Broken, check, count, some
from marketmap.check.round_cells import KEYS, KM_IN_A_MILE, days_of, hold_areas, pair_cells
from marketmap.settings import Settings

DAYS_IN_A_WEEK, DAYS_IN_A_YEAR = 7.0, 365.0
# With fewer provider-days an interval would say nothing, and there is none.
LEAST_CELLS = 5
CO2E_STEP = 6e-6  # the factor is written with five decimals
# Column: half of its last decimal.
STEPS = {
    "days": 0.0,
    "provider_days": 0.0,
    "carer_hours": HUNDREDTH,
    "minutes_before": HUNDREDTH,
    "minutes_after": HUNDREDTH,
    "minutes_saved": HUNDREDTH,
    "minutes_hour_before": HUNDREDTH,
    "minutes_hour_after": HUNDREDTH,
    "minutes_hour_change": HUNDREDTH,
    "hours_released": HUNDREDTH,
    "hours_ceiling": HUNDREDTH,
    "miles_saved_year": TENTH,
    "mileage_pounds_saved_year": HUNDREDTH,
    "kgco2e_saved_year": TENTH,
}
ENDS = ("minutes_saved_low", "minutes_saved_high", "minutes_hour_change_low", "minutes_hour_change_high")
# How many standard deviations two sets of resamples may be apart, where draws cannot be repeated.
APART = 5.0
Floats = NDArray[np.float64]


@check("rounds-differences")
def rounds_differences(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every area is compared, once, and that what it says is saved is what its rounds come to."""
    file, rows = written.ROUND_DIFFERENCES, evidence.written(written.ROUND_DIFFERENCES)
    yield from hold_areas(file, rows, _compare(evidence), steps=STEPS)
    rules = evidence.settings.rounds
    other = (rows["co2e_year"] != rules.co2e_year) | ((rows["co2e_km"] - rules.co2e_km).abs() > CO2E_STEP)
    if other.any():
        yield Broken(file, "another kgCO2e factor or year than the settings have", some(rows.loc[other, "area_code"]))


def _compare(evidence: Evidence) -> pd.DataFrame:
    """Compare every policy anew with what it is compared with, indexed by `KEYS`."""
    days = {policy: float(len(own)) for policy, own in days_of(evidence).items()}
    found = [
        _reckon(cells, days[policy], evidence.settings).assign(policy=policy, level=level)
        for policy, level, cells in pair_cells(evidence)
    ]
    if not found:
        index = pd.MultiIndex.from_arrays([[], [], []], names=KEYS)
        return pd.DataFrame(index=index, columns=list(STEPS), dtype=float)
    return pd.concat([part.reset_index() for part in found]).set_index(KEYS)


def _reckon(cells: pd.DataFrame, days: float, settings: Settings) -> pd.DataFrame:
    sums = cells.groupby("area_code").sum()
    one, two = sums["travel_before"], sums["travel_after"]
    hours, after = sums["hours_before"], sums["hours_after"]
    weeks, years = days / DAYS_IN_A_WEEK, days / DAYS_IN_A_YEAR
    saved = one - two
    each = {"before": one / hours.where(hours > 0), "after": two / after.where(after > 0)}
    contact = after * 60.0
    miles = saved / 60.0 * settings.market.round_kmh / KM_IN_A_MILE / years
    return pd.DataFrame(
        {
            "days": days,
            "provider_days": cells.groupby("area_code").size().astype(float),
            "carer_hours": hours,
            "minutes_before": one,
            "minutes_after": two,
            "minutes_saved": saved,
            "minutes_hour_before": each["before"],
            "minutes_hour_after": each["after"],
            "minutes_hour_change": each["after"] - each["before"],
            "hours_released": saved / 60.0 * (contact / (contact + two).where(contact + two > 0)).fillna(0.0) / weeks,
            "hours_ceiling": saved / 60.0 / weeks,
            "miles_saved_year": miles,
            "mileage_pounds_saved_year": miles * settings.market.mileage_pounds,
            "kgco2e_saved_year": miles * KM_IN_A_MILE * settings.rounds.co2e_km,
        }
    )


@check("rounds-intervals")
def rounds_intervals(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every interval of every policy and area is what the same draws of its provider-days give, made anew."""
    file = written.ROUND_DIFFERENCES
    rows = evidence.written(file).drop_duplicates(KEYS).set_index(KEYS)
    told = {key: tuple(map(float, ends)) for key, ends in zip(rows.index, rows[list(ENDS)].to_numpy(), strict=True)}
    seed, rules = int(evidence.recorded("seed")), evidence.settings.rounds
    same = _same_generator(evidence)
    wrong = []
    for policy, level, cells in pair_cells(evidence):
        for number, (area, own) in enumerate(cells.groupby(level="area_code", sort=True)):
            key = (policy, level, str(area))
            if key not in told:
                continue
            part = _beyond(len(own), rules.confidence)
            give = 0.0 if same else APART * float(np.sqrt(part * (1.0 - part) * 2.0 / rules.resamples))
            due = _interval(own, part=part, give=give, resamples=rules.resamples, seed=seed + number)
            wrong += [
                f"{' '.join(key)} {name}: says {said:g}, should be {low:g}"
                for name, said, (low, high) in zip(ENDS, told[key], due, strict=True)
                if not _within(said, low, high)
            ]
    if wrong:
        yield Broken(file, f"{count(len(wrong), 'end')} of intervals that their days do not give", some(wrong))


def _beyond(pairs: int, confidence: float) -> float:
    """Give the share of resamples beyond each end: fewer for few pairs, as resamples vary too little."""
    if pairs < LEAST_CELLS:
        return (1.0 - confidence) / 2.0
    reach = float(stdtrit(pairs - 1, (1.0 + confidence) / 2.0)) * math.sqrt(pairs / (pairs - 1))
    return math.erfc(reach / math.sqrt(2.0)) / 2.0


def _same_generator(evidence: Evidence) -> bool:
    """Say whether the generator's version is the record's: another may draw otherwise from the same seed."""
    versions = evidence.record.get("versions")
    return isinstance(versions, dict) and versions.get("numpy") == np.__version__


def _within(said: float, low: float, high: float) -> bool:
    if np.isnan(low) or np.isnan(high):
        return bool(np.isnan(said))
    return low - HUNDREDTH - 1e-6 <= said <= high + HUNDREDTH + 1e-6


def _interval(cells: pd.DataFrame, *, part: float, give: float, resamples: int, seed: int) -> list[tuple[float, float]]:
    """Find the four ends of an area's intervals, each as a range: a point, where the draws can be repeated.

    Parameters
    ----------
    cells
        Provider-days of the area.
    part
        Share of resamples beyond each end.
    give
        How far a share of resamples may be off, where other draws stand for those that were made.
    """
    one, hours, two, after = (
        cells[name].to_numpy(float) for name in ("travel_before", "hours_before", "travel_after", "hours_after")
    )
    if np.allclose(one, two, atol=1e-6) and np.allclose(hours, after, atol=1e-6):
        return [(0.0, 0.0)] * 4
    if len(one) < LEAST_CELLS:
        return [(np.nan, np.nan)] * 4
    drawn = np.random.default_rng(seed).integers(0, len(one), size=(resamples, len(one)))
    sums = [values[drawn].sum(axis=1) for values in (one, hours, two, after)]
    with np.errstate(divide="ignore", invalid="ignore"):
        figures: list[Floats] = [sums[0] - sums[2], sums[2] / sums[3] - sums[0] / sums[1]]
    return [_at(figure, share, give) for figure in figures for share in (part, 1.0 - part)]


def _at(figure: Floats, share: float, give: float) -> tuple[float, float]:
    """Find a quantile, as the range of those that a share so far off would give; NaN where a figure has no value."""
    if np.isnan(figure).any():
        return np.nan, np.nan
    low, high = np.quantile(figure, [max(0.0, share - give), min(1.0, share + give)])
    return float(low), float(high)
