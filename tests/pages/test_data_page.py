from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from marketmap.errors import OutputError
from marketmap.pages import county_choice
from tests.outputs.factory import write_county

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Ask the desk's questions in this process, and keep what is written in a folder of the test."""

    def answer(function: Callable[..., Any], *asked: Any) -> Any:
        return function(*asked)

    monkeypatch.setattr(county_choice.desk, "ask_apart", answer)
    monkeypatch.setenv("MARKETMAP_WORK", str(tmp_path / "work"))
    county_choice._inspect.cache_clear()


def data_page() -> None:
    from marketmap.pages import data

    data.show()


def run() -> AppTest:
    test = AppTest.from_function(data_page, default_timeout=60).run()
    assert not test.exception
    return test


def html_of(test: AppTest) -> str:
    return " ".join(block.proto.body for block in test.get("html"))


def test_a_county_that_stands_shows_its_tables_and_what_there_is_to_make() -> None:
    test = run()
    shown = html_of(test)
    assert "The tables can be used: 3 tables read, no fault found." in shown
    assert "packages (required)" in shown
    assert "Made-up" not in shown
    assert "Synthetic data: made up, not about anybody." in shown
    assert [button.label for button in test.button if button.key == "make"] == ["Make what is missing"]


def test_a_county_with_faults_shows_them_escaped_and_makes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    county = write_county(tmp_path / "county")
    (county / "locks.csv").write_text(f"{HOSTILE}\n1\n")
    settings = county / "marketmap.toml"
    text = settings.read_text().replace('name = "Rutland"', f'name = "{HOSTILE}"\nno_such = "{HOSTILE}"', 1)
    settings.write_text(text)
    monkeypatch.setenv("MARKETMAP_COUNTY", str(county))
    test = run()
    shown = html_of(test)
    assert "The tables cannot be used" in shown
    assert "unknown setting" in shown
    assert HOSTILE not in shown
    assert not [button for button in test.button if button.key == "make"]


def test_a_folder_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MARKETMAP_COUNTY", str(tmp_path / "nowhere"))
    assert "the county folder does not exist" in html_of(run())


def test_a_desk_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_asked: Any) -> None:
        raise OutputError("The question could not be answered.")

    monkeypatch.setattr(county_choice.desk, "ask_apart", fail)
    assert "The question could not be answered." in html_of(run())


def test_a_folder_with_faults_is_taken_off_the_list_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bad = write_county(tmp_path / "bad")
    (bad / "locks.csv").write_text("nothing\n1\n")
    good = write_county(tmp_path / "good")
    monkeypatch.setenv("MARKETMAP_ROOTS", str(tmp_path))
    test = run()
    test.radio(key="way_in").set_value("Point to a folder on the server").run()
    for folder, kept in ((bad, 1), (good, 2)):
        test.text_input(key="pointed_folder").set_value(str(folder)).run()
        test.button(key="point").click().run()
        assert not test.exception
        assert len(county_choice.sources.workspace().places("local")) == kept
    assert test.session_state["county"] != "first"
