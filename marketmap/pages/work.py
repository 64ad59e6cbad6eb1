"""The worker: ``python -m marketmap.pages.work <job folder>`` does one job and ends.

Nothing of Streamlit is imported here. The worker is niced, waits its turn, tells how far it is in ``state.json`` and
ends without having written anything when the server that asked is gone (its standard input closes).
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from marketmap.errors import MarketmapError, OutputError
from marketmap.outputs.files.private_files import read_json
from marketmap.pages.job_files import (
    CANCEL,
    CANCELLED,
    END_FILE,
    JOB_FILE,
    KEEP,
    LANES,
    MEASURES,
    Progress,
    list_jobs,
    take_lock,
    write_progress,
)
from marketmap.pages.work_kinds import await_plan, do_work

# Well behind the server, before what the machine does when idle.
NICENESS = 10
# ``state.json`` is written at most twice a second.
BEAT_SECONDS = 0.5
# A parent's end is followed by ours within this time, cleaned up or not.
LAST_SECONDS = 5.0
MOST_STEPS = 240  # of the search's course, for a chart


class Telling:
    """Tells how far the job is, from a thread of its own, and hears what is asked of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.progress = Progress()
        self._ended = threading.Event()
        self._heard = ""
        self._beat = threading.Thread(target=self._tell, daemon=True)
        self._parent = threading.Thread(target=self._watch_parent, daemon=True)

    @property
    def asked_end(self) -> str:
        """What was asked: "keep", "cancel" or nothing."""
        return self._heard

    def begin(self) -> None:
        """Begin to tell and to listen."""
        self._beat.start()
        self._parent.start()

    def run(self) -> None:
        """Note that the job's turn has come."""
        self.progress.state, self.progress.began, self.progress.stage = "running", time.time(), "Starting"

    def stage(self, text: str) -> None:
        """Note what is being done."""
        self.progress.stage = text

    def step(self, iterations: int, objective: float, bound: float) -> None:
        """Note how far the search is."""
        progress = self.progress
        progress.iterations = int(iterations)
        if not math.isfinite(objective):
            return
        progress.objective = float(objective)
        progress.lower_bound = float(bound) if math.isfinite(bound) else None
        step = (round(time.time() - (progress.began or time.time()), 2), progress.objective, progress.lower_bound)
        if not progress.trace or progress.trace[-1][1:] != step[1:]:
            progress.trace.append(step)
        if len(progress.trace) > MOST_STEPS:
            del progress.trace[1:-1:2]  # every other one: the course stays, the detail goes

    def end(self, state: str, message: str = "", *, findings: Sequence[str] = ()) -> None:
        """Write how it ended; nothing is told after that."""
        self._ended.set()
        self._beat.join()
        progress = self.progress
        progress.state, progress.message, progress.findings = state, message, list(findings)
        progress.stage, progress.ended = "", time.time()
        write_progress(self.folder, progress)

    def _tell(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            with contextlib.suppress(OutputError):
                write_progress(self.folder, self.progress)
            if not self.folder.is_dir():  # the county was removed: nobody waits for this any more
                self._heard = CANCEL
                self._abandon()
                return
            self._hear()

    def _hear(self) -> None:
        try:
            asked = (self.folder / END_FILE).read_text().strip()
        except OSError:
            return
        if asked == self._heard:
            return
        self._heard = asked
        if asked == KEEP:
            os.kill(os.getpid(), signal.SIGINT)
        else:
            self._abandon()

    def _watch_parent(self) -> None:
        # Read from the descriptor: a thread that waits in sys.stdin would hold up the interpreter's end.
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        if not self._ended.is_set():
            self._abandon()
            time.sleep(LAST_SECONDS)
            os._exit(1)

    def _abandon(self) -> None:
        """Break off: in a search the first signal is a wish to keep the best plan, and only a second one is heeded."""
        wished = _is_wished()
        os.kill(os.getpid(), signal.SIGINT)
        until = time.monotonic() + LAST_SECONDS
        while not wished and time.monotonic() < until and not self._ended.wait(0.05):
            if _is_wished():
                os.kill(os.getpid(), signal.SIGINT)
                return


def _is_wished() -> bool:
    """Say whether a search has taken a signal as a wish; where none was begun, the slow module is not even loaded."""
    interrupts = sys.modules.get("marketmap.blocks.interrupts")
    return interrupts is not None and bool(interrupts.is_asked())


def main(arguments: Sequence[str]) -> None:
    """Do the job in the folder that is named."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a server run in the background ignores it
    os.umask(0o077)
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    folder = Path(arguments[0])
    telling = Telling(folder)
    telling.begin()
    try:
        job = read_json(folder / JOB_FILE)
        lane = _wait_turn(folder, job)
        telling.run()
        await_plan(folder.parent, job, on_stage=telling.stage)
        record, findings = do_work(job, on_stage=telling.stage, on_progress=telling.step)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is written: too late to end it
        # Asked too late, it went to its end all the same.
        cut = telling.asked_end == KEEP and (record.solver.get("ended_by") == "user" or bool(record.solver.get("full")))
        told = record.summary.replace("Stopped by Ctrl-C", "Stopped when asked")
        telling.end("stopped" if cut else "done", told, findings=findings)
        os.close(lane)
    except KeyboardInterrupt:
        if telling.asked_end:
            early = "Stopped before there was a plan: nothing was written."
            telling.end("cancelled", early if telling.asked_end == KEEP else CANCELLED)
        # Otherwise the server is gone, and whoever reads the state next sees that nobody is at work.
    except MarketmapError as error:
        telling.end("failed", str(error))
    except MemoryError:
        telling.end("failed", "The machine has too little memory for this.")
    except Exception as error:  # its text may hold people's data, so that it is not shown
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "marketmap" in frame.filename]
        where = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "a library"
        telling.end("failed", f"Unforeseen fault ({type(error).__name__} in {where}). Please report this line.")
        if os.environ.get("MARKETMAP_DEBUG"):
            raise


def _wait_turn(folder: Path, job: Mapping[str, Any]) -> int:
    """Wait until no job of this lane works and none that goes first waits; the lock of the lane."""
    lane = LANES.get(str(job["kind"]), "heavy")
    while True:
        first = min(_ahead(folder, lane), default=None)
        if first is None or first >= _rank(job["kind"], job["user"], job["started"], folder.name):
            lock = take_lock(folder.parent / f".{lane}")
            if lock is not None:
                return lock
        time.sleep(BEAT_SECONDS)


def _ahead(folder: Path, lane: str) -> list[tuple[int, float, str]]:
    waiting = (job for job in list_jobs(folder.parent) if job.state == "waiting" and job.job_id != folder.name)
    return [
        _rank(job.kind, job.user, job.started, job.job_id) for job in waiting if LANES.get(job.kind, "heavy") == lane
    ]


def _rank(kind: str, user: str, started: float, job_id: str) -> tuple[int, float, str]:
    """Rank a job in its lane: what somebody waits for goes before what the server does of itself."""
    return (int(not user or kind in MEASURES[1:]), started, job_id)


if __name__ == "__main__":
    main(sys.argv[1:])
