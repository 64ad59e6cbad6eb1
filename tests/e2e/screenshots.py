"""``make screenshots``: the pictures of the README, taken of a running app in a real browser."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from marketmap.pages.navigation import ENTRIES
from tests.e2e.conftest import find_chromium
from tests.e2e.widgets import MAP, settle

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
ON_THE_PHONE = ("block_plan", "find_provider")


def take(url: str, folder: Path) -> None:
    """Take a picture of the first screen of every page of the app at ``url``, and of some on a phone."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport=DESK)
        for entry in ENTRIES:
            page.goto(f"{url}/{entry.path}")
            settle_maps(page)
            page.screenshot(path=folder / f"{(entry.path or 'overview').replace('_', '-')}.png")
        page.set_viewport_size(PHONE)
        for path in ON_THE_PHONE:
            page.goto(f"{url}/{path}")
            settle_maps(page)
            page.screenshot(path=folder / f"{path.replace('_', '-')}-phone.png")
        browser.close()


def settle_maps(page: Page) -> None:
    """Wait until a page has run and its map, where it has one, has drawn its shapes and labels."""
    settle(page, timeout=120_000)
    for holder in page.query_selector_all(MAP):
        frame = holder.content_frame()
        if frame is not None:
            frame.wait_for_selector(".leaflet-overlay-pane path", state="attached", timeout=30_000)
    page.wait_for_timeout(1500)  # labels settle after their shapes


if __name__ == "__main__":
    take(sys.argv[1].rstrip("/"), Path(sys.argv[2]))
