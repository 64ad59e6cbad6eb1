"""Heavy work in processes of its own: its states, its ends, and what is left of it when somebody pulls the plug."""

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from marketmap.errors import OutputError
from marketmap.outputs.drafts.store import PlanStore
from marketmap.outputs.files.reading import read_plan
from marketmap.outputs.workspace.places import CountyPlace, Workspace, read_workspace
from marketmap.pages import jobs
from marketmap.pages.job_files import is_alive, take_lock
from marketmap.pages.jobs import Job
from tests.outputs.runs.test_factors import FOUND, write_fit

ROOT = Path(__file__).parents[2]
# Far more than a small county takes on a busy machine.
PATIENCE = 300.0


@pytest.fixture
def work() -> Workspace:
    return read_workspace(os.environ)


@pytest.fixture
def place(work: Workspace) -> CountyPlace:
    return work.first


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.1)


def wait_for_end(job: Job) -> Job:
    wait_until(lambda: not jobs.read(job.job_id, user=job.user).is_at_work)
    return jobs.read(job.job_id, user=job.user)


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_search_tells_how_far_it_is_and_keeps_its_best_plan_when_asked_to_end(place: CountyPlace) -> None:
    job = jobs.start("blocks", place, user="ann", asked={"max_seconds": 1000})
    same = jobs.start("blocks", place, user="ann", asked={"max_seconds": 1000})
    other = jobs.start("blocks", place, user="bob", asked={"max_seconds": 1000})
    assert same.job_id == job.job_id != other.job_id
    wait_until(lambda: jobs.read(job.job_id, user="ann").iterations > 0)
    seen = jobs.read(job.job_id, user="ann")
    assert (seen.state, seen.stage) == ("running", "Designing blocks")
    assert seen.iterations > 0
    assert seen.objective is not None
    assert seen.lower_bound is not None
    assert seen.gap == pytest.approx((seen.objective - seen.lower_bound) / seen.objective)
    assert 0 < seen.seconds < PATIENCE
    assert jobs.read(other.job_id, user="bob").state == "waiting"
    with pytest.raises(OutputError, match="no such piece of work"):
        jobs.read(job.job_id, user="bob")
    with pytest.raises(OutputError, match="no such piece of work"):
        jobs.ask_end(job.job_id, user="bob", keep=False)
    assert [found.job_id for found in jobs.find(user="bob", county_id="first")] == [other.job_id]
    jobs.ask_end(other.job_id, user="bob", keep=False)
    jobs.ask_end(job.job_id, user="ann", keep=True)
    assert wait_for_end(other).state == "cancelled"
    ended = wait_for_end(job)
    assert ended.state == "stopped"
    assert "Ctrl-C" not in ended.message
    assert ended.message.startswith("Stopped when asked")
    seconds = [point[0] for point in ended.trace]
    assert seconds == sorted(seconds)
    plan = read_plan(ended.out)
    assert plan.record.solver["ended_by"] == "user"
    assert ended.objective == pytest.approx(plan.record.solver["objective"])
    assert not other.out.exists()


def test_a_cancelled_search_leaves_nothing(place: CountyPlace, work: Workspace) -> None:
    job = jobs.start("blocks", place, user="ann", asked={"max_seconds": 1000})
    wait_until(lambda: jobs.read(job.job_id, user="ann").iterations > 0)
    jobs.ask_end(job.job_id, user="ann", keep=False)
    ended = wait_for_end(job)
    assert (ended.state, ended.message) == ("cancelled", "Cancelled: nothing was written.")
    wait_until(lambda: not is_alive(work.jobs / job.job_id))
    assert left_in(work.jobs / job.job_id) == {"job.json", "state.json", "alive", "end"}


SERVER = """
import os, sys, time
from marketmap.outputs.workspace.places import read_workspace
from marketmap.pages import jobs
place = read_workspace(os.environ).first
print(jobs.start("blocks", place, user="ann", asked={"max_seconds": 1000}).job_id, flush=True)
time.sleep(1000)
"""


def test_work_ends_with_the_server_that_asked_and_can_be_started_again(place: CountyPlace, work: Workspace) -> None:
    server = subprocess.Popen([sys.executable, "-c", SERVER], cwd=ROOT, stdout=subprocess.PIPE)
    assert server.stdout is not None
    job_id = server.stdout.readline().decode().strip()
    wait_until(lambda: jobs.read(job_id, user="ann").iterations > 0)
    server.send_signal(signal.SIGKILL)
    server.wait()
    server.stdout.close()
    wait_until(lambda: not is_alive(work.jobs / job_id))
    ended = jobs.read(job_id, user="ann")
    assert ended.state == "interrupted"
    assert "start it again" in ended.message
    assert left_in(work.jobs / job_id) == {"job.json", "state.json", "alive"}
    again = jobs.start("blocks", place, user="ann", asked={"max_iterations": 3})
    assert wait_for_end(again).state == "done"
    assert read_plan(again.out).record.solver["iterations"] == 3


def test_a_worker_killed_outright_reads_as_interrupted_and_is_cleared_up(place: CountyPlace, work: Workspace) -> None:
    job = jobs.start("blocks", place, user="ann", asked={"max_seconds": 1000})
    wait_until(lambda: jobs.read(job.job_id, user="ann").iterations > 0)
    jobs._WORKERS[job.job_id].kill()
    ended = wait_for_end(job)
    assert ended.state == "interrupted"
    assert left_in(work.jobs / job.job_id) == {"job.json", "state.json", "alive"}
    assert 0 < ended.seconds < PATIENCE
    time.sleep(0.2)
    assert jobs.read(job.job_id, user="ann").seconds == ended.seconds  # it does not go on


def test_a_cancelled_worker_that_does_not_hear_is_killed(
    place: CountyPlace, work: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "CLEAN_UP_SECONDS", 0.1)
    job = jobs.start("blocks", place, user="ann", asked={"max_seconds": 1000})
    jobs._WORKERS[job.job_id].send_signal(signal.SIGSTOP)
    jobs.ask_end(job.job_id, user="ann", keep=False)
    assert wait_for_end(job).state == "cancelled"
    assert not is_alive(work.jobs / job.job_id)


def test_what_a_county_rests_on_is_made_once_for_everybody(place: CountyPlace) -> None:
    found: list[list[Job]] = []
    sessions = [
        threading.Thread(target=lambda user=user: found.append(jobs.make_sure(place, ["clusters"], user=user)))
        for user in ("ann", "bob", "")
    ]
    for session in sessions:
        session.start()
    for session in sessions:
        session.join()
    ids = {job.job_id for jobs_found in found for job in jobs_found}
    assert len(ids) == 1
    job = jobs.read(ids.pop(), user="somebody else")
    ended = wait_for_end(job)
    assert (ended.state, ended.out) == ("done", place.results["clusters"])
    assert (ended.out / "internal" / "clusters.csv").is_file()
    assert jobs.make_sure(place, ["clusters"], user="ann") == []
    (ended.out / "internal" / "clusters.csv").unlink()
    assert jobs.last_measure(place, "clusters") == ended


def test_what_failed_is_told_and_tried_again_only_when_asked_or_mended(place: CountyPlace, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(place.folder, tmp_path / "broken"))
    (broken / "providers.csv").unlink()
    for path in broken.iterdir():
        os.utime(path, (0, 0))
    county = CountyPlace("c-0123456789ab", "Broken", broken, {k: tmp_path / k for k in place.results}, owner="ann")
    (job,) = jobs.make_sure(county, ["clusters"], user="ann")
    ended = wait_for_end(job)
    assert ended.state == "failed"
    assert "providers: the table is missing" in ended.message
    assert not ended.out.exists()
    assert jobs.make_sure(county, ["clusters"], user="ann") == []
    shutil.copy(place.folder / "providers.csv", broken)
    os.utime(broken / "providers.csv")
    (again,) = jobs.make_sure(county, ["clusters"], user="ann")
    assert again.job_id != job.job_id
    jobs.ask_end(again.job_id, user="ann", keep=False)
    assert wait_for_end(again).state == "cancelled"
    assert jobs.find(user="bob", county_id=county.county_id) == []  # a county of one's own is nobody else's


def test_what_was_killed_is_not_begun_again_and_again(
    place: CountyPlace, work: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def die_writing(folder: Path, _alive: int) -> subprocess.Popen[bytes]:
        (folder / ".state.json.0.part").touch()
        return subprocess.Popen(["true"])

    monkeypatch.setattr(jobs, "_launch", die_writing)
    monkeypatch.setattr(jobs, "_WORKERS", {})
    county = CountyPlace("first", "County", place.folder, {k: tmp_path / k for k in place.results}, owner="")
    (job,) = jobs.make_sure(county, ["rural"], user="")
    assert wait_for_end(job).state == "interrupted"
    assert left_in(work.jobs / job.job_id) == {"job.json", "state.json", "alive"}
    assert jobs.make_sure(county, ["rural"], user="") == []
    (again,) = jobs.make_sure(county, ["rural"], user="", again=True)
    assert again.job_id != job.job_id


def test_one_user_may_have_so_much_work_waiting_and_no_more(
    place: CountyPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [
        Job(f"j{number}", "exit", "first", "ann", {}, "waiting", "", 0, None, None, None, 0.0, "", Path(), 0.0)
        for number in range(jobs.MOST_AT_WORK)
    ]
    monkeypatch.setattr(jobs, "list_jobs", lambda _: waiting)
    monkeypatch.setattr(jobs, "_launch", lambda *_: pytest.fail("it was begun"))
    with pytest.raises(OutputError, match=r"12 pieces of work of yours wait .*cancel one"):
        jobs.start("exit", place, user="ann", asked={"company": "V1"})
    assert jobs.start("exit", place, user="ann", asked={}) is waiting[0]  # the same again is not more
    for user in ("bob", ""):
        with pytest.raises(pytest.fail.Exception, match="it was begun"):
            jobs.start("exit", place, user=user, asked={"company": "V1"})


def test_old_jobs_go_but_none_that_a_plan_came_from_or_that_is_at_work(
    place: CountyPlace, work: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_launch", lambda *_: subprocess.Popen(["true"]))
    monkeypatch.setattr(jobs, "_WORKERS", {})
    facts = {"kind": "blocks", "county_id": "first", "user": "ann", "asked": {}, "shared": False, "folder": ""}
    for number in range(15):
        folder = work.jobs / f"j-{number:012x}-00000000"
        folder.mkdir(parents=True)
        (folder / "job.json").write_text(json.dumps(facts | {"started": number, "out": str(folder / "out")}))
        (folder / "state.json").write_text('{"state": "done"}')
        (folder / "alive").touch()
    kept = work.jobs / f"j-{0:012x}-00000000"
    at_work = work.jobs / f"j-{1:012x}-00000000"
    foreign = work.jobs / f"j-{2:012x}-00000000"
    PlanStore(work.store).create("Plan", "first", {"origin": f"made by {kept.name}"}, by="ann", what="")
    (at_work / "state.json").write_text('{"state": "running"}')
    held = take_lock(at_work / "alive")
    (foreign / "job.json").write_text(json.dumps(facts | {"user": "bob", "started": 2, "out": str(foreign / "out")}))
    draft = jobs.start("draft", place, user="ann")
    assert len(left_in(work.jobs) - {".starting"}) == 16  # a quick kind pushes nothing of another out
    new = jobs.start("blocks", place, user="ann", asked={"seed": 1})
    assert held is not None
    os.close(held)
    names = left_in(work.jobs) - {".starting"}
    expected = {kept.name, at_work.name, foreign.name, draft.job_id, new.job_id}
    assert names == expected | {f"j-{number:012x}-00000000" for number in range(4, 15)}


@pytest.mark.parametrize("state", ["ready", "stale", "missing"])
def test_a_report_tells_of_rounds_that_still_hold(
    place: CountyPlace, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    asked: dict[str, Any] = {}
    states = {"rounds": state}
    monkeypatch.setattr(jobs, "find_currency", lambda kind, *_, **__: states.get(kind, "missing"))
    monkeypatch.setattr(jobs, "_start", lambda _work, kind, *_, **said: asked.update({kind: said["asked"]}))
    jobs.make_sure(place, ["report", "rural"], user="")
    assert ("rounds" in asked["report"]) == (state == "ready")
    assert "rounds" not in asked["rural"]
    if state == "ready":
        assert asked["report"]["rounds"] == str(place.results["rounds"])


def test_plans_and_swap_lists_take_the_fit_of_the_county(
    place: CountyPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_launch", lambda *_: subprocess.Popen(["true"]))
    monkeypatch.setattr(jobs, "_WORKERS", {})
    place = dataclasses.replace(place, results={**place.results, "fit": tmp_path / "out-fit"})
    assert "factors" not in jobs.start("blocks", place, user="ann").asked
    write_fit(tmp_path / "out-fit", place.folder)
    for kind in ("blocks", "swaps"):
        asked = jobs.start(kind, place, user="ann", asked={"seed": 1}).asked  # type: ignore[arg-type]
        assert asked["factors"]["settings"] == FOUND
        assert asked["factors"]["fit"] == "out-fit"
    assert "factors" not in jobs.start("report", place, user="ann").asked
    # A plan's own settings, asked again for more plans beside it, stand.
    again = {"overrides": {"blocks": {"factor_inside": 1.0}}}
    assert "factors" not in jobs.start("blocks", place, user="ann", asked=again).asked


@pytest.mark.parametrize("job_id", ["", "..", "j-1", "../jobs/j-000000000000-00000000", "j-00000000000g-00000000"])
def test_a_job_id_from_an_address_opens_nothing_odd(job_id: str) -> None:
    with pytest.raises(OutputError, match="no such piece of work"):
        jobs.read(job_id, user="ann")


def test_a_job_writes_in_the_workspace_alone(place: CountyPlace, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="workspace's folder of plans"):
        jobs.start("blocks", place, user="ann", out=tmp_path / "elsewhere")


def test_a_worker_starts_with_nothing_slow() -> None:
    code = "import sys, marketmap.pages.work; print([n for n in ('streamlit', 'pandas', 'numpy') if n in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
