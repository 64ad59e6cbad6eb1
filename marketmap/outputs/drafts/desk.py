"""Quick questions about a draft, for a process that keeps its county open: each takes and gives plain values.

What comes in may be anything that a browser session kept, so every document is read anew and checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marketmap.blocks.draft import Draft
from marketmap.blocks.draft_comparison import Neighbours, find_neighbours
from marketmap.blocks.edit_checks import Weighed, weigh_draft
from marketmap.blocks.edits import apply_edit, read_edit
from marketmap.outputs.drafts.reopen import draft_of, draft_of_alternative, draft_of_frontier, reopen_case

Document = dict[str, Any]


def open_plan(plan_folder: Path, county_folder: Path, row: str = "") -> tuple[Document, Weighed]:
    """Take up a written plan, or with ``row`` a plan of its frontier (F…) or an alternative to it (A…), and weigh it.

    The weights are against itself: every change is 0.

    Raises
    ------
    MarketmapError
        As `reopen.draft_of` and `reopen.reopen_case`.
    """
    if row.startswith("A"):
        draft = draft_of_alternative(plan_folder, row)
    else:
        draft = draft_of_frontier(plan_folder, row) if row else draft_of(plan_folder)
    return draft.to_document(), weigh_draft(reopen_case(draft, county_folder), draft, against=draft)


def edit_plan(
    document: Mapping[str, Any], edit: Mapping[str, Any], county_folder: Path, against_document: Mapping[str, Any]
) -> tuple[Document, Weighed]:
    """Make an edit, given as `edits.Edit.to_dict` gives it, and weigh what comes of it against another draft.

    Raises
    ------
    EditError
        When the edit cannot be made; else as `reopen.reopen_case`.
    """
    draft = Draft.from_document(document)
    case = reopen_case(draft, county_folder)
    edited = apply_edit(case, draft, read_edit(edit))
    return edited.to_document(), weigh_draft(case, edited, against=Draft.from_document(against_document))


def weigh_plan(document: Mapping[str, Any], county_folder: Path, against_document: Mapping[str, Any]) -> Weighed:
    """Weigh a draft against another, after an undo or when a saved plan is opened; errors as `reopen.reopen_case`."""
    draft = Draft.from_document(document)
    return weigh_draft(reopen_case(draft, county_folder), draft, against=Draft.from_document(against_document))


def neighbours_of(document: Mapping[str, Any], county_folder: Path, block_id: str) -> Neighbours:
    """Find the blocks next to one and the sectors that could move over its border; errors as `reopen.reopen_case`."""
    draft = Draft.from_document(document)
    return find_neighbours(reopen_case(draft, county_folder), draft, block_id)
