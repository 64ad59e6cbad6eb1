"""A job on disk: what was asked, how far it is, and whether anybody is still at work on it.

The asking server writes ``job.json`` once; the worker writes ``state.json`` again and again, each time whole. The
worker holds a lock on ``alive`` as long as it lives, whatever ends it, so a job whose lock is free and whose state
says "running" was broken off. Neither Streamlit nor anything slow is imported here: the worker starts with this.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import functools
import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marketmap.errors import OutputError
from marketmap.outputs.files.private_files import PART, read_json, write_private

JOB_FILE, STATE_FILE, ALIVE_FILE, END_FILE = "job.json", "state.json", "alive", "end"
OUT_FOLDER = "out"
# Kinds that a county's pages rest on; of a shared county everybody sees them.
MEASURES = ("blocks", "report", "rural", "monitor", "clusters")
# What somebody waits for at the screen and that takes seconds has a lane of its own; all else waits in one.
LANES = {"draft": "quick"}
KEEP, CANCEL = "keep", "cancel"
AT_WORK = ("waiting", "running")
# Ended with nothing to show. A worker that was killed most likely took more memory than there is: it would again.
CAME_TO_NOTHING = ("failed", "cancelled", "interrupted")
CANCELLED = "Cancelled: nothing was written."
INTERRUPTED = (
    "The server or the machine stopped before this was done, or it ran out of memory. Nothing was written: "
    "start it again."
)
_JOB_ID = re.compile(r"j-[0-9a-f]{12}-[0-9a-f]{8}")


@dataclass(frozen=True)
class Job:
    """A piece of heavy work.

    Attributes
    ----------
    job_id, kind, county_id, user
        Which it is, of what kind, for which county, asked by whom (blank: by the server itself).
    asked
        What was asked, JSON-ready, as `marketmap.pages.jobs.start` takes it.
    state
        "waiting", "running", "done", "stopped" (ended early, the best plan kept), "cancelled", "failed" or
        "interrupted".
    stage
        What it does now, in a few words.
    iterations, objective, lower_bound, gap
        Of the search: steps; minutes a week; a share of the objective. None before there is one.
    seconds
        At work so far, or in all.
    message
        What went wrong, or what there is to say of the result.
    out
        The output folder, there when the state is "done" or "stopped".
    started
        When it was asked for: seconds since 1970.
    trace
        (seconds, objective, lower bound) of the search so far, at most a few hundred.
    findings
        What the checker found in the files of a draft; empty: nothing, or not checked.
    shared
        Whether everybody who sees the county sees the job.
    """

    job_id: str
    kind: str
    county_id: str
    user: str
    asked: Mapping[str, Any]
    state: str
    stage: str
    iterations: int
    objective: float | None
    lower_bound: float | None
    gap: float | None
    seconds: float
    message: str
    out: Path
    started: float
    trace: tuple[tuple[float, float, float | None], ...] = ()
    findings: tuple[str, ...] = ()
    shared: bool = False

    @property
    def is_at_work(self) -> bool:
        """Whether it waits or runs."""
        return self.state in AT_WORK


@dataclass
class Progress:
    """What the worker tells of itself; written to ``state.json``."""

    state: str = "waiting"
    stage: str = "Waiting for another piece of work to end"
    iterations: int = 0
    objective: float | None = None
    lower_bound: float | None = None
    began: float | None = None
    ended: float | None = None
    message: str = ""
    findings: list[str] = field(default_factory=list)
    trace: list[tuple[float, float, float | None]] = field(default_factory=list)


def is_job_id(text: str) -> bool:
    """Say whether a text, perhaps from an address, can be the name of a job."""
    return bool(_JOB_ID.fullmatch(text))


def write_progress(folder: Path, progress: Progress) -> None:
    """Write how far a job is."""
    write_private(folder / STATE_FILE, json.dumps(dataclasses.asdict(progress)).encode())


def read_job(folder: Path) -> Job | None:
    """Read a job from its folder, and mark it interrupted where nobody is at work on it any more.

    Returns
    -------
    Job or None
        None where the folder holds no whole job.
    """
    asked = _read_asked(folder / JOB_FILE)
    if not asked:
        return None
    told = read_json(folder / STATE_FILE)
    if told.get("state", "waiting") in AT_WORK and not is_alive(folder):
        told = read_json(folder / STATE_FILE)  # it may have ended just now
        if told.get("state", "waiting") in AT_WORK:
            state, message = ("cancelled", CANCELLED) if _is_cancelled(folder) else ("interrupted", INTERRUPTED)
            told |= {"state": state, "stage": "", "message": message, "ended": time.time()}
            _sweep(folder, Path(asked["out"]))
            # The job may be removed, or the disk full: what is told stays true.
            with contextlib.suppress(OutputError):
                write_private(folder / STATE_FILE, json.dumps(told).encode())
    began, ended = told.get("began"), told.get("ended")
    objective, bound = told.get("objective"), told.get("lower_bound")
    return Job(
        job_id=folder.name,
        kind=asked["kind"],
        county_id=asked["county_id"],
        user=asked["user"],
        asked=asked["asked"],
        state=told.get("state", "waiting"),
        stage=told.get("stage", ""),
        iterations=told.get("iterations", 0),
        objective=objective,
        lower_bound=bound,
        gap=(objective - bound) / abs(objective) if objective and bound is not None else None,
        seconds=0.0 if began is None else max(0.0, (ended or time.time()) - began),
        message=told.get("message", ""),
        out=Path(asked["out"]),
        started=asked["started"],
        trace=tuple((step[0], step[1], step[2]) for step in told.get("trace", ())),
        findings=tuple(told.get("findings", ())),
        shared=asked["shared"],
    )


def list_jobs(jobs: Path) -> list[Job]:
    """Read every job of a workspace, the one asked for last first."""
    folders = [folder for folder in jobs.glob("j-*") if is_job_id(folder.name)] if jobs.is_dir() else []
    read = [job for folder in folders if (job := read_job(folder)) is not None]
    return sorted(read, key=lambda job: (job.started, job.job_id), reverse=True)


def _read_asked(path: Path) -> dict[str, Any]:
    """Read ``job.json``, which is written once and may hold a whole draft."""
    try:
        return _keep_asked(str(path), path.stat().st_mtime_ns)
    except OSError:
        return {}


@functools.lru_cache(maxsize=64)
def _keep_asked(path: str, touched: int) -> dict[str, Any]:
    del touched  # part of the cache's key
    return read_json(Path(path))


def is_alive(folder: Path) -> bool:
    """Say whether a worker holds the job's lock."""
    try:
        descriptor = os.open(folder / ALIVE_FILE, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _is_cancelled(folder: Path) -> bool:
    """Say whether a worker that is gone was killed because somebody cancelled its work."""
    try:
        return (folder / END_FILE).read_text().strip() == CANCEL
    except OSError:
        return False


def take_lock(path: Path, *, wait: bool = False) -> int | None:
    """Lock a file for as long as the descriptor given back is open in any process; None where another has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


@contextlib.contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Wait for a lock and hold it for a while."""
    descriptor = take_lock(path, wait=True)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _sweep(folder: Path, out: Path) -> None:
    """Remove what a broken-off worker left half-written in its own folder; elsewhere the next run does."""
    for left in folder.glob(f".*{PART}"):
        left.unlink(missing_ok=True)
    if out.parent == folder:
        for left in folder.glob(f".{out.name}.building-*"):
            shutil.rmtree(left, ignore_errors=True)
