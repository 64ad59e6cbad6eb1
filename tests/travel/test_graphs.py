"""NetworkX graphs and the GraphML files of OSMnx."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx
import pandas as pd
import pytest

from marketmap.errors import CrsError, RoadsError
from marketmap.settings import TravelSettings
from marketmap.travel import from_networkx, read_roads, to_networkx, travel_matrix
from tests.travel.tiny_roads import PLAIN, build


def _graph(**crs: Any) -> nx.MultiDiGraph:
    """A two-way street of 1 km, then a one-way one of 500 m and a two-way one back."""
    graph = nx.MultiDiGraph(**({"crs": "EPSG:27700"} | crs))
    for node, (x, y) in enumerate([(486000.0, 308000.0), (487000.0, 308000.0), (487000.0, 308500.0)]):
        graph.add_node(node, x=x, y=y)
    for u, v, length, way in [(0, 1, 1000.0, 7), (1, 0, 1000.0, 7), (1, 2, 500.0, 8), (2, 0, 1200.0, 9)]:
        graph.add_edge(u, v, length=length, highway="residential", osmid=way)
    return graph


def test_the_two_directions_of_a_street_become_one_line() -> None:
    network = from_networkx(_graph(), settings=PLAIN)
    assert (network.n_nodes, network.n_edges, network.n_lines) == (3, 4, 3)
    mid = gpd.GeoSeries(gpd.points_from_xy([486500.0, 486000.0, 487000.0], [308000.0] * 3), crs=27700)
    minutes = travel_matrix(network, mid, mid)
    assert minutes[0] == pytest.approx([0.0, 500 / 600, 500 / 600], abs=1e-3)
    assert minutes[:, 0] == pytest.approx([0.0, 500 / 600, 500 / 600], abs=1e-3)


def test_a_network_survives_the_way_out_and_in(rutland_file: Path, rutland_postcodes: pd.DataFrame) -> None:
    settings = TravelSettings(junction_seconds=0.0)  # arms that were cut off make junctions too, and do not go out
    rutland = read_roads(rutland_file, settings=settings)
    back = from_networkx(to_networkx(rutland), settings=settings)
    chosen = rutland_postcodes.sample(80, random_state=0)
    points = gpd.GeoSeries(gpd.points_from_xy(chosen["easting"], chosen["northing"]), crs=27700)
    there, here = travel_matrix(back, points, points), travel_matrix(rutland, points, points)
    # Forbidden turns, three in Rutland, are not carried over.
    assert np.quantile(np.abs(there - here), 0.99) < 0.001
    assert back.n_lines == rutland.n_lines


def test_a_file_saved_by_osmnx_is_read(tmp_path: Path) -> None:
    graph = _graph()
    graph.edges[0, 1, 0]["maxspeed"] = ["20 mph", "30 mph"]
    graph.edges[1, 0, 0]["maxspeed"] = ["20 mph", "30 mph"]
    graph.edges[2, 0, 0]["highway"] = ["primary", "residential"]
    path = tmp_path / "roads.graphml"
    osmnx.save_graphml(graph, path)
    network = read_roads(path, settings=PLAIN)
    assert network.n_edges == 4
    assert network.source.sha256
    assert np.sort(network.kmh) == pytest.approx([32.19, 32.19, 36.0, 36.0], abs=0.01)


def test_other_classes_are_left_out() -> None:
    graph = _graph()
    graph.add_edge(0, 2, length=5.0, highway="footway")
    assert from_networkx(graph, settings=PLAIN).n_edges == 4


class TestFaults:
    @pytest.mark.parametrize("length", [None, -5.0, "long", float("nan")])
    def test_lengths(self, tmp_path: Path, length: Any) -> None:
        graph = _graph()
        if length is None:
            del graph.edges[1, 2, 0]["length"]
        else:
            graph.edges[1, 2, 0]["length"] = length
        with pytest.raises(RoadsError, match="length"):
            from_networkx(graph, settings=PLAIN)
        nx.write_graphml(graph, tmp_path / "roads.graphml")
        with pytest.raises(RoadsError, match=r"roads\.graphml"):
            read_roads(tmp_path / "roads.graphml", settings=PLAIN)

    @pytest.mark.parametrize("text", ["<html/>", "", "<graphml", "<?xml version='1.0'?><graphml></graphml>"])
    def test_not_graphml(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "roads.graphml"
        path.write_text(text)
        with pytest.raises(RoadsError, match=r"roads\.graphml"):
            read_roads(path)

    def test_no_drivable_road(self) -> None:
        with pytest.raises(RoadsError, match="no road"):
            from_networkx(_graph(), settings=TravelSettings(speeds_kmh={"motorway": 100.0}))

    def test_no_reference_system(self) -> None:
        with pytest.raises(CrsError):
            from_networkx(_graph(crs=None), settings=PLAIN)

    def test_unknown_reference_system(self) -> None:
        with pytest.raises(CrsError, match="Reproject"):
            from_networkx(_graph(crs="EPSG:999999"), settings=PLAIN)

    def test_nodes_without_places(self) -> None:
        graph = _graph()
        del graph.nodes[2]["x"]
        with pytest.raises(RoadsError, match="x and y"):
            from_networkx(graph, settings=PLAIN)


def test_what_comes_out_is_a_graph_osmnx_can_use() -> None:
    graph = to_networkx(build([(0.0, 0.0), (1000.0, 0.0)], [(0, 1)]))
    nodes, edges = osmnx.graph_to_gdfs(graph)
    assert len(nodes) == 2
    assert edges["travel_time"].tolist() == pytest.approx([100.0, 100.0])
    assert edges.crs == "EPSG:27700"
