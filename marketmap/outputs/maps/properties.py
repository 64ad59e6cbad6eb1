"""The one door by which text from data reaches a map: escaped, shortened, and only the columns named."""

from __future__ import annotations

import functools
import html
import json
import math
import unicodedata
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import shapely

from marketmap.errors import CrsError

MAX_TEXT = 160
MAP_CRS = 4326
# About a metre in England: finer only makes the file larger.
DECIMALS = 5


def safe_text(value: object) -> str:
    """Turn any value into text that a map's HTML cannot take for markup.

    Control and direction marks are taken out, long text is cut, and what HTML gives a meaning is escaped. So are
    the back-tick, which ends a string in Folium's scripts, and the brace: Folium parses what it has rendered as a
    Jinja template once more, so that ``{{ … }}`` in a name would run in Python.
    """
    text = "".join(mark for mark in str(value) if unicodedata.category(mark) not in ("Cc", "Cf", "Cs"))
    if len(text) > MAX_TEXT:
        text = text[: MAX_TEXT - 1] + "…"
    return html.escape(text).replace("`", "&#96;").replace("{", "&#123;")


def safe_properties(frame: gpd.GeoDataFrame, columns: Sequence[str]) -> dict[str, Any]:
    """Turn a frame into GeoJSON whose properties a Folium tooltip may show.

    Parameters
    ----------
    frame
        In EPSG:4326.
    columns
        The only columns that become properties, in this order. Text goes through `safe_text`; numbers and truth
        pass; a missing value is an empty text.

    Returns
    -------
    dict
        A FeatureCollection. Each feature's ``id`` is its position in ``frame``, so that Folium never makes an
        identifier out of data.

    Raises
    ------
    CrsError
        When the frame is not in EPSG:4326.
    """
    if frame.crs is None or frame.crs.to_epsg() != MAP_CRS:
        raise CrsError(f"A map needs EPSG:{MAP_CRS}, not {frame.crs}: reproject and rerun.")
    shapes = _write_shapes(tuple(shapely.to_wkb(frame.geometry.to_numpy()).tolist()))
    rows = zip(*(frame[name].tolist() for name in columns), strict=True) if columns else ((),) * len(frame)
    features = [
        {
            "id": str(number),
            "type": "Feature",
            "properties": {name: _safe_value(value) for name, value in zip(columns, row, strict=True)},
            "geometry": shape,
        }
        for number, (shape, row) in enumerate(zip(shapes, rows, strict=True))
    ]
    return {"type": "FeatureCollection", "features": features}


@functools.lru_cache(maxsize=16)
def _write_shapes(shapes: tuple[bytes | None, ...]) -> list[Any]:
    """Write shapes (WKB) as GeoJSON geometries; kept by content, as the same outlines are drawn again and again."""
    known = shapely.set_precision(shapely.from_wkb(list(shapes)), 10**-DECIMALS)
    return [None if shape is None else json.loads(shapely.to_geojson(shape)) for shape in known]


def _safe_value(value: object) -> str | int | float | bool:
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else ""
    return "" if value is None or value != value else safe_text(value)  # noqa: PLR0124  NaN-like values are not themselves
