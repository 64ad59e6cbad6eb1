"""What call monitoring shows of the planned week: late and early, missed and cancelled, logged by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.inputs.sample.demand import pick
from marketmap.inputs.sample.settings import SampleSettings

FRUSTRATED_MINUTES = 8.0  # at the door before giving up
LEAST_MINUTES = 4.0


def monitor_rounds(planned: pd.DataFrame, *, settings: SampleSettings, rng: np.random.Generator) -> pd.DataFrame:
    """Play the planned week through: one row a carer's attendance.

    A carer leaves when the visit before is done, drives, and waits at the door until shortly before the planned
    time; lateness carries over to the next visit.

    Parameters
    ----------
    planned
        As `rounds.plan_rounds` gives it.

    Returns
    -------
    DataFrame
        ``planned`` with ``visit`` (number, shared by two carers), ``status, verification`` ("" unless somebody
        came), ``actual_start, actual_end`` (minutes of the day, NaN unless somebody came), sorted by planned
        start.
    """
    count = len(planned)
    frame = planned.copy()
    status = pick(settings.visit_status, count, rng)
    mean, spread = settings.actual_duration
    minutes = frame["minutes"].to_numpy(float)
    stay = np.maximum(minutes * rng.normal(mean, spread, size=count), LEAST_MINUTES)
    stay = np.where(status == "frustrated", FRUSTRATED_MINUTES, stay)
    travel = frame["travel"].to_numpy(float) * rng.lognormal(0.0, settings.travel_noise, size=count)
    came = np.isin(status, ["delivered", "frustrated"])
    # How the morning starts: a few minutes either side.
    first = frame["start"].to_numpy(float) + rng.normal(0.0, settings.early_minutes, size=count)
    earliest = np.minimum(frame["start"].to_numpy(float) - settings.early_minutes * rng.random(count), first)
    begun, left = _walk(frame, came=came, stay=stay, travel=travel, first=first, earliest=earliest)
    frame["status"] = status
    frame["actual_start"] = np.where(came, begun, np.nan)
    frame["actual_end"] = np.where(came, left, np.nan)
    by_hand = rng.random(count) < settings.manual_share
    frame["verification"] = np.where(came, np.where(by_hand, "manual", "auto"), "")
    frame = frame.sort_values(["day", "start", "round", "place"], kind="stable", ignore_index=True)
    frame["visit"] = np.arange(1, count + 1)
    second = frame[frame["carers"] > 1].assign(carer=lambda rows: rows["carer"] + 1)
    both = pd.concat([frame, second], ignore_index=True)
    return both.sort_values(["visit", "carer"], kind="stable", ignore_index=True)


def _walk(
    frame: pd.DataFrame,
    *,
    came: np.ndarray,
    stay: np.ndarray,
    travel: np.ndarray,
    first: np.ndarray,
    earliest: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Walk all rounds at once, stop by stop; whole minutes of the day at which each visit began and ended."""
    number, place = frame["round"].to_numpy(), frame["place"].to_numpy()
    ready = np.full(int(number.max()) + 1 if len(number) else 0, -np.inf)
    begun, left = np.zeros(len(frame)), np.zeros(len(frame))
    for stop in range(int(place.max()) + 1 if len(place) else 0):
        rows = np.flatnonzero(place == stop)
        at = number[rows]
        start = np.where(np.isinf(ready[at]), first[rows], np.maximum(ready[at] + travel[rows], earliest[rows]))
        begun[rows] = np.ceil(start)
        left[rows] = np.ceil(start + stay[rows])
        # A visit that nobody makes takes no time.
        ready[at] = np.where(came[rows], left[rows], ready[at])
    return begun, left
