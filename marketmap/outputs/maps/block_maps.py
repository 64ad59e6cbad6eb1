"""The map of block zones, and the outline of what is chosen on it. What it shows is decided here."""

from __future__ import annotations

import folium
import geopandas as gpd
import numpy as np
import pandas as pd

from marketmap.outputs.files.notices import Notices
from marketmap.outputs.maps.assets import localise
from marketmap.outputs.maps.layers import Style, add_districts, base_map, draw_labels, draw_sectors, draw_shapes
from marketmap.outputs.maps.palette import (
    INK,
    OUTLINE,
    SPOT_COLOUR,
    ZONE_COLOURS,
)
from marketmap.outputs.maps.zones import SPOT

ZONE_FACTS = {
    "block": "Block",
    "provider": "Suggested provider",
    "people_text": "People",
    "zone_text": "Hours in the zone",
    "held_text": "Already with provider",
    "others_text": "With other providers",
    "waiting_text": "Waiting",
}
LARGEST_CIRCLE = 16.0


def block_map(
    zones: gpd.GeoDataFrame, *, areas: gpd.GeoDataFrame, notices: Notices, demand: pd.DataFrame | None = None
) -> folium.Map:
    """Draw block zones over sectors and districts.

    Parameters
    ----------
    zones
        As `marketmap.outputs.maps.zones.describe_zones` gives them (EPSG:4326). A click hands back a feature whose
        property ``layer`` is ``"zones"`` and whose ``row`` is the position in this frame.
    areas
        As `marketmap.outputs.maps.zones.pick_outlines` gives them (EPSG:4326).
    notices
        Drawn on the map.
    demand
        Indexed by sector: ``contact_hours`` a week, for a layer of circles that is off at first.
    """
    made = base_map(
        bounds_of(zones, areas), notices=notices, label="Map of block zones; the tables beside it say the same"
    )
    spot = zones[zones["block_id"] == SPOT]
    if len(spot):
        draw_shapes(spot, name="Left to spot purchase", style=lambda _row: _SPOT_STYLE).add_to(made)
    draw_sectors(areas).add_to(made)
    blocks = zones[zones["block_id"] != SPOT]
    blocks = blocks.assign(
        layer="zones",
        row=np.flatnonzero(zones["block_id"] != SPOT),
        block=blocks["block_id"]
        + blocks["status"].map({"existing": " (already let)", "held": " (held by a lock)"}).fillna(""),
        provider=blocks["suggested_provider_name"].fillna(""),
        people_text=_counts(blocks["people"]),
        zone_text=_hours(blocks["hours_zone"]),
        held_text=_hours(blocks["hours_already_with_provider"]),
        others_text=_hours(blocks["hours_with_others"]),
        waiting_text=_hours(blocks["hours_waiting"]),
    )
    styles = [
        zone_style(colour, existing=status in {"existing", "held"})
        for colour, status in zip(blocks["colour"], blocks["status"], strict=True)
    ]
    draw_shapes(blocks, name="Block zones", style=styles.__getitem__, facts=ZONE_FACTS, extra=["layer", "row"]).add_to(
        made
    )
    add_districts(made, areas)
    by_size = blocks.assign(label=blocks["block_id"]).sort_values("hours_zone", ascending=False, kind="stable")
    draw_labels(by_size, name="Block names", look="map-label").add_to(made)
    if demand is not None:
        _draw_demand(areas, demand).add_to(made)
    folium.LayerControl().add_to(made)
    return localise(made)


def highlight(shape: gpd.GeoDataFrame) -> folium.FeatureGroup:
    """Outline the chosen area; the pointer passes through it."""
    group = folium.FeatureGroup(name="Chosen", control=False)
    rim = {"color": "#ffffff", "weight": 7.0, "fill": False, "opacity": 0.9}
    line = {"color": "#000000", "weight": 3.5, "fill": False, "opacity": 1.0}
    draw_shapes(shape, name="Chosen rim", style=lambda _row: rim).add_to(group)
    draw_shapes(shape, name="Chosen line", style=lambda _row: line).add_to(group)
    return group


def zone_style(colour: int, *, existing: bool) -> Style:
    """Leaflet's path options of a zone: contracts already let have a heavy broken outline, colour aside."""
    style: Style = {"color": INK, "weight": 1.2, "opacity": 0.9, "fillColor": ZONE_COLOURS[colour], "fillOpacity": 0.5}
    return style | {"weight": 3.0, "dashArray": "2 5"} if existing else style


_SPOT_STYLE: Style = {"color": OUTLINE, "weight": 0.8, "opacity": 0.6, "fillColor": SPOT_COLOUR, "fillOpacity": 0.55}


def _draw_demand(areas: gpd.GeoDataFrame, demand: pd.DataFrame) -> folium.GeoJson:
    sectors = areas[(areas["area_type"] == "sector") & areas["area_code"].isin(demand.index)]
    hours = demand["contact_hours"].reindex(sectors["area_code"]).to_numpy(float)
    radii = LARGEST_CIRCLE * np.sqrt(hours / max(hours.max(initial=0.0), 1e-9))
    centres = gpd.GeoDataFrame(geometry=sectors.geometry.representative_point().to_numpy(), crs=sectors.crs)
    return draw_shapes(
        centres,
        name="Demand by sector (circle area: contact hours)",
        style=lambda number: {
            "radius": round(float(radii[number]), 1),
            "color": INK,
            "weight": 1.5,
            "fillColor": INK,
            "fillOpacity": 0.25,
        },
        shown=False,
        circles=True,
    )


def bounds_of(*layers: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    """Find the box (west, south, east, north) round layers in EPSG:4326; England and Wales where all are empty."""
    boxes = np.array([layer.total_bounds for layer in layers if len(layer)])
    if not len(boxes):
        return (-6.5, 49.8, 2.0, 56.0)  # England and Wales, for want of anything to show
    return (boxes[:, 0].min(), boxes[:, 1].min(), boxes[:, 2].max(), boxes[:, 3].max())


def _hours(values: pd.Series) -> list[str]:
    return [f"{value:,.1f} a week" if value == value else "unknown" for value in values.astype(float)]  # noqa: PLR0124  NaN


def _counts(values: pd.Series) -> list[str]:
    return [f"{value:,.0f}" if value == value else "unknown" for value in values.astype(float)]  # noqa: PLR0124  NaN
