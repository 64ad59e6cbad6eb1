"""The first page's states: with every result, with none, and without a county."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from marketmap.outputs.files.tables import read_table
from marketmap.outputs.report.rural_columns import RURAL_AREAS
from tests.measured import Measured
from tests.pages.measured_pages import buttons, html_of, point_at, run, words


def overview_page() -> None:
    from marketmap.pages import overview

    overview.show()


def test_the_app_opens_on_the_overview() -> None:
    test = AppTest.from_file(str(Path(__file__).parents[2] / "app.py"), default_timeout=120).run()
    assert not test.exception
    assert test.title[0].value == "Overview"


def test_with_results_the_worst_gaps_are_listed_and_numbered_on_the_map(
    measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(measured, monkeypatch)
    test = run(overview_page)
    assert not test.exception
    text = html_of(test)
    assert text.count("<dd class='value'>") == 6
    areas = read_table(measured.rural / RURAL_AREAS.path, RURAL_AREAS)
    first = areas.sort_values("rank")["area_name"].iloc[0]
    assert f"<strong>1 · {first}, " in text
    drawn = json.loads(test.get("component_instance")[0].proto.json_args)["feature_group"]
    assert f"1 \\u00b7 {first}" in drawn
    assert "The greatest rural need is in" in text
    assert "contact hours a week that may be placed" in text
    assert "not evidence about any council" in text
    # The report itself has not been made: its figures say so and nothing is offered of it.
    assert "needs the market report" in text
    assert "market report is being made" in words(test)
    assert buttons(test) == []


def test_without_results_each_part_says_what_it_needs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MARKETMAP_OUT", str(tmp_path / "nowhere"))
    test = run(overview_page)
    assert not test.exception
    assert html_of(test).count("not measured yet") == 3
    assert "rural report is being made" in words(test)
    assert test.get("component_instance")


def test_without_a_county_it_says_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MARKETMAP_COUNTY", str(tmp_path / "nowhere"))
    test = run(overview_page)
    assert not test.exception
    assert "make sample" in words(test)
