"""Where a road file stops: main roads that end with nothing beyond, as they do where an extract was cut.

A lane may end in a field; an A road does not. Journeys near such an end may be far too long, for the way that people
take is not in the file.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import KDTree

from marketmap.travel.network import Floats, RoadNetwork

MAIN_CLASSES = ("motorway", "trunk", "primary", "secondary", "tertiary")
# The circle ahead of an end that holds next to no roads where the file stops there: its middle lies so far ahead,
# it is so wide, and it holds at most so many stretches (a cut bend may come back into the file).
_AHEAD_METRES, _CIRCLE_METRES, _MOST_BEYOND = 1000.0, 800.0, 3
_SAME_NODE_METRES = 0.1


def find_road_ends(network: RoadNetwork) -> pd.DataFrame:
    """Find the main roads that the file's edge cuts.

    An end counts where a road of class motorway to tertiary arrives at a node with one neighbour and next to no road
    lies in a circle of 800 m round the spot 1 km further on. On Rutland's extract, cut at the border, that finds 20 of
    the 21 dead ends of main roads, and leaves out the one that is a real one, in a village.

    Parameters
    ----------
    network
        The roads; illustrative ones have no edge.

    Returns
    -------
    pandas.DataFrame
        ``easting``, ``northing`` (EPSG:27700 metres), ``road_class``; sorted by place.
    """
    names = ["easting", "northing", "road_class"]
    if network.illustrative or not network.n_lines:
        return pd.DataFrame({"easting": np.empty(0), "northing": np.empty(0), "road_class": np.empty(0, dtype=object)})
    first, last = network.line_start[:-1], network.line_start[1:] - 1
    ends = np.concatenate([first, last])
    place = np.column_stack([network.line_x[ends], network.line_y[ends]])
    node = np.unique(np.rint(place / _SAME_NODE_METRES), axis=0, return_inverse=True)[1].ravel()
    line = np.tile(np.arange(network.n_lines), 2)
    other = np.roll(node, network.n_lines)
    # By neighbours, not lines: a graph may hold the two ways of a street as two.
    pairs = np.unique(np.column_stack([node, other])[node != other], axis=0)
    neighbours = np.bincount(pairs[:, 0], minlength=int(node.max()) + 1)
    road_class = line_classes(network)[line]
    found = np.flatnonzero((neighbours[node] == 1) & (node != other) & np.isin(road_class, MAIN_CLASSES))
    found = found[np.unique(node[found], return_index=True)[1]]
    before = np.concatenate([first + 1, last - 1])[found]
    step = place[found] - np.column_stack([network.line_x[before], network.line_y[before]])
    length = np.hypot(step[:, 0], step[:, 1])
    ahead = place[found] + _AHEAD_METRES * step / np.maximum(length, _SAME_NODE_METRES)[:, None]
    circle = shapely.points(ahead)
    near = shapely.STRtree(network.lines).query(circle, predicate="dwithin", distance=_CIRCLE_METRES)[0]
    cut = found[np.bincount(near, minlength=len(found)) <= _MOST_BEYOND]
    table = pd.DataFrame({"easting": place[cut, 0], "northing": place[cut, 1], "road_class": road_class[cut]})
    return table.sort_values(names, ignore_index=True)


def metres_to_end(road_ends: pd.DataFrame, places: pd.DataFrame) -> Floats:
    """Measure metres from each place (``easting``, ``northing``) to the nearest end, (places,); ``inf`` without one."""
    if road_ends.empty or places.empty:
        return np.full(len(places), np.inf)
    tree = KDTree(road_ends[["easting", "northing"]].to_numpy(dtype=float))
    return np.asarray(tree.query(places[["easting", "northing"]].to_numpy(dtype=float))[0], dtype=float)


def line_classes(network: RoadNetwork) -> np.ndarray:
    """Name the road class of each line, (lines,)."""
    along, against = network.edges_of_line
    names = np.array(network.classes, dtype=object)
    return np.asarray(names[network.road_class[np.where(along >= 0, along, against)]])
