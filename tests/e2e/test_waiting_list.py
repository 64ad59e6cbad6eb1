"""The waiting list as a broker uses it: who has nobody, who could take one person, and the files."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.conftest import Served, Watch
from tests.e2e.widgets import choose, take_file

pytestmark = pytest.mark.e2e
VIEWS: dict[str, ViewportSize] = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.mark.parametrize("view", VIEWS)
def test_from_an_answer_to_one_person_and_the_file(page: Page, app: Served, watch: Watch, view: str) -> None:
    rows = pd.read_csv(app.waiting / "internal" / "waiting_matches.csv", dtype=str, keep_default_na=False)
    page.set_viewport_size(VIEWS[view])
    page.goto(f"{app.url}/find_provider")
    page.get_by_role("radio", name="Who waits").click(timeout=60_000)
    page.get_by_role("link", name="Who could take each of them: Waiting list").click(timeout=30_000)
    given = rows[rows["matched"] == "yes"].iloc[-1]
    choose(page, "Answer", "matched")
    choose(page, "Package", given["package_id"], typed=given["package_id"])
    expect(page.get_by_role("heading", name=given["package_id"], level=3)).to_be_visible(timeout=20_000)
    table = page.get_by_role("table").filter(has_text="Who was looked at")
    expect(table.get_by_role("row").filter(has_text="given to this one")).to_contain_text(given["provider_id"])
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    coming = take_file(page.get_by_role("button", name="Matches (CSV)"))
    written = list(csv.DictReader(io.StringIO(Path(coming.path()).read_text(encoding="utf-8"))))
    assert [(row["package_id"], row["provider_id"]) for row in written] == list(
        rows[["package_id", "provider_id"]].itertuples(index=False, name=None)
    )
    assert not [url for url in watch.requests if given["package_id"] in url]
    watch.check()
