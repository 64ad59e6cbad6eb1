"""Which simulated rounds there are for the user, whether they still hold, and what they say of the plan shown."""

from __future__ import annotations

import contextlib
import functools
from pathlib import Path

from marketmap.errors import MarketmapError
from marketmap.outputs.drafts.store import SavedPlan
from marketmap.outputs.drafts.written_plans import is_written, written_folder
from marketmap.outputs.files.record import RECORD_FILE
from marketmap.outputs.files.stamps import Stamp, stamp_file
from marketmap.outputs.schema.round import MEASURES
from marketmap.outputs.views.plan_evidence import (
    PlanEvidence,
    Whose,
    read_plan_evidence,
    tell_missing,
    tell_simulated,
)
from marketmap.outputs.views.round_runs import COUNTYS, DAY, RoundRun, name_run, read_version, tell_older
from marketmap.outputs.workspace.freshness import find_currency
from marketmap.pages import jobs
from marketmap.pages.access import current_user
from marketmap.pages.plan_choice import FINISHED, JOB, RUN, ChosenPlan, store, tell_moment
from marketmap.pages.sources import current_place, digest_folder, workspace

COUNTY_RUN = "county"
OLD = (
    "These rounds are older than the county's tables, settings or plan. Run `make rounds` in the project's folder, "
    "with the COUNTY, OUT and ROUNDS that this app is served with."
)
OLD_HERE = "These rounds are older than the county's tables, settings or plan. "


def list_runs() -> dict[str, RoundRun]:
    """List the runs that there are, by their id: the county's own, then those asked for on the page, the last first.

    Of each version of a plan and number of days the last; none of a plan that was taken off the list, and none whose
    files were purged.
    """
    place, user = current_place(), current_user()
    shared = place.results["rounds"]
    runs = {COUNTY_RUN: RoundRun(COUNTY_RUN, shared, COUNTYS)} if (shared / MEASURES.path).is_file() else {}
    found = [
        job
        for job in jobs.find(user=user.user_id, county_id=place.county_id, kind="rounds")
        if job.state in FINISHED and (job.out / MEASURES.path).is_file()
    ]
    listed = _list_saved(place.county_id) if any(job.asked.get("saved") for job in found) else set()
    seen = set()
    for job in found:
        version, days = read_version(job.asked.get("saved")), int(job.asked.get("days", DAY))
        which = ("", 0, days) if version is None else (version.plan_id, version.revision, days)
        if which in seen or (version is not None and version.plan_id not in listed):
            continue
        seen.add(which)
        label = name_run(version, days=days, moment=tell_moment(job.started))
        runs[job.job_id] = RoundRun(job.job_id, job.out, label, version, days)
    return runs


def hold_still(rounds: Path, plan: Path | None) -> bool:
    """Say whether rounds are of the county's tables and settings as they are now, and of a plan if one is given."""
    place = current_place()
    stamps = (
        digest_folder(place.folder),
        stamp_file(rounds / RECORD_FILE),
        None if plan is None else stamp_file(plan / RECORD_FILE),
    )
    return _is_ready(rounds, place.folder, plan, stamps)


def find_simulated(plan: Path) -> PlanEvidence | None:
    """Find what rounds of the plan in a folder save: by the run of most days; None where none that holds is of it."""
    found = []
    for run in list_runs().values():
        with contextlib.suppress(MarketmapError):  # the page Evidence says what is wrong with them
            stamps = (stamp_file(run.folder / RECORD_FILE), stamp_file(plan / RECORD_FILE))
            evidence = _read(run.folder, plan, stamps)
            if evidence is not None and hold_still(run.folder, plan):
                found.append(evidence)
    return max(found, key=lambda evidence: evidence.days, default=None)


def tell_rounds(chosen: ChosenPlan, found: PlanEvidence | None) -> str:
    """Tell what simulated rounds of a plan save; where none are of it, what there is instead.

    Parameters
    ----------
    chosen
        The plan.
    found
        Of its folder, from `find_simulated`.
    """
    if found is not None:
        return tell_simulated(found)
    if chosen.saved is not None:
        return tell_missing(plan="saved", older=_find_older(chosen.saved))
    whose: Whose = "county" if chosen.plan_id == RUN else "own run" if chosen.plan_id.startswith(JOB) else "saved"
    return tell_missing(plan=whose)


def tell_standing(run: RoundRun) -> str:
    """Say why a run's rounds are not of its plan and the county as they are now; blank where they are."""
    may = current_user().may("change_plans")
    again = OLD_HERE + ("Simulate them again below." if may else "Have a commissioner simulate them again.")
    if run.version is None:
        still = hold_still(run.folder, current_place().results["blocks"])
        return "" if still else OLD if run.run_id == COUNTY_RUN else again
    now = store().open(run.version.plan_id)
    folder = written_folder(workspace().plans, now)
    plan = folder if is_written(folder) else None
    if plan is not None and hold_still(run.folder, plan):
        return ""  # also where another version has the very same zones
    if now.revision != run.version.revision:
        return tell_older(run.version, now, saved_at=tell_moment(run.version.saved_at), may_simulate=may)
    return "" if plan is None and hold_still(run.folder, None) else again


def _list_saved(county_id: str) -> set[str]:
    with contextlib.suppress(MarketmapError):  # the page Block plan says what is wrong with the file of plans
        return {saved.plan_id for saved in store().list(county_id)}
    return set()


def _find_older(saved: SavedPlan) -> str:
    """Name the version of a saved plan, other than the one that stands, whose rounds were simulated last."""
    for run in list_runs().values():
        version = run.version
        if version is not None and version.plan_id == saved.plan_id and version.revision != saved.revision:
            return f"version {version.revision}, saved {tell_moment(version.saved_at)}"
    return ""


@functools.lru_cache(maxsize=64)
def _is_ready(folder: Path, county: Path, plan: Path | None, stamps: tuple[object, ...]) -> bool:
    del stamps  # part of the cache's key
    return find_currency("rounds", folder, county, plan_folder=plan) == "ready"


@functools.lru_cache(maxsize=64)
def _read(folder: Path, plan: Path, stamps: tuple[Stamp | None, ...]) -> PlanEvidence | None:
    del stamps  # part of the cache's key
    return read_plan_evidence(folder, plan)
