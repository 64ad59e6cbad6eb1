import re
from pathlib import Path

import geopandas as gpd
import pytest
from playwright.sync_api import Frame, Page, expect

from tests.e2e.conftest import COUNTY_NAMES, Served, Watch, map_frame
from tests.outputs.factory import HOSTILE_NAMES

pytestmark = pytest.mark.e2e

VIEWS = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
DOWNLOADS = {
    "Block proposals (CSV)": "block_proposals.csv",
    "Postcode look-up (CSV)": "block_postcodes.csv",
    "Map (one HTML file)": "map.html",
}
PAGES = {"Market map": "", "Block proposals": "block_proposals"}


def zone_point(frame: Frame, out: Path, block: str) -> dict[str, float]:
    """Where on the map a point of a block's zone is drawn."""
    zones = gpd.read_file(out / "internal" / "zones.geojson").set_index("block_id")
    inside = zones.geometry[block].representative_point()
    point: dict[str, float] = frame.evaluate(
        "([y, x]) => { const p = window.map.latLngToContainerPoint([y, x]); return {x: p.x, y: p.y}; }",
        [inside.y, inside.x],
    )
    return point


def open_blocks(page: Page, app: Served, query: str = "") -> Frame:
    page.goto(f"{app.url}/block_proposals{query}")
    return map_frame(page)


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
    box = page.locator("iframe[title='streamlit_folium.st_folium']").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= VIEWS[view]["width"]
    expect(page.get_by_text("Open Government Licence").last).to_be_attached()
    watch.check()


def test_the_pages_are_one_click_apart(page: Page, app: Served, watch: Watch) -> None:
    page.goto(app.url)
    map_frame(page)
    page.get_by_role("link", name="Block proposals").click()
    expect(page.get_by_role("heading", name="Block proposals", level=1)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("from the best possible under the model")).to_be_visible()
    expect(page.get_by_text("not evidence about any council").first).to_be_visible()
    map_frame(page)
    watch.check()
    assert watch.missing == []


def test_a_click_on_a_zone_shows_its_block_and_puts_it_into_the_address(page: Page, app: Served, watch: Watch) -> None:
    frame = open_blocks(page, app)
    expect(page.get_by_role("heading", name="B001", level=3).first).to_be_visible()
    frame.locator(".leaflet-container").click(position=zone_point(frame, app.out, "B003"))
    expect(page.get_by_role("heading", name="B003 ·", level=3)).to_be_visible(timeout=30_000)
    expect(page).to_have_url(f"{app.url}/block_proposals?block=B003")
    watch.check()


def test_a_click_on_a_sector_shows_its_figures(page: Page, app: Served, watch: Watch) -> None:
    page.goto(app.url)
    frame = map_frame(page)
    # The middle of the map is inside the county, and so inside some sector.
    frame.locator(".leaflet-container").click()
    expect(page.get_by_role("heading", name=re.compile("^(LE|PE)[0-9]+ [0-9]$"), level=3)).to_be_visible(timeout=30_000)
    assert page.url == f"{app.url}/"
    watch.check()


@pytest.mark.parametrize(
    ("query", "block"), [("?block=B002", "B002"), ("?block=%3Cscript%3Ealert(1)%3C/script%3E", "B001")]
)
def test_the_address_chooses_a_block_that_there_is(
    page: Page, app: Served, watch: Watch, query: str, block: str
) -> None:
    open_blocks(page, app, query)
    expect(page.get_by_role("heading", name=f"{block} ·", level=3)).to_be_visible()
    watch.check()


def test_a_download_is_the_file_byte_for_byte(page: Page, app: Served, watch: Watch) -> None:
    open_blocks(page, app)
    for button, file in DOWNLOADS.items():
        with page.expect_download(timeout=60_000) as coming:
            page.get_by_role("button", name=button).click()
        assert coming.value.suggested_filename == file
        assert Path(coming.value.path()).read_bytes() == (app.out / "internal" / file).read_bytes()
    watch.check()


def test_hostile_names_of_a_plan_show_as_text_and_run_nowhere(page: Page, app: Served, watch: Watch) -> None:
    frame = open_blocks(page, app)
    for block, name in zip(("B001", "B002", "B003"), HOSTILE_NAMES, strict=False):
        frame.locator(".leaflet-container").hover(position=zone_point(frame, app.out, block))
        expect(frame.locator(".leaflet-tooltip td").nth(1)).to_have_text(name)
    table = page.locator("table.facts")
    for name in HOSTILE_NAMES[:4] + HOSTILE_NAMES[5:6]:
        expect(table.get_by_text(name, exact=True).first).to_be_attached()
    expect(table.get_by_text("long long", exact=False).first).to_be_attached()
    expect(page.get_by_text("Suggested provider: <img src=x onerror=alert(1)>")).to_be_visible()
    for place in (page, frame):
        assert place.evaluate("() => document.querySelectorAll('img[src=x], [onerror]').length") == 0
    watch.check()


def test_hostile_names_of_a_county_show_as_text_and_run_nowhere(page: Page, app: Served, watch: Watch) -> None:
    page.goto(app.url)
    map_frame(page)
    choice = page.get_by_role("combobox", name="Footprint of a provider")
    for name in COUNTY_NAMES:
        choice.fill(name[:6])
        page.get_by_role("option", name=name[:6]).first.click()
        expect(page.get_by_text("Held by the chosen provider")).to_be_visible(timeout=30_000)
        map_frame(page)
    table = page.locator("table.facts")
    for name in COUNTY_NAMES:
        expect(table.get_by_text(name, exact=True).first).to_be_attached()
    watch.check()


def test_a_postcode_finds_its_block_and_never_reaches_the_address(page: Page, app: Served, watch: Watch) -> None:
    rows = (app.out / "internal" / "block_postcodes.csv").read_text().splitlines()[1:]
    postcode = next(row.split(",")[0] for row in rows if ",B002," in row)
    open_blocks(page, app)
    page.get_by_role("textbox", name="Find a postcode").fill(postcode.replace(" ", "").lower())
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{postcode} is in block B002")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Show this block").click()
    expect(page.get_by_role("heading", name="B002 ·", level=3)).to_be_visible(timeout=30_000)
    assert not [url for url in watch.requests if postcode.split()[1].lower() in url.lower()]
    watch.check()
