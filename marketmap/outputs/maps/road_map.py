"""The map of a road report: main roads, what is cut off, where the file stops, and journeys along the road."""

from __future__ import annotations

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import box

from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.notices import explain_synthetic, notices_of
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.maps.assets import localise
from marketmap.outputs.maps.files import MAP_FILE
from marketmap.outputs.maps.layers import Style, add_districts, base_map, draw_sectors, draw_shapes
from marketmap.outputs.maps.onefile import encode_map
from marketmap.outputs.maps.palette import INK, OUTLINE
from marketmap.outputs.maps.zones import pick_outlines
from marketmap.travel import RoadNetwork
from marketmap.travel.network import CRS
from marketmap.travel.road_ends import MAIN_CLASSES, line_classes

_DEGREES = "EPSG:4326"
_STRAIGHTENED_METRES = 15.0
ROAD_COLOUR, JOURNEY_COLOUR, CUT_COLOUR, END_COLOUR = "#8a949c", "#0072B2", "#E69F00", "#D55E00"
_WIDTHS = {"motorway": 3.0, "trunk": 3.0, "primary": 2.4, "secondary": 1.8, "tertiary": 1.2}
_ROAD_FACTS = {"road_class": "Class"}
_CUT_FACTS = {"km_text": "Cut off", "nearest_postcode": "Near"}
_END_FACTS = {
    "road_class": "The file stops on this road",
    "nearest_postcode": "Near",
    "packages_text": "Packages within 3 km",
}
_JOURNEY_FACTS = {
    "from_postcode": "From",
    "to_postcode": "To",
    "minutes_text": "Minutes",
    "km_text": "By road",
    "detour_text": "Road ÷ straight line",
}


def write_road_map(
    folder: OutputFolder,
    *,
    network: RoadNetwork,
    cut_off: pd.DataFrame,
    ends: pd.DataFrame,
    journeys: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame | None,
    record: RunRecord,
    county: str,
) -> None:
    """Write ``internal/map.html``.

    Parameters
    ----------
    folder
        Where to.
    network
        The roads.
    cut_off, ends
        The report's tables, raw.
    journeys
        The report's journeys in one scenario (EPSG:27700), each way.
    areas
        With ``area_code, area_name, area_type`` (EPSG:27700).
    record
        Gives the notices and the date.
    county
        The county's name for the title; may be blank.
    """
    notices = notices_of(record)
    outlines = pick_outlines(areas)
    roads = _main_roads(network)
    corners = gpd.GeoSeries([box(*network.extent)], crs=CRS).to_crs(_DEGREES).total_bounds
    made = base_map(corners, notices=notices, label="Map of the roads; the tables beside it say the same")
    draw_sectors(outlines).add_to(made)
    if len(roads):
        widths = [_WIDTHS[name] for name in roads["road_class"]]
        draw_shapes(
            roads,
            name="Main roads",
            style=lambda row: {"color": ROAD_COLOUR, "weight": widths[row], "fill": False, "opacity": 0.9},
            facts=_ROAD_FACTS,
        ).add_to(made)
    drawn = journeys[~journeys.geometry.is_empty]
    if len(drawn):
        lines = gpd.GeoDataFrame(drawn, geometry=drawn.geometry.simplify(_STRAIGHTENED_METRES)).to_crs(_DEGREES)
        lines = lines.assign(
            minutes_text=[f"{value:,.1f}" for value in lines["minutes"]],
            km_text=[f"{value:,.1f} km" for value in lines["km"]],
            detour_text=[f"{value:,.2f}" for value in lines["detour"]],
        )
        draw_shapes(
            lines,
            name="Journeys along the road",
            style=lambda _row: {"color": JOURNEY_COLOUR, "weight": 3.0, "fill": False, "opacity": 0.55},
            facts=_JOURNEY_FACTS,
        ).add_to(made)
    add_districts(made, outlines)
    if len(cut_off):
        spots = _spots(cut_off.assign(km_text=[f"{value:,.2f} km" for value in cut_off["km"]]))
        radii = 4.0 + 8.0 * np.sqrt(cut_off["km"].to_numpy(float) / max(float(cut_off["km"].max()), 1e-9))
        draw_shapes(
            spots,
            name="Cut off: cannot be driven to and from the rest",
            style=lambda row: _circle(CUT_COLOUR, float(radii[row])),
            facts=_CUT_FACTS,
            circles=True,
        ).add_to(made)
    if len(ends):
        stops = _spots(ends.assign(packages_text=[f"{value:,.0f}" for value in ends["packages_near"]]))
        draw_shapes(
            stops,
            name="The road file stops here",
            style=lambda _row: _circle(END_COLOUR, 8.0) | {"weight": 3.0},
            facts=_END_FACTS,
            circles=True,
        ).add_to(made)
    folium.LayerControl().add_to(made)
    lead = f"{network.source.name}, data as of {record.snapshot_date:%-d %B %Y}."
    if record.synthetic:
        lead += f" {explain_synthetic(record.synthetic_note, saving=False)}"
    page = encode_map(
        localise(made),
        title=f"Roads: {county}" if county else "Roads",
        lead=lead,
        legend=_legend(cut_off, ends, drawn),
        notices=notices,
    )
    folder.write_bytes(MAP_FILE, page)


def _main_roads(network: RoadNetwork) -> gpd.GeoDataFrame:
    """Draw together the main roads of each class (EPSG:4326), straightened a little, the greatest last and on top."""
    names = line_classes(network)
    classes = [name for name in MAIN_CLASSES[::-1] if (names == name).any()]
    shapes = [
        shapely.simplify(
            shapely.line_merge(shapely.multilinestrings(network.lines[names == name])), _STRAIGHTENED_METRES
        )
        for name in classes
    ]
    return gpd.GeoDataFrame({"road_class": classes}, geometry=gpd.GeoSeries(shapes, crs=CRS)).to_crs(_DEGREES)


def _spots(table: pd.DataFrame) -> gpd.GeoDataFrame:
    at = gpd.points_from_xy(table["easting"], table["northing"], crs=CRS)
    return gpd.GeoDataFrame(table, geometry=at).to_crs(_DEGREES)


def _circle(colour: str, radius: float) -> Style:
    return {"radius": round(radius, 1), "color": INK, "weight": 1.2, "fillColor": colour, "fillOpacity": 0.85}


def _legend(cut_off: pd.DataFrame, ends: pd.DataFrame, journeys: gpd.GeoDataFrame) -> str:
    """Explain the map in HTML; every word is a literal."""
    dot = "border-radius:50%;width:.95rem"
    entries = [
        (f"background:{ROAD_COLOUR};height:3px", "Main roads, wider where greater.", True),
        (f"background:{JOURNEY_COLOUR};height:4px", "Journeys along the road, each way.", len(journeys) > 0),
        (
            f"background:{CUT_COLOUR};border:1px solid {OUTLINE};{dot}",
            "Cut off: cannot be driven to and from the rest (size: km).",
            len(cut_off) > 0,
        ),
        (f"background:{END_COLOUR};border:2px solid {INK};{dot}", "The road file stops on a main road.", len(ends) > 0),
    ]
    items = "".join(
        f"<li><i style='{style}' aria-hidden='true'></i><span>{text}</span></li>"
        for style, text, shown in entries
        if shown
    )
    return f"<ul class='legend'>{items}</ul>"
