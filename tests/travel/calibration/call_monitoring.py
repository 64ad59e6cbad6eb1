"""A made-up week of call monitoring in which journeys take a planted multiple of the modelled minutes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

LONDON = "Europe/London"
CLOCKS_BACK = "2026-10-22"  # a Thursday; the clocks go back in the night to Sunday the 25th
VISIT_MINUTES = (15, 30, 30, 45, 60)


@dataclass(frozen=True)
class Week:
    """What a planted week is like; shares are of visits, minutes are of the clock."""

    factor: float = 1.25
    carers: int = 60
    noise: float = 0.12
    wait_share: float = 0.4
    wait_minutes: float = 6.0
    unseen_share: float = 0.3
    missed_share: float = 0.04
    manual_share: float = 0.15
    double_share: float = 0.15
    handover_minutes: float = 0.0
    days: int = 7
    first_day: str = CLOCKS_BACK


@dataclass(frozen=True)
class Rota:
    """A rota with a flat allowance for every journey, and carers some of whom wait for the planned hour."""

    factor: float = 1.25
    carers: int = 60
    noise: float = 0.12
    allowance_minutes: float = 10.0
    waiting_share: float = 0.7
    early_minutes: float = 8.0
    unseen_share: float = 0.3
    manual_share: float = 0.15
    days: int = 7
    first_day: str = CLOCKS_BACK


def record_week(places: pd.DataFrame, minutes: np.ndarray, *, week: Week, seed: int = 0) -> pd.DataFrame:
    """Play a week through and write down what call monitoring would show.

    ``places`` has ``postcode``, ``easting``, ``northing``; ``minutes`` (places, places) is the model's. Each carer
    makes visits near one another in shifts of seven hours by day or night, with a break in each. A missed visit costs
    its carer nothing; an unseen one is made and not written down; one keyed by hand shows the planned times.
    """
    random = np.random.default_rng(seed)
    near = np.argsort(minutes, axis=1)[:, 1:40]
    rows: list[dict[str, object]] = []
    for carer in range(week.carers):
        pair = random.random() < week.double_share
        begins = random.choice([7.0, 15.0, 22.5], p=[0.45, 0.45, 0.1])
        for day in range(week.days):
            midnight = pd.Timestamp(week.first_day, tz=LONDON) + pd.DateOffset(days=day)
            start = midnight.tz_convert("UTC") + pd.Timedelta(hours=begins)
            rows += _shift(start, random, near, minutes, week, carer=carer, pair=pair)
    return _write_down(rows, places, seed)


def record_rota(places: pd.DataFrame, minutes: np.ndarray, *, rota: Rota, seed: int = 0) -> pd.DataFrame:
    """Play a rota through that was planned beforehand, with a flat allowance between one visit's end and the next.

    Who gets to a door early waits until the planned hour, or a while before it, ``waiting_share`` of the times; who
    gets there late begins late, and stays late. Otherwise as `record_week`.
    """
    random = np.random.default_rng(seed)
    near = np.argsort(minutes, axis=1)[:, 1:120]  # journeys of about the allowance
    rows: list[dict[str, object]] = []
    for carer in range(rota.carers):
        begins = random.choice([7.0, 15.0])
        for day in range(rota.days):
            midnight = pd.Timestamp(rota.first_day, tz=LONDON) + pd.DateOffset(days=day)
            start = midnight.tz_convert("UTC") + pd.Timedelta(hours=begins)
            rows += _planned_shift(start, random, near, minutes, rota, carer=carer)
    return _write_down(rows, places, seed)


def _planned_shift(
    start: pd.Timestamp, random: np.random.Generator, near: np.ndarray, minutes: np.ndarray, rota: Rota, *, carer: int
) -> list[dict[str, object]]:
    rows = []
    now, planned, place, rested = 0.0, 0.0, int(random.integers(len(near))), False
    while planned < 7 * 60:
        stay = float(random.choice(VISIT_MINUTES))
        ended = now + stay * random.normal(0.95, 0.1)
        by_hand = random.random() < rota.manual_share
        begun_logged, ended_logged = (planned, planned + stay) if by_hand else (now, ended)
        rows.append(
            {
                "visit": f"{carer}-{start:%d}-{len(rows)}",
                "carer": carer,
                "carer_id": f"K{carer}",
                "place": place,
                "pair": False,
                "unseen": random.random() < rota.unseen_share,
                "status": "delivered",
                "verification": "manual" if by_hand else "auto",
                "planned_start": start + pd.Timedelta(minutes=planned),
                "planned_end": start + pd.Timedelta(minutes=planned + stay),
                "actual_start": start + pd.Timedelta(minutes=begun_logged),
                "actual_end": start + pd.Timedelta(minutes=ended_logged),
            }
        )
        following = int(random.choice(near[place]))
        drive = rota.factor * minutes[place, following] * np.exp(rota.noise * random.standard_normal())
        planned += stay + rota.allowance_minutes
        if not rested and planned > 3 * 60:
            planned, ended, rested = planned + 30.0, ended + random.uniform(20, 30), True
        hour = planned - random.uniform(0, rota.early_minutes) if random.random() < rota.waiting_share else 0.0
        now, place = max(ended + drive, hour), following
    return rows


def _write_down(rows: list[dict[str, object]], places: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Write what was played as the visits table would have it."""
    frame = pd.DataFrame(rows)
    frame["visit_id"] = frame["visit"].astype(str)
    for name in ("planned_start", "planned_end", "actual_start", "actual_end"):
        frame[name] = pd.to_datetime(frame[name], utc=True).dt.floor("min").dt.tz_convert(LONDON)
    at = frame["place"].to_numpy()
    frame = frame.assign(
        package_id="P" + frame["place"].astype(str),
        provider_id="V" + (frame["carer"] % 3).astype(str),
        carers_required=np.where(frame["pair"], 2, 1),
        **{name: places[name].to_numpy()[at] for name in ("postcode", "easting", "northing")},
    )
    second = frame[frame["pair"]].assign(carer_id=lambda pairs: pairs["carer_id"] + "b")
    both = pd.concat([frame, second], ignore_index=True)
    # What comes out of an extract is in no order.
    return both[~both["unseen"]].sample(frac=1.0, random_state=seed).reset_index(drop=True)


def _shift(
    start: pd.Timestamp,
    random: np.random.Generator,
    near: np.ndarray,
    minutes: np.ndarray,
    week: Week,
    *,
    carer: int,
    pair: bool,
) -> list[dict[str, object]]:
    rows = []
    now, place, rested = 0.0, int(random.integers(len(near))), False
    planned = 0.0
    while now < 7 * 60:
        stay = float(random.choice(VISIT_MINUTES))
        missed = random.random() < week.missed_share
        by_hand = random.random() < week.manual_share
        begun, ended = (planned, planned + stay) if by_hand else (now, now + stay * random.normal(0.95, 0.1))
        rows.append(
            {
                "visit": f"{carer}-{start:%d}-{len(rows)}",
                "carer": carer,
                "carer_id": f"K{carer}",
                "place": place,
                "pair": pair,
                "unseen": random.random() < week.unseen_share,
                "status": "missed" if missed else "delivered",
                "verification": None if missed else ("manual" if by_hand else "auto"),
                "planned_start": start + pd.Timedelta(minutes=planned),
                "planned_end": start + pd.Timedelta(minutes=planned + stay),
                "actual_start": pd.NaT if missed else start + pd.Timedelta(minutes=begun),
                "actual_end": pd.NaT if missed else start + pd.Timedelta(minutes=ended),
            }
        )
        now = now if missed else max(now + stay * 0.5, ended if not by_hand else now + stay)
        following = int(random.choice(near[place]))
        drive = week.factor * minutes[place, following] * np.exp(week.noise * random.standard_normal())
        wait = random.exponential(week.wait_minutes) if random.random() < week.wait_share else 0.0
        if not rested and now > 3 * 60:
            wait, rested = wait + random.uniform(20, 45), True
        now, place = now + drive + wait + (0.0 if missed else week.handover_minutes), following
        planned = now + random.normal(0.0, 4.0)
    return rows
