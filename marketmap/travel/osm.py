"""Reads OpenStreetMap extracts: drivable ways only, cut into stretches at every shared node."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import osmium
from pyproj import Transformer

from marketmap.errors import RoadsError
from marketmap.settings import TravelSettings
from marketmap.travel.assembly import RoadLines, line_lengths
from marketmap.travel.builtup import judge_built_up
from marketmap.travel.network import CRS, Flags, Floats, Ints, RoadSource
from marketmap.travel.speeds import parse_maxspeed
from marketmap.travel.tags import WAY_KEYS, blocks_cars, open_directions, road_class
from marketmap.travel.turns import Turns

FORMATS = {".osm.pbf": "pbf", ".pbf": "pbf", ".osm.gz": "osm.gz", ".osm.bz2": "osm.bz2", ".osm": "osm"}


@dataclass
class _Found:
    """What one pass over a file brings home."""

    ways: list[int] = field(default_factory=list)
    refs: list[list[int]] = field(default_factory=list)
    lon: list[float] = field(default_factory=list)
    lat: list[float] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    along: list[bool] = field(default_factory=list)
    against: list[bool] = field(default_factory=list)
    maxspeed: list[float] = field(default_factory=list)
    lit: list[str] = field(default_factory=list)
    blocked: list[int] = field(default_factory=list)
    restrictions: list[tuple[str, int, int, int]] = field(default_factory=list)
    missing_nodes: int = 0
    odd_restrictions: int = 0
    highways: int = 0


def read_osm(path: Path, *, format_name: str, settings: TravelSettings) -> tuple[RoadLines, RoadSource]:
    """Read the drivable roads of an OpenStreetMap extract.

    Parameters
    ----------
    path
        The file.
    format_name
        One of the values of `FORMATS`.
    settings
        Only classes in its speed table are driven.

    Raises
    ------
    RoadsError
        When the file is damaged, is not OpenStreetMap data or holds no drivable road.
    """
    try:
        found, date = _scan(path, format_name, set(settings.speeds_kmh))
    except (RuntimeError, ValueError, OSError) as error:
        raise RoadsError(
            f"{path.name} cannot be read as OpenStreetMap data ({error}). It may be cut short or not be an extract: "
            "download it again, and compare its size with the publisher's."
        ) from error
    if not found.ways:
        raise RoadsError(_why_no_roads(path.name, found))
    lines, facts = _cut_into_lines(found)
    source = RoadSource(path.name, date, hash_file(path), facts)
    return lines, source


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _scan(path: Path, format_name: str, driven: set[str]) -> tuple[_Found, str]:
    wanted = osmium.filter.KeyFilter("highway", "barrier", "restriction", "restriction:motorcar", "route")
    entities: Any = osmium.FileProcessor(osmium.io.File(str(path), format_name)).with_locations().with_filter(wanted)
    found = _Found()
    for entity in entities:
        if entity.is_way():
            _take_way(entity, found, driven)
        elif entity.is_node():
            if blocks_cars(dict(entity.tags)):
                found.blocked.append(entity.id)
        elif entity.is_relation():
            _take_restriction(entity, found)
    header = entities.header
    stamp = header.get("osmosis_replication_timestamp") or header.get("timestamp")
    return found, stamp[:10]


def _take_way(way: Any, found: _Found, driven: set[str]) -> None:
    tags = {key: way.tags[key] for key in WAY_KEYS if key in way.tags}
    found.highways += "highway" in tags
    name = road_class(tags)
    if name not in driven:
        return
    along, against = open_directions(tags)
    if not (along or against):
        return
    dual = name == "motorway" or not (along and against)
    limit = parse_maxspeed(tags.get("maxspeed"), dual=dual)
    if np.isnan(limit):
        limit = parse_maxspeed(tags.get("maxspeed:type"), dual=dual)
    for run in _runs(way.nodes, found):
        found.ways.append(way.id)
        found.refs.append([node.ref for node in run])
        found.lon.extend(node.lon for node in run)
        found.lat.extend(node.lat for node in run)
        found.classes.append(name)
        found.along.append(along)
        found.against.append(against)
        found.maxspeed.append(limit)
        found.lit.append(tags.get("lit", ""))


def _runs(nodes: Any, found: _Found) -> Iterator[list[Any]]:
    """Split a way where the extract lacks a node, and skip a node that is given twice running."""
    run: list[Any] = []
    for node in nodes:
        if not node.location.valid():
            found.missing_nodes += 1
            if len(run) > 1:
                yield run
            run = []
        elif not run or run[-1].ref != node.ref:
            run.append(node)
    if len(run) > 1:
        yield run


def _take_restriction(relation: Any, found: _Found) -> None:
    if relation.tags.get("type") != "restriction":
        return
    kind = relation.tags.get("restriction:motorcar") or relation.tags.get("restriction", "")
    if "motorcar" in relation.tags.get("except", "") or not kind.startswith(("no_", "only_")):
        return
    members = {role: [m for m in relation.members if m.role == role] for role in ("from", "via", "to")}
    # A turn by way of a whole way, or from or to several, is not a turn at one node.
    if any(len(found_here) != 1 for found_here in members.values()) or members["via"][0].type != "n":
        found.odd_restrictions += 1
        return
    found.restrictions.append((kind, members["from"][0].ref, members["via"][0].ref, members["to"][0].ref))


def _cut_into_lines(found: _Found) -> tuple[RoadLines, dict[str, str]]:
    sizes = np.array([len(refs) for refs in found.refs])
    refs = np.concatenate([np.array(refs, dtype=np.int64) for refs in found.refs])
    way_of = np.repeat(np.arange(len(sizes)), sizes)
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    last = np.cumsum(sizes) - 1
    x, y = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(found.lon, found.lat)
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)

    names, place, count = np.unique(refs, return_inverse=True, return_counts=True)
    blocked = np.isin(names, np.array(found.blocked, dtype=np.int64))
    is_node = (count[place] > 1) | blocked[place]
    is_node[first] = is_node[last] = True
    node_at = np.flatnonzero(is_node)
    begins, ends = node_at[:-1], node_at[1:]
    same_way = way_of[begins] == way_of[ends]
    begins, ends = begins[same_way], ends[same_way]
    line_sizes = ends - begins + 1
    line_start = np.concatenate([[0], np.cumsum(line_sizes)])
    vertices = np.repeat(begins - line_start[:-1], line_sizes) + np.arange(line_start[-1])

    start, end, node_x, node_y = _number_nodes(place, blocked, begins, ends, x, y)
    way = way_of[begins]
    table, road = np.unique(np.array(found.classes, dtype=object), return_inverse=True)
    classes = tuple(str(name) for name in table)
    limit = np.array(found.maxspeed, dtype=float)[way]
    metres = line_lengths(line_start, x[vertices], y[vertices])
    shape = {"line_start": line_start, "line_x": x[vertices], "line_y": y[vertices]}
    built_up = judge_built_up(
        **shape, metres=metres, road_class=road[way], classes=classes, maxspeed_kmh=limit,
        lit=np.array(found.lit, dtype=object)[way],
    )  # fmt: skip
    # Node numbers follow the order of the references, so a via node is found by its own.
    turns, unmatched = _turns(found, names, place, begins, ends, start, end, np.array(found.ways)[way])
    lines = RoadLines(
        node_x=node_x,
        node_y=node_y,
        start=start,
        end=end,
        along=np.array(found.along)[way],
        against=np.array(found.against)[way],
        metres=metres,
        road_class=road[way],
        classes=classes,
        maxspeed_kmh=limit,
        built_up=built_up,
        turns=turns,
        **shape,
    )
    facts = {
        "nodes_missing_from_extract": str(found.missing_nodes),
        "barriers_closed_to_cars": str(int(blocked.sum())),
        "turn_restrictions_kept": str(len(turns.at)),
        "turn_restrictions_not_read": str(found.odd_restrictions + unmatched),
    }
    return lines, facts


def _number_nodes(
    place: Ints, blocked: Flags, begins: Ints, ends: Ints, x: Floats, y: Floats
) -> tuple[Ints, Ints, Floats, Floats]:
    """Give every line end a node; a line that ends at a barrier gets one of its own there."""
    ends_at = np.concatenate([begins, ends])
    node = place[ends_at].copy()
    alone = np.flatnonzero(blocked[node])
    n_named = len(blocked)
    node[alone] = n_named + np.arange(len(alone))
    node_x, node_y = np.zeros(n_named + len(alone)), np.zeros(n_named + len(alone))
    node_x[node], node_y[node] = x[ends_at], y[ends_at]
    used, number = np.unique(node, return_inverse=True)
    return number[: len(begins)], number[len(begins) :], node_x[used], node_y[used]


def _turns(
    found: _Found, names: Ints, place: Ints, begins: Ints, ends: Ints, start: Ints, end: Ints, way: Ints
) -> tuple[Turns, int]:
    """Turn restrictions between ways into forbidden turns between lines; also how many fitted nothing."""
    banned: list[tuple[int, int, int]] = []
    unmatched = 0
    start_ref, end_ref = names[place[begins]], names[place[ends]]
    for kind, came_way, via, goes_way in found.restrictions:
        touching = np.flatnonzero((start_ref == via) | (end_ref == via))
        came, goes = touching[way[touching] == came_way], touching[way[touching] == goes_way]
        if not len(came) or not len(goes):
            unmatched += 1
            continue
        first = touching[0]
        node = int(start[first] if start_ref[first] == via else end[first])
        if kind.startswith("no_"):
            banned += [(int(a), node, int(b)) for a in came for b in goes]
        else:
            others = np.setdiff1d(touching, goes)
            banned += [(int(a), node, int(b)) for a in came for b in others]
    table = np.array(banned, dtype=np.int64).reshape(-1, 3)
    return Turns(table[:, 0], table[:, 1], table[:, 2]), unmatched


def _why_no_roads(name: str, found: _Found) -> str:
    if found.missing_nodes:
        return (
            f"{name} holds ways but not the nodes they run through. Sort it (osmium sort) so that nodes come first, "
            "or export it with its nodes."
        )
    if found.highways:
        return f"{name} holds paths but no road that a car may drive. Use an extract with roads in it."
    return f"{name} holds no roads. Use an OpenStreetMap extract of the county."
