"""The outline of one piece of ground, from any file of polygons: what roads are fetched for."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from marketmap.errors import Fault, InputError
from marketmap.inputs.boundaries import (
    AREA_SUFFIXES,
    GRID_CRS,
    crs_faults,
    keep_polygons,
    read_frame,
    refers_elsewhere,
)
from marketmap.inputs.readers import read_bytes

# More corners than this are thinned; overlaying millions of corners takes minutes.
_MANY_CORNERS = 20_000
_FEW_CORNERS = 1_000
_CORNER_METRES = 100.0


def read_outline(path: Path) -> shapely.Geometry:
    """Read every polygon of a file (its first layer) as one outline.

    Parameters
    ----------
    path
        Any vector file with a coordinate reference system; reprojected from the one it states. Its columns are
        not looked at.

    Returns
    -------
    shapely.Geometry
        A polygon or multipolygon, EPSG:27700 metres; of more than 20,000 corners a thinner one, not further than
        100 m from it.

    Raises
    ------
    InputError
        The file is missing, cannot be read, holds no polygon, has far too many corners or states no coordinate
        reference system that fits.
    """
    if _is_stream(path):
        raise InputError([Fault(path.name, "this is a pipe or a device", "Give a file of polygons")])
    data, faults = read_bytes(path)
    if not faults and path.suffix.lower() not in AREA_SUFFIXES:
        faults = [Fault(path.name, "this kind of file is not read as an outline", f"Use {', '.join(AREA_SUFFIXES)}")]
    if not faults and refers_elsewhere(data):
        faults = [Fault(path.name, "the file points to another place", "Save the outline itself, e.g. as GeoPackage")]
    frame = None if faults else read_frame(path, [])
    if not faults and frame is None:
        faults = [Fault(path.name, "the file cannot be read as boundaries", "Save it as GeoPackage or GeoJSON")]
    if frame is not None and frame.empty:
        faults = [Fault(path.name, "there is not one polygon in it", "Give the outline of the county")]
    if frame is None or faults:
        raise InputError(faults)
    if faults := crs_faults(path.name, frame.geometry):
        raise InputError(faults)
    frame.index = frame.index + 2  # as a spreadsheet counts rows
    shapes = frame.geometry.to_crs(GRID_CRS)
    try:
        thinned = [thin_outline(shape) for shape in shapes]
    except ValueError:
        what = "the outline has too many corners, or crosses itself"
        raise InputError([Fault(path.name, what, "Simplify it to 100 m")]) from None
    polygons, row_faults, _ = keep_polygons(path.name, gpd.GeoSeries(thinned, shapes.index, crs=GRID_CRS))
    if row_faults:
        raise InputError(row_faults)
    return shapely.union_all(polygons.to_numpy())


def _is_stream(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:  # the reader says what is wrong
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def thin_outline(shape: Any) -> Any:
    """Leave out corners that are near the one before, where there are very many.

    Parameters
    ----------
    shape
        A geometry, EPSG:27700, which may cross itself; None stays None.

    Returns
    -------
    shapely.Geometry
        As it was up to 20,000 corners, else with corners about 100 m apart, nowhere further than 100 m from what it
        was, and without holes.

    Raises
    ------
    ValueError
        When these are too many still, or go to and fro so densely that overlaying them takes minutes.
    """
    if shapely.get_num_coordinates(shape) > _MANY_CORNERS:
        shape = _thin(shape)
    corners = shapely.get_num_coordinates(shape)
    # A border with 100 m beside it takes up a small part of the ground that it bounds.
    dense = corners > _FEW_CORNERS and shape.length * _CORNER_METRES > shapely.envelope(shape).area
    if corners > _MANY_CORNERS or dense:
        raise ValueError("too many corners")
    return shape


def _thin(shape: Any) -> Any:
    parts = shapely.get_parts(shape)
    polygonal = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    if not parts.size or not polygonal.all():
        return shape
    coordinates, part = shapely.get_coordinates(shapely.get_exterior_ring(parts), return_index=True)
    # As open lines, for a ring that shrinks to a point is none.
    lines = shapely.remove_repeated_points(shapely.linestrings(coordinates, indices=part), _CORNER_METRES)
    large = shapely.get_num_coordinates(lines) > 3  # a triangle and its end
    boxes = shapely.envelope(parts[~large])
    thinned = list(boxes[shapely.area(boxes) > 0])
    if large.any():
        coordinates, part = shapely.get_coordinates(lines[large], return_index=True)
        thinned += list(shapely.polygons(shapely.linearrings(coordinates, indices=part)))
    return shapely.multipolygons(thinned)
