"""The section "Trade-off": travel saved against hours that change provider, a plan of the frontier to start from."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.maps.legend import html_table
from marketmap.outputs.schema.full import FRONTIER
from marketmap.outputs.views.plan_charts import PICK, draw_frontier
from marketmap.outputs.views.plan_extras import load_extra
from marketmap.outputs.views.trade_off import tell_half, tell_row
from marketmap.pages import jobs
from marketmap.pages.access import current_user, demand, require
from marketmap.pages.downloads import Download, offer
from marketmap.pages.faults import noting
from marketmap.pages.frame import safe_long, show_html
from marketmap.pages.plan_alternatives import show_alternatives
from marketmap.pages.plan_choice import ChosenPlan
from marketmap.pages.plan_editing import VARIANT_FAULT, open_variant
from marketmap.pages.plan_run import follow_job, latest_job
from marketmap.pages.sources import current_place

CHART_KEY, ROW_KEY, PROPOSED = "frontier_chart", "frontier_row", "proposed"
CHART_ALT = "Travel saved against hours that change provider; the table below says the same"
HEADINGS = {
    "plan": "Plan",
    "weight": "Minutes that an hour moved must save",
    "blocks": "Blocks",
    "hours": "Contact hours in blocks",
    "saved": "Model hours of travel saved a week",
    "moving": "Carer hours that change provider",
    "waiting": "Waiting hours taken up",
    "pounds": "£ a week above usual prices",
    "gap": "From the best possible, at its own weight",
}


def show_frontier(chosen: ChosenPlan) -> None:
    """Draw the section."""
    frontier = load_extra(chosen.folder, FRONTIER)
    fault = st.session_state.pop(VARIANT_FAULT, "")
    if fault:
        st.error("That plan cannot be changed.")
        st.code(fault, language=None, wrap_lines=True)
    st.subheader("What does less disruption cost?", anchor=False)
    if frontier.empty:
        _offer_full(chosen)
        return
    st.caption(
        "Each mark is the cheapest plan found at one price of disruption. To the right more hours change provider, "
        "upward more travel is saved, if everybody agreed. Travel is in the block model's own measure, several times "
        "what rounds would save: it compares these plans with each other. An hour of two carers together is two carer "
        "hours, so these are more than the contact hours above. Pick one on the chart or in the list."
    )
    names = [str(name) for name in frontier["plan"]]
    plan = st.session_state.get(ROW_KEY)
    if plan not in names:
        plan = st.session_state[ROW_KEY] = PROPOSED if PROPOSED in names else names[0]
    _draw(frontier, plan)
    picked = st.selectbox("Plan of the frontier", names, key=ROW_KEY)
    row = frontier[frontier["plan"] == picked].iloc[0]
    show_html(f"<p>{safe_long(tell_row(row, frontier))}</p><p>{safe_long(tell_half(row, frontier))}</p>")
    if current_user().may("change_plans"):
        if picked == PROPOSED:
            st.caption("This is the proposed plan itself.")
        else:
            st.button(
                f"Open {picked} as a draft", key="frontier_open", on_click=open_variant, args=(chosen, str(picked))
            )
    _show_table(frontier)
    offer(
        [Download("Frontier (CSV)", "frontier.csv", lambda: encode_table(frontier, FRONTIER))],
        rows=False,
        key="frontier",
    )
    show_alternatives(chosen)


def _draw(frontier: pd.DataFrame, plan: str) -> None:
    def pick() -> None:
        state: Any = st.session_state.get(CHART_KEY)
        marks = (state or {}).get("selection", {}).get(PICK, [])
        if marks and marks[0].get("plan") in set(frontier["plan"]):
            st.session_state[ROW_KEY] = marks[0]["plan"]

    chart = draw_frontier(frontier, chosen=plan)
    st.altair_chart(chart, width="stretch", key=CHART_KEY, on_select=pick, selection_mode=PICK, alt=CHART_ALT)


def _show_table(frontier: pd.DataFrame) -> None:
    def write(name: str, shape: str, *, blank: str = "not known", over: float = 1.0) -> list[str]:
        return [blank if pd.isna(value) else shape.format(value / over) for value in frontier[name].astype(float)]

    table = pd.DataFrame(
        {
            "plan": frontier["plan"].where(~frontier["proposed"], "proposed (the plan chosen above)"),
            "weight": write("move_minutes_hour", "{:,.1f}", blank="no hour may move"),
            "blocks": write("blocks", "{:,.0f}"),
            "hours": write("hours_in_blocks", "{:,.0f}"),
            "saved": write("travel_minutes_saved_week", "{:,.0f}", over=60.0),
            "moving": write("carer_hours_moving", "{:,.0f}"),
            "waiting": write("hours_waiting_placed", "{:,.0f}"),
            "pounds": write("pounds_above_usual_week", "{:,.0f}"),
            "gap": write("gap", "≤ {:.1f}%", over=0.01),
        }
    )
    show_html(
        "<div class='scroll' tabindex='0'>"
        + html_table(
            table,
            caption="The frontier, from no hour moved to the least travel (all figures a week)",
            headings=HEADINGS,
            numbers=tuple(name for name in HEADINGS if name != "plan"),
        )
        + f"</div><p class='small'>{FRONTIER.note}</p>"
    )


def _offer_full(chosen: ChosenPlan) -> None:
    st.info("This plan has no frontier yet: it was made without looking further.")
    if not require("change_plans"):
        return
    st.caption(
        "Making it solves the county again at other prices of disruption, looks for really different plans and varies "
        "the assumptions: some minutes."
    )
    place, user = current_place(), current_user().user_id
    job = latest_job("blocks", place.county_id, user)
    at_work = job is not None and job.is_at_work
    if st.button("Run with full exploration", key="frontier_full", disabled=at_work):
        overrides = {"blocks": dict(chosen.files.record.settings.get("blocks", {}))}
        with noting("The run could not be started."):
            jobs.start(
                "blocks",
                place,
                user=demand("change_plans").user_id,
                asked={"full": True, "overrides": overrides},
            )
        st.rerun()
    if job is not None and job.asked.get("full"):
        follow_job(job, opens=True)
