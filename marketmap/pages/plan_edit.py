"""The section "Change it": edit a plan block by block, see at once what each edit does, and take it back."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import streamlit as st

from marketmap.blocks.edit_history import unpack_document
from marketmap.errors import MarketmapError
from marketmap.outputs.drafts.desk_maps import shape_draft
from marketmap.outputs.drafts.edit_view import MINUTES_HOUR, list_changed, list_edits, list_figures
from marketmap.outputs.files.notices import notices_of
from marketmap.outputs.maps.block_maps import block_map, highlight
from marketmap.outputs.maps.legend import block_legend, html_table
from marketmap.outputs.maps.plan_maps import view_of
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.maps.zones import SPOT
from marketmap.outputs.views.rule_names import RULES
from marketmap.pages import desk
from marketmap.pages.access import current_user
from marketmap.pages.faults import plainly
from marketmap.pages.frame import clicked, draw_map, safe_long, show_html
from marketmap.pages.plan_choice import ChosenPlan
from marketmap.pages.plan_edit_tools import show_tools
from marketmap.pages.plan_editing import Editing, begin_editing, discard, editing_of, move_step, name_writing
from marketmap.pages.plan_rest import show_rest
from marketmap.pages.plan_saving import show_saving
from marketmap.pages.sources import current_place

MAP_KEY = "edit_map"
BLOCK_KEY = "edit_block"


def show_edit(chosen: ChosenPlan) -> None:
    """Draw the section."""
    if not current_user().may("change_plans"):
        st.info(f"You are signed in as a {current_user().role}: changing plans is for commissioners.")
        return
    state = editing_of(chosen)
    if state is None:
        try:
            with st.spinner("Opening the plan to be changed: reading the county takes some seconds the first time …"):
                state = begin_editing(chosen)
        except MarketmapError as error:
            st.info("This plan can be read, but not changed.")
            st.code(str(error), language=None, wrap_lines=True)
            return
    _show_editing(chosen)


@st.fragment
@plainly
def _show_editing(chosen: ChosenPlan) -> None:
    state = editing_of(chosen)
    if state is None:
        st.rerun()  # given up
    if state.taken_up:
        show_html("<p role='status'>Changes that you had not saved are taken up again below.</p>")
    if state.laid_over:
        show_html(
            f"<p role='status'>{safe_text(state.laid_over)} stands on top of changes that you had not saved: "
            "Undo brings them back.</p>"
        )
    _show_headline(state)
    left, right = st.columns([3, 2], gap="medium")
    with right:
        block = _choose_block(state)
        if block is not None:
            _tell_block(block)
        show_tools(chosen, state, block)
        if state.refused:
            st.error("That was not done.")
            st.code(state.refused, language=None, wrap_lines=True)
        _show_findings(state)
        _show_figures(state)
    with left:
        _show_bar(chosen, state)
        _show_map(chosen, state, "" if block is None else str(block["block_id"]))
    _show_edits(state)
    show_saving(chosen, state)
    show_rest(state)


def _show_headline(state: Editing) -> None:
    """Draw the draft's own figures, which are not those of the plan that was chosen above."""
    figures, document = state.now.figures, state.document
    count = len(document["edits"])
    show_html(
        f"<p>The draft under your hands: {safe_long(document['origin'])}, {count} edit{'' if count == 1 else 's'} "
        "made. All figures a week, of its proposed blocks.</p>"
    )
    told = {
        "Proposed blocks": f"{figures.blocks:,.0f}",
        "Contact hours in them": f"{figures.hours_in_blocks:,.1f}",
        "Would change provider": f"{figures.hours_moving:,.1f} h",
        "Driving saved, if all moved": f"{figures.driving_minutes_saved / MINUTES_HOUR:,.1f} h",
        "Rules broken": f"{len(state.now.findings)}",
    }
    with st.container(horizontal=True, gap="small"):
        for name, value in told.items():
            st.metric(name, value, border=True)


def _choose_block(state: Editing) -> pd.Series | None:
    blocks = state.now.blocks
    if blocks.empty:
        return None
    names = blocks["block_id"].astype(str).tolist()
    if not names:
        return None
    if st.session_state.get(BLOCK_KEY) not in names:
        proposed = (blocks["status"] == "proposed").to_numpy()
        wanted = st.session_state.get("block")
        st.session_state[BLOCK_KEY] = wanted if wanted in names else names[int(proposed.argmax())]
    picked = st.selectbox("Block to change", names, key=BLOCK_KEY, help="Or click a zone on the map.")
    return blocks[blocks["block_id"] == picked].iloc[0]


def _tell_block(block: pd.Series) -> None:
    state = "locked: unlock it to change it" if block["locked"] else "may be changed"
    if block["status"] != "proposed":
        state = "stays as it is: already let" if block["status"] == "existing" else "stays as it is: held by a lock"
    sectors = str(block["sectors"]).replace(";", ", ")
    show_html(
        f"<div class='panel'><h3>{safe_text(block['block_id'])}<span class='tag'>{state}</span></h3>"
        f"<p>Provider: <strong>{safe_text(block['provider_name'])}</strong></p>"
        f"<p><strong>{block['hours']:,.1f}</strong> contact hours a week: {block['hours_with_provider']:,.1f} already "
        f"with this provider, {block['hours_waiting']:,.1f} waiting, {block['hours_with_others']:,.1f} with others.</p>"
        f"<p class='small'>Sectors with care: {safe_text(sectors)}. Gain over spot purchase: "
        f"{block['gain_total']:+,.0f} model minutes a week.</p></div>"
    )


def _show_bar(chosen: ChosenPlan, state: Editing) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button("Undo", key="edit_undo", disabled=not state.history.can_undo, on_click=move_step, args=(state, -1))
        st.button("Redo", key="edit_redo", disabled=not state.history.can_redo, on_click=move_step, args=(state, 1))
        if st.button("Give up all changes", key="edit_discard", disabled=len(state.history.steps) == 1):
            discard(chosen)
            st.rerun()


def _show_map(chosen: ChosenPlan, state: Editing, block_id: str) -> None:
    zones = _draw_zones(chosen, state)
    st.session_state["edit_zone_ids"] = zones["block_id"].tolist()
    made = block_map(zones, areas=chosen.files.areas, notices=notices_of(chosen.files.record))
    picked = zones[zones["block_id"] == block_id]
    drawn = highlight(picked) if len(picked) else None
    draw_map(made, key=MAP_KEY, chosen=drawn, on_click=_pick_zone, view=_find_view(state, zones))
    show_html(block_legend(zones))


def _draw_zones(chosen: ChosenPlan, state: Editing) -> gpd.GeoDataFrame:
    """Draw the zones as they stand; of the plan as it was opened they are there, unless it was saved anew since."""
    step = state.step
    if step == state.began and state.opened_from == name_writing(chosen):
        return chosen.files.zones
    if state.drawn is None or state.drawn[0] != step:
        state.drawn = (step, desk.ask(shape_draft, state.document, current_place().folder, state.now.blocks))
    zones: gpd.GeoDataFrame = state.drawn[1]
    return zones


def _find_view(state: Editing, zones: gpd.GeoDataFrame) -> tuple[tuple[float, float], float] | None:
    """Find where the draft differs from the plan that it began as; None where it does not."""
    if state.step == state.began:
        return None
    changed = list_changed(state.document, unpack_document(state.began))
    return view_of(zones[zones["block_id"].isin(changed)])


def _pick_zone() -> None:
    row = clicked(MAP_KEY, layer="zones")
    ids = st.session_state.get("edit_zone_ids", [])
    if row is not None and 0 <= row < len(ids) and ids[row] != SPOT:
        st.session_state[BLOCK_KEY] = ids[row]


def _show_findings(state: Editing) -> None:
    found = state.now.findings
    if not found:
        show_html("<p role='status'><strong>✓ No rule of the model is broken.</strong></p>")
        return
    items = "".join(
        f"<li><strong>✗ {safe_text(RULES.get(one.rule, one.rule))}:</strong> {safe_long(one.text)}</li>"
        for one in found
    )
    count = f"{len(found)} rule{'s are' if len(found) > 1 else ' is'} broken"
    show_html(
        f"<div class='warn' role='status'><strong>{count}. The plan can still be saved; the checker will say the same."
        f"</strong><ul>{items}</ul></div>"
    )


def _show_figures(state: Editing) -> None:
    headings = {"figure": "Proposed blocks, a week", "before": "As it began", "now": "Now", "change": "Change"}
    elsewhere = float(state.now.change.get("hours_elsewhere", 0.0))
    show_html(
        "<div>"
        + html_table(
            list_figures(state.now),
            caption="What the changes come to",
            headings=headings,
            numbers=("before", "now", "change"),
        )
        + f"</div><p class='small'>{elsewhere:,.1f} contact hours a week are with another provider than in the plan it "
        "began as, or in a block in one of the two only.</p>"
    )


def _show_edits(state: Editing) -> None:
    done = list_edits(state.document)
    with st.expander(f"What was done ({len(done)})", expanded=0 < len(done) <= 5):
        if done.empty:
            st.caption("Nothing yet.")
            return
        show_html("<ol>" + "".join(f"<li>{safe_text(text)}</li>" for text in done["edit"]) + "</ol>")
