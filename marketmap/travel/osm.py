"""Reads OpenStreetMap extracts: drivable (or walkable) ways only, cut into stretches at every shared node."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import osmium
from pyproj import Geod, Transformer

from marketmap.errors import RoadsError
from marketmap.settings import WALK, TravelSettings
from marketmap.travel.assembly import RoadLines
from marketmap.travel.builtup import judge_built_up
from marketmap.travel.network import CRS, Flags, Floats, Ints, RoadSource
from marketmap.travel.speeds import parse_maxspeed
from marketmap.travel.tags import PATHS, WAY_KEYS, Rules, is_path_barrier, rules_of
from marketmap.travel.turns import TURN_KEYS, TurnRule, match_rules, restriction_kind, turn_rule

FORMATS = {".osm.pbf": "pbf", ".pbf": "pbf", ".osm.gz": "osm.gz", ".osm.bz2": "osm.bz2", ".osm": "osm"}
# More of the roads' nodes missing than this is a fault, not the edge of the extract.
_MISSING_SHARE = 0.5
# In a file cut short between two blocks, nodes are left over for which the ways are gone.
_LEFT_OVER_SHARE, _LEFT_OVER_NODES = 0.01, 1000
# Further from Great Britain than this, lengths on the National Grid are out by more than 1 %.
_BEYOND_DEGREES = 10.0
_ELLIPSOID = Geod(ellps="WGS84")
_DAMAGED = "It may be cut short or not be an extract: download it again, and compare its size with the publisher's."


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
    blocked: set[int] = field(default_factory=set)
    path_barriers: set[int] = field(default_factory=set)
    turn_rules: list[TurnRule] = field(default_factory=list)
    missing_nodes: int = 0
    odd_restrictions: int = 0
    highways: int = 0
    relations: int = 0


def read_osm(path: Path, *, format_name: str, settings: TravelSettings) -> tuple[RoadLines, RoadSource]:
    """Read the roads of an OpenStreetMap extract that can be driven or, on foot, walked.

    A file cut short inside a block is refused, and so is one without the ways of many of its nodes. One cut between two
    blocks of relations, or just before the first, cannot be told from a whole one: it is read without the turn
    restrictions that were cut off.

    Parameters
    ----------
    path
        The file.
    format_name
        One of the values of `FORMATS`.
    settings
        Only classes in its speed table are driven; what is walked does not hang on the table.

    Raises
    ------
    RoadsError
        When the file is damaged or cut short, is not OpenStreetMap data of one day, holds no such road, or lies far
        from Great Britain.
    """
    rules = rules_of(settings)
    try:
        found, date = _scan(path, format_name, rules)
        left_over = _left_over_nodes(path, format_name) if format_name == "pbf" and not found.relations else 0
    except (RuntimeError, ValueError, OSError, osmium.InvalidLocationError) as error:
        words = str(error).replace(str(path), path.name)
        raise RoadsError(f"{path.name} cannot be read as OpenStreetMap data ({words}). {_DAMAGED}") from error
    if left_over:
        raise RoadsError(f"{path.name} has {left_over:,} nodes whose roads are not in it. {_DAMAGED}")
    missing = found.missing_nodes / max(1, found.missing_nodes + len(found.lon))
    if not found.ways or missing > _MISSING_SHARE:
        raise RoadsError(_why_no_roads(path.name, found, settings.mode))
    lines, facts = _cut_into_lines(found, path.name)
    return lines, RoadSource(path.name, date, hash_file(path), facts)


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _scan(path: Path, format_name: str, rules: Rules) -> tuple[_Found, str]:
    wanted = osmium.filter.KeyFilter("highway", "barrier", "route", "type")
    entities: Any = osmium.FileProcessor(osmium.io.File(str(path), format_name)).with_locations().with_filter(wanted)
    header = entities.header
    if header.has_multiple_object_versions:
        raise RoadsError(
            f"{path.name} holds changes or several versions of each road. Use a plain extract of one day (osmium "
            "time-filter makes one)."
        )
    found = _Found()
    for entity in entities:
        if entity.deleted:
            continue
        if entity.is_way():
            _take_way(entity, found, rules)
        elif entity.is_node():
            _take_barrier(entity, found, rules)
        elif entity.is_relation():
            found.relations += 1
            if rules.turns:
                _take_restriction(entity, found)
    stamp = header.get("osmosis_replication_timestamp") or header.get("timestamp")
    return found, stamp[:10]


def _left_over_nodes(path: Path, format_name: str) -> int:
    """Count nodes without a tag that no way runs through; 0 when so few that they may be strays."""
    used = np.fromiter(
        (node.ref for way in _each(path, format_name, osmium.osm.WAY) for node in way.nodes), dtype=np.int64
    )
    bare = np.fromiter((node.id for node in _each(path, format_name, osmium.osm.NODE) if not node.tags), dtype=np.int64)
    n_left = len(np.setdiff1d(bare, used))
    return n_left if n_left > max(_LEFT_OVER_NODES, _LEFT_OVER_SHARE * len(bare)) else 0


def _each(path: Path, format_name: str, kind: Any) -> Any:
    # With the format said: osmium does not know the ending .OSM.PBF in capitals.
    return osmium.FileProcessor(osmium.io.File(str(path), format_name), kind)


def _take_barrier(node: Any, found: _Found, rules: Rules) -> None:
    tags = dict(node.tags)
    if rules.blocked(tags):
        found.blocked.add(node.id)
        if is_path_barrier(tags):
            found.path_barriers.add(node.id)


def _take_way(way: Any, found: _Found, rules: Rules) -> None:
    tags = {key: way.tags[key] for key in WAY_KEYS if key in way.tags}
    found.highways += "highway" in tags
    name = rules.road_class(tags)
    if name not in rules.classes:
        if found.path_barriers and name in PATHS:
            # The stile stands on the path that leaves the road here, not across the road.
            found.blocked -= found.path_barriers.intersection(node.ref for node in way.nodes)
        return
    along, against = rules.directions(tags)
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
    kind = restriction_kind({key: relation.tags[key] for key in TURN_KEYS if key in relation.tags})
    if not kind:
        return
    rule = turn_rule(kind, [(member.role, member.type, member.ref) for member in relation.members])
    if rule is None:
        found.odd_restrictions += 1
    else:
        found.turn_rules.append(rule)


def _project(found: _Found, name: str) -> tuple[Floats, Floats]:
    """Eastings and northings of the roads' nodes."""
    project = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    area = None if project.target_crs is None else project.target_crs.area_of_use
    lon, lat = np.array(found.lon), np.array(found.lat)
    if area is not None:
        beyond = np.maximum.reduce([area.west - lon, lon - area.east, area.south - lat, lat - area.north])
        outside = beyond > _BEYOND_DEGREES
        if outside.any():
            raise RoadsError(
                f"{name} has roads far from Great Britain, between longitudes {lon[outside].min():.2f} and "
                f"{lon[outside].max():.2f} and latitudes {lat[outside].min():.2f} and {lat[outside].max():.2f}. "
                "The National Grid has no place for them: use an extract of the county."
            )
    x, y = project.transform(lon, lat)
    return np.asarray(x, dtype=float), np.asarray(y, dtype=float)


def _cut_into_lines(found: _Found, name: str) -> tuple[RoadLines, dict[str, str]]:
    sizes = np.array([len(refs) for refs in found.refs])
    refs = np.concatenate([np.array(refs, dtype=np.int64) for refs in found.refs])
    way_of = np.repeat(np.arange(len(sizes)), sizes)
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    last = np.cumsum(sizes) - 1
    x, y = _project(found, name)
    # Along the ellipsoid, so that times do not carry the National Grid's scale (0.04 % out in mid-England).
    run = np.concatenate([[0.0], np.cumsum(_ELLIPSOID.line_lengths(found.lon, found.lat))])

    names, place, count = np.unique(refs, return_inverse=True, return_counts=True)
    blocked = np.isin(names, np.array(sorted(found.blocked), dtype=np.int64))
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
    metres = run[ends] - run[begins]
    shape = {"line_start": line_start, "line_x": x[vertices], "line_y": y[vertices]}
    built_up = judge_built_up(
        **shape, metres=metres, road_class=road[way], classes=classes, maxspeed_kmh=limit,
        lit=np.array(found.lit, dtype=object)[way],
    )  # fmt: skip
    turns, unmatched = match_rules(
        found.turn_rules,
        way=np.array(found.ways)[way],
        start_ref=refs[begins],
        end_ref=refs[ends],
        start=start,
        end=end,
    )
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
        "barriers_closed": str(int(blocked.sum())),
        "turn_restrictions_kept": str(len(turns.at)),
        "turn_restrictions_not_read": str(found.odd_restrictions),
        "turn_restrictions_off_the_roads": str(unmatched),
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


def _why_no_roads(name: str, found: _Found, mode: str) -> str:
    if found.missing_nodes:
        return (
            f"{name} holds ways but not the nodes they run through ({found.missing_nodes:,} of "
            f"{found.missing_nodes + len(found.lon):,} are missing). Sort it (osmium sort) so that nodes come first, "
            "or export it with its nodes."
        )
    if found.highways:
        wanted = "road or path that a person may walk" if mode == WALK else "road that a car may drive"
        return f"{name} holds paths or roads, but no {wanted}. Use an extract of the county's roads."
    return f"{name} holds no roads. Use an OpenStreetMap extract of the county."
