"""What a plan may not change: blocks already let, and providers kept out of places."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from marketmap.errors import PlanError

# Contracts in these states hold their zone: one that is signed and has not begun holds it as well.
LET = ("active", "planned")


@dataclass(frozen=True)
class LockedZone:
    """A block that is already let."""

    block_id: str
    provider_id: str
    postcodes: pd.Index
    guaranteed_hours_week: float
    price_hour: float = float("nan")


@dataclass(frozen=True)
class Locks:
    """Wishes of the user on top of the blocks already let.

    Attributes
    ----------
    forbidden
        Pairs of (provider_id, area code or postcode): that provider gets no block there. The area is a sector,
        a local-authority district, or a single postcode.
    zones
        Zones to hold as they are: name to (provider_id, postcodes).
    """

    forbidden: tuple[tuple[str, str], ...] = ()
    zones: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)


def read_locked_zones(
    blocks: pd.DataFrame | None,
    block_areas: pd.DataFrame | None,
    *,
    county_postcodes: pd.DataFrame,
    providers: pd.DataFrame,
    snapshot_date: dt.date,
    locks: Locks,
) -> list[LockedZone]:
    """Read the blocks already let, and the zones a user wants held, as locked zones.

    Raises
    ------
    PlanError
        Naming two contracts that claim one postcode, a locked zone with no postcode or an unknown provider, or a
        wish with the name of a contract.
    """
    zones: list[LockedZone] = []
    let = pd.DataFrame() if blocks is None else blocks[blocks["status"].isin(LET)]
    if len(let):
        ends = pd.to_datetime(let["end_date"])
        let = let[ends.isna() | (ends >= pd.Timestamp(snapshot_date))]
    if len(let) and block_areas is None:
        raise PlanError(
            f"{len(let)} block(s) are let and there is no block_areas table, so nobody knows where. Add it, with a "
            "postcode or a sector of a block on each row."
        )
    if block_areas is not None:
        for row in let.to_dict("records"):
            areas = block_areas[block_areas["block_id"] == row["block_id"]]
            held = county_postcodes.index.isin(areas["postcode"].dropna()) | county_postcodes["sector"].isin(
                areas["sector"].dropna()
            )
            zones.append(
                LockedZone(
                    block_id=str(row["block_id"]),
                    provider_id=str(row["provider_id"]),
                    postcodes=county_postcodes.index[np.asarray(held, dtype=bool)],
                    guaranteed_hours_week=float(row["guaranteed_hours_week"]),
                    price_hour=float(row["price_hour"]) if pd.notna(row["price_hour"]) else float("nan"),
                )
            )
    for name, (provider, postcodes) in locks.zones.items():
        if any(zone.block_id == name for zone in zones):
            raise PlanError(f"Locked block {name} has the name of a block already let. Give it another.")
        inside = county_postcodes.index[county_postcodes.index.isin(postcodes)]
        zones.append(LockedZone(name, provider, inside, float("nan")))
    known = set(providers["provider_id"])
    for zone in zones:
        if zone.provider_id not in known:
            raise PlanError(
                f"Locked block {zone.block_id} names provider {zone.provider_id}, which the providers table "
                "does not hold. Correct the provider or remove the lock."
            )
        if zone.postcodes.empty:
            raise PlanError(
                f"Locked block {zone.block_id} holds no postcode of this county. Correct its block_areas rows."
            )
    _refuse_overlap([zone for zone in zones if zone.block_id not in locks.zones])
    return zones


def _refuse_overlap(let: list[LockedZone]) -> None:
    """Raise where two contracts hold one postcode. Wishes of a user are judged by `contradictions`."""
    owner: dict[str, str] = {}
    for zone in let:
        for postcode in zone.postcodes:
            if owner.setdefault(str(postcode), zone.block_id) != zone.block_id:
                raise PlanError(
                    f"Locked blocks {owner[str(postcode)]} and {zone.block_id} both hold postcode {postcode}. "
                    "Give it to one of them in block_areas."
                )
