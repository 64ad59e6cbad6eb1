"""A provider's day: its visits in, its carers' rounds out, stop by stop, and what could be in none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.settings import RoundSettings
from marketmap.settings.rounds import FIRST_VISIT, PATCH
from marketmap.travel.network import Floats, Ints
from marketmap.travel.rounds.clock import list_shifts
from marketmap.travel.rounds.engine import find_rounds
from marketmap.travel.rounds.instance import OUT_OF_REACH, SECONDS, Instance, Round, split_instance

STOPS = (
    "day", "provider_id", "round", "shift", "carers", "place", "visit_id", "package_id", "postcode", "travel_minutes",
    "arrives", "wait_minutes", "break_minutes", "begins", "ends", "earliest", "latest", "back_minutes",
)  # fmt: skip
UNSERVED = ("day", "provider_id", "visit_id", "package_id", "postcode", "carers", "minutes", "reason")
NO_PLACE = "no place is known"
OFF_ROADS = "its place is not on the roads"
NO_SHIFT = "fits no shift: too long, or its window is outside them all"
NOT_FOUND = "the search found no round for it: more iterations may"
NO_BASE = "no way is known from where its rounds begin"


@dataclass(frozen=True)
class DayRounds:
    """The rounds of one or more provider-days.

    Attributes
    ----------
    stops
        Columns `STOPS`, one row a visit of a round: ``day`` (midnight), ``round`` (number within provider and day),
        ``carers`` (who go together), ``place`` (1 first), ``travel_minutes`` to it (from where the round begins, for
        the first: 0 with rounds that begin at their first visit), ``arrives``, ``begins``, ``ends``, ``earliest``,
        ``latest`` (minutes after midnight), ``wait_minutes``, ``break_minutes`` (taken between arriving and
        beginning), ``back_minutes`` (to where the round ends: 0 but at the last stop of rounds that begin elsewhere).
    unserved
        Columns `UNSERVED`, one row a visit that is in no round, with the reason.
    """

    stops: pd.DataFrame
    unserved: pd.DataFrame


def empty_rounds() -> DayRounds:
    """Give the rounds of no day at all, with every column."""
    return DayRounds(_stops([]), pd.DataFrame({name: pd.Series(dtype="object") for name in UNSERVED}))


def solve_day(
    work: pd.DataFrame,
    minutes: Floats,
    *,
    settings: RoundSettings,
    seed: int,
    base: tuple[Floats, Floats] | None = None,
) -> DayRounds:
    """Find the rounds of one provider on one day.

    Parameters
    ----------
    work
        Its visits, as `work.list_work` gives them.
    minutes
        (n, n) road minutes between the visits' places, NaN where a place is not on the roads, ``inf`` where there is
        no way. ``stop_minutes`` are added to every journey that is not 0.
    settings
        Shifts, break, where rounds begin, and how long to search.
    seed
        The same work, settings and seed give the same rounds.
    base
        (n,) minutes from where rounds begin to each visit and back; for rounds that begin at the office.

    Returns
    -------
    DayRounds
    """
    work = work.reset_index(drop=True)
    reason = np.asarray(work["reason"].astype("object").to_numpy(), dtype=object).copy()
    reason[(reason == "") & work["postcode"].isna().to_numpy()] = NO_PLACE
    legs = _legs(np.asarray(minutes, dtype=float), settings)
    reason[(reason == "") & np.isnan(np.diagonal(legs))] = OFF_ROADS
    left = np.flatnonzero(reason == "")
    out, back = _base(legs, left, settings, base)
    reason[left[~(np.isfinite(out[left]) & np.isfinite(back[left]))]] = NO_BASE
    stops: list[dict[str, object]] = []
    number = 0
    for crew in np.unique(work["carers"].to_numpy()):
        rows = np.flatnonzero((reason == "") & (work["carers"].to_numpy() == crew))
        rounds = _crew_rounds(work, rows, legs, out, back, reason, settings=settings, seed=seed)
        for found, at in rounds:
            number += 1
            stops += _describe(found, at, work, legs, out, back, settings=settings, number=number)
    unserved = work.assign(reason=reason).loc[reason != "", list(UNSERVED)].reset_index(drop=True)
    return DayRounds(_stops(stops), unserved)


def _crew_rounds(
    work: pd.DataFrame,
    rows: Ints,
    legs: Floats,
    out: Floats,
    back: Floats,
    reason: np.ndarray,
    *,
    settings: RoundSettings,
    seed: int,
) -> list[tuple[Round, Ints]]:
    """Find the rounds of crews of one size; what is in none gets its reason."""
    instance = Instance(
        legs=_seconds(legs[np.ix_(rows, rows)]),
        out=_seconds(out[rows]),
        back=_seconds(back[rows]),
        service=_seconds(work["minutes"].to_numpy(float)[rows]),
        earliest=_seconds(work["earliest"].to_numpy(float)[rows]),
        latest=_seconds(work["latest"].to_numpy(float)[rows]),
        shifts=list_shifts(settings),
        break_after=int(settings.break_after_minutes * SECONDS),
        break_length=int(settings.break_minutes * SECONDS),
    )
    problems, alone, misfits = split_instance(instance)
    reason[rows[misfits]] = NO_SHIFT
    made = []
    for shift, row in alone:
        begins = int(max(instance.earliest[row] - instance.out[row], shift.begins * SECONDS))
        made.append((Round(shift, (0,), begins), rows[[row]]))
    for problem, members in problems:
        iterations = max(settings.least_iterations, round(settings.iterations_visit * len(members)))
        cost = round(settings.round_cost_minutes * SECONDS)
        found = find_rounds(problem, round_cost=cost, iterations=iterations, seed=seed)
        if found is None:
            reason[rows[members]] = NOT_FOUND
            continue
        made += [(each, rows[members]) for each in found]
    return made


def _describe(
    found: Round,
    at: Ints,
    work: pd.DataFrame,
    legs: Floats,
    out: Floats,
    back: Floats,
    *,
    settings: RoundSettings,
    number: int,
) -> list[dict[str, object]]:
    """Walk a round: when its carers arrive, wait, have their break, begin and end at each stop, in minutes."""
    rows = [int(at[visit]) for visit in found.visits]
    split = None if found.shift.break_at is None else found.shift.break_at
    clock = float(found.begins)
    stops: list[dict[str, object]] = []
    for place, row in enumerate(rows):
        visit = work.iloc[row]
        travel = float(_seconds(out[row] if place == 0 else legs[rows[place - 1], row]))
        arrives = clock + travel
        pause = 0.0
        if place and split is not None:
            one = work.iloc[rows[place - 1]]
            crosses = _middle(one) < split <= _middle(visit)
            pause = settings.break_minutes * SECONDS if crosses else 0.0
        begins = max(arrives + pause, visit["earliest"] * SECONDS)
        ends = begins + visit["minutes"] * SECONDS
        last = place == len(rows) - 1
        stops.append(
            {
                "day": visit["day"],
                "provider_id": visit["provider_id"],
                "round": number,
                "shift": found.shift.name,
                "carers": int(visit["carers"]),
                "place": place + 1,
                "visit_id": visit["visit_id"],
                "package_id": visit["package_id"],
                "postcode": visit["postcode"],
                "travel_minutes": travel / SECONDS,
                "arrives": arrives / SECONDS,
                "wait_minutes": (begins - arrives - pause) / SECONDS,
                "break_minutes": pause / SECONDS,
                "begins": begins / SECONDS,
                "ends": ends / SECONDS,
                "earliest": float(visit["earliest"]),
                "latest": float(visit["latest"]),
                "back_minutes": float(_seconds(back[row])) / SECONDS if last else 0.0,
            }
        )
        clock = ends
    return stops


def _middle(visit: pd.Series) -> float:
    return float(visit["earliest"] + visit["latest"]) / 2.0


def _legs(minutes: Floats, settings: RoundSettings) -> Floats:
    """Give minutes between doors with parking; a journey of no minutes is next door, and has none."""
    return np.where(minutes > 0, minutes + settings.stop_minutes, minutes)


def _base(
    legs: Floats, rows: Ints, settings: RoundSettings, base: tuple[Floats, Floats] | None
) -> tuple[Floats, Floats]:
    """Give minutes from where rounds begin to each visit, and back."""
    if settings.begin == FIRST_VISIT or len(legs) == 0:
        return np.zeros(len(legs)), np.zeros(len(legs))
    if settings.begin == PATCH:
        if not len(rows):
            return np.zeros(len(legs)), np.zeros(len(legs))
        sums = legs[np.ix_(rows, rows)].sum(axis=1)
        middle = rows[int(np.argmin(sums))]
        return legs[middle], legs[:, middle]
    if base is None:
        raise ValueError("rounds that begin at the office need the minutes from it")
    return _legs(base[0], settings), _legs(base[1], settings)


def _seconds(minutes: Floats) -> Ints:
    with np.errstate(invalid="ignore"):
        whole = np.rint(np.where(np.isfinite(minutes), np.asarray(minutes) * SECONDS, OUT_OF_REACH))
    return np.asarray(whole, dtype=np.int64)


def _stops(rows: list[dict[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(STOPS))
    numbers = [
        name
        for name in STOPS
        if name.endswith("_minutes") or name in {"arrives", "begins", "ends", "earliest", "latest"}
    ]
    types = dict.fromkeys(numbers, "float64") | dict.fromkeys(["round", "carers", "place"], "int64")
    return frame.astype(types)
