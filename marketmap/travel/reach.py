"""How far one gets by road in so many minutes, as areas for a map.

Times are exact to the spot on each road where the minutes run out, from both ends of it and out from where the journey
begins. The area is the land within a fixed distance of a road that is reached: what is left of the minutes when one
turns off the road hardly matters on a map, and one distance everywhere lets a reader see which roads are meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra
from shapely import Point
from shapely.ops import substring

from marketmap.errors import MAX_EXAMPLES, RoadsError
from marketmap.travel.network import CRS, OFF_PEAK, Floats, Ints, RoadNetwork
from marketmap.travel.placing import Placement, place_points
from marketmap.travel.splitting import split_roads

HULL_METRES = 250.0
# Shares of the hull: how much shapes are straightened before and after they are widened.
_BEFORE, _AFTER = 1 / 20, 1 / 3
_HOLE_HULLS = 16.0  # a hole smaller than this many squares of the hull is filled: a field, not a place out of reach
_ARC_STEPS = 3  # straight pieces in a quarter of a circle

Shapes = NDArray[Any]


def reach(
    network: RoadNetwork,
    origin: Point | gpd.GeoSeries,
    minutes: float | Sequence[float],
    *,
    scenario: str = OFF_PEAK,
    hull_metres: float = HULL_METRES,
) -> gpd.GeoDataFrame:
    """Draw the areas that can be reached from a place within so many minutes.

    Parameters
    ----------
    network
        The roads.
    origin
        One point in EPSG:27700, or points in any coordinate reference system, each looked at by itself.
    minutes
        One limit or several, door to road: the straight leg from the door to its road counts.
    scenario
        Which traffic, off-peak as for `travel_matrix`; a run's own is ``network.settings.scenario``.
    hull_metres
        How wide the area is on either side of a road that is reached. Its edge is straightened by up to a third of
        that, so a reached road lies at least half as far inside it, and what lies further outside a road than one and
        a half times as far is not in it, but for holes smaller than sixteen such squares (1 km² at 250 m), which are
        filled.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:27700, a row for each origin and limit: ``origin`` (its index, 0 for a single point), ``minutes``,
        ``reason`` (why the area is empty, else blank) and ``geometry``, valid (Multi)Polygons; that of fewer minutes
        lies in that of more, to the width of a rounding error.

    Raises
    ------
    RoadsError
        When no origin can be placed, naming up to three and why; for minutes or a hull that are not above 0, and
        as `place_points` and `travel_matrix`.
    """
    limits = np.atleast_1d(np.asarray(minutes, dtype=float))
    if limits.ndim != 1 or not len(limits) or not (np.isfinite(limits) & (limits > 0)).all():
        raise RoadsError(f"Minutes must be above 0, and are {minutes}. Give a number or a list of them.")
    if not (np.isfinite(hull_metres) and hull_metres > 0):
        raise RoadsError(f"hull_metres must be above 0, and is {hull_metres}.")
    points = gpd.GeoSeries([origin], crs=CRS) if isinstance(origin, Point) else origin
    placement = place_points(network, points)
    _check_placed(placement)
    graph, (node,) = split_roads(network, [placement], scenario=scenario)
    seconds, matrix = network.split_seconds(scenario)[0], graph.matrix()
    areas: list[Any] = []
    reasons: list[str] = []
    for i in range(len(points)):
        left = limits * 60.0 - placement.access_seconds[i]
        if node[i] < 0:
            made, why = [shapely.Polygon()] * len(limits), [str(placement.reason[i])] * len(limits)
        else:
            at_node = dijkstra(matrix, indices=node[i], limit=max(left.max(), 0.0))[: network.n_nodes]
            made = _areas(network, placement, i, at_node, seconds, left, hull_metres)
            why = ["" if one > 0 else "the road is further away than that" for one in left]
        areas += made
        reasons += why
    return gpd.GeoDataFrame(
        {
            "origin": points.index.repeat(len(limits)),
            "minutes": np.tile(limits, len(points)),
            "reason": reasons,
        },
        geometry=gpd.GeoSeries(areas, crs=CRS),
    )


def _check_placed(placement: Placement) -> None:
    if placement.placed.any():
        return
    unplaced = placement.unplaced()
    shown = "; ".join(f"{name} {row['reason']}" for name, row in unplaced.iloc[:MAX_EXAMPLES].iterrows())
    raise RoadsError(f"No origin lies on the roads: {shown or 'there is none'}. Give points near a road.")


def _areas(
    network: RoadNetwork, placement: Placement, i: int, at_node: Floats, seconds: Floats, left: Floats, hull: float
) -> list[Any]:
    """Draw the area for each number of seconds left on the road, (limits,)."""
    made: list[Any] = [shapely.Polygon()] * len(left)
    raw: Any = shapely.Polygon()
    area: Any = shapely.Polygon()
    before = np.zeros((2, network.n_lines))
    for position in np.argsort(left, kind="stable"):
        if left[position] <= 0:
            continue
        shares = reached_shares(network, at_node, seconds, left[position])
        # Only roads that are reached further than before can widen the area.
        further = np.asarray((shares > before).any(axis=0))
        further[placement.line[i]] = True
        before = shares
        here = _spread(network, placement, i, seconds, left[position])
        parts = np.concatenate([_parts(network.lines, shares, np.flatnonzero(further)), here])
        wide = shapely.buffer(shapely.simplify(parts, hull * _BEFORE), hull, quad_segs=_ARC_STEPS)
        raw = shapely.union_all([raw, *wide])
        plain = shapely.simplify(_without_small_holes(raw, _HOLE_HULLS * hull**2), hull * _AFTER)
        area = shapely.union_all([area, plain])
        made[position] = area
    return made


def reached_shares(network: RoadNetwork, at_node: Floats, seconds: Floats, left: float) -> Floats:
    """Work out how much of each line is reached from its first end and from its last, (2, lines), 0 to 1.

    Parameters
    ----------
    at_node
        Seconds to each node of the network, ``inf`` where there is no way, (nodes,).
    seconds
        To drive along each edge, without the junction at its end, (edges,).
    left
        Seconds there are.
    """
    shares = np.zeros((2, network.n_lines))
    for way, edges in enumerate(network.edges_of_line):
        is_open = np.flatnonzero(edges >= 0)
        edge = edges[is_open]
        spare = left - at_node[network.tails[edge]]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(seconds[edge] > 0, spare / seconds[edge], 1.0)
        shares[way, is_open] = np.where(spare > 0, np.minimum(share, 1.0), 0.0)
    return shares


def _parts(lines: Shapes, shares: Floats, which: Ints) -> Shapes:
    """Cut lines to what is reached of them."""
    whole = shares[:, which].sum(axis=0) >= 1.0
    parts = [lines[which[whole]]]
    for way in (0, 1):
        some = which[~whole & (shares[way, which] > 0)]
        spans = [(0.0, share) if way == 0 else (1.0 - share, 1.0) for share in shares[way, some]]
        cut = [substring(line, *span, normalized=True) for line, span in zip(lines[some], spans, strict=True)]
        parts.append(np.array(cut, dtype=object))
    return np.concatenate(parts)


def _spread(network: RoadNetwork, placement: Placement, i: int, seconds: Floats, left: float) -> Shapes:
    """Cut out the part of the origin's own line that is reached before its ends are."""
    line, share = placement.line[i], placement.share[i]
    along, against = (edges[line] for edges in network.edges_of_line)
    forth = left / max(seconds[along], 1e-9) if along >= 0 else 0.0
    back = left / max(seconds[against], 1e-9) if against >= 0 else 0.0
    part = substring(network.lines[line], max(share - back, 0.0), min(share + forth, 1.0), normalized=True)
    return np.array([part], dtype=object)


def _without_small_holes(area: Any, least: float) -> Any:
    parts = shapely.get_parts(area)
    filled = [
        shapely.Polygon(part.exterior, [ring for ring in part.interiors if shapely.Polygon(ring).area >= least])
        for part in parts
    ]
    return shapely.union_all(filled)
