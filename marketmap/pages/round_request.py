"""Having rounds simulated: of the county's plan or of a saved one, of a day or the week, in a process of its own."""

from __future__ import annotations

from typing import Any

import streamlit as st

from marketmap.errors import MarketmapError
from marketmap.outputs.drafts.store import SavedPlan
from marketmap.outputs.drafts.written_plans import written_folder
from marketmap.outputs.maps.properties import safe_text
from marketmap.outputs.views.round_runs import COUNTYS_PLAN, DAY, WEEK, name_run, read_version, version_of
from marketmap.outputs.workspace.places import CountyPlace
from marketmap.pages import jobs
from marketmap.pages.access import current_user, demand
from marketmap.pages.frame import show_html
from marketmap.pages.plan_choice import FINISHED, LAST_KEY, RUN, SAVED, plan_folder, store, tell_moment
from marketmap.pages.plan_rounds import list_runs, tell_standing
from marketmap.pages.plan_run import follow_job
from marketmap.pages.sources import current_place, workspace

WHOSE_KEY, DAYS_KEY = "rounds_whose", "rounds_days"
# Of the session: the run that the page shows, and the job that was begun here.
RUN_KEY, BEGUN_KEY = "evidence_run", "rounds_begun"
DAYS = {DAY: "The last day of call monitoring", WEEK: "Its last seven days"}
HOW_LONG = (
    "Both as today and with the plan, in a process of its own: you can go on with other pages. On one core a day of "
    "the Gloucestershire sample (14,000 visits) takes about two minutes, its week about ten; longer while other work "
    "is under way. One day has wide intervals: let the week decide."
)
NO_PLAN = "There is no plan of the county yet: today's rounds alone are simulated, with nothing to compare them to."


def show_request(shown: str) -> None:
    """Draw what can be simulated, and how far it is; nothing for those who may not.

    Parameters
    ----------
    shown
        Id of the run that the page shows; blank: none.
    """
    place, user = current_place(), current_user()
    if not user.may("change_plans"):
        return
    found = jobs.find(user=user.user_id, county_id=place.county_id, kind="rounds")
    job = next((job for job in found if job.user == user.user_id), None)  # others' results show, but not their work
    at_work = job is not None and job.is_at_work
    begun = job is not None and st.session_state.get(BEGUN_KEY) == job.job_id != shown
    with st.expander("Simulate rounds here", expanded=at_work or begun):
        st.caption(HOW_LONG)
        try:
            plan_id, days = _choose(place)
        except MarketmapError as error:
            _tell_fault("The saved plans cannot be listed.", error)
            return
        if st.button("Simulate these rounds", disabled=at_work, key="rounds_start"):
            try:
                st.session_state[BEGUN_KEY] = _begin(place, plan_id, days).job_id
            except MarketmapError as error:
                _tell_fault("The rounds could not be begun.", error)
            else:
                st.rerun()
        if job is not None:
            _show_last(job, shown)


def _show_last(job: jobs.Job, shown: str) -> None:
    """Draw how far the user's last request is, by the plan's name, and the way to what came of it."""
    version, days = read_version(job.asked.get("saved")), int(job.asked.get("days", DAY))
    label = name_run(version, days=days)
    if job.state not in FINISHED:
        show_html(f"<p class='small'>Asked for last: {safe_text(label)}.</p>")
        follow_job(job, opens=False)
    elif job.job_id in list_runs():
        end = ": these are the rounds that the page shows" if job.job_id == shown else ""
        show_html(f"<p role='status'><strong>Done{end}.</strong> {safe_text(label)}, in {job.seconds:,.0f} s.</p>")
        if not end:
            st.button("Show these rounds", type="primary", key="rounds_show", on_click=_show_run, args=(job.job_id,))


def _choose(place: CountyPlace) -> tuple[str, int]:
    saved: dict[str, SavedPlan] = {SAVED + plan.plan_id: plan for plan in store().list(place.county_id)}
    # A choice is known in the browser by its text, so that must not change when the plan is saved again.
    options = {RUN: COUNTYS_PLAN} | {plan_id: f"Saved: {plan.name}" for plan_id, plan in saved.items()}
    if WHOSE_KEY not in st.session_state and st.session_state.get(LAST_KEY) in options:
        st.session_state[WHOSE_KEY] = st.session_state[LAST_KEY]
    if st.session_state.get(WHOSE_KEY, RUN) not in options:
        st.session_state[WHOSE_KEY] = RUN
    left, right = st.columns(2)
    plan_id = str(
        left.selectbox(
            "Whose rounds",
            list(options),
            key=WHOSE_KEY,
            format_func=lambda one: options.get(one, one),
            help="Plans saved under a name on the page Block plan stand below the county's.",
        )
    )
    days = right.radio("Which days", list(DAYS), key=DAYS_KEY, format_func=DAYS.__getitem__)
    plan = saved.get(plan_id)
    if plan is not None:
        _tell_version(plan)
    elif not place.results["blocks"].is_dir():
        st.caption(NO_PLAN)
    _tell_done(plan, int(days))
    return plan_id, int(days)


def _tell_version(plan: SavedPlan) -> None:
    by = f" by {safe_text(plan.saved_by)}" if plan.saved_by else ""
    what = f": {safe_text(plan.what)}" if plan.what else ""
    show_html(
        f"<p class='small'>To be simulated: version {plan.revision:,}, saved {safe_text(tell_moment(plan.saved_at))}"
        f"{by}{what}.</p>"
    )


def _tell_done(plan: SavedPlan | None, days: int) -> None:
    """Say where the very rounds that are chosen are there already and hold."""
    wanted = None if plan is None else version_of(plan)
    same = [run for run in list_runs().values() if run.version == wanted and run.days == days]
    if any(not tell_standing(run) for run in same):
        show_html("<p class='small'>These very rounds are there already: choose them in the list above.</p>")


def _begin(place: CountyPlace, plan_id: str, days: int) -> jobs.Job:
    """Begin it, and see to it that a saved plan is written out first.

    Raises
    ------
    MarketmapError
        When the user may not, the plan is gone or cannot be written out, or the work cannot be begun.
    """
    user = demand("change_plans").user_id
    asked: dict[str, Any] = {"days": days}
    if plan_id == RUN:
        plan = place.results["blocks"]
        asked |= {"plan": str(plan)} if plan.is_dir() else {}
    else:
        saved = store().open(plan_id.removeprefix(SAVED))
        plan_folder(plan_id, user=user)
        asked |= {"plan": str(written_folder(workspace().plans, saved)), "saved": version_of(saved).facts}
    return jobs.start("rounds", place, user=user, asked=asked, shared=True)


def _show_run(job_id: str) -> None:
    st.session_state[RUN_KEY] = job_id


def _tell_fault(what: str, error: MarketmapError) -> None:
    st.error(what)
    st.code(str(error), language=None, wrap_lines=True)
