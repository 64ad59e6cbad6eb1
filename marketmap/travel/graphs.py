"""The way in and out for NetworkX graphs as OSMnx makes them, and for the GraphML files it saves."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError  # only its name: NetworkX does the parsing

import networkx as nx
import numpy as np
import shapely

from marketmap.errors import RoadsError
from marketmap.settings import TravelSettings
from marketmap.travel.assembly import RoadLines, assemble
from marketmap.travel.graph_lines import TURN_CLASS, Graph, lines_of_graph
from marketmap.travel.network import CRS, RoadNetwork, RoadSource
from marketmap.travel.osm import hash_file
from marketmap.travel.speeds import check_speeds, junction_delay

GRAPHML = "graphml"
# Facts that `fetch roads` writes on the graph, and that travel on with the network: attribute to fact.
FETCHED = {
    "marketmap_place": "place",
    "marketmap_version": "fetched_by",
    "marketmap_filter": "filter",
    "marketmap_licence": "licence",
}
DATE = "marketmap_data_date"

# OSMnx holds a whole file in memory as Python objects: 14 to 18 times its bytes, measured on Rutland.
_MEMORY_PER_BYTE = 18
_MILLIMETRE = 3  # decimals


def to_networkx(network: RoadNetwork) -> Graph:
    """Turn a network into a graph that OSMnx and NetworkX can work on.

    Nodes carry ``x`` and ``y`` (EPSG:27700, named in ``graph["crs"]``) and ``slows`` (``"yes"`` where roads meet and
    time is lost); edges carry ``length`` (metres), ``highway``, ``speed_kph`` (the speed driven), ``maxspeed`` (km/h,
    the posted limit, where one is known), ``built_up``, ``travel_time`` (seconds, the delay at its end included),
    ``osmid`` (the line's number) and ``geometry``. Edges of class ``"turn"`` join the parts of a junction where turns
    are forbidden and take no time.
    """
    graph: Graph = nx.MultiDiGraph(crs=CRS, simplified=True)
    slows = np.zeros(network.n_nodes, dtype=bool)
    slows[network.heads[network.delay > 0]] = True
    # Without delays nobody knows where they would be: arms are counted again.
    marks = [{"slows": "yes" if slow else "no"} for slow in slows] if slows.any() else [{}] * network.n_nodes
    graph.add_nodes_from(
        (i, {"x": float(network.x[i]), "y": float(network.y[i])} | marks[i]) for i in range(network.n_nodes)
    )
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
                "speed_kph": float(network.kmh[edge]),
                "built_up": "yes" if network.built_up[edge] else "no",
                "osmid": line,
                "geometry": shape,
            }
            if len(network.limit_kmh) and np.isfinite(network.limit_kmh[edge]):
                facts["maxspeed"] = f"{network.limit_kmh[edge]:.17g}"
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
        ``lit``, ``built_up``, ``osmid``, ``geometry``, access tags and nodes' ``barrier`` where known. Where
        simplification merged roads of several classes or limits into one edge, they share it equally
        (`graph_lines`). A graph from `to_networkx` keeps its forbidden turns; others have none.
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
    network = assemble(lines_of_graph(graph, settings=settings, name=source.name), settings=settings, source=source)
    return _carry_delays(network, graph)


def _carry_delays(network: RoadNetwork, graph: Graph) -> RoadNetwork:
    """Put delays where the graph says that junctions slow: it may lack arms that were cut off when it was made."""
    told: dict[tuple[float, float], bool] = {}
    for _, data in graph.nodes(data=True):
        if "slows" in data:
            place = (round(data["x"], _MILLIMETRE), round(data["y"], _MILLIMETRE))
            # A junction taken apart is one place: cars slow where they arrive at it.
            told[place] = told.get(place, False) or data["slows"] == "yes"
    if not told:
        return network
    places = zip(network.x.tolist(), network.y.tolist(), strict=True)
    here = [told.get((round(x, _MILLIMETRE), round(y, _MILLIMETRE))) for x, y in places]
    known = np.array([mark is not None for mark in here])[network.heads] & (network.line >= 0)
    slow = np.array([bool(mark) for mark in here])[network.heads]
    delay = np.where(known, junction_delay(network.settings) * slow, network.delay)
    return dataclasses.replace(network, delay=delay)


def read_graphml(path: Path, *, settings: TravelSettings) -> tuple[RoadLines, RoadSource]:
    """Read a graph that OSMnx saved; errors as `from_networkx` and for a file that is not GraphML or is too large."""
    import osmnx  # noqa: PLC0415  slow to start, and only this reader needs it

    try:
        _check_memory(path)
        # Python's own XML parser: it opens no other file and stops entities that grow without end.
        graph = osmnx.load_graphml(path)
    except (ParseError, nx.NetworkXException, shapely.errors.ShapelyError, ValueError, LookupError, AttributeError,
            TypeError, RecursionError, OSError) as error:  # fmt: skip
        raise RoadsError(
            f"{path.name} cannot be read as a graph that OSMnx saved ({error}). Save it again with OSMnx, or use an "
            "OpenStreetMap extract (.osm.pbf)."
        ) from error
    except MemoryError as error:
        raise RoadsError(
            f"{path.name} ({path.stat().st_size / 1e6:,.0f} MB) is too large to be read as GraphML on this machine. "
            "Use an OpenStreetMap extract (.osm.pbf) of the county."
        ) from error
    lines = lines_of_graph(graph, settings=settings, name=path.name)
    about = graph.graph
    date = str(about.get(DATE) or about.get("created_date", ""))[:10]
    facts = {fact: str(about[key]) for key, fact in FETCHED.items() if key in about}
    return lines, RoadSource(path.name, date, hash_file(path), facts)


def _check_memory(path: Path) -> None:
    """Refuse a file that would fill the machine's memory, which would otherwise end the program without a word."""
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if path.stat().st_size * _MEMORY_PER_BYTE > memory:
        raise MemoryError
