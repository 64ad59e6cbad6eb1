from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from playwright.sync_api import Page, expect

from marketmap.outputs.files.notices import make_notices
from marketmap.outputs.maps.assets import localise
from marketmap.outputs.maps.layers import add_districts, base_map
from tests.e2e.conftest import Watch
from tests.outputs.factory import HOSTILE_NAMES, write_output

pytestmark = pytest.mark.e2e
ALL_INSIDE = """() => [...document.querySelectorAll(".map-place")].every((name) => {
    const box = name.getBoundingClientRect();
    return name.style.visibility === "visible" && box.left >= 0 && box.right <= window.innerWidth;
})"""


@pytest.fixture(scope="module")
def map_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_output(tmp_path_factory.mktemp("file") / "out", names=HOSTILE_NAMES) / "internal" / "map.html"


@pytest.mark.parametrize("width", [1440, 390])
def test_the_map_opens_from_disk_and_asks_for_nothing(page: Page, watch: Watch, map_file: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(map_file.as_uri())
    expect(page.locator(".map-label").first).to_be_attached()
    assert page.locator(".leaflet-overlay-pane path").count() > 5
    expect(page.get_by_text("Synthetic data · Illustrative roads").first).to_be_visible()
    expect(page.get_by_text("Open Government Licence")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("() => document.documentElement.lang") == "en-GB"
    watch.check()
    assert [url for url in watch.requests if not url.startswith("data:")] == [map_file.as_uri()]


def test_a_districts_name_at_the_edge_is_moved_into_the_map(page: Page, watch: Watch, tmp_path: Path) -> None:
    """A narrow district in the west and one in the east: on a phone their names are wider than their ground."""
    sides = {
        "A long name in the west": shapely.box(-2.6, 51.6, -2.5, 52.0),
        "Far in the east": shapely.box(-2, 51.6, -1.9, 52),
    }
    areas = gpd.GeoDataFrame(
        {"area_type": "district", "area_name": list(sides)}, geometry=list(sides.values()), crs=4326
    )
    notices = make_notices(
        synthetic=True, illustrative_roads=False, open_street_map=False, postcode_source="ONSPD 2025"
    )
    made = base_map(areas.total_bounds, notices=notices, label="Map")
    add_districts(made, areas)
    path = tmp_path / "map.html"
    path.write_text(localise(made).get_root().render(), encoding="utf-8")
    page.set_viewport_size({"width": 390, "height": 600})
    page.goto(path.as_uri())
    names = page.locator(".map-place")
    expect(names).to_have_count(2)
    page.wait_for_function(ALL_INSIDE, timeout=5_000)  # once the map has come to rest
    watch.check()


def test_layers_can_be_switched(page: Page, watch: Watch, map_file: Path) -> None:
    page.goto(map_file.as_uri())
    before = page.locator(".leaflet-overlay-pane path").count()
    page.locator(".leaflet-control-layers").hover()
    page.get_by_text("Demand by sector").click()
    expect(page.locator(".leaflet-overlay-pane path").nth(before)).to_be_attached()
    watch.check()


def test_hostile_names_show_as_text(page: Page, watch: Watch, map_file: Path) -> None:
    page.goto(map_file.as_uri())
    shapes = page.locator(".leaflet-overlay-pane path.leaflet-interactive")
    seen = set()
    for number in range(shapes.count()):
        shapes.nth(number).hover(force=True)
        seen.add(page.locator(".leaflet-tooltip td").nth(1).inner_text())
    assert seen == set(HOSTILE_NAMES[:3])
    watch.check()


def test_the_file_forbids_what_it_does_not_need(page: Page, watch: Watch, map_file: Path) -> None:
    page.goto(map_file.as_uri())
    page.evaluate("() => { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(9)>'); }")
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'alert(8)'; document.body.append(s); }"
    )
    reached = page.evaluate("() => fetch('http://127.0.0.1:9/').then(() => 'yes', (error) => String(error))")
    page.wait_for_timeout(300)
    assert reached.startswith("TypeError")
    assert watch.dialogs == []
    refused = [text for text in watch.complaints if "Content Security Policy" in text]
    assert len(refused) >= 3
