"""Cuts roads where points are placed, so that every point is a node and times between points are exact.

A time between two points must not hang on which other points are asked for. At a cut a car could turn round in
passing, but that pays only where it evades a forbidden turn, and only on a road that touches the junction of one
(taken apart, see `turns`). Elsewhere, take a way that turns round at a cut on a road between two plain nodes: it came
to that cut through an end of the road, or from a cut where it set out, and goes back to the same place. A plain node
may be left by any road whichever way one came, so without the excursion it is still a way, and no longer. On a
road that touches a junction taken apart, therefore, a cut is four nodes: a door that is only left (both ways), one in
each direction for those who drive by, and one that is only reached (from both sides). A point at the very place of
such a junction has a door that leads to all roads out of it, and one that all roads into it lead to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from marketmap.travel.engine import TimedGraph
from marketmap.travel.network import OFF_PEAK, Flags, Floats, Ints, RoadNetwork
from marketmap.travel.placing import Placement

# Places on one line nearer than this share of it are one place (1 mm on a 1 km road).
_SHARE_DIGITS = 6
# A place this near the end of a line is that end: rounded coordinates must not put a junction on one of its arms.
_END_METRES = 0.1


@dataclass(frozen=True, kw_only=True)
class CutRoads(TimedGraph):
    """Roads cut where points are.

    Attributes
    ----------
    line
        The line that each edge is a piece of, (edges,); -1 for one that takes no time, in a junction or at a door.
    begin, finish
        How far along its line each edge's tail and head are, 0 to 1, (edges,).
    """

    line: Ints
    begin: Floats
    finish: Floats


@dataclass(frozen=True)
class _Edges:
    """Directed edges, each (edges,); the names are those of `CutRoads`."""

    tails: Ints
    heads: Ints
    seconds: Floats
    line: Ints
    begin: Floats
    finish: Floats

    @classmethod
    def instant(cls, tails: Ints, heads: Ints) -> _Edges:
        nothing = np.zeros(len(tails))
        return cls(tails, heads, nothing, np.full(len(tails), -1), nothing, nothing)


def split_roads(
    network: RoadNetwork, placements: Sequence[Placement], *, scenario: str = OFF_PEAK
) -> tuple[CutRoads, list[Ints]]:
    """Cut each road at the places that points have on it.

    The time along a cut edge is shared out by length; the junction's delay stays with the piece that arrives there.
    Two points at one place share a node, and a point at the end of a road (to 10 cm) is that end's node.

    Returns
    -------
    graph
        Nodes of the network first, then those of the cuts. ``graph.arrival`` says where a journey to a node ends.
    nodes
        For each placement, the node from which a journey from each point begins, (points,); -1 where the point is not
        placed.
    """
    line = np.concatenate([placement.line for placement in placements])
    # A road without length has no shares: all of it is its start.
    share = np.nan_to_num(np.round(np.concatenate([placement.share for placement in placements]), _SHARE_DIGITS))
    junction = _taken_apart(network)
    node = np.full(len(line), -1)
    placed = line >= 0
    start, end = _line_ends(network, junction)
    along, against = network.edges_of_line
    metres = network.metres[np.where(along >= 0, along, against)][line]
    at_start = placed & (share * metres <= _END_METRES)
    at_end = placed & ~at_start & ((1 - share) * metres <= _END_METRES)
    node[at_start], node[at_end] = start[line[at_start]], end[line[at_end]]
    # Doors of junctions come after the network's own nodes, then one node a cut, then the other three of some cuts.
    own = np.flatnonzero(node >= network.n_nodes)
    asked, which = np.unique(node[own] - network.n_nodes, return_inverse=True)
    node[own] = network.n_nodes + which
    n_nodes = network.n_nodes + 2 * len(asked)
    inside = np.flatnonzero(placed & ~at_start & ~at_end)
    cuts, which = np.unique(np.column_stack([line[inside], share[inside]]), axis=0, return_inverse=True)
    node[inside] = n_nodes + which.ravel()
    cut_line, n_cuts = cuts[:, 0].astype(np.int64), len(cuts)
    laned = np.flatnonzero(_touches(network, junction)[cut_line])

    door = n_nodes + np.arange(n_cuts)
    by, arrival = np.stack([door, door]), door.copy()
    by[:, laned] = n_nodes + n_cuts + np.arange(2 * len(laned)).reshape(2, -1)
    arrival[laned] = n_nodes + n_cuts + 2 * len(laned) + np.arange(len(laned))
    edges = [
        *_cut(network, cut_line, cuts[:, 1], by, *network.split_seconds(scenario)),
        *(_Edges.instant(door[laned], lane) for lane in by[:, laned]),
        *(_Edges.instant(lane, arrival[laned]) for lane in by[:, laned]),
        *_junction_doors(network, junction, asked),
    ]
    ends = np.arange(n_nodes + n_cuts + 3 * len(laned))
    ends[door] = arrival
    ends[network.n_nodes : network.n_nodes + len(asked)] += len(asked)
    # A cut joins only two neighbours, so contracting it first adds nothing to the hierarchy; nor does a door.
    order = [door, arrival[laned], by[:, laned].T.ravel(), np.arange(network.n_nodes, n_nodes), network.order]
    graph = CutRoads(
        n_nodes=len(ends),
        tails=np.concatenate([part.tails for part in edges]),
        heads=np.concatenate([part.heads for part in edges]),
        seconds=np.concatenate([part.seconds for part in edges]),
        order=np.concatenate(order) if len(network.order) else network.order,
        ends=ends,
        line=np.concatenate([part.line for part in edges]),
        begin=np.concatenate([part.begin for part in edges]),
        finish=np.concatenate([part.finish for part in edges]),
    )
    return graph, np.split(node, np.cumsum([len(placement.line) for placement in placements])[:-1])


def _taken_apart(network: RoadNetwork) -> Ints:
    """Find which junction taken apart each node is a part of, numbered by place, (nodes,); -1 for any other node."""
    inside = network.line < 0
    parts = np.unique(np.concatenate([network.tails[inside], network.heads[inside]]))
    junction = np.full(network.n_nodes, -1)
    places = np.column_stack([network.x[parts], network.y[parts]])
    junction[parts] = np.unique(places, axis=0, return_inverse=True)[1].ravel()
    return junction


def _line_ends(network: RoadNetwork, junction: Ints) -> tuple[Ints, Ints]:
    """Find the node at each end of each line, (lines,); that of junction ``k`` taken apart is ``n_nodes + k``."""
    along, against = network.edges_of_line
    whole = np.where(junction >= 0, network.n_nodes + junction, np.arange(network.n_nodes))
    ends = [
        whole[np.where(along >= 0, first[along], second[against])]
        for first, second in ((network.tails, network.heads), (network.heads, network.tails))
    ]
    return ends[0], ends[1]


def _touches(network: RoadNetwork, junction: Ints) -> Flags:
    """Whether each line touches a junction that was taken apart, (lines,)."""
    edges = np.flatnonzero((network.line >= 0) & ((junction[network.tails] >= 0) | (junction[network.heads] >= 0)))
    touches = np.zeros(network.n_lines, dtype=bool)
    touches[network.line[edges]] = True
    return touches


def _junction_doors(network: RoadNetwork, junction: Ints, asked: Ints) -> list[_Edges]:
    """Join the doors of the junctions asked for, (doors,), to the roads out of them and into them."""
    count = len(asked)
    door = np.full(int(junction.max(initial=-1)) + 1, -1)
    door[asked] = network.n_nodes + np.arange(count)
    driven = network.line >= 0
    out, into = (np.unique(ends[driven & (junction[ends] >= 0)]) for ends in (network.tails, network.heads))
    out, into = out[door[junction[out]] >= 0], into[door[junction[into]] >= 0]
    first = network.n_nodes + np.arange(count)
    return [
        _Edges.instant(door[junction[out]], out),
        _Edges.instant(into, door[junction[into]] + count),
        _Edges.instant(first, first + count),
    ]


def _cut(network: RoadNetwork, line: Ints, share: Floats, by: Ints, moving: Floats, junction: Floats) -> list[_Edges]:
    """Replace the edges of cut lines by their pieces.

    Parameters
    ----------
    line, share
        Where to cut, sorted by line, then share, (cuts,).
    by
        Node of each cut for those who drive along the line, and for those who drive against it, (2, cuts).
    moving, junction
        Seconds along each edge and at its end, (edges,).

    Returns
    -------
    list
        The edges that stay as they are, then the pieces along, then those against.
    """
    first = np.ones(len(line), dtype=bool)
    first[1:] = line[1:] != line[:-1]
    last = np.ones(len(line), dtype=bool)
    last[:-1] = first[1:]
    low = np.concatenate([np.where(first, 0.0, np.roll(share, 1)), share[last]])
    high = np.concatenate([share, np.ones(int(last.sum()))])
    of_line = np.concatenate([line, line[last]])
    whole = np.ones(network.n_edges, dtype=bool)
    pieces = []
    for edges, node, backwards in zip(network.edges_of_line, by, (False, True), strict=True):
        # The line's own ends are written -1.
        low_node = np.concatenate([np.where(first, -1, np.roll(node, 1)), node[last]])
        high_node = np.concatenate([node, np.full(int(last.sum()), -1)])
        is_open = edges[of_line] >= 0
        edge = edges[of_line][is_open]
        whole[edge] = False
        ends = (low_node[is_open], low[is_open]), (high_node[is_open], high[is_open])
        (tail, begin), (head, finish) = ends[::-1] if backwards else ends
        pieces.append(
            _Edges(
                tails=np.where(tail < 0, network.tails[edge], tail),
                heads=np.where(head < 0, network.heads[edge], head),
                seconds=moving[edge] * np.abs(finish - begin) + np.where(head < 0, junction[edge], 0.0),
                line=network.line[edge],
                begin=begin,
                finish=finish,
            )
        )
    on_road = network.line[whole] >= 0
    begin, finish = on_road & network.against[whole], on_road & ~network.against[whole]
    stay = _Edges(
        network.tails[whole], network.heads[whole], (moving + junction)[whole], network.line[whole],
        begin.astype(float), finish.astype(float),
    )  # fmt: skip
    return [stay, *pieces]
