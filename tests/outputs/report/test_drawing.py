import re
import xml.etree.ElementTree as ET

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from marketmap.outputs.gate.disclosure import Shown
from marketmap.outputs.report.chapter import Drawing
from marketmap.outputs.report.charts import draw_bars, draw_curves, draw_dots, draw_time_line, draw_waterfall
from marketmap.outputs.report.choropleth import NOT_SHOWN, draw_areas
from tests.outputs.factory import HOSTILE_NAMES


def bars(names: list[str], values: list[object], **more: object) -> Drawing:
    frame = pd.DataFrame({"name": pd.Series(names, dtype=object), "value": pd.Series(values, dtype=object)})
    return draw_bars(frame, label="name", value="value", unit="hours", alt_text="Hours by name.", **more)  # type: ignore[arg-type]


def areas(count: int = 4) -> gpd.GeoDataFrame:
    cells = [box(place * 1000, 0, place * 1000 + 1000, 1000) for place in range(count)]
    return gpd.GeoDataFrame({"area_code": [f"A{place}" for place in range(count)]}, geometry=cells, crs="EPSG:27700")


def told(drawing: Drawing) -> str:
    return " ".join(text.strip() for text in ET.fromstring(drawing.svg).itertext())  # noqa: S314  our own drawing


def test_text_from_data_is_text_and_never_a_tag() -> None:
    drawing = bars(list(HOSTILE_NAMES[:6]), [1.0] * 6)
    tree = ET.fromstring(drawing.svg)  # noqa: S314  our own drawing
    assert {element.tag for element in tree.iter()} <= {"svg", "g", "path", "line", "text", "rect", "defs", "pattern"}
    assert "<img" not in drawing.svg
    assert "alert(1)" in told(drawing)


def test_a_drawing_has_one_description_and_asks_for_nothing() -> None:
    drawing = bars(["a"], [1.0])
    assert 'role="img"' in drawing.svg
    assert 'aria-label="Hours by name."' in drawing.svg
    assert not re.search(r"https?://|<script|href|@import", drawing.svg.replace("http://www.w3.org/2000/svg", ""))


def test_the_same_figures_give_the_same_bytes_and_others_other_names() -> None:
    one, again, other = bars(["a"], [1.0]), bars(["a"], [1.0]), bars(["a"], [2.0])
    assert one == again
    assert one.svg != other.svg


def test_a_missing_figure_is_hatched_not_nought() -> None:
    assert "-hatch)" in bars(["a", "b"], [1.0, None]).svg
    assert "-hatch)" not in bars(["a", "b"], [1.0, 0.0]).svg


def test_a_drawing_is_shown_only_if_all_of_it_was() -> None:
    frame = pd.DataFrame({"n": pd.Series([Shown("a")], dtype=object), "v": pd.Series([Shown("15")], dtype=object)})
    parts = {"label": "n", "value": "v", "unit": "hours"}
    assert draw_bars(frame, alt_text=Shown("Hours."), **parts).shown  # type: ignore[arg-type]
    assert not draw_bars(frame, alt_text="Hours of 3 people.", **parts).shown  # type: ignore[arg-type]
    assert not draw_bars(frame.assign(v=15.0), alt_text=Shown("Hours."), **parts).shown  # type: ignore[arg-type]
    assert not draw_bars(frame, alt_text=Shown("Hours."), caption="3", **parts).shown  # type: ignore[arg-type]


def test_a_waterfall_ends_where_its_steps_lead() -> None:
    steps = pd.DataFrame(
        {"step": ["Before", "Starts", "Ends", "Now"], "amount": [100, 50, -30, 120], "whole": [1, 0, 0, 1]}
    )
    drawing = draw_waterfall(steps, step="step", amount="amount", total="whole", unit="pounds", alt_text="Cost.")
    assert {"100", "+50", "-30", "120"} <= set(told(drawing).replace("−", "-").split())  # noqa: RUF001
    ends = [float(found) for found in re.findall(r'd="M([\d.]+),', drawing.svg)]
    assert ends.count(0.0) >= 2  # both totals begin at nought


def test_every_kind_of_chart_is_drawn_even_when_empty() -> None:
    none = pd.DataFrame({name: pd.Series(dtype="float64") for name in "abcde"})
    draw_bars(none, label="a", value="b", low="c", high="d", unit="", alt_text="")
    draw_curves(none, x="a", share="b", low="c", high="d", group="e", unit="", title="", alt_text="")
    draw_dots(none, label="a", value="b", group="c", unit="", alt_text="")
    draw_time_line(none, date="a", value="b", group="c", unit="", alt_text="")
    draw_waterfall(none.assign(c=False), step="a", amount="b", total="c", unit="", alt_text="")


def test_lines_differ_by_more_than_colour() -> None:
    days = pd.DataFrame({"x": [0, 9] * 2, "s": [1.0, 0.5] * 2, "g": ["rural", "rural", "urban", "urban"]})
    drawing = draw_curves(
        days, x="x", share="s", low="s", high="s", group="g", unit="days", title="waiting", alt_text="Curves."
    )
    assert {"1,0", "6,3"} <= set(re.findall(r'stroke-dasharray="([\d,]+)"', drawing.svg))
    assert "rural" in told(drawing)


def test_a_map_says_classes_units_scale_and_numbers() -> None:
    values = pd.Series([1.0, 5.0, float("nan")], index=["A0", "A1", "A2"])
    drawing = draw_areas(areas(), values=values, title="Hours a week", alt_text="Map.", numbered={"A1": 1})
    words = told(drawing)
    for word in ("Hours a week", "up to 1.8", "over 4.2 to 5", "no figure", "km"):
        assert word in words
    assert " 1 " in f" {words} "
    assert not drawing.shown


def test_a_map_hatches_what_the_gate_keeps_back() -> None:
    values = pd.Series(
        [Shown("15"), Shown("*"), Shown("0"), Shown("1,200")], index=["A0", "A1", "A2", "A3"], dtype=object
    )
    drawing = draw_areas(areas(), values=values, title="Hours", alt_text=Shown("Map."))
    assert "-hatch)" in drawing.svg
    assert NOT_SHOWN in told(drawing)
    assert drawing.shown


def test_shortage_and_surplus_are_told_apart_in_words() -> None:
    values = pd.Series([-20.0, -1.0, 0.0, 7.0], index=["A0", "A1", "A2", "A3"])
    words = told(draw_areas(areas(), values=values, title="Hours", alt_text="Map.", signed=True))
    for word in ("short: over 11 to 20", "short: up to 11", "none", "spare: up to 7"):
        assert word in words


@pytest.mark.parametrize("count", [1, 400])
def test_a_map_of_many_areas_stays_small(count: int) -> None:
    shapes = areas(count)
    values = pd.Series(range(count), index=shapes["area_code"], dtype=float)
    assert len(draw_areas(shapes, values=values, title="Hours", alt_text="Map.").svg) < 400_000
