"""Many-to-many road times at county size: the engine against SciPy's and NetworkX's Dijkstra on the same split graph.

About 70,000 nodes, as a county's drivable roads have: illustrative roads over the postcodes of Gloucestershire and its
neighbours. Points are postcodes moved up to 40 m, so that each is placed along a road and cuts it in two.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
from scipy.sparse.csgraph import dijkstra

from marketmap.inputs.postcodes import load_directory
from marketmap.settings import Settings
from marketmap.travel import RoadNetwork, county_roads, county_travel, place_points, travel_matrix
from marketmap.travel.matrix import placed_matrix
from marketmap.travel.splitting import split_roads

# Gloucestershire's six districts, South Gloucestershire, Wiltshire and Worcestershire's six.
COUNTIES = (
    *(f"E070000{number}" for number in range(78, 84)), "E06000025", "E06000054",
    *(f"E07000{number}" for number in range(234, 240)),
)  # fmt: skip
POINTS = 5000
MOVED_METRES = 40.0
SCIPY_SOURCES = 130
NETWORKX_SOURCES = 20
SETTINGS = Settings()


def measure() -> Iterator[str]:
    """Yield the lines of the report."""
    postcodes = load_directory(district_codes=COUNTIES).county(COUNTIES)
    points = _move_points(postcodes)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        began = time.perf_counter()
        network = county_roads(None, postcodes, settings=SETTINGS.travel, cache_dir=cache)
        built = time.perf_counter() - began
        began = time.perf_counter()
        travel_matrix(network, points, points)
        called = time.perf_counter() - began
        yield (
            f"{network.n_nodes:,} nodes, {network.n_edges:,} edges; network built in {built:.1f} s; "
            f"{POINTS:,} x {POINTS:,} points placed, split and timed by the public call in {called:.1f} s; "
            f"{built + called:.1f} s together (under 20)"
        )
        yield from _measure_ratios(network, points)
        yield _measure_memory(cache, points)
        yield _measure_cache(network, postcodes, points, cache)


def _move_points(postcodes: pd.DataFrame) -> gpd.GeoSeries:
    rng = np.random.default_rng(0)
    chosen = postcodes.iloc[rng.choice(len(postcodes), POINTS, replace=False)]
    moved = chosen[["easting", "northing"]] + rng.uniform(-MOVED_METRES, MOVED_METRES, size=(POINTS, 2))
    return gpd.GeoSeries.from_xy(moved["easting"], moved["northing"], crs="EPSG:27700")


def _measure_ratios(network: RoadNetwork, points: gpd.GeoSeries) -> Iterator[str]:
    placed = place_points(network, points)
    graph, (nodes, _) = split_roads(network, [placed, placed])
    matrix = graph.matrix()
    rows = np.random.default_rng(1).choice(np.flatnonzero(nodes >= 0), SCIPY_SOURCES, replace=False)
    began = time.perf_counter()
    exact = dijkstra(matrix, indices=nodes[rows])[:, graph.arrival(nodes)]
    scipy_source = (time.perf_counter() - began) / SCIPY_SOURCES
    peer = nx.from_scipy_sparse_array(matrix, create_using=nx.DiGraph)
    began = time.perf_counter()
    for row in rows[:NETWORKX_SOURCES]:
        nx.single_source_dijkstra_path_length(peer, nodes[row])
    networkx_source = (time.perf_counter() - began) / NETWORKX_SOURCES
    yield (
        f"a source on the split graph of {graph.n_nodes:,} nodes: NetworkX {networkx_source * 1000:,.0f} ms, "
        f"SciPy {scipy_source * 1000:,.1f} ms"
    )
    for threads in (1, 2):
        began = time.perf_counter()
        minutes = placed_matrix(network, placed, placed, threads=threads)
        taken = time.perf_counter() - began
        each = taken / POINTS
        yield (
            f"{threads} thread{'s' if threads > 1 else ''}: {taken:.1f} s, {networkx_source / each:,.0f} x NetworkX "
            f"(at least 150, goal 200), {scipy_source / each:,.1f} x SciPy (at least 7)"
        )
    door = exact + placed.access_seconds[rows][:, None] + placed.access_seconds[None, :]
    # The same door is 0 minutes away by rule, not by way of its road and back.
    door[np.arange(len(rows)), rows] = 0.0
    worst = float(np.abs(door / 60 - minutes[rows]).max())
    yield f"largest difference from SciPy over {SCIPY_SOURCES} x {POINTS:,} pairs: {worst:.6f} minutes (under 0.001)"


def _measure_memory(cache: Path, points: gpd.GeoSeries) -> str:
    if sys.platform != "linux":
        return "peak memory of the public call: measured on Linux only"
    # A process of its own: the highest mark of this one was set while the peers ran.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        before, after = pool.apply(_call_alone, (cache, points))
    return f"peak memory of the public call above its inputs: {after - before:,.0f} MiB (under 1,024)"


def _call_alone(cache: Path, points: gpd.GeoSeries) -> tuple[float, float]:
    postcodes = load_directory(district_codes=COUNTIES).county(COUNTIES)
    network = county_roads(None, postcodes, settings=SETTINGS.travel, cache_dir=cache)
    before = _forget_peak()
    travel_matrix(network, points, points)
    return before, _read_status("VmHWM")


def _forget_peak() -> float:
    """Let Linux start its high-water mark anew (proc(5), clear_refs), and give the memory held now, MiB."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _read_status("VmRSS")


def _read_status(name: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return float(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


def _measure_cache(network: RoadNetwork, postcodes: pd.DataFrame, points: gpd.GeoSeries, cache: Path) -> str:
    wanted = pd.DataFrame({"easting": points.x, "northing": points.y}, index=points.index)
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        county_travel(network, wanted, wanted, settings=SETTINGS, cache_dir=cache)
        seconds.append(time.perf_counter() - began)
    began = time.perf_counter()
    county_roads(None, postcodes, settings=SETTINGS.travel, cache_dir=cache)
    read = time.perf_counter() - began
    return (
        f"matrix and road neighbours of those points: {seconds[0]:.1f} s cold, {seconds[1]:.2f} s from the cache "
        f"(under 1); the network from the cache: {read:.2f} s"
    )
