"""Which postcodes are rural: by the rural-urban class of their area, else by how thinly postcodes lie."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely

from marketmap.errors import PostcodeError
from marketmap.inputs.areas import postcode_cells

SQUARE_KM = 1e6
# Kinds of area as the census nests them; a council's own ("other") may be of any size. The finest is asked first.
FINEST_FIRST = ("lsoa", "sector", "ward", "msoa", "other", "district")
COLUMN_OF_TYPE = {"district": "district_code"}
RURAL, URBAN = "rural", "urban"


@dataclass(frozen=True)
class Rurality:
    """Whether postcodes are rural.

    Attributes
    ----------
    rural
        Boolean by postcode, NA unknown.
    rural_urban
        Text by postcode: the class as published, ``"rural"`` or ``"urban"`` by density, NA unknown.
    basis
        A sentence that says what it rests on.
    """

    rural: pd.Series
    rural_urban: pd.Series
    basis: str


def find_rurality(
    ground: pd.DataFrame,
    of: pd.DataFrame,
    areas: gpd.GeoDataFrame | None,
    *,
    least_postcodes_km2: float,
    districts: list[str],
) -> Rurality:
    """Say which postcodes are rural.

    A class whose text begins with "R" in either case is rural (ONS Rural Urban Classification 2021: RLF1, RLN1, RSF1,
    RSN1, or the names "Rural: …"). Where a postcode is in no area with a class: fewer live postcodes on a square
    kilometre of its sector than ``least_postcodes_km2``; approximate.

    Parameters
    ----------
    ground
        Indexed by postcode: ``easting``, ``northing`` (EPSG:27700), ``sector``, ``district_code``, ``live``, ``own``
        (whether it is the county's).
    of
        Indexed alike: one column a level.
    areas
        The areas table, or None.
    least_postcodes_km2
        Live postcodes on a square kilometre from which a sector is urban.
    districts
        Codes of the county's districts.
    """
    classes = pd.Series(pd.NA, index=of.index, dtype="object")
    used: list[str] = []
    for kind in FINEST_FIRST if areas is not None else ():
        rows = areas[areas["area_type"] == kind] if areas is not None else pd.DataFrame()
        text = rows.set_index("area_code")["rural_urban"].astype("object")
        text = text[text.notna() & text.astype("str").str.strip().ne("")].astype("str").str.strip()
        missing = classes.isna()
        if text.empty or not missing.any():
            continue
        found = of.loc[missing, COLUMN_OF_TYPE.get(kind, kind)].map(text)
        if found.notna().any():
            classes[missing] = found.astype("object").to_numpy()
            used.append(kind)
    rural = classes.str.lower().str.startswith("r").astype("boolean")
    unclassed = rural.isna() & ground["own"].astype(bool)
    if not unclassed.any():
        return Rurality(rural, classes, _describe_classes(used, classes))
    sparse = _sparse_sectors(ground[ground["own"].astype(bool)], areas, least_postcodes_km2, districts)
    by_density = ground.loc[unclassed, "sector"].map(sparse).astype("boolean")
    rural[unclassed] = by_density
    classes[unclassed] = by_density.map({True: RURAL, False: URBAN}).astype("object")
    told = ground.loc[ground["own"].astype(bool), "live"].notna().any()
    density = (
        f"a postcode sector with fewer than {least_postcodes_km2:g} {'live ' if told else ''}postcodes on a square "
        "kilometre of its ground"
        + ("" if told else " (terminated ones are among them: the directory does not tell them apart)")
    )
    if not used:
        return Rurality(rural, classes, f"Rural, approximate: no area carries a rural-urban class; {density}.")
    share = float(unclassed.sum()) / max(int(ground["own"].sum()), 1)
    basis = (
        f"{_describe_classes(used, classes[~unclassed])} Approximate for {share:.0%} of postcodes, in no such area: "
    )
    return Rurality(rural, classes, f"{basis}{density}.")


def _describe_classes(used: list[str], classes: pd.Series) -> str:
    if not used:
        return "Rural or not is unknown: there is no postcode of the county."
    other = sorted({text for text in classes.dropna().unique() if text[:1].lower() not in {"r", "u"}})
    doubt = f" Read as urban, for they begin with neither R nor U: {', '.join(other)}." if other else ""
    kinds = " and ".join(used)
    if used == ["district"]:
        doubt += " That is coarse: towns count as the district that they are in."
    return f'Rural: areas ({kinds}) whose rural-urban class, as published, begins with "R".{doubt}'


def _sparse_sectors(
    postcodes: pd.DataFrame, areas: gpd.GeoDataFrame | None, least: float, districts: list[str]
) -> pd.Series:
    """Say of each sector whether it has fewer live postcodes on a square kilometre than ``least``."""
    live = postcodes[postcodes["live"].fillna(value=True).astype(bool)]
    count = live.groupby("sector").size().reindex(postcodes["sector"].unique(), fill_value=0)
    km2 = _sector_km2(postcodes, areas, districts).reindex(count.index)
    # A sector without ground of its own shares one point with others: a block of offices or flats, not a village.
    sparse: pd.Series = (count / km2).lt(least) & km2.gt(0)
    return sparse


def _sector_km2(postcodes: pd.DataFrame, areas: gpd.GeoDataFrame | None, districts: list[str]) -> pd.Series:
    """Measure the sectors' ground inside the county: drawn by the council, else nearest to their postcodes."""
    if areas is not None and set(postcodes["sector"].dropna()) <= set(_codes(areas, "sector")):
        drawn = areas[areas["area_type"] == "sector"].set_index("area_code").geometry
        county = areas[(areas["area_type"] == "district") & areas["area_code"].isin(districts)].geometry
        shapes = drawn.array
        if set(districts) <= set(_codes(areas, "district")):
            # Postcodes over the border are not counted, so neither is their ground.
            shapes = shapely.intersection(shapes, shapely.union_all(county.array))
        return pd.Series(shapely.area(shapes) / SQUARE_KM, index=drawn.index)
    try:
        cells = postcode_cells(postcodes, district_codes=districts)
    except PostcodeError:
        return pd.Series(dtype="float64")
    each = cells.drop_duplicates("cell")
    area: pd.Series = each.geometry.area.groupby(each["sector"]).sum() / SQUARE_KM
    return area


def _codes(areas: gpd.GeoDataFrame, kind: str) -> list[str]:
    return list(areas.loc[areas["area_type"] == kind, "area_code"])
