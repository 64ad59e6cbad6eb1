"""The audit trail: for every block and every provider, whether it could have had the block, and why not."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.blocks.model import BlockModel
from marketmap.blocks.plan import Zone
from marketmap.settings import BlockSettings

ROUNDING = 1e-6
COLUMNS = (
    "block_id",
    "provider_id",
    "provider_name",
    "eligible",
    "suggested",
    "minutes_week",
    "hours_already_with_provider",
    "reason",
)


@dataclass(frozen=True)
class Commitments:
    """What a finished plan leaves of each provider's and company's room.

    Attributes
    ----------
    room
        (P,) carer hours a week that the provider could still take on.
    block_hours
        (P,) contact hours in its proposed blocks.
    shares, counts
        (companies, districts): contact hours in proposed blocks, and how many blocks have points there.
    """

    room: np.ndarray
    block_hours: np.ndarray
    shares: np.ndarray
    counts: np.ndarray


def sum_commitments(model: BlockModel, zones: list[Zone]) -> Commitments:
    """Sum what the proposed blocks of a plan commit of each provider and company."""
    limits = model.limits
    load = model.points["carer_hours"].to_numpy(float)
    hours = model.points["contact_hours"].to_numpy(float)
    districts = limits.district_of
    taken = np.zeros(len(model.providers))
    block_hours = np.zeros(len(model.providers))
    shares = np.zeros(limits.share_cap.shape)
    counts = limits.blocks_there.astype(np.int64).copy()
    for zone in zones:
        if zone.existing:
            continue
        own, at = zone.provider, zone.points
        taken -= model.held[at].sum(axis=0)
        taken[own] += load[at].sum()
        block_hours[own] += hours[at].sum()
        company = limits.company_of[own]
        np.add.at(shares[company], districts[at], hours[at])
        counts[company, np.unique(districts[at])] += 1
    return Commitments(limits.capacity - taken, block_hours, shares, counts)


def settle_providers(
    model: BlockModel, zones: list[Zone], *, settings: BlockSettings, kept: Collection[str] = ()
) -> list[Zone]:
    """Give each proposed block to the provider that costs least there, where the plan leaves it room.

    The search looks at many zones at once; this last look makes sure that no block could simply change hands.

    Parameters
    ----------
    kept
        Names of blocks that stay with whom they have.
    """
    zones = list(zones)
    for _ in range(len(zones)):
        changed = False
        for place, zone in enumerate(zones):
            if zone.existing or zone.block_id in kept:
                continue
            cost = cost_providers(model, zone, settings=settings)
            commitments = sum_commitments(model, zones)
            for number in np.argsort(cost, kind="stable"):
                if not cost[number] < cost[zone.provider] - ROUNDING:
                    break
                if not find_bar(model, zone, number) and not find_limit(model, zone, number, commitments):
                    zones[place] = dataclasses.replace(zone, provider=int(number))
                    changed = True
                    break
        if not changed:
            break
    return zones


def cost_providers(model: BlockModel, zone: Zone, *, settings: BlockSettings) -> np.ndarray:
    """Cost a zone with each provider, (P,) minutes-equivalent a week; ``inf`` where it has no base on the roads."""
    at = zone.points
    visits = model.points["carer_visits"].to_numpy(float)[at]
    travel = settings.factor_inside * float((visits * model.minutes[at, zone.centre]).sum())
    base = model.base[:, zone.centre]
    # Where nothing is done in rounds, 0 times the way from no base is no number.
    rounds = np.where(np.isfinite(base), model.rounds[at].sum() * np.where(np.isfinite(base), base, 0.0), np.inf)
    parts = travel + rounds + model.moves[at].sum(axis=0) + model.price[at].sum(axis=0)
    return np.asarray(parts + (0.0 if zone.existing else settings.block_cost_minutes), dtype=np.float64)


def tabulate_eligible(
    model: BlockModel, zones: list[Zone], *, provider_names: pd.Series, settings: BlockSettings
) -> pd.DataFrame:
    """Tabulate one row for each block and each provider of the county.

    Eligible is who could have the block on its own standing. Where the plan has given a provider's room to other
    blocks the reason says so: that is this plan's doing, not the provider's.

    Parameters
    ----------
    provider_names
        Every provider's name, indexed by ``provider_id``.

    Returns
    -------
    DataFrame
        ``block_id, provider_id, provider_name, eligible, suggested, minutes_week`` (the block's part of the
        objective with that provider, NaN where not eligible), ``hours_already_with_provider, reason``.
    """
    commitments = sum_commitments(model, zones)
    alone = sum_commitments(model, [])
    every = provider_names.sort_index()
    rank = model.providers.index.get_indexer(every.index)
    in_model = rank >= 0
    screened = model.why_not.reindex(every.index).to_numpy(dtype=object)
    members = split_members(model, zones)
    frames = []
    for zone in zones:
        cost = cost_providers(model, zone, settings=settings)
        count = len(model.providers)
        why = np.array([find_bar(model, zone, number) for number in range(count)], dtype=object)
        for number in np.flatnonzero(why == "").tolist():
            why[number] = find_limit(model, zone, number, alone, own_standing=True)
        eligible = why == ""
        eligible[zone.provider] = True
        for number in np.flatnonzero(eligible).tolist():
            full = "" if zone.existing else find_limit(model, zone, number, commitments)
            more = cost[number] - cost[zone.provider]
            why[number] = f"could have it for {abs(more):,.0f} minutes a week {'more' if more >= 0 else 'less'}"
            why[number] += f", but other blocks of this plan use its room: {full}" if full else ""
        why[zone.provider] = {"existing": "already let to it", "held": "held with it by a lock"}.get(
            zone.status, "suggested in this plan"
        )
        reason = screened.copy()
        reason[in_model] = why[rank[in_model]]
        may = np.zeros(len(every), dtype=bool)
        may[in_model] = eligible[rank[in_model]]
        minutes = np.full(len(every), np.nan)
        minutes[in_model] = np.where(np.isfinite(cost), cost, np.nan)[rank[in_model]]
        frames.append(
            pd.DataFrame(
                {
                    "block_id": zone.block_id,
                    "provider_id": every.index,
                    "provider_name": every.to_numpy(),
                    "eligible": may,
                    "suggested": rank == zone.provider,
                    "minutes_week": np.where(may, minutes, np.nan),
                    "hours_already_with_provider": sum_held(members[zone.block_id]).reindex(every.index).fillna(0.0),
                    "reason": reason,
                }
            )
        )
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))


def split_members(model: BlockModel, zones: list[Zone]) -> dict[str, pd.DataFrame]:
    """Split the placeable packages by block."""
    block = pd.Series("", index=model.points.index, dtype=object)
    for zone in zones:
        block.iloc[zone.points] = zone.block_id
    own = dict(list(model.members.groupby(model.members["postcode"].map(block))))
    return {zone.block_id: own.get(zone.block_id, model.members.iloc[:0]) for zone in zones}


def sum_held(members: pd.DataFrame) -> pd.Series:
    """Sum the contact hours that each provider delivers today, by ``provider_id``."""
    active = members[~members["waiting"]]
    return active["hours_week"].astype(float).groupby(active["provider_id"]).sum()


def find_bar(model: BlockModel, zone: Zone, number: int) -> str:
    """Say why a provider may not have a block whatever its room, blank where it may."""
    screened = str(model.why_not[model.providers.index[number]])
    if screened or zone.existing:
        return screened or ("held by a lock" if zone.held else "already let")
    bars = model.barred[zone.points, number]
    hit = bars[bars != ""]
    if len(hit):
        return f"{hit[0]} ({len(hit)} of {len(bars)} postcodes with work)"
    if not np.isfinite(model.base[number, zone.centre]):
        return "no round start or office on the road network"
    return ""


def find_limit(
    model: BlockModel, zone: Zone, number: int, commitments: Commitments, *, own_standing: bool = False
) -> str:
    """Say which limit a provider would pass if it had the block too, blank for none.

    With ``own_standing`` the block is all it would have; else it comes on top of the plan's other blocks.
    """
    limits, at = model.limits, zone.points
    need = float(model.points["carer_hours"].to_numpy(float)[at].sum())
    if own_standing or number == zone.provider:
        need -= float(model.held[at, number].sum())
    # In the plan its work here counts as given up to another: with the block it would keep it, so all hours count.
    if number != zone.provider or own_standing:
        room = max(float(commitments.room[number]), 0.0)
        if need > room + ROUNDING:
            return f"needs {need:,.0f} carer hours of room, has {room:,.0f}"
    hours = model.points["contact_hours"].to_numpy(float)[at]
    added_hours = 0.0 if number == zone.provider and not own_standing else float(hours.sum())
    if commitments.block_hours[number] + added_hours > limits.most_hours[number] + ROUNDING:
        return f"would take at most {limits.most_hours[number]:,.0f} block hours in all"
    company = limits.company_of[number]
    same_company = not own_standing and company == limits.company_of[zone.provider]
    districts = limits.district_of[at]
    for district in np.unique(districts):
        added = 0.0 if same_company else float(hours[districts == district].sum())
        blocks = commitments.counts[company, district] + (0 if same_company else 1)
        above = commitments.shares[company, district] + added > limits.share_cap[company, district] + ROUNDING
        if blocks > 1 and above:
            return "its company would pass the share of a district that one company may hold"
    return ""
