"""Fetching roads, against a server on this machine that answers as Overpass and Nominatim do."""

from __future__ import annotations

import dataclasses
import os
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmnx
import pytest
import requests
import shapely
from scipy.sparse.csgraph import dijkstra

from marketmap import cli
from marketmap.settings import TravelSettings
from marketmap.travel import RoadNetwork, read_roads
from marketmap.travel.fetching.download import OVERPASS_URL, Servers
from marketmap.travel.fetching.fetch import Asked
from tests.travel.fetching.map_server import (
    EASTING,
    HERE,
    NODE_TAGS,
    NORTHING,
    PLACES,
    SPEEDS,
    STAMP,
    WAYS,
    MapServer,
    lon_lat,
)
from tests.travel.node_times import time_matrix
from tests.travel.tiny_roads import EAST, LAT, LON, NORTH, write_osm

SLOW = 20 * 1.609344 / 3.6  # 20 mph, metres a second
GRID = 4e-4  # the scale of the National Grid, on which the made-up county is drawn


def seconds_between(network: RoadNetwork) -> Callable[[int, int], float]:
    times = dijkstra(time_matrix(network))

    def nearest(name: int) -> int:
        east, north = PLACES[name]
        away = np.hypot(network.x - EASTING - east, network.y - NORTHING - north)
        assert away.min() < 0.05, f"node {name} is not in the network"
        return int(away.argmin())

    return lambda start, end: float(times[nearest(start), nearest(end)])


class TestWhatIsAsked:
    def test_requests(self, server: MapServer, fetch: Callable[..., RoadNetwork]) -> None:
        fetch()
        assert server.paths() == ["GET /search", "GET /api/status", "GET /api/status", "POST /api/interpreter"]
        assert server.asked[0].values["q"] == "Testshire, England"
        assert all("marketmap" in item.user_agent for item in server.asked)
        (query,) = server.queries()
        assert query.startswith("[out:json][timeout:20]")
        assert '["highway"~"^(primary|residential|service|unclassified)$"]' in query
        corners = np.array(query.split("'")[1].split(), dtype=float).reshape(-1, 2)
        west, south, east, north = shapely.bounds(shapely.polygons(corners[:, ::-1]))
        assert (west, south) < lon_lat(-1000, -1000)
        assert (east, north) > lon_lat(2000, 2000)

    def test_the_rim(self, server: MapServer, fetch: Callable[..., RoadNetwork]) -> None:
        fetch(dataclasses.replace(HERE, buffer_km=3.0))
        corners = np.array(server.queries()[0].split("'")[1].split(), dtype=float).reshape(-1, 2)
        outline = gpd.GeoSeries([shapely.polygons(corners[:, ::-1])], crs=4326).to_crs(27700).iloc[0]
        assert outline.contains(shapely.box(EASTING - 3900, NORTHING - 1000, EASTING + 4900, NORTHING + 2000))
        assert not outline.intersects(shapely.Point(EASTING + 7000, NORTHING))

    def test_ways_to_walk(self, server: MapServer, fetch: Callable[..., RoadNetwork]) -> None:
        network = fetch(settings=TravelSettings(mode="walk"))
        (query,) = server.queries()
        assert "footway" in query
        assert "motorway" not in query
        took = seconds_between(network)
        assert took(1, 18) == pytest.approx(1300 / 4.8 * 3.6, rel=GRID)
        # One-way streets and roads closed to cars are for cars.
        assert took(8, 3) == pytest.approx(300 / 4.8 * 3.6, rel=GRID)

    def test_a_box_needs_no_geocoder(self, server: MapServer, fetch: Callable[..., RoadNetwork]) -> None:
        (west, south), (east, north) = lon_lat(-1000, -1000), lon_lat(2000, 2000)
        fetch(Asked(bbox=f"{west},{south},{east},{north}", buffer_km=0.0))
        assert "GET /search" not in server.paths()

    def test_the_second_time_nobody_is_asked(self, server: MapServer, fetch: Callable[..., RoadNetwork]) -> None:
        first = fetch()
        before = len(server.asked)
        again = fetch()
        assert len(server.asked) == before
        assert again.source == first.source
        fetch(refresh=True)
        assert len(server.asked) == 2 * before

    def test_old_and_broken_answers_are_asked_for_anew(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], tmp_path: Path
    ) -> None:
        first = fetch()
        before = len(server.asked)
        kept = max(tmp_path.rglob("*.json"), key=lambda file: file.stat().st_size)
        kept.write_bytes(kept.read_bytes()[:-50])
        assert fetch().source == first.source
        assert server.paths()[before:] == ["GET /api/status", "GET /api/status", "POST /api/interpreter"]
        weeks_ago = time.time() - 15 * 86_400
        for file in tmp_path.rglob("*.json"):
            os.utime(file, (weeks_ago, weeks_ago))
        before = len(server.asked)
        fetch()
        assert len(server.asked) == before + 4

    def test_the_server_is_waited_for(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], pauses: list[float]
    ) -> None:
        soon = (datetime.now(UTC) + timedelta(seconds=40)).strftime("%Y-%m-%dT%H:%M:%SZ")
        server.status = ["a\nb\nc\nd\n" + f"Slot available after: {soon}, in 40 seconds.\n"]
        fetch()
        assert 30 <= max(pauses) <= 40

    def test_a_mirror_without_a_status_page(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], pauses: list[float]
    ) -> None:
        server.status = [""]
        fetch()
        assert max(pauses) <= 1

    def test_a_refusal_is_tried_again(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], pauses: list[float]
    ) -> None:
        server.refusals = [429, 504]
        fetch()
        assert server.paths().count("POST /api/interpreter") == 3
        assert pauses.count(55) == 2

    def test_settings_of_osmnx_are_put_back(self, fetch: Callable[..., RoadNetwork]) -> None:
        names = [name for name in vars(osmnx.settings) if not name.startswith("_")]
        before = [getattr(osmnx.settings, name) for name in names]
        resolver = socket.getaddrinfo
        fetch()
        assert [getattr(osmnx.settings, name) for name in names] == before
        assert socket.getaddrinfo is resolver

    def test_proxies_are_honoured(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unknown(_: str) -> str:
            raise socket.gaierror

        monkeypatch.setattr(socket, "gethostbyname", unknown)  # behind a proxy no name is resolved
        monkeypatch.setenv("HTTP_PROXY", server.url)
        monkeypatch.setenv("http_proxy", server.url)
        fetch(servers=Servers("http://maps.invalid/api", "http://places.invalid"))
        assert server.paths()[0] == "GET http://places.invalid/search"
        assert server.paths()[-1] == "POST http://maps.invalid/api/interpreter"


class TestWhatIsWritten:
    def test_times_are_those_by_hand(self, fetch: Callable[..., RoadNetwork]) -> None:
        took = seconds_between(fetch())
        for start, end, seconds in [
            (1, 3, 60.0),
            (3, 4, 300 / SLOW),  # the class and the limit change along the street
            (4, 5, 60.0),
            (5, 4, 30 + 300 / SLOW),  # one-way: not back the way it came
            (3, 8, 30.0),  # one-way against the order of its nodes
            (8, 3, 670.82 / 10 + 60),  # "private", but open to motor vehicles
            (5, 12, 200 / 5),
            (4, 16, 2 * 70.7107 / 20),
            (16, 4, 2 * 70.7107 / 20),
            (1, 11, 30.0),
            (11, 14, 42.426),  # not round by the bollard
            (14, 12, 316.2278 / SLOW),
            (16, 18, 30.0),
        ]:
            assert took(start, end) == pytest.approx(seconds, rel=GRID), (start, end)

    def test_private_roads_and_dead_ends_at_bollards(self, fetch: Callable[..., RoadNetwork]) -> None:
        network = fetch()
        # By the private road it would be 90 seconds.
        assert seconds_between(network)(1, 5) == pytest.approx(30 + 42.426 + 316.2278 / SLOW + 40, rel=GRID)
        # A way closed in one direction: down Main Street from the north only by the long way.
        assert seconds_between(network)(11, 1) > 100
        ends = np.hypot(network.x - EASTING, network.y - NORTHING - 600) < 1
        assert ends.sum() == 2

    def test_the_same_roads_as_in_an_extract(self, fetch: Callable[..., RoadNetwork], tmp_path: Path) -> None:
        network = fetch()
        degrees = {name: lon_lat(*place) for name, place in PLACES.items()}
        steps = {name: ((lon - LON) / EAST, (lat - LAT) / NORTH) for name, (lon, lat) in degrees.items()}
        ways = [(name, refs, tags) for name, (refs, tags) in WAYS.items()]
        extract = write_osm(tmp_path / "roads.osm", nodes=steps, ways=ways, node_tags=NODE_TAGS)
        other = read_roads(extract, settings=SPEEDS)
        assert network.n_nodes == other.n_nodes
        assert np.sort(network.seconds()) == pytest.approx(np.sort(other.seconds()), abs=1e-6)
        there, here = seconds_between(network), seconds_between(other)
        names = [1, 3, 4, 5, 8, 11, 12, 14, 16, 18]
        for start in names:
            for end in names:
                assert there(start, end) == pytest.approx(here(start, end), abs=1e-6)

    def test_the_file_says_where_it_is_from(self, fetch: Callable[..., RoadNetwork], tmp_path: Path) -> None:
        network = fetch()
        assert network.source.date == STAMP[:10]
        about = network.describe()
        assert about["place"] == "Testshire, England, with 0 km around"
        assert about["licence"].startswith("© OpenStreetMap")
        assert about["fetched_by"].startswith("marketmap ")
        assert "residential" in about["filter"]
        assert about["file"] == "roads.graphml"
        read = read_roads(tmp_path / "roads.graphml", settings=SPEEDS)
        assert (read.source, read.digest) == (network.source, network.digest)
        graph = osmnx.load_graphml(tmp_path / "roads.graphml")
        assert not any(isinstance(value, list) for *_, data in graph.edges(data=True) for value in data.values())

    def test_two_fetches_write_the_same_bytes(self, fetch: Callable[..., RoadNetwork], tmp_path: Path) -> None:
        fetch()
        first = (tmp_path / "roads.graphml").read_bytes()
        fetch(refresh=True)
        assert (tmp_path / "roads.graphml").read_bytes() == first


class TestCommandLine:
    def run(self, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["marketmap", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0)

    def test_fetch_roads(
        self, server: MapServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("MARKETMAP_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("MARKETMAP_OVERPASS_URL", server.overpass)
        monkeypatch.setenv("MARKETMAP_NOMINATIM_URL", server.url)
        monkeypatch.chdir(tmp_path)
        outline = gpd.GeoDataFrame(
            geometry=[shapely.box(EASTING - 500, NORTHING - 500, EASTING + 1500, NORTHING + 900)], crs=27700
        )
        outline.to_file(tmp_path / "county.gpkg")
        assert self.run(monkeypatch, "fetch", "roads", "--boundary", "county.gpkg", "--out", "roads.graphml") == 0
        assert "GET /search" not in server.paths()
        said = capsys.readouterr().out
        assert "2026-10-01" in said
        assert "© OpenStreetMap contributors" in said
        assert read_roads(tmp_path / "roads.graphml").source.facts["place"] == "county.gpkg, with 5 km around"
        assert sorted(file.name for file in tmp_path.iterdir()) == ["cache", "county.gpkg", "roads.graphml"]

    def test_faults_end_with_2(
        self, server: MapServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("MARKETMAP_CACHE", str(tmp_path / "cache"))
        monkeypatch.chdir(tmp_path)
        server.places = []
        words = ("fetch", "roads", "--overpass-url", server.overpass, "--nominatim-url", server.url)
        assert self.run(monkeypatch, *words, "--place", "Nowhere") == 2
        assert "was not found" in capsys.readouterr().err
        (tmp_path / "county.geojson").write_text("{}")
        assert self.run(monkeypatch, *words, "--boundary", "county.geojson") == 2
        assert "county.geojson" in capsys.readouterr().err
        assert self.run(monkeypatch, *words) == 2
        assert self.run(monkeypatch, *words, "--place", "Testshire", "--county", "nowhere") == 2
        assert "does not exist" in capsys.readouterr().err


def test_the_public_servers_are_the_default() -> None:
    assert Servers().overpass_url == OVERPASS_URL
    assert requests.utils.urlparse(OVERPASS_URL).scheme == "https"
