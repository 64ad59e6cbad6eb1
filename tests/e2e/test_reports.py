"""The written reports in a browser: on a screen, on a telephone, on paper; alone, and with every per cent explained."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, ViewportSize

from marketmap.outputs.report.kinds import KINDS
from marketmap.outputs.report.run import run_report
from marketmap.outputs.schema.evidence import find_bare_percents
from tests.e2e.conftest import ROOT, Watch

pytestmark = pytest.mark.e2e
PAGES = [(kind, audience) for kind in KINDS for audience in ("internal", "public")]
SCREENS = {"desk": (1440, 900), "phone": (390, 844)}
# A4 at 96 dots an inch, less margins of 13 mm on both sides.
PAPER: ViewportSize = {"width": 794 - 98, "height": 1123 - 106}
# What sticks out on the right; a wide table stands on a turned page, and what is inside a drawing scales with it.
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((item) => !item.closest(".turned, .skip") && !item.closest("svg *"))
  .filter((item) => item.getBoundingClientRect().right > innerWidth + 1)
  .map((item) => `${item.tagName} ${item.textContent.slice(0, 40)}`)"""
TURNED = """() => [...document.querySelectorAll(".turned table")].map((item) => item.scrollWidth)"""
TURNED_PAPER = 1123 - 91


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All three reports of a synthetic Rutland of few packages."""
    folder = tmp_path_factory.mktemp("reports")
    command = [sys.executable, "-m", "marketmap", "sample", "--county", "rutland", "--packages", "300"]
    subprocess.run([*command, "--out", str(folder / "county")], cwd=ROOT, check=True, capture_output=True)
    for kind in KINDS:
        run_report(kind, folder / "county", folder / kind)  # type: ignore[arg-type]
    return folder


def open_report(page: Page, reports: Path, kind: str, audience: str) -> str:
    address = (reports / kind / audience / f"{kind}.html").as_uri()
    page.goto(address)
    return address


@pytest.mark.parametrize(("kind", "audience"), PAGES)
def test_a_report_asks_for_nothing_and_fits_every_screen(
    page: Page, watch: Watch, reports: Path, kind: str, audience: str
) -> None:
    for width, height in SCREENS.values():
        page.set_viewport_size({"width": width, "height": height})
        address = open_report(page, reports, kind, audience)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert {*watch.requests} == {address}
    assert watch.complaints == []


@pytest.mark.parametrize(("kind", "audience"), PAGES)
def test_nothing_is_cut_off_on_paper(page: Page, reports: Path, kind: str, audience: str) -> None:
    page.emulate_media(media="print")
    page.set_viewport_size(PAPER)
    open_report(page, reports, kind, audience)
    assert page.evaluate(TOO_WIDE) == []
    page.set_viewport_size({"width": TURNED_PAPER, "height": PAPER["width"]})
    assert all(width <= TURNED_PAPER for width in page.evaluate(TURNED))


def test_the_first_screen_of_the_rural_report_names_the_three_worst_gaps(page: Page, reports: Path) -> None:
    areas = pd.read_csv(reports / "rural" / "internal" / "rural_areas.csv")
    worst = areas.sort_values("rank", kind="stable")["area_name"].head(3)
    assert areas["rank"].notna().sum() >= len(worst)
    open_report(page, reports, "rural", "internal")
    for name in worst:
        box = page.locator("section.answer li", has_text=f"{name}, ").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= SCREENS["desk"][1]


@pytest.mark.parametrize(("kind", "audience"), PAGES)
def test_every_per_cent_is_told_with_what_it_rests_on(reports: Path, kind: str, audience: str) -> None:
    written = (reports / kind / audience / f"{kind}.html").read_text(encoding="utf-8")
    assert find_bare_percents(written) == []
    assert "00:00:00" not in written
    assert "* of *" not in written


def test_public_waits_set_the_rural_part_of_long_ones_beside_its_part_of_all(reports: Path) -> None:
    for kind in ("rural", "report"):
        written = (reports / kind / "public" / f"{kind}.html").read_text(encoding="utf-8")
        told = re.search(
            r"(\d+)% of waits over 14 days are rural \(about [\d,]+ of about [\d,]+\), as are (\d+)% of all", written
        )
        assert told is not None


def test_a_whole_districts_reablement_is_called_neither_rural_nor_urban(reports: Path) -> None:
    given = pd.read_csv(reports / "county" / "reablement.csv")["area_code"].dropna()
    shown = pd.read_csv(reports / "report" / "public" / "reablement.csv")
    assert set(shown["district_code"]) <= set(given)
    assert set(shown["rural"]) == {"unknown"}
