"""Puts points on roads: the nearest road that has frontage, and the straight leg between it and the door.

Nobody lives on a motorway, so its carriageway is passed over for the nearest road that a door may open on to; but a
point on the carriageway itself (a junction's own coordinates, a ferry) is meant to be there and stays, and so does one
that has no other road within reach.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from geopandas.array import GeometryArray
from numpy.typing import NDArray

from marketmap.errors import MAX_EXAMPLES, CrsError, RoadsError
from marketmap.settings import WALK
from marketmap.travel.network import CRS, NO_FRONTAGE, Flags, Floats, Ints, RoadNetwork
from marketmap.travel.speeds import access_kmh

ON_ROAD_METRES = 1.0  # a point nearer than this to a road without frontage is on it
_TIE_METRES = 0.001  # roads this little further than the nearest are as near
# A place over the border may lie no further than this from a road: 995 in 1,000 of Rutland's own postcodes, where the
# road file covers the ground, lie nearer. Further away, its own road is not in the file.
BEYOND_METRES = 250.0
_NO_COORDINATES = "has no coordinates"
_BEYOND = "has coordinates that its reference system cannot mean (are easting and northing swapped?)"


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


def place_points(
    network: RoadNetwork, points: gpd.GeoSeries | gpd.GeoDataFrame, *, snap_metres: float | None = None
) -> Placement:
    """Place points on the nearest road a door may open on to.

    A point less than 1 m from a motorway, a slip road or a ferry, and nearer to it than to any other, is placed there.
    Where several roads are equally near, one that ends at the point is taken, so that a point with a junction's
    coordinates lies on a road of that junction and not on one that passes over it.

    Parameters
    ----------
    network
        The roads.
    points
        Points in any coordinate reference system, of a frame those of its geometry column; empty and missing ones are
        named as unplaced, and so are those whose coordinates their reference system cannot mean.
    snap_metres
        Points further than this from a road are not placed; None: the network's own setting.

    Raises
    ------
    CrsError
        When the points have no coordinate reference system.
    RoadsError
        When there are points and every one lies outside the roads' extent, naming both extents; for a shape that is
        not a point, and for what is no series of shapes or no network.
    """
    if not isinstance(network, RoadNetwork):
        raise RoadsError(f"network is a {type(network).__name__}; give what read_roads returns.")
    points = _take_points(points)
    shapes = points[~points.isna()].geom_type
    others = shapes[shapes != "Point"]
    if len(others):
        shown = ", ".join(f"{name} ({shape})" for name, shape in others.iloc[:MAX_EXAMPLES].items())
        raise RoadsError(
            f"Only points can be placed on roads, and {len(others):,} of {len(points):,} shapes are something else: "
            f"{shown}. Give one point for each, for example representative_point()."
        )
    if points.crs is None:
        raise CrsError(
            "The points have no coordinate reference system. Set it (for example to EPSG:27700), reproject and rerun."
        )
    flat = points.to_crs(CRS)
    return place_coordinates(network, flat.x, flat.y, snap_metres=snap_metres)


def _take_points(points: Any) -> gpd.GeoSeries:
    """Take the shapes out of whatever holds them."""
    try:
        if isinstance(points, gpd.GeoDataFrame | GeometryArray):
            return points.geometry if isinstance(points, gpd.GeoDataFrame) else gpd.GeoSeries(points)
    except AttributeError:  # a frame whose geometry column was never named
        points = pd.DataFrame(points)
    if not isinstance(points, gpd.GeoSeries):
        raise RoadsError(
            f"The points are a {type(points).__name__} without geometry. Give a GeoSeries that has a coordinate "
            'reference system, for example geopandas.GeoSeries.from_xy(eastings, northings, crs="EPSG:27700").'
        )
    return points


def place_coordinates(
    network: RoadNetwork, x: pd.Series[float], y: pd.Series[float], *, snap_metres: float | None = None
) -> Placement:
    """Place points given as EPSG:27700 eastings and northings with one index; otherwise as `place_points`."""
    limit = network.settings.snap_metres if snap_metres is None else snap_metres
    east, north = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    known = np.isfinite(east) & np.isfinite(north)
    beyond = np.isinf(east) | np.isinf(north)
    east, north = np.where(known, east, np.nan), np.where(known, north, np.nan)
    inside = _check_extent(network, east, north, limit)
    line, share = np.full(len(east), -1), np.zeros(len(east))
    metres = np.full(len(east), np.nan)
    if known.any():
        nearest, metres[known] = _nearest_line(network, east[known], north[known], limit)
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
        access_seconds=np.where(line >= 0, metres, 0.0) / access_kmh(network.settings) * 3.6,
        reason=np.select(
            [line >= 0, beyond, ~known, ~inside],
            ["", _BEYOND, _NO_COORDINATES, f"lies outside the roads of {network.source.name}"],
            f"lies further than {limit:,.0f} m from any road",
        ).astype(object),
        snap_metres=limit,
    )


def keep_covered(network: RoadNetwork, placement: Placement, *, own: pd.Index) -> Placement:
    """Take off the roads what lies over the border, more than 250 m from any road of a file that may stop there.

    Parameters
    ----------
    network
        The roads; illustrative ones cover every place that they were made from, so nothing is taken off them.
    placement
        Places, indexed like ``own``.
    own
        The county's own: these stay where they are.

    Returns
    -------
    Placement
        The same points; those taken off are named with the distance to the nearest road.
    """
    beyond = placement.placed & ~placement.index.isin(own) & (placement.metres > BEYOND_METRES)
    if network.illustrative or not beyond.any():
        return placement
    reason = placement.reason.copy()
    reason[beyond] = [
        f"lies beyond the roads of {network.source.name}: {metres:,.0f} m from the nearest"
        for metres in placement.metres[beyond]
    ]
    return dataclasses.replace(
        placement,
        line=np.where(beyond, -1, placement.line),
        share=np.where(beyond, 0.0, placement.share),
        access_seconds=np.where(beyond, 0.0, placement.access_seconds),
        reason=reason,
    )


def _nearest_line(network: RoadNetwork, x: Floats, y: Floats, limit: float) -> tuple[Ints, Floats]:
    """Find the line each point belongs to and its distance, each (points,); beyond the limit just any near one."""
    along, against = network.edges_of_line
    name = np.array(network.classes, dtype=object)[network.road_class[np.where(along >= 0, along, against)]]
    closed = np.isin(name, NO_FRONTAGE) & (network.settings.mode != WALK)
    line, metres = np.full(len(x), -1), np.full(len(x), np.inf)
    if not closed.all():
        line, metres = _nearest_of(network, np.flatnonzero(~closed), x, y, limit)
    if closed.any():
        other, nearer = _nearest_of(network, np.flatnonzero(closed), x, y, limit)
        # On the carriageway itself, or where no road that doors open on to is within reach.
        better = (nearer < ON_ROAD_METRES) & (nearer + _TIE_METRES < metres) | (metres > limit) & (nearer <= limit)
        return np.where(better, other, line), np.where(better, nearer, metres)
    return line, metres


def _nearest_of(network: RoadNetwork, lines: Ints, x: Floats, y: Floats, limit: float) -> tuple[Ints, Floats]:
    """Find the nearest of some lines and its distance, each (points,); of equals the first that ends at the point."""
    tree = shapely.STRtree(network.lines[lines])
    points = shapely.points(x, y)
    (point, line), away = tree.query_nearest(points, all_matches=False, return_distance=True)
    nearest, metres = np.full(len(x), -1), np.full(len(x), np.inf)
    nearest[point], metres[point] = lines[line], away
    near = np.flatnonzero(metres <= limit)
    point, line = tree.query(points[near], predicate="dwithin", distance=metres[near] + _TIE_METRES)
    point, line = near[point], lines[line]
    ends = np.stack([network.line_start[line], network.line_start[line + 1] - 1])
    from_end = np.hypot(network.line_x[ends] - x[point], network.line_y[ends] - y[point]).min(axis=0)
    passes = from_end > metres[point] + _TIE_METRES
    order = np.lexsort((line, passes, point))
    first = order[np.unique(point[order], return_index=True)[1]]
    nearest[point[first]] = line[first]
    return nearest, metres


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
