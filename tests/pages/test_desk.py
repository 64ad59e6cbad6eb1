"""The desk: a warm process that answers, passes our errors on whole, and comes back when it dies."""

import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketmap.errors import Fault, InputError, OutputError
from marketmap.inputs.county import read_county
from marketmap.outputs.drafts.store import PlanConflictError, PlanStore
from marketmap.pages import clerk, county_choice, desk, uploading

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def closed() -> Iterator[None]:
    yield
    desk.close()


def test_one_process_answers_everybody_in_turn() -> None:
    answers: list[tuple[int, int]] = []
    asking = [threading.Thread(target=lambda n=n: answers.append((n, desk.ask(divmod, n, 2)[0]))) for n in range(20)]
    pids = {desk.ask(os.getpid), desk.ask(os.getpid)}
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(pids) == 1
    assert os.getpid() not in pids
    assert sorted(answers) == [(number, number // 2) for number in range(20)]
    assert desk.ask(os.getpriority, os.PRIO_PROCESS, 0) >= clerk.NICENESS


def test_what_a_function_prints_does_not_stand_among_the_answers() -> None:
    assert desk.ask(print, "x" * 100_000, flush=True) is None
    assert desk.ask(len, "y" * 1_000_000) == 1_000_000


def test_errors_for_the_user_come_through_whole(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the county folder does not exist") as refused:
        desk.ask(read_county, tmp_path / "nowhere")
    assert refused.value.faults == (
        Fault(
            file=str(tmp_path / "nowhere"),
            what="the county folder does not exist",
            remedy=refused.value.faults[0].remedy,
        ),
    )
    store = PlanStore(tmp_path / "plans.sqlite")
    plan = store.create("Plan", "first", {}, by="ann", what="")
    theirs = store.save(plan.plan_id, {"a": 1}, revision=1, by="bob", what="")
    with pytest.raises(PlanConflictError, match="bob saved Plan") as conflict:
        desk.ask(store.save, plan.plan_id, {}, revision=1, by="ann", what="")
    assert conflict.value.saved == theirs


def test_other_errors_are_told_without_their_text() -> None:
    with pytest.raises(RuntimeError) as failed:
        desk.ask(int, "a person's name")
    assert "ValueError" in str(failed.value)
    assert "person" not in str(failed.value)
    assert desk.ask(len, "abc") == 3  # it lives


def test_it_comes_back_when_it_dies_and_gives_up_on_what_kills_it() -> None:
    before = desk.ask(os.getpid)
    os.kill(before, signal.SIGKILL)
    after = desk.ask(os.getpid)
    assert after != before
    with pytest.raises(OutputError, match="ended twice"):
        desk.ask(os._exit, 1)
    assert desk.ask(len, "abc") == 3


def test_an_answer_never_reaches_another_question(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(_pipe: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken_off:
        broken_off.setattr(clerk, "receive", leave)
        with pytest.raises(KeyboardInterrupt):
            desk.ask(len, "somebody's own")
    assert desk._CLERKS[0]._process is None  # nothing is left that could still answer
    stray = pickle.dumps((len, ("somebody's own",), {}))
    clerk.send(desk._CLERKS[0].open().stdin, (0).to_bytes(clerk.NUMBER_BYTES, "big") + stray)
    assert desk.ask(len, "abc") == 3


def test_a_question_that_takes_too_long_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    before = desk.ask(os.getpid)
    monkeypatch.setattr(desk._CLERKS[0], "seconds", 0.5)
    with pytest.raises(OutputError, match="not answered within"):
        desk.ask(time.sleep, 600)
    monkeypatch.undo()
    assert desk.ask(os.getpid) != before


def test_an_edit_does_not_wait_behind_a_long_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    first = desk.ask(os.getpid)
    monkeypatch.setattr(desk, "PATIENCE_SECONDS", 0.1)
    long = threading.Thread(target=desk.ask, args=(time.sleep, 20))
    long.start()
    try:
        until = time.monotonic() + 10
        while desk._FREE[0]:
            assert time.monotonic() < until
            time.sleep(0.01)
        assert desk.ask(os.getpid) != first
        assert long.is_alive()
    finally:
        process = desk._CLERKS[0].open()
        monkeypatch.setattr(desk._CLERKS[0], "exchange", lambda _: ("answer", None))  # it is not asked once more
        process.kill()
        long.join()


def test_what_strangers_files_do_is_bounded_and_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    at_the_desk = desk.ask(os.getpid)
    one, other = desk.ask_apart(os.getpid), desk.ask_apart(os.getpid)
    assert len({at_the_desk, one, other}) == 3
    assert not Path(f"/proc/{other}").exists()
    assert desk.ask_apart(resource.getrlimit, resource.RLIMIT_AS) == (desk.APART_BYTES, desk.APART_BYTES)
    with pytest.raises(OutputError, match="more memory than one question may have"):
        desk.ask_apart(bytearray, desk.APART_BYTES)
    with pytest.raises(OutputError, match="for want of memory"):
        desk.ask_apart(os._exit, 1)
    monkeypatch.setattr(desk, "APART_SECONDS", 0.5)
    with pytest.raises(OutputError, match="not answered within"):
        desk.ask_apart(time.sleep, 600)
    assert desk.ask(os.getpid) == at_the_desk


def test_an_upload_is_checked_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(desk, "ask", lambda *_, **__: pytest.fail("edits would wait behind it"))
    monkeypatch.setattr(desk, "ask_apart", lambda function, folder: (function.__name__, folder))
    county_choice._inspect.cache_clear()
    assert uploading._check(tmp_path) == county_choice.inspect(tmp_path) == ("check_inputs", tmp_path)
    county_choice._inspect.cache_clear()


def test_it_ends_with_its_server() -> None:
    code = (
        "import os; from marketmap.pages import desk; print(desk.ask(os.getpid), flush=True); os.kill(os.getpid(), 9)"
    )
    server = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    pid = int(server.stdout)
    until = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1][:3]:
        assert time.monotonic() < until
        time.sleep(0.05)
