"""``make screenshots``: the pictures of the README, taken of a running app in a real browser."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.e2e.conftest import find_chromium, map_frame

PAGES = {"market-map": "/", "block-proposals": "/block_proposals"}


def take(url: str, folder: Path) -> None:
    """Take a picture of the first screen of every page of the app at ``url``."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        for name, path in PAGES.items():
            page.goto(url + path)
            map_frame(page)
            page.wait_for_timeout(1500)  # the map's labels settle after its shapes
            page.screenshot(path=folder / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    take(sys.argv[1], Path(sys.argv[2]))
