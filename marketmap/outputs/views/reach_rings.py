"""How far one gets by road from a base, as rings for a map, and the care inside each: asked of a process of its own.

Reading roads takes seconds and much memory, so the process that answers keeps the roads of the last county it read.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
import shapely
from shapely import Point

from marketmap.errors import OutputError
from marketmap.inputs.county import County, read_county
from marketmap.inputs.postcodes import normalise_postcodes
from marketmap.market.footprints import find_round_ends
from marketmap.outputs.maps.properties import MAP_CRS
from marketmap.outputs.runs.batch import roads_of
from marketmap.outputs.schema.explore import REACHED
from marketmap.travel import RoadNetwork, reach

BaseKind = Literal["office", "rounds", "postcode"]
RING_MINUTES = (10.0, 20.0, 30.0)
# What is reached follows roads and is full of fields; a line drawn on a county's map must not.
CLOSE_METRES, SIMPLIFY_METRES = 900.0, 120.0
SMALLEST_HOLE = 9e6  # square metres


@dataclass(frozen=True)
class Reach:
    """What is reached from a base.

    Attributes
    ----------
    rings
        EPSG:4326: ``minutes``, ``reason`` (why a ring is empty, else blank), geometry.
    table
        Columns of `REACHED`.
    """

    rings: gpd.GeoDataFrame
    table: pd.DataFrame


def draw_reach(
    county_folder: str, digest: str, kind: BaseKind, base: str, minutes: tuple[float, ...] = RING_MINUTES
) -> Reach:
    """Draw what is reached by road from a base, and sum the care inside.

    Parameters
    ----------
    county_folder, digest
        The county, and a digest of its content: another digest reads it anew.
    kind, base
        ``"office"`` and a ``provider_id``; ``"rounds"`` and a ``provider_id``: where most of its carers' rounds begin
        or end, by call monitoring; or ``"postcode"`` and a postcode in any spelling.
    minutes
        Rising.

    Raises
    ------
    MarketmapError
        For a base that has no place, or none near a road, in words to show.
    """
    county, network = _open(county_folder, digest)
    origin = find_base(county, kind, base)
    rings = reach(network, origin, list(minutes))
    table = sum_inside(county.tables.packages, rings)
    shapes = smooth_rings(rings.geometry)
    drawn = gpd.GeoDataFrame(rings[["minutes", "reason"]], geometry=shapes, crs=rings.crs).to_crs(MAP_CRS)
    return Reach(drawn, table)


def smooth_rings(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Draw the outlines of what is reached, gaps between roads closed; sums are made inside the exact ones."""
    closed = shapes.buffer(CLOSE_METRES, quad_segs=2).buffer(-CLOSE_METRES, quad_segs=2).simplify(SIMPLIFY_METRES)
    return gpd.GeoSeries([_without_holes(shape) for shape in closed], index=shapes.index, crs=shapes.crs)


def _without_holes(shape: Any) -> Any:
    kept = [
        shapely.Polygon(part.exterior, [hole for hole in part.interiors if shapely.Polygon(hole).area >= SMALLEST_HOLE])
        for part in shapely.get_parts(shape)
        if not part.is_empty
    ]
    return shapely.union_all(kept)


@functools.lru_cache(maxsize=1)
def _open(folder: str, digest: str) -> tuple[County, RoadNetwork]:
    del digest  # part of the cache's key
    county = read_county(Path(folder))
    return county, roads_of(county)


def find_base(county: County, kind: BaseKind, base: str) -> Point:
    """Find where a base is, EPSG:27700.

    Raises
    ------
    OutputError
        Where it has no place.
    """
    tables = county.tables
    if kind == "postcode":
        code = normalise_postcodes(pd.Series([base], dtype="str"))
        if code.isna().any():
            raise OutputError("This is not a postcode. Type one as on an envelope, for example GL1 1AA.")
        place = county.ground.directory.place(code).iloc[0]
        if pd.isna(place["easting"]):
            raise OutputError("This postcode is not in the directory. Look at its spelling, or try one next to it.")
        return Point(float(place["easting"]), float(place["northing"]))
    if kind == "rounds":
        ends = find_round_ends(tables.visits, tables.packages)
        mine = ends[ends["provider_id"] == base].sort_values(["ends_week", "postcode"], ascending=[False, True])
        if mine.empty:
            raise OutputError("There is no call monitoring of this provider (needs table visits): take its office.")
        rows = tables.packages[tables.packages["postcode"] == mine["postcode"].iloc[0]]
    else:
        rows = tables.providers[(tables.providers["provider_id"] == base) & tables.providers["placed"]]
        if rows.empty:
            raise OutputError("The office of this provider has no place: its postcode is missing or not known.")
    return Point(float(rows["easting"].iloc[0]), float(rows["northing"].iloc[0]))


def sum_inside(packages: pd.DataFrame, rings: gpd.GeoDataFrame) -> pd.DataFrame:
    """Sum active and waiting packages inside each ring.

    Parameters
    ----------
    packages
        `Tables.packages`.
    rings
        EPSG:27700, ``minutes`` and geometry.

    Returns
    -------
    DataFrame
        Columns of `REACHED`, in the rings' order.
    """
    current = packages[packages["status"].isin(["active", "waiting"]) & packages["placed"].astype(bool)]
    points = gpd.points_from_xy(current["easting"].astype(float), current["northing"].astype(float), crs=rings.crs)
    person = current["person_id"].astype("object").where(current["person_id"].notna(), current["package_id"])
    hours = current["hours_week"].astype(float)
    waiting = hours.where(current["status"] == "waiting", 0.0)
    total = float(hours.sum())
    rows = []
    for minutes, shape in zip(rings["minutes"], rings.geometry, strict=True):
        inside = points.within(shape)
        rows.append(
            {
                "minutes": float(minutes),
                "packages": int(inside.sum()),
                "people": int(person[inside].nunique()),
                "contact_hours": float(hours[inside].sum()),
                "hours_waiting": float(waiting[inside].sum()),
                "packages_all": len(current),
                "part": float(hours[inside].sum()) / total if total else float("nan"),
            }
        )
    return pd.DataFrame(rows, columns=list(REACHED.names))
