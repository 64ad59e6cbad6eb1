"""Which county and which results a page is given, and how far they are."""

import dataclasses
import json
import os
import threading
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from marketmap.errors import OutputError
from marketmap.inputs.folder import find_tables
from marketmap.outputs.files.folder import OutputFolder, hash_file
from marketmap.outputs.files.origin import name_plan
from marketmap.outputs.files.record import read_record
from marketmap.outputs.runs.clustering import run_clusters
from marketmap.outputs.schema.block import BLOCK_POSTCODES, BLOCK_PROPOSALS, CLUSTERS, REJECTED
from marketmap.outputs.workspace.freshness import find_currency, find_road_override
from marketmap.outputs.workspace.places import Workspace, read_workspace
from marketmap.pages import sources
from marketmap.settings import load_settings, settings_to_mapping
from tests.outputs.factory import make_record, write_county, write_output


@pytest.fixture
def work() -> Workspace:
    return read_workspace(os.environ)


@pytest.fixture(scope="module")
def clusters(tmp_path_factory: pytest.TempPathFactory, county: Path) -> Path:
    out = tmp_path_factory.mktemp("made") / "clusters"
    run_clusters(county, out)
    return out


def page() -> None:
    import streamlit as st

    from marketmap.pages.sources import current_place, load_market

    st.text(current_place().county_id)
    st.text(len(load_market().packages))


def shown(test: AppTest) -> list[str]:
    assert not test.exception
    return [text.value for text in test.text]


def test_a_session_shows_the_county_that_it_chose_if_the_user_may_open_it(work: Workspace, tmp_path: Path) -> None:
    other = write_county(tmp_path / "other", count=40)
    files = {path.name: path.read_bytes() for path in other.iterdir()}
    mine, theirs = (work.add_upload(files, user=user) for user in ("local", "somebody else"))
    test = AppTest.from_function(page, default_timeout=60)
    assert shown(test.run()) == ["first", "120"]
    test.session_state["county"] = mine.county_id
    assert shown(test.run()) == [mine.county_id, "40"]
    for not_there in (theirs.county_id, "c-000000000000", "../..", "<b>"):
        test.session_state["county"] = not_there
        assert shown(test.run()) == ["first", "120"]


def test_tables_and_records_are_kept_until_they_change(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clusters: Path
) -> None:
    monkeypatch.setenv("MARKETMAP_CLUSTERS", str(clusters))
    found = sources.load_table("clusters", CLUSTERS)
    assert len(found) == len(pd.read_csv(clusters / CLUSTERS.path)) > 0
    assert sources.load_table("clusters", CLUSTERS) is found
    assert sources.load_record("clusters") is sources.load_record("clusters")
    with pytest.raises(OutputError, match=r"holds no internal/rejected\.csv"):
        sources.load_table("clusters", REJECTED)
    with pytest.raises(OutputError, match="no results of the kind rural yet"):
        sources.load_table("rural", CLUSTERS)
    out = write_output(tmp_path / "out")
    monkeypatch.setenv("MARKETMAP_OUT", str(out))
    before = sources.load_table("blocks", BLOCK_PROPOSALS)
    write_output(out, blocks=2)
    assert len(sources.load_table("blocks", BLOCK_PROPOSALS)) == 2 != len(before)
    raw = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps(raw | {"purged": {"on": "2026-11-22", "files": []}}))
    with pytest.raises(OutputError, match="were purged on 2026-11-22"):
        sources.load_table("blocks", BLOCK_PROPOSALS)
    assert sources.results_state("blocks") == "missing"


def test_sessions_that_come_at_once_wait_for_one_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    sources._read_market.cache_clear()
    sessions = [threading.Thread(target=sources.load_market) for _ in range(4)]
    for session in sessions:
        session.start()
    for session in sessions:
        session.join()
    assert sources._read_market.cache_info().misses == 1


def test_results_are_stale_when_tables_settings_or_versions_change(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    county, out = write_county(tmp_path / "county"), tmp_path / "clusters"
    monkeypatch.setenv("MARKETMAP_COUNTY", str(county))
    monkeypatch.setenv("MARKETMAP_CLUSTERS", str(out))
    assert sources.results_state("clusters") == "missing"
    run_clusters(county, out)
    assert sources.results_state("clusters") == "ready"
    settings = county / "marketmap.toml"
    before = settings.read_text()
    settings.write_text(before + "[clusters]\nmax_minutes = 7\n")
    assert sources.results_state("clusters") == "stale"
    settings.write_text(before)
    assert sources.results_state("clusters") == "ready"
    providers = county / "providers.csv"
    rows = providers.read_text()
    providers.write_text(rows.replace("Vale Care", "Dale Care"))
    assert sources.results_state("clusters") == "stale"
    providers.write_text(rows)
    file = out / CLUSTERS.path
    kept = file.read_bytes()
    file.unlink()
    assert sources.results_state("clusters") == "stale"
    file.write_bytes(kept)
    assert sources.results_state("clusters") == "ready"
    raw = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps(raw | {"marketmap_version": "0.0"}))
    assert sources.results_state("clusters") == "stale"
    (out / "run.json").write_text(json.dumps(raw))
    monkeypatch.setenv("MARKETMAP_RURAL", str(out))  # the output of another verb
    assert sources.results_state("rural") == "missing"


def test_a_job_under_way_or_failed_is_told(monkeypatch: pytest.MonkeyPatch, work: Workspace) -> None:
    from marketmap.pages.job_files import Job

    def made(state: str) -> Job:
        return Job("j", "rural", "first", "", {}, state, "", 0, None, None, None, 0.0, "", Path(), 0.0)

    for state, told in (("waiting", "making"), ("running", "making"), ("failed", "failed"), ("interrupted", "failed")):
        monkeypatch.setattr(sources.jobs, "last_measure", lambda *_, state=state: made(state))
        assert sources.results_state("rural") == told


def test_results_made_on_other_roads_hold_where_the_plan_was_made_on_them(tmp_path: Path, county: Path) -> None:
    def record(out: Path, kind: str, roads: Path | None, sign: str) -> Path:
        settings = load_settings(county / "marketmap.toml")
        mapping = settings_to_mapping(settings)
        made = make_record(
            command=["marketmap", kind],
            county_folder=str(county),
            inputs={
                name: {"name": path.name, "sha256": hash_file(path), "rows": 1}
                for name, path in find_tables(county, settings=settings)[0].items()
            },
            settings=mapping | {"roads": {"file": str(roads) if roads else ""}},
            roads={"illustrative": roads is None, "sha256": hash_file(roads) if roads else None},
        )
        with OutputFolder(out) as folder:
            folder.write_bytes(sign, b"")
            folder.finish(made)
        return out

    roads = tmp_path / "roads.osm.pbf"
    roads.write_bytes(b"roads")
    plan = record(tmp_path / "plan", "blocks", roads, "internal/block_proposals.csv")
    same = record(tmp_path / "same", "clusters", roads, "internal/clusters.csv")
    own = record(tmp_path / "own", "clusters", None, "internal/clusters.csv")
    assert find_currency("clusters", same, county, plan_folder=plan) == "ready"
    assert find_currency("clusters", own, county, plan_folder=plan) == "stale"
    assert find_currency("clusters", own, county, plan_folder=tmp_path / "none") == "ready"
    assert find_road_override(plan, county) == {"roads": {"file": str(roads)}}
    assert find_road_override(plan, tmp_path) == {}  # another county's plan
    roads.write_bytes(b"other roads")
    assert find_currency("clusters", same, county, plan_folder=plan) == "stale"


def test_a_plan_that_says_which_fit_scaled_it_holds_and_one_that_does_not_is_stale(
    tmp_path: Path, county: Path
) -> None:
    settings = load_settings(county / "marketmap.toml")
    scaled = dataclasses.replace(settings, blocks=dataclasses.replace(settings.blocks, factor_inside=0.5))
    tables = find_tables(county, settings=settings)[0]
    facts = {
        "county_folder": str(county),
        "inputs": {name: {"name": path.name, "sha256": hash_file(path), "rows": 1} for name, path in tables.items()},
        "settings": settings_to_mapping(scaled),
        "roads": {"illustrative": True},
    }
    used = {"settings": {"blocks.factor_inside": 0.5}, "fit": "out-fit"}
    for name, factors in (("told", used), ("silent", {}), ("other", used | {"settings": {}})):
        with OutputFolder(tmp_path / name) as folder:
            folder.write_bytes("internal/block_proposals.csv", b"")
            folder.finish(make_record(command=["marketmap", "blocks"], factors=factors, **facts))
    found = {name: find_currency("blocks", tmp_path / name, county) for name in ("told", "silent", "other")}
    assert found == {"told": "ready", "silent": "stale", "other": "stale"}


def test_a_rural_report_is_stale_when_the_plan_is_newer_or_it_is_of_one_district(tmp_path: Path, county: Path) -> None:
    settings = load_settings(county / "marketmap.toml")
    facts = {
        "county_folder": str(county),
        "inputs": {
            name: {"name": path.name, "sha256": hash_file(path), "rows": 1}
            for name, path in find_tables(county, settings=settings)[0].items()
        },
        "settings": settings_to_mapping(settings),
        "roads": {"illustrative": True},
    }

    def write(name: str, sign: str, *words: str, created: str, given: Path | None = None) -> Path:
        of = {} if given is None else {"plan": name_plan(read_record(given))}
        with OutputFolder(tmp_path / name) as folder:
            folder.write_bytes(sign, b"")
            folder.write_bytes(BLOCK_POSTCODES.path, name.encode())
            folder.finish(make_record(command=["marketmap", *words], **facts, **of))
        file = tmp_path / name / "run.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"created": created}))
        return tmp_path / name

    plan = write("plan", "internal/block_proposals.csv", "blocks", created="2026-11-22T10:00:00+00:00")
    newer = write("newer", "internal/rural.html", "rural", created="2026-11-22T10:00:01+00:00")
    older = write("older", "internal/rural.html", "rural", created="2026-11-22T09:59:59+00:00")
    part = write("part", "internal/rural.html", "rural", "--district", "Rutland", created="2026-11-22T11:00:00+00:00")
    found = {out.name: find_currency("rural", out, county, plan_folder=plan) for out in (newer, older, part)}
    assert found == {"newer": "ready", "older": "stale", "part": "stale"}
    assert find_currency("rural", older, county, plan_folder=tmp_path / "none") == "ready"
    # Rounds that name their plan hold for that one, made again or not, and for no other.
    first = write("rounds", "internal/rounds.csv", "rounds", created="2026-11-22T09:00:00+00:00", given=plan)
    other = write("others", "internal/rounds.csv", "rounds", created="2026-11-22T11:00:00+00:00", given=newer)
    assert find_currency("rounds", first, county, plan_folder=plan) == "ready"
    assert find_currency("rounds", other, county, plan_folder=plan) == "stale"
