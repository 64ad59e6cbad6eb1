"""The block monitor as its reader uses it: what a block delivered, and the files of it."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.conftest import Served, Watch, map_frame
from tests.e2e.widgets import area_of, take_file

pytestmark = pytest.mark.e2e
VIEWS: dict[str, ViewportSize] = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.mark.parametrize("view", VIEWS)
def test_from_the_blocks_on_the_map_to_the_weeks_file(page: Page, app: Served, watch: Watch, view: str) -> None:
    weeks = pd.read_csv(app.monitor / "internal" / "block_monitor.csv")
    page.set_viewport_size(VIEWS[view])
    page.goto(f"{app.url}/block_monitor")
    frame = map_frame(page)
    block = weeks["block_id"].iloc[0]
    expect(frame.locator(".map-label", has_text=block)).to_be_attached()
    table = page.get_by_role("table").filter(has_text="Every block in the week")
    expect(table.get_by_role("rowheader", name=block, exact=True)).to_be_visible()
    expect(page.get_by_text("no week before to compare with")).to_be_visible()
    # The chart is drawn, and wide enough to be read.
    bars = page.locator("[data-testid='stVegaLiteChart'] canvas, [data-testid='stVegaLiteChart'] svg").first
    expect(bars).to_be_visible(timeout=20_000)
    assert area_of(bars)["width"] > 250
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert page.url == f"{app.url}/block_monitor"
    coming = take_file(page.get_by_role("button", name="Blocks by week (CSV)"))
    written = list(csv.DictReader(io.StringIO(Path(coming.path()).read_text(encoding="utf-8"))))
    assert [line["block_id"] for line in written] == weeks["block_id"].tolist()
    assert [float(line["hours_delivered"]) for line in written] == weeks["hours_delivered"].tolist()
    watch.check()
