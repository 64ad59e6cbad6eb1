"""Rural gaps as its reader uses it: from the worst area to the report and the files."""

import io
import re
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.e2e.conftest import Served, Watch, map_frame
from tests.e2e.widgets import choose, take_file

pytestmark = pytest.mark.e2e
VIEWS: dict[str, ViewportSize] = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


def fetch(page: Page, label: str) -> bytes:
    coming = take_file(page.get_by_role("button", name=label))
    return Path(coming.path()).read_bytes()


@pytest.mark.parametrize("view", VIEWS)
def test_from_the_worst_area_to_the_report_and_its_tables(
    page: Page, app: Served, watch: Watch, view: str, tmp_path: Path
) -> None:
    areas = pd.read_csv(app.rural / "internal" / "rural_areas.csv")
    page.set_viewport_size(VIEWS[view])
    page.goto(f"{app.url}/rural_gaps")
    frame = map_frame(page)
    first, second = areas["area_name"][0], areas["area_name"][1]
    expect(frame.get_by_text(f"1. {first}", exact=True)).to_be_attached()
    expect(page.get_by_role("heading", name=f"{first} · Rutland", level=3)).to_be_visible()
    choose(page, "Area", re.compile(rf"^2\. {second}, Rutland$"))
    expect(page.get_by_role("heading", name=f"{second} · Rutland", level=3)).to_be_visible(timeout=20_000)
    expect(page.get_by_text("What would help")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert page.url == f"{app.url}/rural_gaps"
    assert fetch(page, "Report for the council (HTML)") == (app.rural / "internal" / "rural.html").read_bytes()
    assert fetch(page, "Report for everybody (HTML)") == (app.rural / "public" / "rural.html").read_bytes()
    book = openpyxl.load_workbook(io.BytesIO(fetch(page, "All tables (XLSX)")))
    assert book.sheetnames == ["Rural areas", "How firm", "Waits", "Refusals", "About"]
    names = [row[2].value for row in book["Rural areas"].iter_rows(min_row=2)]
    assert names == areas["area_name"].tolist()
    path = tmp_path / "areas.gpkg"
    path.write_bytes(fetch(page, "Areas (GeoPackage)"))
    assert gpd.read_file(path, layer="rural_areas")["area_code"].tolist() == areas["area_code"].tolist()
    watch.check()
