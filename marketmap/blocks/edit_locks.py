"""Edits of what may not change: blocks to keep as they are, and places to keep a provider out of."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from marketmap.blocks.draft import Draft
from marketmap.blocks.edit import Edit, EditError, find_zone
from marketmap.blocks.plan import PlanCase
from marketmap.inputs.locks import lies_in


@dataclass(frozen=True)
class LockBlock(Edit):
    """Keep a block as it is: no edit touches it, and a new search holds it."""

    block_id: str
    kind: ClassVar[str] = "lock_block"

    def describe(self) -> str:
        """Say what it does, in words."""
        return f"Locked block {self.block_id}"

    def apply(self, case: PlanCase, draft: Draft) -> Draft:  # noqa: ARG002
        """Make it."""
        zone = find_zone(draft, self.block_id, f"Locking block {self.block_id}")
        return dataclasses.replace(draft, locked=tuple(sorted({*draft.locked, zone.block_id})))


@dataclass(frozen=True)
class UnlockBlock(Edit):
    """Let a locked block be edited again."""

    block_id: str
    kind: ClassVar[str] = "unlock_block"

    def describe(self) -> str:
        """Say what it does, in words."""
        return f"Unlocked block {self.block_id}"

    def apply(self, case: PlanCase, draft: Draft) -> Draft:  # noqa: ARG002
        """Make it."""
        if self.block_id not in draft.locked:
            raise EditError(f"Unlocking block {self.block_id}", "it is not locked", "There is nothing to do.")
        return dataclasses.replace(draft, locked=tuple(name for name in draft.locked if name != self.block_id))


@dataclass(frozen=True)
class ForbidProvider(Edit):
    """Keep a provider out of a place: a postcode, a postcode sector or a district code."""

    provider_id: str
    place: str
    kind: ClassVar[str] = "forbid_provider"

    def describe(self) -> str:
        """Say what it does, in words."""
        return f"Kept provider {self.provider_id} out of {self.place}"

    def apply(self, case: PlanCase, draft: Draft) -> Draft:
        """Make it."""
        what = f"Keeping provider {self.provider_id} out of {self.place}"
        pair = (self.provider_id, self.place)
        if self.provider_id not in set(case.tables.providers["provider_id"]):
            raise EditError(what, "the providers table does not hold that provider", "Choose one that it holds.")
        county = case.tables.county_postcodes
        inside = lies_in(county, self.place)
        if not inside.any():
            remedy = "Give a sector such as 'GL1 1', a district code or a postcode."
            raise EditError(what, "no postcode of the county lies there", remedy)
        if pair in draft.forbidden or pair in case.locks.forbidden:
            raise EditError(what, "it is kept out of there already", "There is nothing to do.")
        there = set(county.index[inside])
        for zone in draft.zones:
            if zone.provider_id == self.provider_id and not there.isdisjoint(zone.postcodes):
                if not zone.proposed:
                    remedy = "Choose a place that does not touch it."
                    raise EditError(what, f"block {zone.block_id} there is already let to it or held with it", remedy)
                if zone.block_id in draft.locked:
                    raise EditError(what, f"it has the locked block {zone.block_id} there", "Unlock the block first.")
        return dataclasses.replace(draft, forbidden=tuple(sorted({*draft.forbidden, pair})))


@dataclass(frozen=True)
class AllowProvider(Edit):
    """Take a forbidden pair back."""

    provider_id: str
    place: str
    kind: ClassVar[str] = "allow_provider"

    def describe(self) -> str:
        """Say what it does, in words."""
        return f"Let provider {self.provider_id} have work in {self.place} again"

    def apply(self, case: PlanCase, draft: Draft) -> Draft:
        """Make it."""
        what, pair = f"Letting provider {self.provider_id} into {self.place}", (self.provider_id, self.place)
        if pair not in draft.forbidden:
            own = pair in case.locks.forbidden
            why = "a lock of the council's keeps it out" if own else "it is not kept out of there"
            remedy = "Change the table of locks and run again." if own else "There is nothing to do."
            raise EditError(what, why, remedy)
        return dataclasses.replace(draft, forbidden=tuple(other for other in draft.forbidden if other != pair))
