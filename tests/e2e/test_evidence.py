"""The evidence as its reader uses it: before and after by policy and by block, and the file to take away."""

import csv
import dataclasses
import io
import json
import re
import time
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from marketmap.outputs.drafts.edited import write_draft
from marketmap.outputs.drafts.reopen import draft_of
from marketmap.outputs.drafts.store import PlanStore
from marketmap.outputs.drafts.written_plans import written_folder
from marketmap.outputs.views.plan_evidence import read_plan_evidence, tell_simulated
from tests.e2e.conftest import Served, Watch
from tests.e2e.widgets import area_of, choose, settle, take_file

pytestmark = pytest.mark.e2e
VIEWS: dict[str, ViewportSize] = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.mark.parametrize("view", VIEWS)
def test_from_the_policies_to_a_block_and_its_file(page: Page, app: Served, watch: Watch, view: str) -> None:
    rows = pd.read_csv(app.rounds / "internal" / "round_differences.csv")
    page.set_viewport_size(VIEWS[view])
    page.goto(f"{app.url}/evidence")
    whole = rows[rows["level"] == "county"].iloc[0]
    policies = page.get_by_role("table").filter(has_text="The whole county, against today")
    expect(policies.get_by_role("rowheader", name="Everybody in a zone to its block")).to_be_visible(timeout=60_000)
    expect(policies.get_by_text(f"{whole['minutes_hour_change']:+.2f} (", exact=False)).to_be_attached()
    expect(page.get_by_text("The fair comparison is simulated against simulated")).to_be_visible()
    expect(page.get_by_text("Before and after: not simulated")).to_be_attached()
    expect(page.get_by_text("would change provider, and with it their carers")).to_be_visible()
    choose(page, "By", "Provider")
    settle(page)
    expect(page.get_by_text("A provider's row is no saving.")).to_be_visible()
    hours = page.get_by_role("table").filter(has_text="Hours and travel before and after")
    expect(hours.get_by_role("rowheader", name="The whole county", exact=True)).to_be_attached()
    choose(page, "By", "Block")
    settle(page)
    block = rows.loc[rows["level"] == "block", "area_code"].iloc[0]
    areas = page.get_by_role("table").filter(has_text="Travel before and after")
    expect(areas.get_by_role("rowheader", name=block, exact=True)).to_be_attached()
    chart = page.locator("[data-testid='stVegaLiteChart'] canvas, [data-testid='stVegaLiteChart'] svg").first
    expect(chart).to_be_visible(timeout=20_000)
    assert area_of(chart)["width"] > 250
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert page.url == f"{app.url}/evidence"
    coming = take_file(page.get_by_role("button", name="Before and after (CSV)"))
    written = list(csv.DictReader(io.StringIO(Path(coming.path()).read_text(encoding="utf-8"))))
    assert [float(line["minutes_saved"]) for line in written] == rows["minutes_saved"].tolist()
    watch.check()


def test_a_plan_saved_by_name_has_its_own_rounds_simulated(page: Page, app: Served, watch: Watch) -> None:
    name = f"Meeting {time.time():.0f} ![x](https://example.org/x.png) <img src=x onerror=alert(1)>"
    draft = draft_of(app.out)
    gone = next(zone for zone in draft.zones if zone.proposed)
    draft = dataclasses.replace(draft, zones=tuple(zone for zone in draft.zones if zone is not gone))
    saved = PlanStore(app.work / "plans.sqlite").create(name, "first", draft.to_document(), by="Una", what="one less")
    plan = written_folder(app.work / "plans", saved)
    write_draft(draft, app.county, plan)  # as saving has it done; here, so that nobody waits for another process
    page.goto(f"{app.url}/evidence")
    page.get_by_text("Simulate rounds here").click()
    choose(page, "Whose rounds", f"Saved: {name}")
    expect(page.get_by_text("To be simulated: version 1, saved")).to_be_visible(timeout=30_000)
    settle(page)
    page.get_by_role("button", name="Simulate these rounds").click()
    expect(page.get_by_role("button", name="Cancel, keep nothing")).to_be_visible(timeout=30_000)
    show = page.get_by_role("button", name="Show these rounds")
    expect(show).to_be_visible(timeout=120_000)
    settle(page)
    show.click()
    shown = re.compile(re.escape(f"{name}, version 1: one day, simulated "))
    expect(page.get_by_role("combobox", name="Rounds of")).to_have_value(shown, timeout=30_000)
    (asked,) = (path for path in (app.work / "jobs").glob("*/job.json") if _is_of(path, saved.plan_id))
    found = read_plan_evidence(asked.parent / "out", plan)
    assert found is not None
    page.goto(f"{app.url}/block_plan?plan=plan-{saved.plan_id}")
    expect(page.get_by_text(tell_simulated(found))).to_be_visible(timeout=60_000)
    watch.check()


def _is_of(job: Path, plan_id: str) -> bool:
    asked = json.loads(job.read_text(encoding="utf-8"))["asked"]
    return dict(asked.get("saved", {})).get("plan_id") == plan_id
