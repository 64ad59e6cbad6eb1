"""The way in and out for NetworkX graphs as OSMnx makes them, and for the GraphML files it saves."""

from __future__ import annotations

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
from marketmap.travel.graph_lines import ILLUSTRATIVE, TURN_CLASS, Graph, lines_of_graph
from marketmap.travel.network import CRS, RoadNetwork, RoadSource
from marketmap.travel.osm import hash_file
from marketmap.travel.plain_text import plain
from marketmap.travel.speeds import check_speeds

GRAPHML = "graphml"
# Facts that `fetch roads` writes on the graph, and that travel on with the network: attribute to fact.
FETCHED = {
    "marketmap_place": "place",
    "marketmap_version": "fetched_by",
    "marketmap_filter": "filter",
    "marketmap_licence": "licence",
}
DATE = "marketmap_data_date"
# What `to_networkx` writes of the file that its roads are from.
_MADE_FROM, _MADE_FROM_SHA = "marketmap_made_from", "marketmap_made_from_sha256"

# OSMnx holds a whole file in memory as Python objects: 14 to 18 times its bytes, measured on Rutland.
_MEMORY_PER_BYTE = 18


def to_networkx(network: RoadNetwork) -> Graph:
    """Turn a network into a graph that OSMnx and NetworkX can work on.

    Nodes carry ``x`` and ``y`` (EPSG:27700, named in ``graph["crs"]``) and ``slows`` (``"yes"`` where roads meet and
    time is lost); edges carry ``length`` (metres), ``highway``, ``speed_kph`` (the speed driven), ``maxspeed`` (km/h,
    the posted limit, where one is known), ``built_up``, ``travel_time`` (seconds, the delay at its end included),
    ``osmid`` (the line's number, -1 inside a junction) and ``geometry``. Edges of class ``"turn"`` join the parts of a
    junction where turns are forbidden and take no time. The graph says what file the roads are from. `from_networkx`,
    and `read_roads` once OSMnx has saved the graph, make the same network of it, or another with other settings, also
    when OSMnx has reprojected it.
    """
    graph: Graph = nx.MultiDiGraph(crs=CRS, simplified=True)
    graph.graph.update(_about(network))
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
            # A number here too: OSMnx reads no file in which reprojecting has left gaps between whole numbers.
            facts |= {"highway": TURN_CLASS, "osmid": line}
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
        Where the graph is from; None: a note that it was handed over in memory, and what `to_networkx` wrote on it.

    Raises
    ------
    CrsError
        When the graph does not name its coordinate reference system.
    RoadsError
        When lengths are missing or negative, or no edge is of a class in the speed table.
    """
    settings = TravelSettings() if settings is None else settings
    check_speeds(settings)
    source = _source_of(graph, "a graph in memory", "") if source is None else source
    return assemble(lines_of_graph(graph, settings=settings, name=source.name), settings=settings, source=source)


def _about(network: RoadNetwork) -> dict[str, str]:
    """Write where a network is from as attributes of a graph, all text as GraphML has it."""
    source = network.source
    known = {key: source.facts[fact] for key, fact in FETCHED.items() if fact in source.facts}
    told = {_MADE_FROM: source.name, _MADE_FROM_SHA: source.sha256, DATE: source.date}
    return known | told | {ILLUSTRATIVE: "yes" if network.illustrative else "no"}


def _source_of(graph: Graph, name: str, sha256: str) -> RoadSource:
    about = graph.graph
    date = str(about.get(DATE) or about.get("created_date", ""))[:10]
    told = FETCHED | {_MADE_FROM: "made_from", _MADE_FROM_SHA: "made_from_sha256"}
    return RoadSource(
        name, date, sha256, {fact: plain(str(about[key])) for key, fact in told.items() if about.get(key)}
    )


def read_graphml(path: Path, *, settings: TravelSettings) -> tuple[RoadLines, RoadSource]:
    """Read a graph that OSMnx saved; errors as `from_networkx` and for a file that is not GraphML or is too large."""
    import osmnx  # noqa: PLC0415  slow to start, and only this reader needs it

    try:
        _check_memory(path)
        # Python's own XML parser: it opens no other file and stops entities that grow without end.
        graph = osmnx.load_graphml(path)
    except (AttributeError, TypeError) as error:
        raise RoadsError(
            f"{path.name} cannot be read: its values are not all text, as OSMnx writes them (networkx.write_graphml "
            "writes numbers). Save the graph with osmnx.save_graphml."
        ) from error
    except (ParseError, nx.NetworkXException, shapely.errors.ShapelyError, ValueError, LookupError, RecursionError,
            OSError) as error:  # fmt: skip
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
    return lines, _source_of(graph, path.name, hash_file(path))


def _check_memory(path: Path) -> None:
    """Refuse a file that would fill the machine's memory, which would otherwise end the program without a word."""
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if path.stat().st_size * _MEMORY_PER_BYTE > memory:
        raise MemoryError
