"""Postcodes given to points so that locks can be kept: by the definitions, on random graphs."""

import numpy as np
import pytest
from scipy.sparse import csgraph, csr_matrix

from marketmap.blocks.groups import PlaceGroups, group_points
from marketmap.blocks.parting import PARTED, attach_apart
from tests.blocks.brute_force import connected, planar_graph

COUNT = 120
Case = tuple[csr_matrix, np.ndarray, np.ndarray, np.ndarray]


def draw(seed: int) -> Case:
    """A planar county whose west, east and south must be apart, and some places together; two islands."""
    random = np.random.default_rng(seed)
    places = random.uniform(0, 10, (COUNT, 2))
    island = places[:, 1] > 9
    links = planar_graph(places).tocoo()
    apart_from = np.hypot(*(places[links.row] - places[links.col]).T)
    keep = island[links.row] == island[links.col]
    graph = csr_matrix((apart_from[keep], (links.row[keep], links.col[keep])), shape=(COUNT, COUNT))
    graph = graph.maximum(graph.T).tocsr()
    sources = np.sort(random.choice(np.flatnonzero(~island), 12, replace=False))
    apart = np.full((COUNT, 2), -1)
    apart[places[:, 0] < 4, 0] = 0
    apart[places[:, 0] > 6, 0] = 1
    apart[random.choice(COUNT, 12, replace=False), 1] = random.integers(0, 3, 12)
    together = np.full(COUNT, -1)
    for group in range(4):
        members = np.argsort(np.hypot(*(places - random.uniform(0, 10, 2)).T))[:4]
        # only what can be together at all
        places_of = [set(apart[members, lock].tolist()) - {-1} for lock in range(2)]
        if all(len(own) < 2 for own in places_of) and (together[members] < 0).all():
            together[members] = group
    return graph, sources, together, apart


@pytest.mark.parametrize("seed", range(25))
def test_nothing_hangs_on_what_it_must_be_apart_from(seed: int) -> None:
    graph, sources, together, apart = draw(seed)
    nearest = attach_apart(graph, sources, together=together, apart=apart)
    assert nearest[sources].tolist() == list(range(len(sources)))
    for point in range(len(sources)):
        assert connected(graph, np.flatnonzero(nearest == point).tolist())
    # what must be in one block: cells joined by groups
    found = group_points(PlaceGroups((), (), together, apart), nearest, points=len(sources))
    unit = np.where(found.together >= 0, found.together, COUNT + np.arange(len(sources)))
    for own in np.unique(unit):
        inside = np.isin(nearest, np.flatnonzero(unit == own))
        for lock in range(apart.shape[1]):
            assert len(set(apart[inside, lock].tolist()) - {-1}) <= 1
    for group in range(together.max() + 1):
        hung = nearest[(together == group) & (nearest >= 0)]
        assert len(set(unit[hung].tolist())) <= 1
    _, piece = csgraph.connected_components(graph, directed=False)
    reached = np.isin(piece, piece[sources])
    assert (nearest[~reached] == -1).all()
    assert (nearest[reached] != -1).all()
    for at in np.flatnonzero(nearest == PARTED):
        assert not any(
            _would_fit(int(at), point, nearest, unit, together, apart, graph) for point in range(len(sources))
        )


def _would_fit(
    at: int,
    point: int,
    nearest: np.ndarray,
    unit: np.ndarray,
    together: np.ndarray,
    apart: np.ndarray,
    graph: csr_matrix,
) -> bool:
    """Whether a postcode that hangs on nothing touches a cell that it could hang on."""
    beside = graph.indices[graph.indptr[at] : graph.indptr[at + 1]]
    if point not in nearest[beside]:
        return False
    inside = np.isin(nearest, np.flatnonzero(unit == unit[point]))
    inside[at] = True
    if together[at] >= 0:
        others = nearest[(together == together[at]) & (nearest >= 0)]
        inside |= np.isin(nearest, np.flatnonzero(np.isin(unit, unit[others]))) | (together == together[at])
    return all(len(set(apart[inside, lock].tolist()) - {-1}) <= 1 for lock in range(apart.shape[1]))


def test_the_cases_part_some_postcodes_and_join_some_points() -> None:
    parted, joined = 0, 0
    for seed in range(25):
        graph, sources, together, apart = draw(seed)
        nearest = attach_apart(graph, sources, together=together, apart=apart)
        parted += int((nearest == PARTED).sum())
        joined += int((group_points(PlaceGroups((), (), together, apart), nearest, points=12).together >= 0).sum())
    assert parted > 20
    assert joined > 20


def test_without_anything_apart_each_hangs_on_the_nearest() -> None:
    graph, sources, _, _ = draw(1)
    nothing = np.full((COUNT, 1), -1)
    nearest = attach_apart(graph, sources, together=nothing[:, 0], apart=nothing)
    minutes = csgraph.dijkstra(graph, indices=sources)
    reached = np.isfinite(minutes.min(axis=0))
    assert nearest[reached].tolist() == minutes.argmin(axis=0)[reached].tolist()
    assert (nearest[~reached] == -1).all()


def test_a_group_of_which_a_part_can_be_in_no_block_is_barred_whole() -> None:
    """A line: point, its neighbour in place 0, a postcode of place 1 that only that one touches, and a far point."""
    together = np.array([-1, -1, 0, -1, 0])
    apart = np.array([[0], [-1], [1], [0], [1]])
    links = np.array([[0, 1], [1, 2], [2, 3], [3, 4]])
    graph = csr_matrix((np.ones(4), links.T), shape=(5, 5))
    nearest = attach_apart((graph + graph.T).tocsr(), np.array([0, 3, 4]), together=together, apart=apart)
    assert nearest.tolist() == [0, 0, PARTED, 1, 2]
    found = group_points(PlaceGroups((), (), together, apart), nearest, points=3)
    assert found.barred.tolist() == [False, False, True]
    assert found.together.tolist() == [-1, -1, -1]
