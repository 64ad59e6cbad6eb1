"""Turns the edges of a NetworkX graph, as OSMnx makes them, into stretches of road.

Where simplification merged ways into one edge, OSMnx keeps the values of each tag as a list and forgets where each was.
Such an edge is cut into equal parts, one for each class (that is the mean pace of the classes), and the highest limit
holds along it. On Rutland's roads, merged by OSMnx's defaults, 2,000 node-to-node times are then 1.0000 (median) and
1.006 (mean) of those on the roads as they are, 51 % within 1 %; with the slowest class and the lowest limit they are
1.019 and 1.031, 32 % within 1 %, for a limit is often tagged only where a village begins, on the shorter part.
`fetch` writes files without such edges.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import networkx as nx
import numpy as np
import shapely
from pyproj import Transformer
from pyproj.exceptions import CRSError as UnknownCrs
from shapely.ops import substring

from marketmap.errors import CrsError, RoadsError
from marketmap.settings import WALK, TravelSettings
from marketmap.travel.assembly import RoadLines
from marketmap.travel.builtup import judge_built_up
from marketmap.travel.network import CRS, Floats, Ints
from marketmap.travel.speeds import parse_maxspeed
from marketmap.travel.tags import (
    ACCESS_KEYS,
    FOOT_KEYS,
    WAY_KEYS,
    Rules,
    is_path_barrier,
    rules_of,
)
from marketmap.travel.turns import Turns

Graph: TypeAlias = "nx.MultiDiGraph[Any]"
Edge: TypeAlias = tuple[Hashable, Hashable, dict[str, Any]]

# Road class of the instant edges inside a junction with forbidden turns.
TURN_CLASS = "turn"
# Graph attribute that says whether the roads are made up.
ILLUSTRATIVE = "marketmap_illustrative"
# Tags that may close an edge; those that say which way it runs have made the edges.
_ACCESS_TAGS = tuple(
    key for key in WAY_KEYS if key.split(":")[0] in {*ACCESS_KEYS, *FOOT_KEYS} or key in {"motorroad", "oneway:foot"}
)
_SLOWS = {"yes": 1, "no": 0}
_LONGEST_METRES = 1e6
_MOST_PARALLEL = 20  # roads between the same two junctions that a way back is looked for among
_SAME_METRES = 1.0  # the two directions of a street differ by no more than rounding


@dataclass(frozen=True)
class _Stretch:
    """A stretch of road in the graph's own coordinates; ``first`` and ``last`` are node numbers."""

    first: int
    last: int
    two_way: bool
    metres: float
    road_class: str
    limit: float
    lit: str
    built_up: str
    shape: Any


def lines_of_graph(graph: Graph, *, settings: TravelSettings, name: str) -> RoadLines:
    """Turn a graph's edges into stretches of road, the two directions of a street brought together.

    Edges that the access tags they carry close to cars are left out, and a road ends at a node whose tags say
    that a barrier stops cars there, as `read_osm` has it. Errors as `from_networkx`.
    """
    crs = graph.graph.get("crs")
    if not crs:
        raise CrsError(f'{name} does not name its coordinate reference system (graph attribute "crs").')
    if not graph.is_directed():
        raise RoadsError(
            f"{name} does not say which way its roads run: the graph is undirected, so one-way streets are lost. "
            "Save the directed graph, before osmnx.convert.to_undirected."
        )
    rules = rules_of(settings)
    edges: list[Edge] = [
        (u, v, data) for u, v, data in graph.edges(data=True) if _classes(data, rules) and _is_open(data, rules)
    ]
    if not edges:
        raise RoadsError(f"{name} holds no road of a class in the speed table. Use a graph of drivable roads.")
    _check_lengths(edges, name)
    places = _node_coordinates(graph, name)
    joined = _Joints(graph, places, rules)
    line_of, turned, two_way = _pair_directions(edges, joined.number)
    kept = np.unique(line_of, return_index=True)[1]
    if settings.mode == WALK:  # the one-way streets of cars are walked both ways
        two_way = np.array([_is_open(edges[i][2], rules, back=True) for i in kept], dtype=bool)
    stretches: list[_Stretch] = []
    ends: list[tuple[int, int]] = []  # first and last stretch of each line
    for edge, both in zip(kept, two_way, strict=True):
        before = len(stretches)
        stretches += _stretches(graph, edges[edge], joined, both, rules)
        ends.append((before, len(stretches) - 1))
    lines = _to_grid(stretches, joined, crs, name)
    turns = _forbidden_turns(graph, edges, line_of, turned, ends, joined.number)
    told = str(graph.graph.get(ILLUSTRATIVE, "no"))
    return RoadLines(**lines, turns=turns, slows=joined.slows(), illustrative=told == "yes")


def closes_road(node: dict[str, Any], rules: Rules) -> bool:
    """Whether a node's barrier ends the road; a stile stands on a path, where the graph shows no paths."""
    if "barrier" not in node or (is_path_barrier(node) and "path" not in rules.classes):
        return False
    return rules.blocked(node)


class _Joints:
    """Numbers of the nodes: one for all that a junction was taken apart into, a new one for each road at a barrier."""

    def __init__(self, graph: Graph, places: Floats, rules: Rules) -> None:
        inside: nx.Graph[Any] = nx.Graph(
            (u, v) for u, v, data in graph.edges(data=True) if data.get("highway") == TURN_CLASS
        )
        self.number = {node: i for i, node in enumerate(graph.nodes)}
        for part in nx.connected_components(inside):
            lowest = min(self.number[node] for node in part)
            self.number.update(dict.fromkeys(part, lowest))
        self.places = places.tolist()
        self._slows = np.full(len(self.places), -1)
        for node, data in graph.nodes(data=True):
            # A junction taken apart is one place: cars slow where they arrive at it.
            place = self.number[node]
            self._slows[place] = max(self._slows[place], _SLOWS.get(str(data.get("slows")), -1))
        self._barriers = {node for node, data in graph.nodes(data=True) if closes_road(data, rules)}

    def end(self, node: Hashable) -> int:
        if node not in self._barriers:
            return self.number[node]
        return self.add(self.places[self.number[node]])

    def add(self, place: Any) -> int:
        self.places.append(tuple(place))
        return len(self.places) - 1

    def slows(self) -> Ints:
        """Return `RoadLines.slows` of the nodes so far, those added since not told of; empty if none is."""
        if (self._slows < 0).all():
            return np.empty(0, dtype=np.int64)
        return np.concatenate([self._slows, np.full(len(self.places) - len(self._slows), -1)])


def _stretches(graph: Graph, edge: Edge, joined: _Joints, two_way: bool, rules: Rules) -> Iterator[_Stretch]:
    u, v, data = edge
    parts = _parts(data, rules, one_way=not two_way)
    shape = _shape(graph, u, v, data)
    if shape.length == 0:
        parts = parts[:1]
    lit = data.get("lit", "")
    count = len(parts)
    first = joined.end(u)
    for i, (name, limit) in enumerate(parts):
        piece = shape if count == 1 else substring(shape, i / count, (i + 1) / count, normalized=True)
        last = joined.end(v) if i == count - 1 else joined.add(piece.coords[-1])
        yield _Stretch(
            first, last, two_way, float(data["length"]) / count, name, limit,
            "" if isinstance(lit, list) else str(lit), str(data.get("built_up", "")), piece,
        )  # fmt: skip
        first = last


def _to_grid(stretches: list[_Stretch], joined: _Joints, crs: Any, name: str) -> dict[str, Any]:
    """Gather stretches into the arrays of `RoadLines`, reprojected."""
    try:
        project = Transformer.from_crs(crs, CRS, always_xy=True)
    except UnknownCrs as error:
        raise CrsError(f"{name}: the coordinate reference system {crs!r} is not known. Reproject and rerun.") from error
    shapes = [item.shape for item in stretches]
    line_x, line_y = project.transform(*shapely.get_coordinates(shapes).T)
    node_x, node_y = project.transform(*np.array(joined.places, dtype=float).T)
    if not (np.isfinite(line_x).all() and np.isfinite(node_x).all()):
        raise CrsError(
            f"{name}: places do not fit the coordinate reference system {crs!r} that it names. Correct it and rerun."
        )
    table, road = np.unique([item.road_class for item in stretches], return_inverse=True)
    shape: dict[str, Any] = {
        "metres": np.array([item.metres for item in stretches]),
        "road_class": road,
        "classes": tuple(str(item) for item in table),
        "maxspeed_kmh": np.array([item.limit for item in stretches], dtype=float),
        "line_start": np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(shapes))]),
        "line_x": np.asarray(line_x, dtype=float),
        "line_y": np.asarray(line_y, dtype=float),
    }
    built_up = judge_built_up(**shape, lit=np.array([item.lit for item in stretches], dtype=object))
    said = np.array([item.built_up for item in stretches], dtype=object)
    return shape | {
        "node_x": np.asarray(node_x, dtype=float),
        "node_y": np.asarray(node_y, dtype=float),
        "start": np.array([item.first for item in stretches]),
        "end": np.array([item.last for item in stretches]),
        "along": np.ones(len(stretches), dtype=bool),
        "against": np.array([item.two_way for item in stretches]),
        "built_up": np.where(said == "", built_up, said == "yes"),
    }


def _node_coordinates(graph: Graph, name: str) -> Floats:
    try:
        return np.array([(data["x"], data["y"]) for _, data in graph.nodes(data=True)], dtype=float)
    except (KeyError, ValueError, TypeError) as error:
        raise RoadsError(f"{name} has nodes without x and y. Save it again with OSMnx.") from error


def _values(value: Any) -> list[str]:
    return list(dict.fromkeys(str(item) for item in value)) if isinstance(value, list) else [str(value)]


def _classes(data: dict[str, Any], rules: Rules) -> list[str]:
    """Classes of an edge that are read at all, each once, in a fixed order."""
    tags = {key: str(data[key]) for key in ("route", "area", "service") if key in data}
    names = {rules.road_class(tags | {"highway": name}) for name in _values(data.get("highway", ""))}
    return sorted(names & rules.classes)


def _parts(data: dict[str, Any], rules: Rules, *, one_way: bool) -> list[tuple[str, float]]:
    """Class and limit of each part of an edge."""
    classes = _classes(data, rules)
    limits: list[float] = []
    for key in ("maxspeed", "maxspeed:type"):
        found = {parse_maxspeed(text, dual=one_way or "motorway" in classes) for text in _values(data.get(key, ""))}
        limits = limits or [limit for limit in found if not math.isnan(limit)]
    return [(name, max(limits, default=math.nan)) for name in classes]


def _is_open(data: dict[str, Any], rules: Rules, *, back: bool = False) -> bool:
    """Whether the tags on an edge, if any, leave it open; merged ways are one after the other, so all must."""
    lists = {key: _values(data[key]) for key in _ACCESS_TAGS if key in data}
    if not lists:
        return True
    way = {"highway": _values(data.get("highway", ""))[0], "oneway": "no"}
    against = (data.get("reversed") is True) != back
    for i in range(max(len(values) for values in lists.values())):
        tags = way | {key: values[i % len(values)] for key, values in lists.items()}
        if not rules.directions(tags)[1 if against else 0]:
            return False
    return True


def _check_lengths(edges: list[Edge], name: str) -> None:
    lengths = [data.get("length") for *_, data in edges]
    missing = sum(length is None for length in lengths)
    if missing:
        raise RoadsError(
            f"{name}: {missing:,} of {len(edges):,} edges have no length. Add them (osmnx.distance.add_edge_lengths) "
            "and save it again."
        )
    wrong = sum(not _is_length(length) for length in lengths)
    if wrong:
        raise RoadsError(
            f"{name}: {wrong:,} edges have a length that is negative, not a number or above 1,000 km. Correct them."
        )


def _is_length(value: Any) -> bool:
    try:
        return 0 <= float(value) <= _LONGEST_METRES
    except (TypeError, ValueError):
        return False


def _pair_directions(edges: list[Edge], number: dict[Hashable, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Match each edge with the one that runs back along the same road: same ends, way, length and shape.

    Returns
    -------
    line_of, turned, two_way
        Line of each edge and whether it runs against it, (edges,); whether each line is open both ways, (lines,).
    """
    waiting: dict[tuple[Any, ...], list[int]] = {}
    line_of, turned = np.full(len(edges), -1), np.zeros(len(edges), dtype=bool)
    two_way: list[bool] = []
    for i, (u, v, data) in enumerate(edges):
        way = data.get("osmid")
        name = frozenset(way) if isinstance(way, list) else way
        start, end = number[u], number[v]
        back = waiting.get((end, start, name), [])
        same = next((j for j in back[-_MOST_PARALLEL:] if _runs_back(edges[j][2], data)), None)
        if same is None or (start == end and name is None):
            line_of[i] = len(two_way)
            two_way.append(False)
            waiting.setdefault((start, end, name), []).append(i)
        else:
            back.remove(same)
            line_of[i], turned[i] = line_of[same], True
            two_way[line_of[same]] = True
    return line_of, turned, np.array(two_way, dtype=bool)


def _runs_back(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two edges between the same ends are one road: the two halves of a roundabout are not."""
    if abs(float(one["length"]) - float(other["length"])) >= _SAME_METRES:
        return False
    shapes = one.get("geometry"), other.get("geometry")
    if any(shape is None for shape in shapes):
        return True
    here, there = (shapely.get_coordinates(shape) for shape in shapes)
    return here.shape == there.shape and np.allclose(here, there[::-1], rtol=1e-9, atol=0)


def _forbidden_turns(
    graph: Graph, edges: list[Edge], line_of: np.ndarray, turned: np.ndarray, ends: list[tuple[int, int]],
    number: dict[Hashable, int],
) -> Turns:  # fmt: skip
    """Find the turns that a junction taken apart does not allow: those between roads no instant edge joins."""
    allowed = {(u, v) for u, v, data in graph.edges(data=True) if data.get("highway") == TURN_CLASS}
    inside = {node for pair in allowed for node in pair}
    arriving: dict[int, list[tuple[Hashable, int]]] = {}
    leaving: dict[int, list[tuple[Hashable, int]]] = {}
    for (u, v, _), line, back in zip(edges, line_of.tolist(), turned.tolist(), strict=True):
        first, last = ends[line][::-1] if back else ends[line]
        if v in inside:
            arriving.setdefault(number[v], []).append((v, last))
        if u in inside:
            leaving.setdefault(number[u], []).append((u, first))
    banned = [
        (came, node, goes)
        for node, roads in arriving.items()
        for door_in, came in roads
        for door_out, goes in leaving.get(node, [])
        if (door_in, door_out) not in allowed and door_in != door_out
    ]
    table = np.array(banned, dtype=np.int64).reshape(-1, 3)
    return Turns(table[:, 0], table[:, 1], table[:, 2])


def _shape(graph: Graph, u: Hashable, v: Hashable, data: dict[str, Any]) -> Any:
    shape = data.get("geometry")
    if shape is not None and shape.geom_type == "LineString" and not shape.is_empty:
        return shape
    ends = [(float(graph.nodes[node]["x"]), float(graph.nodes[node]["y"])) for node in (u, v)]
    return shapely.linestrings(ends)
