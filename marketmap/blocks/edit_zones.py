"""Edits of the blocks themselves: work that moves, a block for another provider, one less and one more."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from marketmap.blocks.draft import Draft, DraftZone
from marketmap.blocks.draft_zones import choose_centre, name_zone, place_zone
from marketmap.blocks.edit import Edit, EditError, find_open
from marketmap.blocks.plan import SPOT, PlanCase, Zone


@dataclass(frozen=True)
class MoveSector(Edit):
    """Move the work of a postcode sector that lies in one block to another, or from or to spot purchase (``spot``).

    Every postcode that hangs on that work goes with it, so that zones stay whole postcodes joined by road.
    """

    sector: str
    source: str
    target: str
    kind: ClassVar[str] = "move_sector"

    def describe(self) -> str:
        """Say what it does, in words."""
        ends = [name_end(end) for end in (self.source, self.target)]
        return f"Moved sector {self.sector} from {ends[0]} to {ends[1]}"

    def apply(self, case: PlanCase, draft: Draft) -> Draft:
        """Make it."""
        what = f"Moving sector {self.sector} from {name_end(self.source)} to {name_end(self.target)}"
        if self.source == self.target:
            raise EditError(what, "it is there already", "Choose another block.")
        source = None if self.source == SPOT else find_open(draft, self.source, what)
        target = None if self.target == SPOT else find_open(draft, self.target, what)
        moving = _find_work(case, draft, (self.sector,), source)
        if not len(moving):
            why = f"no work of that sector lies in {name_end(self.source)} that a block could have"
            raise EditError(what, why, "Choose a sector that has some there.")
        changed: list[Zone] = []
        if source is not None:
            placed = place_zone(case.model, source)
            rest = np.setdiff1d(placed.points, moving)
            if not len(rest):
                raise EditError(what, "nothing would be left of the block", "Dissolve the block instead.")
            changed.append(dataclasses.replace(placed, points=rest))
        if target is not None:
            placed = place_zone(case.model, target)
            changed.append(dataclasses.replace(placed, points=np.union1d(placed.points, moving)))
        names = {str(name) for name in case.model.points.index[moving]}
        left_out = {*draft.left_out, *names} if target is None else set(draft.left_out) - names
        return dataclasses.replace(_change(case, draft, changed, what), left_out=tuple(sorted(left_out)))


@dataclass(frozen=True)
class ChangeProvider(Edit):
    """Give a block to another provider; its centre is chosen anew, for rounds begin elsewhere then."""

    block_id: str
    provider_id: str
    kind: ClassVar[str] = "change_provider"

    def describe(self) -> str:
        """Say what it does, in words."""
        return f"Gave block {self.block_id} to provider {self.provider_id}"

    def apply(self, case: PlanCase, draft: Draft) -> Draft:
        """Make it."""
        what = f"Giving block {self.block_id} to provider {self.provider_id}"
        zone = find_open(draft, self.block_id, what)
        if zone.provider_id == self.provider_id:
            raise EditError(what, "it has it already", "Choose another provider.")
        number = _find_provider(case, self.provider_id, what)
        changed = dataclasses.replace(place_zone(case.model, zone), provider=number)
        return _change(case, draft, [changed], what)


@dataclass(frozen=True)
class DissolveBlock(Edit):
    """Leave all of a block as spot purchase."""

    block_id: str
    kind: ClassVar[str] = "dissolve_block"

    def describe(self) -> str:
        """Say what it does, in words."""
        return f"Dissolved block {self.block_id}: its work stays spot purchase"

    def apply(self, case: PlanCase, draft: Draft) -> Draft:
        """Make it."""
        zone = find_open(draft, self.block_id, f"Dissolving block {self.block_id}")
        work = {str(name) for name in case.model.points.index[place_zone(case.model, zone).points]}
        rest = tuple(other for other in draft.zones if other.block_id != self.block_id)
        return dataclasses.replace(draft, zones=rest, left_out=tuple(sorted({*draft.left_out, *work})))


@dataclass(frozen=True)
class NewBlock(Edit):
    """Make a block of the work of some sectors that is now spot purchase."""

    sectors: tuple[str, ...]
    provider_id: str
    kind: ClassVar[str] = "new_block"

    def describe(self) -> str:
        """Say what it does, in words."""
        return f"Made a block of {', '.join(self.sectors)} for provider {self.provider_id}"

    def apply(self, case: PlanCase, draft: Draft) -> Draft:
        """Make it."""
        what = f"Making a block of {', '.join(self.sectors)} for provider {self.provider_id}"
        number = _find_provider(case, self.provider_id, what)
        work = _find_work(case, draft, self.sectors, None)
        if not len(work):
            why = "none of their work is spot purchase that a block could have"
            raise EditError(what, why, "Move it out of its block first, or choose other sectors.")
        made = Zone(block_id=name_next(draft), existing=False, provider=number, centre=-1, points=work)
        names = {str(name) for name in case.model.points.index[work]}
        draft = dataclasses.replace(draft, left_out=tuple(sorted(set(draft.left_out) - names)))
        return _change(case, draft, [made], what)


def name_next(draft: Draft) -> str:
    """Find the next free name for a block: never one that a dissolved block had."""
    used = [zone.block_id for zone in draft.zones] + [str(edit.get("block_id", "")) for edit in draft.edits]
    numbers = [int(found.group(1)) for name in used if (found := re.fullmatch(r"B(\d+)", name))]
    return f"B{max(numbers, default=0) + 1:03d}"


def name_end(end: str) -> str:
    """Name where work goes to or comes from: a block, or spot purchase."""
    return "spot purchase" if end == SPOT else f"block {end}"


def _find_provider(case: PlanCase, provider_id: str, what: str) -> int:
    number = int(case.model.providers.index.get_indexer(pd.Index([provider_id]))[0])
    why = case.model.why_not.get(provider_id)
    if number < 0 or why:
        told = "the providers table does not hold it" if why is None else f"it can have no block anywhere ({why})"
        raise EditError(what, told, "Choose another provider.")
    return number


def _find_work(case: PlanCase, draft: Draft, sectors: tuple[str, ...], zone: DraftZone | None) -> np.ndarray:
    """Find the points of some sectors that lie in a block, or in none (None)."""
    points, free = case.model.points, case.model.free
    there = points["sector"].isin(sectors).to_numpy(bool) & free
    if zone is not None:
        return np.flatnonzero(there & points.index.isin(zone.postcodes))
    taken = [name for other in draft.zones for name in other.postcodes]
    return np.flatnonzero(there & ~points.index.isin(taken))


def _change(case: PlanCase, draft: Draft, changed: list[Zone], what: str) -> Draft:
    """Put changed blocks in their places, the centre of each chosen anew."""
    model, names = case.model, {zone.block_id for zone in changed}
    rest = [zone for zone in draft.zones if zone.block_id not in names]
    used = [int(at) for at in model.points.index.get_indexer(pd.Index([zone.centre for zone in rest if zone.proposed]))]
    for zone in changed:
        centre = choose_centre(model, zone.points, provider=zone.provider, used=used, settings=case.settings.blocks)
        if centre < 0:
            why = "the provider has no round start or office on the road network"
            raise EditError(what, why, "Choose another provider.")
        used.append(centre)
        rest.append(name_zone(model, dataclasses.replace(zone, centre=centre)))
    return dataclasses.replace(draft, zones=tuple(sorted(rest, key=lambda zone: zone.block_id)))
