"""What each kind of job writes, one after the other on one small county, as the worker calls it."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from marketmap.blocks.draft import Draft
from marketmap.errors import MarketmapError
from marketmap.outputs.drafts.reopen import draft_of
from marketmap.outputs.files.record import RunRecord, read_record
from marketmap.pages.work_kinds import do_work, find_stop
from tests.outputs.report.test_travel import write_rounds
from tests.outputs.runs.test_factors import FACTS

SCALED = {"blocks.factor_inside": 0.9, "blocks.factor_outside": 0.9, "swaps.near_share": 0.7}
LARGER = {"blocks": {"max_hours": 250.0}}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jobs")


def do(kind: str, county: Path, out: Path, **asked: Any) -> tuple[RunRecord, list[str]]:
    stages: list[str] = []
    job = {"kind": kind, "folder": str(county), "out": str(out), "asked": json.loads(json.dumps(asked))}
    done = do_work(job, on_stage=stages.append, on_progress=lambda *_: None)
    assert stages
    assert read_record(out).command[:3] == ["marketmap", "app", kind]
    return done


@pytest.fixture(scope="module")
def plan(base: Path, county: Path) -> Path:
    providers = pd.read_csv(county / "providers.csv")["provider_id"]
    record, _ = do(
        "blocks",
        county,
        base / "blocks",
        max_iterations=5,
        seed=3,
        forbidden=[[providers[0], "E06000017"]],
        factors=FACTS | {"settings": SCALED, "fit": "out-fit", "sha256": "ab"},
    )
    assert record.factors["settings"] == SCALED
    assert record.settings["blocks"]["factor_inside"] == 0.9
    assert any("scaled by 0.9, fitted on simulated rounds" in note for note in record.notes)
    assert (record.seed, record.solver["iterations"]) == (3, 5)
    return base / "blocks"


def test_a_search_heeds_what_was_asked(plan: Path, county: Path) -> None:
    providers = pd.read_csv(county / "providers.csv")["provider_id"]
    proposals = pd.read_csv(plan / "internal" / "block_proposals.csv")
    assert len(proposals)
    assert providers[0] not in set(proposals["suggested_provider_id"])


def test_a_draft_is_written_and_checked(plan: Path, county: Path, base: Path) -> None:
    draft = draft_of(plan)
    record, findings = do("draft", county, base / "draft", draft=draft.to_document())
    assert findings == []
    # What scaled the plan scales its drafts.
    assert record.settings["blocks"]["factor_outside"] == 0.9
    assert any("scaled by 0.9, as the settings say" in note for note in record.notes)
    broken = dataclasses.replace(draft.zones[0], postcodes=(draft.zones[0].centre,))
    edited = dataclasses.replace(
        draft, zones=(broken, *draft.zones[1:]), edits=({"kind": "lock_block", "told": "a little less"},)
    )
    _, findings = do("draft", county, base / "draft", draft=edited.to_document())
    assert findings  # a block far below the least hours


def test_the_rest_is_solved_round_what_is_locked(plan: Path, county: Path, base: Path) -> None:
    draft = draft_of(plan)
    kept = draft.zones[0]
    locked = dataclasses.replace(draft, locked=(kept.block_id,))
    record, _ = do("rest", county, base / "rest", draft=locked.to_document(), max_iterations=4, overrides=LARGER)
    assert record.solver["iterations"] == 4
    assert record.settings["blocks"]["max_hours"] == 250.0
    again: Draft = draft_of(base / "rest")
    same = [zone for zone in again.zones if zone.postcodes == kept.postcodes]
    assert [zone.provider_id for zone in same] == [kept.provider_id]


def test_a_company_leaves_a_plan_or_a_draft(plan: Path, county: Path, base: Path) -> None:
    proposals = pd.read_csv(plan / "internal" / "block_proposals.csv")
    company = str(proposals["company_id"].iloc[0])
    count = int((proposals["company_id"] == company).sum())
    for asked in ({"plan": str(plan)}, {"draft": draft_of(plan).to_document(), "plan": "elsewhere"}):
        record, _ = do("exit", county, base / "exit", company=company, **asked)
        assert record.solver["without"] == company
        assert len(pd.read_csv(base / "exit" / "internal" / "exit_blocks.csv")) == count


def test_clusters_and_reports(county: Path, base: Path, plan: Path) -> None:
    record, _ = do("clusters", county, base / "clusters", max_minutes=7)
    assert record.settings["clusters"]["max_minutes"] == 7.0
    rounds = write_rounds(base / "rounds", of=county)
    record, _ = do("monitor", county, base / "monitor", plan=str(plan), rounds=str(rounds))
    assert "Travel before and after, simulated" in (base / "monitor" / "internal" / "monitor.html").read_text("utf-8")


def test_a_report_does_without_a_plan_that_is_gone(county: Path, base: Path) -> None:
    do("rural", county, base / "rural", plan=str(base / "gone"))
    assert "No plan of blocks was given" in (base / "rural" / "internal" / "rural.html").read_text("utf-8")


def test_what_cannot_be_asked_is_told(county: Path, tmp_path: Path) -> None:
    job = {"kind": "dance", "folder": str(county), "out": str(tmp_path / "out"), "asked": {"draft": {}}}
    for changes, words in (
        ({}, "not said|which plan"),
        ({"asked": {"draft": {"schema": "marketmap/draft/0"}}}, "another version"),
        ({"kind": "exit", "asked": {"plan": str(tmp_path / "no"), "company": "V00"}}, "no output folder"),
    ):
        with pytest.raises(MarketmapError, match=words):
            do_work(job | changes, on_stage=print, on_progress=print)


def test_seconds_asked_for_are_used_and_the_settings_hold_where_nothing_was(county: Path) -> None:
    assert find_stop(county, {"max_seconds": 20}).max_seconds == 20
    assert find_stop(county, {"max_seconds": 20}).max_iterations is None
    assert find_stop(county, {"overrides": {"solver": {"max_iterations": 7}}}).max_iterations == 7
