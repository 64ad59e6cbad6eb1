"""Cuts roads where points are placed, so that every point is a node and times between points are exact."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from marketmap.travel.engine import TimedGraph
from marketmap.travel.network import OFF_PEAK, Floats, Ints, RoadNetwork
from marketmap.travel.placing import Placement

# Places on one line nearer than this share of it are one place (1 mm on a 1 km road).
_SHARE_DIGITS = 6


def split_roads(
    network: RoadNetwork, placements: Sequence[Placement], *, scenario: str = OFF_PEAK
) -> tuple[TimedGraph, list[Ints]]:
    """Cut each road at the places that points have on it.

    The time along a cut edge is shared out by length; the junction's delay stays with the piece that arrives there.
    Two points at one place share a node, and a point at the very end of a road is that end's node.

    Returns
    -------
    graph
        Nodes of the network first, then one for each cut.
    nodes
        For each placement, the node of each point, (points,); -1 where the point is not placed.
    """
    line = np.concatenate([placement.line for placement in placements])
    # A road without length has no shares: all of it is its start.
    share = np.nan_to_num(np.round(np.concatenate([placement.share for placement in placements]), _SHARE_DIGITS))
    node = np.full(len(line), -1)
    placed = line >= 0
    start, end = _line_ends(network)
    at_start = placed & (share <= 0) & (start[line] >= 0)
    at_end = placed & (share >= 1) & (end[line] >= 0)
    node[at_start], node[at_end] = start[line[at_start]], end[line[at_end]]
    inside = np.flatnonzero(placed & ~at_start & ~at_end)
    cuts, which = np.unique(np.column_stack([line[inside], share[inside]]), axis=0, return_inverse=True)
    node[inside] = network.n_nodes + which.ravel()
    graph = _cut(network, cuts[:, 0].astype(np.int64), cuts[:, 1], *network.split_seconds(scenario))
    return graph, np.split(node, np.cumsum([len(placement.line) for placement in placements])[:-1])


def _line_ends(network: RoadNetwork) -> tuple[Ints, Ints]:
    """Find the node at each end of each line; -1 where the two ways have different ones (forbidden turns)."""
    along, against = network.edges_of_line
    ends = []
    for first, second in ((network.tails, network.heads), (network.heads, network.tails)):
        one = np.where(along >= 0, first[along], -1)
        other = np.where(against >= 0, second[against], -1)
        agreed = np.where(one < 0, other, one)
        ends.append(np.where((one >= 0) & (other >= 0) & (one != other), -1, agreed))
    return ends[0], ends[1]


def _cut(network: RoadNetwork, line: Ints, share: Floats, moving: Floats, junction: Floats) -> TimedGraph:
    """Replace the edges of cut lines by their pieces; cuts come sorted by line, then share."""
    n_cuts = len(line)
    cut_node = network.n_nodes + np.arange(n_cuts)
    first = np.ones(n_cuts, dtype=bool)
    first[1:] = line[1:] != line[:-1]
    last = np.ones(n_cuts, dtype=bool)
    last[:-1] = first[1:]
    before_node = np.where(first, -1, np.roll(cut_node, 1))
    before_share = np.where(first, 0.0, np.roll(share, 1))
    # Pieces as (from, to, share of the line), the line's own ends written -1.
    piece_from = np.concatenate([before_node, cut_node[last]])
    piece_to = np.concatenate([cut_node, np.full(int(last.sum()), -1)])
    piece_share = np.concatenate([share - before_share, 1.0 - share[last]])
    piece_line = np.concatenate([line, line[last]])

    whole = np.ones(network.n_edges, dtype=bool)
    tails, heads, times = [], [], []
    for edges, begin, finish in zip(network.edges_of_line, (piece_from, piece_to), (piece_to, piece_from), strict=True):
        edge = edges[piece_line]
        is_open = edge >= 0
        edge, begin_at, finish_at = edge[is_open], begin[is_open], finish[is_open]
        whole[edge] = False
        tails.append(np.where(begin_at < 0, network.tails[edge], begin_at))
        heads.append(np.where(finish_at < 0, network.heads[edge], finish_at))
        times.append(moving[edge] * piece_share[is_open] + np.where(finish_at < 0, junction[edge], 0.0))
    return TimedGraph(
        n_nodes=network.n_nodes + n_cuts,
        tails=np.concatenate([network.tails[whole], *tails]),
        heads=np.concatenate([network.heads[whole], *heads]),
        seconds=np.concatenate([(moving + junction)[whole], *times]),
        # A cut joins only two neighbours, so contracting it first adds nothing to the hierarchy.
        order=np.concatenate([cut_node, network.order]) if len(network.order) else network.order,
    )
