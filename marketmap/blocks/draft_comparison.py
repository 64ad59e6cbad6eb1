"""What lies next to a block of a draft, and what could move over its border."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.blocks.draft import Draft
from marketmap.blocks.draft_zones import place_zones
from marketmap.blocks.edits import EditError
from marketmap.blocks.plan import SPOT, PlanCase, Zone

MOST_NEAR = 6


@dataclass(frozen=True)
class Neighbours:
    """What lies next to a block by road, and the blocks nearest to it: spot purchase often lies between two blocks.

    Attributes
    ----------
    blocks
        ``block_id`` (``spot`` for work in no block), ``status, locked, provider_id``, ``touching``: pairs of postcodes
        with work that touch, and ``minutes``: the shortest drive from work of the one to work of the other. Those that
        touch first, most pairs first, then the nearest.
    sectors
        Moves over its border, and between it and a block near by of what lies in one sector: ``sector, source, target,
        postcodes`` with work, ``hours`` and ``hours_waiting`` (contact hours a week) that would move, ``touches``:
        whether the two touch, and ``allowed``: neither end is locked, stays as it is, or would have nothing left.
    """

    blocks: pd.DataFrame
    sectors: pd.DataFrame


def find_neighbours(case: PlanCase, draft: Draft, block_id: str) -> Neighbours:
    """Find the blocks that touch one by road, and the sectors that could move over the border.

    Raises
    ------
    EditError
        When the draft has no such block, or it stays as it is.
    """
    model = case.model
    zones = place_zones(case, draft)
    zone = next((zone for zone in zones if zone.block_id == block_id and not zone.existing), None)
    if zone is None:
        why = "this plan has no proposed block of that name"
        raise EditError(f"Looking round block {block_id}", why, "Choose one that it has.")
    owner = _own_points(case, zones)
    number = np.cumsum(model.free) - 1
    numbers = np.flatnonzero(model.free)
    links = model.adjacency[number[zone.points]].tocoo()
    inside, outside = zone.points[links.row], numbers[links.col]
    across = owner[outside] != block_id
    sectors = model.points["sector"].to_numpy(dtype=object)
    here, there = sectors[inside[across]], sectors[outside[across]]
    beyond = owner[outside[across]]
    moves = {(str(sector), str(other), block_id) for sector, other in zip(there, beyond, strict=True)}
    moves |= {(str(sector), block_id, str(other)) for sector, other in zip(here, beyond, strict=True)}
    pairs = {str(name): int(count) for name, count in pd.Series(beyond, dtype=object).value_counts().items()}
    blocks = _list_near(case, draft, zones, zone, pairs)
    for name in blocks.loc[(blocks["touching"] == 0), "block_id"]:
        shared = set(sectors[zone.points]) & set(sectors[owner == name])
        moves |= {(sector, *ends) for sector in shared for ends in ((block_id, name), (name, block_id))}
    columns = ["sector", "source", "target", "postcodes", "hours", "hours_waiting", "touches", "allowed"]
    rows = [_describe_move(case, draft, owner, pairs, *move) for move in sorted(moves)]
    return Neighbours(blocks, pd.DataFrame(rows, columns=columns))


def _list_near(case: PlanCase, draft: Draft, zones: list[Zone], zone: Zone, pairs: dict[str, int]) -> pd.DataFrame:
    minutes, known = case.model.minutes, {other.block_id: other for other in draft.zones}
    away = {
        other.block_id: float(minutes[np.ix_(zone.points, other.points)].min())
        for other in zones
        if other.block_id != zone.block_id and len(other.points)
    }
    near = sorted((name for name in away if known[name].proposed and name not in pairs), key=lambda name: away[name])
    return pd.DataFrame(
        [
            {
                "block_id": name,
                "status": known[name].status if name in known else SPOT,
                "locked": name in draft.locked,
                "provider_id": known[name].provider_id if name in known else "",
                "touching": pairs.get(name, 0),
                "minutes": away.get(name, math.nan),
            }
            for name in (*sorted(pairs, key=lambda name: (-pairs[name], name)), *near[:MOST_NEAR])
        ],
        columns=["block_id", "status", "locked", "provider_id", "touching", "minutes"],
    )


def _own_points(case: PlanCase, zones: list[Zone]) -> np.ndarray:
    owner = np.full(len(case.model.points), SPOT, dtype=object)
    for zone in zones:
        owner[zone.points] = zone.block_id
    return owner


def _describe_move(
    case: PlanCase, draft: Draft, owner: np.ndarray, pairs: dict[str, int], sector: str, source: str, target: str
) -> dict[str, object]:
    points = case.model.points
    moving = points[(points["sector"] == sector).to_numpy(bool) & (owner == source) & case.model.free]
    ends = [draft.zone(end) for end in (source, target) if end != SPOT]
    last = source != SPOT and len(moving) == int((owner == source).sum())
    return {
        "sector": sector,
        "source": source,
        "target": target,
        "postcodes": len(moving),
        "hours": float(moving["contact_hours"].sum()),
        "hours_waiting": float(moving["hours_waiting"].sum()),
        "touches": source in pairs or target in pairs,
        "allowed": not last
        and all(end is not None and end.proposed and end.block_id not in draft.locked for end in ends),
    }
