"""Maps of areas in classes, as one drawing each: amounts from light to dark, or shortage against surplus.

Shapes are turned into drawing units here (EPSG:27700 metres, north up) and simplified together, so that borders stay
shared and a page of several maps stays small. No class is told by colour alone: shades differ in lightness, what is
not shown is hatched, and the areas that the words speak of carry a number.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import mapping

from marketmap.outputs.gate.disclosure import SUPPRESSED
from marketmap.outputs.maps.palette import INK, NONE_COLOUR, amount_colours, break_classes, class_of
from marketmap.outputs.report.chapter import Drawing
from marketmap.outputs.report.drawing import HATCHED, draw_svg
from marketmap.outputs.report.telling import are_shown, read_shown

WIDTH = 560.0
MAX_HEIGHT = 560.0
EDGE = 6.0
# Borders of areas give way by this much, in drawing units: less than a line is wide.
TOLERANCE = 1.0
NOT_SHOWN = "not shown: few people"
NOTHING = "none"
UNKNOWN = "no figure"
# Blue is too much, orange too little; the stronger the darker (Okabe and Ito's two, mixed with white).
SHORT_COLOURS = ("#f6c9a8", "#D55E00")
SPARE_COLOURS = ("#b5d4e9", "#0072B2")
_BARS = (1000, 2000, 5000, 10_000, 20_000, 50_000)


@dataclass(frozen=True)
class _Frame:
    """How metres become drawing units."""

    west: float
    north: float
    scale: float
    height: float

    def place(self, metres: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        moved = np.empty_like(metres)
        moved[:, 0] = EDGE + (metres[:, 0] - self.west) * self.scale
        moved[:, 1] = EDGE + (self.north - metres[:, 1]) * self.scale
        return moved


def draw_areas(
    areas: gpd.GeoDataFrame,
    *,
    values: pd.Series,
    title: str,
    alt_text: str,
    caption: str = "",
    signed: bool = False,
    share: bool = False,
    districts: gpd.GeoDataFrame | None = None,
    numbered: Mapping[str, int] | None = None,
) -> Drawing:
    """Draw a map of areas by a figure.

    Parameters
    ----------
    areas
        ``area_code`` and polygons of one level, EPSG:27700.
    values
        Figures by ``area_code``; an area without one is drawn as such. Of `Shown` figures one that the gate keeps
        back is hatched.
    title
        Of the legend: what is shown, and its unit.
    signed
        Whether figures have both signs: negative ones (too little) are orange, positive ones (too much) blue.
    share
        Whether figures are shares, told as per cents.
    districts
        ``area_name`` and polygons, EPSG:27700: their borders and names are drawn on top.
    numbered
        Code → the number to write on it, for those that the words speak of.

    Returns
    -------
    Drawing
        With a scale bar.
    """
    shapes = areas.reset_index(drop=True)
    frame = _fit(shapes)
    shown = are_shown(values.tolist())
    kept = set(values.index[values == SUPPRESSED]) if shown else set()
    numbers = read_shown(values) if shown else values.astype(float)
    known = numbers.reindex(pd.Index(shapes["area_code"])).to_numpy(float)
    names, colours = _classes(known, signed=signed, share=share)
    told = [
        NOT_SHOWN if code in kept else _name_class(value, names, known, signed=signed)
        for code, value in zip(shapes["area_code"], known, strict=True)
    ]
    present = [name for name in (*names, NOTHING, NOT_SHOWN, UNKNOWN) if name in set(told)]
    palette = dict(zip(names, colours, strict=True)) | {NOTHING: NONE_COLOUR, NOT_SHOWN: HATCHED, UNKNOWN: "#c9cdd0"}
    scale = alt.Scale(domain=present, range=[palette[name] for name in present])
    key = alt.Legend(title=title, orient="bottom", columns=3, symbolType="square", symbolSize=180, labelFontSize=13)
    layers: list[Any] = [
        alt.Chart(_data(_features(_simplify(shapes.geometry, frame), told)))
        .mark_geoshape(stroke="#7d8a93", strokeWidth=0.4)
        .encode(fill=alt.Fill("properties.told:N", scale=scale, legend=key, sort=None))
    ]
    if districts is not None and len(districts):
        layers += _draw_districts(districts, frame)
    if numbered:
        layers += _draw_numbers(shapes, numbered, frame)
    layers += _draw_scale(frame)
    chart = (
        alt.layer(*layers)
        .project(type="identity", scale=1, translate=[0, 0])
        .properties(width=WIDTH, height=frame.height, autosize=alt.AutoSizeParams(type="pad", contains="padding"))
    )
    open_words = are_shown([alt_text, *([caption] if caption else [])])
    svg = draw_svg(chart, alt_text=alt_text)
    return Drawing(svg=svg, alt=alt_text, caption=caption, shown=shown and open_words)


def _fit(areas: gpd.GeoDataFrame) -> _Frame:
    west, south, east, north = (float(side) for side in areas.total_bounds)
    room = (WIDTH - 2 * EDGE, MAX_HEIGHT - 2 * EDGE)
    scale = min(room[0] / max(east - west, 1.0), room[1] / max(north - south, 1.0))
    # A county that is taller than wide stands in the middle.
    west -= (room[0] / scale - (east - west)) / 2
    return _Frame(west, north, scale, (north - south) * scale + 2 * EDGE + 22)


def _simplify(shapes: gpd.GeoSeries, frame: _Frame) -> list[Any]:
    """Turn polygons into drawing units, with as few corners as shared borders allow."""
    moved = shapely.transform(shapes.to_numpy(), frame.place)
    valid = shapely.make_valid(moved)
    return list(shapely.set_precision(shapely.coverage_simplify(valid, TOLERANCE), 0.0))


def _features(shapes: Sequence[Any], told: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"type": "Feature", "properties": {"told": text}, "geometry": _wind(shape)}
        for shape, text in zip(shapes, told, strict=True)
        if not shape.is_empty
    ]


def _data(features: list[dict[str, Any]]) -> Any:
    return alt.Data(values=features)  # type: ignore[no-untyped-call]  # Altair says nothing of it


def _wind(shape: Any) -> dict[str, Any]:
    """Write a shape as GeoJSON, to a tenth of a drawing unit."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in ("Polygon", "LineString", "LinearRing")]
    lines = [part for part in parts if part.geom_type != "Polygon"]
    whole = shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"]) if not lines else (
        shapely.MultiLineString(lines)
    )  # fmt: skip
    rounded: dict[str, Any] = _round(dict(mapping(whole)))
    return rounded


def _round(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _round(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_round(item) for item in value]
    return round(value, 1) if isinstance(value, float) else value


def _draw_districts(districts: gpd.GeoDataFrame, frame: _Frame) -> list[Any]:
    borders = shapely.boundary(np.array(_simplify(districts.geometry, frame)))
    outlines = _features(list(borders), [""] * len(districts))
    casing = alt.Chart(_data(outlines)).mark_geoshape(filled=False, stroke="#fff", strokeWidth=3)
    line = alt.Chart(_data(outlines)).mark_geoshape(filled=False, stroke=INK, strokeWidth=1.4, strokeDash=[6, 3])
    spots = frame.place(shapely.get_coordinates(districts.geometry.representative_point().to_numpy()))
    names = pd.DataFrame({"x": spots[:, 0], "y": spots[:, 1], "text": districts["area_name"].to_numpy(object)})
    return [casing, line, *_write(names, size=13, bold=True)]


def _draw_numbers(areas: gpd.GeoDataFrame, numbered: Mapping[str, int], frame: _Frame) -> list[Any]:
    found = areas[areas["area_code"].isin(list(numbered))]
    spots = frame.place(shapely.get_coordinates(found.geometry.representative_point().to_numpy()))
    rows = pd.DataFrame(
        {"x": spots[:, 0], "y": spots[:, 1], "text": [str(numbered[code]) for code in found["area_code"]]}
    )
    discs = _spot(alt.Chart(rows).mark_circle(size=330, color=INK, opacity=1, stroke="#fff", strokeWidth=1.5))
    words = _spot(alt.Chart(rows).mark_text(color="#fff", fontSize=13, fontWeight="bold", dy=1)).encode(text="text:N")
    return [discs, words]


def _draw_scale(frame: _Frame) -> list[Any]:
    metres = max((bar for bar in _BARS if bar * frame.scale <= WIDTH / 4), default=_BARS[0])
    y = frame.height - 8
    line = pd.DataFrame({"x": [EDGE], "x2": [EDGE + metres * frame.scale], "y": [y]})
    end = pd.DataFrame({"x": [EDGE + metres * frame.scale + 6], "y": [y], "text": [f"{metres // 1000} km"]})
    bar = alt.Chart(line).mark_rule(stroke=INK, strokeWidth=3).encode(
        x=alt.X("x:Q", scale=None, axis=None), x2="x2:Q", y=alt.Y("y:Q", scale=None, axis=None)
    )  # fmt: skip
    return [bar, _spot(alt.Chart(end).mark_text(align="left", fontSize=13)).encode(text="text:N")]


def _write(rows: pd.DataFrame, *, size: int, bold: bool) -> list[Any]:
    """Write words with a light rim, so that they are read on any shade."""
    weight: Any = "bold" if bold else "normal"
    base = alt.Chart(rows)
    rim = base.mark_text(fontSize=size, fontWeight=weight, stroke="#fff", strokeWidth=3.5, opacity=0.9)
    ink = base.mark_text(fontSize=size, fontWeight=weight, color=INK)
    return [_spot(mark).encode(text="text:N") for mark in (rim, ink)]


def _spot(chart: Any) -> Any:
    return chart.encode(x=alt.X("x:Q", scale=None, axis=None), y=alt.Y("y:Q", scale=None, axis=None))


def _classes(values: np.ndarray[Any, Any], *, signed: bool, share: bool) -> tuple[list[str], list[str]]:
    """Name the classes of the figures, in the legend's order, with a colour each."""
    known = pd.Series(values[np.isfinite(values)], dtype=float)
    more = break_classes(known) if not signed else break_classes(known, count=2)
    names = _name_ranges(more, share=share)
    if not signed:
        return names, list(amount_colours(more)) if more else []
    less = break_classes(-known, count=2)
    short = [f"short: {name}" for name in _name_ranges(less, share=share)]
    spare = [f"spare: {name}" for name in names]
    return (
        [*reversed(short), *spare],
        [*reversed(SHORT_COLOURS[-len(short) :] if short else ()), *(SPARE_COLOURS[-len(spare) :] if spare else ())],
    )


def _name_ranges(breaks: tuple[float, ...], *, share: bool) -> list[str]:
    told = [f"{limit:.0%}" if share else f"{limit:,g}" for limit in breaks]
    later = [f"over {low} to {high}" for low, high in itertools.pairwise(told)]
    return [f"up to {told[0]}", *later] if told else []


def _name_class(value: float, names: list[str], values: np.ndarray[Any, Any], *, signed: bool) -> str:
    if not np.isfinite(value):
        return UNKNOWN
    if value == 0 or (value < 0 and not signed):
        return NOTHING
    known = pd.Series(values[np.isfinite(values)], dtype=float)
    if not signed:
        place = class_of(value, break_classes(known))
        return names[place or 0]
    less, more = break_classes(-known, count=2), break_classes(known, count=2)
    if value < 0:
        return names[len(less) - 1 - (class_of(-value, less) or 0)]
    return names[len(less) + (class_of(value, more) or 0)]
