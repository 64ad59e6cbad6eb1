"""Opening an areas file: its columns as text like any other table's, and its polygons in EPSG:27700."""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import shapely

from marketmap.errors import Fault, InputError
from marketmap.inputs.contracts import AREAS
from marketmap.inputs.readers import RawTable, header_faults, read_bytes, shown_header, tidy_header

AREA_SUFFIXES = (".gpkg", ".geojson", ".json", ".shp", ".fgb", ".gml", ".kml", ".parquet")
GRID_CRS = "EPSG:27700"
GRID_BOUNDS = (-200_000.0, -100_000.0, 800_000.0, 1_400_000.0)  # the United Kingdom in EPSG:27700, roomy
SHAPEFILE_HEADER = 10  # a shapefile cuts its headers after so many characters
KNOWN = tuple(name for name in AREAS.names if name != "geometry")
# What JSON with areas in it is: GDAL's other kinds name a file or a command.
HOLDS_SHAPES = ("FeatureCollection", "Feature", "GeometryCollection", "Polygon", "MultiPolygon", "Topology")
REQUIRED = tuple(name for name in AREAS.required_names if name != "geometry")


@dataclass(frozen=True)
class RawAreas:
    """An areas file.

    Attributes
    ----------
    table
        Its columns, as any table is read; row n + 1 is the n-th feature.
    polygons
        EPSG:27700, index as the table's rows; None where faulty.
    faults
        Row faults of the geometry.
    """

    table: RawTable
    polygons: gpd.GeoSeries
    faults: tuple[Fault, ...]


def read_areas(path: Path) -> RawAreas:
    """Read the known columns and the polygons of an areas file (its first layer).

    Parameters
    ----------
    path
        Any vector file with a coordinate reference system; reprojected from the one it states.

    Raises
    ------
    InputError
        The file cannot be read, holds no rows, lacks a required column or states no coordinate reference
        system that fits its coordinates.
    """
    data, faults = read_bytes(path)
    if not faults and refers_elsewhere(data):
        faults = [Fault(path.name, "the file points to another place", "Save the areas themselves, e.g. as GeoPackage")]
    header = None if faults else _header(path)
    names = [_known_name(path, name) for name in header or ()]
    frame = None
    if header is not None:
        faults = header_faults(path.name, names, columns=KNOWN, required=REQUIRED)
        frame = read_frame(path, [name for name, known in zip(header, names, strict=True) if known in KNOWN])
    if frame is None:
        remedy = "Save it as GeoPackage, GeoJSON or shapefile"
        raise InputError(faults or [Fault(path.name, "the file cannot be read as boundaries", remedy)])
    if frame.empty:
        faults.append(Fault(path.name, "there is not one area in it", "Add areas, or remove the file"))
    else:
        faults += crs_faults(path.name, frame.geometry)
    if faults:
        raise InputError(faults)
    frame = frame.rename(columns=dict(zip(header or (), names, strict=True)))
    frame.index = pd.RangeIndex(2, 2 + len(frame), name="row")
    polygons, row_faults, notes = keep_polygons(path.name, frame.geometry)
    text = pd.DataFrame({name: _text(frame[name]) for name in KNOWN if name in frame.columns})
    dropped = tuple(shown_header(name, n) for n, name in enumerate(names, start=1) if name not in KNOWN)
    return RawAreas(RawTable(path.name, hashlib.sha256(data).hexdigest(), text, dropped, notes), polygons, row_faults)


def refers_elsewhere(data: bytes) -> bool:
    """Say whether a file could make the reader open another file or ask a server, whatever its name ends in."""
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    named = any(
        word in data[:65536] for word in (b"OGRVRTDataSource", b"OGRWFSDataSource", b"OGRVRTLayer", b"/vsicurl")
    )
    linked = start.startswith(b"{") and re.search(rb'"type"\s*:\s*"link"', data[:65536]) is not None
    return named or linked or (start.startswith(b"{") and not _holds_shapes(data))


def _holds_shapes(data: bytes) -> bool:
    """Say whether JSON is of a kind that holds its shapes itself; GDAL knows others that name a file or a command."""
    try:
        read = json.loads(data.decode("utf-8-sig"))
    except ValueError:  # no reader makes anything of it either
        return True
    kind = read.get("type")
    return kind in HOLDS_SHAPES or (kind is None and isinstance(read.get("features"), list))


def _header(path: Path) -> list[str] | None:
    try:
        if path.suffix.lower() == ".parquet":
            schema = pq.read_schema(path)
            return [name for name in schema.names if name != _geometry_column(path)]
        return [str(name) for name in pyogrio.read_info(path)["fields"]]
    except Exception:  # noqa: BLE001  each driver fails in its own way on a damaged file
        return None


def _geometry_column(path: Path) -> str:
    return str(json.loads((pq.read_schema(path).metadata or {})[b"geo"])["primary_column"])


def read_frame(path: Path, columns: Sequence[str]) -> gpd.GeoDataFrame | None:
    """Read the shapes of a file, with the columns that are named and no other; None when it cannot be read."""
    try:
        if path.suffix.lower() == ".parquet":
            return gpd.read_parquet(path, columns=[*columns, _geometry_column(path)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL's remarks may quote cells
            return pyogrio.read_dataframe(path, columns=list(columns), force_2d=True)
    except Exception:  # noqa: BLE001  each driver fails in its own way on a damaged file
        return None


def _known_name(path: Path, name: str) -> str:
    tidy = tidy_header(name)
    if path.suffix.lower() == ".shp" and len(tidy) == SHAPEFILE_HEADER:
        return next((known for known in KNOWN if known.startswith(tidy)), tidy)
    return tidy


def crs_faults(file: str, geometry: gpd.GeoSeries) -> list[Fault]:
    """Find what is wrong with a file's coordinate reference system: none, or degrees that cannot be degrees."""
    remedy = "Reproject it to EPSG:27700, or assign the system that it is in, and rerun"
    if geometry.crs is None:
        return [Fault(file, "the file has no coordinate reference system", remedy, column="geometry")]
    west, south, east, north = geometry.total_bounds
    if geometry.crs.is_geographic and (min(west, south) < -180 or max(east, north) > 180):
        # A GeoJSON that states no system is taken as degrees by every library, whatever it holds.
        what = "the coordinates are metres although the file's coordinate reference system is in degrees"
        return [Fault(file, what, remedy, column="geometry")]
    return []


def keep_polygons(file: str, geometry: gpd.GeoSeries) -> tuple[gpd.GeoSeries, tuple[Fault, ...], tuple[str, ...]]:
    """Bring shapes to EPSG:27700 polygons: those that can be mended are, with a note; the others are faults."""
    missing = geometry.isna() | geometry.is_empty
    other = ~missing & ~geometry.geom_type.isin(["Polygon", "MultiPolygon"])
    metres = gpd.GeoSeries(shapely.force_2d(geometry.mask(missing | other)), geometry.index, crs=geometry.crs)
    metres = metres.to_crs(GRID_CRS)
    bounds = metres.bounds
    west, south, east, north = GRID_BOUNDS
    inside = (bounds["minx"] > west) & (bounds["miny"] > south) & (bounds["maxx"] < east) & (bounds["maxy"] < north)
    outside = ~missing & ~other & ~inside
    found = (
        (missing, "the area has no geometry", "Draw it, or remove the row"),
        (other, "the geometry is not a polygon", "Give the area's outline"),
        (outside, "the area lies outside the United Kingdom", "Check the coordinate reference system"),
    )
    faults = tuple(
        Fault(file, what, remedy, "geometry", tuple(geometry.index[wrong]))
        for wrong, what, remedy in found
        if wrong.any()
    )
    broken = metres.notna() & ~metres.is_valid
    if not broken.any():
        return metres.mask(outside), faults, ()
    mended = metres.where(~broken, metres.make_valid().map(_areal))
    return (
        mended.mask(outside),
        faults,
        (f"{file}: outlines that crossed themselves and were mended: {int(broken.sum()):,}.",),
    )


def _areal(shape: shapely.Geometry | None) -> shapely.Geometry | None:
    if shape is None or shape.geom_type in {"Polygon", "MultiPolygon"}:
        return shape
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(values):
        values = values.map(lambda value: "" if pd.isna(value) else f"{value:.15g}")
    return values.astype("str").where(values.notna(), "").astype("str")
