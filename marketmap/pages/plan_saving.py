"""Saving an edited plan under a name; where somebody else has saved it meanwhile, nothing is overwritten."""

from __future__ import annotations

import contextlib

import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.outputs.drafts.differences import tell_differences
from marketmap.outputs.drafts.edit_view import list_edits, list_locks
from marketmap.outputs.drafts.store import PlanConflictError, SavedPlan
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.maps.legend import html_table
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.schema.edit import EDITS, PLAN_LOCKS
from marketmap.pages import desk
from marketmap.pages.access import demand
from marketmap.pages.downloads import Download, offer
from marketmap.pages.faults import noting
from marketmap.pages.frame import show_html
from marketmap.pages.plan_choice import SAVED, ChosenPlan, ask_writing, set_plan, store, tell_moment
from marketmap.pages.plan_editing import Editing, add_step, discard, keep_draft
from marketmap.pages.sources import current_place

SHOWN_DIFFERENCES = 40


def show_saving(chosen: ChosenPlan, state: Editing) -> None:
    """Draw the form, what stands in its way, and the files of the draft."""
    st.subheader("Save", anchor=False)
    if state.conflict is not None:
        _show_conflict(chosen, state, state.conflict)
    if state.plan_id:
        show_html(
            f"<p>This is <strong>{safe_text(state.name)}</strong>, saved {state.revision} "
            f"time{'s' if state.revision > 1 else ''}.</p>"
        )
    with st.form("save_plan", border=True):
        st.text_input("Name of the plan", value=state.name, max_chars=100, key="save_name")
        st.text_input("What changed, in a few words (optional)", max_chars=200, key="save_what")
        st.form_submit_button("Save", type="primary", on_click=_save, args=(state,))
    if state.saved_step == state.step:
        st.success("Saved. It stands in the list of plans at the top for everybody who sees this county.")
        if st.button("Open the saved plan", key="save_open", on_click=set_plan, args=(SAVED + state.plan_id,)):
            st.rerun()
    fault = st.session_state.pop("save_fault", "")
    if fault:
        st.error("That was not saved.")
        st.code(fault, language=None, wrap_lines=True)
    folder = current_place().folder  # read here: a download is made outside the page's run
    offer(
        [
            Download("List of edits (CSV)", "edits.csv", lambda: encode_table(list_edits(state.document), EDITS)),
            Download(
                "Locks for the next run (CSV)",
                "locks.csv",
                lambda: encode_table(desk.ask(list_locks, state.document, folder), PLAN_LOCKS),
            ),
        ],
        rows=True,
        key="edit",
    )


@noting("That was not saved.")
def _save(state: Editing) -> None:
    name = str(st.session_state.get("save_name", "")).strip()
    what = str(st.session_state.get("save_what", "")).strip()
    _store_plan(state, name, what, anew=not state.plan_id or name != state.name)


def _store_plan(state: Editing, name: str, what: str, *, anew: bool) -> None:
    """Save what stands; a name that is not the saved plan's own makes a new plan of it."""
    user, place, plans = demand("change_plans"), current_place(), store()
    told = what or _sum_up(state)
    try:
        if anew:
            saved = plans.create(name, place.county_id, state.document, by=user.name, what=told)
        else:
            saved = plans.save(state.plan_id, state.document, revision=state.revision, by=user.name, what=told)
    except PlanConflictError as error:
        state.conflict = error.saved
        return
    except MarketmapError as error:
        st.session_state["save_fault"] = str(error)
        return
    state.plan_id, state.revision, state.name = saved.plan_id, saved.revision, saved.name
    state.conflict, state.saved_step, state.taken_up = None, state.step, False
    keep_draft(state)
    with contextlib.suppress(MarketmapError):  # it is asked for again when somebody opens it
        ask_writing(saved.plan_id)


def _sum_up(state: Editing) -> str:
    done = [str(edit.get("told", "")) for edit in state.document.get("edits", ())]
    return f"{len(done)} edits, the last: {done[-1]}" if done else "As it was opened"


def _show_conflict(chosen: ChosenPlan, state: Editing, theirs: SavedPlan) -> None:
    st.error("Not saved: somebody else saved this plan since you opened it. Nothing was overwritten.")
    show_html(
        f"<p>Saved by <strong>{safe_text(theirs.saved_by)}</strong>, {safe_text(tell_moment(theirs.saved_at))}: "
        f"{safe_text(theirs.what)}</p>"
    )
    differing = tell_differences(theirs.document, state.document)
    shown = differences_table(differing.head(SHOWN_DIFFERENCES))
    show_html(shown if len(differing) else "<p>The two say the same.</p>")
    if len(differing) > SHOWN_DIFFERENCES:
        st.caption(f"The first {SHOWN_DIFFERENCES} of {len(differing):,} differences.")
    with st.container(horizontal=True, gap="small"):
        st.button("Take theirs, drop mine", key="conflict_theirs", on_click=_take_theirs, args=(chosen, state, theirs))
        st.button("Save mine under another name", key="conflict_mine", on_click=_save_beside, args=(state,))


def differences_table(differing: object) -> str:
    """Draw what differs between two plans as an HTML table."""
    headings = {"block_id": "Block", "what": "What differs", "a": "Theirs", "b": "Mine"}
    return (
        "<div class='scroll' tabindex='0'>"
        + html_table(differing, caption="What differs", headings=headings)  # type: ignore[arg-type]
        + "</div>"
    )


@noting("Their plan could not be taken.")
def _take_theirs(chosen: ChosenPlan, state: Editing, theirs: SavedPlan) -> None:
    demand("change_plans")
    if chosen.plan_id == SAVED + theirs.plan_id:
        discard(chosen)  # it is opened anew as it stands in the store
        return
    state.conflict, state.revision, state.name = None, theirs.revision, theirs.name
    try:
        add_step(state, theirs.document)
    except MarketmapError as error:
        state.refused = str(error)


@noting("That was not saved.")
def _save_beside(state: Editing) -> None:
    """Save under the name with the next free number."""
    demand("change_plans")
    taken = {plan.name.casefold() for plan in store().list(current_place().county_id)}
    number = next(number for number in range(2, 10_000) if f"{state.name} ({number})".casefold() not in taken)
    _store_plan(state, f"{state.name} ({number})", "", anew=True)
