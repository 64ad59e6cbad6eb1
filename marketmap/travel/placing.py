"""Puts points on roads: the nearest road that has frontage, and the straight leg between it and the door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from marketmap.errors import CrsError, RoadsError
from marketmap.travel.network import CRS, NO_FRONTAGE, Flags, Floats, Ints, RoadNetwork


@dataclass(frozen=True)
class Placement:
    """Where points lie on a network.

    Attributes
    ----------
    index
        The points' own index.
    x, y
        EPSG:27700 metres, NaN where the point has none, (points,).
    line
        The line each point is on, -1 where it is not placed, (points,).
    share
        How far along its line's shape, 0 at the first vertex and 1 at the last, (points,).
    metres
        Straight distance to the nearest road, NaN without coordinates, (points,).
    access_seconds
        Time on that straight leg, (points,).
    reason
        Why a point is not placed, blank when it is, (points,).
    snap_metres
        The furthest a point was let lie from a road.
    """

    index: pd.Index
    x: Floats
    y: Floats
    line: Ints
    share: Floats
    metres: Floats
    access_seconds: Floats
    reason: NDArray[Any]
    snap_metres: float

    @property
    def placed(self) -> Flags:
        """Which points are on a road, (points,)."""
        return self.line >= 0

    def unplaced(self) -> pd.DataFrame:
        """Points that got no place, indexed as they came: ``metres`` to the nearest road and the ``reason``."""
        lost = ~self.placed
        return pd.DataFrame({"metres": self.metres[lost], "reason": self.reason[lost]}, index=self.index[lost])

    def only_placed(self) -> Placement:
        """Return the points that have a place, in the same order."""
        kept = self.placed
        return Placement(
            index=self.index[kept],
            x=self.x[kept],
            y=self.y[kept],
            line=self.line[kept],
            share=self.share[kept],
            metres=self.metres[kept],
            access_seconds=self.access_seconds[kept],
            reason=self.reason[kept],
            snap_metres=self.snap_metres,
        )


def place_points(network: RoadNetwork, points: gpd.GeoSeries, *, snap_metres: float | None = None) -> Placement:
    """Place points on the nearest road a door may open on to.

    Parameters
    ----------
    network
        The roads.
    points
        Points in any coordinate reference system; empty and missing ones are named as unplaced.
    snap_metres
        Points further than this from a road are not placed; None: the network's own setting.

    Raises
    ------
    CrsError
        When the points have no coordinate reference system.
    RoadsError
        When there are points and every one lies outside the roads' extent, naming both extents.
    """
    if points.crs is None:
        raise CrsError(
            "The points have no coordinate reference system. Set it (for example to EPSG:27700), reproject and rerun."
        )
    flat = points.to_crs(CRS)
    return place_coordinates(network, flat.x, flat.y, snap_metres=snap_metres)


def place_coordinates(
    network: RoadNetwork, x: pd.Series[float], y: pd.Series[float], *, snap_metres: float | None = None
) -> Placement:
    """Place points given as EPSG:27700 eastings and northings with one index; otherwise as `place_points`."""
    limit = network.settings.snap_metres if snap_metres is None else snap_metres
    east, north = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    known = np.isfinite(east) & np.isfinite(north)
    inside = _check_extent(network, east, north, limit)
    line, share = np.full(len(east), -1), np.zeros(len(east))
    metres = np.full(len(east), np.nan)
    if known.any():
        nearest, metres[known] = _nearest_line(network, east[known], north[known])
        line[known] = nearest
        placed = known & (metres <= limit)
        line[known & ~placed] = -1
        share[placed] = shapely.line_locate_point(
            network.lines[line[placed]], shapely.points(east[placed], north[placed]), normalized=True
        )
    return Placement(
        index=x.index,
        x=east,
        y=north,
        line=line,
        share=share,
        metres=metres,
        access_seconds=np.where(line >= 0, metres, 0.0) / network.settings.access_kmh * 3.6,
        reason=np.select(
            [line >= 0, ~known, ~inside],
            ["", "has no coordinates", f"lies outside the roads of {network.source.name}"],
            f"lies further than {limit:,.0f} m from any road",
        ).astype(object),
        snap_metres=limit,
    )


def _nearest_line(network: RoadNetwork, x: Floats, y: Floats) -> tuple[Ints, Floats]:
    along, against = network.edges_of_line
    name = np.array(network.classes, dtype=object)[network.road_class[np.where(along >= 0, along, against)]]
    open_to_doors = np.flatnonzero(~np.isin(name, NO_FRONTAGE))
    if not len(open_to_doors):
        raise RoadsError(f"{network.source.name} holds only roads without frontage ({', '.join(NO_FRONTAGE)}).")
    tree = shapely.STRtree(network.lines[open_to_doors])
    (point, line), metres = tree.query_nearest(shapely.points(x, y), all_matches=True, return_distance=True)
    # Several roads may be equally near (at a corner): the first in the network, whatever order the tree has.
    order = np.lexsort((line, point))
    first = order[np.unique(point[order], return_index=True)[1]]
    return open_to_doors[line[first]], metres[first]


def _check_extent(network: RoadNetwork, x: Floats, y: Floats, limit: float) -> Flags:
    """Which points lie within the limit of the roads' extent, (points,)."""
    west, south, east, north = network.extent
    inside = (x >= west - limit) & (x <= east + limit) & (y >= south - limit) & (y <= north + limit)
    known = np.isfinite(x) & np.isfinite(y)
    if known.any() and not inside.any():
        span = _span(x[known].min(), x[known].max(), y[known].min(), y[known].max())
        raise RoadsError(
            f"Every point lies outside the roads of {network.source.name}. Roads: "
            f"{_span(west, east, south, north)}; points: {span} (EPSG:27700). "
            "Use a road file that covers the county, or correct the points' coordinates."
        )
    return np.asarray(inside)


def _span(west: float, east: float, south: float, north: float) -> str:
    return f"eastings {west:,.0f} to {east:,.0f} and northings {south:,.0f} to {north:,.0f}"
