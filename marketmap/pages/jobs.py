"""Heavy work, in processes of its own: asked for here, done by `marketmap.pages.work`, told of by its files.

A worker is niced, one works at a time (besides the quick lane) and the rest wait their turn. It ends by itself when
the server that asked for it is gone, and its output folder is written whole or not at all.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from marketmap.errors import OutputError
from marketmap.outputs.drafts.store import PlanStore
from marketmap.outputs.files.private_files import make_private_folder, write_private
from marketmap.outputs.files.record import read_record
from marketmap.outputs.runs.factors import BLOCKS, INSIDE, SWAPS, factors_of, find_factors
from marketmap.outputs.workspace.freshness import find_currency, find_road_override
from marketmap.outputs.workspace.places import FIT, CountyPlace, Workspace, read_workspace
from marketmap.pages.job_files import (
    ALIVE_FILE,
    CAME_TO_NOTHING,
    CANCEL,
    END_FILE,
    JOB_FILE,
    KEEP,
    OUT_FOLDER,
    Job,
    Progress,
    hold_lock,
    is_job_id,
    list_jobs,
    read_job,
    take_lock,
    write_progress,
)

__all__ = ["Job", "Kind", "ask_end", "find", "last_measure", "make_sure", "read", "start"]

Kind = Literal[
    "blocks", "rest", "draft", "exit", "report", "rural", "monitor", "clusters", "swaps", "waiting", "rounds"
]
# Of each kind: a morning's tries stay at hand; a large county's plan is some tens of megabytes.
KEPT_JOBS = 12
# Of one user at once: all results of a county of one's own, and a few plans.
MOST_AT_WORK = 12
# How long a cancelled worker may take to clean up before it is killed.
CLEAN_UP_SECONDS = 5.0
# Workers that this server started: their ends are collected, and those that hang can be killed.
_WORKERS: dict[str, subprocess.Popen[bytes]] = {}
_STARTING = threading.Lock()


def start(
    kind: Kind,
    place: CountyPlace,
    *,
    user: str,
    asked: Mapping[str, Any] | None = None,
    out: Path | None = None,
    shared: bool = False,
) -> Job:
    """Ask for heavy work; the same work asked again by the same user while it waits or runs is not begun twice.

    Parameters
    ----------
    kind
        "blocks" (solve anew), "rest" (solve the rest of a draft anew), "draft" (write a draft's files and check
        them), "exit" (a company leaves), "report", "rural", "monitor", "clusters", "swaps", "waiting" or "rounds".
    place
        The county.
    user
        Who asks, who alone may end it, and who alone sees it where it is not shared.
    asked
        For "blocks": ``overrides`` (settings, nested), ``forbidden`` (pairs of provider and place), ``full``,
        ``max_seconds`` or ``max_iterations``, ``seed``; for "rest" also and for "draft" only ``draft`` (a document);
        for "exit" ``company``, and ``draft`` or the ``plan`` folder; for "clusters" ``max_minutes``;
        for "swaps" ``marks`` (rows of package, from, to, decision); for "rounds" ``days`` and ``plan``, and ``saved``
        where that is one version of a saved plan. All optional but ``draft`` and ``company``.
    out
        Where to write, in the workspace's folder of plans; the job's own folder where not given.
    shared
        Whether everybody who sees the county sees the job: of a county that is one user's own nobody else does.

    Raises
    ------
    OutputError
        When the workspace cannot be written, ``out`` lies elsewhere, or the user has `MOST_AT_WORK` jobs already.
    """
    work = _workspace()
    if out is not None and not Path(out).resolve().is_relative_to(work.plans.resolve()):
        raise OutputError("A job writes into the workspace's folder of plans, or into its own.")
    return _start(work, kind, place, user=user, asked=dict(asked or {}), out=out, shared=shared and not place.owner)


def make_sure(place: CountyPlace, kinds: Sequence[str], *, user: str, again: bool = False) -> list[Job]:
    """See to it that a county's results are there and up to date.

    Parameters
    ----------
    place
        The county.
    kinds
        Which of `marketmap.outputs.workspace.places.KINDS`.
    user
        Who asks; blank: the server itself.
    again
        Whether to try once more what failed, was cancelled or broke off last time, from the same tables.

    Returns
    -------
    list of Job
        The work under way for what is missing or stale: begun now or by somebody else before.
    """
    work, under_way = _workspace(), []
    for kind in kinds:
        results = Path(place.results[kind])
        plan = Path(place.results["blocks"])
        if find_currency(kind, results, place.folder, plan_folder=plan) == "ready":
            continue
        last = last_measure(place, kind)
        if last is not None and last.state in CAME_TO_NOTHING and not again and not _touched_since(place, last):
            continue
        asked = {} if kind == "blocks" else {"plan": str(plan)}
        rounds = place.results["rounds"]
        # Rounds of older tables or of an older plan would contradict the rest of a new report.
        if kind == "report" and find_currency("rounds", rounds, place.folder, plan_folder=plan) == "ready":
            asked["rounds"] = str(rounds)
        # The server's own request for the shared county may be made by a user's visit all the same.
        under_way.append(_start(work, kind, place, user=user, asked=asked, out=results, shared=not place.owner))
    return under_way


def read(job_id: str, *, user: str) -> Job:
    """Read one job.

    Raises
    ------
    OutputError
        When there is none of that name that this user may see.
    """
    job = read_job(_workspace().jobs / job_id) if is_job_id(job_id) else None
    if job is None or not _may_see(job, user):
        raise OutputError("There is no such piece of work: it was removed, or is another user's.")
    return job


def find(*, user: str, county_id: str, kind: str | None = None) -> list[Job]:
    """List the jobs of a county that a user may see, the one asked for last first."""
    jobs = list_jobs(_workspace().jobs)
    return [
        job for job in jobs if job.county_id == county_id and _may_see(job, user) and (kind is None or job.kind == kind)
    ]


def last_measure(place: CountyPlace, kind: str) -> Job | None:
    """Find the last job that was to write a county's own results of a kind."""
    out = Path(place.results[kind]).resolve()
    jobs = (job for job in list_jobs(_workspace().jobs) if job.kind == kind and job.county_id == place.county_id)
    return next((job for job in jobs if job.out.resolve() == out), None)


def ask_end(job_id: str, *, user: str, keep: bool) -> None:
    """Ask a job to end.

    Parameters
    ----------
    keep
        Whether the best plan so far is to be written: the search ends within moments. Before there is a plan, and
        in work that searches for none, nothing is written. Otherwise nothing is written in any case.

    Raises
    ------
    OutputError
        As `read`; or that somebody else asked for it.
    """
    job = read(job_id, user=user)
    if job.user not in ("", user):
        raise OutputError("This is another user's work: only they can end it.")
    if not job.is_at_work:
        return
    folder = _workspace().jobs / job_id
    write_private(folder / END_FILE, (KEEP if keep else CANCEL).encode())
    if not keep:
        # In a long step of the solver it hears of the wish late.
        threading.Thread(target=_end_for_good, args=(job_id,), daemon=True).start()


def _end_for_good(job_id: str) -> None:
    worker = _WORKERS.get(job_id)
    if worker is None:
        return  # another server's: it heeds the wish by itself
    try:
        worker.wait(timeout=CLEAN_UP_SECONDS)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
    read_job(_workspace().jobs / job_id)  # marks it, and clears up


def _start(
    work: Workspace,
    kind: str,
    place: CountyPlace,
    *,
    user: str,
    asked: dict[str, Any],
    out: Path | None,
    shared: bool,
) -> Job:
    make_private_folder(work.root)
    jobs = make_private_folder(work.jobs)
    if kind not in ("rest", "draft", "exit"):
        asked = _add_factors(_add_roads(asked, place), place, kind=kind)
    asked = json.loads(json.dumps(asked))
    with _STARTING, hold_lock(jobs / ".starting"):
        for job in list_jobs(jobs):
            same = job.out == out.absolute() if out is not None else job.user == user and job.asked == asked
            if job.is_at_work and (job.kind, job.county_id) == (kind, place.county_id) and same:
                return job
        _refuse_more(jobs, user)
        _clear_old(work, kind, user=user, county_id=place.county_id)
        now = time.time()
        folder = make_private_folder(jobs / f"j-{int(now * 1000):012x}-{secrets.token_hex(4)}")
        alive = take_lock(folder / ALIVE_FILE)
        if alive is None:  # a new file that nobody knows of
            raise OutputError("The job's folder cannot be locked. Put the workspace on a local disk.")
        try:
            facts = {
                "kind": kind,
                "county_id": place.county_id,
                "user": user,
                "asked": asked,
                "started": now,
                "shared": shared,
                "folder": str(Path(place.folder).absolute()),
                "out": str(folder / OUT_FOLDER if out is None else out.absolute()),
            }
            write_progress(folder, Progress())
            write_private(folder / JOB_FILE, json.dumps(facts).encode())
            worker = _WORKERS[folder.name] = _launch(folder, alive)
            threading.Thread(target=_collect, args=(folder.name, worker), daemon=True).start()
        finally:
            os.close(alive)  # the worker holds it now
    made = read_job(folder)
    if made is None:
        raise OutputError("The job's folder was removed while it was made. Start it again.")
    return made


def _refuse_more(jobs: Path, user: str) -> None:
    """Refuse work beyond `MOST_AT_WORK` of one user's: each waiting worker is a process, and others wait behind it."""
    at_work = sum(1 for job in list_jobs(jobs) if job.is_at_work and job.user == user) if user else 0
    if at_work >= MOST_AT_WORK:
        raise OutputError(
            f"{at_work} pieces of work of yours wait or are under way, and no more than {MOST_AT_WORK} may: wait until "
            "one is done, or cancel one."
        )


def _launch(folder: Path, alive: int) -> subprocess.Popen[bytes]:
    # Standard input stays open as long as this server lives: the worker ends when it closes.
    shown = None if os.environ.get("MARKETMAP_DEBUG") else subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603  our own module, named by us
        [sys.executable, "-m", "marketmap.pages.work", str(folder)],
        stdin=subprocess.PIPE,
        stdout=shown,
        stderr=shown,
        start_new_session=True,
        pass_fds=(alive,),
    )


def _add_roads(asked: dict[str, Any], place: CountyPlace) -> dict[str, Any]:
    """Lay the road file that the county's plan was made on under what was asked, where it is not the settings' own."""
    roads = find_road_override(Path(place.results["blocks"]), place.folder)
    return asked | {"overrides": {**roads, **asked.get("overrides", {})}} if roads else asked


def _add_factors(asked: dict[str, Any], place: CountyPlace, *, kind: str) -> dict[str, Any]:
    """Add what the county's fit found, else what its plan was made with; a plan's own settings, asked again, stand."""
    if kind not in (BLOCKS, SWAPS):
        return asked
    plan = None
    with contextlib.suppress(OutputError):
        plan = read_record(Path(place.results["blocks"]))
    own = asked.get("overrides", {}).get("blocks", {}).get("factor_inside")
    if own is None:
        found = find_factors(Path(place.results[FIT]), place.folder, needed=kind, plan=plan)
    else:
        found = factors_of(plan)
        found = found if found is not None and found.settings[INSIDE] == own else None
    return asked if found is None else asked | {"factors": dict(found.facts)}


def _may_see(job: Job, user: str) -> bool:
    return job.user == user or job.shared


def _touched_since(place: CountyPlace, job: Job) -> bool:
    return any(path.stat().st_mtime > job.started for path in Path(place.folder).iterdir() if path.is_file())


def _collect(job_id: str, worker: subprocess.Popen[bytes]) -> None:
    """Wait for a worker's end and let go of it, so that none stays behind as a shadow of itself."""
    worker.wait()
    if worker.stdin is not None:
        worker.stdin.close()
    _WORKERS.pop(job_id, None)


def _clear_old(work: Workspace, kind: str, *, user: str, county_id: str) -> None:
    """Remove a user's oldest jobs of a county and kind, but none at work and none that a saved plan or draft is of.

    Each kind is counted by itself, so that what is quick and often asked does not push out what took minutes. Rounds of
    a plan that was taken off the list go with it.
    """
    wanted = (kind, user, county_id)
    mine = [job for job in list_jobs(work.jobs) if (job.kind, job.user, job.county_id) == wanted]
    ended = [job for job in mine if not job.is_at_work]
    store = PlanStore(work.store)
    with contextlib.suppress(OutputError):  # while the store cannot be asked, nothing is removed
        listed = {saved.plan_id for saved in store.list(county_id)} if store.path.exists() else set()
        for place, job in enumerate(ended):
            of_plan = dict(job.asked.get("saved") or {}).get("plan_id")
            is_old = place >= KEPT_JOBS - 1 and not store.mentions(job.job_id)
            if is_old or (of_plan is not None and of_plan not in listed):
                shutil.rmtree(work.jobs / job.job_id, ignore_errors=True)


def _workspace() -> Workspace:
    return read_workspace(os.environ)
