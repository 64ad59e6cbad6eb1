"""The map of one chain of a swap list: what would change hands, among what its providers deliver round it."""

from __future__ import annotations

from collections.abc import Sequence

import folium
import geopandas as gpd
import numpy as np
import pandas as pd

from marketmap.outputs.files.notices import Notices
from marketmap.outputs.maps.assets import localise
from marketmap.outputs.maps.block_maps import bounds_of
from marketmap.outputs.maps.layers import Style, add_districts, base_map, draw_labels, draw_sectors, draw_shapes
from marketmap.outputs.maps.palette import OUTLINE, ZONE_COLOURS

MOVING_FACTS = {"package_id": "Package", "from_name": "Delivered by", "to_name": "Could go to", "postcode": "Postcode"}
HELD_FACTS = {"provider_name": "Delivered by", "postcode": "Postcode"}
GRID, DEGREES = "EPSG:27700", "EPSG:4326"
# What lies further from every package that moves says nothing of it.
AROUND_METRES = 6_000.0
LEAST_METRES = 800.0


def chain_map(
    moves: pd.DataFrame, held: pd.DataFrame, *, providers: Sequence[str], outlines: gpd.GeoDataFrame, notices: Notices
) -> folium.Map:
    """Draw a chain: packages that move large and numbered, ringed in the colour of who could take them.

    Parameters
    ----------
    moves
        In the chain's order, numbered from 1 by it: ``package_id, postcode, from_provider_id, to_provider_id,
        from_name, to_name, easting, northing`` (EPSG:27700).
    held
        What the chain's providers deliver: ``postcode, provider_id, provider_name, easting, northing``; only what lies
        near a package that moves is drawn.
    providers
        Ids of the chain's providers, in the order of their colours.
    outlines
        As `marketmap.outputs.maps.zones.pick_outlines` gives them.
    notices
        Drawn on the map.
    """
    colours = colour_providers(providers)
    shown = _points(moves.assign(label=[str(number) for number in range(1, len(moves) + 1)]))
    near = _points(pick_near(held, moves))
    ground = gpd.GeoDataFrame(geometry=shown.to_crs(GRID).buffer(LEAST_METRES), crs=GRID).to_crs(DEGREES)
    made = base_map(
        bounds_of(ground, near), notices=notices, label="Map of the chain; the table beside it says the same"
    )
    draw_sectors(outlines).add_to(made)
    dots = [_dot(colours[provider]) for provider in near["provider_id"]]
    draw_shapes(near, name="Delivered near", style=dots.__getitem__, facts=HELD_FACTS, circles=True).add_to(made)
    rings = [
        _ring(colours[source], colours[target])
        for source, target in zip(shown["from_provider_id"], shown["to_provider_id"], strict=True)
    ]
    draw_shapes(shown, name="Moves", style=rings.__getitem__, facts=MOVING_FACTS, circles=True).add_to(made)
    # Before the districts' names, which else would hide a number that they lie over.
    draw_labels(shown, name="Numbers of moves", look="map-place").add_to(made)
    add_districts(made, outlines)
    return localise(made)


def colour_providers(providers: Sequence[str]) -> dict[str, str]:
    """Give each provider of a chain a colour; further ones than there are colours begin again."""
    return {provider: ZONE_COLOURS[place % len(ZONE_COLOURS)] for place, provider in enumerate(providers)}


def pick_near(held: pd.DataFrame, moves: pd.DataFrame) -> pd.DataFrame:
    """Pick what lies near a package that moves, those packages themselves left out."""
    points = moves[["easting", "northing"]].to_numpy(float)
    spots = held[["easting", "northing"]].to_numpy(float)
    if not len(points) or not len(spots):
        return held.iloc[:0]
    away = np.hypot(*(spots[:, None, :] - points[None, :, :]).transpose(2, 0, 1)).min(axis=1)
    rows: pd.DataFrame = held[(away <= AROUND_METRES) & ~held["package_id"].isin(moves["package_id"]).to_numpy(bool)]
    return rows


def _points(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    spots = gpd.GeoSeries.from_xy(frame["easting"].astype(float), frame["northing"].astype(float), crs=GRID)
    return gpd.GeoDataFrame(frame.reset_index(drop=True), geometry=spots.to_numpy(), crs=GRID).to_crs(DEGREES)


def _dot(colour: str) -> Style:
    return {"radius": 5, "color": OUTLINE, "weight": 0.8, "fillColor": colour, "fillOpacity": 0.9}


def _ring(source: str, target: str) -> Style:
    return {"radius": 11, "color": target, "weight": 5, "fillColor": source, "fillOpacity": 1}
