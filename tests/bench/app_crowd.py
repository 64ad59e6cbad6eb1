"""Ten people at the app at once while a plan is solved beside them: one in a real browser, nine as it was recorded."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page

from tests.bench.app_replay import PAUSE, Answers, Recording, be_one

ROOT = Path(__file__).parents[2]
SESSIONS, MINUTES = 10, 2.0


@dataclass
class Crowd:
    """What ten people met.

    Attributes
    ----------
    seen
        Seconds of each change in the real browser, until it was drawn to its end.
    answers
        How the server answered the nine others.
    missed
        Changes that failed in the browser.
    mebibytes
        The server's largest resident memory, with that of the process that keeps the county open for it.
    """

    seen: list[float] = field(default_factory=list)
    answers: Answers = field(default_factory=Answers)
    missed: int = 0
    mebibytes: float = 0.0

    @property
    def seconds(self) -> list[float]:
        """Of every change of all ten."""
        return [*self.seen, *self.answers.seconds]

    @property
    def errors(self) -> int:
        """Of all ten."""
        return self.answers.errors + self.missed


def be_ten(
    url: str,
    server: int,
    places: Mapping[str, str],
    *,
    page: Page,
    recording: Recording,
    change: Callable[[Page, int], float | None],
) -> Crowd:
    """Let ten sessions change filters and click for two minutes while one plan is solved, niced as the app's jobs are.

    Parameters
    ----------
    server
        Its process id.
    places
        ``MARKETMAP_*``: which county is solved.
    page, change
        The real browser's page, open, and how its changes are made and timed: seconds, or None where one failed.
    recording
        What the nine others say.
    """
    crowd, stop = Crowd(), threading.Event()
    until = time.perf_counter() + MINUTES * 60
    threads = [
        threading.Thread(target=_watch_memory, args=(server, stop, crowd)),
        threading.Thread(target=asyncio.run, args=(_be_others(url, recording, crowd.answers, until),)),
    ]
    with _solving(places):
        for thread in threads:
            thread.start()
        number = 0
        while time.perf_counter() < until:
            seconds = change(page, number)
            if seconds is None:
                crowd.missed += 1
            else:
                crowd.seen.append(seconds)
            number += 1
            page.wait_for_timeout(PAUSE * 1000)
        threads[1].join()
        stop.set()
        threads[0].join()
    return crowd


async def _be_others(url: str, recording: Recording, answers: Answers, until: float) -> None:
    others = range(1, SESSIONS)
    await asyncio.gather(*(be_one(url, recording, answers, start=5 * number, until=until) for number in others))


@contextlib.contextmanager
def _solving(places: Mapping[str, str]) -> Iterator[None]:
    county = places.get("MARKETMAP_COUNTY") or "data/sample"
    with tempfile.TemporaryDirectory() as folder:
        command = ["nice", "-n", "10", sys.executable, "-m", "marketmap", "blocks", "--county", county]
        solve = subprocess.Popen(
            [*command, "--out", str(Path(folder) / "out")],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield
        finally:
            solve.terminate()
            solve.wait()


def _watch_memory(pid: int, stop: threading.Event, crowd: Crowd) -> None:
    """Add up the server and the processes that it began, every second."""
    while not stop.wait(1.0):
        family = [pid, *_children(pid)]
        crowd.mebibytes = max(crowd.mebibytes, sum(_resident(one) for one in family))


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()]
    return []


def _resident(pid: int) -> float:
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
        return sum(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))
    return 0.0
