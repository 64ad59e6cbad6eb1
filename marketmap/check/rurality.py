"""The checker's own reading of which postcodes are rural, where the council's areas tell it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from marketmap.check import sources
from marketmap.check.evidence import Evidence
from marketmap.check.findings import Unreadable

RURAL, URBAN, UNTOLD = "rural", "urban", ""
CRS = "EPSG:27700"
EDGE_METRES, SQUARE_KM = 100.0, 1e6
FINEST_FIRST = ("lsoa", "sector", "ward", "msoa", "other", "district")
DRAWN = ("lsoa", "ward", "msoa", "other")  # of the others a postcode's own code tells which it is in
NEEDED = {"area_code", "area_type"}


def find_rural(evidence: Evidence, postcodes: pd.Index) -> pd.Series:
    """Say which postcodes are rural, where that can be told from the areas table.

    By the class of the finest area that has one (rural where it begins with R). Else a postcode of the county is rural
    where its sector has fewer live postcodes on a square kilometre than ``market.rural_postcodes_km2``; that is told
    only where the council drew every sector, since otherwise ground is drawn about postcodes, which is not done here.

    Returns
    -------
    Series
        By postcode: ``rural``, ``urban``, or blank where it is not told.
    """
    found = pd.Series(UNTOLD, index=postcodes, dtype=object)
    areas = _read_areas(evidence)
    directory = evidence.directory
    known = postcodes[postcodes.isin(directory.index)]
    if areas is None or known.empty:
        return found
    ground = directory.loc[known]
    for kind in FINEST_FIRST:
        rows = areas[(areas["area_type"] == kind) & (areas["rural_urban"] != "")]
        left = ground[found[known].to_numpy() == UNTOLD]
        if rows.empty or left.empty:
            continue
        classes = _codes(left, areas[areas["area_type"] == kind], kind).map(
            rows.drop_duplicates("area_code").set_index("area_code")["rural_urban"]
        )
        classes = classes.dropna()
        found[classes.index] = np.where(classes.str.lower().str.startswith("r"), RURAL, URBAN)
    left = ground[(found[known].to_numpy() == UNTOLD) & ground["in_county"].to_numpy(bool)]
    sparse = _find_sparse(evidence, areas)
    if sparse is not None and len(left):
        sectors = sources.to_sectors(pd.Series(left.index.astype(str), index=left.index))
        found[left.index] = np.where(sectors.map(sparse).fillna(value=False).astype(bool), RURAL, URBAN)
    return found


def _read_areas(evidence: Evidence) -> gpd.GeoDataFrame | None:
    """Read the areas as they are in force, or None where they cannot be told apart."""
    if "areas" not in evidence.recorded("inputs") or (evidence.rejected["table"] == "areas").any():
        return None
    path = evidence.source_path("areas")
    try:
        areas = gpd.read_file(path)
    except (OSError, ValueError, RuntimeError) as error:
        raise Unreadable(path.name, f"cannot be read ({type(error).__name__})") from error
    areas.columns = [str(name).strip().lower() for name in areas.columns]
    if not set(areas.columns) >= NEEDED or areas.crs is None:
        return None
    text = areas.get("rural_urban", pd.Series("", index=areas.index))
    named = areas.assign(
        rural_urban=text.fillna("").astype(str).str.strip(),
        area_type=areas["area_type"].astype(str).str.strip().str.lower(),
        area_code=areas["area_code"].astype(str).str.strip(),
    )
    return named.to_crs(CRS)


def _codes(ground: pd.DataFrame, areas: gpd.GeoDataFrame, kind: str) -> pd.Series:
    """Name the area of one kind that each postcode is in."""
    if kind == "district":
        return ground["district_code"].astype(object)
    if kind not in DRAWN:
        return sources.to_sectors(pd.Series(ground.index.astype(str), index=ground.index)).astype(object)
    points = gpd.GeoDataFrame(
        {"postcode": ground.index}, geometry=gpd.points_from_xy(ground["easting"], ground["northing"]), crs=CRS
    )
    near = gpd.sjoin_nearest(points, areas[["area_code", "geometry"]], max_distance=EDGE_METRES)
    found: pd.Series[str] = near.groupby("postcode")["area_code"].min().reindex(ground.index).astype(object)
    return found


def _find_sparse(evidence: Evidence, areas: gpd.GeoDataFrame) -> pd.Series | None:
    """Say of each sector whether few live postcodes lie on its ground; None where its ground is not drawn."""
    own = evidence.directory[evidence.directory["in_county"]]
    sector = sources.to_sectors(pd.Series(own.index.astype(str), index=own.index))
    drawn = areas[areas["area_type"] == "sector"].drop_duplicates("area_code").set_index("area_code").geometry
    if not set(sector) <= set(drawn.index):
        return None
    districts = set(evidence.settings.county.district_codes) or set(own["district_code"])
    county = areas[(areas["area_type"] == "district") & areas["area_code"].isin(districts)]
    shapes = drawn.array
    if districts <= set(county["area_code"]):
        shapes = shapely.intersection(shapes, shapely.union_all(county.geometry.array))
    km2 = pd.Series(shapely.area(shapes) / SQUARE_KM, index=drawn.index)
    count = sector[own["live"] != "no"].value_counts().reindex(drawn.index).fillna(0.0)
    sparse: pd.Series[bool] = (count / km2.where(km2 > 0)).lt(evidence.settings.market.rural_postcodes_km2) & (km2 > 0)
    return sparse
