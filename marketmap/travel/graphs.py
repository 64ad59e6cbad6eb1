"""The way in and out for NetworkX graphs as OSMnx makes them, and for the GraphML files it saves."""

from __future__ import annotations

import math
from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeAlias
from xml.etree.ElementTree import ParseError  # only its name: NetworkX does the parsing

import networkx as nx
import numpy as np
import shapely
from pyproj import Transformer
from pyproj.exceptions import CRSError as UnknownCrs

from marketmap.errors import CrsError, RoadsError
from marketmap.settings import TravelSettings
from marketmap.travel.assembly import RoadLines, assemble
from marketmap.travel.builtup import judge_built_up
from marketmap.travel.network import CRS, Floats, RoadNetwork, RoadSource
from marketmap.travel.osm import hash_file
from marketmap.travel.speeds import check_speeds, parse_maxspeed

Graph: TypeAlias = "nx.MultiDiGraph[Any]"

# Road class of the instant edges inside a junction with forbidden turns.
TURN_CLASS = "turn"
GRAPHML = "graphml"


def to_networkx(network: RoadNetwork) -> Graph:
    """Turn a network into a graph that OSMnx and NetworkX can work on.

    Nodes carry ``x`` and ``y`` (EPSG:27700, named in ``graph["crs"]``); edges carry ``length`` (metres),
    ``highway``, ``maxspeed`` (km/h, the speed driven), ``built_up``, ``travel_time`` (seconds, the delay at its end
    included), ``osmid`` (the line's number) and ``geometry``. Edges of class ``"turn"`` join the parts of a junction
    where turns are forbidden and take no time.
    """
    graph: Graph = nx.MultiDiGraph(crs=CRS, simplified=True)
    graph.add_nodes_from((i, {"x": float(network.x[i]), "y": float(network.y[i])}) for i in range(network.n_nodes))
    seconds, tails = network.seconds(), network.tails
    shapes = network.lines
    for edge in range(network.n_edges):
        line = int(network.line[edge])
        facts: dict[str, Any] = {"length": float(network.metres[edge]), "travel_time": float(seconds[edge])}
        if line < 0:
            facts["highway"] = TURN_CLASS
        else:
            shape = shapely.reverse(shapes[line]) if network.against[edge] else shapes[line]
            facts |= {
                "highway": network.classes[network.road_class[edge]],
                "maxspeed": f"{network.kmh[edge]:.17g}",
                "built_up": "yes" if network.built_up[edge] else "no",
                "osmid": line,
                "geometry": shape,
            }
        graph.add_edge(int(tails[edge]), int(network.heads[edge]), **facts)
    return graph


def from_networkx(
    graph: Graph, *, settings: TravelSettings | None = None, source: RoadSource | None = None
) -> RoadNetwork:
    """Build a network from a graph as OSMnx makes it.

    Parameters
    ----------
    graph
        With ``graph["crs"]``, node ``x`` and ``y``, edge ``length`` (metres) and ``highway``; ``maxspeed``,
        ``lit``, ``built_up``, ``osmid`` and ``geometry`` where known. Where simplification merged roads of several
        classes into one edge, the slowest of them is taken. Forbidden turns are not carried over.
    settings
        None: the defaults.
    source
        Where the graph is from; None: a note that it was handed over in memory.

    Raises
    ------
    CrsError
        When the graph does not name its coordinate reference system.
    RoadsError
        When lengths are missing or negative, or no edge is of a class in the speed table.
    """
    settings = TravelSettings() if settings is None else settings
    check_speeds(settings)
    source = RoadSource("a graph in memory", "", "") if source is None else source
    return assemble(lines_of_graph(graph, settings=settings, name=source.name), settings=settings, source=source)


def read_graphml(path: Path, *, settings: TravelSettings) -> tuple[RoadLines, RoadSource]:
    """Read a graph that OSMnx saved; errors as `from_networkx` and for a file that is not GraphML."""
    import osmnx  # noqa: PLC0415  slow to start, and only this reader needs it

    try:
        graph = osmnx.load_graphml(path)
    except (ParseError, nx.NetworkXError, ValueError, KeyError, AttributeError, TypeError, OSError) as error:
        raise RoadsError(
            f"{path.name} cannot be read as a graph that OSMnx saved ({error}). Save it again with OSMnx, or use an "
            "OpenStreetMap extract (.osm.pbf)."
        ) from error
    lines = lines_of_graph(graph, settings=settings, name=path.name)
    created = str(graph.graph.get("created_date", ""))[:10]
    return lines, RoadSource(path.name, created, hash_file(path))


def lines_of_graph(graph: Graph, *, settings: TravelSettings, name: str) -> RoadLines:
    """Turn a graph's edges into stretches of road, the two directions of a street brought together."""
    position = _merged_nodes(graph)
    crs = graph.graph.get("crs")
    if not crs:
        raise CrsError(f'{name} does not name its coordinate reference system (graph attribute "crs").')
    edges = [edge for edge in graph.edges(keys=True, data=True) if _slowest_class(edge[3], settings)]
    if not edges:
        raise RoadsError(f"{name} holds no road of a class in the speed table. Use a graph of drivable roads.")
    _check_lengths(edges, name)
    places = _node_coordinates(graph, name)
    kept, along, against = _pair_directions(edges)
    chosen = [edges[i] for i in kept]
    shapes = [_shape(graph, u, v, data) for u, v, _, data in chosen]
    sizes = shapely.get_num_coordinates(shapes)
    try:
        project = Transformer.from_crs(crs, CRS, always_xy=True)
    except UnknownCrs as error:
        raise CrsError(f"{name}: the coordinate reference system {crs!r} is not known. Reproject and rerun.") from error
    line_x, line_y = project.transform(*shapely.get_coordinates(shapes).T)
    node_x, node_y = project.transform(*places.T)
    table, road = np.unique([_slowest_class(data, settings) for *_, data in chosen], return_inverse=True)
    classes = tuple(str(item) for item in table)
    metres = np.array([float(data["length"]) for *_, data in chosen])
    line_start = np.concatenate([[0], np.cumsum(sizes)])
    limit = np.array([_limit(data, way == 0) for (*_, data), way in zip(chosen, against, strict=True)], dtype=float)
    built_up = judge_built_up(
        line_start=line_start, line_x=line_x, line_y=line_y, metres=metres, road_class=road, classes=classes,
        maxspeed_kmh=limit, lit=np.array([str(data.get("lit", "")) for *_, data in chosen], dtype=object),
    )  # fmt: skip
    said = np.array([str(data.get("built_up", "")) for *_, data in chosen], dtype=object)
    return RoadLines(
        node_x=np.asarray(node_x, dtype=float),
        node_y=np.asarray(node_y, dtype=float),
        start=np.array([position[u] for u, *_ in chosen]),
        end=np.array([position[v] for _, v, *_ in chosen]),
        along=along,
        against=against,
        metres=metres,
        road_class=road,
        classes=classes,
        maxspeed_kmh=limit,
        built_up=np.where(said == "", built_up, said == "yes"),
        line_start=line_start,
        line_x=np.asarray(line_x, dtype=float),
        line_y=np.asarray(line_y, dtype=float),
    )


def _merged_nodes(graph: Graph) -> dict[Hashable, int]:
    """Give each node a number, one for all that a junction was taken apart into."""
    inside: nx.Graph[Any] = nx.Graph(
        (u, v) for u, v, data in graph.edges(data=True) if data.get("highway") == TURN_CLASS
    )
    number = {node: i for i, node in enumerate(graph.nodes)}
    for part in nx.connected_components(inside):
        lowest = min(number[node] for node in part)
        number.update(dict.fromkeys(part, lowest))
    return number


def _node_coordinates(graph: Graph, name: str) -> Floats:
    try:
        return np.array([(data["x"], data["y"]) for _, data in graph.nodes(data=True)], dtype=float)
    except (KeyError, ValueError) as error:
        raise RoadsError(f"{name} has nodes without x and y. Save it again with OSMnx.") from error


def _slowest_class(data: dict[str, Any], settings: TravelSettings) -> str:
    """Class of an edge; of a list the one driven slowest, blank when none is in the table."""
    value = data.get("highway", "")
    known = [name for name in (value if isinstance(value, list) else [value]) if name in settings.speeds_kmh]
    return min(known, key=lambda name: np.min(settings.speeds_kmh[name]), default="")


def _limit(data: dict[str, Any], one_way: bool) -> float:
    value = data.get("maxspeed", "")
    text = ";".join(str(item) for item in value) if isinstance(value, list) else str(value)
    return parse_maxspeed(text, dual=one_way)


def _check_lengths(edges: list[Any], name: str) -> None:
    lengths = [data.get("length") for *_, data in edges]
    missing = sum(length is None for length in lengths)
    if missing:
        raise RoadsError(
            f"{name}: {missing:,} of {len(edges):,} edges have no length. Add them (osmnx.distance.add_edge_lengths) "
            "and save it again."
        )
    wrong = sum(not _is_length(length) for length in lengths)
    if wrong:
        raise RoadsError(f"{name}: {wrong:,} edges have a length that is negative or not a number. Correct them.")


def _is_length(value: Any) -> bool:
    try:
        return math.isfinite(float(value)) and float(value) >= 0
    except (TypeError, ValueError):
        return False


def _pair_directions(edges: list[Any]) -> tuple[list[int], np.ndarray, np.ndarray]:
    """Match each edge with the one that runs back along the same road: same ends, way and length to a metre."""
    waiting: dict[tuple[Any, ...], list[int]] = {}
    kept: list[int] = []
    two_way: list[bool] = []
    place: dict[int, int] = {}
    for i, (u, v, _, data) in enumerate(edges):
        way = data.get("osmid")
        name = frozenset(way) if isinstance(way, list) else way
        back = waiting.get((v, u, name), [])
        same = next((j for j in back if abs(edges[j][3]["length"] - data["length"]) < 1.0), None)
        if same is None or (u == v and name is None):
            place[i] = len(kept)
            kept.append(i)
            two_way.append(False)
            waiting.setdefault((u, v, name), []).append(i)
        else:
            back.remove(same)
            two_way[place[same]] = True
    return kept, np.ones(len(kept), dtype=bool), np.array(two_way)


def _shape(graph: Graph, u: Hashable, v: Hashable, data: dict[str, Any]) -> Any:
    shape = data.get("geometry")
    if shape is not None and shape.geom_type == "LineString":
        return shape
    ends = [(float(graph.nodes[node]["x"]), float(graph.nodes[node]["y"])) for node in (u, v)]
    return shapely.linestrings(ends)
