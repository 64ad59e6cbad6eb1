"""Swaps as a broker uses them: a chain, a marked list given back, the rest sought anew, and the file."""

import csv
import io
import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.conftest import Served, Watch
from tests.e2e.widgets import MAP, choose, settle, take_file

pytestmark = pytest.mark.e2e
VIEWS: dict[str, ViewportSize] = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
KEY = ["package_id", "from_provider_id", "to_provider_id"]


def fetch(page: Page, label: str) -> list[dict[str, str]]:
    coming = take_file(page.get_by_role("button", name=label))
    return list(csv.DictReader(io.StringIO(Path(coming.path()).read_text(encoding="utf-8"))))


@pytest.mark.parametrize("view", VIEWS)
def test_from_a_chain_to_a_list_with_decisions(page: Page, app: Served, watch: Watch, view: str) -> None:
    moves = pd.read_csv(app.swaps / "internal" / "swap_list.csv", dtype=str, keep_default_na=False)
    assert len(set(moves["chain_id"])) > 1
    page.set_viewport_size(VIEWS[view])
    page.goto(f"{app.url}/swaps")
    frame = page.frame_locator(MAP)
    expect(frame.locator(".leaflet-overlay-pane svg path").first).to_be_attached(timeout=60_000)
    last = moves["chain_id"].iloc[-1]
    choose(page, "Chain, those that save most first", re.compile(f"^{last}: "), typed=last)
    expect(page.get_by_role("heading", name=last, level=3)).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Who must agree", exact=True)).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    settle(page)
    page.get_by_role("button", name="Refuse it").click()
    refused = (moves["chain_id"] == last).sum()
    expect(page.get_by_text(f"0 accepted, {refused} refused")).to_be_visible(timeout=30_000)
    expect(page.get_by_text(f"Of its packages {refused} refused.")).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Leave it open").click()
    expect(page.get_by_text("Nothing is decided on it.")).to_be_visible(timeout=30_000)
    settle(page)
    marked = moves.assign(decision=["accepted", *[""] * (len(moves) - 1)])
    content = marked[[*KEY, "decision"]].to_csv(index=False).encode()
    page.locator("input[type=file]").set_input_files({"name": "marked.csv", "mimeType": "text/csv", "buffer": content})
    expect(page.get_by_text("1 accepted, 0 refused")).to_be_visible(timeout=90_000)
    written = fetch(page, "Swap list with decisions (CSV)")
    assert [row["decision"] for row in written] == marked["decision"].tolist()
    assert [row["package_id"] for row in written] == moves["package_id"].tolist()
    assert not [url for url in watch.requests if moves["package_id"].iloc[0] in url]
    watch.check()


def test_the_rest_is_sought_anew_around_what_was_decided(page: Page, app: Served, watch: Watch) -> None:
    moves = pd.read_csv(app.swaps / "internal" / "swap_list.csv", dtype=str, keep_default_na=False)
    page.goto(f"{app.url}/swaps")
    content = moves.head(1).assign(decision="refused")[[*KEY, "decision"]].to_csv(index=False).encode()
    expect(page.locator("input[type=file]")).to_be_attached(timeout=60_000)
    settle(page)
    page.locator("input[type=file]").set_input_files({"name": "marked.csv", "mimeType": "text/csv", "buffer": content})
    expect(page.get_by_text("0 accepted, 1 refused")).to_be_visible(timeout=90_000)
    settle(page)
    page.get_by_role("button", name="Seek the rest anew").click()
    expect(page.get_by_role("radio", name="Yours, with your decisions")).to_be_visible(timeout=120_000)
    written = fetch(page, "Swap list with decisions (CSV)")
    refused = [row for row in written if row["decision"] == "refused"]
    assert [[row[name] for name in KEY] for row in refused] == moves.head(1)[KEY].to_numpy().tolist()
    assert refused[0]["chain_kind"] == "refused"
    # The county's own list stays as it was.
    again = pd.read_csv(app.swaps / "internal" / "swap_list.csv", dtype=str, keep_default_na=False)
    assert again["decision"].tolist() == moves["decision"].tolist()
    watch.check()
