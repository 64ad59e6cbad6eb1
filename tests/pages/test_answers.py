"""An answer holds for the content that it was made from: a changed plan or county has none, and it is said."""

import threading
from pathlib import Path

import pytest

from marketmap.outputs.files.record import version
from marketmap.pages import answers, forgetting, jobs, market_reach, sources
from marketmap.pages.job_files import Job


def job(**asked: object) -> Job:
    return Job("j", "exit", "first", "ann", asked, "done", "", 0, None, None, None, 0.0, "", Path(), 0.0)


def test_an_answer_of_a_plan_that_has_changed_since_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = tmp_path / "out"
    plan.mkdir()
    (plan / "blocks.csv").write_text("one")
    before = answers.sum_content(plan, tmp_path)
    done = job(plan=str(plan), company="V1", content=before)
    monkeypatch.setattr(jobs, "find", lambda **_: [job(plan=str(plan), company="V2", content=before), done])

    def find(content: str) -> tuple[Job | None, bool]:
        question = {"plan": str(plan), "company": "V1"}
        return answers.find_answer("exit", question, content, user="ann", county_id="first")

    assert find(before) == (done, False)
    (plan / "blocks.csv").write_text("two")
    assert find(answers.sum_content(plan, tmp_path)) == (None, True)
    (plan / "blocks.csv").write_text("one")
    assert find(answers.sum_content(plan, tmp_path)) == (done, False)
    monkeypatch.setattr(answers, "version", lambda: version() + "+1")
    assert find(answers.sum_content(plan, tmp_path)) == (None, True)
    monkeypatch.setattr(jobs, "find", lambda **_: [])
    assert find(before) == (None, False)


def reach_page() -> None:
    from types import SimpleNamespace

    import pandas as pd
    import streamlit as st

    from marketmap.pages import market_reach

    found = market_reach.choose_reach(SimpleNamespace(provider_names=pd.Series(["A"], index=["V1"])))  # type: ignore[arg-type]
    st.text("rings" if found else "none")


def test_rings_of_another_county_are_not_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit.testing.v1 import AppTest

    monkeypatch.setattr(market_reach, "county_folder", lambda: tmp_path)
    monkeypatch.setattr(market_reach, "_tell", lambda _: None)
    test = AppTest.from_function(reach_page, default_timeout=30)
    test.session_state[market_reach.REACH_KEY] = (answers.sum_content(tmp_path), "rings")
    assert [text.value for text in test.run().text] == ["rings"]
    (tmp_path / "packages.csv").write_text("other tables")
    assert [text.value for text in test.run().text] == ["none"]
    assert not test.exception


def test_a_removed_county_leaves_nothing_in_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    closed = threading.Event()
    monkeypatch.setattr(forgetting.desk, "close", closed.set)
    (tmp_path / "packages.csv").write_text("rows")
    sources.digest_folder(tmp_path)
    assert sources._digest_file.cache_info().currsize > 0
    forgetting.forget_all()
    caches = (sources._digest_file, sources._read_market, sources._read_plan, sources._read_table)
    assert [cache.cache_info().currsize for cache in caches] == [0, 0, 0, 0]
    assert closed.wait(timeout=10)
