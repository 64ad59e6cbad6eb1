"""The market map's areas as files: figures by area, outlines with them, and the map in one HTML file."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from marketmap.outputs.files.download import encode_geopackage
from marketmap.outputs.files.notices import Notices
from marketmap.outputs.maps.area_map import area_base, area_group, bounds_of, pick_districts
from marketmap.outputs.maps.legend import area_legend
from marketmap.outputs.maps.onefile import encode_map
from marketmap.outputs.maps.palette import break_classes
from marketmap.outputs.views.market_layers import Layer
from marketmap.outputs.views.market_view import LEVEL_NAMES, MarketView


def frame_areas(demand: pd.DataFrame, view: MarketView, *, level: str) -> pd.DataFrame:
    """Name the areas of a frame of demand, as the table ``demand_areas`` wants them.

    Parameters
    ----------
    demand
        As `marketmap.outputs.views.market_view.demand_by_area` gives it, with ``area_code`` as a column.
    """
    names = view.places.names.get(level, {})
    return demand.assign(area_name=[names.get(str(code), str(code)) for code in demand["area_code"]])


def pack_areas(shapes: gpd.GeoDataFrame, areas: pd.DataFrame, about: Mapping[str, str]) -> bytes:
    """Turn outlines with the layer's figure and demand into the bytes of a GeoPackage (EPSG:27700)."""
    facts = areas.drop(columns=["level", "area_name"]).set_index("area_code")
    layer = shapes.join(facts, on="area_code")
    return encode_geopackage({"areas": layer}, about=about) or b""


def encode_area_map(
    view: MarketView, shapes: gpd.GeoDataFrame, layer: Layer, *, level: str, lead: str, notices: Notices, title: str
) -> bytes:
    """Turn the map that is shown into one HTML file that opens from disk; areas alone, no single postcode."""
    breaks = break_classes(shapes["value"])
    districts = pick_districts(view.outlines)
    made = area_base(bounds_of(shapes, districts), notices=notices, label="Map of the market by area")
    area_group(shapes, breaks=breaks, districts=districts).add_to(made)
    unit = f", {layer.measure.unit}" if layer.measure.unit else ""
    heading = f"{layer.measure.title}{unit}, by {LEVEL_NAMES.get(level, level).lower()}"
    legend = area_legend(breaks, kind=layer.measure.kind, heading=heading) + f"<p class='small'>{layer.says}</p>"
    return encode_map(made, title=title, notices=notices, lead=lead, legend=legend)
