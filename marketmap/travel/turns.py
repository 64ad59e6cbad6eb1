"""Forbidden turns, kept by taking the junctions that have them apart.

A junction with a forbidden turn becomes one node for each road in and one for each road out, joined by
instant edges for the turns that are allowed, so that shortest paths need no special case anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marketmap.travel.network import Floats, Ints


@dataclass(frozen=True)
class Turns:
    """Turns that may not be made: from line ``came``, through node ``at``, into line ``goes``, each (turns,)."""

    came: Ints
    at: Ints
    goes: Ints

    @classmethod
    def none(cls) -> Turns:
        """No turn is forbidden."""
        empty = np.empty(0, dtype=np.int64)
        return cls(empty, empty, empty)


def forbid_turns(
    node_x: Floats, node_y: Floats, tail: Ints, head: Ints, line: Ints, *, turns: Turns
) -> tuple[Floats, Floats, Ints, Ints, int]:
    """Take the junctions of forbidden turns apart.

    Parameters
    ----------
    node_x, node_y
        (nodes,) metres.
    tail, head, line
        Nodes that each directed edge joins, and the line it runs along, (edges,).
    turns
        What may not be done.

    Returns
    -------
    node_x, node_y, tail, head, extra
        Nodes and edges with the junctions' insides added at the end: ``extra`` edges that take no time.
    """
    if not len(turns.at):
        return node_x, node_y, tail, head, 0
    tail, head = tail.copy(), head.copy()
    banned = set(zip(turns.came.tolist(), turns.at.tolist(), turns.goes.tolist(), strict=True))
    junctions = np.unique(turns.at)
    arriving, leaving = np.flatnonzero(np.isin(head, junctions)), np.flatnonzero(np.isin(tail, junctions))
    came_at, went_from = head[arriving], tail[leaving]
    n_nodes = len(node_x)
    head[arriving] = n_nodes + np.arange(len(arriving))
    tail[leaving] = n_nodes + len(arriving) + np.arange(len(leaving))
    inside = [
        (n_nodes + i, n_nodes + len(arriving) + j)
        for node in junctions.tolist()
        for i in np.flatnonzero(came_at == node).tolist()
        for j in np.flatnonzero(went_from == node).tolist()
        if (int(line[arriving[i]]), node, int(line[leaving[j]])) not in banned
    ]
    added = np.concatenate([came_at, went_from])
    joins = np.array(inside, dtype=np.int64).reshape(-1, 2)
    return (
        np.concatenate([node_x, node_x[added]]),
        np.concatenate([node_y, node_y[added]]),
        np.concatenate([tail, joins[:, 0]]),
        np.concatenate([head, joins[:, 1]]),
        len(joins),
    )
