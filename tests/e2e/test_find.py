"""The brokers' page as a broker uses it: a postcode, a list, the waiting list, and their files."""

import csv
import io
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.conftest import Served, Watch
from tests.e2e.widgets import take_file

pytestmark = pytest.mark.e2e
VIEWS: dict[str, ViewportSize] = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


def fetch(page: Page, label: str) -> bytes:
    coming = take_file(page.get_by_role("button", name=label))
    assert coming.suggested_filename.split(".")[0] in {"nearest_providers", "answers", "waiting_list"}
    return Path(coming.path()).read_bytes()


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"))))


@pytest.mark.parametrize("view", VIEWS)
def test_from_a_postcode_to_a_list_and_the_waiting_list(page: Page, app: Served, watch: Watch, view: str) -> None:
    listed = pd.read_csv(app.out / "internal" / "block_postcodes.csv", keep_default_na=False)
    inside = listed[listed["block_id"] != "spot"].iloc[0]
    page.set_viewport_size(VIEWS[view])
    page.goto(f"{app.url}/find_provider")
    box = page.get_by_label("Postcode", exact=True)
    expect(box).to_be_visible(timeout=60_000)
    box.fill(inside["postcode"].lower())
    box.press("Enter")
    expect(page.get_by_role("heading", name=inside["postcode"], level=3)).to_be_visible(timeout=60_000)
    expect(page.locator(".panel p", has_text=re.compile(f"^Block {inside['block_id']}, "))).to_be_visible()
    expect(page.get_by_role("table").filter(has_text="Nearest providers")).to_be_visible()
    near = rows_of(fetch(page, "All providers by distance (CSV)"))
    timed = [float(row["minutes"]) for row in near if row["minutes"]]
    assert timed
    assert timed == sorted(timed)
    assert len(near) == len(pd.read_csv(app.county / "providers.csv"))

    page.get_by_role("radio", name="A list of postcodes").click()
    box = page.get_by_label("Paste a list, one postcode on each line")
    box.fill(f"{inside['postcode']}\nnonsense\n=cmd|' /C calc'!A0\n")
    box.press("Control+Enter")
    expect(page.get_by_text("Without an answer: lines 2, 3.")).to_be_visible(timeout=20_000)
    answers = rows_of(fetch(page, "Answers (CSV)"))
    assert [row["answer"] for row in answers] == ["block", "not a postcode", "not a postcode"]
    assert answers[0]["block_id"] == inside["block_id"]
    assert answers[2]["asked"] == "'=cmd|' /C calc'!A0"

    page.get_by_role("radio", name="Who waits").click()
    expect(page.get_by_text("Packages waiting", exact=True)).to_be_visible(timeout=30_000)
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    sheet = openpyxl.load_workbook(io.BytesIO(fetch(page, "Waiting list (XLSX)")))["Waiting list"]
    heads = [str(cell.value).split(" (")[0] for cell in sheet[1]]
    waiting = {row[heads.index("Package")].value for row in sheet.iter_rows(min_row=2)}
    packages = pd.read_csv(app.county / "packages.csv", dtype=str, keep_default_na=False)
    assert waiting == set(packages.loc[packages["status"] == "waiting", "package_id"])

    # Nothing of what was asked stands in an address, the page's own or one that it fetched.
    assert page.url == f"{app.url}/find_provider"
    spelt = inside["postcode"].replace(" ", "").lower()
    assert not [url for url in watch.requests if spelt in url.replace("%20", "").replace("+", "").lower()]
    watch.check()
