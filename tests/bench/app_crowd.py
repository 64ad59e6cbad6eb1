"""Ten people at the app at once, in one browser, while a plan is solved beside them.

The browser shares the machine with the server here, so what is measured is more than ten people on machines of their
own would wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as PlaywrightError

from tests.bench.app_acts import BUSY, FIRE, FRAME, IDLE

ROOT = Path(__file__).parents[2]
SESSIONS, MINUTES, PAUSE = 10, 2.0, 2.0


@dataclass
class Crowd:
    """What ten people met.

    Attributes
    ----------
    seconds
        Of each change, until it was drawn to its end.
    errors
        Changes that failed, and complaints of the page.
    mebibytes
        The server's largest resident memory.
    """

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    mebibytes: float = 0.0


def be_ten(url: str, server: int, places: Mapping[str, str], *, chromium: str) -> Crowd:
    """Let ten sessions click for two minutes while one plan is solved, niced as the app's own jobs are.

    Parameters
    ----------
    server
        Its process id.
    places
        ``MARKETMAP_*``: which county is solved.
    """
    crowd, stop = Crowd(), threading.Event()
    watcher = threading.Thread(target=_watch_memory, args=(server, stop, crowd))
    county = places.get("MARKETMAP_COUNTY") or "data/sample"
    with tempfile.TemporaryDirectory() as folder:
        command = ["nice", "-n", "10", sys.executable, "-m", "marketmap", "blocks", "--county", county]
        solve = subprocess.Popen(
            [*command, "--out", str(Path(folder) / "out")],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        watcher.start()
        try:
            asyncio.run(_click_together(url, crowd, chromium))
        finally:
            stop.set()
            watcher.join()
            solve.terminate()
            solve.wait()
    return crowd


async def _click_together(url: str, crowd: Crowd, chromium: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        until = time.perf_counter() + MINUTES * 60
        await asyncio.gather(*(_be_one(browser, url, number, until, crowd) for number in range(SESSIONS)))
        await browser.close()


async def _be_one(browser: Browser, url: str, number: int, until: float, crowd: Crowd) -> None:
    """Open the market map and click area after area, with a pause to look."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    page.on("pageerror", lambda _error: setattr(crowd, "errors", crowd.errors + 1))
    try:
        await page.goto(f"{url}/market_map", timeout=90_000)
        first = page.frame_locator(FRAME).locator(".leaflet-overlay-pane path").first
        await first.wait_for(state="attached", timeout=90_000)
        await page.wait_for_function(IDLE, timeout=90_000)
        until = max(until, time.perf_counter() + MINUTES * 30)  # who came in late is heard for half the time at least
        while time.perf_counter() < until:
            crowd.seconds.append(await _change(page, number))
            number += 1
            await asyncio.sleep(PAUSE)
    except PlaywrightError:
        crowd.errors += 1
    finally:
        await context.close()


async def _change(page: Page, number: int) -> float:
    """Click one area and wait until its figures are drawn to their end; select boxes are timed with one user alone."""
    began = time.perf_counter()
    await page.frame_locator(FRAME).locator(".leaflet-container").evaluate(FIRE, 7 * number)
    with contextlib.suppress(PlaywrightError):
        await page.wait_for_function(BUSY, timeout=1_000)  # it may be over before we look
    await page.wait_for_function(IDLE, timeout=60_000)
    return time.perf_counter() - began


def _watch_memory(pid: int, stop: threading.Event, crowd: Crowd) -> None:
    while not stop.wait(1.0):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
            here = [float(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")]
            crowd.mebibytes = max([crowd.mebibytes, *here])
