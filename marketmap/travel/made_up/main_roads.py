"""Finds towns where postcodes crowd together, and picks out the main roads between them."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from marketmap.travel.made_up.planar import Places, gabriel, neighbouring_pairs, straight_metres
from marketmap.travel.network import Flags, Floats, Ints

TOWN_RADIUS_METRES = 700.0
# (road class, metres between towns at least, places within the radius at least), greatest roads first.
TIERS = (("primary", 7000.0, 60), ("secondary", 3500.0, 25), ("tertiary", 1800.0, 8))
# A lesser road runs along a greater one where that is not this much longer.
_ALONG_MAIN = 0.7
# Towns further apart by road than this many times the straight line get no main road of their own (an estuary).
_FURTHEST_DETOUR = 4.0
_SOURCES_AT_ONCE = 32


def crowding(places: Places) -> Ints:
    """How many places lie within the town radius of each, itself included, (places,)."""
    counts = KDTree(places).query_ball_point(places, TOWN_RADIUS_METRES, return_length=True, workers=-1)
    return np.asarray(counts, dtype=np.int64)


def main_road_tiers(places: Places, crowd: Ints, pairs: Ints, usable: Flags, metres: Floats) -> Ints:
    """Give each pair of neighbouring places its rank as a main road, (pairs,).

    Parameters
    ----------
    places
        (places, 2) metres.
    crowd
        From `crowding`.
    pairs
        (pairs, 2), each once.
    usable
        Pairs that roads may follow, (pairs,).
    metres
        Length of each pair, (pairs,).

    Returns
    -------
    numpy.ndarray
        Position in `TIERS`, ``len(TIERS)`` for a pair that is no main road.
    """
    n_places = len(places)
    rank = np.full(len(pairs), len(TIERS))
    road = np.flatnonzero(usable)
    name = pairs[:, 0] * n_places + pairs[:, 1]
    by_name = np.argsort(name)
    for tier, (_, spacing, minimum) in enumerate(TIERS):
        town = _towns(places, crowd, spacing, minimum)
        if len(town) < 2:
            continue
        joined = neighbouring_pairs(places[town])
        joined = town[joined[gabriel(places[town], joined)]]
        cost = np.where(rank[road] < len(TIERS), metres[road] * _ALONG_MAIN, metres[road])
        ends = (np.concatenate([pairs[road, 0], pairs[road, 1]]), np.concatenate([pairs[road, 1], pairs[road, 0]]))
        graph = csr_array((np.concatenate([cost, cost]), ends), shape=(n_places, n_places))
        on_road = by_name[np.searchsorted(name[by_name], _paths(graph, joined, straight_metres(places, joined)))]
        rank[on_road] = np.minimum(rank[on_road], tier)
    return rank


def _towns(places: Places, crowd: Ints, spacing: float, minimum: int) -> Ints:
    """Most crowded places first, none within the spacing of one chosen before."""
    tree = KDTree(places)
    covered = np.zeros(len(places), dtype=bool)
    towns = []
    for place in np.lexsort((np.arange(len(places)), -crowd)):
        if crowd[place] < minimum:
            break
        if not covered[place]:
            towns.append(place)
            covered[tree.query_ball_point(places[place], spacing)] = True
    return np.array(towns, dtype=np.int64)


def _paths(graph: csr_array, joined: Ints, straight: Floats) -> Ints:
    """Names (low place times their number, plus high place) of the pairs on the shortest paths between towns."""
    n_places = graph.shape[0]
    sources, first = np.unique(joined[:, 0], return_inverse=True)
    furthest = np.zeros(len(sources))
    np.maximum.at(furthest, first, straight)
    names: set[int] = set()
    for some in _chunks(np.argsort(furthest, kind="stable")):
        reach = _FURTHEST_DETOUR * furthest[some].max()
        before = dijkstra(graph, indices=sources[some], limit=reach, return_predecessors=True)[1]
        row_of = {int(place): row for place, row in zip(sources[some], before, strict=True)}
        for origin, place in joined[np.isin(first, some)].tolist():
            row, here = row_of[origin], place
            while here != origin and row[here] >= 0:
                there = int(row[here])
                names.add(min(here, there) * n_places + max(here, there))
                here = there
    return np.array(sorted(names), dtype=np.int64)


def _chunks(order: Ints) -> list[Ints]:
    return [order[begin : begin + _SOURCES_AT_ONCE] for begin in range(0, len(order), _SOURCES_AT_ONCE)]
