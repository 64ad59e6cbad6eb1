import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from marketmap.pages.navigation import ENTRIES, Entry
from tests.e2e.conftest import Served, Watch, map_frame
from tests.e2e.widgets import MAP, area_of

pytestmark = pytest.mark.e2e

VIEWS: dict[str, ViewportSize] = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
PAGES = {"Market map": "market_map", "Block plan": "block_plan"}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("title", PAGES)
def test_a_page_draws_its_map_and_asks_no_other_host(
    page: Page, app: Served, watch: Watch, title: str, view: str
) -> None:
    page.set_viewport_size(VIEWS[view])
    page.goto(f"{app.url}/{PAGES[title]}")
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible(timeout=60_000)
    frame = map_frame(page)
    expect(frame.get_by_text("Synthetic data")).to_be_visible()
    expect(frame.get_by_text("OGL v3")).to_be_visible()
    drawn = frame.evaluate(
        "() => [...document.querySelectorAll('.leaflet-overlay-pane path')]"
        ".filter((path) => path.getBoundingClientRect().width > 5).length"
    )
    assert drawn > 5
    # A page must not scroll sideways, and the map must fit its column.
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    box = area_of(page.locator(MAP))
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= VIEWS[view]["width"]
    expect(page.get_by_text("Open Government Licence").last).to_be_attached()
    watch.check()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.title)
def test_a_page_opens_by_its_own_address_in_silence(page: Page, app: Served, watch: Watch, entry: Entry) -> None:
    page.goto(f"{app.url}/{entry.path}")
    expect(page.get_by_role("heading", name=entry.title, level=1)).to_be_visible(timeout=60_000)
    expect(page).to_have_url(f"{app.url}/{entry.path}")
    watch.check()


def test_the_pages_are_one_click_apart(page: Page, app: Served, watch: Watch) -> None:
    page.goto(app.url)
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Block plan", exact=True).click()
    expect(page.get_by_role("heading", name="Block plan", level=1)).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile("from the best possible under the model"))).to_be_visible(timeout=30_000)
    expect(page.get_by_text("not evidence about any council").first).to_be_visible()
    map_frame(page)
    watch.check()
