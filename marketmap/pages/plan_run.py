"""The section "New run": other settings, a run in a process of its own, how far it is, and what comes of it."""

from __future__ import annotations

import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.outputs.drafts.written_plans import is_written
from marketmap.outputs.views.plan_charts import draw_progress
from marketmap.pages import jobs
from marketmap.pages.access import current_user, demand, require
from marketmap.pages.faults import noting, tell_fault
from marketmap.pages.frame import safe_long, show_html
from marketmap.pages.plan_choice import FINISHED, JOB, SAVED, ChosenPlan, set_plan, store, tell_moment, writing_job
from marketmap.pages.plan_settings import choose_settings
from marketmap.pages.sources import current_place

POLL_SECONDS = 1.0
# What finds one plan after another; of all else there is nothing to keep before its end.
SEARCHES = ("blocks", "rest")
TOLD = {
    "waiting": "Waiting for another piece of work to end",
    "running": "At work",
    "done": "Done",
    "stopped": "Stopped early; the best plan found until then is kept",
    "cancelled": "Cancelled; nothing was kept",
    "failed": "Could not be done",
    "interrupted": "Broken off: the server or the machine stopped. Start it again",
}


def show_run(chosen: ChosenPlan) -> None:
    """Draw the section."""
    if not require("change_plans"):
        return
    place, user = current_place(), current_user()
    job = latest_job("blocks", place.county_id, user.user_id)
    at_work = job is not None and job.is_at_work
    st.subheader("Propose blocks anew", anchor=False)
    st.caption(
        "The settings are those of the plan chosen above. A run works in a process of its own: you can go on with "
        "other pages, and other people notice nothing."
    )
    asked = choose_settings(chosen.files)
    if st.button("Start the run", type="primary", disabled=at_work, key="run_start"):
        try:
            jobs.start("blocks", place, user=demand("change_plans").user_id, asked=asked)
        except MarketmapError as error:
            st.error("The run could not be started.")
            st.code(str(error), language=None, wrap_lines=True)
            return
        st.rerun()
    if job is not None:
        follow_job(job, opens=True)


def latest_job(kind: str, county_id: str, user: str) -> jobs.Job | None:
    """Find the user's last job of a kind; None where there is none."""
    return next(iter(jobs.find(user=user, county_id=county_id, kind=kind)), None)


def follow_job(job: jobs.Job, *, opens: bool, ends: bool = True) -> None:
    """Draw how far a job is, again every second while it is at work; the whole page once when it ends.

    Parameters
    ----------
    opens
        Whether what it makes can be opened as a plan.
    ends
        Whether it can be ended before its time.
    """
    every = POLL_SECONDS if job.is_at_work else None
    st.fragment(_follow, run_every=every)(job.job_id, was_at_work=job.is_at_work, opens=opens, ends=ends)


def show_writing(plan_id: str) -> None:
    """Draw how far a saved plan is that is being written out; the page is drawn anew as soon as its files are there."""
    st.info("The saved plan is being written out. It shows here by itself in a moment, and is checked after that.")
    job = writing_job(store().open(plan_id.removeprefix(SAVED)), user=current_user().user_id)
    if job is not None:
        follow_job(job, opens=False, ends=False)
    else:
        st.button("Look again", key="look_again")  # somebody else asked for it


def _follow(job_id: str, *, was_at_work: bool, opens: bool, ends: bool) -> None:
    user = current_user().user_id
    try:
        job = jobs.read(job_id, user=user)
    except MarketmapError:
        return  # it was removed meanwhile
    # A plan that is only written out can be read before it is checked.
    if was_at_work and (not job.is_at_work or (not ends and is_written(job.out))):
        st.rerun()
    _show_state(job)
    if job.trace:
        _show_search(job)
    if job.is_at_work:
        if ends:
            _show_ends(job)
    elif opens and job.state in FINISHED:
        opened = st.button(
            "Open this plan", type="primary", key=f"open_{job_id}", on_click=set_plan, args=(JOB + job_id,)
        )
        if opened:
            st.rerun()


def _show_state(job: jobs.Job) -> None:
    stage = f": {job.stage}" if job.stage and job.is_at_work else ""
    facts = f"{TOLD.get(job.state, job.state)}{stage} · asked {tell_moment(job.started)} · {job.seconds:,.0f} s"
    show_html(f"<p role='status'><strong>{safe_long(facts)}</strong></p>")
    if job.message and job.state in ("failed", "interrupted"):
        st.code(job.message, language=None, wrap_lines=True)
    elif job.message:
        show_html(f"<p class='small'>{safe_long(job.message)}</p>")


def _show_search(job: jobs.Job) -> None:
    if job.objective is not None and job.lower_bound is not None and job.gap is not None:
        show_html(
            f"<p>After {job.iterations:,} rounds the best plan costs <strong>{job.objective:,.0f}</strong> model "
            f"minutes a week, and no plan can cost less than {job.lower_bound:,.0f}: it is at most "
            f"<strong>{100 * job.gap:.1f} %</strong> from the best possible.</p>"
        )
    steps = [(seconds, best, float("nan") if bound is None else bound) for seconds, best, bound in job.trace]
    st.altair_chart(draw_progress(steps), width="stretch", alt="The search so far, as told above")


def _show_ends(job: jobs.Job) -> None:
    with st.container(horizontal=True):
        if job.kind in SEARCHES and st.button(
            "Stop and keep the best plan", key=f"stop_{job.job_id}", disabled=not job.trace
        ):
            with noting("It could not be told to stop."):
                jobs.ask_end(job.job_id, user=demand("see_rows").user_id, keep=True)
        if st.button("Cancel, keep nothing", key=f"cancel_{job.job_id}"):
            with noting("It could not be cancelled."):
                jobs.ask_end(job.job_id, user=demand("see_rows").user_id, keep=False)
    tell_fault()
