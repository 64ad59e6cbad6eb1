"""NetworkX graphs and the GraphML files of OSMnx."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx
import pytest
import shapely
from scipy.sparse.csgraph import dijkstra

from marketmap.errors import CrsError, RoadsError
from marketmap.settings import TravelSettings
from marketmap.travel import RoadNetwork, from_networkx, read_roads, to_networkx, travel_matrix
from tests.travel.node_times import lone_nodes, time_matrix
from tests.travel.tiny_roads import PLAIN, build, write_osm

# Each entity is the one before twenty times over.
BOMB = ["&a;" * 20, *(f"&a{i};" * 20 for i in range(8))]


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


def _compare(one: RoadNetwork, other: RoadNetwork, n_sources: int) -> float:
    """Largest difference of node-to-node times, seconds."""
    nodes, others = lone_nodes(one), lone_nodes(other)
    both = sorted(set(nodes) & set(others))
    assert len(both) > 0.99 * len(nodes)
    picked = [both[i] for i in np.random.default_rng(0).permutation(len(both))[:n_sources]]
    here = dijkstra(time_matrix(one), indices=[nodes[k] for k in picked])[:, [nodes[k] for k in both]]
    there = dijkstra(time_matrix(other), indices=[others[k] for k in picked])[:, [others[k] for k in both]]
    return float(np.abs(here - there).max())


def test_a_network_survives_the_way_out_and_in(rutland: RoadNetwork) -> None:
    back = from_networkx(to_networkx(rutland), settings=rutland.settings)
    assert back.n_lines == rutland.n_lines
    assert (back.line < 0).any()
    assert _compare(rutland, back, 60) < 1e-9
    for scenario in ("peak", "night"):
        assert back.seconds(scenario).sum() == pytest.approx(rutland.seconds(scenario).sum(), rel=1e-12)


def _by_way_of_a_file(network: RoadNetwork, folder: Path, crs: str, settings: TravelSettings) -> RoadNetwork:
    graph = to_networkx(network)
    osmnx.save_graphml(graph if crs == "EPSG:27700" else osmnx.project_graph(graph, to_crs=crs), folder / "r.graphml")
    return read_roads(folder / "r.graphml", settings=settings)


@pytest.mark.parametrize("crs", ["EPSG:27700", "EPSG:4326"])
def test_a_network_survives_a_file(tmp_path: Path, crs: str) -> None:
    nodes = {1: (0, 0), 2: (5, 0), 3: (5, 5), 4: (10, 0), 5: (10, 5), 6: (15, 0), 7: (10, -5), 8: (20, 0)}
    street = {"highway": "residential", "maxspeed": "20 mph"}
    ways = [
        (10, (1, 2), street), (11, (2, 3), street), (12, (2, 4), street), (13, (4, 5), street), (14, (5, 3), street),
        (15, (4, 6), street),
        (16, (6, 8), {**street, "highway": "primary"}),
        # Cannot be driven out of, so it is cut off; its arm makes a junction of node 6 all the same.
        (17, (6, 7), {**street, "oneway": "yes"}),
    ]  # fmt: skip
    path = write_osm(tmp_path / "roads.osm", nodes=nodes, ways=ways, restrictions=[("no_left_turn", 10, 2, 11)])
    settings = dataclasses.replace(PLAIN, junction_seconds=20.0)
    network = read_roads(path, settings=settings)
    assert len(network.cut_off) == 1
    # Three edges arrive at node 2 and at node 4, and two at node 6, where the way that is cut off only leaves.
    assert (network.delay > 0).sum() == 3 + 3 + 2
    doors = gpd.GeoSeries(shapely.line_interpolate_point(network.lines, 0.4, normalized=True), crs=27700)
    back = _by_way_of_a_file(network, tmp_path, crs, settings)
    assert travel_matrix(back, doors, doors) == pytest.approx(travel_matrix(network, doors, doors), abs=1e-4)
    assert back.source.facts["made_from"] == "roads.osm"
    assert back.source.facts["made_from_sha256"] == network.source.sha256
    # Where cars slow is kept; how long it takes them is for the settings to say.
    slower = _by_way_of_a_file(network, tmp_path, crs, dataclasses.replace(settings, junction_seconds=30.0))
    again = read_roads(path, settings=slower.settings)
    assert travel_matrix(slower, doors, doors) == pytest.approx(travel_matrix(again, doors, doors), abs=1e-4)


@pytest.mark.slow
def test_a_county_survives_a_file(rutland: RoadNetwork, tmp_path: Path) -> None:
    back = _by_way_of_a_file(rutland, tmp_path, "EPSG:4326", rutland.settings)
    assert back.n_lines == rutland.n_lines
    assert (back.delay > 0).sum() == (rutland.delay > 0).sum()
    doors = gpd.GeoSeries(shapely.line_interpolate_point(rutland.lines[::10], 0.4, normalized=True), crs=27700)
    assert travel_matrix(back, doors, doors) == pytest.approx(travel_matrix(rutland, doors, doors), abs=1e-4)
    assert (back.source.date, back.source.facts["made_from"]) == (rutland.source.date, rutland.source.name)


def test_made_up_roads_stay_made_up(tmp_path: Path) -> None:
    network = dataclasses.replace(build([(0.0, 0.0), (1000.0, 0.0)], [(0, 1)]), illustrative=True)
    graph = to_networkx(network)
    osmnx.save_graphml(graph, tmp_path / "r.graphml")
    assert from_networkx(graph, settings=PLAIN).illustrative
    assert read_roads(tmp_path / "r.graphml", settings=PLAIN).illustrative
    assert not from_networkx(to_networkx(dataclasses.replace(network, illustrative=False)), settings=PLAIN).illustrative


def test_forbidden_turns_go_out_and_come_in(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (5, 0), 3: (5, 5), 4: (10, 0), 5: (10, 5)}
    tags = {"highway": "residential", "maxspeed": "20 mph"}
    ways = [(10, (1, 2), tags), (11, (2, 3), tags), (12, (2, 4), tags), (13, (4, 5), tags), (14, (5, 3), tags)]
    path = write_osm(tmp_path / "roads.osm", nodes=nodes, ways=ways, restrictions=[("no_left_turn", 10, 2, 11)])
    network = read_roads(path, settings=PLAIN)
    back = from_networkx(to_networkx(network), settings=PLAIN)
    free = read_roads(write_osm(tmp_path / "free.osm", nodes=nodes, ways=ways), settings=PLAIN)
    doors = gpd.GeoSeries(shapely.line_interpolate_point(network.lines, 0.4, normalized=True), crs=27700)
    ours, theirs = travel_matrix(network, doors, doors), travel_matrix(back, doors, doors)
    assert theirs == pytest.approx(ours, abs=1e-6)
    assert (travel_matrix(free, doors, doors) < ours - 0.1).any()


def test_a_file_saved_by_osmnx_is_read(tmp_path: Path) -> None:
    graph = _graph()
    graph.edges[0, 1, 0]["maxspeed"] = ["20 mph", "30 mph"]
    graph.edges[1, 0, 0]["maxspeed"] = ["20 mph", "30 mph"]
    graph.edges[2, 0, 0]["highway"] = ["primary", "residential"]
    path = tmp_path / "roads.graphml"
    osmnx.save_graphml(graph, path)
    network = read_roads(path, settings=PLAIN)
    assert network.source.sha256
    # Of several limits the highest holds, and two classes have half of the road each.
    assert network.n_edges == 5
    assert np.sort(network.kmh) == pytest.approx([36.0, 36.0, 36.0, 36.0, 72.0])
    assert np.sort(network.metres) == pytest.approx([500.0, 600.0, 600.0, 1000.0, 1000.0])


def test_other_classes_are_left_out() -> None:
    graph = _graph()
    graph.add_edge(0, 2, length=5.0, highway="footway")
    assert from_networkx(graph, settings=PLAIN).n_edges == 4


def _both_ways(graph: nx.MultiDiGraph, way: int, **tags: Any) -> None:
    for *_, data in graph.edges(data=True):
        if data["osmid"] == way:
            data.update(tags)


class TestTags:
    """A graph in which street 7 (1 km, both ways) and street 10 (3 km, both ways) join the same two corners."""

    @pytest.fixture
    def graph(self) -> nx.MultiDiGraph:
        graph = _graph()
        for u, v in ((0, 1), (1, 0)):
            graph.add_edge(u, v, length=3000.0, highway="residential", osmid=10, reversed=u == 1)
        _both_ways(graph, 7, reversed=False)
        graph.edges[1, 0, 0]["reversed"] = True
        return graph

    def seconds(self, graph: nx.MultiDiGraph, start: int, end: int, **settings: Any) -> float:
        network = from_networkx(graph, settings=dataclasses.replace(PLAIN, **settings))
        nodes = lone_nodes(network)
        places = [(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (start, end)]
        return float(dijkstra(time_matrix(network), indices=nodes[places[0]])[nodes[places[1]]])

    def test_private(self, graph: nx.MultiDiGraph) -> None:
        assert self.seconds(graph, 0, 1) == pytest.approx(100.0)
        _both_ways(graph, 7, access="private")
        assert self.seconds(graph, 0, 1) == pytest.approx(300.0)
        _both_ways(graph, 7, motor_vehicle="destination")
        assert self.seconds(graph, 0, 1) == pytest.approx(100.0)
        # Merged ways: one of them is shut.
        _both_ways(graph, 7, motor_vehicle=["destination", "no"])
        assert self.seconds(graph, 0, 1) == pytest.approx(300.0)

    def test_closed_one_way(self, graph: nx.MultiDiGraph) -> None:
        _both_ways(graph, 7, **{"motor_vehicle:backward": "no"})
        assert self.seconds(graph, 0, 1) == pytest.approx(100.0)
        assert self.seconds(graph, 1, 0) == pytest.approx(170.0)  # round by the other streets

    @pytest.mark.parametrize(("barrier", "passes"), [("bollard", False), ("gate", True), ("stile", True)])
    def test_barriers(self, graph: nx.MultiDiGraph, barrier: str, passes: bool) -> None:
        graph.nodes[2]["barrier"] = barrier
        _both_ways(graph, 7, **{"motor_vehicle:backward": "no"})
        network = from_networkx(graph, settings=PLAIN)
        assert network.n_nodes == (3 if passes else 2)
        assert self.seconds(graph, 1, 0) == pytest.approx(170.0 if passes else 300.0)

    def test_one_way_streets_are_walked_both_ways(self, graph: nx.MultiDiGraph) -> None:
        assert self.seconds(graph, 1, 2) == pytest.approx(50.0)
        assert self.seconds(graph, 2, 1) == pytest.approx(220.0)
        assert self.seconds(graph, 2, 1, mode="walk", walk_kmh=3.6) == pytest.approx(500.0)

    def test_limits_go_out_as_they_came(self, graph: nx.MultiDiGraph) -> None:
        _both_ways(graph, 7, maxspeed="60 mph")
        out = to_networkx(from_networkx(graph, settings=PLAIN))
        known = [data for *_, data in out.edges(data=True) if "maxspeed" in data]
        assert [float(data["maxspeed"]) for data in known] == pytest.approx([96.56064] * 2)
        assert [data["speed_kph"] for data in known] == [36.0] * 2

    def test_the_halves_of_a_roundabout_stay_two(self) -> None:
        graph = _graph()
        for u, v, side in ((0, 1, 40.0), (1, 0, -40.0)):
            shape = shapely.linestrings(
                [(486000 + u * 1000, 308000), (486500, 308000 + side), (486000 + v * 1000, 308000)]
            )
            graph.add_edge(u, v, length=1003.2, highway="primary", osmid=11, oneway=True, geometry=shape)
        assert from_networkx(graph, settings=PLAIN).n_lines == 5


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

    @pytest.mark.parametrize(
        "inside",
        [
            '<!DOCTYPE g [<!ENTITY a "ha">'
            + "".join(f'<!ENTITY a{i} "{BOMB[i]}">' for i in range(9))
            + "]><graphml>&a8;</graphml>",
            '<!DOCTYPE g [<!ENTITY x SYSTEM "secret.txt">]><graphml><graph><node id="1">&x;</node></graph></graphml>',
        ],
        ids=["entities without end", "another file"],
    )
    def test_hostile_xml(self, tmp_path: Path, inside: str) -> None:
        (tmp_path / "secret.txt").write_text("SECRET")
        path = tmp_path / "roads.graphml"
        path.write_text(inside)
        with pytest.raises(RoadsError, match=r"roads\.graphml cannot be read") as caught:
            read_roads(path)
        assert "SECRET" not in str(caught.value)

    def test_saved_by_networkx(self, tmp_path: Path) -> None:
        nx.write_graphml(_graph(), tmp_path / "roads.graphml")
        with pytest.raises(RoadsError, match=r"networkx\.write_graphml .*osmnx\.save_graphml") as caught:
            read_roads(tmp_path / "roads.graphml", settings=PLAIN)
        assert "attribute" not in str(caught.value)

    def test_cut_short(self, tmp_path: Path) -> None:
        path = tmp_path / "roads.graphml"
        osmnx.save_graphml(_graph(), path)
        whole = path.read_bytes()
        for share in (0.3, 0.6, 0.99):
            path.write_bytes(whole[: int(len(whole) * share)])
            with pytest.raises(RoadsError, match="cannot be read"):
                read_roads(path, settings=PLAIN)

    def test_odd_values(self, tmp_path: Path) -> None:
        path = tmp_path / "roads.graphml"
        for odd in ("[" * 5000 + "]" * 5000, "LINESTRING (1 2"):
            graph = _graph()
            graph.edges[1, 2, 0]["geometry"] = odd
            osmnx.save_graphml(graph, path)
            with pytest.raises(RoadsError, match="cannot be read"):
                read_roads(path, settings=PLAIN)

    def test_larger_than_the_memory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "roads.graphml"
        osmnx.save_graphml(_graph(), path)
        monkeypatch.setattr(os, "sysconf", lambda name: 10_000 if name == "SC_PAGE_SIZE" else 1)
        with pytest.raises(RoadsError, match="too large"):
            read_roads(path, settings=PLAIN)

    def test_no_drivable_road(self) -> None:
        with pytest.raises(RoadsError, match="no road"):
            from_networkx(_graph(), settings=TravelSettings(speeds_kmh={"motorway": 100.0}))

    def test_no_reference_system(self) -> None:
        with pytest.raises(CrsError):
            from_networkx(_graph(crs=None), settings=PLAIN)

    def test_unknown_reference_system(self) -> None:
        with pytest.raises(CrsError, match="Reproject"):
            from_networkx(_graph(crs="EPSG:999999"), settings=PLAIN)

    def test_places_of_another_reference_system(self) -> None:
        with pytest.raises(CrsError, match="do not fit"):
            from_networkx(_graph(crs="EPSG:4326"), settings=PLAIN)

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


def test_an_undirected_graph_is_refused() -> None:
    graph = to_networkx(build([(0, 0), (900, 0), (900, 900)], [(0, 1), (1, 2)])).to_undirected()
    with pytest.raises(RoadsError, match="undirected"):
        from_networkx(graph)


@pytest.mark.parametrize("length", ["1e308", "-1", "nan", "x"])
def test_a_length_that_no_road_has_is_refused(length: str) -> None:
    graph = to_networkx(build([(0, 0), (900, 0), (900, 900)], [(0, 1), (1, 2)]))
    graph.edges[0, 1, 0]["length"] = length
    with pytest.raises(RoadsError, match="length"):
        from_networkx(graph)
