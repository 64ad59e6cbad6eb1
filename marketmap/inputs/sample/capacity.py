"""What providers could take on, and which of them would take blocks, where and how much."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.inputs.sample.demand import pick
from marketmap.inputs.sample.places import Ground
from marketmap.inputs.sample.settings import SampleSettings

NAMED_AREA_HOURS = 0.8  # of its hours, those in the areas that a restricted provider names
BLOCK_OF_CAPACITY = (0.5, 1.0)  # most block hours that a provider names, of what it could deliver


def draw_capacity(
    locations: pd.DataFrame,
    held_hours: np.ndarray,
    *,
    demand_hours: float,
    settings: SampleSettings,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Choose the participating companies and what every location could take on.

    Parameters
    ----------
    held_hours
        (locations,) carer hours a week delivered now.
    demand_hours
        Carer hours a week of all packages in force.

    Returns
    -------
    DataFrame
        ``locations`` with ``participating`` and ``placements_suspended`` (bool), ``hours_spare_week`` and
        ``max_growth_hours_13w`` (carer hours a week), ``capacity_age`` (days).
    """
    frame = locations.copy()
    count = len(frame)
    contracted = (frame["role"] == "contracted").to_numpy()
    joined = _choose_participants(frame, held_hours, aim=settings.participating_held * demand_hours, rng=rng)
    frame["participating"] = joined
    frame["placements_suspended"] = False
    others = np.flatnonzero(contracted & ~joined)
    stopped = min(round(settings.placements_suspended_share * contracted.sum()), len(others))
    frame.loc[rng.choice(others, size=stopped, replace=False), "placements_suspended"] = True
    # The larger a provider the less room it has, as a share of what it delivers.
    weight = np.where(contracted, np.maximum(held_hours, 20.0) ** 0.8, 15.0) * rng.lognormal(0.0, 0.5, size=count)
    room = settings.participating_capacity * demand_hours - held_hours[joined].sum()
    scale = max(room, 0.0) / max(weight[joined].sum(), 1e-9)
    spare_share = np.clip(settings.spare_of_room + 0.1 * rng.normal(size=count), 0.05, 0.9)
    spare, growth = weight * scale * spare_share, weight * scale * (1 - spare_share)
    idle = ~joined
    spare[idle] *= rng.choice([0.0, 0.5, 1.0], size=int(idle.sum()))
    spare[frame["placements_suspended"].to_numpy()] = 0.0
    frame["hours_spare_week"] = np.round(spare * 2) / 2
    frame["max_growth_hours_13w"] = np.round(growth * 2) / 2
    frame["capacity_age"] = rng.integers(1, settings.capacity_as_of_days + 1, size=count)
    return frame


def _choose_participants(
    frame: pd.DataFrame, held_hours: np.ndarray, *, aim: float, rng: np.random.Generator
) -> np.ndarray:
    """Take contracted companies in random order while they fit; every location of a company joins or none."""
    company = frame["company"].to_numpy()
    contracted = (frame["role"] == "contracted").to_numpy()
    barred = company[(frame["cqc_rating"] == "Inadequate").to_numpy()]
    free = np.setdiff1d(np.unique(company[contracted]), barred)
    held = np.bincount(company, weights=held_hours)
    chosen: list[int] = []
    total = 0.0
    for each in rng.permutation(free):
        if total + held[each] <= aim * 1.01:
            chosen.append(int(each))
            total += held[each]
    if not chosen:  # a handful of packages with one company larger than the aim
        chosen = [int(free[held[free].argmin()])]
    return np.isin(company, chosen) & contracted


def draw_participation(
    locations: pd.DataFrame,
    packages: pd.DataFrame,
    ground: Ground,
    *,
    settings: SampleSettings,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw the participation table: anywhere, or only in the districts or sectors where most of its work lies.

    Parameters
    ----------
    packages
        With ``location``, ``home`` and ``hours_week``.

    Returns
    -------
    DataFrame
        ``provider_id, area_code`` ("" = anywhere), ``max_block_hours`` (NaN: not said; else shared out over the
        provider's rows), ``valid_day`` (days from the snapshot).
    """
    joined = np.flatnonzero(locations["participating"])
    kinds = pick(settings.participation_areas, len(joined), rng)
    named = pick(
        (("yes", settings.max_block_hours_share), ("no", 1 - settings.max_block_hours_share)), len(joined), rng
    )
    where = {
        "districts": ground.frame["district_code"].to_numpy()[packages["home"].to_numpy()],
        "sectors": ground.frame["sector"].to_numpy()[packages["home"].to_numpy()],
    }
    provider = locations["provider_id"].to_numpy(dtype=object)
    room = locations[["hours_spare_week", "max_growth_hours_13w"]].to_numpy(float).sum(axis=1)
    rows: list[dict[str, object]] = []
    for row, kind, says in zip(joined, kinds, named, strict=True):
        own = (packages["location"] == row).to_numpy()
        codes = [""]
        hours = packages["hours_week"].to_numpy(float)[own]
        if kind != "anywhere" and own.any():
            codes = _main_areas(where[str(kind)][own], hours)
        could = hours.sum() + room[row]
        most = float(np.ceil(rng.uniform(*BLOCK_OF_CAPACITY) * could / 10) * 10 / len(codes))
        since = -int(rng.integers(30, 400))
        rows += [
            {
                "provider_id": provider[row],
                "area_code": code,
                "max_block_hours": round(max(most, 1.0), 1) if says == "yes" else np.nan,
                "valid_day": since,
            }
            for code in codes
        ]
    return pd.DataFrame(rows, columns=["provider_id", "area_code", "max_block_hours", "valid_day"])


def _main_areas(codes: np.ndarray, hours: np.ndarray) -> list[str]:
    """List the fewest areas that hold most of the hours, in order of their code."""
    totals = pd.Series(hours).groupby(codes).sum().sort_values(ascending=False, kind="stable")
    before = totals.cumsum().shift(fill_value=0.0)
    return sorted(str(code) for code in totals.index[before < NAMED_AREA_HOURS * totals.sum()])
