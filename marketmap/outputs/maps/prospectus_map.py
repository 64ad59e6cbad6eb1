"""A small map of one zone as SVG: its outline among sectors and districts, and no point of any kind."""

from __future__ import annotations

import html

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

from marketmap.outputs.maps.palette import INK, OUTLINE

# Drawing units; the outline is simplified to about one of them, coarser than a postcode's own cell.
WIDTH, HEIGHT = 400.0, 300.0
MARGIN = 0.3
# Scale bars, metres.
BARS = (200, 500, 1000, 2000, 5000, 10_000, 20_000)
LABEL_ROOM = 0.012


def draw_zone(zone: BaseGeometry, *, sectors: gpd.GeoDataFrame, districts: gpd.GeoDataFrame, label: str) -> str:
    """Draw a zone.

    Parameters
    ----------
    zone
        Polygons, EPSG:27700.
    sectors, districts
        ``area_code`` and polygons, EPSG:27700.
    label
        What a screen reader says; escaped here.

    Returns
    -------
    str
        An ``svg`` element.
    """
    west, south, east, north = zone.bounds
    scale = min(WIDTH / ((east - west) * (1 + 2 * MARGIN) + 1), HEIGHT / ((north - south) * (1 + 2 * MARGIN) + 1))
    middle = ((west + east) / 2, (south + north) / 2)
    frame = shapely.box(
        middle[0] - WIDTH / scale / 2, middle[1] - HEIGHT / scale / 2,
        middle[0] + WIDTH / scale / 2, middle[1] + HEIGHT / scale / 2,
    )  # fmt: skip

    def trace(shape: BaseGeometry) -> str:
        return _trace(shape, west=frame.bounds[0], north=frame.bounds[3], scale=scale)

    def style(fill: str, stroke: str, width: float, more: str = "") -> str:
        return f'fill="{fill}" stroke="{stroke}" stroke-width="{width:g}"{more}'

    near = sectors[sectors.intersects(frame)]
    clipped = [shape.intersection(frame) for shape in near.geometry]
    lines = "".join(f'<path d="{trace(shape)}" {style("#f8f9f9", "#9aa7b0", 0.8)}/>' for shape in clipped)
    edges = [shape.boundary.intersection(frame) for shape in districts[districts.intersects(frame)].geometry]
    drawn = [line for line in map(trace, edges) if line]
    borders = "".join(f'<path d="{line}" {style("none", INK, 1.4, _DASHED)}/>' for line in drawn)
    own = f'<path d="{trace(zone)}" {style("#56B4E9", "#0072B2", 1.8, _SEE_THROUGH)}/>'
    names = "".join(
        _write_label(str(code), shape, west=frame.bounds[0], north=frame.bounds[3], scale=scale)
        for code, shape in zip(near["area_code"], clipped, strict=True)
        if shape.area > LABEL_ROOM * frame.area
    )
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{html.escape(label)}">'
        f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="#eef2f4"/>'
        f"{lines}{own}{borders}{names}{_draw_bar(scale)}</svg>"
    )


_DASHED = ' stroke-dasharray="6 4"'
_SEE_THROUGH = ' fill-opacity="0.55" fill-rule="evenodd"'


def _trace(shape: BaseGeometry, *, west: float, north: float, scale: float) -> str:
    """Write polygons and lines as path data, to a drawing unit's tenth."""
    parts = []
    for part in shapely.get_parts(shape.simplify(1.0 / scale)):
        if part.geom_type == "Polygon":
            lines = [(ring.coords[:-1], "z") for ring in (part.exterior, *part.interiors)]
        else:
            lines = [(part.coords, "")] if part.geom_type in ("LineString", "LinearRing") else []
        for places, end in lines:
            told = [f"{(x - west) * scale:.1f},{(north - y) * scale:.1f}" for x, y in places]
            parts += [f"M{' '.join(told)}{end}"] if told else []
    return "".join(parts)


def _write_label(text: str, shape: BaseGeometry, *, west: float, north: float, scale: float) -> str:
    spot = shape.representative_point()
    x, y = (spot.x - west) * scale, (north - spot.y) * scale
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="middle" font-size="11" fill="{OUTLINE}" stroke="#fff" '
        f'stroke-width="2.5" paint-order="stroke">{html.escape(text)}</text>'
    )


def _draw_bar(scale: float) -> str:
    metres = max((bar for bar in BARS if bar * scale <= WIDTH / 3), default=BARS[0])
    length = metres * scale
    text = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres} m"
    y = HEIGHT - 10
    return (
        f'<path d="M10,{y - 4:g} V{y:g} H{10 + length:.1f} V{y - 4:g}" fill="none" stroke="{INK}" stroke-width="1.2"/>'
        f'<text x="{14 + length:.1f}" y="{y:g}" font-size="10" fill="{INK}">{text}</text>'
    )
