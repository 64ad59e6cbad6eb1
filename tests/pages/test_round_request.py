"""Rounds of a plan that somebody shaped and saved: asked for on Evidence, listed by its name, told beside it alone."""

import dataclasses
import datetime as dt
import html
import json
import os
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from marketmap.errors import OutputError
from marketmap.outputs.drafts.edited import write_draft
from marketmap.outputs.drafts.reopen import draft_of
from marketmap.outputs.drafts.store import PlanStore, SavedPlan
from marketmap.outputs.drafts.written_plans import written_folder
from marketmap.outputs.files.purge import carry_out, find_runs, plan_purges
from marketmap.outputs.views.plan_evidence import read_plan_evidence, tell_missing, tell_simulated
from marketmap.outputs.views.round_runs import DAY, WEEK, version_of
from marketmap.outputs.workspace.places import Workspace, read_workspace
from marketmap.pages import access, jobs
from marketmap.pages.job_files import take_lock
from marketmap.pages.work_kinds import do_work
from tests.measured import Measured
from tests.pages.measured_pages import html_of, point_at, run, words

NAME = "Stroud ![x](https://example.org/x.png) <b>"


def plan_page() -> None:
    from marketmap.pages import block_plan

    block_plan.show()


def evidence_page() -> None:
    from marketmap.pages import evidence

    evidence.show()


@dataclasses.dataclass(frozen=True)
class Shaped:
    """A plan with one block fewer than the county's, written out, and a day of its rounds."""

    document: dict[str, Any]
    plan: Path
    rounds: Path


@pytest.fixture(scope="module")
def shaped(measured: Measured, tmp_path_factory: pytest.TempPathFactory) -> Shaped:
    folder = tmp_path_factory.mktemp("shaped")
    draft = draft_of(measured.plan)
    first = next(zone for zone in draft.zones if zone.proposed)
    draft = dataclasses.replace(draft, zones=tuple(zone for zone in draft.zones if zone is not first))
    write_draft(draft, measured.county_folder, folder / "plan")
    asked = {"days": 1, "plan": str(folder / "plan"), "saved": {"plan_id": "p-1"}}
    job = {"kind": "rounds", "folder": str(measured.county_folder), "out": str(folder / "rounds"), "asked": asked}
    do_work(job, on_stage=lambda _: None, on_progress=lambda *_: None)
    return Shaped(draft.to_document(), folder / "plan", folder / "rounds")


@pytest.fixture(autouse=True)
def folders(measured: Measured, monkeypatch: pytest.MonkeyPatch, places: None) -> None:
    del places  # sets other folders, before these
    point_at(measured, monkeypatch)
    monkeypatch.setattr("marketmap.pages.block_plan.open_ahead", lambda _chosen: None)


@pytest.fixture
def work() -> Workspace:
    return read_workspace(os.environ)


@pytest.fixture
def saved(shaped: Shaped, work: Workspace) -> SavedPlan:
    """The plan saved by its name and written out."""
    plan = PlanStore(work.store).create(NAME, "first", shaped.document, by="Una", what="a block less")
    shutil.copytree(shaped.plan, written_folder(work.plans, plan))
    return plan


def put_job(work: Workspace, number: int = 0, *, rounds: Path | None = None, **facts: Any) -> str:
    """Leave a finished job behind, as a worker does; its id."""
    folder = work.jobs / f"j-{number:012x}-00000000"
    folder.mkdir(parents=True)
    out = folder / "out"
    told = {"kind": "rounds", "county_id": "first", "user": "local", "asked": {"days": 1}, "shared": True}
    told |= {"folder": "", "started": 1e9 + number, "out": str(out)}
    (folder / "job.json").write_text(json.dumps(told | facts))
    (folder / "state.json").write_text('{"state": "done"}')
    (folder / "alive").touch()
    if rounds is not None:
        shutil.copytree(rounds, out)
    return folder.name


def asked_of(plan: SavedPlan, work: Workspace, days: int = 1) -> dict[str, Any]:
    return {"days": days, "plan": str(written_folder(work.plans, plan)), "saved": version_of(plan).facts}


def open_plan(plan_id: str) -> AppTest:
    test = AppTest.from_function(plan_page, default_timeout=120)
    test.session_state["plan"] = plan_id
    return test.run()


def become(user: access.User, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("access", "downloads", "evidence", "plan_rounds", "round_request", "plan_choice", "block_plan"):
        monkeypatch.setattr(f"marketmap.pages.{module}.current_user", lambda: user)


class TestResult:
    def test_it_is_listed_by_the_plans_name_and_told_beside_that_plan_alone(
        self, shaped: Shaped, saved: SavedPlan, work: Workspace
    ) -> None:
        job_id = put_job(work, rounds=shaped.rounds, asked=asked_of(saved, work))
        test = run(evidence_page)
        assert not test.exception
        (label,) = test.selectbox(key="evidence_run").options
        assert label.startswith(f"{NAME}, version 1: one day, simulated ")
        assert test.selectbox(key="evidence_run").value == job_id
        assert "The whole county, against today" in html_of(test)
        assert "These rounds are" not in words(test)
        found = read_plan_evidence(shaped.rounds, shaped.plan)
        assert found is not None
        shown = html_of(open_plan(f"plan-{saved.plan_id}"))
        assert tell_simulated(found) in shown
        countys = html_of(open_plan("run"))
        assert tell_missing(plan="county") in countys
        assert "Simulated rounds of" not in countys

    def test_two_plans_side_by_side_are_each_told_by_their_own(
        self, shaped: Shaped, saved: SavedPlan, work: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("marketmap.pages.desk.ask", lambda function, *args: function(*args))
        put_job(work, rounds=shaped.rounds, asked=asked_of(saved, work))
        test = AppTest.from_function(plan_page, default_timeout=120)
        test.session_state["section"] = "Compare"
        test.run()
        assert not test.exception
        found = read_plan_evidence(shaped.rounds, shaped.plan)
        assert found is not None
        label = html.escape(f"Saved: {NAME}")
        assert f"<strong>{label}.</strong> {tell_simulated(found)}" in html_of(test)
        assert f"<strong>The county&#x27;s plan.</strong> {tell_missing(plan='county')}" in html_of(test)

    def test_a_plan_edited_since_says_that_they_are_of_the_older_version(
        self, measured: Measured, shaped: Shaped, saved: SavedPlan, work: Workspace
    ) -> None:
        put_job(work, rounds=shaped.rounds, asked=asked_of(saved, work))
        now = PlanStore(work.store).save(saved.plan_id, {"zones": []}, revision=1, by="Una", what="another")
        test = run(evidence_page)
        assert "These rounds are of version 1 of this plan" in words(test)
        assert "now at version 2" in words(test)
        shutil.copytree(measured.plan, written_folder(work.plans, now))
        shown = html_of(open_plan(f"plan-{saved.plan_id}"))
        assert "Simulated rounds are of version 1, saved " in shown
        assert "less driving, if all" not in shown
        assert "These rounds are of version 1 of this plan" in words(run(evidence_page))
        # The very same zones once more: what was simulated holds of them.
        again = PlanStore(work.store).save(saved.plan_id, shaped.document, revision=2, by="Una", what="back")
        shutil.copytree(shaped.plan, written_folder(work.plans, again))
        assert "These rounds are" not in words(run(evidence_page))

    def test_of_a_plan_that_was_taken_off_the_list_none_are_shown(
        self, shaped: Shaped, saved: SavedPlan, work: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = work.jobs / put_job(work, rounds=shaped.rounds, asked=asked_of(saved, work))
        PlanStore(work.store).delete(saved.plan_id)
        assert "No rounds have been simulated yet" in words(run(evidence_page))
        monkeypatch.setattr(jobs, "_launch", lambda *_: subprocess.Popen(["true"]))
        monkeypatch.setattr(jobs, "_WORKERS", {})
        jobs.start("rounds", work.first, user="local", asked={"days": 1})
        assert not folder.exists()

    def test_tables_that_changed_since_make_them_old(self, shaped: Shaped, saved: SavedPlan, work: Workspace) -> None:
        job_id = put_job(work, rounds=shaped.rounds, asked=asked_of(saved, work))
        path = work.jobs / job_id / "out" / "run.json"
        record = json.loads(path.read_text(encoding="utf-8"))
        record["inputs"]["packages"]["sha256"] = "0" * 64
        path.write_text(json.dumps(record), encoding="utf-8")
        assert "older than the county's tables, settings or plan. Simulate them again below." in words(
            run(evidence_page)
        )
        assert "have not been simulated, or were before its tables" in html_of(open_plan(f"plan-{saved.plan_id}"))

    def test_one_that_is_broken_is_told_without_the_command_of_the_countys(
        self, shaped: Shaped, saved: SavedPlan, work: Workspace
    ) -> None:
        job_id = put_job(work, rounds=shaped.rounds, asked=asked_of(saved, work))
        (work.jobs / job_id / "out" / "internal" / "round_measures.csv").write_text("policy\r\n", encoding="utf-8")
        test = run(evidence_page)
        assert not test.exception
        assert "cannot be shown. Have them simulated again" in words(test)
        assert "make rounds" not in words(test)
        assert test.button(key="rounds_start").label == "Simulate these rounds"

    def test_a_purge_takes_them(self, shaped: Shaped, saved: SavedPlan, work: Workspace) -> None:
        job_id = put_job(work, rounds=shaped.rounds, asked=asked_of(saved, work))
        plans = plan_purges(find_runs(work.root), before=dt.date(2100, 1, 1))
        assert work.jobs / job_id / "out" in {plan.folder for plan in plans}
        for plan in plans:
            carry_out(plan, on=dt.date(2026, 1, 1))
        assert "No rounds have been simulated yet" in words(run(evidence_page))

    @pytest.mark.parametrize("shared", [True, False])
    def test_others_see_what_is_shared_and_may_not_end_it(
        self, shaped: Shaped, saved: SavedPlan, work: Workspace, monkeypatch: pytest.MonkeyPatch, shared: bool
    ) -> None:
        job_id = put_job(work, rounds=shaped.rounds, asked=asked_of(saved, work), user="ann", shared=shared)
        become(access.User("bob", "Bob", "viewer"), monkeypatch)
        test = run(evidence_page)
        assert [NAME in label for box in test.selectbox for label in box.options if "version" in label] == [
            True
        ] * shared
        assert [button.label for button in test.button] == []
        assert ("have a commissioner simulate" in words(test)) is not shared
        told = html_of(open_plan(f"plan-{saved.plan_id}"))
        assert ("Simulated rounds of 1 day" in told) is shared
        held = take_lock(work.jobs / job_id / "alive")
        (work.jobs / job_id / "state.json").write_text('{"state": "running"}')
        with pytest.raises(OutputError, match="another user's work" if shared else "no such piece of work"):
            jobs.ask_end(job_id, user="bob", keep=False)
        assert held is not None
        os.close(held)


class TestRequest:
    @pytest.fixture
    def started(self, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
        """Jobs only written down."""
        asked: list[dict[str, Any]] = []

        def start(kind: str, place: Any, **facts: Any) -> SimpleNamespace:
            asked.append({"kind": kind, "county": place.county_id, **facts})
            return SimpleNamespace(job_id="j-1")

        monkeypatch.setattr(jobs, "start", start)
        return asked

    def test_the_week_of_a_saved_plan_is_asked_for_by_its_version(
        self, saved: SavedPlan, work: Workspace, started: list[dict[str, Any]]
    ) -> None:
        test = AppTest.from_function(evidence_page, default_timeout=120)
        test.session_state["last_plan"] = f"plan-{saved.plan_id}"  # looked at on the page Block plan
        test.run()
        box = test.selectbox(key="rounds_whose")
        assert box.value == f"plan-{saved.plan_id}"
        assert box.options == ["The county's plan", f"Saved: {NAME}"]
        assert test.radio(key="rounds_days").value == DAY
        told = html_of(test)
        assert "To be simulated: version 1, saved " in told
        assert "by Una: a block less." in told
        assert "Gloucestershire sample" in " ".join(caption.value for caption in test.caption)
        test.radio(key="rounds_days").set_value(WEEK).run()
        test.button(key="rounds_start").click().run()
        assert not test.exception
        (asked,) = started
        assert asked["asked"] == asked_of(saved, work, days=7)
        assert (asked["kind"], asked["county"], asked["shared"]) == ("rounds", "first", True)

    def test_a_plan_not_written_out_yet_is_written_first(
        self, saved: SavedPlan, work: Workspace, started: list[dict[str, Any]]
    ) -> None:
        shutil.rmtree(written_folder(work.plans, saved))
        test = run(evidence_page)
        test.selectbox(key="rounds_whose").set_value(f"plan-{saved.plan_id}").run()
        test.button(key="rounds_start").click().run()
        assert [one["kind"] for one in started] == ["draft", "rounds"]
        assert started[0]["out"] == Path(started[1]["asked"]["plan"])

    def test_one_that_cannot_be_written_out_is_told_with_the_reason(
        self, saved: SavedPlan, work: Workspace, started: list[dict[str, Any]]
    ) -> None:
        folder = written_folder(work.plans, saved)
        shutil.rmtree(folder)
        job_id = put_job(work, kind="draft", asked={}, out=str(folder))
        told = {"state": "failed", "message": "The tables have changed since this plan was made"}
        (work.jobs / job_id / "state.json").write_text(json.dumps(told))
        test = run(evidence_page)
        test.selectbox(key="rounds_whose").set_value(f"plan-{saved.plan_id}").run()
        test.button(key="rounds_start").click().run()
        assert not test.exception
        assert started == []
        assert [error.value for error in test.error] == ["The rounds could not be begun."]
        assert "The tables have changed since this plan was made" in words(test)

    def test_the_countys_plan_is_the_default_and_what_is_there_is_said(
        self, measured: Measured, saved: SavedPlan, shaped: Shaped, work: Workspace, started: list[dict[str, Any]]
    ) -> None:
        put_job(work, rounds=shaped.rounds, asked=asked_of(saved, work))
        test = run(evidence_page)
        assert "These very rounds are there already" not in html_of(test)
        test.button(key="rounds_start").click().run()
        assert started[0]["asked"] == {"days": 1, "plan": str(measured.plan)}
        test.selectbox(key="rounds_whose").set_value(f"plan-{saved.plan_id}").run()
        assert "These very rounds are there already" in html_of(test)

    def test_a_damaged_file_of_plans_leaves_the_figures_in_sight(self, shaped: Shaped, work: Workspace) -> None:
        put_job(work, rounds=shaped.rounds, asked={"days": 1})
        work.store.write_bytes(b"not a database" * 100)
        test = run(evidence_page)
        assert "The whole county, against today" in html_of(test)
        assert [error.value for error in test.error] == ["The saved plans cannot be listed."]

    def test_what_is_at_work_is_followed_and_then_offered(
        self, shaped: Shaped, saved: SavedPlan, work: Workspace
    ) -> None:
        put_job(work, 1, rounds=shaped.rounds, asked={"days": 1})
        job_id = put_job(work, 2, rounds=shaped.rounds, asked=asked_of(saved, work))
        state = work.jobs / job_id / "state.json"
        state.write_text('{"state": "running", "stage": "Simulating rounds as proposed: 3 of 9 visits"}')
        held = take_lock(work.jobs / job_id / "alive")
        test = run(evidence_page)
        assert test.button(key="rounds_start").disabled
        assert f"Asked for last: {html.escape(NAME)}, version 1: one day" in html_of(test)
        assert "At work: Simulating rounds as proposed: 3 of 9 visits" in html_of(test)
        assert {button.label for button in test.button} == {"Simulate these rounds", "Cancel, keep nothing"}
        assert held is not None
        os.close(held)
        state.write_text('{"state": "done"}')
        test = run(evidence_page)
        options = test.selectbox(key="evidence_run").options
        assert [option.partition(": ")[0] for option in options] == [f"{NAME}, version 1", "The county's plan"]
        test.selectbox(key="evidence_run").set_value(f"j-{1:012x}-00000000").run()
        assert f"<strong>Done.</strong> {html.escape(NAME)}, version 1: one day" in html_of(test)
        test.button(key="rounds_show").click().run()
        assert "Done: these are the rounds that the page shows" in html_of(test)
        assert test.selectbox(key="evidence_run").value == job_id
