"""Zones made of points are zones made of whole, connected postcodes."""

import networkx as nx
import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from marketmap.blocks.neighbourhood import attach_postcodes


def grid_county(seed: int, side: int = 7) -> tuple[pd.DataFrame, pd.Index]:
    generator = np.random.default_rng(seed)
    graph = nx.grid_2d_graph(side, side)
    names = {node: f"GL{node[0]} {node[1]}AA" for node in graph}
    rows = [(names[a], names[b], generator.choice([0.0, 1.0, 2.5])) for a, b in graph.edges]
    return pd.DataFrame(rows, columns=["postcode_a", "postcode_b", "minutes"]), pd.Index(sorted(names.values()))


@given(seed=st.integers(0, 10_000), wanted=st.integers(1, 12), barred_count=st.integers(0, 6))
def test_every_point_keeps_a_connected_cell_and_adjacent_cells_touch(seed: int, wanted: int, barred_count: int) -> None:
    neighbours, postcodes = grid_county(seed)
    generator = np.random.default_rng(seed + 1)
    picked = generator.permutation(postcodes)
    points, barred = pd.Index(sorted(picked[:wanted])), pd.Index(picked[wanted : wanted + barred_count])
    point_of, adjacency = attach_postcodes(neighbours, postcodes=postcodes, points=points, barred=barred)
    graph = nx.from_pandas_edgelist(neighbours, "postcode_a", "postcode_b")
    graph.remove_nodes_from(barred)
    assert (point_of[barred] == -1).all()
    for number, point in enumerate(points):
        cell = point_of.index[point_of == number]
        assert point in cell
        assert nx.is_connected(graph.subgraph(cell))
    touching = {tuple(sorted((point_of[a], point_of[b]))) for a, b in graph.edges if point_of[a] != point_of[b]}
    rows, columns = adjacency.nonzero()
    assert {tuple(sorted(pair)) for pair in zip(rows, columns, strict=True)} == {p for p in touching if p[0] >= 0}
    assert (adjacency != adjacency.T).nnz == 0
    for code in postcodes:
        reached = code in graph and any(nx.has_path(graph, code, point) for point in points)
        assert (point_of[code] >= 0) == reached


def test_a_postcode_hangs_on_the_nearest_demand_by_road_not_by_count_of_steps() -> None:
    neighbours = pd.DataFrame(
        {"postcode_a": ["A", "B", "B"], "postcode_b": ["B", "C", "D"], "minutes": [9.0, 1.0, 1.0]}
    )
    point_of, _ = attach_postcodes(
        neighbours, postcodes=pd.Index(list("ABCD")), points=pd.Index(["A", "D"]), barred=pd.Index([])
    )
    assert point_of.tolist() == [0, 1, 1, 1]
