"""The market map as its reader uses it: a layer, an area on the map, what is reached, and the files."""

import csv
import io
import json
import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from playwright.sync_api import Frame, Page, ViewportSize, expect

from tests.e2e.conftest import COUNTY_NAMES, Served, Watch, map_frame
from tests.e2e.widgets import choose, take_file

pytestmark = pytest.mark.e2e
VIEWS: dict[str, ViewportSize] = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


def click_biggest(frame: Frame, app: Served) -> str:
    """Click inside the largest postcode sector, as a hand would; its name."""
    areas = gpd.read_file(app.county / "areas.gpkg")
    sectors = areas[areas["area_type"] == "sector"].to_crs(27700)
    row = sectors.loc[sectors.area.idxmax()]
    inside = gpd.GeoSeries([shapely.maximum_inscribed_circle(row.geometry)], crs=27700).to_crs(4326).iloc[0].coords[0]
    point = frame.evaluate(
        "([x, y]) => { const p = window.map.latLngToContainerPoint([y, x]); return {x: p.x, y: p.y}; }", list(inside)
    )
    # The page must not scroll under the pointer between mouse down and up, or the click is lost.
    frame.locator(".leaflet-container").click(position=point)
    return str(row["area_code"])


@pytest.mark.parametrize("view", VIEWS)
def test_from_a_layer_to_an_area_and_its_files(page: Page, app: Served, watch: Watch, view: str) -> None:
    page.set_viewport_size(VIEWS[view])
    page.goto(f"{app.url}/market_map")
    frame = map_frame(page)
    choose(page, "Show on the map", "Long waits")
    expect(page.get_by_text("Long waits as a share of decided waits, by postcode sector")).to_be_visible(timeout=20_000)
    # The names of the layer that was there before fade out and must not hide the new ones.
    frame.wait_for_function(
        "() => [...document.querySelectorAll('.map-label')].some((label) => label.style.visibility === 'visible')"
    )
    name = click_biggest(frame, app)
    expect(page.get_by_role("heading", name=name, level=3)).to_be_visible(timeout=20_000)
    waits = pd.read_csv(app.report / "internal" / "waits.csv")
    row = waits[(waits["level"] == "sector") & (waits["area_code"] == name)].iloc[0]
    facts = page.locator("table.facts", has_text="All figures of this postcode sector")
    expect(facts.get_by_text(f"{row['waits_long']:.0f} of {row['waits_decided']:.0f}; ")).to_be_attached()
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert page.url == f"{app.url}/market_map"  # no area, person or postcode in the address
    coming = take_file(page.get_by_role("button", name="Areas (CSV)"))
    written = list(csv.DictReader(io.StringIO(Path(coming.path()).read_text(encoding="utf-8"))))
    demand = pd.read_csv(app.report / "internal" / "demand_areas.csv")
    expected = demand[demand["level"] == "sector"].set_index("area_code")["contact_hours"].to_dict()
    assert {line["area_code"]: float(line["contact_hours"]) for line in written} == expected
    coming = take_file(page.get_by_role("button", name="Map (one HTML file)"))
    made = Path(coming.path()).read_text(encoding="utf-8")
    assert "Content-Security-Policy" in made
    assert name in made
    watch.check()


def test_a_provider_with_a_hostile_name_shows_its_footprint(page: Page, app: Served, watch: Watch) -> None:
    page.goto(f"{app.url}/market_map")
    map_frame(page)
    choose(page, "Show on the map", "A provider's footprint")
    expect(page.get_by_text("Choose a provider above")).to_be_visible(timeout=20_000)
    for name in COUNTY_NAMES:
        choose(page, "Provider", name[:6], typed=name[:6])
        expect(page.get_by_text("Provider's part of the visits here, by postcode sector")).to_be_visible(timeout=20_000)
        map_frame(page)
    assert page.evaluate("() => document.querySelectorAll('img[src=x], [onerror]').length") == 0
    watch.check()


def test_single_postcodes_are_drawn_inside_a_chosen_area_alone(page: Page, app: Served, watch: Watch) -> None:
    page.goto(f"{app.url}/market_map")
    frame = map_frame(page)
    assert page.get_by_text("Show single postcodes of this area").count() == 0
    name = click_biggest(frame, app)
    page.get_by_text("Show single postcodes of this area").click(timeout=20_000)
    expect(page.get_by_text("postcodes with packages are drawn")).to_be_visible(timeout=20_000)
    packages = pd.read_csv(app.county / "packages.csv")
    sector = packages["postcode"].str.upper().str.replace(" ", "").str[:-2]
    count = packages.loc[sector == name.replace(" ", ""), "postcode"].nunique()
    drawn = frame.wait_for_function(
        """() => { let n = 0; window.map.eachLayer((l) => { if (l.feature && l.feature.properties.postcode) n += 1; });
        return n; }"""
    ).json_value()
    assert 0 < drawn <= count
    watch.check()


def test_what_is_reached_from_an_office_is_drawn_and_summed(page: Page, app: Served, watch: Watch) -> None:
    page.goto(f"{app.url}/market_map")
    frame = map_frame(page)
    page.get_by_text("How far by road from a base?").click()
    choose(page, "Provider of the base", re.compile("P05|Care company"))
    page.get_by_role("button", name="Draw 10, 20 and 30 minutes").click()
    table = page.locator("table.facts", has_text="Care within reach")
    expect(table).to_be_visible(timeout=60_000)
    assert table.locator("tbody tr").count() == 3
    hours = [float(text.replace(",", "")) for text in table.locator("tbody tr td:nth-child(4)").all_inner_texts()]
    assert hours == sorted(hours)
    expect(frame.locator(".map-label", has_text=re.compile("^30 min$"))).to_be_attached(timeout=20_000)
    assert json.dumps(watch.requests).lower().count("le15") == 0
    watch.check()
