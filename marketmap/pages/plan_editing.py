"""A plan under somebody's hands in this session: its steps, undo and redo, and what is kept of it if the tab closes.

Every step is a whole plan document; the steps are kept compressed, for a document names every postcode of its blocks.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from marketmap.blocks.edit_checks import Weighed
from marketmap.blocks.edit_history import EditHistory, pack_document, unpack_document
from marketmap.blocks.edits import Edit
from marketmap.errors import MarketmapError
from marketmap.outputs.drafts import desk as questions
from marketmap.outputs.drafts.store import SavedPlan
from marketmap.pages import desk
from marketmap.pages.access import current_user, demand
from marketmap.pages.faults import noting
from marketmap.pages.plan_choice import ChosenPlan, store
from marketmap.pages.sources import current_place

SECTION_KEY, EDIT_SECTION = "section", "Change it"
# An afternoon's edits; each step takes some tens of kilobytes.
MOST_STEPS = 100
# Why a plan of the frontier could not be taken up, told once.
VARIANT_FAULT = "variant_fault"
# Plans that the desk was asked for ahead of need.
_OPENED: set[str] = set()


@dataclass
class Editing:
    """One plan under edit.

    Attributes
    ----------
    key
        What the draft is kept under: the county and the plan that it began as.
    began
        What the figures are compared with, packed as the steps are.
    history
        Of each step its document, packed, and what it comes to; the first is the plan as it was opened.
    plan_id, revision, name
        Of the saved plan that a save adds to; blank where the first save makes a new one.
    refused
        Why the last edit could not be made.
    taken_up
        Whether it stands as it was left unsaved another time.
    conflict
        What stands in the store where a save was refused for it.
    saved_step
        The step that was saved last in this session, packed.
    opened_from
        The folder that it was opened from, and when that was written: only of it the zones are drawn already.
    laid_over
        The plan of the frontier, or alternative, that stands on top of unsaved changes; blank: none.
    drawn
        The step whose zones are drawn, and the zones.
    """

    key: str
    began: bytes
    history: EditHistory[tuple[bytes, Weighed]]
    plan_id: str = ""
    revision: int = 0
    name: str = ""
    refused: str = ""
    taken_up: bool = False
    conflict: SavedPlan | None = None
    saved_step: bytes = b""
    opened_from: str = ""
    laid_over: str = ""
    drawn: tuple[bytes, Any] | None = None

    @property
    def step(self) -> bytes:
        """The document as it stands, packed."""
        return self.history.now[0]

    @property
    def document(self) -> dict[str, Any]:
        """The plan as it stands."""
        return unpack_document(self.step)

    @property
    def is_changed(self) -> bool:
        """Whether it stands otherwise than it was opened or saved."""
        return self.step not in (self.history.steps[0][0], self.saved_step)

    @property
    def now(self) -> Weighed:
        """What it comes to as it stands."""
        return self.history.now[1]


def editing_of(chosen: ChosenPlan) -> Editing | None:
    """Find the editing of a plan in this session."""
    found: Editing | None = st.session_state.get(_session_key(chosen.plan_id))
    return found


def name_writing(chosen: ChosenPlan) -> str:
    """Name a plan's folder as it was written at one time."""
    return f"{chosen.folder.name} {chosen.files.record.created}"


def begin_editing(chosen: ChosenPlan) -> Editing:
    """Open a plan to be changed, and take up what was kept unsaved of it.

    Raises
    ------
    MarketmapError
        When it cannot be opened: its files are gone, or the county's tables have changed since.
    """
    demand("change_plans")
    place = current_place()
    document, weighed = desk.ask(questions.open_plan, chosen.folder, place.folder)
    packed = pack_document(document)
    history = EditHistory(((packed, weighed),), most=MOST_STEPS)
    state = Editing(f"{place.county_id}/{chosen.plan_id}", packed, history)
    state.opened_from = name_writing(chosen)
    if chosen.saved is not None:
        state.plan_id, state.revision, state.name = chosen.saved.plan_id, chosen.saved.revision, chosen.saved.name
    _take_up(state)
    st.session_state[_session_key(chosen.plan_id)] = state
    return state


def open_ahead(chosen: ChosenPlan) -> None:
    """Have the desk open the plan's county before anybody asks for it, once for each server.

    Reading a county takes seconds; whoever looks at the plan first does not wait for them. Faults are told when
    somebody asks.
    """
    county = current_place().folder
    if str(chosen.folder) in _OPENED or not current_user().may("change_plans"):
        return
    _OPENED.add(str(chosen.folder))

    def ask() -> None:
        with contextlib.suppress(Exception):
            desk.ask(questions.open_plan, chosen.folder, county)

    threading.Thread(target=ask, daemon=True).start()


def _take_up(state: Editing) -> None:
    kept = store().draft(current_user().user_id, state.key)
    if kept is None:
        return
    try:
        add_step(state, kept["document"], keep=False)
    except MarketmapError as error:
        state.refused = f"Changes that you had not saved could not be taken up: {error}"
        return
    state.taken_up = True
    if kept.get("plan_id"):
        state.plan_id, state.revision = str(kept["plan_id"]), int(kept["revision"])
        state.name = str(kept["name"])


def open_variant(chosen: ChosenPlan, row: str) -> None:
    """Lay a plan of the frontier (F…) or an alternative (A…) on top of the draft and go to it, from a callback.

    Unsaved changes stay: they are the step below, and what is kept of them stays until the next edit.
    """
    try:
        demand("change_plans")
        state = editing_of(chosen) or begin_editing(chosen)
        changed = state.is_changed or bool(state.refused)
        other, _ = desk.ask(questions.open_plan, chosen.folder, current_place().folder, row)
        add_step(state, other, keep=not changed)
        state.laid_over, state.taken_up = (row if changed else ""), False
    except MarketmapError as error:
        st.session_state[VARIANT_FAULT] = str(error)
        return
    st.session_state[SECTION_KEY] = EDIT_SECTION


def make_edit(state: Editing, edit: Edit) -> None:
    """Make an edit; what stands in its way is told in ``state.refused``."""
    state.refused, state.taken_up, state.laid_over = "", False, ""
    try:
        demand("change_plans")
        document, weighed = desk.ask(
            questions.edit_plan, state.document, edit.to_dict(), current_place().folder, unpack_document(state.began)
        )
    except MarketmapError as error:
        state.refused = str(error)
        return
    _push(state, document, weighed)
    keep_draft(state)


def add_step(state: Editing, document: Mapping[str, Any], *, keep: bool = True) -> None:
    """Put a whole document on top of the steps, weighed."""
    demand("change_plans")
    weighed = desk.ask(questions.weigh_plan, document, current_place().folder, unpack_document(state.began))
    _push(state, document, weighed)
    if keep:
        keep_draft(state)


@noting("That was not done.")
def move_step(state: Editing, by: int) -> None:
    """Take edits back (-1) or make them once more (1), from a callback."""
    demand("change_plans")
    state.refused, state.laid_over = "", ""
    state.history = state.history.undo() if by < 0 else state.history.redo()
    keep_draft(state)


@noting("Your changes stand in this tab, but could not be kept for the case that it closes. Save them.")
def keep_draft(state: Editing) -> None:
    """Keep the plan as it stands, so that nothing is lost with the tab; nothing is kept of an unchanged one."""
    user = demand("change_plans").user_id
    if not state.is_changed:
        store().drop_draft(user, state.key)
        return
    facts = {"document": state.document, "plan_id": state.plan_id, "revision": state.revision, "name": state.name}
    store().keep_draft(user, state.key, facts)


def draw_again() -> None:
    """Draw the section anew, and the rest of the page only where it is being drawn as well."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()


@noting("The changes were not given up.")
def discard(chosen: ChosenPlan) -> None:
    """Give up everything since the plan was opened, from a callback."""
    user, state = demand("change_plans").user_id, editing_of(chosen)
    if state is not None:
        store().drop_draft(user, state.key)
    st.session_state.pop(_session_key(chosen.plan_id), None)


def _push(state: Editing, document: Mapping[str, Any], weighed: Weighed) -> None:
    state.history = state.history.push((pack_document(document), weighed))


def _session_key(plan_id: str) -> str:
    return f"editing/{current_place().county_id}/{plan_id}"
