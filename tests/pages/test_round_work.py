"""The worker that simulates a saved plan's rounds: it waits for the plan, takes nothing else for it, and for whom."""

import dataclasses
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from marketmap.errors import OutputError
from marketmap.outputs.drafts.store import SavedPlan
from marketmap.outputs.drafts.written_plans import written_folder
from marketmap.outputs.files.record import RECORD_FILE
from marketmap.outputs.workspace.places import Workspace, read_workspace
from marketmap.pages import jobs
from marketmap.pages.job_files import take_lock
from marketmap.pages.work_kinds import await_plan, do_work
from tests.pages.test_round_request import asked_of, put_job

SAVED = SavedPlan("p-0123456789ab", "Stroud", "first", 1, "Una", "2026-05-04T10:20:00+00:00", "")


@pytest.fixture
def work() -> Workspace:
    return read_workspace(os.environ)


def test_it_waits_while_the_plan_is_written_out(work: Workspace) -> None:
    folder = written_folder(work.plans, SAVED)
    draft = put_job(work, 1, kind="draft", asked={}, out=str(folder))
    held = take_lock(work.jobs / draft / "alive")
    (work.jobs / draft / "state.json").write_text('{"state": "running"}')
    told: list[str] = []
    job = {"kind": "rounds", "asked": asked_of(SAVED, work)}
    waiting = threading.Thread(target=await_plan, args=(work.jobs, job), kwargs={"on_stage": told.append})
    waiting.start()
    time.sleep(0.5)
    assert waiting.is_alive()
    assert told[0] == "Waiting for the plan to be written out"
    folder.mkdir(parents=True)
    (folder / RECORD_FILE).write_text("{}")
    waiting.join(timeout=60)
    assert not waiting.is_alive()
    assert held is not None
    os.close(held)


def test_without_the_plan_nothing_passes_for_its_rounds(county: Path, work: Workspace, tmp_path: Path) -> None:
    job = {"kind": "rounds", "folder": str(county), "out": str(tmp_path / "out")}
    job |= {"asked": asked_of(SAVED, work)}
    await_plan(work.jobs, job, on_stage=lambda _: pytest.fail("nobody writes it"))
    with pytest.raises(OutputError, match="not written out"):
        do_work(job, on_stage=lambda _: None, on_progress=lambda *_: None)
    assert not (tmp_path / "out").exists()


def test_a_county_of_ones_own_is_shared_with_nobody(work: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_launch", lambda *_: subprocess.Popen(["true"]))
    monkeypatch.setattr(jobs, "_WORKERS", {})
    own = dataclasses.replace(work.first, county_id="c-0123456789ab", owner="ann")
    mine = jobs.start("rounds", own, user="ann", asked={"days": 1}, shared=True)
    everybodys = jobs.start("rounds", work.first, user="ann", asked={"days": 1}, shared=True)
    assert (mine.shared, everybodys.shared) == (False, True)
    assert jobs.find(user="bob", county_id=own.county_id) == []
