"""Solving the rest of a draft anew: locked blocks stay, everything else is free."""

from __future__ import annotations

import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.pages import jobs
from marketmap.pages.access import current_user, demand
from marketmap.pages.plan_editing import Editing
from marketmap.pages.plan_run import follow_job, latest_job
from marketmap.pages.plan_settings import LENGTHS
from marketmap.pages.sources import current_place


def show_rest(state: Editing) -> None:
    """Draw the button, and how far the search is."""
    place, user = current_place(), current_user().user_id
    locked = len(state.document["locked"])
    job = latest_job("rest", place.county_id, user)
    at_work = job is not None and job.is_at_work
    with st.expander("Solve the rest anew", expanded=at_work):
        kept = {0: "No block is locked, so none is sure to stay", 1: "The locked block stays with provider and places"}
        st.caption(
            f"{kept.get(locked, f'The {locked} locked blocks stay with provider and places')}; providers kept out stay "
            "out; all other blocks are proposed anew. What comes of it is a plan of its own in the list at the top."
        )
        length = st.selectbox("How long to search", list(LENGTHS), index=0, key="rest_length")
        if st.button("Solve the rest", key="rest_start", disabled=at_work):
            asked = {"draft": state.document, "max_iterations": LENGTHS[str(length)]}
            try:
                jobs.start("rest", place, user=demand("change_plans").user_id, asked=asked)
            except MarketmapError as error:
                st.code(str(error), language=None, wrap_lines=True)
                return
            st.rerun()
        if job is not None:
            follow_job(job, opens=True)
