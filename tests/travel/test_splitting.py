"""Cut roads: a time hangs on its two points alone, also where turns are forbidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from marketmap.settings import TravelSettings
from marketmap.travel import RoadNetwork, place_points
from marketmap.travel.assembly import RoadLines, assemble, line_lengths
from marketmap.travel.engine import fast_engine_installed
from marketmap.travel.matrix import placed_matrix
from marketmap.travel.network import RoadSource
from marketmap.travel.placing import Placement
from marketmap.travel.splitting import split_roads
from marketmap.travel.turns import Turns

Times = NDArray[np.float64]
SIDE, STEP, DELAY = 3, 400.0, 7.0
METRES_A_SECOND = 10.0
SETTINGS = TravelSettings(speeds_kmh={"residential": METRES_A_SECOND * 3.6}, junction_seconds=DELAY)
SEEDS = range(40)


@dataclass(frozen=True)
class Town:
    """A grid of streets, some one-way, with forbidden turns (line, node, line), and doors as (line, share)."""

    ends: list[tuple[int, int]]
    one_way: list[int]
    banned: set[tuple[int, int, int]]
    doors: list[tuple[int, float]]


def _place(node: int) -> tuple[float, float]:
    return 1000.0 + STEP * (node % SIDE), 1000.0 + STEP * (node // SIDE)


def _town(seed: int) -> Town:
    rng = Random(seed)  # noqa: S311
    nodes = range(SIDE * SIDE)
    ends = [(n, n + 1) for n in nodes if n % SIDE < SIDE - 1] + [(n, n + SIDE) for n in nodes if n + SIDE < SIDE**2]
    ends = [pair if rng.random() < 0.5 else pair[::-1] for pair in ends if rng.random() < 0.85]
    one_way = [i for i in range(len(ends)) if rng.random() < 0.15]
    turns = [
        (came, node, goes)
        for came, goes in product(range(len(ends)), repeat=2)
        for node in set(ends[came]) & set(ends[goes])
    ]
    banned = set(rng.sample(turns, k=min(len(turns), rng.randint(1, 12))))
    shares = (0.0, 0.25, 0.4, 0.4, 0.8, 1.0)
    return Town(ends, one_way, banned, [(rng.randrange(len(ends)), rng.choice(shares)) for _ in range(14)])


def _build(town: Town) -> RoadNetwork:
    ends = np.array(town.ends)
    xy = np.array([_place(node) for node in range(SIDE * SIDE)])
    line_start, shape = np.arange(0, 2 * len(ends) + 1, 2), xy[ends].reshape(-1, 2)
    banned = np.array(sorted(town.banned)).reshape(-1, 3)
    lines = RoadLines(
        node_x=xy[:, 0], node_y=xy[:, 1], start=ends[:, 0], end=ends[:, 1],
        along=np.ones(len(ends), dtype=bool), against=~np.isin(np.arange(len(ends)), town.one_way),
        metres=line_lengths(line_start, shape[:, 0], shape[:, 1]),
        road_class=np.zeros(len(ends), dtype=np.int64), classes=("residential",),
        maxspeed_kmh=np.full(len(ends), np.nan), built_up=np.zeros(len(ends), dtype=bool),
        line_start=line_start, line_x=shape[:, 0], line_y=shape[:, 1],
        turns=Turns(banned[:, 0], banned[:, 1], banned[:, 2]),
    )  # fmt: skip
    return assemble(lines, settings=SETTINGS, source=RoadSource("a town", "", ""))


def _drives(town: Town, network: RoadNetwork) -> dict[tuple[int, int], tuple[int, int]]:
    """Nodes that each drive leads from and to; those that forbidden turns cut off from the rest are left out."""
    ends = np.column_stack([network.x[network.tails], network.y[network.tails],
                            network.x[network.heads], network.y[network.heads]])  # fmt: skip
    kept = {tuple(row) for row in ends[network.line >= 0].tolist()}
    every = {(line, way): pair[::way] for line, pair in enumerate(town.ends) for way in (1, -1)
             if way == 1 or line not in town.one_way}  # fmt: skip
    return {drive: (tail, head) for drive, (tail, head) in every.items() if (*_place(tail), *_place(head)) in kept}


def _doors(town: Town, network: RoadNetwork) -> tuple[list[tuple[int, float]], Placement]:
    """Doors on roads that were kept, and where they are on the network."""
    kept = {line for line, _ in _drives(town, network)}
    doors = [door for door in town.doors if door[0] in kept]
    shapes = [shapely.LineString([_place(a), _place(b)]) for a, b in town.ends]
    points = [shapes[line].interpolate(share, normalized=True) for line, share in doors]
    return doors, place_points(network, gpd.GeoSeries(points, crs=27700))


def _reference(town: Town, network: RoadNetwork, doors: Sequence[tuple[int, float]]) -> Times:
    """Minutes between doors by NetworkX, on a graph whose nodes are drives along a street, and whose edges turns."""
    arms = Counter(node for pair in town.ends for node in pair)
    seconds = STEP / METRES_A_SECOND
    drives = _drives(town, network)
    # Each drive has a beginning, when it has been turned into, and an end, after the delay there.
    graph: nx.DiGraph[object] = nx.DiGraph()
    for drive, (_, head) in drives.items():
        graph.add_edge((drive, "begins"), (drive, "ends"), s=seconds + DELAY * (arms[head] >= 3))
    for (one, (_, via)), (other, (tail, _)) in product(drives.items(), repeat=2):
        if via == tail and (one[0], via, other[0]) not in town.banned:
            graph.add_edge((one, "ends"), (other, "begins"), s=0.0)
    for number, (line, share) in enumerate(doors):
        corner = town.ends[line][int(share)] if share in {0.0, 1.0} else None
        for drive, (tail, head) in drives.items():
            out, into = ("out", number), ("in", number)
            if corner is not None:
                if tail == corner:
                    graph.add_edge(out, (drive, "begins"), s=0.0)
                if head == corner:
                    graph.add_edge((drive, "ends"), into, s=0.0)
            elif drive[0] == line:
                done = share if drive[1] == 1 else 1 - share
                graph.add_edge(out, (drive, "ends"), s=seconds * (1 - done) + DELAY * (arms[head] >= 3))
                graph.add_edge((drive, "begins"), into, s=seconds * done)
                for there, (other_line, further) in enumerate(doors):
                    ahead = (further - share) * drive[1]
                    if other_line == line and ahead >= 0 and further not in {0.0, 1.0}:
                        graph.add_edge(out, ("in", there), s=seconds * ahead)
    minutes = np.full((len(doors), len(doors)), np.inf)
    for number in range(len(doors)):
        reached = nx.single_source_dijkstra_path_length(graph, ("out", number), weight="s")
        for there in range(len(doors)):
            same = _spot(town, doors[number]) == _spot(town, doors[there])
            minutes[number, there] = 0.0 if same else reached.get(("in", there), np.inf) / 60
    return minutes


def _spot(town: Town, door: tuple[int, float]) -> object:
    return town.ends[door[0]][int(door[1])] if door[1] in {0.0, 1.0} else door


def _engines() -> Iterator[bool]:
    yield from {False, fast_engine_installed()}


@pytest.mark.parametrize("seed", SEEDS)
def test_times_are_those_of_a_search_over_turns(seed: int) -> None:
    town = _town(seed)
    network = _build(town)
    doors, placement = _doors(town, network)
    want = _reference(town, network, doors)
    for fast in _engines():
        assert placed_matrix(network, placement, placement, fast=fast) == pytest.approx(want, abs=1e-4)


def _some(placement: Placement, kept: Sequence[int]) -> Placement:
    columns = ("index", "x", "y", "line", "share", "metres", "access_seconds", "reason")
    return Placement(**{name: getattr(placement, name)[list(kept)] for name in columns}, snap_metres=1000.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_time_hangs_on_no_other_point(seed: int) -> None:
    town, rng = _town(seed), Random(seed)  # noqa: S311
    network = _build(town)
    _, placement = _doors(town, network)
    size = len(placement.line)
    whole = placed_matrix(network, placement, placement, fast=False)
    for _ in range(6):
        came, goes = (sorted(rng.sample(range(size), k=rng.randint(1, size))) for _ in range(2))
        part = placed_matrix(network, _some(placement, came), _some(placement, goes), fast=False)
        assert part == pytest.approx(whole[np.ix_(came, goes)], abs=1e-4)


def test_the_towns_are_worth_testing() -> None:
    """Many have doors next to a junction taken apart, at one, and elsewhere."""
    beside = at = plain = 0
    for seed in SEEDS:
        town = _town(seed)
        apart = {node for _, node, _ in town.banned}
        for line, share in _doors(town, _build(town))[0]:
            on_corner = share in {0.0, 1.0}
            at += on_corner and town.ends[line][int(share)] in apart
            beside += not on_corner and bool(apart & set(town.ends[line]))
            plain += not apart & set(town.ends[line])
    assert min(beside, at, plain) >= 20


def test_roads_without_forbidden_turns_get_one_node_a_cut() -> None:
    town = _town(0)
    free = Town(town.ends, town.one_way, set(), town.doors)
    network = _build(free)
    _, placement = _doors(free, network)
    graph, (node,) = split_roads(network, [placement])
    assert graph.n_nodes == network.n_nodes + len(set(node[node >= network.n_nodes].tolist()))
    assert (graph.arrival(node) == node).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_pieces_say_where_on_their_line_they_are(seed: int) -> None:
    town = _town(seed)
    network = _build(town)
    graph, _ = split_roads(network, [_doors(town, network)[1]])
    length = np.abs(graph.finish - graph.begin)
    assert (length[graph.line < 0] == 0).all()
    for line in range(network.n_lines):
        mine = graph.line == line
        for turned, edge in zip((False, True), (edges[line] for edges in network.edges_of_line), strict=True):
            way = mine & ((graph.finish < graph.begin) == turned)
            assert length[way].sum() == pytest.approx(1.0 if edge >= 0 else 0.0)
