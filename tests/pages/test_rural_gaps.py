import shutil
from pathlib import Path

import pandas as pd
import pytest

from marketmap.outputs.views.rural_view import describe_area, place_areas, read_rural, tell_county
from tests.measured import Measured
from tests.pages.measured_pages import become, buttons, html_of, point_at, run, words


def rural_page() -> None:
    from marketmap.pages import rural_gaps

    rural_gaps.show()


@pytest.fixture(autouse=True)
def folders(measured: Measured, monkeypatch: pytest.MonkeyPatch, places: None) -> None:
    del places  # sets other folders, before these
    point_at(measured, monkeypatch)


def test_areas_are_told_in_the_reports_order_with_what_their_shares_rest_on(measured: Measured) -> None:
    areas = pd.read_csv(measured.rural / "internal" / "rural_areas.csv")
    test = run(rural_page)
    assert not test.exception
    assert test.title[0].value == "Rural gaps"
    markup = html_of(test)
    first = areas.iloc[0]
    share = f"{first['long_share']:.0%} ({first['waits_long']:.0f} of {first['waits_decided']:.0f}; "
    assert f"{share}{first['long_share_low']:.0%} to {first['long_share_high']:.0%})" in markup
    names = areas["area_name"].tolist()
    places = [markup.index(f"<td>{name}</td>", markup.index("greatest need first")) for name in names]
    assert places == sorted(places)
    assert "How firm the first places are" in markup
    assert "Rural beside urban" in markup
    assert "A wait is long when care had not begun after 14 days" in markup
    assert "small numbers are shown as they are" in markup
    assert "Open Government Licence" in markup


def test_a_chosen_area_shows_its_own_figures_and_what_would_help(measured: Measured) -> None:
    areas = pd.read_csv(measured.rural / "internal" / "rural_areas.csv")
    test = run(rural_page)
    second = areas.iloc[1]
    test.selectbox(key="rural_area").set_value(second["area_code"]).run()
    markup = html_of(test)
    assert f"<h3>{second['area_name']} · {second['district_name']}</h3>" in markup
    assert second["reading"] in markup
    assert f"<dt>Packages</dt><dd>{second['packages']:.0f}</dd>" in markup
    assert "What would help" in markup


def test_every_area_of_the_report_has_an_outline(measured: Measured) -> None:
    files = read_rural(measured.rural)
    placed = place_areas(files, files.areas)
    assert placed["area_code"].tolist() == files.areas["area_code"].tolist()
    assert placed.crs.to_epsg() == 4326
    west, south, east, north = placed.total_bounds
    assert -1.0 < west < east < 0.0
    assert 52.0 < south < north < 53.0
    ranked = files.areas[files.areas["rank"].notna()].sort_values("rank")
    assert tell_county(files)[0].startswith(
        f"Of {len(ranked)} rural areas, need is greatest in {ranked['area_name'].iloc[0]}"
    )


def test_what_is_not_known_is_said_to_be_so(measured: Measured) -> None:
    files = read_rural(measured.rural)
    blank = ["rank", "minutes_hour", "long_share", "waits_decided", "waits_long", "providers"]
    files.areas.loc[0, blank] = float("nan")
    told = describe_area(files, str(files.areas["area_code"][0]))
    assert told["Rank by need"].startswith("not ranked")
    assert told["Drive, minutes a carer hour"] == "not known"
    assert told["Providers at work here"] == "not known"
    assert "nan" not in " ".join(told.values())


@pytest.mark.parametrize("role", ["viewer", "commissioner"])
def test_everybody_may_take_the_areas_away(monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    become(role, monkeypatch)
    assert buttons(run(rural_page)) == [
        "Report for the council (HTML)",
        "Report for everybody (HTML)",
        "Areas (CSV)",
        "All tables (XLSX)",
        "Areas (GeoPackage)",
    ]


def test_without_a_report_it_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, begun: list[str]) -> None:
    monkeypatch.setenv("MARKETMAP_RURAL", str(tmp_path / "nowhere"))
    test = run(rural_page)
    assert not test.exception
    assert test.title[0].value == "Rural gaps"
    assert "rural report is being made" in words(test)
    assert begun == ["rural"]


def test_a_damaged_report_is_told_and_not_traced(
    measured: Measured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(measured.rural, tmp_path / "rural"))
    (copy / "internal" / "rural_areas.csv").write_text("nonsense\n")
    monkeypatch.setenv("MARKETMAP_RURAL", str(copy))
    test = run(rural_page)
    assert not test.exception
    assert "make rural" in words(test)
