"""The audit trail: for every block and every provider, whether it could have had the block, and why not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.blocks.model import BlockModel
from marketmap.blocks.plan import Zone, cost_zone
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


def tabulate_eligible(
    model: BlockModel, zones: list[Zone], *, provider_names: pd.Series, settings: BlockSettings
) -> pd.DataFrame:
    """Tabulate one row for each block and each provider of the county.

    A provider is judged against the finished plan: its room is what the other blocks leave of it.

    Parameters
    ----------
    provider_names
        Every provider's name, indexed by ``provider_id``.

    Returns
    -------
    DataFrame
        ``block_id, provider_id, provider_name, eligible, suggested, minutes_week`` (the block's part of the
        objective with that provider, NaN where barred), ``hours_already_with_provider, reason``.
    """
    commitments = sum_commitments(model, zones)
    every = provider_names.sort_index()
    rank = model.providers.index.get_indexer(every.index)
    screened = model.why_not.reindex(every.index).to_numpy(dtype=object)
    frames = []
    for zone in zones:
        cost, why = _judge_block(model, zone, commitments, settings)
        own = rank == zone.provider
        in_model = rank >= 0
        reason = screened.copy()
        reason[in_model] = why[rank[in_model]]
        minutes = np.full(len(every), np.nan)
        minutes[in_model] = cost[rank[in_model]]
        eligible = (reason == "") | own
        more = minutes - cost[zone.provider]
        reason[eligible] = [f"could have it for {extra:+,.0f} minutes a week" for extra in more[eligible]]
        reason[own] = "already let to it" if zone.existing else "suggested: the least cost in this plan"
        held = _hours_by_provider(model, zone).reindex(every.index).fillna(0.0)
        frames.append(
            pd.DataFrame(
                {
                    "block_id": zone.block_id,
                    "provider_id": every.index,
                    "provider_name": every.to_numpy(),
                    "eligible": eligible,
                    "suggested": own,
                    "minutes_week": minutes,
                    "hours_already_with_provider": held.to_numpy(float),
                    "reason": reason,
                }
            )
        )
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))


def _hours_by_provider(model: BlockModel, zone: Zone) -> pd.Series:
    members = model.members
    here = members["postcode"].isin(model.points.index[zone.points]) & ~members["waiting"]
    return members.loc[here, "hours_week"].astype(float).groupby(members.loc[here, "provider_id"]).sum()


def _judge_block(
    model: BlockModel, zone: Zone, commitments: Commitments, settings: BlockSettings
) -> tuple[np.ndarray, np.ndarray]:
    count = len(model.providers)
    cost = np.full(count, np.nan)
    why = np.full(count, "", dtype=object)
    for number in range(count):
        if number != zone.provider:
            why[number] = _find_bar(model, zone, number)
            if why[number]:
                continue
        parts = cost_zone(model, zone.points, centre=zone.centre, provider=number, settings=settings)
        cost[number] = parts.drop(columns="minutes_to_centre").to_numpy().sum()
        cost[number] += 0.0 if zone.existing else settings.block_cost_minutes
        if number != zone.provider:
            why[number] = _find_limit(model, zone, number, commitments)
    return cost, why


def _find_bar(model: BlockModel, zone: Zone, number: int) -> str:
    screened = model.why_not.iloc[model.why_not.index.get_loc(model.providers.index[number])]
    if screened:
        return str(screened)
    if zone.existing:
        return "already let"
    bars = model.barred[zone.points, number]
    hit = bars[bars != ""]
    if len(hit):
        return f"{hit[0]} ({len(hit)} of {len(bars)} postcodes with work)"
    if not np.isfinite(model.base[number, zone.centre]):
        return "no round start or office on the road network"
    return ""


def _find_limit(model: BlockModel, zone: Zone, number: int, commitments: Commitments) -> str:
    limits = model.limits
    # Taking the block over, the provider would keep what it holds there rather than give it up.
    need = float(model.points["carer_hours"].to_numpy(float)[zone.points].sum())
    if need > commitments.room[number] + ROUNDING:
        return f"needs {need:,.0f} carer hours of room, has {max(commitments.room[number], 0.0):,.0f} left"
    hours = model.points["contact_hours"].to_numpy(float)[zone.points]
    if commitments.block_hours[number] + hours.sum() > limits.most_hours[number] + ROUNDING:
        return f"would take at most {limits.most_hours[number]:,.0f} block hours in all"
    company = limits.company_of[number]
    same_company = company == limits.company_of[zone.provider]
    districts = limits.district_of[zone.points]
    for district in np.unique(districts):
        added = 0.0 if same_company else float(hours[districts == district].sum())
        blocks = commitments.counts[company, district] + (0 if same_company else 1)
        above = commitments.shares[company, district] + added > limits.share_cap[company, district] + ROUNDING
        if blocks > 1 and above:
            return "its company would pass the share of a district that one company may hold"
    return ""
