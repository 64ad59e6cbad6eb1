"""Turns stretches of road into a network: edges, junction delays, and only the part that is joined up."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from marketmap.errors import RoadsError
from marketmap.settings import TravelSettings
from marketmap.travel.engine import contraction_order
from marketmap.travel.network import Flags, Floats, Ints, RoadNetwork, RoadSource
from marketmap.travel.speeds import class_speeds, junction_delay
from marketmap.travel.turns import Turns, forbid_turns

# Lanes, yards and drives join a road without slowing those who drive past.
_NO_ARM = ("service", "track", "ferry")


@dataclass(frozen=True)
class RoadLines:
    """Stretches of road before they are a network. Coordinates are EPSG:27700 metres.

    Attributes
    ----------
    node_x, node_y
        (nodes,).
    start, end
        Nodes that each line joins, (lines,).
    along, against
        Whether it may be driven from start to end, and from end to start, (lines,).
    metres
        Length along the road, (lines,).
    road_class
        Position in ``classes``, (lines,).
    classes
        Road classes, each in the speed table.
    maxspeed_kmh
        Posted limit, NaN where unknown, (lines,).
    built_up
        Whether the line lies in a built-up area, (lines,).
    line_start, line_x, line_y
        Shapes, as `RoadNetwork` has them.
    turns
        Forbidden turns.
    slows
        Whether cars slow where they arrive at each node: 1 yes, 0 no, -1 not told, so that the arms there are counted,
        (nodes,); empty where nothing is told of any.
    illustrative
        Whether the roads are made up.
    """

    node_x: Floats
    node_y: Floats
    start: Ints
    end: Ints
    along: Flags
    against: Flags
    metres: Floats
    road_class: Ints
    classes: tuple[str, ...]
    maxspeed_kmh: Floats
    built_up: Flags
    line_start: Ints
    line_x: Floats
    line_y: Floats
    turns: Turns = Turns.none()  # noqa: RUF009  frozen, so one value may be shared
    slows: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    illustrative: bool = False


def line_lengths(line_start: Ints, line_x: Floats, line_y: Floats) -> Floats:
    """Length of each line's shape, metres on the plane, (lines,). The National Grid's scale is true to 0.04 %."""
    step = np.hypot(np.diff(line_x), np.diff(line_y))
    inside = np.ones(len(step), dtype=bool)
    inside[line_start[1:-1] - 1] = False
    run = np.concatenate([[0.0], np.cumsum(np.where(inside, step, 0.0))])
    return np.asarray(run[line_start[1:] - 1] - run[line_start[:-1]], dtype=float)


def assemble(
    lines: RoadLines, *, settings: TravelSettings, source: RoadSource, illustrative: bool = False
) -> RoadNetwork:
    """Build the network that can be driven to and from anywhere in it.

    The largest strongly connected part is kept; every other part is counted in ``cut_off``, but not a road that can
    still be driven one way. A junction is a node where three or more arms meet, service roads not counted, unless
    ``lines.slows`` knows better; arriving there costs ``settings.junction_seconds``.

    Raises
    ------
    RoadsError
        When no line may be driven.
    """
    kmh = class_speeds(lines.road_class, lines.built_up, lines.maxspeed_kmh, classes=lines.classes, settings=settings)
    forward, backward = np.flatnonzero(lines.along), np.flatnonzero(lines.against)
    line = np.concatenate([forward, backward])
    if not len(line):
        raise RoadsError(f"{source.name} holds no road that a car may drive. Use an extract with roads in it.")
    against = np.arange(len(line)) >= len(forward)
    tail = np.where(against, lines.end[line], lines.start[line])
    head = np.where(against, lines.start[line], lines.end[line])
    delay = junction_delay(settings) * _is_junction(lines)[head]
    place, tail, head, extra = forbid_turns(len(lines.node_x), tail, head, line, turns=lines.turns)
    node_x, node_y = lines.node_x[place], lines.node_y[place]
    line = np.concatenate([line, np.full(extra, -1)])
    against = np.concatenate([against, np.zeros(extra, dtype=bool)])
    metres = np.concatenate([lines.metres[line[: len(line) - extra]], np.zeros(extra)])
    delay = np.concatenate([delay, np.zeros(extra)])

    part = _parts(len(node_x), tail, head)
    kept, cut_off = _largest_part(part, place, node_x, node_y, tail, head, line, metres)
    edges = np.flatnonzero(kept[tail] & kept[head])
    edges = edges[np.lexsort((against[edges], line[edges], head[edges], tail[edges]))]
    new_node = np.cumsum(kept) - 1
    used = np.unique(line[edges][line[edges] >= 0])
    if not len(used):
        raise RoadsError(
            f"{source.name} holds no road that can be driven both to and from. Use an extract of a county."
        )
    new_line = np.full(len(lines.start) + 1, -1)  # the last place answers for line -1
    new_line[used] = np.arange(len(used))
    sizes = np.diff(lines.line_start)[used]
    vertices = np.repeat(lines.line_start[used] - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
    vertices = vertices + np.arange(len(vertices))
    counts = np.bincount(new_node[tail[edges]], minlength=int(kept.sum()))
    x, y = node_x[kept], node_y[kept]
    indptr, heads = np.concatenate([[0], np.cumsum(counts)]), new_node[head[edges]]
    of_line = line[edges]
    return RoadNetwork(
        x=x,
        y=y,
        indptr=indptr,
        heads=heads,
        metres=metres[edges],
        kmh=kmh[of_line],
        delay=delay[edges],
        road_class=lines.road_class[of_line],
        classes=lines.classes,
        built_up=lines.built_up[of_line],
        line=new_line[of_line],
        against=against[edges],
        line_start=np.concatenate([[0], np.cumsum(sizes)]),
        line_x=lines.line_x[vertices],
        line_y=lines.line_y[vertices],
        settings=settings,
        source=source,
        illustrative=illustrative or lines.illustrative,
        cut_off=cut_off,
        order=contraction_order(x, y, np.repeat(np.arange(len(x)), counts), heads),
        limit_kmh=lines.maxspeed_kmh[of_line],
    )


def _is_junction(lines: RoadLines) -> Flags:
    arm = ~np.isin(np.array(lines.classes, dtype=object)[lines.road_class], _NO_ARM)
    ends = np.concatenate([lines.start[arm], lines.end[arm]])
    counted = np.bincount(ends, minlength=len(lines.node_x)) >= 3
    return np.asarray(np.where(lines.slows >= 0, lines.slows > 0, counted) if len(lines.slows) else counted)


def _parts(n_nodes: int, tail: Ints, head: Ints) -> Ints:
    graph = coo_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(n_nodes, n_nodes))
    return np.asarray(connected_components(graph, directed=True, connection="strong")[1], dtype=np.int64)


def _largest_part(
    part: Ints, place: Ints, node_x: Floats, node_y: Floats, tail: Ints, head: Ints, line: Ints, metres: Floats
) -> tuple[Flags, pd.DataFrame]:
    driven = np.zeros(len(part), dtype=bool)
    driven[tail], driven[head] = True, True
    kept = part == np.bincount(part[driven]).argmax()
    stays = kept[tail] & kept[head]
    lost = np.flatnonzero(~stays & (line >= 0) & ~np.isin(line, line[stays]))
    lost = lost[np.unique(line[lost], return_index=True)[1]]  # a two-way road is lost once
    apart = lost[~kept[tail[lost]] & ~kept[head[lost]]]
    dropped = np.flatnonzero(driven & ~kept)
    # All that is dropped of a junction that was taken apart is one place.
    ends = np.concatenate([tail[apart], dropped]), np.concatenate([head[apart], len(part) + place[dropped]])
    size = len(part) + int(place.max()) + 1
    graph = coo_array((np.ones(len(ends[0])), ends), shape=(size, size))
    piece = connected_components(graph, directed=False)[1]
    # An edge that only touches the kept part is counted with the piece at its other end.
    owner = np.where(kept[tail[lost]], head[lost], tail[lost])
    whole = dropped[~np.isin(place[dropped], place[kept & driven])]
    whole = whole[np.unique(place[whole], return_index=True)[1]]
    n_nodes = np.bincount(piece[dropped], minlength=size)
    middle_x = np.bincount(piece[dropped], node_x[dropped], minlength=size)
    middle_y = np.bincount(piece[dropped], node_y[dropped], minlength=size)
    nodes = np.bincount(piece[whole], minlength=size)
    length = np.bincount(piece[owner], metres[lost], minlength=size)
    # Of a road that is only shut one way, an arm of a junction is dropped, but no road.
    names = np.flatnonzero((nodes > 0) | (length > 0))
    table = pd.DataFrame(
        {
            "easting": middle_x[names] / n_nodes[names],
            "northing": middle_y[names] / n_nodes[names],
            "nodes": nodes[names],
            "metres": length[names],
        }
    )
    return kept, table.sort_values("metres", ascending=False, ignore_index=True, kind="stable")
