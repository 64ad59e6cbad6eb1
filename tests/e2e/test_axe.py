"""No serious accessibility fault in our own markup, on any page, by axe-core's rules for WCAG 2.0 to 2.2, A and AA."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from marketmap.pages.navigation import ENTRIES
from tests.e2e.conftest import Served
from tests.e2e.widgets import settle

pytestmark = pytest.mark.e2e

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SERIOUS = {"serious", "critical"}
# Markup that is Streamlit's, Leaflet's or the grid's own and cannot be mended from here; why each is left out. What a
# user does about each is on the page Accessibility.
NOT_OURS = {
    "[data-testid=stDataFrame]": "a grid drawn on a canvas, with a hidden table beside it that it keeps to itself",
    "[data-testid=stFileUploader]": "the drop zone is a button round a button",
    "iframe": "the map: Leaflet's markup; every fact of it stands in a table and a select box",
    "[data-testid=stHeader]": "Streamlit's own bar with the menu of pages",
}


def look(page: Page) -> list[dict[str, Any]]:
    """The serious faults of what the page shows, but for what is not ours."""
    options = {"runOnly": {"type": "tag", "values": STANDARDS}, "resultTypes": ["violations"]}
    found = Axe().run(page, context={"exclude": [[selector] for selector in NOT_OURS]}, options=options)
    return [fault for fault in found.response["violations"] if fault["impact"] in SERIOUS]


def told(faults: list[dict[str, Any]]) -> str:
    return json.dumps(
        [(fault["id"], [node["html"][:300] for node in fault["nodes"][:4]]) for fault in faults], indent=1
    )


def go(page: Page, url: str, title: str) -> None:
    page.goto(url)
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible(timeout=60_000)
    settle(page, timeout=60_000)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.title)
def test_a_page_has_no_serious_fault(page: Page, app: Served, entry: Any) -> None:
    go(page, f"{app.url}/{entry.path}", entry.title)
    faults = look(page)
    assert not faults, told(faults)
    levels = page.evaluate(
        "() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].filter((head) => head.checkVisibility())"
        ".map((head) => Number(head.tagName[1]))"
    )
    # One main heading, which comes first. Sections below it are of the second or the third level.
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= max(earlier + 1, 3) for earlier, later in pairwise(levels)), levels
    bare = page.evaluate(
        "() => [...document.querySelectorAll('table.facts')].filter((table) => !table.caption"
        " || [...table.querySelectorAll('th')].some((head) => !head.hasAttribute('scope'))).length"
    )
    assert bare == 0


def test_a_fault_of_ours_would_be_found(page: Page, app: Served) -> None:
    go(page, f"{app.url}/accessibility", "Accessibility")
    page.evaluate(
        "() => { const image = document.createElement('img'); image.src = 'data:,';"
        " document.querySelector('[data-testid=stMain]').append(image); }"
    )
    assert [fault["id"] for fault in look(page)] == ["image-alt"]
