"""Shortest times from many nodes to many nodes: a contraction hierarchy where it is installed, else Dijkstra.

Customizable contraction hierarchies: Dibbelt, Strasser and Wagner, ACM JEA 21 (2016), as the library
``routingkit_cch`` has them. Times go in as whole tenths of a millisecond, so a path of a thousand edges is out by
less than 0.001 minutes at the very worst. They are held in 31 bits, the largest of which means "no way": no path
is ever kept that is as long as that, and the sum of two that are shorter fits the 32 bits it is made in, so nothing
can wrap round. A journey of 59 hours and more therefore comes out as no way; Dijkstra knows no such end.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from marketmap.errors import RoadsError
from marketmap.travel.network import Floats, Ints

routingkit_cch: Any
try:
    import routingkit_cch
except ImportError:  # no wheel for this machine: slower, same answers
    routingkit_cch = None

TICKS_A_SECOND = 10_000
_NO_WAY_TICKS = 2**31 - 1
_DIJKSTRA_ROWS = 64  # sources at once: rows of all nodes are held while it runs


@dataclass(frozen=True)
class TimedGraph:
    """Directed edges with times, and the nodes in the order to contract them.

    Attributes
    ----------
    n_nodes
        Number of nodes.
    tails, heads, seconds
        (edges,).
    order
        Every node, least important first; empty when it is not known.
    ends
        The node at which a journey to each node ends, (nodes,); empty where it is always that node itself. A door on
        a road where turning round in passing must not pay has one node that is only left and another that is only
        reached.
    """

    n_nodes: int
    tails: Ints
    heads: Ints
    seconds: Floats
    order: Ints
    ends: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def arrival(self, nodes: Ints) -> Ints:
        """Nodes at which journeys to ``nodes`` end, each (any number,)."""
        return self.ends[nodes] if len(self.ends) else nodes

    def matrix(self) -> csr_array:
        """Sparse (nodes, nodes) seconds from row to column; the shortest of parallel edges, no loops."""
        rows = np.flatnonzero(self.tails != self.heads)
        rows = rows[np.lexsort((self.seconds[rows], self.heads[rows], self.tails[rows]))]
        tails, heads = self.tails[rows], self.heads[rows]
        first = np.ones(len(rows), dtype=bool)
        first[1:] = (np.diff(tails) != 0) | (np.diff(heads) != 0)
        indptr = np.concatenate([[0], np.cumsum(np.bincount(tails[first], minlength=self.n_nodes))])
        shape = (self.n_nodes, self.n_nodes)
        return csr_array((self.seconds[rows][first], heads[first], indptr), shape=shape)


def fast_engine_installed() -> bool:
    """Whether the contraction-hierarchy library can be used here."""
    return routingkit_cch is not None


def contraction_order(x: Floats, y: Floats, tails: Ints, heads: Ints) -> Ints:
    """Order nodes for contraction by inertial flow, (nodes,); empty without the library or without edges."""
    if routingkit_cch is None or not len(tails):
        return np.empty(0, dtype=np.int64)
    between = tails != heads
    order = routingkit_cch.compute_order_inertial(
        len(x), tails[between].tolist(), heads[between].tolist(), y.tolist(), x.tolist()
    )
    return np.asarray(order, dtype=np.int64)


def shortest_seconds(
    graph: TimedGraph,
    sources: Ints,
    targets: Ints,
    *,
    on_row: Callable[[int, Floats], None],
    limit_seconds: float = np.inf,
    fast: bool | None = None,
    threads: int | None = None,
) -> None:
    """Find the time from each source node to every target node, a row at a time.

    Parameters
    ----------
    graph
        The roads.
    sources, targets
        Node numbers.
    on_row
        Called once for each source, perhaps from another thread, with its position in ``sources`` and seconds
        to each target, (targets,), ``inf`` where there is no way.
    limit_seconds
        Times above this may come out as ``inf``.
    fast
        Whether to use the contraction hierarchy; None: where it is installed.
    threads
        How many to use; None: one for each core this process may use.

    Raises
    ------
    RoadsError
        When a time is negative or not a number.
    """
    if not len(sources) or not len(targets):
        return
    if not (graph.seconds >= 0).all():
        raise RoadsError(
            "Some roads have a driving time that is negative or not a number. Check the road file's lengths and the "
            "speeds in the settings."
        )
    if fast is None:
        fast = fast_engine_installed()
    if fast:
        _by_hierarchy(graph, sources, targets, on_row, threads or _cores())
    else:
        _by_dijkstra(graph, sources, targets, on_row, limit_seconds)


def _by_dijkstra(
    graph: TimedGraph, sources: Ints, targets: Ints, on_row: Callable[[int, Floats], None], limit: float
) -> None:
    matrix = graph.matrix()
    for begin in range(0, len(sources), _DIJKSTRA_ROWS):
        rows = dijkstra(matrix, indices=sources[begin : begin + _DIJKSTRA_ROWS], limit=limit)[:, targets]
        for position, row in enumerate(rows, start=begin):
            on_row(position, row)


def _by_hierarchy(
    graph: TimedGraph, sources: Ints, targets: Ints, on_row: Callable[[int, Floats], None], threads: int
) -> None:
    between = graph.tails != graph.heads
    ticks = np.minimum(np.rint(graph.seconds[between] * TICKS_A_SECOND), _NO_WAY_TICKS).astype(np.int64)
    tails, heads = graph.tails[between].tolist(), graph.heads[between].tolist()
    order = graph.order.tolist()
    if len(order) != graph.n_nodes:  # a network that was built and kept where the library was missing
        order = routingkit_cch.compute_order_degree(graph.n_nodes, tails, heads)
    hierarchy = routingkit_cch.CCH(order, tails, heads, False)
    metric = routingkit_cch.CCHMetric(hierarchy, ticks.tolist())
    pinned = targets.tolist()

    given_up = threading.Event()

    def answer(positions: Ints) -> None:
        # A query object may only be touched by the thread that made it, so each worker makes and drops its own,
        # also when something fails: the error would carry it away to the thread that hears of it.
        query: Any = routingkit_cch.CCHOneToMany(metric, pinned)
        try:
            for position in positions.tolist():
                if given_up.is_set():
                    return
                on_row(position, _seconds_of(query.distances_from(int(sources[position]))))
        except BaseException:
            given_up.set()
            raise
        finally:
            del query

    shares = [share for share in np.array_split(np.arange(len(sources)), threads) if len(share)]
    if len(shares) == 1:
        answer(shares[0])
        return
    with ThreadPoolExecutor(len(shares)) as pool:
        try:
            list(pool.map(answer, shares))
        except BaseException:  # also Ctrl-C, which only this thread hears
            given_up.set()
            raise


def _seconds_of(ticks: list[int | None]) -> Floats:
    """Turn a query's answer into seconds. The other threads wait meanwhile, so the usual case takes the short way."""
    try:
        return np.asarray(np.array(ticks, dtype=np.int32) / TICKS_A_SECOND, dtype=float)
    except TypeError:  # None where there is no way
        row = np.array(ticks, dtype=np.float64) / TICKS_A_SECOND
        row[np.isnan(row)] = np.inf
        return row


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
