from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from marketmap.outputs.files.reading import PlanFiles, read_plan
from tests.measured import Measured
from tests.pages.measured_pages import become, buttons, html_of, point_at, run, words


def find_page() -> None:
    from marketmap.pages import find_provider

    find_provider.show()


def ask_here(function: Callable[..., Any], *args: Any) -> Any:
    """Answer in this process: the desk's own is tested with the desk, and in a browser."""
    return function(*args)


@pytest.fixture(autouse=True)
def folders(measured: Measured, monkeypatch: pytest.MonkeyPatch, places: None) -> None:
    del places  # sets other folders, before these
    point_at(measured, monkeypatch)
    monkeypatch.setattr("marketmap.pages.desk.ask", ask_here)


@pytest.fixture(scope="module")
def plan(measured: Measured) -> PlanFiles:
    return read_plan(measured.plan)


def in_block(plan: PlanFiles) -> tuple[str, pd.Series]:
    own = plan.postcodes[plan.postcodes["block_id"] != "spot"].iloc[0]
    return str(own.name), own


def test_a_postcode_in_any_spelling_finds_its_block_and_who_is_near(plan: PlanFiles) -> None:
    postcode, own = in_block(plan)
    test = run(find_page)
    assert "Type a postcode" in html_of(test)
    test.text_input(key="find_postcode").set_value(postcode.lower().replace(" ", "")).run()
    assert not test.exception
    markup = html_of(test)
    assert f"<h3>{postcode}</h3>" in markup
    assert f"Block <strong>{own['block_id']}</strong>" in markup
    assert own["suggested_provider_name"] in markup
    assert "Nearest providers" in markup
    assert "old</td>" in markup
    assert buttons(test) == ["All providers by distance (CSV)"]
    assert postcode not in str(test.query_params)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<img src=x onerror=alert(1)>", "is not a postcode"),
        ("GL1 1AA", "is not in this county"),
        ("x" * 5_000, "not a postcode"),
    ],
)
def test_what_is_no_postcode_here_is_said_and_escaped(text: str, told: str) -> None:
    test = run(find_page)
    test.text_input(key="find_postcode").set_value(text).run()
    assert not test.exception
    assert told in html_of(test)
    assert "<img" not in html_of(test)


def test_a_list_names_the_lines_without_an_answer(plan: PlanFiles) -> None:
    postcode, own = in_block(plan)
    test = run(find_page)
    test.session_state["find_section"] = "A list of postcodes"
    test.run()
    test.text_area(key="find_pasted").set_value(f"{postcode}\n\nnonsense\nGL1 1AA").run()
    assert not test.exception
    markup = html_of(test)
    assert "<strong>3 lines</strong>: 1 in a block; 0 spot purchase; 1 not in this county; 1 not a postcode" in markup
    assert "Without an answer: lines 3, 4." in markup
    assert own["block_id"] in markup
    assert buttons(test) == ["Answers (CSV)", "Answers (XLSX)"]
    test.text_area(key="find_pasted").set_value("a\n" * 6_000).run()
    assert "Divide it" in html_of(test)
    assert not test.code


def test_the_waiting_list_is_filtered_with_its_sums(measured: Measured) -> None:
    packages = measured.county.tables.packages
    waiting = packages[packages["status"] == "waiting"]
    test = run(find_page)
    test.session_state["find_section"] = "Who waits"
    test.run()
    assert not test.exception
    assert f"<dt>Packages waiting</dt><dd>{len(waiting)} of {len(waiting)}</dd>" in html_of(test)
    assert len(test.dataframe[0].value) == len(waiting)
    test.selectbox(key="wait_risk").set_value("1 at home without care").run()
    alone = waiting["waiting_where"] == "home_no_care"
    assert 0 < alone.sum() < len(waiting)
    assert len(test.dataframe[0].value) == alone.sum()
    assert buttons(test) == ["Waiting list (CSV)", "Waiting list (XLSX)"]


def test_a_viewer_sees_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    become("viewer", monkeypatch)
    test = run(find_page)
    assert not test.exception
    assert not test.text_input
    assert buttons(test) == []


def test_without_a_plan_the_page_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MARKETMAP_OUT", str(tmp_path / "nowhere"))
    test = run(find_page)
    assert not test.exception
    assert "make blocks" in words(test)
