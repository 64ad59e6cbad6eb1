"""What an edit of a plan is, and what refuses one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from marketmap.blocks.draft import Draft, DraftZone
from marketmap.blocks.plan import PlanCase
from marketmap.errors import PlanError


class EditError(PlanError):
    """An edit that cannot be made: what, why, and what to do instead."""

    def __init__(self, what: str, why: str, remedy: str) -> None:
        super().__init__(what, why, remedy)  # all three, so that it comes whole through a pipe between processes
        self.what, self.why, self.remedy = what, why, remedy

    def __str__(self) -> str:
        return f"{self.what}: {self.why}. {self.remedy}"


@dataclass(frozen=True)
class Edit(ABC):
    """One edit; ``kind`` names it in documents."""

    kind: ClassVar[str] = ""

    def to_dict(self) -> dict[str, Any]:
        """Turn it into plain values, its kind first."""
        values = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}
        return {"kind": self.kind, **values}

    @abstractmethod
    def describe(self) -> str:
        """Say what it does, in words."""

    @abstractmethod
    def apply(self, case: PlanCase, draft: Draft) -> Draft:
        """Make it; see `apply_edit`."""


def find_zone(draft: Draft, block_id: str, what: str) -> DraftZone:
    """Find a block that may be edited once it is unlocked; raise where there is none."""
    zone = draft.zone(block_id)
    if zone is None:
        raise EditError(what, f"this plan has no block {block_id}", "Choose one that it has.")
    if not zone.proposed:
        why = "it is already let" if zone.status == "existing" else "a lock of the council's holds it"
        raise EditError(
            what, f"block {block_id} stays as it is, for {why}", "Change the council's tables and run again."
        )
    return zone


def find_open(draft: Draft, block_id: str, what: str) -> DraftZone:
    """Find a block that may be edited now; raise where there is none."""
    zone = find_zone(draft, block_id, what)
    if block_id in draft.locked:
        raise EditError(what, f"block {block_id} is locked", "Unlock it first.")
    return zone
