from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from marketmap.outputs.runs.swaps import run_swaps
from marketmap.outputs.views.swap_view import SwapFiles, read_swaps
from tests.measured import Measured
from tests.pages.measured_pages import become, buttons, html_of, point_at, run, words


def swaps_page() -> None:
    from marketmap.pages import swaps

    swaps.show()


@pytest.fixture(scope="module")
def county_of_swaps(measured: Measured, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The measured county with settings by which a small county has some moves, and its list."""
    folder = tmp_path_factory.mktemp("swaps")
    county = Path(shutil.copytree(measured.county_folder, folder / "county"))
    with (county / "marketmap.toml").open("a") as settings:
        settings.write("\n[swaps]\nmin_saving_minutes = 5\ntolerance = 0.2\nmost_moves = 8\n")
    run_swaps(county, folder / "list")
    return county, folder / "list"


@pytest.fixture
def files(county_of_swaps: tuple[Path, Path]) -> SwapFiles:
    return read_swaps(county_of_swaps[1])


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What jobs were asked for; none begins."""
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "marketmap.pages.swaps.jobs.start", lambda kind, _place, **said: asked.append({"kind": kind, **said})
    )
    return asked


@pytest.fixture(autouse=True)
def folders(
    measured: Measured, county_of_swaps: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, places: None
) -> None:
    del places  # sets other folders, before these
    point_at(measured, monkeypatch)
    monkeypatch.setenv("MARKETMAP_COUNTY", str(county_of_swaps[0]))
    monkeypatch.setenv("MARKETMAP_SWAPS", str(county_of_swaps[1]))

    def ask_here(function: Callable[..., Any], *args: Any) -> Any:
        return function(*args)

    monkeypatch.setattr("marketmap.pages.desk.ask_apart", ask_here)


def test_the_list_is_told_with_its_sums_its_chains_and_who_must_agree(files: SwapFiles) -> None:
    test = run(swaps_page)
    assert not test.exception
    markup = html_of(test)
    assert f"{files.totals['minutes_saved_week']:,.0f}" in markup
    assert "personal data" in markup
    assert "the social worker" in markup
    assert len(test.selectbox(key="chain").options) == files.moves["chain_id"].nunique()
    last = files.moves["chain_id"].iloc[-1]
    test.selectbox(key="chain").set_value(last).run()
    assert not test.exception
    assert f"<h3>{last}</h3>" in html_of(test)
    assert buttons(test) == ["Swap list with decisions (CSV)", "Hours (CSV)"]
    assert str(files.moves["postcode"].iloc[0]) not in str(test.query_params)


def test_nothing_is_sought_anew_without_a_decision_and_what_was_decided_is_handed_over(
    files: SwapFiles, started: list[dict[str, Any]]
) -> None:
    test = run(swaps_page)
    assert test.button(key="swaps_again").disabled
    marked = (
        files.moves[["package_id", "from_provider_id", "to_provider_id"]]
        .head(2)
        .assign(decision=["accepted", "refused"])
    )
    test.file_uploader(key="swaps_file").set_value(
        ("marked.csv", marked.to_csv(index=False).encode(), "text/csv")
    ).run()
    assert not test.exception
    assert "<strong>1 accepted, 1 refused</strong>" in html_of(test)
    test.button(key="swaps_again").click().run()
    assert [job["kind"] for job in started] == ["swaps"]
    assert started[0]["asked"] == {"marks": marked.to_numpy().tolist()}


def test_a_chain_is_decided_on_as_a_whole_beside_what_a_file_says(
    files: SwapFiles, started: list[dict[str, Any]]
) -> None:
    """Both stand until another file comes, and a chain can be opened again."""
    keys = ["package_id", "from_provider_id", "to_provider_id"]
    chains = files.moves["chain_id"].drop_duplicates().tolist()
    first, last = (files.moves[files.moves["chain_id"] == name][keys] for name in (chains[0], chains[-1]))
    test = run(swaps_page)
    assert "Nothing is decided on it." in html_of(test)
    test.button(key="swaps_chain_accepted").click().run()
    assert f"<strong>{len(first)} accepted, 0 refused</strong>" in html_of(test)
    assert f"Of its packages {len(first)} accepted." in html_of(test)
    test.selectbox(key="chain").set_value(chains[-1]).run()
    test.button(key="swaps_chain_refused").click().run()
    assert f"<strong>{len(first)} accepted, {len(last)} refused</strong>" in html_of(test)
    test.button(key="swaps_again").click().run()
    assert [mark[:3] for mark in started[0]["asked"]["marks"] if mark[3] == "refused"] == last.to_numpy().tolist()
    test.button(key="swaps_chain_").click().run()
    assert f"<strong>{len(first)} accepted, 0 refused</strong>" in html_of(test)
    content = last.assign(decision="accepted").to_csv(index=False).encode()
    test.file_uploader(key="swaps_file").set_value(("marked.csv", content, "text/csv")).run()
    assert f"<strong>{len(last)} accepted, 0 refused</strong>" in html_of(test)
    test.button(key="swaps_chain_").click().run()
    assert "<strong>0 accepted, 0 refused</strong>" in html_of(test)
    assert not test.exception


def test_a_file_that_is_no_list_is_told_of_and_changes_nothing(started: list[dict[str, Any]]) -> None:
    test = run(swaps_page)
    test.file_uploader(key="swaps_file").set_value(("other.csv", b"postcode\nGL1 1AA\n", "text/csv")).run()
    assert not test.exception
    assert "package_id" in html_of(test)
    assert test.button(key="swaps_again").disabled
    assert started == []


def test_viewers_are_told_that_it_is_for_brokers(monkeypatch: pytest.MonkeyPatch, files: SwapFiles) -> None:
    become("viewer", monkeypatch)
    test = run(swaps_page)
    assert not test.exception
    assert "for brokers and commissioners" in words(test)
    assert str(files.moves["package_id"].iloc[0]) not in html_of(test)
    assert test.get("file_uploader") == []


def test_without_a_list_one_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, begun: list[str]) -> None:
    monkeypatch.setenv("MARKETMAP_SWAPS", str(tmp_path / "none"))
    test = run(swaps_page)
    assert not test.exception
    assert begun == ["swaps"]
    assert "being made" in words(test)


def test_a_county_without_moves_says_so(
    county_of_swaps: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(county_of_swaps[1], tmp_path / "list")
    path = tmp_path / "list" / "internal" / "swap_list.csv"
    pd.read_csv(path, dtype=str).iloc[:0].to_csv(path, index=False)
    monkeypatch.setenv("MARKETMAP_SWAPS", str(tmp_path / "list"))
    test = run(swaps_page)
    assert not test.exception
    assert "No move pays off" in words(test)
