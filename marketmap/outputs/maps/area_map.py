"""A map of areas shaded by a figure, with what is laid over it: the chosen area, rings of minutes, numbered places.

What a filter or a click changes is one group over a base that stays, so that the map keeps its place and zoom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import folium
import geopandas as gpd
import numpy as np
import pandas as pd

from marketmap.market.places import DISTRICT
from marketmap.outputs.files.notices import Notices
from marketmap.outputs.maps.assets import localise
from marketmap.outputs.maps.layers import Style, base_map, draw_labels, draw_shapes
from marketmap.outputs.maps.palette import FOOTPRINT_COLOUR, INK, NONE_COLOUR, OUTLINE, amount_colours, class_of

AREAS_LAYER = "areas"
AREA_FACTS = {"area_name": "Area", "told": "Figure", "rests_on": "Rests on"}
POINT_FACTS = {"postcode": "Postcode", "packages": "Packages", "hours_text": "Contact hours", "waits_text": "Waiting"}
LARGEST_CIRCLE = 13.0
# From the nearest ring to the furthest; the label says which is which.
RING_DASHES = ("", "10 4", "3 4")
RIM: Style = {"color": "#ffffff", "weight": 7.0, "fill": False, "opacity": 0.9}


def area_base(bounds: Sequence[float], *, notices: Notices, label: str) -> folium.Map:
    """Make the base on which `area_group` is laid; fresh on every run, since drawing changes it.

    Parameters
    ----------
    bounds
        (west, south, east, north) in degrees: what is seen at first.
    label
        A literal: what a screen reader calls the map.
    """
    return localise(base_map(bounds, notices=notices, label=label))


def area_group(
    shapes: gpd.GeoDataFrame,
    *,
    breaks: tuple[float, ...],
    districts: gpd.GeoDataFrame,
    chosen: str = "",
    numbered: Mapping[str, int] | None = None,
    points: gpd.GeoDataFrame | None = None,
    rings: gpd.GeoDataFrame | None = None,
    facts: Mapping[str, str] | None = None,
) -> folium.FeatureGroup:
    """Draw areas shaded by ``value``, and what lies over them.

    Parameters
    ----------
    shapes
        As `marketmap.outputs.views.market_layers.join_layer` gives them (EPSG:4326). A click hands back a feature whose
        property ``layer`` is `AREAS_LAYER` and whose ``row`` is the position in this frame.
    breaks
        As `marketmap.outputs.maps.palette.break_classes` gives them.
    districts
        ``area_name``, geometry: outlined and named.
    chosen
        Code of the area that is outlined.
    numbered
        Area code → number: a heavy outline, and the number beside the area's name.
    points
        As `marketmap.outputs.views.market_view.list_points` gives them.
    rings
        ``minutes``, geometry: outlines of what is reached, the widest last.
    facts
        Column of ``shapes`` → heading (a literal) of the tooltip.
    """
    group = folium.FeatureGroup(name="Areas", control=False)
    colours = amount_colours(breaks)
    places = [class_of(value, breaks) for value in shapes["value"].astype(float)]
    marks = dict(numbered or {})
    styles = [
        _area_style(place, colours, marked=code in marks)
        for place, code in zip(places, shapes["area_code"], strict=True)
    ]
    table = shapes.assign(
        layer=AREAS_LAYER,
        row=np.arange(len(shapes)),
        label=[
            _label(name, marks.get(code)) for name, code in zip(shapes["area_name"], shapes["area_code"], strict=True)
        ],
    )
    # A heading that no area has anything under would be an empty line of every tooltip.
    told = {column: head for column, head in (facts or AREA_FACTS).items() if (table[column].astype(str) != "").any()}
    draw_shapes(table, name="Areas", style=styles.__getitem__, facts=told, extra=["layer", "row"]).add_to(group)
    if len(districts):
        line: Style = {"color": INK, "weight": 2.0, "fill": False, "opacity": 0.9, "dashArray": "8 4"}
        draw_shapes(districts, name="District rim", style=lambda _row: RIM | {"weight": 4.0}, listed=False).add_to(
            group
        )
        draw_shapes(districts, name="District lines", style=lambda _row: line, listed=False).add_to(group)
        draw_labels(districts.assign(label=districts["area_name"]), name="Districts", look="map-place").add_to(group)
    _outline(table[table["area_code"].isin(marks)], {"color": "#7a1f00", "weight": 3.0, "fill": False}).add_to(group)
    first = table["area_code"].isin(marks)
    order = table.assign(first=first).sort_values(["first", "value"], ascending=[False, False], kind="stable")
    draw_labels(order, name="Names", look="map-label").add_to(group)
    if rings is not None and len(rings):
        draw_rings(rings).add_to(group)
    if points is not None and len(points):
        draw_points(points).add_to(group)
    here = table[table["area_code"] == chosen]
    if chosen and len(here):
        _outline(here, RIM).add_to(group)
        _outline(here, {"color": "#000000", "weight": 3.5, "fill": False}).add_to(group)
    return group


def draw_rings(rings: gpd.GeoDataFrame) -> folium.FeatureGroup:
    """Outline what is reached in so many minutes, each with its own line and label."""
    group = folium.FeatureGroup(name="Reach", control=False)
    widest = rings.sort_values("minutes", ascending=False, ignore_index=True)
    dashes = [RING_DASHES[min(len(widest) - 1 - row, len(RING_DASHES) - 1)] for row in range(len(widest))]
    draw_shapes(widest, name="Reach rim", style=lambda _row: RIM | {"weight": 5.0}, listed=False).add_to(group)
    draw_shapes(
        widest,
        name="Reach",
        style=lambda row: {"color": FOOTPRINT_COLOUR, "weight": 2.6, "fill": False, "dashArray": dashes[row]},
        listed=False,
    ).add_to(group)
    # The label stands at the ring's northern edge: rings share a middle.
    tops = gpd.GeoDataFrame(
        {"label": [f"{minutes:g} min" for minutes in widest["minutes"]]},
        geometry=gpd.points_from_xy(widest.geometry.representative_point().x, widest.geometry.bounds["maxy"]),
        crs=rings.crs,
    )
    draw_labels(tops, name="Minutes", look="map-label").add_to(group)
    return group


def draw_points(points: gpd.GeoDataFrame) -> folium.GeoJson:
    """Draw postcodes with packages as circles by contact hours; where somebody waits, with a broken outline."""
    hours = points["contact_hours"].to_numpy(float)
    radii = 4.0 + (LARGEST_CIRCLE - 4.0) * np.sqrt(hours / max(hours.max(), 1e-9))
    waits = points["packages_waiting"].to_numpy(int) > 0
    table = points.assign(
        hours_text=[f"{value:,.1f} a week" for value in hours],
        waits_text=[
            f"{value} package{'s' if value > 1 else ''}" if value else "none" for value in points["packages_waiting"]
        ],
    )
    return draw_shapes(
        table,
        name="Packages",
        style=lambda row: {
            "radius": round(float(radii[row]), 1),
            "color": "#000000",
            "weight": 2.0 if waits[row] else 1.2,
            "dashArray": "3 3" if waits[row] else "",
            "fillColor": "#ffffff" if waits[row] else FOOTPRINT_COLOUR,
            "fillOpacity": 0.85,
        },
        facts=POINT_FACTS,
        circles=True,
    )


def pick_districts(outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Take the districts out of a county's outlines."""
    return outlines[outlines["level"] == DISTRICT]


def bounds_of(*layers: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    """Find the box round all layers that have a shape; England and Wales where none has."""
    boxes = pd.DataFrame([layer.total_bounds for layer in layers if len(layer)])
    if boxes.empty:
        return (-6.5, 49.8, 2.0, 56.0)
    return (float(boxes[0].min()), float(boxes[1].min()), float(boxes[2].max()), float(boxes[3].max()))


def _area_style(place: int | None, colours: Sequence[str], *, marked: bool) -> Style:
    if place is None:
        return {"color": OUTLINE, "weight": 0.6, "dashArray": "2 3", "fillColor": NONE_COLOUR, "fillOpacity": 0.8}
    return {"color": OUTLINE, "weight": 1.5 if marked else 0.8, "fillColor": colours[place], "fillOpacity": 0.85}


def _outline(shapes: gpd.GeoDataFrame, style: Style) -> folium.GeoJson:
    return draw_shapes(shapes, name="Outline", style=lambda _row: style, listed=False)


def _label(name: object, number: int | None) -> str:
    return str(name) if number is None else f"{number} · {name}"
