"""The outline of one piece of ground, from any file of polygons: what roads are fetched for."""

from __future__ import annotations

from pathlib import Path

import shapely

from marketmap.errors import Fault, InputError
from marketmap.inputs.boundaries import AREA_SUFFIXES, crs_faults, keep_polygons, read_frame, refers_elsewhere
from marketmap.inputs.readers import read_bytes


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
        A polygon or multipolygon, EPSG:27700 metres.

    Raises
    ------
    InputError
        The file is missing, cannot be read, holds no polygon or states no coordinate reference system that fits.
    """
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
    polygons, row_faults, _ = keep_polygons(path.name, frame.geometry)
    if row_faults:
        raise InputError(row_faults)
    return shapely.union_all(polygons.to_numpy())
