"""Downloads the roads of a county once, into a file that all later runs read.

What is asked for is what `read_roads` would drive (or walk): every way of a class in the speed table. What is sent is
the name of the place, to the geocoder, and its outline, to the map server; nothing of the council's tables is opened
here. Ways are kept apart where one ends and the next begins (``simplify_graph(edge_attrs_differ=["osmid"])``), so that
no edge mixes classes, limits, lighting or access. For Rutland that file has 6.5 MB; every bend as a node of its own
takes 18 MB, and merging across ways saves no more than 5 %. A county ten times as large takes a minute after the
download, 1.7 GB of memory and 70 MB of disk.

Forbidden turns are not downloaded (OSMnx does not ask for them). On Rutland, of 3,000 node-to-node times 99.8 % are
those of the extract of the same day (to a millionth), and the others are shorter, by 14 % at most; with the extract's
turns left out too, all 3,000 are.
"""

from __future__ import annotations

import dataclasses
import errno
import importlib.metadata
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree.ElementTree import ParseError, XMLPullParser

import networkx as nx
import numpy as np
from pyproj import Geod

from marketmap.errors import OutputError, RoadsError
from marketmap.settings import WALK, TravelSettings
from marketmap.travel.assembly import assemble
from marketmap.travel.fetching.answers import data_date, is_complete, kept_answers, seal_answers
from marketmap.travel.fetching.area import WEB_CRS, box_outline, grow, place_outline
from marketmap.travel.fetching.download import Servers, host_of, osmnx_session
from marketmap.travel.graph_lines import Graph, closes_road
from marketmap.travel.graphs import DATE, GRAPHML, read_graphml
from marketmap.travel.network import RoadNetwork
from marketmap.travel.plain_text import LONGEST_TEXT, plain
from marketmap.travel.speeds import check_speeds
from marketmap.travel.tags import ACCESS_KEYS, FOOT_KEYS, WAY_KEYS, Rules, rules_of

BUFFER_KM = 5.0
MAX_KM2 = 20_000.0  # the largest English county has 8,000
LICENCE = "© OpenStreetMap contributors, ODbL 1.0"
NODE_KEYS = ("barrier", "locked", *dict.fromkeys((*ACCESS_KEYS, *FOOT_KEYS)))
_MARK = "marketmap_version"
_ELLIPSOID = Geod(ellps="WGS84")
_TURNED_ROUND = ("-1", "reverse", "T")


@dataclasses.dataclass(frozen=True)
class Asked:
    """What roads are wanted for: one of a place's name, a box in degrees and an outline (EPSG:27700) with its name."""

    place: str = ""
    bbox: str = ""
    outline: Any = None
    outline_name: str = ""
    buffer_km: float = BUFFER_KM
    max_km2: float = MAX_KM2

    def __str__(self) -> str:
        name = self.place or (f"box {self.bbox}" if self.bbox else self.outline_name)
        return f"{plain(name, longest=LONGEST_TEXT - 50)}, with {self.buffer_km:g} km around"


def fetch_roads(
    out: Path,
    *,
    asked: Asked,
    settings: TravelSettings | None = None,
    servers: Servers | None = None,
    cache: Path | None = None,
    refresh: bool = False,
    on_stage: Callable[[str], None] = lambda _: None,
) -> RoadNetwork:
    """Download roads and write them as GraphML, whole or not at all.

    Parameters
    ----------
    out
        Ends in ``.graphml``. An earlier fetch there is replaced, any other file is left alone.
    asked
        Which ground.
    settings
        Whose speed table and mode say which ways are wanted; None: the defaults.
    servers
        None: the public ones, or those that the environment names.
    cache
        Folder in which the servers' answers are kept for a week; None keeps none.
    refresh
        Ask again even so.
    on_stage
        Told what is being done.

    Returns
    -------
    RoadNetwork
        What `read_roads` will give for the file.

    Raises
    ------
    RoadsError
        When the place is not found, a server cannot be reached, refuses or answers oddly, the area is too large or
        has no roads.
    OutputError
        When the file cannot be written, or the folder does not exist.
    """
    settings = TravelSettings() if settings is None else settings
    check_speeds(settings)
    servers = Servers() if servers is None else servers
    check_target(out)
    if sum(bool(item) for item in (asked.place, asked.bbox, asked.outline is not None)) != 1:
        raise RoadsError("Give one of --place, --bbox and --boundary.")
    rules = rules_of(settings)
    filters = way_filters(rules)
    key = f"{asked} {asked.place!r} {asked.bbox!r} {servers} {filters} {asked.outline}"
    with kept_answers(cache, key, refresh=refresh) as folder:
        with osmnx_session(servers, cache=folder, way_tags=WAY_KEYS, node_tags=NODE_KEYS) as (osmnx, watch):
            on_stage("Looking the place up" if asked.place else "Drawing the outline")
            polygon = _find_ground(osmnx, asked)
            if not is_complete(folder):
                osmnx.settings.overpass_rate_limit = watch.has_slots()
            on_stage(f"Asking {host_of(servers.overpass_url)} for roads")
            raw = _download(osmnx, polygon, filters, servers)
            seal_answers(folder, complete=True)
            date = data_date(folder)
            on_stage("Sorting the roads")
            graph = _simplify(osmnx, directed_roads(raw, rules))
        graph.graph |= {
            "created_date": date,  # OSMnx's own would make two files of one answer differ
            DATE: date,
            _MARK: f"marketmap {importlib.metadata.version('marketmap')}",
            "marketmap_place": str(asked) + (", on foot" if settings.mode == WALK else ""),
            "marketmap_filter": " ".join(filters),
            "marketmap_licence": LICENCE,
        }
        on_stage("Writing and reading back")
        return _write(graph, out, settings)


def way_filters(rules: Rules) -> list[str]:
    """Write the wanted classes as filters in Overpass's language; access is judged afterwards, as for extracts."""
    classes = "|".join(sorted(rules.classes - {"ferry"}))
    return [f'["highway"~"^({classes})$"]', *(['["route"="ferry"]'] if "ferry" in rules.classes else [])]


def check_target(out: Path) -> None:
    """Check that a road file may be written here, before anything is downloaded.

    Raises
    ------
    OutputError
        Saying why not.
    """
    if out.suffix.lower() != f".{GRAPHML}":
        raise OutputError(f"{out.name}: fetched roads are written as .graphml. Give the file this ending.")
    try:
        if out.is_symlink():
            raise OutputError(f"{out.name} is a link, which is left as it is. Give the name of the file itself.")
        if out.exists() and not out.is_file():
            what = "a folder" if out.is_dir() else "a pipe or a device"
            raise OutputError(f"{out.name} is {what}. Give the name of a file.")
        if out.exists() and not _is_ours(out):
            raise OutputError(
                f"{out.name} is not a file that fetch roads wrote, so it is left as it is. Give another name."
            )
        if not out.parent.is_dir():
            raise OutputError(f"The folder for {out.name} does not exist. Make it, or give another.")
        # As long as the name that it will have until it is whole.
        with tempfile.NamedTemporaryFile(dir=out.parent, prefix=f".{out.stem}-", suffix=f".{GRAPHML}"):
            pass
    except OSError as error:
        raise _unwritable(out, error) from error
    except ValueError as error:
        raise OutputError("The name of the file to write holds characters that no name can hold.") from error


def _is_ours(file: Path) -> bool:
    """Whether a file declares, as GraphML does, the graph attribute by which `fetch_roads` signs."""
    parser: XMLPullParser[Any] = XMLPullParser(["start"])
    try:
        with file.open("rb") as handle:
            parser.feed(handle.read(65536))
        events: list[Any] = list(parser.read_events())
    except (ParseError, ValueError):
        return False
    tags = [(element.tag.rpartition("}")[2], element.attrib) for _, element in events]
    keys = [told for tag, told in tags if tag == "key" and told.get("for") == "graph"]
    return tags[:1] != [] and tags[0][0] == "graphml" and any(told.get("attr.name") == _MARK for told in keys)


def _unwritable(out: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{plain(out.name, longest=60)} cannot be written ({error.strerror}). Check the name and the folder, its "
        "permissions and its space."
    )


def _find_ground(osmnx: ModuleType, asked: Asked) -> Any:
    outline = asked.outline
    if asked.place:
        outline = place_outline(osmnx, asked.place)
    elif asked.bbox:
        outline = box_outline(asked.bbox)
    return grow(outline, buffer_km=asked.buffer_km, max_km2=asked.max_km2)


def _download(osmnx: ModuleType, polygon: Any, filters: list[str], servers: Servers) -> Graph:
    """Ask for the ways; each is one edge a bend, in its own direction, with its tags as they are."""
    try:
        graph: Graph = osmnx.graph_from_polygon(
            polygon, network_type="all", simplify=False, retain_all=True, truncate_by_edge=True,
            custom_filter=filters,
        )  # fmt: skip
    except (LookupError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise RoadsError(
            f"{host_of(servers.overpass_url)} sent map data that cannot be understood. Check --overpass-url."
        ) from error
    except ValueError as error:
        raise RoadsError(
            "There are no roads in the area asked for. Check the place, the box or the outline."
        ) from error
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS}:
            raise
        raise OutputError(
            f"The cache folder cannot be written ({error.strerror}). Make room, or move MARKETMAP_CACHE."
        ) from error
    return graph


def directed_roads(raw: Graph, rules: Rules) -> Graph:
    """Make an edge for each direction in which a way is open.

    Parameters
    ----------
    raw
        Edges along each way's own direction, with its tags.
    rules
        Who travels.

    Returns
    -------
    Graph
        As OSMnx makes them: ``oneway`` and ``reversed`` on edges, EPSG:4326. ``length`` is in metres along the
        ellipsoid, as `read_osm` has it (OSMnx's sphere is up to 0.3 % off). Barriers that close no road
        are left out.
    """
    graph: Graph = nx.MultiDiGraph(**raw.graph | {"crs": WEB_CRS})
    places = {node: (data["x"], data["y"]) for node, data in raw.nodes(data=True)}
    ends = np.array([(*places[u], *places[v]) for u, v in raw.edges()]).reshape(-1, 4)
    metres = _ELLIPSOID.inv(*ends.T)[2].tolist()
    for (u, v, data), length in zip(raw.edges(data=True), metres, strict=True):
        # OSMnx turns such a way round although its tags stay.
        start, end = (v, u) if data.get("oneway") in _TURNED_ROUND else (u, v)
        along, against = rules.directions(data) if rules.road_class(data) in rules.classes else (False, False)
        tags = data | {"length": length, "oneway": not (along and against)}
        if along:
            graph.add_edge(start, end, **tags | {"reversed": False})
        if against:
            graph.add_edge(end, start, **tags | {"reversed": True})
    for node in graph.nodes:
        data = raw.nodes[node]
        keep = NODE_KEYS if closes_road(data, rules) else ()
        graph.nodes[node].update({key: data[key] for key in ("x", "y", *keep) if key in data})
    if not graph.edges:
        raise RoadsError("There are no roads in the area asked for. Check the place, the box or the outline.")
    return graph


def _simplify(osmnx: ModuleType, graph: Graph) -> Graph:
    simple: Graph = osmnx.simplify_graph(
        graph, edge_attrs_differ=["osmid"], node_attrs_include=["barrier"], remove_rings=False
    )
    return simple


def _write(graph: Graph, out: Path, settings: TravelSettings) -> RoadNetwork:
    import osmnx  # noqa: PLC0415

    part: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=out.parent, prefix=f".{out.stem}-", suffix=f".{GRAPHML}", delete=False
        ) as file:
            part = Path(file.name)
        osmnx.save_graphml(graph, part)
        part.chmod(0o644)
        lines, source = read_graphml(part, settings=settings)
        network = assemble(lines, settings=settings, source=dataclasses.replace(source, name=out.name))
        part.replace(out)
    except RoadsError as error:
        if isinstance(error.__cause__, MemoryError):
            raise RoadsError(
                "The area has more roads than this machine's memory holds. Ask for a smaller one, or bring an "
                "OpenStreetMap extract (.osm.pbf)."
            ) from error
        raise RoadsError(
            "The map server's answer is not usable as roads. Check --overpass-url and the speed table, or bring an "
            "OpenStreetMap extract (.osm.pbf)."
        ) from error
    except OSError as error:
        raise _unwritable(out, error) from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
    return network
