"""Locks that cannot all hold, named as a smallest set: take any one of them away and the rest can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from marketmap.blocks.locks import LockedZone, Locks
from marketmap.blocks.zone_problem import HOURS_TOLERANCE
from marketmap.errors import PlanError

T = TypeVar("T")


@dataclass(frozen=True)
class Ground:
    """What locks are judged on; arrays over points (n) and providers (P).

    Attributes
    ----------
    points, providers, held, most_hours
        As `BlockModel` and `limits.find_limits` have them.
    let
        The blocks already let: they hold whatever a user wishes, and use up room first.
    """

    points: pd.DataFrame
    providers: pd.DataFrame
    held: np.ndarray
    most_hours: np.ndarray
    let: Sequence[LockedZone]


def refuse_contradictions(locks: Locks, zones: Sequence[LockedZone], ground: Ground) -> None:
    """Raise where the locks of a user cannot all hold beside the blocks already let.

    Parameters
    ----------
    zones
        The zones that the user wants held, as `locks.read_locked_zones` gives them.

    Raises
    ------
    PlanError
        Naming a smallest set of locks that cannot all hold, and why.
    """
    wishes: list[LockedZone | tuple[str, str]] = [*zones, *locks.forbidden]
    if not _explain(wishes, ground):
        return
    core = shrink(wishes, lambda part: bool(_explain(part, ground)))
    named = "; ".join(_name(wish) for wish in core)
    more = f"These locks cannot all hold: {named}. Remove any one of them." if len(core) > 1 else f"Remove it: {named}."
    raise PlanError(f"{_explain(core, ground)} {more}")


def shrink(items: Sequence[T], conflicts: Callable[[Sequence[T]], bool]) -> list[T]:
    """Take items away one by one for as long as the rest still conflicts (a deletion filter).

    What is left conflicts, and no proper part of it does where more items never mend a conflict (Chinneck and
    Dravnieks 1991, ORSA Journal on Computing 3).
    """
    core = list(items)
    for item in list(core):
        fewer = [other for other in core if other is not item]
        if conflicts(fewer):
            core = fewer
    return core


def _explain(wishes: Sequence[LockedZone | tuple[str, str]], ground: Ground) -> str:
    """Say why some locks cannot all hold, blank where they can."""
    zones = [wish for wish in wishes if isinstance(wish, LockedZone)]
    forbidden = [wish for wish in wishes if not isinstance(wish, LockedZone)]
    owner = {str(postcode): zone.block_id for zone in ground.let for postcode in zone.postcodes}
    for zone in zones:
        for postcode in zone.postcodes:
            if owner.setdefault(str(postcode), zone.block_id) != zone.block_id:
                return f"Locked blocks {owner[str(postcode)]} and {zone.block_id} both hold postcode {postcode}."
    points = ground.points
    for zone in zones:
        inside = points.index.isin(zone.postcodes)
        for provider, place in forbidden:
            there = (points["sector"] == place) | (points["district_code"] == place) | (points.index == place)
            if provider == zone.provider_id and (there.to_numpy(bool) & inside).any():
                return f"Locked block {zone.block_id} gives {provider} work in {place}, where it is forbidden any."
    return _explain_room(zones, ground)


def _explain_room(zones: Sequence[LockedZone], ground: Ground) -> str:
    points, providers = ground.points, ground.providers
    carer, contact = (points[name].to_numpy(float) for name in ("carer_hours", "contact_hours"))
    for provider in sorted({zone.provider_id for zone in zones}):
        number = providers.index.get_loc(provider)
        offered = providers[["hours_spare_week", "max_growth_hours_13w"]].astype(float).fillna(0.0)
        room = float(offered.to_numpy()[number].sum())
        mine = [zone for zone in zones if zone.provider_id == provider]
        inside = np.isin(points.index, np.concatenate([zone.postcodes.to_numpy() for zone in mine]))
        before = [zone.postcodes.to_numpy() for zone in ground.let if zone.provider_id == provider]
        signed = np.isin(points.index, np.concatenate(before)) if before else np.zeros(len(points), dtype=bool)
        new = carer - ground.held[:, number]
        need, promised = float(new[inside].sum()), float(new[signed].sum())
        blocks = f"Locked block{'s' if len(mine) > 1 else ''} {', '.join(zone.block_id for zone in mine)}"
        if need > max(room - promised, 0.0) + HOURS_TOLERANCE:
            let = f", {promised:g} of them promised to blocks already let" if promised else ""
            return (
                f"{blocks} would bring {provider} {need:g} carer hours a week that it does not deliver there today; "
                f"it can take on {room:g} (spare and agreed growth){let}."
            )
        hours, taken = float(contact[inside].sum()), float(contact[signed].sum())
        if hours + taken > ground.most_hours[number] + HOURS_TOLERANCE:
            return (
                f"{blocks} would give {provider} {hours + taken:g} block hours a week; it would take at most "
                f"{ground.most_hours[number]:g}."
            )
    return ""


def _name(wish: LockedZone | tuple[str, str]) -> str:
    if isinstance(wish, LockedZone):
        return f"block {wish.block_id} held with {wish.provider_id}"
    return f"{wish[0]} kept out of {wish[1]}"
