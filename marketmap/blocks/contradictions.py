"""Locks that cannot all hold, named as a smallest set: take any one of them away and the rest can."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from marketmap.blocks.locks import LockedZone, Locks
from marketmap.blocks.zone_problem import HOURS_TOLERANCE
from marketmap.errors import PlanError
from marketmap.inputs.locks import APART, FORBID, HOLD, TOGETHER, lies_in

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
    county_postcodes
        Every postcode of the county.
    """

    points: pd.DataFrame
    providers: pd.DataFrame
    held: np.ndarray
    most_hours: np.ndarray
    let: Sequence[LockedZone]
    county_postcodes: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Wish:
    """One lock of the user; ``parts`` are the postcodes of each of its places, ``told`` what to call it."""

    kind: str
    told: str
    parts: tuple[frozenset[str], ...]
    provider: str = ""
    place: str = ""
    zone: LockedZone | None = None


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
    wishes = list_wishes(locks, zones, ground.county_postcodes)
    if not _explain(wishes, ground):
        return
    core = shrink(wishes, lambda part: bool(_explain(part, ground)))
    raise PlanError(f"{_explain(core, ground)} {name_core([wish.told for wish in core])}")


def name_core(told: Sequence[str]) -> str:
    """Name the locks of a smallest set that cannot all hold, and what to do."""
    named = "; ".join(told)
    return f"These locks cannot all hold: {named}. Remove any one of them." if len(told) > 1 else f"Remove it: {named}."


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


def list_wishes(locks: Locks, zones: Sequence[LockedZone], county_postcodes: pd.DataFrame) -> list[Wish]:
    """List the locks of a user one by one, each with the postcodes of its places."""

    def find(place: str) -> frozenset[str]:
        return frozenset(county_postcodes.index[lies_in(county_postcodes, place)])

    wishes = []
    for zone in zones:
        told = locks.named.get((HOLD, zone.block_id), f"block {zone.block_id} held with {zone.provider_id}")
        wishes.append(Wish(HOLD, told, (frozenset(zone.postcodes),), provider=zone.provider_id, zone=zone))
    for provider, place in locks.forbidden:
        told = locks.named.get((FORBID, provider, place), f"{provider} kept out of {place}")
        wishes.append(Wish(FORBID, told, (find(place),), provider=provider, place=place))
    for kind, groups in ((TOGETHER, locks.together), (APART, locks.apart)):
        for name, places in groups.items():
            told = locks.named.get((kind, name), f"{name} ({kind})")
            wishes.append(Wish(kind, told, tuple(find(place) for place in places)))
    return wishes


def join_groups(groups: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Join sets that have something in common, and so on until none has: what is together with both is with all."""
    joined: list[frozenset[str]] = []
    for group in groups:
        met = [other for other in joined if other & group]
        joined = [other for other in joined if not other & group]
        joined.append(group.union(*met))
    return joined


def _explain(wishes: Sequence[Wish], ground: Ground) -> str:
    """Say why some locks cannot all hold, blank where they can."""
    zones = [wish.zone for wish in wishes if wish.zone is not None]
    return (
        _explain_zones(zones, wishes, ground)
        or _explain_groups([*ground.let, *zones], wishes)
        or _explain_room(zones, ground)
    )


def _explain_zones(zones: Sequence[LockedZone], wishes: Sequence[Wish], ground: Ground) -> str:
    owner = {str(postcode): zone.block_id for zone in ground.let for postcode in zone.postcodes}
    for zone in zones:
        for postcode in zone.postcodes:
            if owner.setdefault(str(postcode), zone.block_id) != zone.block_id:
                return f"Locked blocks {owner[str(postcode)]} and {zone.block_id} both hold postcode {postcode}."
    for zone in zones:
        inside = frozenset(zone.postcodes)
        for wish in wishes:
            if wish.kind == FORBID and wish.provider == zone.provider_id and inside & wish.parts[0]:
                where = f"work in {wish.place}, where it is forbidden any"
                return f"Locked block {zone.block_id} gives {wish.provider} {where}."
    return ""


def _explain_groups(zones: Sequence[LockedZone], wishes: Sequence[Wish]) -> str:
    together = join_groups(frozenset().union(*wish.parts) for wish in wishes if wish.kind == TOGETHER)
    apart = [wish for wish in wishes if wish.kind == APART]
    for zone in zones:
        inside = frozenset(zone.postcodes)
        for group in together:
            if inside & group and not group <= inside:
                return (
                    f"{'Held' if zone.held else 'Let'} block {zone.block_id} has {min(inside & group)} and not "
                    f"{min(group - inside)}, which must be together."
                )
        for wish in apart:
            met = [min(inside & part) for part in wish.parts if inside & part]
            if len(met) > 1:
                what = "Held" if zone.held else "Let"
                return f"{what} block {zone.block_id} has {met[0]} and {met[1]}, which must be apart."
    for group in together:
        for wish in apart:
            met = [min(group & part) for part in wish.parts if group & part]
            if len(met) > 1:
                return f"{met[0]} and {met[1]} must be together and must be apart."
    return ""


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
