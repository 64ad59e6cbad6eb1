"""Sector and district areas drawn from the postcodes themselves.

Every place on the map belongs to its nearest postcode (Voronoi cells, neighbours over the border included);
the cells of a sector or district, dissolved, are its area. Such areas follow where people live, not the legal
boundary, and are marked approximate throughout.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely
from scipy.ndimage import label
from scipy.spatial import cKDTree

from marketmap.errors import OutputError, PostcodeError
from marketmap.inputs.postcodes import load_directory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from marketmap.inputs.postcodes import PostcodeDirectory

CRS = "EPSG:27700"
NEIGHBOUR_METRES = 8000.0  # how far over the border postcodes are taken to draw it
OPEN_METRES = 3000.0  # ground this far from any postcode, and open to the sea, is nobody's
SHORE_METRES = 600.0  # nobody's ground comes no nearer to a postcode than this
LATTICE_METRES = 500.0
WEB_SIMPLIFY_METRES = 60.0
WEB_DEGREES = 1e-5  # about a metre
WRITTEN = "2025-11-01T00:00:00Z"  # stamped into GeoPackages, so that the same areas give the same file

Floats = npt.NDArray[np.float64]


def postcode_cells(frame: pd.DataFrame, *, district_codes: Sequence[str]) -> gpd.GeoDataFrame:
    """Draw the Voronoi cell of every postcode of some districts.

    Postcodes at one and the same point share its cell, which belongs to the sector and the district that most
    of them have (a sector left without any cell takes one that it shares, where the owner has another).

    Parameters
    ----------
    frame
        Postcodes of the districts and around them, as `PostcodeDirectory.frame`; known
        terminated ones are left out.
    district_codes
        ONS codes of the districts.

    Returns
    -------
    GeoDataFrame
        EPSG:27700, index ``postcode``; ``cell`` (number of the point), ``sector`` and ``district_code`` (of
        the cell), ``geometry``. Cells overlap only where their number is the same.

    Raises
    ------
    PostcodeError
        When the districts hold no postcode with a grid reference.
    """
    near = _postcodes_near(frame, list(district_codes))
    # whole metres, as directories give them: points a hair off one circle or line would make cells overlap
    metres = near[["easting", "northing"]].to_numpy(np.float64).round()
    points, cell = np.unique(metres, axis=0, return_inverse=True)
    near = near.assign(cell=cell.ravel())
    county = near.loc[near["district_code"].isin(list(district_codes))]
    around = _open_ground(points, points[county["cell"].unique()])
    drawn = shapely.voronoi_polygons(shapely.multipoints(np.vstack([points, around])), ordered=True)
    polygons = shapely.get_parts(drawn)
    districts = _majority(near, "district_code")
    sectors = _give_every_sector_a_cell(county, _majority(county, "sector"))
    return gpd.GeoDataFrame(
        {
            "cell": county["cell"],
            "sector": county["cell"].map(sectors),
            "district_code": county["cell"].map(districts),
        },
        geometry=polygons[county["cell"].to_numpy()],
        crs=CRS,
        index=county.index,
    )


def approximate_areas(
    directory: PostcodeDirectory,
    district_codes: Sequence[str],
    *,
    names: Mapping[str, str] | None = None,
    simplify_metres: float = 0.0,
) -> gpd.GeoDataFrame:
    """Draw the districts and the postcode sectors within them, in one frame.

    Parameters
    ----------
    directory
        Postcodes of the districts and their neighbours, from `load_directory`.
    district_codes
        ONS codes of the districts.
    names
        District code to name; the code stands where there is none.
    simplify_metres
        How much shape to give up for a smaller file; shared edges stay shared, 0 keeps every corner.

    Returns
    -------
    GeoDataFrame
        EPSG:27700, districts first, each kind in order of its code: ``area_code``, ``area_name``,
        ``area_type`` (``district`` or ``sector``), ``approximate`` (True) and ``geometry``, valid and without
        overlap within a kind. Of a sector only the part inside the districts is drawn.
    """
    pieces = _pieces(directory, district_codes, simplify_metres)
    kinds = [
        _dissolve(pieces, "district_code", "district", names or {}),
        _dissolve(pieces, "sector", "sector", {}),
    ]
    both: gpd.GeoDataFrame = pd.concat(kinds, ignore_index=True)
    return both


def make_areas(
    path: Path, *, district_codes: Sequence[str], names: Mapping[str, str] | None = None, file: Path | None = None
) -> gpd.GeoDataFrame:
    """Draw and write the areas of some districts in one go; a GeoJSON is simplified for the web.

    Parameters
    ----------
    path
        As for `write_areas`.
    district_codes, file
        As for `load_directory`.
    names
        District code to name; the code stands where there is none.

    Returns
    -------
    GeoDataFrame
        What was written, in EPSG:27700; columns as of `approximate_areas`.
    """
    simplify_metres = WEB_SIMPLIFY_METRES if path.suffix.lower() == ".geojson" else 0.0
    directory = load_directory(district_codes=district_codes, file=file)
    areas = approximate_areas(directory, district_codes, names=names, simplify_metres=simplify_metres)
    write_areas(areas, path)
    return areas


def write_areas(areas: gpd.GeoDataFrame, path: Path) -> None:
    """Write areas as a GeoPackage in EPSG:27700 or, for the web, GeoJSON in EPSG:4326 to five decimals.

    Parameters
    ----------
    areas
        As `approximate_areas` gives them; simplify there for a small GeoJSON.
    path
        Ends in ``.gpkg`` or ``.geojson``; an existing file is replaced. The same areas give the same bytes.

    Raises
    ------
    OutputError
        When the name ends otherwise or the folder cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in {".gpkg", ".geojson"}:
        raise OutputError(f"{path.name}: areas are written as .gpkg or .geojson. Give the file one of these endings.")
    part = path.with_name(f"{path.stem}.part{kind}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            if kind == ".gpkg":
                _write_geopackage(areas, part)
            else:
                _write_geojson(areas, part, layer=path.stem)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except (OSError, pyogrio.errors.DataSourceError) as error:
        raise OutputError(f"{path.name} cannot be written. Check that its folder exists and may be written.") from error


def _postcodes_near(frame: pd.DataFrame, district_codes: list[str]) -> pd.DataFrame:
    """Keep the placed postcodes, not known to be terminated, of the districts and the country around them."""
    usable = frame["easting"].notna() & frame["northing"].notna() & frame["live"].fillna(value=True).astype(bool)
    rows = frame.loc[usable, ["easting", "northing", "district_code"]]
    inside = rows["district_code"].isin(district_codes)
    if not inside.any():
        raise PostcodeError(
            f"No postcode of the districts {', '.join(district_codes)} has a grid reference. Check the codes."
        )
    grid = rows[["easting", "northing"]]
    county = grid.loc[inside]
    low, high = county.min() - NEIGHBOUR_METRES, county.max() + NEIGHBOUR_METRES
    rows = rows.loc[((grid >= low) & (grid <= high)).all(axis=1)]
    metres, _ = cKDTree(county.to_numpy()).query(
        rows[["easting", "northing"]].to_numpy(), distance_upper_bound=NEIGHBOUR_METRES
    )
    near: pd.DataFrame = rows.loc[np.isfinite(metres)]
    return near.assign(sector=near.index.str[:-2])


def _open_ground(points: Floats, county: Floats) -> Floats:
    """Lattice points beyond a coast, which stop the cells there as neighbours do on land.

    Open is ground further than `OPEN_METRES` from any postcode and joined to the outside, so that a moor with
    postcodes all round stays with them; from there it is let in to `SHORE_METRES` from the postcodes.
    """
    margin = 2 * OPEN_METRES
    low, high = county.min(axis=0) - margin, county.max(axis=0) + margin
    east = np.arange(low[0], high[0] + LATTICE_METRES, LATTICE_METRES)
    north = np.arange(low[1], high[1] + LATTICE_METRES, LATTICE_METRES)
    lattice = np.stack(np.meshgrid(east, north, indexing="ij"), axis=-1)
    metres, _ = cKDTree(points).query(lattice, distance_upper_bound=OPEN_METRES)
    patches, _ = label(np.isinf(metres))
    rim = np.concatenate([patches[0], patches[-1], patches[:, 0], patches[:, -1]])
    outside = lattice[np.isin(patches, rim[rim > 0])]
    if not len(outside):
        return outside
    lattice = lattice.reshape(-1, 2)
    to_outside, _ = cKDTree(outside).query(lattice, distance_upper_bound=OPEN_METRES - SHORE_METRES)
    to_county, _ = cKDTree(county).query(lattice, distance_upper_bound=margin)
    chosen: Floats = lattice[np.isfinite(to_outside) & np.isfinite(to_county)]
    return chosen


def _majority(rows: pd.DataFrame, column: str) -> pd.Series[str]:
    """Give each cell the value that most of its postcodes have, of equals the first in order."""
    counts = rows.groupby(["cell", column], observed=True).size().rename("n").reset_index()
    counts = counts.sort_values(["cell", "n", column], ascending=[True, False, True])
    chosen: pd.Series[str] = counts.drop_duplicates("cell").set_index("cell")[column]
    return chosen


def _give_every_sector_a_cell(county: pd.DataFrame, sectors: pd.Series[str]) -> pd.Series[str]:
    """Hand a shared cell to each sector that the majority left with none, where its owner has another."""
    given: dict[Any, str] = sectors.to_dict()
    held = Counter(given.values())
    counts = county.groupby(["sector", "cell"]).size().rename("n").reset_index()
    counts = counts.loc[~counts["sector"].isin(list(held))]
    counts = counts.sort_values(["n", "sector", "cell"], ascending=[False, True, True])
    for sector, cell in zip(counts["sector"], counts["cell"], strict=True):
        owner = given[cell]
        if held[sector] == 0 and held[owner] > 1:
            given[cell] = sector
            held.update({sector: 1, owner: -1})
    return pd.Series(given)


def _pieces(directory: PostcodeDirectory, district_codes: Sequence[str], simplify_metres: float) -> gpd.GeoDataFrame:
    """Dissolve the cells to the parts that each sector has in each district, sharing edges exactly."""
    cells = postcode_cells(directory.frame, district_codes=district_codes)
    cells = cells.loc[cells["district_code"].isin(list(district_codes))].drop_duplicates("cell")
    pieces = cells.drop(columns="cell").dissolve(["district_code", "sector"], method="coverage").reset_index()
    if simplify_metres > 0:
        pieces.geometry = pieces.geometry.simplify_coverage(simplify_metres)
    return pieces


def _dissolve(pieces: gpd.GeoDataFrame, by: str, area_type: str, names: Mapping[str, str]) -> gpd.GeoDataFrame:
    whole = pieces[[by, "geometry"]].dissolve(by, method="coverage").reset_index()
    codes = whole[by].astype("str")
    return gpd.GeoDataFrame(
        {
            "area_code": codes,
            "area_name": [names.get(code, code) for code in codes],
            "area_type": area_type,
            "approximate": True,
        },
        geometry=whole.geometry,
        crs=CRS,
    )


def _write_geopackage(areas: gpd.GeoDataFrame, path: Path) -> None:
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": WRITTEN})
    try:
        areas.to_file(path, layer="areas", driver="GPKG", engine="pyogrio")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _write_geojson(areas: gpd.GeoDataFrame, path: Path, *, layer: str) -> None:
    web = areas.to_crs("EPSG:4326")
    web.geometry = web.geometry.set_precision(WEB_DEGREES)
    web.to_file(path, layer=layer, driver="GeoJSON", engine="pyogrio", COORDINATE_PRECISION=5, RFC7946=True)
