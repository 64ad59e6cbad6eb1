"""The small blocks already let when the sample opens."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.inputs.sample.patches import Patches
from marketmap.inputs.sample.places import Ground, measure_metres
from marketmap.inputs.sample.settings import SampleSettings

BLOCK_YEARS = 2


def is_placeable(packages: pd.DataFrame) -> np.ndarray:
    """Say which packages could stand in a block under the default settings."""
    return np.asarray(
        packages["service_type"].isin(["home_care", "sitting"])
        & packages["funding"].isin(["council", "chc", "joint", "s117"])
        & packages["status"].isin(["active", "waiting"])
    )


def let_blocks(
    packages: pd.DataFrame,
    locations: pd.DataFrame,
    patches: Patches,
    ground: Ground,
    *,
    settings: SampleSettings,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Let a few blocks to participating providers that hold work there, the last one by sector if one fits.

    Work that has started in a block's zone since it was let has gone to its provider, as a block works.

    Parameters
    ----------
    locations
        With ``participating``, ``hours_spare_week`` and ``max_growth_hours_13w``.

    Returns
    -------
    blocks, block_areas, packages
        ``block_id, row`` (of ``locations``), ``guaranteed_hours_week, start_day``; ``block_id, postcode,
        sector``; and the packages with ``location`` and ``patch`` of the new work.
    """
    frame = packages.copy()
    taken = np.zeros(len(ground.frame), dtype=bool)
    company = locations["company"].to_numpy(int)
    companies: set[int] = set()
    blocks: list[dict[str, object]] = []
    areas: list[pd.DataFrame] = []
    wanted = settings.blocks_let if len(frame) >= settings.special_from_packages else 0
    room = (locations["hours_spare_week"] + locations["max_growth_hours_13w"]).where(locations["participating"], -1.0)
    for row in room.sort_values(ascending=False, kind="stable").index:
        if len(blocks) == wanted or room[row] < settings.block_hours[0]:
            break
        if company[row] in companies:
            continue
        by_sector = len(blocks) == wanted - 1
        zone, sector = _find_zone(frame, int(row), patches, ground, taken=taken, by_sector=by_sector, settings=settings)
        if not zone.any():
            continue
        taken |= zone
        companies.add(int(company[row]))
        start = -int(rng.integers(settings.block_age_days[0], settings.block_age_days[1] + 1))
        inside = zone[frame["home"].to_numpy()] & is_placeable(frame)
        _give_new_work(frame, inside & (frame["start_day"] >= start).to_numpy(), int(row), patches, ground)
        own = inside & (frame["location"] == row).to_numpy()
        hours = float(frame.loc[own, "hours_week"].sum())
        name = f"X{len(blocks) + 1:02d}"
        blocks.append(
            {
                "block_id": name,
                "row": row,
                "guaranteed_hours_week": max(5.0, 5 * np.floor(hours / 5)),
                "start_day": start,
            }
        )
        postcodes = ground.frame.loc[zone, "postcode"].tolist()
        ground_of = {"postcode": [""], "sector": [sector]} if sector else {"postcode": postcodes, "sector": ""}
        areas.append(pd.DataFrame(ground_of).assign(block_id=name))
    columns = ["block_id", "row", "guaranteed_hours_week", "start_day"]
    empty = pd.DataFrame(columns=["block_id", "postcode", "sector"])
    return pd.DataFrame(blocks, columns=columns), pd.concat([empty, *areas], ignore_index=True), frame


def _find_zone(
    packages: pd.DataFrame,
    row: int,
    patches: Patches,
    ground: Ground,
    *,
    taken: np.ndarray,
    by_sector: bool,
    settings: SampleSettings,
) -> tuple[np.ndarray, str]:
    """Find a zone for one provider: (postcodes,) bool, and the sector's name if it is one."""
    low, high = settings.block_hours
    home = packages["home"].to_numpy()
    hours = np.where(is_placeable(packages), packages["hours_week"].to_numpy(float), 0.0)
    own = np.where((packages["location"] == row).to_numpy(), hours, 0.0)
    size = len(ground.frame)
    by_home = np.bincount(home, weights=hours, minlength=size)
    own_by_home = np.bincount(home, weights=own, minlength=size)
    if by_sector:
        totals = (
            pd.DataFrame({"all": by_home, "own": own_by_home, "taken": taken}).groupby(ground.frame["sector"]).sum()
        )
        fits = totals[totals["all"].between(low, high) & (totals["own"] > 0) & (totals["taken"] == 0)]
        if len(fits):
            sector = str((fits["own"] / fits["all"]).idxmax())
            return (ground.frame["sector"] == sector).to_numpy(), sector
    centres = patches.home[patches.location == row]
    if not len(centres):
        return np.zeros(size, dtype=bool), ""
    metres = measure_metres(ground, centres, np.arange(size))
    # Around each of its patches, all postcodes outwards until the zone is half-way between the least and most.
    best, best_own = np.zeros(size, dtype=bool), 0.0
    for distances in metres:
        order = np.argsort(distances, kind="stable")
        reached = np.cumsum(by_home[order])
        zone = np.zeros(size, dtype=bool)
        zone[order[: int(np.searchsorted(reached, (low + high) / 2)) + 1]] = True
        total = by_home[zone].sum()
        if low <= total <= high and not (zone & taken).any() and own_by_home[zone].sum() > best_own:
            best, best_own = zone, own_by_home[zone].sum()
    return best, ""


def _give_new_work(frame: pd.DataFrame, new: np.ndarray, row: int, patches: Patches, ground: Ground) -> None:
    rows = np.flatnonzero(new & (frame["status"] == "active").to_numpy())
    own = np.flatnonzero(patches.location == row)
    if len(rows):
        metres = measure_metres(ground, frame["home"].to_numpy()[rows], patches.home[own])
        frame.loc[rows, "location"] = row
        frame.loc[rows, "patch"] = own[metres.argmin(axis=1)]
