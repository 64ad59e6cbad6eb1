"""Who else could have each block: the next two providers and a backup, with what each would cost instead."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.blocks.audit import (
    ROUNDING,
    Commitments,
    cost_providers,
    find_bar,
    find_limit,
    split_members,
    sum_commitments,
    sum_held,
)
from marketmap.blocks.model import BlockModel
from marketmap.blocks.plan import Zone
from marketmap.settings import BlockSettings

COLUMNS = (
    "block_id",
    "rank",
    "provider_id",
    "provider_name",
    "company_id",
    "cqc_rating",
    "room_in_plan",
    "backup",
    "minutes_week",
    "minutes_more_week",
    "hours_already_with_provider",
    "hours_changing_hands",
    "price_hour",
    "pounds_more_week",
    "carer_hours_room_after_plan",
    "carer_hours_room_left",
    "carer_hours_guaranteed",
    "reason",
)
NEXT = 2
# Parts of a cost that tell two providers of one block apart, and how each is told.
PARTS = {
    "rounds": "to and from where its rounds begin",
    "moves": "for hours that would change hands",
    "price": "for its price",
}
LITTLE_MINUTES = 0.5
MOST_NAMED = 5
LEAST = "Suggested: costs least here in this plan"


def tabulate_next_providers(
    model: BlockModel, zones: list[Zone], *, eligible: pd.DataFrame, settings: BlockSettings
) -> pd.DataFrame:
    """Tabulate for every proposed block the suggested provider, the next two, and the backup.

    Next are those who could have the block on their own standing: first those whom this plan leaves the room for all
    of it, then those whose room it gives to other blocks, cheapest first in both. The backup is the cheapest provider
    of another company whom the plan leaves room for what is guaranteed: the carer hours that the suggested provider
    delivers there or that wait. Each backup is found on its own: a provider may be the backup of several blocks.

    Parameters
    ----------
    eligible
        As `audit.tabulate_eligible` gives it.

    Returns
    -------
    DataFrame
        `COLUMNS`; ``rank`` 1 is the suggested provider, and a backup further down keeps its own rank. Those who could
        have the guarantee but on no account all of the zone come last.
    """
    commitments = sum_commitments(model, zones)
    blocks_of: dict[int, list[str]] = {}
    for zone in zones:
        if not zone.existing:
            blocks_of.setdefault(zone.provider, []).append(zone.block_id)
    members = split_members(model, zones)
    standing = eligible[eligible["eligible"].astype(bool)].groupby("block_id")["provider_id"]
    rows: list[dict[str, object]] = []
    for zone in zones:
        if not zone.existing:
            able = model.providers.index.get_indexer(pd.Index(standing.get_group(zone.block_id)))
            rows += _rank_providers(model, zone, able[able >= 0], commitments, blocks_of, members, settings)
    return _tell_backups(pd.DataFrame(rows, columns=list(COLUMNS)))


def _tell_backups(table: pd.DataFrame) -> pd.DataFrame:
    """Add to the reason of each backup how many other blocks lean on the same room."""
    leaning = table.loc[table["backup"].astype(bool), "provider_id"].value_counts()
    others = table["provider_id"].map(leaning) - 1
    told = [
        f"{reason}{_tell_backup(int(more))}" if backup else reason
        for reason, backup, more in zip(table["reason"], table["backup"], others, strict=True)
    ]
    return table.assign(reason=pd.Series(told, index=table.index, dtype=object))


def _tell_backup(others: int) -> str:
    text = "; backup: has room for what is guaranteed after all of the plan"
    if not others:
        return text
    return f"{text}; also backup of {others:,} other block{'s' if others > 1 else ''}, room for one at a time"


def _rank_providers(
    model: BlockModel,
    zone: Zone,
    able: np.ndarray,
    commitments: Commitments,
    blocks_of: dict[int, list[str]],
    members: dict[str, pd.DataFrame],
    settings: BlockSettings,
) -> list[dict[str, object]]:
    cost = cost_providers(model, zone, settings=settings)
    may = [number for number in range(len(model.providers)) if not find_bar(model, zone, number)]
    limit = {number: find_limit(model, zone, number, commitments) for number in may}
    limit[zone.provider] = ""
    standing = set(able.tolist())
    # One without the room for all of the zone even on its own standing can still be its backup.
    order = sorted(
        limit,
        key=lambda number: (
            number != zone.provider,
            number not in standing,
            limit[number] != "",
            cost[number],
            number,
        ),
    )
    at = zone.points
    guaranteed = float(
        model.held[at, zone.provider].sum() + model.points["carer_hours_waiting"].to_numpy(float)[at].sum()
    )
    hours = sum_guaranteed(model, zone, members[zone.block_id])
    company_of = model.limits.company_of
    # With nothing guaranteed there is nothing to step in for.
    backup = next(
        (
            number
            for number in sorted(order, key=lambda number: (cost[number], number))
            if guaranteed > 0
            and company_of[number] != company_of[zone.provider]
            and not find_backup_limit(model, zone, number, commitments, hours=hours)
        ),
        -1,
    )
    shown = [number for number in order[: NEXT + 1] if number in standing]
    if backup >= 0 and backup not in shown:
        shown = [*shown, backup]
    rows = [
        _describe(
            model,
            zone,
            number,
            commitments,
            members[zone.block_id],
            rank=order.index(number) + 1,
            cost=cost,
            backup=number == backup,
            guaranteed=guaranteed,
            limit=limit[number],
            standing=number in standing,
            blocks=[name for name in blocks_of.get(number, []) if name != zone.block_id],
        )
        for number in shown
    ]
    cheaper = next((number for number in order[1:2] if number in standing and not limit[number]), zone.provider)
    if cost[cheaper] < cost[zone.provider] - ROUNDING:  # only in a plan that was shaped by hand
        less = cost[zone.provider] - cost[cheaper]
        name = model.providers.index[cheaper]
        told = f"Suggested, though {name} has the room and would cost {less:,.0f} minutes a week less"
        rows[0]["reason"] = str(rows[0]["reason"]).replace(LEAST, told)
    return rows


def find_backup_limit(
    model: BlockModel, zone: Zone, number: int, commitments: Commitments, *, hours: np.ndarray
) -> str:
    """Say why a provider could not step in for what is guaranteed in a block, blank where it could.

    Room is what the finished plan leaves it; its limits on block hours and on a company's share count the guaranteed
    contact hours on top of its own blocks.

    Parameters
    ----------
    hours
        As `sum_guaranteed` gives it.
    """
    bar = find_bar(model, zone, number)
    if bar:
        return bar
    at, points, limits = zone.points, model.points, model.limits
    need = float(model.held[at, zone.provider].sum() + points["carer_hours_waiting"].to_numpy(float)[at].sum())
    room = float(commitments.room[number])
    if need > room + ROUNDING:
        return f"{need:,.0f} carer hours are guaranteed and it has room for {max(room, 0.0):,.0f}"
    if commitments.block_hours[number] + hours.sum() > limits.most_hours[number] + ROUNDING:
        return f"would take at most {limits.most_hours[number]:,.0f} block hours in all"
    company = limits.company_of[number]
    for district in np.flatnonzero(hours > 0):
        above = commitments.shares[company, district] + hours[district] > limits.share_cap[company, district] + ROUNDING
        if above and commitments.counts[company, district] > 0:
            return "its company would pass the share of a district that one company may hold"
    return ""


def sum_guaranteed(model: BlockModel, zone: Zone, members: pd.DataFrame) -> np.ndarray:
    """Sum the contact hours that are guaranteed in a zone, by district: held by its provider, or waiting.

    Parameters
    ----------
    members
        The zone's packages.
    """
    own = members["provider_id"].astype("object") == str(model.providers.index[zone.provider])
    counted = members[(members["waiting"] | own.fillna(value=False)).to_numpy(bool)]
    where = model.limits.district_of[model.points.index.get_indexer(pd.Index(counted["postcode"]))]
    hours = counted["hours_week"].astype(float).to_numpy()
    return np.bincount(where, weights=hours, minlength=model.limits.share_cap.shape[1]).astype(np.float64)


def _describe(
    model: BlockModel,
    zone: Zone,
    number: int,
    commitments: Commitments,
    members: pd.DataFrame,
    *,
    rank: int,
    cost: np.ndarray,
    backup: bool,
    guaranteed: float,
    limit: str,
    standing: bool,
    blocks: list[str],
) -> dict[str, object]:
    at, provider = zone.points, model.providers.iloc[number]
    own = model.providers.iloc[zone.provider]
    load = float(model.points["carer_hours"].to_numpy(float)[at].sum())
    held = sum_held(members)
    already = float(held.get(provider.name, 0.0))
    room = float(commitments.room[number])
    # Its own work here is given up in the plan, so with the block all the zone's hours count.
    left = room if number == zone.provider else room - load
    more = float(cost[number] - cost[zone.provider])
    return {
        "block_id": zone.block_id,
        "rank": rank,
        "provider_id": str(provider.name),
        "provider_name": provider["provider_name"],
        "company_id": provider["company_id"],
        "cqc_rating": provider["cqc_rating"],
        "room_in_plan": not limit,
        "backup": backup,
        "minutes_week": float(cost[number]),
        "minutes_more_week": more,
        "hours_already_with_provider": already,
        "hours_changing_hands": max(float(held.sum()) - already, 0.0),
        "price_hour": float(provider["price_hour"]),
        "pounds_more_week": (float(provider["price_hour"]) - float(own["price_hour"])) * load,
        "carer_hours_room_after_plan": room,
        "carer_hours_room_left": left,
        "carer_hours_guaranteed": guaranteed,
        "reason": _explain(
            model, zone, number, more=more, guaranteed=guaranteed, limit=limit, standing=standing, blocks=blocks
        ),
    }


def _explain(
    model: BlockModel,
    zone: Zone,
    number: int,
    *,
    more: float,
    guaranteed: float,
    limit: str,
    standing: bool,
    blocks: list[str],
) -> str:
    if number == zone.provider:
        nobody = "" if guaranteed > 0 else "; nothing is guaranteed, so there is no backup"
        return f"{LEAST}{nobody}"
    differences = _compare_parts(model, zone, number)
    if abs(more) < LITTLE_MINUTES:
        text = "Costs the same"
    else:
        text = f"Costs {abs(more):,.0f} minutes a week {'more' if more > 0 else 'less'}"
    told = [
        f"{abs(minutes):,.0f} {'more' if minutes > 0 else 'fewer'} {PARTS[part]}"
        for part, minutes in sorted(differences.items(), key=lambda item: -abs(item[1]))
        if abs(minutes) >= LITTLE_MINUTES
    ]
    text += f" ({', '.join(told)})" if told else ""
    if limit.startswith("needs "):
        # On its own standing it would keep its work here, and has another room: the audit's figure differs from this.
        here = float(model.held[zone.points, number].sum())
        limit += " after all of the plan" + (f" (the {here:,.0f} it holds here would move too)" if here else "")
    if not standing:
        text += f"; could not have all of it: {limit}" if limit else "; could have all of it only after all of the plan"
    elif limit:
        text += f"; could have it but for other blocks{_list_blocks(blocks)} in this plan: {limit}"
    return text


def _list_blocks(blocks: list[str]) -> str:
    """Name a few of a provider's other blocks, and count the rest."""
    if not blocks:
        return " of its company"
    more = f" and {len(blocks) - MOST_NAMED:,} more" if len(blocks) > MOST_NAMED else ""
    return f" ({', '.join(blocks[:MOST_NAMED])}{more})"


def _compare_parts(model: BlockModel, zone: Zone, number: int) -> dict[str, float]:
    """Find by how many minutes a provider's parts of the cost differ from the suggested one's."""
    at, own = zone.points, zone.provider
    base = float(model.base[number, zone.centre] - model.base[own, zone.centre])
    return {
        "rounds": float(model.rounds[at].sum()) * base,
        "moves": float((model.moves[at, number] - model.moves[at, own]).sum()),
        "price": float((model.price[at, number] - model.price[at, own]).sum()),
    }
