"""The areas of a report with their figures, for whoever has a GIS: one GeoPackage, a layer a table and level."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from marketmap.inputs.areas import WRITTEN
from marketmap.outputs.gate.disclosure import SUPPRESSED, encode_public_table
from marketmap.outputs.report.chapter import PUBLIC, Audience, Listing
from marketmap.outputs.report.survey import Survey
from marketmap.outputs.schema.columns import UNITS


def encode_layers(listings: Sequence[Listing], survey: Survey, *, audience: Audience) -> bytes | None:
    """Turn the tables that are to be mapped into the bytes of a GeoPackage (EPSG:27700).

    Parameters
    ----------
    listings
        Those that are ``mapped`` are written; their rows of levels without polygons (the county, classes) are not.
    audience
        In public every property is text that went through the gate, and areas are districts' rural and urban parts.

    Returns
    -------
    bytes or None
        The same tables give the same bytes; None where there is nothing to map.
    """
    layers = [
        (f"{Path(listing.table.path).stem}{level}", frame)
        for listing in listings
        if listing.mapped
        for level, frame in _join_outlines(listing, survey, audience=audience)
    ]
    return pack_layers(layers) if layers else None


def pack_layers(layers: Sequence[tuple[str, gpd.GeoDataFrame]], *, about: Mapping[str, str] | None = None) -> bytes:
    """Put layers into the bytes of a GeoPackage, without the hour at which it was made.

    Parameters
    ----------
    layers
        (name, rows) each, at least one.
    about
        Heading → text, kept as the file's metadata.
    """
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": WRITTEN})
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "areas.gpkg"
            for name, frame in layers:
                first = not path.exists()
                told = {"dataset_metadata": dict(about)} if about and first else {}
                frame.to_file(path, layer=name, driver="GPKG", engine="pyogrio", mode="w" if first else "a", **told)
            return path.read_bytes()
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _join_outlines(listing: Listing, survey: Survey, *, audience: Audience) -> list[tuple[str, gpd.GeoDataFrame]]:
    if audience == PUBLIC:
        return _join_parts(listing, survey)
    found = []
    for level, rows in listing.frame.groupby("level", sort=True):
        outlines = survey.outlines_of(str(level)).set_index("area_code").geometry
        known = rows[rows["area_code"].isin(outlines.index)]
        if known.empty:
            continue
        columns = {name: _plain(known[name], listing.table.column(name).kind) for name in listing.table.names}
        shapes = outlines.loc[known["area_code"].astype(str)].to_numpy()
        found.append((f"_{level}", gpd.GeoDataFrame(pd.DataFrame(columns), geometry=shapes, crs=outlines.crs)))
    return found


def _join_parts(listing: Listing, survey: Survey) -> list[tuple[str, gpd.GeoDataFrame]]:
    """Give districts' parts their shown figures as text, with ``hidden``: how many of a part's figures are ``*``."""
    encode_public_table(listing.frame, listing.table)  # refuses what did not go through the gate
    outlines = survey.cell_outlines.set_index("area_code").geometry
    codes = listing.frame["district_code"].astype(str) + "/" + listing.frame["rural"].astype(str)
    known = listing.frame[codes.isin(outlines.index).to_numpy()]
    if known.empty:
        return []
    columns = known[list(listing.table.names)].astype(str).reset_index(drop=True)
    columns.insert(0, "area_code", codes.loc[known.index].to_numpy())
    columns["hidden"] = (columns == SUPPRESSED).sum(axis=1)
    shapes = outlines.loc[codes.loc[known.index]].to_numpy()
    return [("", gpd.GeoDataFrame(columns, geometry=shapes, crs=outlines.crs))]


def _plain(values: pd.Series, kind: str) -> pd.Series:
    """Give values types that every GIS reads: numbers, or text."""
    if kind not in UNITS:
        return values.map(lambda value: None if pd.isna(value) else str(value)).astype(object).reset_index(drop=True)
    return values.astype(float).reset_index(drop=True)
