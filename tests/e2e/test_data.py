"""The Data page: what stands and what does not, a county of one's own, and nothing kept of a bad one."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Served, Watch
from tests.e2e.test_app import VIEWS
from tests.e2e.widgets import take_file
from tests.outputs.factory import write_county

pytestmark = pytest.mark.e2e
HOSTILE = "<img src=x onerror=alert(9)>"


def open_data(page: Page, app: Served) -> None:
    page.goto(f"{app.url}/data")
    expect(page.get_by_role("heading", name="Data", level=1)).to_be_visible(timeout=60_000)


def upload(page: Page, folder: Path, *, label: str) -> None:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(files)
    page.get_by_role("textbox", name="What to call it").fill(label)
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Check and show these files").click()


def save(page: Page, button: str) -> tuple[str, bytes]:
    coming = take_file(page.get_by_role("button", name=button).first, timeout=60_000)
    return coming.suggested_filename, Path(coming.path()).read_bytes()


@pytest.mark.parametrize("view", VIEWS)
def test_tables_what_was_left_out_and_a_template(page: Page, app: Served, watch: Watch, view: str) -> None:
    page.set_viewport_size(VIEWS[view])
    open_data(page, app)
    expect(page.get_by_text("The tables can be used")).to_be_visible(timeout=60_000)
    rows = len(pd.read_csv(app.county / "packages.csv"))
    expect(page.get_by_role("row", name="packages (required)")).to_contain_text(f"{rows:,}")
    file, content = save(page, "Template packages.csv")
    assert file == "packages.csv"
    assert content.startswith(b"package_id,postcode,service_type")
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    watch.check()


def test_a_bad_upload_names_its_rows_and_keeps_the_county(
    page: Page, app: Served, watch: Watch, tmp_path: Path
) -> None:
    county = write_county(tmp_path / "county", count=40)
    packages = pd.read_csv(county / "packages.csv", dtype=str, keep_default_na=False)
    packages.loc[3, "hours_week"] = "=cmd|' /C calc'!A0"
    packages.loc[5, "status"] = HOSTILE
    packages.to_csv(county / "packages.csv", index=False)
    open_data(page, app)
    expect(page.get_by_text("The tables can be used")).to_be_visible(timeout=60_000)
    upload(page, county, label=HOSTILE)
    expect(page.get_by_text("Nothing was stored; the county shown before is still there.")).to_be_visible(
        timeout=60_000
    )
    fault = page.get_by_role("row", name="hours_week")
    expect(fault).to_contain_text("packages.csv")
    expect(fault).to_contain_text("not a number")
    expect(fault).to_contain_text("Write digits only")
    expect(page.get_by_role("row", name="packages (required)")).to_be_visible()
    _, findings = save(page, "All findings (CSV)")
    told = {(row["column"], row["row"]) for row in csv.DictReader(io.StringIO(findings.decode()))}
    assert told == {("hours_week", "5"), ("status", "7")}
    _, marked = save(page, "packages.csv with its faults marked")
    rows = list(csv.DictReader(io.StringIO(marked.decode())))
    assert [number for number, row in enumerate(rows) if row["marketmap_fault"]] == [3, 5]
    assert rows[3]["hours_week"].startswith("'=")
    assert not [path for path in app.work.rglob("packages.csv") if path.is_file()]
    watch.check()


def test_a_good_upload_is_shown_to_its_owner_and_can_be_removed(
    page: Page, app: Served, watch: Watch, tmp_path: Path
) -> None:
    county = write_county(tmp_path / "county", count=40)
    open_data(page, app)
    upload(page, county, label=HOSTILE)
    choice = page.get_by_role("combobox", name="County shown on every page")
    expect(choice).to_be_visible(timeout=60_000)
    expect(page.get_by_role("row", name="packages (required)")).to_contain_text("40", timeout=60_000)
    expect(choice).to_have_value(f"{HOSTILE} (yours alone)")
    assert HOSTILE not in page.url
    page.get_by_text("Remove this county from the list").click()
    page.get_by_text("Yes, remove it").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(choice).to_have_count(0, timeout=60_000)
    assert not [path for path in app.work.rglob("packages.csv") if path.is_file()]
    watch.check()


def test_a_folder_outside_the_allowed_ones_is_refused(page: Page, app: Served, watch: Watch) -> None:
    open_data(page, app)
    page.get_by_text("Point to a folder on the server").click()
    page.get_by_role("textbox", name="Folder").fill("/etc")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Check and show this folder").click()
    expect(page.get_by_text("outside the folders that this app may read")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("The tables can be used")).to_be_visible()
    watch.check()
