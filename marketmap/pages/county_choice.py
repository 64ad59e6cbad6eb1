"""The county that a session shows: choosing it, how far its results are, and taking one off the list."""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.outputs.files.stamps import FolderStamp, stamp_folder
from marketmap.outputs.maps.legend import html_table
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.views.input_check import InputCheck, check_inputs
from marketmap.outputs.workspace.places import FIRST, KINDS, CountyPlace
from marketmap.pages import desk, jobs, sources
from marketmap.pages.access import current_user, demand
from marketmap.pages.forgetting import forget_all
from marketmap.pages.frame import safe_long, show_html

# Whoever comes while a folder is looked over waits for that, rather than asks again; of another folder nobody waits.
_ONE_AT_A_TIME: dict[str, threading.Lock] = {}
# What a kind of result is called, and what a state of it means, in the app's words.
RESULT_NAMES = {
    "blocks": "Block plan",
    "report": "Market report",
    "rural": "Rural gaps",
    "monitor": "Block monitor",
    "clusters": "Demand clusters",
    "swaps": "Swaps",
    "waiting": "Waiting list",
}
STATES = {
    "ready": "ready",
    "making": "being made",
    "missing": "not made yet",
    "stale": "of older tables: make them anew",
    "failed": "could not be made",
}
RESULT_HEADINGS = {"name": "Result", "state": "State"}
UNDONE = ("missing", "stale", "failed")
# Seconds between two looks at the jobs while results are being made.
LOOK_AGAIN = 3


def choose_county() -> CountyPlace:
    """Draw the choice of a county, where there is one, and give the county that is shown."""
    user = current_user().user_id
    places = {place.county_id: place for place in sources.workspace().places(user)}
    shown = sources.current_place()
    if len(places) == 1:
        show_html(f"<p><strong>{safe_text(shown.label)}</strong></p>")
        return shown
    chosen = st.selectbox(
        "County shown on every page",
        list(places),
        index=list(places).index(shown.county_id),
        format_func=lambda county_id: name_place(places[county_id]),
        key=f"county_choice_{'_'.join(places)}_{shown.county_id}",
    )
    if chosen != shown.county_id:
        switch_to(places[chosen])
        st.rerun()
    return shown


def name_place(place: CountyPlace) -> str:
    """Name a county in the list, and whose it is."""
    return place.label if place.county_id == FIRST else f"{place.label} (yours alone)"


def switch_to(place: CountyPlace) -> None:
    """Show another county from here on, in this session only."""
    st.session_state["county"] = place.county_id
    # A plan or a block of one county is none of another's.
    st.query_params.clear()


def inspect(folder: Path) -> InputCheck:
    """Look a county folder over, in the process for heavy questions; kept until a file of it changes."""
    name = str(folder.resolve())
    with _ONE_AT_A_TIME.setdefault(name, threading.Lock()):
        return _inspect(name, stamp_folder(folder))


def show_results(place: CountyPlace, *, usable: bool) -> None:
    """Draw how far the results of a county are, and the button that makes what is missing."""
    st.header("Results of these tables", anchor=False)
    states = {kind: sources.results_state(kind) for kind in KINDS}
    making = any(state == "making" for state in states.values())
    st.fragment(_draw_results, run_every=LOOK_AGAIN if making else None)(dict(states))
    undone = [kind for kind in KINDS if states[kind] in UNDONE]
    if not undone or not usable:
        return
    if st.button("Make what is missing", type="primary", key="make"):
        try:
            jobs.make_sure(place, undone, user=demand("load_data").user_id, again=True)
        except MarketmapError as error:
            show_html(f"<div class='warn' role='alert'>{safe_long(str(error))}</div>")
            return
        st.rerun()
    show_html("<p class='small'>A few minutes for a county; the pages can be used meanwhile.</p>")


def _draw_results(before: Mapping[str, str]) -> None:
    states = {kind: sources.results_state(kind) for kind in KINDS}
    if "making" in before.values() and "making" not in states.values():
        st.rerun()  # the whole page: the last one is done
    rows = [{"name": RESULT_NAMES[kind], "state": STATES[state]} for kind, state in states.items()]
    show_html(html_table(pd.DataFrame(rows), caption="Results by page", headings=RESULT_HEADINGS))


def offer_removal(place: CountyPlace) -> None:
    """Draw the way to take a county of one's own off the list, with its uploaded tables."""
    if place.county_id == FIRST:
        return
    workspace = sources.workspace()
    upload = workspace.is_upload(place)
    told = "Its uploaded tables, results and saved plans are deleted." if upload else (
        "Its results and saved plans are deleted; the folder itself stays as it is."
    )  # fmt: skip
    with st.expander("Remove this county from the list"):
        show_html(f"<p>{told} This cannot be undone.</p>")
        sure = st.checkbox("Yes, remove it", key=f"sure_{place.county_id}")
        if st.button("Remove", disabled=not sure, key=f"remove_{place.county_id}"):
            try:
                workspace.remove(place.county_id, user=demand("load_data").user_id)
            except MarketmapError as error:
                show_html(f"<div class='warn' role='alert'>{safe_long(str(error))}</div>")
                return
            forget_all()
            switch_to(workspace.first)
            st.rerun()


@functools.lru_cache(maxsize=8)
def _inspect(folder: str, stamp: FolderStamp) -> InputCheck:
    del stamp  # part of the cache's key
    check: InputCheck = desk.ask_apart(check_inputs, Path(folder))
    return check
