"""Whoever lost their role since their page was drawn changes nothing more: every callback that writes asks anew."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from marketmap.pages import (
    access,
    clusters,
    county_choice,
    plan_choice,
    plan_editing,
    plan_exit,
    plan_frontier,
    plan_rest,
    plan_run,
    plan_saving,
    uploading,
)
from marketmap.pages.access import AccessError, User
from marketmap.pages.faults import FAULT_KEY

PAGES = Path(access.__file__).parent
# What writes in the store of plans, in the workspace, or begins and ends work.
WRITING = {
    "keep_draft", "drop_draft", "create", "save", "forget_county", "add_upload", "add_folder", "remove", "start",
    "make_sure", "ask_end",
}  # fmt: skip
# The results that a page rests on are made by whoever comes first; the server makes them by itself.
FOR_EVERYBODY = {("frame", "needs"), ("serving", "begin_measures")}
NOT_OURS = {"jobs", "job_files", "work", "work_kinds", "clerk", "desk"}


def writers() -> dict[tuple[str, str], ast.FunctionDef]:
    """Find every function of the pages that calls what writes."""
    found = {}
    for path in sorted(PAGES.glob("*.py")):
        if path.stem in NOT_OURS:
            continue
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and any(
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr in WRITING
                and not (call.func.attr == "start" and not _is_named(call.func.value, "jobs"))
                for call in ast.walk(function)
            ):
                found[path.stem, function.name] = function
    return found


def _is_named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def test_every_function_that_writes_asks_for_the_role() -> None:
    found = writers()
    assert found.keys() >= {("plan_saving", "_store_plan"), ("uploading", "_add_folder"), *FOR_EVERYBODY}
    assert len(found) >= 14
    asking = {
        name
        for name, function in found.items()
        if any(isinstance(call, ast.Call) and _is_named(call.func, "demand") for call in ast.walk(function))
    }
    assert set(found) - asking == FOR_EVERYBODY


class Untouched:
    """Stands for a plan, a store, a workspace: whatever is asked of it is there, and what writes fails the test."""

    def __getattr__(self, name: str) -> Any:
        if name in WRITING:
            pytest.fail(f"{name} was called")
        return Untouched()

    def __call__(self, *_: object, **__: object) -> Any:
        return Untouched()

    def __getitem__(self, _: object) -> Any:
        return Untouched()

    def __bool__(self) -> bool:
        return False

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


NOTHING: Any = Untouched()


@pytest.fixture
def viewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "current_user", lambda: User("x", "ann@example.gov.uk", "viewer"))
    monkeypatch.setattr(st, "session_state", {})
    for page in (plan_choice, plan_editing, plan_saving):
        monkeypatch.setattr(page, "store", Untouched())
        monkeypatch.setattr(page, "current_place", Untouched())
    for page in (clusters, county_choice, plan_choice, plan_exit, plan_frontier, plan_rest, plan_run):
        monkeypatch.setattr(page, "jobs", Untouched())
    monkeypatch.setattr("marketmap.pages.desk.ask", lambda *_: pytest.fail("the desk was asked"))
    monkeypatch.setattr("marketmap.pages.desk.ask_apart", lambda *_: pytest.fail("the desk was asked"))
    monkeypatch.setattr(plan_editing, "_session_key", str)
    monkeypatch.setattr(uploading.sources, "workspace", Untouched())


@pytest.mark.usefixtures("viewer")
@pytest.mark.parametrize(
    "change",
    [
        lambda: plan_saving._save(NOTHING),
        lambda: plan_saving._save_beside(NOTHING),
        lambda: plan_saving._take_theirs(NOTHING, NOTHING, NOTHING),
        lambda: plan_editing.move_step(NOTHING, -1),
        lambda: plan_editing.keep_draft(NOTHING),
        lambda: plan_editing.discard(NOTHING),
    ],
    ids=["save", "save beside", "take theirs", "undo", "keep", "give up"],
)
def test_a_callback_of_somebody_who_lost_the_role_notes_why_and_does_nothing(change: Callable[[], None]) -> None:
    change()
    assert "signed in as a viewer: making and changing plans is for commissioners" in st.session_state[FAULT_KEY][1]


@pytest.mark.usefixtures("viewer")
@pytest.mark.parametrize(
    "change",
    [
        lambda: plan_editing.begin_editing(NOTHING),
        lambda: plan_editing.add_step(NOTHING, {}),
        lambda: uploading._add_folder("x"),
    ],
    ids=["begin", "step", "folder"],
)
def test_what_a_page_does_for_somebody_who_lost_the_role_is_refused(change: Callable[[], object]) -> None:
    with pytest.raises(AccessError, match="Nothing was done"):
        change()


@pytest.mark.usefixtures("viewer")
def test_an_edit_of_somebody_who_lost_the_role_is_refused_where_edits_are_told() -> None:
    state = Untouched()
    plan_editing.make_edit(state, NOTHING)  # type: ignore[arg-type]
    assert "signed in as a viewer" in state.refused
    plan_editing.open_variant(NOTHING, "F1")
    assert "signed in as a viewer" in st.session_state[plan_editing.VARIANT_FAULT]


def test_a_saved_plan_is_not_written_out_for_a_viewer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(access, "current_user", lambda: User("x", "ann@example.gov.uk", "viewer"))
    place = type("Place", (), {"county_id": "first"})()
    saved = type("Saved", (), {"county_id": "first", "plan_id": "p-1", "revision": 1, "document": {}})()
    monkeypatch.setattr(plan_choice, "current_place", lambda: place)
    monkeypatch.setattr(plan_choice, "store", lambda: type("Store", (), {"open": staticmethod(lambda _: saved)}))
    monkeypatch.setattr(plan_choice, "workspace", lambda: type("Work", (), {"plans": tmp_path}))
    monkeypatch.setattr(plan_choice, "writing_job", lambda *_, **__: None)
    monkeypatch.setattr(plan_choice.jobs, "start", lambda *_, **__: pytest.fail("work was begun"))
    with pytest.raises(AccessError, match="making and changing plans is for commissioners"):
        plan_choice.plan_folder("plan-p-1", user="x")
