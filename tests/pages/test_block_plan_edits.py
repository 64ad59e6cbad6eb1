"""Changing a plan on the page: edits and what is said of them, undo, what is kept, saving, and two people at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from marketmap.blocks.draft import Draft, encode_draft
from marketmap.outputs.drafts.reopen import draft_of
from marketmap.outputs.drafts.store import PlanStore
from marketmap.outputs.drafts.written_plans import (
    written_folder,
)
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.runs.batch import run_blocks
from marketmap.outputs.schema.edit import EDITS, PLAN_LOCKS
from marketmap.pages import jobs
from marketmap.pages.access import User


def plan_page() -> None:
    from marketmap.pages import block_plan

    block_plan.show()


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory, county: Path) -> Path:
    out = tmp_path_factory.mktemp("edited") / "out"
    run_blocks(county, out, overrides={"solver": {"max_iterations": 40}, "blocks": {"min_hours": 40.0}})
    return out


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, plan: Path) -> list[dict[str, Any]]:
    """The page over a real plan: the desk in this process, and jobs only written down."""
    monkeypatch.setenv("MARKETMAP_OUT", str(plan))
    monkeypatch.setenv("MARKETMAP_WORK", str(tmp_path / "work"))
    asked: list[dict[str, Any]] = []

    def answer(function: Callable[..., Any], *args: Any) -> Any:
        return function(*args)

    def start(kind: str, place: Any, **facts: Any) -> None:
        asked.append({"kind": kind, "county": place.county_id, **facts})

    monkeypatch.setattr("marketmap.pages.desk.ask", answer)
    monkeypatch.setattr("marketmap.pages.block_plan.open_ahead", lambda _chosen: None)
    monkeypatch.setattr(jobs, "start", start)
    return asked


def open_editor(plan_id: str = "run") -> AppTest:
    test = AppTest.from_function(plan_page, default_timeout=60)
    test.session_state["plan"] = plan_id
    test.session_state["section"] = "Change it"
    test.run()
    assert not test.exception
    return test


def press(test: AppTest, label: str) -> None:
    next(button for button in test.button if button.label == label).click().run()
    assert not test.exception


def use(test: AppTest, tool: str, block: str = "") -> None:
    if block:
        test.selectbox(key="edit_block").set_value(block).run()
    test.selectbox(key="edit_tool").set_value(tool).run()
    assert not test.exception


def html_of(test: AppTest) -> str:
    return "\n".join(element.proto.body for element in test.get("html"))


def document_of(test: AppTest) -> dict[str, Any]:
    found: dict[str, Any] = test.session_state["editing/first/run"].document
    return found


def store_of(tmp_path: Path) -> PlanStore:
    return PlanStore(tmp_path / "work" / "plans.sqlite")


def save_as(test: AppTest, name: str) -> None:
    test.text_input(key="save_name").set_value(name)
    press(test, "Save")


def first_proposed(plan: Path) -> str:
    return next(zone.block_id for zone in draft_of(plan).zones if zone.proposed)


def test_an_edit_is_told_at_once_and_undo_gives_the_same_plan(started: list[dict[str, Any]], plan: Path) -> None:
    del started
    test, block = open_editor(), first_proposed(plan)
    before = document_of(test)
    assert "No rule of the model is broken" in html_of(test)
    use(test, "Dissolve", block)
    press(test, "Do it")
    text = html_of(test)
    assert f"Dissolved block {block}: its work stays spot purchase" in text
    assert "<td class='number'>-1</td>" in text
    assert block not in {zone["block_id"] for zone in document_of(test)["zones"]}
    edited = document_of(test)
    press(test, "Undo")
    assert encode_draft(Draft.from_document(document_of(test))) == encode_draft(Draft.from_document(before))
    press(test, "Redo")
    assert document_of(test) == edited
    press(test, "Give up all changes")
    assert document_of(test) == before


def test_a_rule_that_an_edit_breaks_is_named(started: list[dict[str, Any]], plan: Path) -> None:
    del started
    test, block = open_editor(), first_proposed(plan)
    use(test, "Keep a provider out", block)
    press(test, "Do it")
    text = html_of(test)
    assert "broken. The plan can still be saved" in text
    assert "✗ provider kept out:" in text
    assert f"Block {block}: provider" in text


def test_a_locked_block_refuses_until_it_is_unlocked(started: list[dict[str, Any]], plan: Path) -> None:
    del started
    test, block = open_editor(), first_proposed(plan)
    use(test, "Lock or unlock", block)
    press(test, "Do it")
    assert "locked: unlock it to change it" in html_of(test)
    assert "Dissolve" not in test.selectbox(key="edit_tool").options
    press(test, "Do it")
    assert "Dissolve" in test.selectbox(key="edit_tool").options


@pytest.mark.parametrize("tool", ["Give to another provider", "Move a sector"])
def test_a_block_can_be_given_away_and_its_sectors_moved(started: list[dict[str, Any]], plan: Path, tool: str) -> None:
    del started
    test = open_editor()
    before = document_of(test)
    for block in [zone.block_id for zone in draft_of(plan).zones if zone.proposed]:
        use(test, tool, block)
        assert next(button for button in test.button if button.label == "Do it").disabled  # nothing is chosen yet
        offered = [box for box in test.selectbox if str(box.key).startswith(("edit_move_", "edit_provider_"))]
        if offered:
            offered[0].select_index(0).run()
            press(test, "Do it")
            break
    assert document_of(test)["zones"] != before["zones"]
    assert len(document_of(test)["edits"]) == 1


def test_what_was_not_saved_is_there_again_in_a_new_tab(started: list[dict[str, Any]], plan: Path) -> None:
    del started
    test, block = open_editor(), first_proposed(plan)
    use(test, "Dissolve", block)
    press(test, "Do it")
    again = open_editor()
    assert "you had not saved are taken up again" in html_of(again)
    assert document_of(again) == document_of(test)
    press(again, "Give up all changes")
    assert "taken up again" not in html_of(open_editor())


def test_a_save_keeps_the_plan_with_who_and_what(started: list[dict[str, Any]], plan: Path, tmp_path: Path) -> None:
    test, block = open_editor(), first_proposed(plan)
    use(test, "Dissolve", block)
    press(test, "Do it")
    save_as(test, "After the meeting")
    saved = store_of(tmp_path).list("first")
    assert [(one.name, one.revision, one.saved_by) for one in saved] == [("After the meeting", 1, "This computer")]
    assert f"Dissolved block {block}" in saved[0].what
    assert store_of(tmp_path).open(saved[0].plan_id).document == document_of(test)
    assert started[-1]["kind"] == "draft"
    assert started[-1]["out"] == written_folder(tmp_path / "work" / "plans", saved[0])
    press(test, "Undo")
    save_as(test, "After the meeting")
    assert store_of(tmp_path).list("first")[0].revision == 2
    save_as(test, "Another name")
    assert {one.name for one in store_of(tmp_path).list("first")} == {"After the meeting", "Another name"}


def test_a_save_without_a_name_is_refused_in_words(started: list[dict[str, Any]], tmp_path: Path) -> None:
    del started
    test = open_editor()
    save_as(test, "   ")
    assert "That was not saved." in [error.value for error in test.error]
    assert not store_of(tmp_path).list("first")


def test_the_second_of_two_people_is_refused_and_chooses(
    started: list[dict[str, Any]], plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del started
    one, block = open_editor(), first_proposed(plan)
    save_as(one, "Shared")
    use(one, "Lock or unlock", block)
    press(one, "Do it")
    two = open_editor()
    two.session_state["editing/first/run"].plan_id = one.session_state["editing/first/run"].plan_id
    two.session_state["editing/first/run"].revision = 1
    two.session_state["editing/first/run"].name = "Shared"
    save_as(one, "Shared")
    monkeypatch.setattr("marketmap.pages.access.LOCAL", User("b", "b@example.org", "commissioner"))
    use(two, "Dissolve", block) if "Dissolve" in two.selectbox(key="edit_tool").options else press(two, "Undo")
    use(two, "Dissolve", block)
    press(two, "Do it")
    save_as(two, "Shared")
    kept = store_of(tmp_path).list("first")[0]
    assert kept.revision == 2
    assert store_of(tmp_path).open(kept.plan_id).document == document_of(one)
    assert any("Nothing was overwritten" in error.value for error in two.error)
    assert f"<th scope='row'>{block}</th>" in html_of(two)
    press(two, "Save mine under another name")
    assert {plan.name for plan in store_of(tmp_path).list("first")} == {"Shared", "Shared (2)"}


def test_the_rest_is_solved_from_the_draft_as_it_stands(started: list[dict[str, Any]], plan: Path) -> None:
    test, block = open_editor(), first_proposed(plan)
    use(test, "Lock or unlock", block)
    press(test, "Do it")
    press(test, "Solve the rest")
    assert started[-1]["kind"] == "rest"
    assert started[-1]["asked"]["draft"]["locked"] == [block]
    assert started[-1]["asked"]["max_iterations"] == 150


def test_a_new_run_asks_for_what_the_widgets_say(started: list[dict[str, Any]]) -> None:
    test = open_editor()
    test.session_state["section"] = "New run"
    test.run()
    assert test.number_input(key="run_min_hours").value == 40.0
    test.number_input(key="run_min_hours").set_value(55.0).run()
    test.slider(key="run_share_cap").set_value(60).run()
    test.session_state["run_grid"] = {"edited_rows": {0: {"E06000017": False}}, "added_rows": [], "deleted_rows": []}
    press(test, "Start the run")
    asked = started[-1]["asked"]
    assert asked["overrides"]["blocks"]["min_hours"] == 55.0
    assert asked["overrides"]["blocks"]["share_cap"] == 0.6
    assert [place for _, place in asked["forbidden"]] == ["E06000017"]
    assert asked["max_iterations"] == 1500


def test_an_exit_is_asked_of_the_plan_that_is_shown(started: list[dict[str, Any]], plan: Path) -> None:
    test = open_editor()
    test.session_state["section"] = "If a provider leaves"
    test.run()
    press(test, "Work it out")
    assert started[-1]["kind"] == "exit"
    assert started[-1]["asked"]["plan"] == str(plan)


def test_a_plan_without_a_frontier_offers_to_make_one(started: list[dict[str, Any]]) -> None:
    test = open_editor()
    test.session_state["section"] = "Trade-off"
    test.run()
    press(test, "Run with full exploration")
    assert started[-1]["asked"]["full"] is True
    assert started[-1]["asked"]["overrides"]["blocks"]["min_hours"] == 40.0


def test_the_lists_of_edits_and_locks_can_be_written_and_read(
    started: list[dict[str, Any]], plan: Path, tmp_path: Path, county: Path
) -> None:
    from marketmap.outputs.drafts.edit_view import list_edits, list_locks
    from marketmap.outputs.files.tables import encode_table

    del started
    test, block = open_editor(), first_proposed(plan)
    use(test, "Lock or unlock", block)
    press(test, "Do it")
    (tmp_path / "edits.csv").write_bytes(encode_table(list_edits(document_of(test)), EDITS))
    assert read_table(tmp_path / "edits.csv", EDITS)["edit"].tolist() == [f"Locked block {block}"]
    (tmp_path / "locks.csv").write_bytes(encode_table(list_locks(document_of(test), county), PLAN_LOCKS))
    locks = read_table(tmp_path / "locks.csv", PLAN_LOCKS)
    zone = draft_of(plan).zone(block)
    assert zone is not None
    assert set(locks["kind"]) == {"hold"}
    assert sorted(locks["place"]) == sorted(zone.postcodes)


def test_a_variant_is_laid_over_unsaved_changes_and_undo_brings_them_back(
    started: list[dict[str, Any]], plan: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from marketmap.outputs.drafts import desk as questions
    from marketmap.pages import plan_editing

    del started
    test, block = open_editor(), first_proposed(plan)
    before = document_of(test)
    use(test, "Dissolve", block)
    press(test, "Do it")
    edited, state = document_of(test), test.session_state["editing/first/run"]
    monkeypatch.setattr(plan_editing, "editing_of", lambda _chosen: state)
    monkeypatch.setattr(questions, "open_plan", lambda *_: (before, None))
    monkeypatch.setattr(plan_editing.st, "session_state", {})
    plan_editing.open_variant(type("Chosen", (), {"folder": plan})(), "F1")  # type: ignore[arg-type]
    assert (state.document, state.laid_over) == (before, "F1")
    kept = store_of(tmp_path).draft("local", state.key)
    assert kept is not None
    assert kept["document"] == edited
    plan_editing.move_step(state, -1)
    assert state.document == edited


def test_the_opening_step_is_not_drawn_with_the_zones_of_a_later_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from marketmap.pages import plan_edit

    def chosen(created: str) -> Any:
        record = SimpleNamespace(created=created)
        return SimpleNamespace(folder=Path("plan-a-1"), files=SimpleNamespace(zones=created, record=record))

    monkeypatch.setattr("marketmap.pages.desk.ask", lambda *_: "drawn")
    now = SimpleNamespace(blocks=None)
    state: Any = SimpleNamespace(step=b"", began=b"", opened_from="plan-a-1 first", drawn=None, document={}, now=now)
    assert plan_edit._draw_zones(chosen("first"), state) == "first"
    assert plan_edit._draw_zones(chosen("second"), state) == "drawn"


@pytest.mark.parametrize("ends", [True, False])
def test_a_plan_that_is_only_written_out_has_nothing_to_stop(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ends: bool
) -> None:
    from types import SimpleNamespace

    def page(ends: bool) -> None:
        from marketmap.pages import plan_run

        plan_run._follow("one", was_at_work=True, opens=False, ends=ends)

    job = SimpleNamespace(
        job_id="one", kind="blocks", is_at_work=True, state="running", stage="Writing the results", started=0.0,
        seconds=1.0, message="", trace=(), out=tmp_path,
    )  # fmt: skip
    monkeypatch.setattr(jobs, "read", lambda *_, **__: job)
    test = AppTest.from_function(page, args=(ends,), default_timeout=60).run()
    assert not test.exception
    told = {button.label for button in test.button}
    assert told == ({"Stop and keep the best plan", "Cancel, keep nothing"} if ends else set())
