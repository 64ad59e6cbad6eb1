"""Which plan the page shows: the county's own run, what somebody's own run made, or a saved plan.

The address carries the choice (``?plan=``): an id alone, which opens nothing that the user's own list does not hold.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from marketmap.errors import OutputError
from marketmap.outputs.drafts.store import PlanStore, SavedPlan
from marketmap.outputs.drafts.written_plans import clear_older, is_written, read_findings, written_folder
from marketmap.outputs.files.reading import PlanFiles
from marketmap.outputs.workspace.places import CountyPlace
from marketmap.pages import jobs
from marketmap.pages.access import current_user, demand
from marketmap.pages.sources import current_place, load_plan, workspace

RUN = "run"
JOB, SAVED = "job-", "plan-"
PLAN_KEY = "plan"
# Of the session: the plan that was looked at last, for other pages to begin with.
LAST_KEY = "last_plan"
# What a job makes that can be shown as a plan, and how it is told.
PLAN_JOBS = {"blocks": "New run", "rest": "The rest solved again"}
FINISHED = ("done", "stopped")


@dataclass(frozen=True)
class ChosenPlan:
    """The plan that the page shows.

    Attributes
    ----------
    plan_id
        ``"run"``, ``"job-…"`` or ``"plan-…"``.
    label
        What its list entry says: holds text from people.
    folder
        Its files.
    files
        The same, read.
    saved
        What is known of a saved plan's last revision (without its document); None for the others.
    """

    plan_id: str
    label: str
    folder: Path
    files: PlanFiles
    saved: SavedPlan | None = None


def store() -> PlanStore:
    """Open the file of saved plans."""
    return PlanStore(workspace().store)


def list_plans(place: CountyPlace) -> dict[str, str]:
    """List the plans of a county that the user may open: id → what to call it."""
    found = {RUN: "The county's plan"}
    for job in jobs.find(user=current_user().user_id, county_id=place.county_id):
        if job.kind in PLAN_JOBS and job.state in FINISHED and is_written(job.out):
            ended = " (stopped early)" if job.state == "stopped" else ""
            found[JOB + job.job_id] = f"{PLAN_JOBS[job.kind]} of {tell_moment(job.started)}{ended}"
    for saved in store().list(place.county_id):
        # A choice is known in the browser by its text, so that must not change when the plan is saved again.
        found[SAVED + saved.plan_id] = f"Saved: {saved.name}"
    return found


def choose_plan() -> str:
    """Draw the list of plans and give back the chosen one's id."""
    options = list_plans(current_place())
    asked = st.query_params.get(PLAN_KEY, "")
    if PLAN_KEY not in st.session_state and asked in options:
        st.session_state[PLAN_KEY] = asked
    if st.session_state.get(PLAN_KEY, RUN) not in options:
        st.session_state[PLAN_KEY] = RUN
    chosen = st.selectbox(
        "Plan",
        list(options),
        key=PLAN_KEY,
        format_func=lambda plan_id: options.get(plan_id, plan_id),
        help="The county's plan is what the batch run proposed. Your own runs and all saved plans stand below it.",
    )
    st.session_state[LAST_KEY] = chosen
    if chosen != st.query_params.get(PLAN_KEY, RUN):
        if chosen == RUN:
            del st.query_params[PLAN_KEY]
        else:
            st.query_params[PLAN_KEY] = chosen
    return str(chosen)


def set_plan(plan_id: str) -> None:
    """Choose a plan, from a callback."""
    st.session_state[PLAN_KEY] = plan_id


def open_chosen(plan_id: str) -> ChosenPlan | None:
    """Read a plan; None while a saved one is still being written out, which `plan_folder` has asked for.

    Raises
    ------
    OutputError
        When it is not there, or cannot be read.
    """
    folder = plan_folder(plan_id, user=current_user().user_id)
    if folder is None:
        return None
    saved = store().open(plan_id.removeprefix(SAVED)) if plan_id.startswith(SAVED) else None
    label = list_plans(current_place()).get(plan_id, plan_id)
    return ChosenPlan(plan_id=plan_id, label=label, folder=folder, files=load_plan(folder), saved=saved)


def plan_folder(plan_id: str, *, user: str) -> Path | None:
    """Find a plan's folder; a saved one that is not written out yet is asked for, and None given back until it is.

    Raises
    ------
    OutputError
        When there is no such plan for this user in the county shown, or it could not be written out.
    """
    place = current_place()
    if plan_id == RUN:
        return place.results["blocks"]
    if plan_id.startswith(JOB):
        return jobs.read(plan_id.removeprefix(JOB), user=user).out
    saved = store().open(plan_id.removeprefix(SAVED))
    if saved.county_id != place.county_id:
        raise OutputError("This plan is of another county: choose that county first.")
    folder = written_folder(workspace().plans, saved)
    if is_written(folder):
        clear_older(workspace().plans, saved)
        return folder
    job = writing_job(saved, user=user)
    if job is None:
        jobs.start("draft", place, user=demand("change_plans").user_id, asked={"draft": saved.document}, out=folder)
    elif not job.is_at_work:
        raise OutputError(f"The saved plan could not be written out: {job.message or job.state}")
    return None


def ask_writing(plan_id: str) -> None:
    """See to it that a saved plan is written out, so that it opens at once later; errors as `plan_folder`."""
    plan_folder(SAVED + plan_id, user=current_user().user_id)


def writing_job(saved: SavedPlan, *, user: str) -> jobs.Job | None:
    """Find the job that writes out a saved plan's last revision; None where none was started, or it was broken off."""
    folder = written_folder(workspace().plans, saved).resolve()
    found = (
        job for job in jobs.find(user=user, county_id=saved.county_id, kind="draft") if job.out.resolve() == folder
    )
    return next((job for job in found if job.state not in ("cancelled", "interrupted")), None)


def list_findings(chosen: ChosenPlan) -> tuple[str, ...] | None:
    """List what the checker found in a saved plan as written out; None: not known; empty also for other plans."""
    return () if chosen.saved is None else read_findings(chosen.folder)


def tell_moment(moment: str | float) -> str:
    """Write a moment (ISO 8601, or seconds since 1970) as people do, in the server's own time."""
    if isinstance(moment, float | int):
        return f"{dt.datetime.fromtimestamp(moment, tz=dt.UTC).astimezone():%-d %b %H:%M:%S}"
    with contextlib.suppress(ValueError):
        return f"{dt.datetime.fromisoformat(moment).astimezone():%-d %b %H:%M}"
    return moment
