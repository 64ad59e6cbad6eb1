from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Watch
from tests.outputs.prospectus_street import HOSTILE, describe_street, street_files

pytestmark = pytest.mark.e2e
# The inner height of A4 at 96 dots an inch, margins of 13 mm taken off.
A4_HEIGHT = (297 - 26) / 25.4 * 96


@pytest.fixture(scope="module")
def prospectus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("public") / "prospectus.html"
    path.write_bytes(street_files()[1])
    return path


@pytest.mark.parametrize("width", [1440, 390])
def test_the_prospectus_opens_from_disk_and_asks_for_nothing(
    page: Page, watch: Watch, prospectus: Path, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(prospectus.as_uri())
    expect(page.locator("h1")).to_contain_text(HOSTILE[:20])
    assert page.locator("svg").count() == len(describe_street())
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    watch.check()
    assert watch.requests == [prospectus.as_uri()]


def test_a_block_prints_on_one_page(page: Page, prospectus: Path) -> None:
    page.set_viewport_size({"width": round((210 - 28) / 25.4 * 96), "height": 1100})
    page.emulate_media(media="print")
    page.goto(prospectus.as_uri())
    heights = page.evaluate("() => [...document.querySelectorAll('section[id]')].map((s) => s.offsetHeight)")
    assert len(heights) == len(describe_street())
    assert max(heights) <= A4_HEIGHT
