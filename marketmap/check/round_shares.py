"""Checks of the measures of a rounds run: every figure of every area found again from the rounds, stop by stop."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from marketmap.check import written
from marketmap.check.evidence import Evidence
from marketmap.check.figures import HUNDREDTH, SHARE_STEP, TENTH
from marketmap.check.findings import Broken, check
from marketmap.check.round_cells import (
    KEYS,
    KM_IN_A_MILE,
    SUMS,
    days_of,
    hold_areas,
    levels_of,
    most_at_once,
    read_stops,
)

# Column: half of its last decimal.
STEPS = {
    "provider_days": 0.0,
    "attendances": 0.0,
    "carer_hours": HUNDREDTH,
    "travel_minutes": HUNDREDTH,
    "minutes_hour": HUNDREDTH,
    "miles": TENTH,
    "paid_contact_part": SHARE_STEP,
    "rounds_day": TENTH,
    "carers_at_once": TENTH,
    "days": 0.0,
}


@check("rounds-measured")
def rounds_measured(evidence: Evidence) -> Iterator[Broken]:
    """Hold that every measure of county, rural part, districts, blocks and providers is what the rounds come to."""
    file = written.ROUND_MEASURES
    yield from hold_areas(file, evidence.written(file), _measure(evidence), steps=STEPS)


def _measure(evidence: Evidence) -> pd.DataFrame:
    """Measure every area of every policy anew, indexed by `KEYS`."""
    stops, days = read_stops(evidence), days_of(evidence)
    found = [_measure_level(stops, level, column) for level, column in levels_of(evidence).items()]
    due = pd.concat(found)
    contact = due["carer_hours"] * 60.0
    policies = pd.Series(due.index.get_level_values("policy"), index=due.index)
    return due.assign(
        minutes_hour=due["travel_minutes"] / due["carer_hours"].where(due["carer_hours"] > 0),
        miles=due["travel_minutes"] / 60.0 * evidence.settings.market.round_kmh / KM_IN_A_MILE,
        paid_contact_part=contact / (contact + due["travel_minutes"]),
        days=policies.map({policy: float(len(own)) for policy, own in days.items()}),
    )


def _measure_level(stops: pd.DataFrame, level: str, column: str) -> pd.DataFrame:
    areas = ["policy", column]
    groups = stops.groupby(areas)
    due = groups[SUMS].sum().rename(columns={"travel": "travel_minutes", "hours": "carer_hours"})
    days = stops.groupby([*areas, "provider_id", "day"] if level != "provider" else [*areas, "day"]).size()
    due["provider_days"] = days.groupby(level=[0, 1]).size()
    each = dict.fromkeys([*areas, "day", "provider_id", "round"])
    number = stops[list(each)].drop_duplicates().groupby([*areas, "day"]).size()
    due["rounds_day"] = number.groupby(level=[0, 1]).mean()
    due["carers_at_once"] = most_at_once(stops, column)
    index = [(policy, level, str(area)) for policy, area in due.index]
    return due.set_axis(pd.MultiIndex.from_tuples(index, names=KEYS))
