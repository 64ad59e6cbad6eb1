"""The first page as a director uses it: six figures, the worst gaps on map and list, on to a page, a report."""

import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from marketmap.outputs.maps.layers import NARROW_HEIGHT
from marketmap.pages.frame import MAP_HEIGHT
from tests.e2e.conftest import Served, Watch, map_frame
from tests.e2e.widgets import MAP, take_file

pytestmark = pytest.mark.e2e
VIEWS: dict[str, ViewportSize] = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.mark.parametrize("view", VIEWS)
def test_from_the_figures_to_the_report(page: Page, app: Served, watch: Watch, view: str) -> None:
    page.set_viewport_size(VIEWS[view])
    page.goto(app.url)
    expect(page.locator("dl.six > div")).to_have_count(6, timeout=60_000)
    packages = pd.read_csv(app.county / "packages.csv")
    assert (packages["status"] == "waiting").any()
    for text in ("Waits of more than 14 days", "95% interval", "may be placed", "not evidence about any council"):
        expect(page.get_by_text(text).first).to_be_visible()
    frame = map_frame(page)
    tall = page.locator(MAP).bounding_box()
    assert tall is not None
    assert tall["height"] == (NARROW_HEIGHT if view == "phone" else MAP_HEIGHT)
    worst = pd.read_csv(app.rural / "internal" / "rural_areas.csv").dropna(subset=["rank"]).sort_values("rank")
    first = worst["area_name"].iloc[0]
    expect(frame.locator(".map-label", has_text=re.compile(f"^1 · {first}$"))).to_be_attached()
    expect(page.locator("ol.gaps strong").first).to_have_text(re.compile(f"^1 · {first},"))
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    coming = take_file(page.get_by_role("button", name="Market report for the council (HTML)"))
    assert Path(coming.path()).read_bytes() == (app.report / "internal" / "report.html").read_bytes()
    watch.check()


def test_a_step_leads_on_to_its_page(page: Page, app: Served, watch: Watch) -> None:
    page.goto(app.url)
    page.get_by_role("link", name="Explore on the Market map").click(timeout=60_000)
    expect(page.get_by_role("heading", name="Market map", level=1)).to_be_visible(timeout=30_000)
    assert page.url.endswith("/market_map")
    watch.check()
