"""Quickest times between the nodes of a network, by SciPy, for holding other ways to them against."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from marketmap.travel import RoadNetwork


def time_matrix(network: RoadNetwork) -> Any:
    """Seconds from node to node by the quicker of parallel edges, sparse (nodes, nodes)."""
    seconds = np.maximum(network.seconds(), 1e-12)  # SciPy takes 0 for no edge
    order = np.lexsort((seconds, network.heads, network.tails))
    ends = np.column_stack([network.tails, network.heads])[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (ends[1:] != ends[:-1]).any(axis=1)
    shape = (network.n_nodes, network.n_nodes)
    return csr_array((seconds[order][first], (ends[first, 0], ends[first, 1])), shape=shape)


def lone_nodes(network: RoadNetwork) -> dict[tuple[float, float], int]:
    """Nodes by their place (easting, northing); a junction taken apart has several at one, and is left out."""
    found: dict[tuple[float, float], list[int]] = {}
    for node, place in enumerate(zip(network.x.tolist(), network.y.tolist(), strict=True)):
        found.setdefault(place, []).append(node)
    return {place: nodes[0] for place, nodes in found.items() if len(nodes) == 1}
