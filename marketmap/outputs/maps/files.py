"""The map files of an output folder: zones and outlines as GeoJSON, and the map as one HTML file."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.notices import explain_synthetic, notices_of
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.maps.block_maps import block_map
from marketmap.outputs.maps.legend import block_legend
from marketmap.outputs.maps.onefile import encode_map
from marketmap.outputs.maps.zones import (
    AREAS_FILE,
    ZONES_FILE,
    describe_zones,
    encode_layer,
    pick_outlines,
    zone_polygons,
)

MAP_FILE = "internal/map.html"


def write_maps(
    folder: OutputFolder,
    *,
    cells: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame | None,
    postcodes: pd.DataFrame,
    proposals: pd.DataFrame,
    demand: pd.DataFrame,
    record: RunRecord,
    county: str,
) -> None:
    """Write ``internal/zones.geojson``, ``internal/areas.geojson`` and ``internal/map.html``.

    Parameters
    ----------
    cells
        As `marketmap.inputs.areas.postcode_cells` gives them (EPSG:27700).
    areas
        With ``area_code, area_name, area_type`` (EPSG:27700); sectors and districts are drawn.
    postcodes, proposals
        The plan's tables, raw.
    demand
        Indexed by sector: ``contact_hours`` a week.
    record
        Gives the notices and the date.
    county
        The county's name for the title; may be blank.
    """
    zones = describe_zones(zone_polygons(cells, postcodes), proposals)
    outlines = pick_outlines(areas)
    notices = notices_of(record)
    folder.write_bytes(ZONES_FILE, encode_layer(zones))
    folder.write_bytes(AREAS_FILE, encode_layer(outlines))
    lead = f"{len(proposals):,} blocks, data as of {record.snapshot_date:%-d %B %Y}. Suggestions, not awards."
    if record.synthetic:
        lead += f" {explain_synthetic(record.synthetic_note, saving=True)}"
    page = encode_map(
        block_map(zones, areas=outlines, notices=notices, demand=demand),
        title=f"Block proposals: {county}" if county else "Block proposals",
        lead=lead,
        legend=block_legend(zones),
        notices=notices,
    )
    folder.write_bytes(MAP_FILE, page)
