"""The areas that maps draw: block zones dissolved from postcode cells, and sector and district outlines.

Made once by a run and kept in the output folder, so that the app has nothing to compute.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from marketmap.errors import CrsError, OutputError
from marketmap.outputs.maps.palette import colour_neighbours
from marketmap.outputs.maps.properties import DECIMALS, MAP_CRS

ZONES_FILE = "internal/zones.geojson"
AREAS_FILE = "internal/areas.geojson"
SPOT = "spot"
GRID_CRS = 27700
# What a zone's feature carries; `block_proposals.csv` has the rest.
ZONE_PROPERTIES = (
    "block_id",
    "status",
    "suggested_provider_name",
    "people",
    "packages",
    "hours_zone",
    "hours_already_with_provider",
    "hours_with_others",
    "hours_waiting",
)
AREA_PROPERTIES = ("area_code", "area_name", "area_type")
AREA_TYPES = ("sector", "district")


def zone_polygons(
    cells: gpd.GeoDataFrame, block_postcodes: pd.DataFrame, *, simplify_metres: float = 25.0
) -> gpd.GeoDataFrame:
    """Dissolve postcode cells into one zone a block, and one for everything left to spot purchase.

    Parameters
    ----------
    cells
        As `marketmap.inputs.areas.postcode_cells` gives them: indexed by postcode, EPSG:27700, with ``cell``. A
        cell that several postcodes share goes with the first of them in order, but no block is left without ground
        for it: it then has the cell, and where that is all that another has, both have it.
    block_postcodes
        ``postcode``, ``block_id``.
    simplify_metres
        Tolerance; shared borders stay shared.

    Returns
    -------
    GeoDataFrame
        ``block_id``, geometry (EPSG:27700), sorted by ``block_id``.

    Raises
    ------
    CrsError
        When the cells are not in EPSG:27700.
    """
    if cells.crs is None or cells.crs.to_epsg() != GRID_CRS:
        raise CrsError(f"Zones are made in EPSG:{GRID_CRS}, not {cells.crs}: reproject and rerun.")
    known = cells.join(block_postcodes.set_index("postcode")["block_id"], how="inner").sort_index()
    first = known.drop_duplicates("cell")
    lost = ~known["block_id"].isin([*first["block_id"], SPOT])
    if lost.any():
        first = pd.concat([known[lost], known[~lost]]).drop_duplicates("cell")
    zones = first[["block_id", "geometry"]].dissolve(by="block_id", method="coverage", as_index=False)
    zones = zones.assign(geometry=simplify_coverage(zones.geometry, metres=simplify_metres))
    shared = known[~known["block_id"].isin([*zones["block_id"], SPOT])].drop_duplicates(["block_id", "cell"])
    if len(shared):
        again = shared[["block_id", "geometry"]].dissolve(by="block_id", method="coverage", as_index=False)
        zones = gpd.GeoDataFrame(pd.concat([zones, again]).sort_values("block_id", ignore_index=True), crs=cells.crs)
    return zones


def simplify_coverage(shapes: gpd.GeoSeries, *, metres: float) -> gpd.GeoSeries:
    """Simplify polygons together, so that a shared border stays one line; none is lost to the tolerance."""
    simple = shapes.simplify_coverage(metres)
    return simple.where(~simple.is_empty & simple.notna(), shapes)


def describe_zones(zones: gpd.GeoDataFrame, proposals: pd.DataFrame) -> gpd.GeoDataFrame:
    """Join what a map says of each zone, and choose colours that tell neighbours apart.

    Parameters
    ----------
    zones
        As `zone_polygons` gives them.
    proposals
        The block proposals table.

    Returns
    -------
    GeoDataFrame
        EPSG:4326: `ZONE_PROPERTIES`, ``colour`` (a place in the palette, -1 for spot), geometry; spot first, so that it
        is drawn below.
    """
    facts = proposals.reindex(columns=list(ZONE_PROPERTIES)).set_index("block_id")
    table = zones.join(facts, on="block_id")
    spot = table["block_id"] == SPOT
    table.loc[spot, "status"] = SPOT
    blocks = table.index[~spot]
    near = gpd.GeoDataFrame(geometry=table.geometry[blocks].buffer(1.0), crs=table.crs)
    pairs = near.sindex.query(near.geometry, predicate="intersects")
    touching: dict[int, set[int]] = {number: set() for number in range(len(blocks))}
    for first, second in zip(*pairs, strict=True):
        if first != second:
            touching[int(first)].add(int(second))
    colours = pd.Series(colour_neighbours(touching), dtype="int64")
    table["colour"] = -1
    table.loc[blocks, "colour"] = colours.sort_index().to_numpy()
    table = table.sort_values(["block_id"], key=lambda names: names.where(names != SPOT, ""), ignore_index=True)
    return table.to_crs(MAP_CRS)[[*ZONE_PROPERTIES, "colour", "geometry"]]


def pick_outlines(areas: gpd.GeoDataFrame | None, *, simplify_metres: float = 50.0) -> gpd.GeoDataFrame:
    """Take the postcode sectors and districts out of the areas table, ready to draw.

    Returns
    -------
    GeoDataFrame
        EPSG:4326: `AREA_PROPERTIES`, geometry; sectors, then districts, by code. Empty where there are none.
    """
    empty = gpd.GeoDataFrame({name: [] for name in AREA_PROPERTIES}, geometry=[], crs=MAP_CRS)
    if areas is None:
        return empty
    parts = []
    for kind in AREA_TYPES:
        chosen = areas.loc[areas["area_type"] == kind, [*AREA_PROPERTIES, "geometry"]].sort_values("area_code")
        if len(chosen):
            parts.append(chosen.assign(geometry=simplify_coverage(chosen.geometry, metres=simplify_metres)))
    if not parts:
        return empty
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=areas.crs).to_crs(MAP_CRS)


def encode_layer(layer: gpd.GeoDataFrame) -> bytes:
    """Turn a layer in EPSG:4326 into GeoJSON bytes (RFC 7946), to about a metre.

    Raises
    ------
    CrsError
        When the layer is in another reference system.
    """
    if layer.crs is None or layer.crs.to_epsg() != MAP_CRS:
        raise CrsError(f"GeoJSON is in EPSG:{MAP_CRS}, not {layer.crs}: reproject and rerun.")
    exact = layer.geometry.to_numpy()
    shapes = shapely.set_precision(exact, 10**-DECIMALS)
    # what is narrower than the step would be rounded to nothing
    rounded = layer.assign(geometry=np.where(shapely.is_empty(shapes), exact, shapes))
    collection: dict[str, Any] = json.loads(rounded.to_json(drop_id=True))
    collection.pop("crs", None)
    return (json.dumps(collection, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8", errors="replace")


def read_layer(path: Path) -> gpd.GeoDataFrame:
    """Read a layer that `encode_layer` wrote.

    Raises
    ------
    OutputError
        When the file is missing or cannot be read.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["features"]:
            return gpd.GeoDataFrame.from_features(raw["features"], crs=MAP_CRS)
        return gpd.GeoDataFrame(geometry=[], crs=MAP_CRS)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OutputError(
            f"{path.name}: missing or unreadable. Run the same command again to write it anew."
        ) from error
