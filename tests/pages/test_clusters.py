"""The clusters' page in its states: filters, another reach, no clusters yet, and who may see postcodes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from marketmap.outputs.runs.clustering import run_clusters
from marketmap.pages import access, jobs
from marketmap.pages.access import User
from tests.pages.measured_pages import buttons, html_of, run, words


def clusters_page() -> None:
    from marketmap.pages import clusters

    clusters.show()


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory, county: Path) -> Path:
    folder = tmp_path_factory.mktemp("clusters") / "out"
    run_clusters(county, folder)
    return folder


@pytest.fixture
def clustered(monkeypatch: pytest.MonkeyPatch, found: Path) -> pd.DataFrame:
    monkeypatch.setenv("MARKETMAP_CLUSTERS", str(found))
    return pd.read_csv(found / "internal" / "clusters.csv")


def test_every_cluster_is_in_the_table_and_the_largest_is_shown(clustered: pd.DataFrame) -> None:
    test = run(clusters_page)
    assert not test.exception
    largest = clustered.sort_values("contact_hours", ascending=False, kind="stable")["cluster_id"].iloc[0]
    assert f"<h3>{largest} · Rutland" in html_of(test)
    assert test.dataframe[0].value["districts"].str.contains("Rutland").all()
    assert len(test.dataframe[0].value) == len(clustered)
    assert test.get("component_instance")


def test_filters_leave_what_could_be_one_providers(clustered: pd.DataFrame) -> None:
    test = run(clusters_page)
    test.toggle(key="cluster_one").set_value(True).run()
    one = clustered[(clustered["largest_provider_share"] >= 0.5) | (clustered["providers"] <= 2)]
    assert f"{len(one)} of {len(clustered)}" in html_of(test)
    assert set(test.dataframe[0].value["cluster_id"]) == set(one["cluster_id"])
    test.number_input(key="cluster_hours").set_value(99_000).run()
    assert "No cluster passes" in words(test)
    assert not test.exception


def test_without_clusters_they_are_made(begun: list[str]) -> None:
    test = run(clusters_page)
    assert not test.exception
    assert "list of demand clusters is being made" in words(test)
    assert begun == ["clusters"]


@pytest.mark.usefixtures("clustered")
def test_a_viewer_starts_no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "current_user", lambda: User("x", "ann@example.gov.uk", "viewer"))
    test = run(clusters_page)
    test.slider(key="cluster_minutes").set_value(30).run()
    assert not test.exception
    assert "signed in as a viewer" in words(test)
    assert not any("Find clusters" in button.label for button in test.button)


@pytest.mark.usefixtures("clustered")
def test_another_reach_is_asked_of_a_job_and_shown_when_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, county: Path
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(jobs, "start", lambda kind, place, **more: asked.append((kind, place.county_id, more["asked"])))
    test = run(clusters_page)
    test.slider(key="cluster_minutes").set_value(30).run()
    assert "have not been found yet for you" in words(test)
    test.button[0].click().run()
    content = asked[0][2]["content"]
    assert asked == [("clusters", "first", {"max_minutes": 30, "content": content})]
    run_clusters(county, tmp_path / "far", overrides={"clusters": {"max_minutes": 30.0}})
    done = jobs.Job(
        "j", "clusters", "first", "local", {"max_minutes": 30, "content": content}, "done", "", 0, None, None, None,
        1.0, "", tmp_path / "far", 0.0,
    )  # fmt: skip
    older = replace(done, asked={"max_minutes": 30, "content": "of other tables"})
    monkeypatch.setattr(jobs, "find", lambda **_which: [replace(done, asked={"max_minutes": 20}), older])
    test.run()
    assert "have changed since clusters of this drive were found" in words(test)
    monkeypatch.setattr(jobs, "find", lambda **_which: [replace(done, asked={"max_minutes": 20}), older, done])
    test.run()
    assert not test.exception
    far = pd.read_csv(tmp_path / "far" / "internal" / "clusters.csv")
    assert len(test.dataframe[0].value) == len(far)


@pytest.mark.usefixtures("clustered")
def test_postcodes_are_for_those_who_may_see_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Postcodes of clusters (CSV)" in buttons(run(clusters_page))
    for name in ("clusters", "downloads"):
        monkeypatch.setattr(f"marketmap.pages.{name}.current_user", lambda: access.User("u", "Una", "viewer"))
    assert "Postcodes of clusters (CSV)" not in buttons(run(clusters_page))
    assert "Clusters (CSV)" in buttons(run(clusters_page))
