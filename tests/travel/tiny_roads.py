"""Small hand-made roads for the travel tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from marketmap.settings import TravelSettings
from marketmap.travel.assembly import RoadLines, assemble, line_lengths
from marketmap.travel.network import RoadNetwork, RoadSource

Tags = Mapping[str, str]
PLAIN = TravelSettings(
    speeds_kmh={"residential": 36.0, "primary": 72.0, "motorway": 108.0, "service": 18.0}, junction_seconds=0.0
)
# One step east or north of about 100 m near Oakham.
EAST, NORTH, LON, LAT = 0.00148, 0.0009, -0.72, 52.67


def write_osm(
    path: Path,
    *,
    nodes: Mapping[int, tuple[float, float]],
    ways: Sequence[tuple[int, Sequence[int], Tags]],
    node_tags: Mapping[int, Tags] | None = None,
    restrictions: Sequence[tuple[str, int, int, int]] = (),
    relations: Sequence[tuple[Tags, Sequence[tuple[str, str, int]]]] = (),
) -> Path:
    """Write OpenStreetMap XML; node places are steps east and north of Oakham.

    ``restrictions`` are (kind, from way, via node, to way); ``relations`` any others, as (tags, members), a member
    being (role, ``"way"`` or ``"node"``, number).
    """
    text = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="test">']
    for name, (east, north) in nodes.items():
        head = f'<node id="{name}" version="1" lon="{LON + east * EAST:.7f}" lat="{LAT + north * NORTH:.7f}"'
        text.append(f"{head}>{_tags((node_tags or {}).get(name, {}))}</node>")
    for name, refs, tags in ways:
        inside = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        text.append(f'<way id="{name}" version="1">{inside}{_tags(tags)}</way>')
    at_nodes = [
        (
            {"type": "restriction", "restriction": kind},
            [("from", "way", came), ("via", "node", via), ("to", "way", goes)],
        )
        for kind, came, via, goes in restrictions
    ]
    for i, (facts, members) in enumerate([*at_nodes, *relations], start=1):
        inside = "".join(f'<member type="{kind}" ref="{ref}" role="{role}"/>' for role, kind, ref in members)
        text.append(f'<relation id="{i}" version="1">{inside}{_tags(facts)}</relation>')
    path.write_text("\n".join([*text, "</osm>"]), encoding="utf-8")
    return path


def _tags(tags: Tags) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())


def build(
    places: Sequence[tuple[float, float]],
    roads: Sequence[tuple[int, int] | tuple[int, int, str]],
    *,
    one_way: Sequence[int] = (),
    settings: TravelSettings = PLAIN,
) -> RoadNetwork:
    """Straight roads between places (metres); ``one_way`` are positions in ``roads`` open from first to second."""
    xy = np.array(places, dtype=float)
    ends = np.array([road[:2] for road in roads], dtype=np.int64).reshape(-1, 2)
    names = [road[2] if len(road) == 3 else "residential" for road in roads]
    classes = tuple(sorted(set(names)))
    line_xy = xy[ends].reshape(-1, 2)
    line_start = np.arange(0, 2 * len(ends) + 1, 2)
    lines = RoadLines(
        node_x=xy[:, 0].copy(),
        node_y=xy[:, 1].copy(),
        start=ends[:, 0],
        end=ends[:, 1],
        along=np.ones(len(ends), dtype=bool),
        against=~np.isin(np.arange(len(ends)), one_way),
        metres=line_lengths(line_start, line_xy[:, 0], line_xy[:, 1]),
        road_class=np.array([classes.index(name) for name in names]),
        classes=classes,
        maxspeed_kmh=np.full(len(ends), np.nan),
        built_up=np.zeros(len(ends), dtype=bool),
        line_start=line_start,
        line_x=line_xy[:, 0].copy(),
        line_y=line_xy[:, 1].copy(),
    )
    return assemble(lines, settings=settings, source=RoadSource("test roads", "2026-01-01", "0" * 64))
