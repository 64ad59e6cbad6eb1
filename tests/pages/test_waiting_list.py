from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from marketmap.outputs.files.reading import read_plan
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.runs.waiting import run_waiting
from marketmap.outputs.schema.waiting import LOOKUP, WAITING_MATCHES
from marketmap.outputs.views.postcode_lists import answer_list
from tests.measured import Measured
from tests.pages.measured_pages import become, buttons, html_of, point_at, run, words


def waiting_page() -> None:
    from marketmap.pages import waiting_list

    waiting_list.show()


@pytest.fixture(scope="module")
def listed(measured: Measured, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("waiting") / "list"
    run_waiting(measured.county_folder, out, plan_folder=measured.plan)
    return out


@pytest.fixture(autouse=True)
def folders(measured: Measured, listed: Path, monkeypatch: pytest.MonkeyPatch, places: None) -> None:
    del places  # sets other folders, before these
    point_at(measured, monkeypatch)
    monkeypatch.setenv("MARKETMAP_WAITING", str(listed))


@pytest.fixture(scope="module")
def rows(listed: Path) -> pd.DataFrame:
    return read_table(listed / WAITING_MATCHES.path, WAITING_MATCHES)


def test_everybody_who_waits_is_there_and_one_is_told_with_who_could(rows: pd.DataFrame) -> None:
    test = run(waiting_page)
    assert not test.exception
    markup = html_of(test)
    assert "personal data" in markup
    people = rows.drop_duplicates("package_id")
    assert len(test.dataframe[0].value) == len(people)
    given = rows[rows["matched"]].iloc[-1]
    test.selectbox(key="waiting_package").set_value(given["package_id"]).run()
    assert not test.exception
    markup = html_of(test)
    assert f"<h3>{given['package_id']}</h3>" in markup
    assert f"to {given['provider_name']}</strong>" in markup
    assert "given to this one" in markup
    assert buttons(test) == ["Matches (CSV)", "Every postcode's providers (CSV)"]
    assert given["postcode"] not in str(test.query_params)


def test_who_has_nobody_is_shown_with_the_reason(rows: pd.DataFrame) -> None:
    test = run(waiting_page)
    nobody = rows[rows["answer"].isin(["nobody fits", "cannot be placed"])].drop_duplicates("package_id")
    assert len(nobody)
    test.selectbox(key="waiting_package").set_value(nobody["package_id"].iloc[0]).run()
    assert nobody["reason"].iloc[0] in html_of(test)


def test_the_filters_keep_to_an_answer_and_to_long_waits(rows: pd.DataFrame) -> None:
    test = run(waiting_page)
    people = rows.drop_duplicates("package_id")
    long = int(people["days_waiting"].max())
    test.number_input(key="waiting_days").set_value(long).run()
    assert set(test.dataframe[0].value["package_id"]) == set(people.loc[people["days_waiting"] >= long, "package_id"])
    test.number_input(key="waiting_days").set_value(long + 1).run()
    assert not test.exception
    assert "Nobody passes" in words(test)


def test_a_list_on_which_nobody_waits_says_so_and_counts_nothing(
    measured: Measured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    county, out = tmp_path / "county", tmp_path / "out"
    shutil.copytree(measured.county_folder, county)
    packages = pd.read_csv(county / "packages.csv", dtype=str, keep_default_na=False)
    waits = set(packages.loc[packages["status"] == "waiting", "package_id"])
    for path in county.glob("*.csv"):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        if "package_id" in table:
            table[~table["package_id"].isin(waits)].to_csv(path, index=False)
    record = run_waiting(county, out)
    assert record.summary.startswith("Nobody waits for a provider")
    monkeypatch.setenv("MARKETMAP_COUNTY", str(county))
    monkeypatch.setenv("MARKETMAP_WAITING", str(out))
    test = run(waiting_page)
    assert not test.exception
    assert "Nobody waits for a provider in this extract" in words(test)
    assert "0 of 0" not in html_of(test)
    assert len(test.dataframe) == 0


def test_viewers_see_nobody(monkeypatch: pytest.MonkeyPatch, rows: pd.DataFrame) -> None:
    become("viewer", monkeypatch)
    test = run(waiting_page)
    assert not test.exception
    assert "for brokers and commissioners" in words(test)
    assert len(test.dataframe) == 0
    assert rows["package_id"].iloc[0] not in html_of(test)


def test_without_matches_they_are_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, begun: list[str]) -> None:
    monkeypatch.setenv("MARKETMAP_WAITING", str(tmp_path / "none"))
    test = run(waiting_page)
    assert not test.exception
    assert begun == ["waiting"]


def test_the_look_up_list_says_of_every_postcode_what_the_plan_says(measured: Measured, listed: Path) -> None:
    lookup = read_table(listed / LOOKUP.path, LOOKUP)
    asked = pd.DataFrame({"line": range(1, len(lookup) + 1), "asked": lookup["postcode"]})
    answers = answer_list(read_plan(measured.plan), asked)
    assert len(lookup) > 100
    assert (lookup["block_id"] != "spot").any()
    for own, other in (("block_id", "block_id"), ("provider_id", "provider_id"), ("backup_provider_id", "backup_id")):
        assert lookup[own].tolist() == answers[other].fillna("").tolist(), own
    assert lookup["provider_name"].tolist() == answers["provider_name"].fillna("").tolist()
