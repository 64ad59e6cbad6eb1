"""What a plan may not change: blocks already let, zones to hold, providers kept out, places together or apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from marketmap.errors import PlanError
from marketmap.inputs.locks import APART, FORBID, HOLD, TOGETHER, lies_in

# Contracts in these states hold their zone: one that is signed and has not begun holds it as well.
LET = ("active", "planned")


@dataclass(frozen=True)
class LockedZone:
    """A zone that stays as it is: a block already let or, with ``held``, one that a lock of the user holds."""

    block_id: str
    provider_id: str
    postcodes: pd.Index
    guaranteed_hours_week: float
    price_hour: float = float("nan")
    held: bool = False


@dataclass(frozen=True)
class Locks:
    """Wishes of the user on top of the blocks already let.

    Attributes
    ----------
    forbidden
        Pairs of (provider_id, area code or postcode): that provider gets no block there. The area is a sector,
        a local-authority district, or a single postcode.
    zones
        Zones to hold as they are, which must have room by themselves: name to (provider_id, postcodes).
    kept
        Proposed blocks that a new search keeps as they are, their room counted with the whole plan: the same.
    begun
        Blocks that a new search begins from, and may change or drop: the same.
    together, apart
        Name to places (of the same kinds): all of them in one block or all outside; no two of them in one block.
    named
        (kind, name), or ("forbid", provider, place), to what the user calls the lock; a plain description elsewhere.
    """

    forbidden: tuple[tuple[str, str], ...] = ()
    zones: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    together: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    apart: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    named: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    kept: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    begun: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    def joined(self, other: Locks) -> Locks:
        """Join others to these; of two with one name the other's counts. Zones come in order of their names."""
        return Locks(
            forbidden=tuple(dict.fromkeys([*self.forbidden, *other.forbidden])),
            zones=dict(sorted({**self.zones, **other.zones}.items())),
            together={**self.together, **other.together},
            apart={**self.apart, **other.apart},
            named={**self.named, **other.named},
            kept=dict(sorted({**self.kept, **other.kept}.items())),
            begun=dict(sorted({**self.begun, **other.begun}.items())),
        )

    def describe(self) -> str:
        """Count the locks in a sentence for the run's first page; blank where there is none."""
        counts = (
            (len(self.zones), "zone held", "zones held"),
            (len(self.kept), "block kept from an earlier plan", "blocks kept from an earlier plan"),
            (len(self.forbidden), "provider kept out of a place", "providers kept out of a place"),
            (len(self.together), "group of places together", "groups of places together"),
            (len(self.apart), "group of places apart", "groups of places apart"),
        )
        told = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
        return f"Locks that this plan keeps: {', '.join(told)}." if told else ""


def read_locks(table: pd.DataFrame | None, *, county_postcodes: pd.DataFrame) -> Locks:
    """Read the council's table of locks.

    Parameters
    ----------
    table
        As `inputs.county.Tables` has it: ``kind, lock_id, provider_id, place, row``; None: no lock.
    county_postcodes
        Every postcode of the county.
    """
    if table is None:
        return Locks()
    forbidden: list[tuple[str, str]] = []
    zones: dict[str, tuple[str, tuple[str, ...]]] = {}
    groups: dict[str, dict[str, tuple[str, ...]]] = {TOGETHER: {}, APART: {}}
    named: dict[tuple[str, ...], str] = {}
    for (kind, name), own in table.sort_values("row").groupby(["kind", "lock_id"], sort=True):
        places = tuple(str(place) for place in own["place"])
        rows = [int(row) for row in own["row"]]
        told = f"{name} ({'row' if len(rows) == 1 else 'rows'} {_span_rows(rows)} of locks)"
        if kind == FORBID:
            pairs = [(str(own["provider_id"].iloc[0]), place) for place in places]
            forbidden += pairs
            named |= {
                (FORBID, *pair): f"{name} (row {row} of locks), which keeps {pair[0]} out of {pair[1]}"
                for pair, row in zip(pairs, rows, strict=True)
            }
        elif kind == HOLD:
            inside = np.any([lies_in(county_postcodes, place) for place in places], axis=0)
            zones[str(name)] = (str(own["provider_id"].iloc[0]), tuple(county_postcodes.index[inside]))
            named[HOLD, str(name)] = f"{told}, held with {zones[str(name)][0]}"
        else:
            groups[str(kind)][str(name)] = places
            named[str(kind), str(name)] = f"{told}, {kind}"
    return Locks(tuple(forbidden), zones, groups[TOGETHER], groups[APART], named)


def _span_rows(rows: list[int]) -> str:
    """Write row numbers as a person would: ``2, 5–9``."""
    spans: list[list[int]] = []
    for row in rows:
        if spans and row == spans[-1][-1] + 1:
            spans[-1] = [spans[-1][0], row]
        else:
            spans.append([row])
    return ", ".join("–".join(map(str, span)) for span in spans)


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
        zones.append(LockedZone(name, provider, inside, float("nan"), held=True))
    known = set(providers["provider_id"])
    for zone in zones:
        if zone.provider_id not in known:
            raise PlanError(
                f"Locked block {zone.block_id} names provider {zone.provider_id}, which the providers table "
                "does not hold. Correct the provider or remove the lock."
            )
        if zone.postcodes.empty:
            raise PlanError(
                f"Locked block {zone.block_id} holds no postcode of this county. Correct its "
                f"{'places' if zone.held else 'block_areas rows'}."
            )
    _refuse_overlap([zone for zone in zones if not zone.held])
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
