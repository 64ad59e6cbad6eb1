"""The block plan: which plan, how good it is, and one section at a time of what can be asked of it or done to it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.outputs.files.notices import SAVING_RESTS_ON, explain_synthetic, notices_of
from marketmap.outputs.views.plan_view import (
    explain_gap,
    sum_headline,
    tell_findings,
    tell_fixed,
    tell_gap,
    tell_shaping,
    write_change,
)
from marketmap.outputs.views.rule_names import drop_settings
from marketmap.pages.access import current_user
from marketmap.pages.frame import close_page, open_page, safe_long, show_fault, show_html, warn
from marketmap.pages.links import link_to
from marketmap.pages.plan_blocks import show_blocks
from marketmap.pages.plan_choice import JOB, RUN, ChosenPlan, choose_plan, list_findings, open_chosen
from marketmap.pages.plan_compare import show_compare
from marketmap.pages.plan_downloads import show_downloads
from marketmap.pages.plan_edit import show_edit
from marketmap.pages.plan_editing import EDIT_SECTION, SECTION_KEY, open_ahead
from marketmap.pages.plan_exit import show_exit
from marketmap.pages.plan_frontier import show_frontier
from marketmap.pages.plan_rounds import find_simulated, tell_rounds
from marketmap.pages.plan_run import show_run, show_writing

TITLE = "Block plan"
MINUTES_HOUR = 60.0
ESTIMATE = (
    "Hours a week in carers' rounds, if every package in the zones changed to the suggested provider. Estimated as "
    "simulated rounds drive; the page Evidence simulates it, with an interval."
)
SECTIONS: dict[str, Callable[[ChosenPlan], None]] = {
    "Blocks": show_blocks,
    EDIT_SECTION: show_edit,
    "New run": show_run,
    "Trade-off": show_frontier,
    "If a provider leaves": show_exit,
    "Compare": show_compare,
}


def show() -> None:
    """Draw the page."""
    open_page(TITLE, lede="Suggestions for people to decide on. Nothing here is awarded, and nobody is moved.")
    plan_id = choose_plan()
    try:
        with st.spinner("Reading the plan …"):
            chosen = open_chosen(plan_id)
    except MarketmapError as error:
        _show_missing(error, plan_id)
        return
    if chosen is None:
        show_writing(plan_id)
        return
    if plan_id == RUN:
        open_ahead(chosen)
    record = chosen.files.record
    warn(_list_warnings(chosen))
    st.session_state.setdefault(SECTION_KEY, next(iter(SECTIONS)))
    # A draft has a headline of its own, for it is another plan than the one chosen.
    if st.session_state[SECTION_KEY] != EDIT_SECTION or not current_user().may("change_plans"):
        _show_headline(chosen)
    if chosen.files.proposals.empty:
        st.info("No block is proposed: under these settings every place is better left to spot purchase.")
    section = st.segmented_control(
        "What to look at",
        list(SECTIONS),
        key=SECTION_KEY,
        required=True,
        width="stretch",
        label_visibility="collapsed",
    )
    SECTIONS[str(section)](chosen)
    if section == EDIT_SECTION:
        st.caption("The files below are of the plan chosen above, not of the draft.")
    show_downloads(chosen)
    close_page(notices_of(record), notes=record.notes)


def _show_missing(error: MarketmapError, plan_id: str) -> None:
    if plan_id == RUN:
        command = "make blocks COUNTY=data/sample OUT=out"
        show_fault(error, what="There are no block proposals to show yet.", command=command)
        return
    st.info("This plan cannot be shown. Choose another above.")
    st.code(str(error), language=None, wrap_lines=True)


def _list_warnings(chosen: ChosenPlan) -> list[str]:
    record, changed = chosen.files.record, chosen.files.changed
    findings = list_findings(chosen)
    again = "Run it again" if current_user().may("change_plans") else "Have it run again"
    return [
        drop_settings(explain_synthetic(record.synthetic_note, saving=True)) if record.synthetic else "",
        "Illustrative roads: travel times come from roads made up from the postcodes."
        if record.illustrative_roads
        else "",
        tell_findings(findings),
        f"Changed since the run: {', '.join(changed)}. {again} before relying on this page." if changed else "",
    ]


def _show_headline(chosen: ChosenPlan) -> None:
    plan, record = chosen.files, chosen.files.record
    sums = sum_headline(plan)
    share = f"{sums['hours'] / sums['placeable']:.0%}" if sums["placeable"] else "none"
    fixed = sums["blocks"] - sums["proposed"]
    rests = f" It follows from {SAVING_RESTS_ON}." if record.synthetic else ""
    told = {
        "Blocks": (f"{sums['blocks']:,.0f}", f"{sums['proposed']:,.0f} proposed, {fixed:,.0f} already let or held."),
        "Contact hours in zones": (
            f"{sums['hours']:,.0f}",
            f"A week: {share} of the {sums['placeable']:,.0f} placeable contact hours. The zone is not the guarantee.",
        ),
        "Could be guaranteed": (
            f"{sums['guaranteed']:,.0f} h",
            "Contact hours a week: already delivered by the same provider + waiting.",
        ),
        "Would change provider": (
            f"{sums['moving']:,.0f} h",
            "Contact hours a week in proposed zones that other providers hold. None moves without agreement.",
        ),
        "Driving, if all moved": (
            f"{write_change(-sums['driving'] / MINUTES_HOUR, '{:,.0f}')} h".replace("-", "−"),  # noqa: RUF001
            f"{ESTIMATE}{rests}",
        ),
        "From the best possible": (
            tell_gap(record),
            "The proven gap: a share of this model's cost, not of real travel.",
        ),
    }
    with st.container(horizontal=True, gap="small"):
        for name, (value, meaning) in told.items():
            st.metric(name, value, help=meaning, border=True)
    about = f"Data of {record.snapshot_date:%-d %B %Y}. {tell_shaping(record)}{tell_fixed(plan)}{explain_gap(record)}"
    found = find_simulated(chosen.folder)
    show_html(f"<p>{safe_long(tell_rounds(chosen, found))}</p><p class='small'>{safe_long(about)}</p>")
    if found is None and current_user().may("change_plans") and not chosen.plan_id.startswith(JOB):
        link_to("evidence", "Simulate the rounds of this plan: Evidence")
