"""Many-to-many road times: the engine against SciPy's and NetworkX's Dijkstra on one and the same split graph."""

from __future__ import annotations

import time
from collections.abc import Iterator

import geopandas as gpd
import networkx as nx
import numpy as np
from scipy.sparse.csgraph import dijkstra

from marketmap.inputs.postcodes import load_directory
from marketmap.settings import TravelSettings
from marketmap.travel import illustrative_roads, place_points
from marketmap.travel.matrix import placed_matrix
from marketmap.travel.network import OFF_PEAK
from marketmap.travel.splitting import split_roads

GLOUCESTERSHIRE = tuple(f"E070000{number}" for number in range(78, 84))
POINTS = 5000
SCIPY_SOURCES = 130
NETWORKX_SOURCES = 20


def measure() -> Iterator[str]:
    """Yield the lines of the report."""
    postcodes = load_directory(district_codes=GLOUCESTERSHIRE).county(GLOUCESTERSHIRE)
    network = illustrative_roads(postcodes, settings=TravelSettings())
    chosen = postcodes.sample(POINTS, random_state=0)
    points = gpd.GeoSeries.from_xy(chosen["easting"], chosen["northing"], crs="EPSG:27700")
    began = time.perf_counter()
    placed = place_points(network, points)
    placing = time.perf_counter() - began
    seconds = {}
    for threads in (1, 2):
        began = time.perf_counter()
        minutes = placed_matrix(network, placed, placed, threads=threads)
        seconds[threads] = time.perf_counter() - began
    graph, (nodes, _) = split_roads(network, [placed, placed], scenario=OFF_PEAK)
    matrix = graph.matrix()
    rows = np.random.default_rng(0).choice(np.flatnonzero(nodes >= 0), SCIPY_SOURCES, replace=False)
    began = time.perf_counter()
    exact = dijkstra(matrix, indices=nodes[rows])[:, nodes]
    scipy_source = (time.perf_counter() - began) / SCIPY_SOURCES
    door = exact + placed.access_seconds[rows][:, None] + placed.access_seconds[None, :]
    apart = nodes[rows][:, None] != nodes[None, :]
    worst = float(np.abs(door / 60 - minutes[rows])[apart].max())
    peer = nx.from_scipy_sparse_array(matrix, create_using=nx.DiGraph)
    began = time.perf_counter()
    for row in rows[:NETWORKX_SOURCES]:
        nx.single_source_dijkstra_path_length(peer, nodes[row])
    networkx_source = (time.perf_counter() - began) / NETWORKX_SOURCES
    yield f"{network.describe()['nodes']} nodes, {POINTS:,} x {POINTS:,} points; placing {placing:.1f} s"
    for threads, taken in seconds.items():
        each = taken / POINTS
        yield (
            f"{threads} thread(s): {taken:.1f} s; {networkx_source / each:,.0f} x NetworkX, "
            f"{scipy_source / each:,.1f} x SciPy"
        )
    yield f"largest difference from SciPy: {worst:.6f} minutes"
