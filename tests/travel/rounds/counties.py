"""Small made-up counties of different shapes, and sets of a day's visits drawn in them as providers or blocks have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tests.travel.rounds.towns import BANDS, MINUTES_KM

SHAPES = ("villages", "city", "even")
PEOPLE = 1200
DETOUR = 1.3


@dataclass(frozen=True)
class MadeCounty:
    """Homes in kilometres; each person's calls of a day: band, minutes, carers."""

    homes: np.ndarray
    who: np.ndarray
    band: np.ndarray
    minutes: np.ndarray
    carers: np.ndarray


def make_county(shape: str, seed: int = 0) -> MadeCounty:
    """Make a county: villages between empty land, a city with a few suburbs, or people spread evenly."""
    rng = np.random.default_rng(seed)
    if shape == "villages":
        places = rng.uniform(0, 30, size=(40, 2))
        share = rng.dirichlet(np.full(40, 0.7))
        homes = places[rng.choice(40, size=PEOPLE, p=share)] + rng.normal(0, 0.5, size=(PEOPLE, 2))
    elif shape == "city":
        places = rng.uniform(0, 14, size=(9, 2))
        spread = np.r_[2.5, np.full(8, 0.8)]
        at = rng.choice(9, size=PEOPLE, p=np.r_[0.6, np.full(8, 0.05)])
        homes = places[at] + rng.normal(0, 1, size=(PEOPLE, 2)) * spread[at, None]
    else:
        homes = rng.uniform(0, 25, size=(PEOPLE, 2))
    calls = rng.choice([1, 2, 3, 4], size=PEOPLE, p=[0.3, 0.3, 0.2, 0.2])
    who = np.repeat(np.arange(PEOPLE), calls)
    order = np.concatenate([np.sort(rng.choice(4, size=count, replace=False)) for count in calls])
    length = rng.choice([15.0, 30.0, 45.0, 60.0], size=PEOPLE, p=[0.1, 0.5, 0.25, 0.15])
    carers = np.where(rng.random(PEOPLE) < 0.1, 2, 1)
    return MadeCounty(homes, who, order, length[who], carers[who])


def draw_set(county: MadeCounty, seed: int, *, least: int = 20, most: int = 400) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw a day's visits: all people round a place, or one in a few of them, as overlapping providers have."""
    rng = np.random.default_rng([seed, 7])
    wanted = np.exp(rng.uniform(np.log(least), np.log(most)))
    part = rng.choice([1.0, 0.5, 0.25])
    middle = county.homes[rng.integers(PEOPLE)]
    near = np.argsort(np.hypot(*(county.homes - middle).T))
    held = near[rng.random(PEOPLE) < part]
    count = np.bincount(county.who, minlength=PEOPLE)[held].cumsum()
    held = held[: max(2, int(np.searchsorted(count, wanted)))]
    rows = np.flatnonzero(np.isin(county.who, held))
    band = BANDS[county.band[rows]]
    work = pd.DataFrame(
        {
            "visit_id": [f"V{row:04d}" for row in rows],
            "provider_id": "P",
            "package_id": [f"K{person}" for person in county.who[rows]],
            "day": pd.Timestamp("2026-09-21"),
            "postcode": [f"GL1 {person}AA" for person in county.who[rows]],
            "carers": county.carers[rows],
            "minutes": county.minutes[rows],
            "begin": band[:, 0],
            "earliest": band[:, 0],
            "latest": band[:, 1],
            "reason": "",
        }
    )
    at = county.homes[county.who[rows]]
    return work, np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) * DETOUR * MINUTES_KM
