"""The block plan as a commissioner uses it: read a block, change the plan, run it anew, and take the files away."""

import io
import re
import sqlite3
import zipfile
from pathlib import Path
from uuid import uuid4

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from playwright.sync_api import Browser, Frame, Page, ViewportSize, expect

from tests.e2e.conftest import COUNTY_NAMES, Served, Watch, map_frame
from tests.e2e.widgets import choose, settle, take_file

pytestmark = pytest.mark.e2e

VIEWS: dict[str, ViewportSize] = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
LONG = 180_000  # the first to open a plan waits until the county is read
FILES = {
    "Block proposals (CSV)": "internal/block_proposals.csv",
    "Postcode look-up (CSV)": "internal/block_postcodes.csv",
    "Map (one HTML file)": "internal/map.html",
    "Prospectus for providers (HTML)": "public/prospectus.html",
    "Prospectus for providers (CSV)": "public/prospectus.csv",
}


def zone_point(frame: Frame, out: Path, block: str) -> dict[str, float]:
    """Where on the map a point of a block's zone is drawn."""
    zones = gpd.read_file(out / "internal" / "zones.geojson").set_index("block_id")
    inside = zones.geometry[block].representative_point()
    point: dict[str, float] = frame.evaluate(
        "([y, x]) => { const p = window.map.latLngToContainerPoint([y, x]); return {x: p.x, y: p.y}; }",
        [inside.y, inside.x],
    )
    return point


def read_plan(app: Served) -> pd.DataFrame:
    return pd.read_csv(app.out / "internal" / "block_proposals.csv")


def name_proposed(app: Served, number: int = 0) -> str:
    table = read_plan(app)
    return str(table.loc[table["status"] == "proposed", "block_id"].iloc[number])


def find_free_sector(app: Served) -> tuple[str, str]:
    """A proposed block and a sector of it in which nothing is let yet, so that its provider may be kept out there."""
    table = read_plan(app)
    status = table.set_index("block_id")["status"]
    places = pd.read_csv(app.out / "internal" / "block_postcodes.csv")
    # A block's own list of sectors leaves out those of which it has only postcodes without work.
    let = {postcode[:-2] for postcode in places.loc[places["block_id"].map(status).eq("existing"), "postcode"]}
    for row in table[table["status"] == "proposed"].itertuples():
        for sector in str(row.sectors).split(";"):
            if sector not in let:
                return str(row.block_id), sector
    pytest.fail("every sector has a block that is let")


def open_plan(page: Page, app: Served, query: str = "") -> Frame:
    page.goto(f"{app.url}/block_plan{query}")
    return map_frame(page)


def open_section(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()


def open_editor(page: Page, app: Served, query: str = "") -> None:
    open_plan(page, app, query)
    open_section(page, "Change it")
    expect(page.get_by_text("What the changes come to")).to_be_visible(timeout=LONG)


def click_zone(page: Page, frame: Frame, app: Served, block: str) -> None:
    """Click a zone; again where the page was still being drawn."""
    for attempt in range(4):
        frame.locator(".leaflet-container").click(position=zone_point(frame, app.out, block))
        try:
            expect(page.get_by_role("heading", name=f"{block} ·", level=3)).to_be_visible(timeout=8_000)
        except AssertionError:
            if attempt == 3:
                raise
        else:
            return


def use(page: Page, tool: str, told: str) -> None:
    """Choose a tool, and use it once its own words are there."""
    choose(page, "What to change", tool)
    expect(page.get_by_text(told).first).to_be_visible(timeout=30_000)
    do_it(page)


def do_it(page: Page) -> None:
    """Click once the page is drawn: the button belongs to one choice, and a new choice has a new button."""
    settle(page)
    page.get_by_role("button", name="Do it").click()


def take(page: Page, button: str | re.Pattern[str]) -> bytes:
    coming = take_file(page.get_by_role("button", name=button), timeout=LONG)
    return Path(coming.path()).read_bytes()


def saved_plans(app: Served) -> dict[str, int]:
    with sqlite3.connect(app.work / "plans.sqlite") as store:
        return dict(store.execute("SELECT name, revision FROM plans WHERE deleted = 0").fetchall())


@pytest.mark.parametrize("view", VIEWS)
def test_a_block_is_found_read_and_taken_away(page: Page, app: Served, watch: Watch, view: str) -> None:
    page.set_viewport_size(VIEWS[view])
    frame = open_plan(page, app)
    wanted = name_proposed(app, 1)
    row = read_plan(app).set_index("block_id").loc[wanted]
    click_zone(page, frame, app, wanted)
    expect(page).to_have_url(f"{app.url}/block_plan?block={wanted}")
    expect(page.get_by_text(str(row["reason"])[:60])).to_be_visible()
    expect(page.get_by_text("Simulated rounds of 1 day: ")).to_be_visible()
    page.get_by_role("tab", name="Who could take it").click()
    expect(page.get_by_text("The suggested provider, who is next, and the backup")).to_be_visible()
    page.get_by_role("tab", name="Who must agree").click()
    expect(page.get_by_text("An hour moves to another provider only if")).to_be_visible()
    page.get_by_role("tab", name="When it can start").click()
    expect(page.get_by_text("Place in the order of starts")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    packed = zipfile.ZipFile(io.BytesIO(take(page, f"Pack for the provider of {wanted} (ZIP)")))
    assert {"blocks.csv", "README.txt"} <= {name.rsplit("/", 1)[-1] for name in packed.namelist()}
    watch.check()


def test_the_files_are_those_of_the_run_byte_for_byte(page: Page, app: Served, watch: Watch) -> None:
    open_plan(page, app)
    for button, path in FILES.items():
        assert take(page, button) == (app.out / path).read_bytes()
    book = openpyxl.load_workbook(io.BytesIO(take(page, "All tables of the plan (XLSX)")))
    assert book.sheetnames[0] == "Blocks"
    assert book["Blocks"].max_row == len(read_plan(app)) + 1
    layers = gpd.read_file(io.BytesIO(take(page, "Zones (GeoPackage)")), layer="zones")
    assert set(read_plan(app)["block_id"]) <= set(layers["block_id"])
    watch.check()


@pytest.mark.parametrize("query", ["?block=%3Cscript%3Ealert(1)%3C/script%3E&plan=%3Cimg%20src=x%3E", "?plan=job-x"])
def test_the_address_opens_only_what_there_is(page: Page, app: Served, watch: Watch, query: str) -> None:
    open_plan(page, app, query)
    expect(page.get_by_role("heading", name=f"{name_proposed(app)} ·", level=3)).to_be_visible()
    watch.check()


def test_hostile_names_show_as_text_and_run_nowhere(page: Page, app: Served, watch: Watch) -> None:
    open_plan(page, app)
    page.get_by_role("tab", name="Who could take it").click()
    table = page.locator("table.facts")
    for name in COUNTY_NAMES:
        expect(table.get_by_text(name, exact=True).first).to_be_attached()
    for place in (page, map_frame(page)):
        assert place.evaluate("() => document.querySelectorAll('img[src=x], [onerror]').length") == 0
    watch.check()


def test_a_postcode_finds_its_block_and_never_reaches_the_address(page: Page, app: Served, watch: Watch) -> None:
    table = pd.read_csv(app.out / "internal" / "block_postcodes.csv")
    wanted = name_proposed(app, 1)
    postcode = str(table.loc[table["block_id"] == wanted, "postcode"].iloc[0])
    open_plan(page, app)
    page.get_by_role("textbox", name="Find a postcode").fill(postcode.replace(" ", "").lower())
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{postcode} is in block {wanted}")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Show this block").click()
    expect(page.get_by_role("heading", name=f"{wanted} ·", level=3)).to_be_visible(timeout=30_000)
    assert not [url for url in watch.requests if postcode.split()[1].lower() in url.lower()]
    watch.check()


def compare_with(page: Page, name: str) -> None:
    """Compare with a saved plan that nobody has looked at yet: it is written out and the comparison comes by itself."""
    asked = "Beside which plan (the baseline)?"
    open_section(page, "Compare")
    choose(page, asked, f"Saved: {name}")
    expect(page.get_by_text("What the two plans come to")).to_be_visible(timeout=LONG)
    open_section(page, "Blocks")
    open_section(page, "Compare")
    expect(page.get_by_role("combobox", name=asked, exact=True)).to_have_value(f"Saved: {name}", timeout=30_000)


@pytest.mark.parametrize("view", VIEWS)
def test_a_change_is_weighed_undone_and_saved(page: Page, app: Served, watch: Watch, view: str) -> None:
    page.set_viewport_size(VIEWS[view])
    open_editor(page, app)
    name = f"Meeting <img src=x onerror=alert(1)> {view} {uuid4().hex[:6]}"  # free too where it is walked once more
    block, sector = find_free_sector(app)
    choose(page, "Block to change", block)
    expect(page.get_by_role("heading", name=f"{block} may be changed", level=3)).to_be_visible(timeout=30_000)
    choose(page, "What to change", "Keep a provider out")
    choose(page, "Where", f"Sector {sector}")
    do_it(page)
    expect(page.get_by_text("provider kept out:").first).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("No rule of the model is broken")).to_be_visible(timeout=30_000)
    use(page, "Dissolve", "go back to spot purchase")
    expect(page.get_by_text(f"Dissolved block {block}").first).to_be_visible(timeout=30_000)
    page.get_by_role("textbox", name="Name of the plan").fill(name)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("It stands in the list of plans at the top")).to_be_visible(timeout=30_000)
    assert saved_plans(app)[name] == 1
    assert f"Dissolved block {block}" in take(page, "List of edits (CSV)").decode()
    # A new tab: the saved plan is in the list and is written out as a plan like any other.
    page.goto(f"{app.url}/block_plan")
    if view == "desk":
        compare_with(page, name)
    choose(page, "Plan", f"Saved: {name}")
    expect(page).to_have_url(re.compile(r"/block_plan\?plan=plan-[\w-]+"), timeout=30_000)
    expect(page.get_by_text("Shaped by hand: 1 edit since")).to_be_visible(timeout=LONG)
    map_frame(page)
    written = pd.read_csv(io.BytesIO(take(page, "Block proposals (CSV)")))
    assert set(read_plan(app)["block_id"]) - set(written["block_id"]) == {block}
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    watch.check()


def test_a_second_persons_save_is_refused_with_what_differs(
    page: Page, app: Served, watch: Watch, browser: Browser
) -> None:
    open_editor(page, app)
    name = f"Shared {uuid4().hex[:6]}"
    page.get_by_role("textbox", name="Name of the plan").fill(name)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Open the saved plan").click()
    expect(page).to_have_url(re.compile(r"plan=plan-"), timeout=LONG)
    query = "?" + page.url.partition("?")[2]
    other = browser.new_context(viewport=VIEWS["desk"]).new_page()
    open_editor(other, app, query)
    open_editor(page, app, query)
    for tab, number in ((page, 0), (other, 1)):
        choose(tab, "Block to change", name_proposed(app, number))
        heading = f"{name_proposed(app, number)} may be changed"
        expect(tab.get_by_role("heading", name=heading, level=3)).to_be_visible(timeout=30_000)
        use(tab, "Dissolve", "go back to spot purchase")
        expect(tab.get_by_text(f"Dissolved block {name_proposed(app, number)}").first).to_be_visible(timeout=30_000)
        tab.get_by_role("button", name="Save", exact=True).click()
        if tab is page:
            expect(tab.get_by_text("saved 2 times")).to_be_visible(timeout=30_000)
    expect(other.get_by_text("Nothing was overwritten")).to_be_visible(timeout=30_000)
    expect(other.locator("table.facts", has_text="What differs").get_by_text(name_proposed(app)).first).to_be_attached()
    assert saved_plans(app)[name] == 2
    other.get_by_role("button", name="Save mine under another name").click()
    expect(other.get_by_text("It stands in the list of plans at the top")).to_be_visible(timeout=30_000)
    assert saved_plans(app) | {name: 2, f"{name} (2)": 1} == saved_plans(app)
    other.context.close()
    watch.check()


def test_a_new_run_is_followed_to_its_plan(page: Page, app: Served, watch: Watch) -> None:
    open_plan(page, app)
    open_section(page, "New run")
    choose(page, "How long to search", re.compile("A quick look"))
    page.get_by_role("spinbutton", name=re.compile("Smallest block")).fill("60")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_role("status").filter(has_text=re.compile("At work|Waiting|Done")).first).to_be_visible(
        timeout=LONG
    )
    page.get_by_role("button", name="Open this plan").click(timeout=LONG)
    expect(page).to_have_url(re.compile(r"plan=job-"), timeout=30_000)
    open_section(page, "Compare")
    expect(page.get_by_text("What the two plans come to")).to_be_visible(timeout=30_000)
    map_frame(page)
    differences = pd.read_csv(io.BytesIO(take(page, "Differences (CSV)")))
    assert (differences["contact_hours"] > 0).all()
    watch.check()


def test_a_long_run_is_stopped_and_its_best_plan_kept(page: Page, app: Served, watch: Watch) -> None:
    open_plan(page, app)
    open_section(page, "New run")
    choose(page, "How long to search", re.compile("Thorough"))
    page.get_by_role("button", name="Start the run").click()
    stop = page.get_by_role("button", name="Stop and keep the best plan")
    expect(stop).to_be_enabled(timeout=LONG)
    stop.click()
    expect(page.get_by_text("Stopped early; the best plan found until then is kept")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("button", name="Open this plan")).to_be_visible()
    watch.check()


def test_a_plan_of_the_frontier_becomes_a_draft(page: Page, app: Served, watch: Watch) -> None:
    frontier = pd.read_csv(app.out / "internal" / "frontier.csv")
    other = str(frontier.loc[frontier["proposed"] == "no", "plan"].iloc[-1])
    open_plan(page, app)
    open_section(page, "Trade-off")
    choose(page, "Plan of the frontier", other)
    page.get_by_role("button", name=f"Open {other} as a draft").click()
    expect(page.get_by_text("What the changes come to")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    page.get_by_role("button", name="Give up all changes").click()
    expect(page.get_by_role("button", name="Undo")).to_be_disabled(timeout=30_000)
    watch.check()


def test_what_becomes_of_a_company_that_leaves(page: Page, app: Served, watch: Watch) -> None:
    open_plan(page, app)
    open_section(page, "If a provider leaves")
    page.get_by_role("button", name="Work it out").click()
    expect(page.get_by_text("Every hour that the company delivers, once")).to_be_visible(timeout=LONG)
    hours = pd.read_csv(io.BytesIO(take(page, "Hours (CSV)")))
    assert hours["hours_from_company"].sum() > 0
    watch.check()
