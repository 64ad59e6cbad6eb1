"""What a plan's map shows on top of the zones: the chosen block, its provider's ground and office, and what changed."""

from __future__ import annotations

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from marketmap.outputs.files.notices import Notices
from marketmap.outputs.maps.assets import localise
from marketmap.outputs.maps.block_maps import bounds_of, highlight
from marketmap.outputs.maps.layers import Style, add_districts, base_map, draw_labels, draw_sectors, draw_shapes
from marketmap.outputs.maps.palette import DROPPED_COLOUR, FOOTPRINT_COLOUR, INK, OUTLINE, ZONE_COLOURS
from marketmap.outputs.maps.properties import MAP_CRS
from marketmap.outputs.maps.zones import GRID_CRS, SPOT

# Work within about ten minutes' drive of a zone is what could be joined to it.
NEAR_METRES = 5_000.0
# How closely a hull follows its points: 0 follows every bay, 1 is the convex hull.
HULL_RATIO = 0.5
HULL_MARGIN_METRES = 250.0
# What a hull is simplified to: far below its margin.
HULL_TOLERANCE_METRES = 40.0
# Shown round what differs between two plans, so that a single postcode is seen in its surroundings: some 3 km.
AROUND_DEGREES = 0.03
DEGREE_TILES = 360.0
TILE_PIXELS = 256.0
# Postcodes that changed hands; the two meanings differ in their outline as well.
CHANGED_STYLE: Style = {"color": INK, "weight": 1.6, "fillColor": ZONE_COLOURS[6], "fillOpacity": 0.65}
DROPPED_STYLE: Style = {
    "color": INK,
    "weight": 2.0,
    "dashArray": "3 4",
    "fillColor": DROPPED_COLOUR,
    "fillOpacity": 0.75,
}
CHANGE_FACTS = {"was": "In the baseline", "now": "In the plan chosen above", "hours_text": "Contact hours"}


def outline_footprint(
    packages: pd.DataFrame, *, provider_id: str, zone: gpd.GeoDataFrame, least_people: int = 1
) -> gpd.GeoDataFrame:
    """Draw a line round a provider's present work in and near a zone.

    Parameters
    ----------
    packages
        ``provider_id, person_id, status, placed, easting, northing`` (EPSG:27700).
    zone
        One row, EPSG:4326.
    least_people
        A hull that rests on fewer people than this is not drawn.

    Returns
    -------
    GeoDataFrame
        EPSG:4326; at most one row: ``people, packages`` and a concave hull of the work within `NEAR_METRES` of the
        zone, `HULL_MARGIN_METRES` wider.
    """
    none = gpd.GeoDataFrame({"people": [], "packages": []}, geometry=[], crs=MAP_CRS)
    held = packages[(packages["provider_id"] == provider_id) & packages["placed"] & (packages["status"] == "active")]
    if held.empty or zone.empty:
        return none
    spots = gpd.GeoSeries.from_xy(held["easting"].astype(float), held["northing"].astype(float), crs=GRID_CRS)
    near = spots.dwithin(zone.geometry.to_crs(GRID_CRS).iloc[0], NEAR_METRES).to_numpy()
    people = int(held.loc[near, "person_id"].nunique())
    if not near.any() or people < least_people:
        return none
    hull = shapely.concave_hull(shapely.MultiPoint(spots[near].to_list()), ratio=HULL_RATIO)
    shape = hull.buffer(HULL_MARGIN_METRES).simplify(HULL_TOLERANCE_METRES)
    frame = {"people": [people], "packages": [int(near.sum())]}
    return gpd.GeoDataFrame(frame, geometry=[shape], crs=GRID_CRS).to_crs(MAP_CRS)


def place_point(easting: float, northing: float) -> gpd.GeoDataFrame:
    """Make a layer of one point on the national grid; empty where the place is not known."""
    known = np.isfinite(easting) and np.isfinite(northing)
    points = [shapely.Point(easting, northing)] if known else []
    return gpd.GeoDataFrame(geometry=points, crs=GRID_CRS).to_crs(MAP_CRS)


def focus_block(zone: gpd.GeoDataFrame, *, footprint: gpd.GeoDataFrame, base: gpd.GeoDataFrame) -> folium.FeatureGroup:
    """Outline the chosen block and draw its provider's ground and office; the pointer passes.

    Parameters
    ----------
    zone, footprint, base
        EPSG:4326; each may be empty.
    """
    group = highlight(zone) if len(zone) else folium.FeatureGroup(name="Chosen", control=False)
    if len(footprint):
        ground: Style = {"color": FOOTPRINT_COLOUR, "weight": 3.0, "dashArray": "7 5", "fillOpacity": 0.1}
        draw_shapes(footprint, name="Ground", style=lambda _row: ground | {"fillColor": FOOTPRINT_COLOUR}).add_to(group)
    if len(base):
        office: Style = {"radius": 8.0, "color": "#ffffff", "weight": 2.0, "fillColor": "#000000", "fillOpacity": 1.0}
        draw_shapes(base, name="Office", style=lambda _row: office, circles=True).add_to(group)
    return group


def view_of(shape: gpd.GeoDataFrame, *, pixels: float = 560.0) -> tuple[tuple[float, float], float] | None:
    """Find the middle (latitude, longitude) and the zoom at which a shape fills a map of so many pixels.

    From Web Mercator's definition: the world is 256 pixels wide at zoom 0 and twice as wide at each zoom more.
    """
    if not len(shape):
        return None
    west, south, east, north = (float(side) for side in shape.total_bounds)
    middle = ((south + north) / 2, (west + east) / 2)
    tall = (north - south) / np.cos(np.radians(middle[0]))
    span = max(east - west, tall, 1e-4) * 1.6
    zoom = float(np.log2(DEGREE_TILES * pixels / (TILE_PIXELS * span)))
    return middle, round(min(max(zoom, 6.0), 15.0) * 4) / 4


def _around(shapes: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    west, south, east, north = (float(side) for side in shapes.total_bounds)
    return west - AROUND_DEGREES, south - AROUND_DEGREES, east + AROUND_DEGREES, north + AROUND_DEGREES


def difference_map(
    changed: gpd.GeoDataFrame,
    *,
    first: gpd.GeoDataFrame,
    second: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    notices: Notices,
) -> folium.Map:
    """Draw where two plans differ, as near as that fills the map: one changed block of a county is a speck otherwise.

    Parameters
    ----------
    changed
        EPSG:4326: ``was, now`` (a provider's name, or spot), ``to_spot`` (whether the second plan leaves it to spot
        purchase), ``contact_hours``.
    first, second
        Both plans' zones, as `marketmap.outputs.maps.zones.describe_zones` gives them.
    areas, notices
        As for `marketmap.outputs.maps.block_maps.block_map`.
    """
    bounds = _around(changed) if len(changed) else bounds_of(first, second, areas)
    made = base_map(bounds, notices=notices, label="Map of what differs; the table below says the same")
    draw_sectors(areas).add_to(made)
    before: Style = {"color": OUTLINE, "weight": 2.0, "dashArray": "2 5", "fill": False}
    after: Style = {"color": INK, "weight": 1.3, "fill": False}
    draw_shapes(first[first["block_id"] != SPOT], name="Zones of the baseline", style=lambda _row: before).add_to(made)
    blocks = second[second["block_id"] != SPOT]
    draw_shapes(blocks, name="Zones of the plan chosen above", style=lambda _row: after).add_to(made)
    styles = [DROPPED_STYLE if gone else CHANGED_STYLE for gone in changed["to_spot"]]
    told = changed.assign(hours_text=[f"{hours:,.1f} a week" for hours in changed["contact_hours"]])
    draw_shapes(told, name="What differs", style=styles.__getitem__, facts=CHANGE_FACTS).add_to(made)
    add_districts(made, areas)
    by_size = blocks.assign(label=blocks["block_id"]).sort_values("hours_zone", ascending=False, kind="stable")
    draw_labels(by_size, name="Block names", look="map-label").add_to(made)
    folium.LayerControl().add_to(made)
    return localise(made)
