"""The section "If a provider leaves": what would become of a company's blocks and hours."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.outputs.files.record import read_record
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.maps.legend import html_table
from marketmap.outputs.schema.decision import EXIT_BLOCKS, EXIT_HOURS
from marketmap.outputs.views.plan_extras import load_extra
from marketmap.outputs.views.plan_view import list_companies, sum_exit
from marketmap.pages import jobs
from marketmap.pages.access import current_user, demand, require
from marketmap.pages.answers import CONTENT, find_answer, sum_content
from marketmap.pages.downloads import Download, offer
from marketmap.pages.frame import safe_long, show_html
from marketmap.pages.plan_choice import FINISHED, ChosenPlan
from marketmap.pages.plan_run import follow_job
from marketmap.pages.sources import current_place

ANSWERS = {
    "rehomed": "In blocks that another provider could take",
    "step_in": "Another could step in for these",
    "other_block": "In another provider's block, by the plan",
    "nobody": "Nobody is found",
    "spot": "Package by package (spot purchase)",
    "one_by_one": "Marked not to move: one by one",
    "out_of_scope": "Not bought in blocks",
}
BLOCK_ANSWERS = {
    "whole": "goes whole to another",
    "step_in": "another steps in for what it delivers and who waits",
    "redrawn": "becomes another zone",
    "nobody": "nobody is found",
}


def show_exit(chosen: ChosenPlan) -> None:
    """Draw the section."""
    st.subheader("What if a company leaves?", anchor=False)
    st.caption(
        "All that the company delivers is then without care. Its blocks go to whoever may have them and has the room; "
        "all other blocks stay as they are."
    )
    if not require("change_plans"):
        return
    companies = list_companies(chosen.files.proposals)
    if companies.empty:
        st.info("No company has a block in this plan.")
        return
    told = dict(zip(companies["company_id"], companies["label"], strict=True))
    company = str(
        st.selectbox("Company", list(told), key="exit_company", format_func=lambda name: str(told.get(name, name)))
    )
    place, user = current_place(), current_user().user_id
    asked = {"draft": None, "plan": str(chosen.folder), "company": company}
    content = sum_content(chosen.folder, place.folder)
    job, is_older = find_answer("exit", asked, content, user=user, county_id=place.county_id)
    if st.button("Work it out", type="primary", key="exit_start", disabled=job is not None and job.is_at_work):
        try:
            jobs.start("exit", place, user=demand("change_plans").user_id, asked={**asked, CONTENT: content})
        except MarketmapError as error:
            st.code(str(error), language=None, wrap_lines=True)
            return
        st.rerun()
    if job is None:
        st.info(
            "The plan or the county's tables have changed since this was worked out: work it out again."
            if is_older
            else "Not worked out yet for this company and this plan."
        )
        return
    if job.state not in FINISHED:
        follow_job(job, opens=False)
        return
    _show_result(job)


def _show_result(job: jobs.Job) -> None:
    blocks, hours = load_extra(job.out, EXIT_BLOCKS), load_extra(job.out, EXIT_HOURS)
    record = read_record(job.out)
    if record.summary:
        show_html(f"<p>{safe_long(record.summary)}</p>")
    _show_hours(hours)
    _show_blocks(blocks)
    offer(
        [
            Download("Blocks (CSV)", "exit_blocks.csv", lambda: encode_table(blocks, EXIT_BLOCKS)),
            Download("Hours (CSV)", "exit_hours.csv", lambda: encode_table(hours, EXIT_HOURS)),
        ],
        rows=False,
        key="exit",
    )


def _show_hours(hours: pd.DataFrame) -> None:
    sums = sum_exit(hours)
    table = pd.DataFrame(
        {
            "answer": [ANSWERS.get(str(name), str(name)) for name in sums["answer"]],
            "hours": sums["hours_from_company"].map("{:,.1f}".format),
            "share": [f"{share:.0%}" for share in sums["share"]],
            "waiting": sums["hours_waiting"].map("{:,.1f}".format),
            "packages": sums["packages"].map("{:,.0f}".format),
        }
    )
    total = float(sums["hours_from_company"].sum())
    headings = {
        "answer": "What becomes of them",
        "hours": "Contact hours a week it delivers",
        "share": f"Of all {total:,.1f} it delivers",
        "waiting": "Waiting hours in its blocks",
        "packages": "Packages",
    }
    show_html(
        "<div class='scroll' tabindex='0'>"
        + html_table(
            table,
            caption="Every hour that the company delivers, once",
            headings=headings,
            numbers=("hours", "share", "waiting", "packages"),
        )
        + "</div>"
    )


def _show_blocks(blocks: pd.DataFrame) -> None:
    if blocks.empty:
        st.caption("The company has no block in this plan.")
        return
    table = pd.DataFrame(
        {
            "block": blocks["block_id"],
            "answer": [BLOCK_ANSWERS.get(str(name), str(name)) for name in blocks["answer"]],
            "new": blocks["new_block_id"],
            "provider": blocks["suggested_provider_name"],
            "hours": blocks["hours_zone"].map("{:,.1f}".format),
            "own": blocks["hours_from_company"].map("{:,.1f}".format),
            "reason": blocks["reason"],
        }
    )
    headings = {
        "block": "Block",
        "answer": "What becomes of it",
        "new": "New name",
        "provider": "Who could have it",
        "hours": "Contact hours in the zone",
        "own": "Delivered by the company",
        "reason": "Why",
    }
    show_html(
        "<div class='scroll' tabindex='0'>"
        + html_table(table, caption="Its blocks", headings=headings, numbers=("hours", "own"))
        + "</div>"
    )
