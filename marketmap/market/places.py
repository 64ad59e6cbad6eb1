"""Where every postcode lies: its sector, district and further areas, and whether that is rural country.

Every measure by area reads this one frame, so that two measures can never disagree on where a place belongs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from marketmap.errors import MarketError
from marketmap.inputs.county import Tables
from marketmap.market.rurality import COLUMN_OF_TYPE, FINEST_FIRST, RURAL, URBAN, find_rurality
from marketmap.settings import Settings

CRS = "EPSG:27700"
EDGE_METRES = 100.0  # a postcode's point may lie just over the outline of the area that its doors are in
COUNTY = "county"
UNPLACED = "unplaced"
SECTOR, DISTRICT = "sector", "district_code"
LEVELS = tuple(COLUMN_OF_TYPE.get(kind, kind) for kind in FINEST_FIRST)
FIGURES = ["people_65plus", "people_85plus"]


@dataclass(frozen=True)
class Places:
    """Where the county's postcodes lie.

    Attributes
    ----------
    of
        Indexed by postcode, one row each for the county's and for every placed one that a table names; one column a
        level (area codes as text, NA where in none), then ``rural`` (boolean, NA unknown) and ``rural_urban`` (the
        class as published, ``"rural"`` or ``"urban"`` where it is by density, NA unknown).
    names
        Level to area code to name; a code without a name is its own name.
    residents
        ``level``, ``area_code``, ``people_65plus``, ``people_85plus``: of every area whose residents are known, also
        for the levels ``rural``, ``rural_urban`` and ``county``.
    rural_basis
        A sentence: what ``rural`` rests on; says "approximate" where it is by density.
    levels
        ``sector``, ``district_code`` and each further kind of area that the areas table holds, finest first.
    points
        Indexed as ``of``: ``easting``, ``northing`` (EPSG:27700 metres).
    """

    of: pd.DataFrame
    names: Mapping[str, Mapping[str, str]]
    residents: pd.DataFrame
    rural_basis: str
    levels: tuple[str, ...]
    points: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"easting": [], "northing": []}, dtype=float))


def place_postcodes(tables: Tables, *, settings: Settings) -> Places:
    """Say of each postcode which areas it lies in, and whether it is rural.

    Areas are found by point in polygon, the nearest one within 100 m for a point that lies in none (the lower code of
    two that are equally near or overlap). Sector and district are the postcode's own, whatever the polygons say.

    Parameters
    ----------
    tables
        ``areas`` may be None: then there are sectors and districts only.
    settings
        ``market.rural_postcodes_km2``, used where no area carries a rural-urban class.
    """
    ground = _postcodes(tables)
    of = ground[[SECTOR, DISTRICT]].astype("object")
    areas = tables.areas
    for kind in FINEST_FIRST if areas is not None else ():
        rows = areas[areas["area_type"] == kind] if areas is not None else pd.DataFrame()
        if len(rows) and COLUMN_OF_TYPE.get(kind, kind) not in of:
            of[kind] = _areas_of(ground, rows)
    rurality = find_rurality(
        ground,
        of,
        areas,
        least_postcodes_km2=settings.market.rural_postcodes_km2,
        districts=sorted(tables.county_postcodes[DISTRICT].dropna().unique()),
    )
    of["rural"], of["rural_urban"] = rurality.rural, rurality.rural_urban
    levels = tuple(level for level in LEVELS if level in of.columns)
    return Places(
        of=of,
        names=_names(of, areas, tables.district_names, levels),
        residents=_residents(of, areas, levels),
        rural_basis=rurality.basis,
        levels=levels,
        points=ground[["easting", "northing"]].astype(float),
    )


def join_places(frame: pd.DataFrame, places: Places) -> pd.DataFrame:
    """Add each row's areas by its postcode.

    Parameters
    ----------
    frame
        Has ``postcode``.

    Returns
    -------
    DataFrame
        Indexed like ``frame``: its columns, then every level, ``rural`` and ``rural_urban``; NA where not placed.
    """
    found = places.of.reindex(pd.Index(frame["postcode"].astype("object"))).set_axis(frame.index, axis="index")
    return frame.drop(columns=[name for name in found.columns if name in frame]).join(found)


def area_codes(joined: pd.DataFrame, *, by: str) -> pd.Series:
    """Name the area of each row of a frame that `join_places` made.

    Parameters
    ----------
    by
        A level, ``"rural_urban"`` (classes as published), ``"rural"`` (two groups: rural and urban) or ``"county"``.

    Returns
    -------
    Series
        Indexed like ``joined``, text, NA where unknown.

    Raises
    ------
    MarketError
        For a level that these places do not have, naming those there are.
    """
    if by == COUNTY:
        return pd.Series(COUNTY, index=joined.index, dtype="object")
    if by == RURAL:
        return joined["rural"].map({True: RURAL, False: URBAN}).astype("object")
    if by not in joined.columns:
        known = [level for level in (*LEVELS, "rural_urban") if level in joined.columns]
        raise MarketError(
            f'There are no areas "{by}" here: use one of {", ".join([*known, RURAL, COUNTY])}, or add them to areas.'
        )
    return joined[by].astype("object")


def residents_of(places: Places, *, by: str, codes: pd.Series) -> pd.DataFrame:
    """Look up the residents of areas.

    Returns
    -------
    DataFrame
        Indexed like ``codes``: ``people_65plus``, ``people_85plus`` (float, NaN where unknown).
    """
    known = places.residents[places.residents["level"] == by].set_index("area_code")
    found = known[FIGURES].reindex(pd.Index(codes)).set_axis(codes.index, axis="index")
    return found.astype(float)


def name_areas(frame: pd.DataFrame, places: Places) -> pd.DataFrame:
    """Insert ``area_name`` after ``area_code``; a code without a name (and ``"unplaced"``) is its own name."""
    pairs = zip(frame["level"], frame["area_code"], strict=True)
    named = [places.names.get(level, {}).get(code, code) for level, code in pairs]
    whole = frame.copy()
    whole.insert(list(whole.columns).index("area_code") + 1, "area_name", pd.Series(named, frame.index, dtype="str"))
    return whole


def name_squares(postcodes: pd.Series, places: Places, *, metres: float) -> pd.Series:
    """Name the square of the national grid, so many metres wide, that each postcode's point lies in; NA unknown."""
    points = places.points.reindex(pd.Index(postcodes.astype("object")))
    corner = np.floor(points[["easting", "northing"]].to_numpy(float) / metres)
    known = np.isfinite(corner).all(axis=1).reshape(-1)
    names = [
        f"{east:.0f} {north:.0f}" if there else pd.NA
        for (east, north), there in zip(corner.tolist(), known.tolist(), strict=True)
    ]
    return pd.Series(names, index=postcodes.index, dtype="object")


def _postcodes(tables: Tables) -> pd.DataFrame:
    """List the county's postcodes and every other placed one that a table names; ``own`` tells them apart."""
    columns = ["easting", "northing", SECTOR, DISTRICT, "live"]
    found = [tables.county_postcodes[columns].assign(own=True)]
    for frame in (tables.packages, tables.providers, getattr(tables, "assets", None)):
        if frame is not None and {"placed", *columns[:4]} <= set(frame.columns):
            rows = frame[frame["placed"]].drop_duplicates("postcode").set_index("postcode")
            found.append(rows[columns[:4]].assign(own=False).reindex(columns=[*columns, "own"]))
    every = pd.concat([rows.astype({"live": "boolean"}) for rows in found])
    return every[~every.index.duplicated()].rename_axis("postcode")


def _areas_of(ground: pd.DataFrame, areas: gpd.GeoDataFrame) -> pd.Series:
    """Find the area of each postcode among areas of one kind."""
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(ground["easting"], ground["northing"]), crs=CRS)
    shapes = areas[["area_code", "geometry"]].sort_values("area_code")
    inside = gpd.sjoin(points, shapes, predicate="intersects")
    left = points[~points.index.isin(inside.index)]
    near = gpd.sjoin_nearest(left, shapes, max_distance=EDGE_METRES) if len(left) else inside.iloc[:0]
    codes: pd.Series = pd.concat([inside["area_code"], near["area_code"]]).groupby(level=0).min()
    return codes.reindex(points.index).set_axis(ground.index).astype("object")


def _names(
    of: pd.DataFrame, areas: gpd.GeoDataFrame | None, district_names: Mapping[str, str], levels: tuple[str, ...]
) -> dict[str, dict[str, str]]:
    names: dict[str, dict[str, str]] = {}
    for level in levels:
        names[level] = {str(code): str(code) for code in of[level].dropna().unique()}
        if areas is not None:
            rows = areas[areas["area_type"].replace(COLUMN_OF_TYPE) == level]
            names[level] |= dict(zip(rows["area_code"], rows["area_name"], strict=True))
    names[DISTRICT] |= {code: name for code, name in district_names.items() if name != code}
    classes = of["rural_urban"].dropna().unique()
    return names | {
        "rural_urban": {str(text): str(text) for text in classes},
        RURAL: {RURAL: "Rural", URBAN: "Urban"},
        COUNTY: {COUNTY: "Whole county"},
    }


def _residents(of: pd.DataFrame, areas: gpd.GeoDataFrame | None, levels: tuple[str, ...]) -> pd.DataFrame:
    """List residents by area: as the areas table gives them, else summed from finer areas that have them all."""
    columns = ["level", "area_code", *FIGURES]
    if areas is None:
        return pd.DataFrame({name: pd.Series(dtype="float64" if name in FIGURES else "object") for name in columns})
    given = pd.DataFrame(areas[["area_code", *FIGURES]]).astype(dict.fromkeys(FIGURES, "Float64"))
    given = given.astype(dict.fromkeys(FIGURES, "float64"))
    given["level"] = areas["area_type"].replace(COLUMN_OF_TYPE)
    given = given.loc[given[FIGURES].notna().any(axis=1), columns]
    # A council's own areas may overlap, so nothing is summed from them.
    full = [level for level in levels if level != "other" and _covers(of, given, level)]
    if not full:
        return given.reset_index(drop=True)
    base = full[0]
    part = given[given["level"] == base].set_index("area_code")[FIGURES]
    # Sectors and wards cut across one another; census areas nest, and everything nests in the county.
    # A district is rural and urban in parts: its residents say nothing of either.
    sums = [COUNTY] if base == DISTRICT else [RURAL, "rural_urban", COUNTY]
    sums += ["msoa", "ward", DISTRICT] if base == "lsoa" else []
    wanted = [level for level in sums if level not in set(given["level"]) and (level not in LEVELS or level in levels)]
    parts = [given]
    for level in wanted:
        groups = part.groupby(_most_of(of, base, level).reindex(part.index))
        # One unknown member makes the whole unknown.
        whole = groups.sum().where(groups.count().eq(groups.size(), axis=0))
        parts.append(whole.rename_axis("area_code").reset_index().assign(level=level)[columns])
    return pd.concat(parts, ignore_index=True)


def _most_of(of: pd.DataFrame, base: str, level: str) -> pd.Series:
    """Say which larger area holds most of each smaller one's postcodes; of equals the first in order."""
    pairs = pd.DataFrame({"base": of[base], "larger": area_codes(of, by=level)}).dropna()
    counts = pairs.value_counts().rename("n").reset_index()
    counts = counts.sort_values(["n", "base", "larger"], ascending=[False, True, True])
    return counts.drop_duplicates("base").set_index("base")["larger"]


def _covers(of: pd.DataFrame, given: pd.DataFrame, level: str) -> bool:
    """Say whether every area of a level that the county's postcodes lie in has its residents given."""
    known = given.loc[(given["level"] == level) & given["people_65plus"].notna(), "area_code"]
    return bool(len(known)) and set(of[level].dropna()) <= set(known)
