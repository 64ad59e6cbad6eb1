"""The steps of a session of editing, with undo and redo; and drafts packed small, for a session keeps many."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

Step = TypeVar("Step")


@dataclass(frozen=True)
class EditHistory(Generic[Step]):
    """What stood after each edit, the first as it was opened, and which of them stands now.

    Attributes
    ----------
    steps
        Whatever says what stood: a draft, its packed document, or that with what it comes to.
    at
        Which of them stands.
    most
        More steps than this are not kept: the oldest but the first goes, for all is compared with the first.
    """

    steps: tuple[Step, ...]
    at: int = 0
    most: int = 1000

    @property
    def now(self) -> Step:
        """The step that stands."""
        return self.steps[self.at]

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return self.at > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit that was taken back."""
        return self.at + 1 < len(self.steps)

    def push(self, step: Step) -> Self:
        """Put a step on top; what was taken back before is forgotten."""
        steps = (*self.steps[: self.at + 1], step)
        if len(steps) > self.most:
            steps = (steps[0], *steps[2:])
        return dataclasses.replace(self, steps=steps, at=len(steps) - 1)

    def undo(self) -> Self:
        """Take the last edit back; what stands is then what stood before it."""
        return dataclasses.replace(self, at=max(self.at - 1, 0))

    def redo(self) -> Self:
        """Make the edit that was taken back last once more."""
        return dataclasses.replace(self, at=min(self.at + 1, len(self.steps) - 1))


def pack_document(document: Mapping[str, Any]) -> bytes:
    """Pack a draft's document, as `draft.Draft.to_document` gives it; equal ones give equal bytes."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return zlib.compress(text.encode(), level=6)


def unpack_document(packed: bytes) -> dict[str, Any]:
    """Unpack what `pack_document` packed."""
    document: dict[str, Any] = json.loads(zlib.decompress(packed))
    return document
