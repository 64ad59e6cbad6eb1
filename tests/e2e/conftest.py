import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Frame, Page, Response, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.e2e.served_county import make_served
from tests.e2e.widgets import MAP
from tests.outputs.factory import HOSTILE_NAMES

ROOT = Path(__file__).parents[2]
# A machine that tests on all its cores starts a server slowly.
PATIENCE = 180.0
LOCAL_HOSTS = {"127.0.0.1", "localhost"}
INNER_SCHEMES = {"data", "blob", "about", "file"}
# The tables take names of up to 100 printable characters.
COUNTY_NAMES = [name for name in HOSTILE_NAMES if len(name) <= 100 and name.isprintable()]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Walk a browser's journey once more where it fails: a page may be drawn anew between a look and a click."""
    for item in items:
        if item.get_closest_marker("e2e"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@dataclass
class Watch:
    """Everything that a page asked for or complained of."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def foreign(self) -> list[str]:
        parts = [(url, urlsplit(url)) for url in self.requests]
        return [url for url, part in parts if part.scheme not in INNER_SCHEMES and part.hostname not in LOCAL_HOSTS]

    def check(self) -> None:
        assert self.requests
        assert self.foreign() == []
        assert self.dialogs == []
        assert self.missing == []
        assert self.complaints == []


def find_chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        if found:
            return found
    reason = "no Chromium is installed: install Debian's package chromium"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def page(browser: Browser, watch: Watch) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    opened = context.new_page()

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            watch.complaints.append(f"{message.text} {message.location.get('url', '')}")

    def see(response: Response) -> None:
        if response.status >= 400:
            watch.missing.append(response.url)

    opened.on("request", lambda request: watch.requests.append(request.url))
    opened.on("response", see)
    opened.on("console", hear)
    opened.on("pageerror", lambda error: watch.complaints.append(str(error)))
    opened.on("dialog", lambda dialog: (watch.dialogs.append(dialog.message), dialog.dismiss()))
    yield opened
    context.close()


@dataclass(frozen=True)
class Served:
    """Where the app answers, and the folders behind it: those of ``MARKETMAP_COUNTY``, ``MARKETMAP_OUT`` and so on."""

    url: str
    county: Path
    out: Path
    report: Path
    rural: Path
    monitor: Path
    clusters: Path
    swaps: Path
    waiting: Path
    rounds: Path
    work: Path


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app on a free port, over a synthetic Rutland with hostile names of providers, and every result of it."""
    find_chromium()
    folder = tmp_path_factory.mktemp("served")
    places = make_served(folder, names=COUNTY_NAMES)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "marketmap.pages.serving", "app.py", f"--server.port={port}"]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=os.environ | places, stdout=log, stderr=log)
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
            yield Served(
                f"http://127.0.0.1:{port}",
                **{name.removeprefix("MARKETMAP_").lower(): Path(path) for name, path in places.items()},
            )
        finally:
            server.terminate()
            server.wait(timeout=20)
    assert "Traceback" not in (folder / "server.log").read_text()


def map_frame(page: Page) -> Frame:
    """The map's frame, once its shapes are drawn."""
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            return _drawn_frame(page)
        except (AssertionError, PlaywrightError):  # one map is taking another's place
            page.wait_for_timeout(250)
    return _drawn_frame(page)


def _drawn_frame(page: Page) -> Frame:
    holder = page.locator(MAP)
    expect(holder).to_have_count(1, timeout=20_000)
    expect(holder).to_be_visible()
    frame = holder.element_handle(timeout=5_000).content_frame()
    assert frame is not None
    for shape in (".leaflet-overlay-pane svg path", ".map-label"):
        frame.wait_for_selector(shape, state="attached", timeout=20_000)
    return frame


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert server.poll() is None, "the server ended at once"
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  our own address
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server did not answer in time")
