"""Served below a path, behind a reverse proxy: every page loads, with its map, and only that path is asked for."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from marketmap.pages.navigation import ENTRIES
from tests.e2e.conftest import Served, Watch
from tests.e2e.proxy import make_proxy
from tests.e2e.servers import free_port, serve_app, serve_web
from tests.e2e.widgets import MAP, settle

pytestmark = pytest.mark.e2e

BELOW = "/marketmap"
WITH_MAP = {"Overview", "Market map", "Demand clusters", "Block plan"}


@pytest.fixture(scope="module")
def proxied(app: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("proxied")
    environ = {f"MARKETMAP_{name.upper()}": str(path) for name, path in vars(app).items() if name != "url"}
    environ |= {"MARKETMAP_WORK": str(folder / "work")}
    flags = (f"--server.baseUrlPath={BELOW.strip('/')}",)
    with serve_app(free_port(), folder / "server.log", *flags, environ=environ, below=BELOW) as upstream:
        port = free_port()
        with serve_web(make_proxy(upstream, below=BELOW), port) as url:
            yield f"{url}{BELOW}"


def test_every_page_loads_with_its_map(page: Page, proxied: str, watch: Watch) -> None:
    assert {entry.title for entry in ENTRIES} >= WITH_MAP
    for entry in ENTRIES:
        page.goto(f"{proxied}/{entry.path}")
        expect(page.get_by_role("heading", name=entry.title, level=1)).to_be_visible(timeout=60_000)
        settle(page, timeout=60_000)
        if entry.title in WITH_MAP:
            frame = page.locator(MAP).first
            expect(frame.content_frame.locator(".leaflet-container")).to_be_visible(timeout=60_000)
    watch.check()
    asked = {urlsplit(url).path for url in watch.requests if url.startswith("http")}
    assert {path for path in asked if not path.startswith(BELOW)} == set()


def test_the_menu_stays_below_the_path(page: Page, proxied: str, watch: Watch) -> None:
    page.goto(proxied)
    page.get_by_role("link", name="Accessibility").click()
    expect(page.get_by_role("heading", name="Accessibility", level=1)).to_be_visible(timeout=60_000)
    expect(page).to_have_url(f"{proxied}/accessibility")
    watch.check()
