"""Demand clusters as a commissioner uses them: what could be one provider's, one cluster, its files, another reach."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.conftest import Served, Watch, map_frame
from tests.e2e.widgets import choose, take_file

pytestmark = pytest.mark.e2e
VIEWS: dict[str, ViewportSize] = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.mark.parametrize("view", VIEWS)
def test_from_a_filter_to_a_cluster_and_its_file(page: Page, app: Served, watch: Watch, view: str) -> None:
    clusters = pd.read_csv(app.clusters / "internal" / "clusters.csv")
    one = clusters[(clusters["largest_provider_share"] >= 0.5) | (clusters["providers"] <= 2)]
    assert 0 < len(one) < len(clusters)
    page.set_viewport_size(VIEWS[view])
    page.goto(f"{app.url}/clusters")
    map_frame(page)
    expect(page.get_by_text(f"{len(clusters)} of {len(clusters)}", exact=True)).to_be_visible(timeout=30_000)
    page.get_by_text("Only what could be one provider's").click()
    expect(page.get_by_text(f"{len(one)} of {len(clusters)}", exact=True)).to_be_visible(timeout=20_000)
    last = one.sort_values("contact_hours")["cluster_id"].iloc[0]
    choose(page, "Cluster (or click one on the map)", last)
    expect(page.get_by_role("heading", name=last, level=3)).to_be_visible(timeout=20_000)
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    coming = take_file(page.get_by_role("button", name="Clusters (CSV)", exact=True))
    written = list(csv.DictReader(io.StringIO(Path(coming.path()).read_text(encoding="utf-8"))))
    assert {line["cluster_id"] for line in written} == set(one["cluster_id"])
    watch.check()


def test_another_reach_is_found_in_a_process_of_its_own(page: Page, app: Served, watch: Watch) -> None:
    page.goto(f"{app.url}/clusters")
    map_frame(page)
    before = len(pd.read_csv(app.clusters / "internal" / "clusters.csv"))
    slider = page.get_by_role("slider")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Find clusters of at most 20 minutes").click(timeout=20_000)
    told = page.get_by_text("Clusters that pass").locator("xpath=following-sibling::dd")
    expect(told).to_be_visible(timeout=150_000)
    fewer = int(told.inner_text().split(" of ")[1])
    assert 0 < fewer < before
    watch.check()
