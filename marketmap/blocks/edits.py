"""The edits of a plan: what each changes, and when it is refused.

Each gives a new draft and leaves the one that it is made to alone. A rule that an edit breaks does not stop it:
`edit_checks.weigh_draft` says so at once. What stops it is a block that may not be touched, or one that is not there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from marketmap.blocks.draft import Draft
from marketmap.blocks.draft_zones import forbid_more
from marketmap.blocks.edit import Edit, EditError
from marketmap.blocks.edit_locks import AllowProvider, ForbidProvider, LockBlock, UnlockBlock
from marketmap.blocks.edit_zones import ChangeProvider, DissolveBlock, MoveSector, NewBlock
from marketmap.blocks.plan import PlanCase

__all__ = [
    "EDITS",
    "AllowProvider",
    "ChangeProvider",
    "DissolveBlock",
    "Edit",
    "EditError",
    "EditHistory",
    "ForbidProvider",
    "LockBlock",
    "MoveSector",
    "NewBlock",
    "UnlockBlock",
    "apply_edit",
    "read_edit",
]

EDITS: dict[str, type[Edit]] = {
    made.kind: made
    for made in (
        LockBlock,
        UnlockBlock,
        ForbidProvider,
        AllowProvider,
        MoveSector,
        ChangeProvider,
        DissolveBlock,
        NewBlock,
    )
}


def apply_edit(case: PlanCase, draft: Draft, edit: Edit) -> Draft:
    """Make an edit and enter it in the draft's list.

    Parameters
    ----------
    case
        As `marketmap.outputs.drafts.reopen.reopen_case` gives it.
    draft
        Left as it is.

    Returns
    -------
    Draft
        A new one.

    Raises
    ------
    EditError
        When it cannot be made: what, why, and what to do.
    """
    made = edit.apply(forbid_more(case, draft.forbidden), draft)
    return dataclasses.replace(made, edits=(*draft.edits, {**edit.to_dict(), "told": edit.describe()}))


def read_edit(values: Mapping[str, Any]) -> Edit:
    """Read what `Edit.to_dict` gave, or an entry of a draft's list.

    Raises
    ------
    EditError
        For a kind or fields that are none.
    """
    made = EDITS.get(str(values.get("kind")))
    fields = {} if made is None else {item.name: values.get(item.name) for item in dataclasses.fields(made)}
    if made is None or any(value is None or value in ("", []) for value in fields.values()):
        known = ", ".join(EDITS)
        raise EditError(
            "This edit cannot be made",
            "it is not one that is known, or a part of it is missing",
            f"Give one of {known}.",
        )
    return made(
        **{
            name: tuple(map(str, value)) if isinstance(value, list | tuple) else str(value)
            for name, value in fields.items()
        }
    )


@dataclass(frozen=True)
class EditHistory:
    """The drafts of a session of editing, the first as it was opened, and which of them stands now."""

    drafts: tuple[Draft, ...]
    at: int = 0

    @property
    def now(self) -> Draft:
        """The draft that stands."""
        return self.drafts[self.at]

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return self.at > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit that was taken back."""
        return self.at + 1 < len(self.drafts)

    def apply(self, case: PlanCase, edit: Edit) -> Self:
        """Make an edit, as `apply_edit` does; what was taken back before is forgotten."""
        made = apply_edit(case, self.now, edit)
        return dataclasses.replace(self, drafts=(*self.drafts[: self.at + 1], made), at=self.at + 1)

    def undo(self) -> Self:
        """Take the last edit back; the draft is then byte for byte what it was before it."""
        return dataclasses.replace(self, at=max(self.at - 1, 0))

    def redo(self) -> Self:
        """Make the edit that was taken back last once more."""
        return dataclasses.replace(self, at=min(self.at + 1, len(self.drafts) - 1))
