"""The edits of a plan: what each changes, and when it is refused.

Each gives a new draft and leaves the one that it is made to alone. A rule that an edit breaks does not stop it:
`edit_checks.weigh_draft` says so at once. What stops it is a block that may not be touched, or one that is not there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

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
