"""The market map's states: figures under filters, layers, one area, what is not there, and who may see places."""

import html
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from marketmap.outputs.report.run import run_report
from marketmap.outputs.views.market_layers import LAYERS
from marketmap.pages import access
from tests.pages.measured_pages import html_of, words


def market_page() -> None:
    from marketmap.pages import market_map

    market_map.show()


def run() -> AppTest:
    return AppTest.from_function(market_page, default_timeout=120).run()


def map_arguments(test: AppTest) -> dict[str, str]:
    arguments: dict[str, str] = json.loads(test.get("component_instance")[0].proto.json_args)
    return arguments


def figure(test: AppTest, name: str) -> str:
    return html_of(test).split(f"<dt>{name}</dt><dd>")[1].split("<")[0]


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory, county: Path) -> Path:
    folder = tmp_path_factory.mktemp("market") / "report"
    run_report("report", county, folder)
    return folder


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch, report: Path) -> None:
    monkeypatch.setenv("MARKETMAP_REPORT", str(report))


def test_the_headline_sums_the_packages_in_force(county: Path) -> None:
    packages = pd.read_csv(county / "packages.csv")
    test = run()
    assert not test.exception
    assert figure(test, "Packages, active or waiting") == str(len(packages))
    assert figure(test, "Contact hours a week") == f"{packages['hours_week'].sum():,.0f}"
    waiting = packages.loc[packages["status"] == "waiting", "hours_week"].sum()
    assert figure(test, "Hours a week that wait") == f"{waiting:,.0f}"
    assert figure(test, "Providers at work") == "3"


def test_the_map_brings_all_it_needs_and_stays_while_its_layer_changes() -> None:
    test = run()
    before, place = map_arguments(test), test.get("component_instance")[0].proto.id
    for kind in ("js_links", "css_links"):
        assert before[kind]
        assert all(link.startswith("data:text/") for link in before[kind])
    test.selectbox(key="market_layer").set_value("Waiting").run()
    after = map_arguments(test)
    # The base keeps its place and zoom; only the group over it is drawn anew.
    assert test.get("component_instance")[0].proto.id == place
    assert after["feature_group"] != before["feature_group"]


def test_filters_narrow_every_figure(county: Path) -> None:
    packages = pd.read_csv(county / "packages.csv")
    test = run()
    test.selectbox(key="market_service").set_value("reablement").run()
    kept = packages[packages["service_type"] == "reablement"]
    assert figure(test, "Packages, active or waiting") == str(len(kept))
    assert test.dataframe[0].value["packages"].sum() == len(kept)
    test.selectbox(key="market_band").set_value("morning").run()
    assert figure(test, "People") == "whole day only"
    hours = float(figure(test, "Contact hours a week").replace(",", ""))
    assert 0 < hours < kept["hours_week"].sum()


def test_an_area_shows_its_own_figures_and_who_works_there(county: Path) -> None:
    packages = pd.read_csv(county / "packages.csv")
    sector = packages["postcode"].str[:-2].mode()[0]
    test = run()
    assert "Who works in the areas that pass" in html_of(test)
    test.selectbox(key="market_area").set_value(sector).run()
    inside = packages[packages["postcode"].str.startswith(sector)]
    text = html_of(test)
    assert f"<h3>{sector} · Rutland</h3>" in text
    assert f"{inside['hours_week'].sum():,.0f} h a week" in text
    assert "Who works here" in text


def test_an_area_without_care_under_the_filters_says_so_and_keeps_what_the_report_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, report: Path, county: Path
) -> None:
    packages = pd.read_csv(county / "packages.csv")
    sectors = packages["postcode"].str[:-2]
    rarest = packages["service_type"].value_counts().index[-1]
    empty = min(set(sectors) - set(sectors[packages["service_type"] == rarest]))

    def look() -> str:
        test = run()
        test.selectbox(key="market_area").set_value(empty)
        test.selectbox(key="market_service").set_value(rarest).run()
        assert not test.exception
        return html_of(test)

    monkeypatch.setenv("MARKETMAP_REPORT", str(tmp_path / "none"))
    bare = look()
    assert "No care in this area passes the filters above." in bare
    assert "Nobody works here under the filters above." in bare
    assert "<table" not in bare
    monkeypatch.setenv("MARKETMAP_REPORT", str(report))
    full = look()
    assert "No care in this area passes the filters above." in full
    assert "<caption>All figures of this sector</caption>" in full.replace("postcode sector", "sector")


def test_without_the_report_only_what_is_live_is_offered(begun: list[str]) -> None:
    test = run()
    assert test.selectbox(key="market_layer").options == ["Demand", "Waiting"]
    assert "market report is being made" in words(test)
    assert begun == ["report"]


@pytest.mark.usefixtures("reported")
def test_every_layer_can_be_shown() -> None:
    test = run()
    assert test.selectbox(key="market_layer").options == list(LAYERS)
    for name in LAYERS:
        test.selectbox(key="market_layer").set_value(name).run()
        assert not test.exception, name
        assert test.get("component_instance"), name
        assert f"<strong>{html.escape(LAYERS[name].measure.title)}" in html_of(test)


@pytest.mark.usefixtures("reported")
def test_a_footprint_asks_for_a_provider_and_shows_its_part(report: Path) -> None:
    test = run()
    test.selectbox(key="market_layer").set_value("A provider's footprint").run()
    assert "Choose a provider above" in words(test)
    test.selectbox(key="market_provider").set_value("V01").run()
    footprints = pd.read_csv(report / "internal" / "footprints.csv")
    mine = footprints[(footprints["provider_id"] == "V01") & (footprints["level"] == "sector")]
    shown = test.dataframe[0].value
    known = mine[mine["area_code"] != "unplaced"]
    assert shown["value"].notna().sum() == len(known)
    assert shown["value"].max() == pytest.approx(100 * known["share_of_area"].max(), abs=0.2)


@pytest.mark.usefixtures("reported")
def test_a_layer_says_which_filters_do_not_touch_it() -> None:
    test = run()
    test.selectbox(key="market_layer").set_value("Providers in one street")
    test.selectbox(key="market_service").set_value("reablement").run()
    assert "does not change with service" in html_of(test)


def test_single_postcodes_are_for_those_who_may_see_rows(monkeypatch: pytest.MonkeyPatch, county: Path) -> None:
    packages = pd.read_csv(county / "packages.csv")
    sector = packages["postcode"].str[:-2].mode()[0]
    test = run()
    assert [toggle.label for toggle in test.toggle] == []
    test.selectbox(key="market_area").set_value(sector).run()
    test.toggle(key="market_points").set_value(True).run()
    postcode = packages.loc[packages["postcode"].str.startswith(sector), "postcode"].iloc[0]
    assert postcode in map_arguments(test)["feature_group"]
    for name in ("market_map", "market_reach", "downloads"):
        monkeypatch.setattr(f"marketmap.pages.{name}.current_user", lambda: access.User("u", "Una", "viewer"))
    test.run()
    assert [toggle.label for toggle in test.toggle] == []
    assert postcode not in map_arguments(test)["feature_group"]


def test_what_is_reached_is_asked_of_the_desk_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketmap.pages.desk.ask", lambda function, *args: function(*args))
    test = run()
    test.button[0].click().run()
    assert "Choose a provider first" in words(test)
    test.selectbox(key="reach_provider").set_value("V00")
    test.button[0].click().run()
    assert not test.exception
    assert "Care within reach" in html_of(test)
    assert "30 min" in map_arguments(test)["feature_group"]
    test.button[1].click().run()
    assert "Care within reach" not in html_of(test)
    test.selectbox(key="reach_kind").set_value("postcode")
    test.text_input(key="reach_postcode").set_value("<b>")
    test.button[0].click().run()
    assert "This is not a postcode" in html_of(test)


def test_a_county_without_boundaries_of_its_own_gets_approximate_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, county: Path
) -> None:
    bare = Path(shutil.copytree(county, tmp_path / "bare"))
    (bare / "areas.geojson").unlink()
    monkeypatch.setenv("MARKETMAP_COUNTY", str(bare))
    test = run()
    assert not test.exception
    assert test.get("component_instance")
    assert figure(test, "Packages, active or waiting") == "120"


def test_without_a_county_it_says_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MARKETMAP_COUNTY", str(tmp_path / "nowhere"))
    test = run()
    assert not test.exception
    assert "make sample" in words(test)
    assert "nowhere" in words(test)


def test_faulty_tables_are_told_in_the_readers_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, county: Path
) -> None:
    broken = Path(shutil.copytree(county, tmp_path / "broken"))
    text = (broken / "packages.csv").read_text()
    (broken / "packages.csv").write_text(text.replace("home_care", "no_such_care", 1))
    monkeypatch.setenv("MARKETMAP_COUNTY", str(broken))
    test = run()
    assert not test.exception
    assert "packages.csv, column service_type, row 2" in words(test)
    assert "Traceback" not in words(test)


def test_a_changed_table_is_read_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, county: Path) -> None:
    copy = Path(shutil.copytree(county, tmp_path / "copy"))
    monkeypatch.setenv("MARKETMAP_COUNTY", str(copy))
    before = int(figure(run(), "Packages, active or waiting"))
    lines = (copy / "packages.csv").read_text().splitlines()
    (copy / "packages.csv").write_text("\n".join(lines[:-5]) + "\n")
    assert int(figure(run(), "Packages, active or waiting")) == before - 5
