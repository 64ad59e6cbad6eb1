"""Hostile text in every column of every table, in settings, names of plans and addresses: nothing of it runs."""

import csv
import io
import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import openpyxl
import pandas as pd
import pytest
from playwright.sync_api import Download, Frame, Page, expect

from marketmap.pages.navigation import ENTRIES
from tests.e2e.conftest import Watch, find_chromium
from tests.e2e.hostile_county import PAYLOADS, make_hostile
from tests.e2e.servers import free_port, serve_app
from tests.e2e.widgets import MAP, area_of, settle, take_file

pytestmark = pytest.mark.e2e

# An element that came of a text.
CAME_OF_TEXT = "img[src=x], svg[onload], [onerror], [onmouseover], a[href^='javascript:'], [src*='example.invalid']"
NUMBER = re.compile(r"-?[\d.,]+")
BOXES = 3
# Of files to upload.
FILE_NAMES = (
    "<img src=x onerror=alert(1)>.csv",
    "packages\u202evsc.csv",
    "n" * 196 + ".csv",
    "..%2f..%2fpackages.csv",
    "=cmd|' /C calc'!A0.csv",
    "\" onmouseover=alert(4) '.csv",
)
# What addresses of pages may hold, and more.
NAMES = ("plan", "block", "county", "job", "area", "cluster")


@dataclass(frozen=True)
class Hostile:
    url: str
    folder: Path
    log: Path


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    find_chromium()
    folder = tmp_path_factory.mktemp("hostile")
    environ = make_hostile(folder)
    log = folder / "server.log"
    with serve_app(free_port(), log, environ=environ) as url:
        yield Hostile(url, Path(environ["MARKETMAP_COUNTY"]).parent, log)
    written = log.read_text()
    packages = pd.read_csv(Path(environ["MARKETMAP_COUNTY"]) / "packages.csv", dtype=str, keep_default_na=False)
    care = {*packages["postcode"], *packages["person_id"], *packages["package_id"]} - {""}
    assert [text for text in care if text in written] == []


def settle_maps(page: Page) -> None:
    settle(page, pause=400, timeout=60_000)
    maps = page.locator(MAP)
    until = time.monotonic() + 60
    while any(
        not maps.nth(place).content_frame.locator(".leaflet-container").is_visible() for place in range(maps.count())
    ):
        assert time.monotonic() < until, "a map is not drawn"
        page.wait_for_timeout(100)


def look_at(frames: list[Frame]) -> None:
    for frame in frames:
        assert frame.evaluate(f'() => document.querySelectorAll("{CAME_OF_TEXT}").length') == 0


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.title)
def test_a_page_runs_nothing_of_it(page: Page, hostile: Hostile, watch: Watch, entry: object, tmp_path: Path) -> None:
    page.goto(f"{hostile.url}/{entry.path}")  # type: ignore[attr-defined]
    settle_maps(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    look_at(page.frames)
    for place in range(BOXES):
        box = page.get_by_role("combobox").nth(place)
        if box.count() == 0 or not box.is_visible() or not box.is_enabled():
            continue
        box.click()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        settle_maps(page)
    for holder in page.locator(MAP).all():
        area = area_of(holder, timeout=60_000)
        for share in (0.35, 0.5, 0.65):
            page.mouse.move(area["x"] + area["width"] * share, area["y"] + area["height"] * share)
        page.mouse.click(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)
        settle_maps(page)
    look_at(page.frames)
    for button in page.get_by_test_id("stDownloadButton").get_by_role("button").all():
        if not button.is_visible() or not button.is_enabled():
            continue
        inspect(take_file(button, timeout=60_000), page, tmp_path)
    watch.check()


@pytest.mark.parametrize("payload", [PAYLOADS[0], "../../etc/passwd"])
def test_an_address_runs_nothing_of_it(page: Page, hostile: Hostile, watch: Watch, payload: str) -> None:
    for path in ("block_plan", "clusters", "block_monitor"):
        page.goto(f"{hostile.url}/{path}?" + "&".join(f"{name}={quote(payload)}" for name in NAMES))
        settle_maps(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        look_at(page.frames)
        assert "root:" not in page.inner_text("body")
    watch.check()


def test_names_of_uploaded_files_are_text_and_nothing_is_stored(
    page: Page, hostile: Hostile, watch: Watch, tmp_path: Path
) -> None:
    counties = set(hostile.folder.rglob("c-*"))
    page.goto(f"{hostile.url}/data")
    settle_maps(page)
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        [{"name": name, "mimeType": "text/csv", "buffer": b"package_id\nP1\n"} for name in FILE_NAMES]
    )
    button = page.get_by_role("button", name="Check and show these files")
    expect(button).to_be_enabled(timeout=60_000)
    look_at(page.frames)
    button.click()
    expect(page.get_by_text("Nothing was stored; the county shown before is still there.")).to_be_visible(
        timeout=60_000
    )
    settle_maps(page)
    refused = page.get_by_role("region", name="What to mend").last
    for name in FILE_NAMES:
        # A browser sends quotes as %22; signs that cannot be seen are told as a question mark, and what is long is cut.
        expect(refused).to_contain_text(name.replace('"', "%22").replace("\u202e", "?")[:120])
    refused.hover()
    look_at(page.frames)
    inspect(take_file(page.get_by_role("button", name="All findings (CSV)").last), page, tmp_path)
    assert set(hostile.folder.rglob("c-*")) == counties
    assert {path.name for path in hostile.folder.rglob("*")} & set(FILE_NAMES) == set()
    watch.check()


@pytest.mark.parametrize("name", [FILE_NAMES[0], FILE_NAMES[4]])
def test_a_marked_list_runs_nothing_of_it(page: Page, hostile: Hostile, watch: Watch, name: str) -> None:
    page.goto(f"{hostile.url}/swaps")
    settle_maps(page)
    rows = [(f"{payload} K", f"{payload} A", f"{payload} B", payload) for payload in PAYLOADS]
    columns = ["package_id", "from_provider_id", "to_provider_id", "decision"]
    for decisions, told in (
        ([row[3] for row in rows], "column decision"),
        (["refused"] * len(rows), f"0 accepted, {len(rows)} refused"),
    ):
        content = pd.DataFrame(rows, columns=columns).assign(decision=decisions).to_csv(index=False).encode()
        page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
        expect(page.get_by_text(told)).to_be_visible(timeout=60_000)
        settle_maps(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        look_at(page.frames)
    watch.check()


def files_of(hostile: Hostile, pattern: str) -> list[Path]:
    """Files of whole folders: one that the app still writes is about to take another name."""
    found = sorted(hostile.folder.rglob(pattern))
    return [path for path in found if not any(".building" in part for part in path.parts)]


def test_written_pages_run_nothing_of_it(page: Page, hostile: Hostile, watch: Watch) -> None:
    written = files_of(hostile, "*.html")
    assert len(written) >= 4
    for path in written:
        page.goto(path.as_uri())
        page.mouse.move(400, 300)
        page.wait_for_timeout(200)
        look_at(page.frames)
    watch.check()


def test_written_tables_are_inert(hostile: Hostile) -> None:
    written = [path for path in files_of(hostile, "*.csv") if hostile.folder / "county" not in path.parents]
    assert len(written) >= 20
    for path in written:
        check_cells(path.name, path.read_bytes())


def inspect(coming: Download, page: Page, folder: Path) -> None:
    name, path = (
        coming.suggested_filename,
        folder / f"{abs(hash(coming.suggested_filename))}{Path(coming.suggested_filename).suffix}",
    )
    coming.save_as(path)
    inspect_file(name, path.read_bytes(), page, folder)


def inspect_file(name: str, content: bytes, page: Page, folder: Path) -> None:
    """Hold a file that was taken away to what its kind may do."""
    kind = Path(name).suffix
    if kind == ".csv":
        check_cells(name, content)
    elif kind == ".xlsx":
        book = openpyxl.load_workbook(io.BytesIO(content))
        assert [cell.coordinate for sheet in book for row in sheet for cell in row if cell.data_type == "f"] == []
    elif kind == ".zip":
        with zipfile.ZipFile(io.BytesIO(content)) as pack:
            for member in pack.namelist():
                assert not member.startswith(("/", "..")), member
                inspect_file(member, pack.read(member), page, folder)
    elif kind == ".html":
        path = folder / "taken.html"
        path.write_bytes(content)
        other = page.context.new_page()
        alerts: list[str] = []
        other.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
        other.goto(path.as_uri())
        other.wait_for_timeout(300)
        look_at(other.frames)
        assert alerts == []
        other.close()


def check_cells(name: str, content: bytes) -> None:
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        for cell in row:
            assert not cell.startswith(("=", "+", "@", "\t", "\r")), (name, cell)
            assert not cell.startswith("-") or NUMBER.fullmatch(cell), (name, cell)
