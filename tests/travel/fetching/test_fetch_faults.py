"""What fetching roads says when the network, the servers, the place or the disk fail it."""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import osmnx
import pytest

from marketmap.errors import MarketmapError, OutputError, RoadsError
from marketmap.travel import RoadNetwork
from marketmap.travel.fetching.download import Servers
from marketmap.travel.fetching.fetch import Asked, fetch_roads
from tests.travel.fetching.map_server import (
    HERE,
    SPEEDS,
    WAYS,
    MapServer,
    nominatim_answer,
)


class TestFaults:
    def check(self, fetch: Callable[..., RoadNetwork], tmp_path: Path, match: str, *args: Any, **more: Any) -> None:
        with pytest.raises(MarketmapError, match=match):
            fetch(*args, **more)
        assert [file.name for file in tmp_path.iterdir() if file.name != "cache"] == []

    def test_nobody_there(self, fetch: Callable[..., RoadNetwork], tmp_path: Path, pauses: list[float]) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            nobody = f"http://user:secret@127.0.0.1:{taken.getsockname()[1]}"
            self.check(fetch, tmp_path, "no connection to 127", servers=Servers(f"{nobody}/api", nobody))
            box = Asked(bbox="-0.75,52.6,-0.65,52.7")
            with pytest.raises(RoadsError) as caught:
                fetch(box, servers=Servers(f"{nobody}/api", nobody))
        assert "secret" not in str(caught.value)
        assert ".osm.pbf" in str(caught.value)
        assert sum(pauses) <= 1  # it is not waited for

    def test_name_not_resolved(
        self, fetch: Callable[..., RoadNetwork], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unknown(*_: Any, **__: Any) -> None:
            raise socket.gaierror(-2, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        self.check(
            fetch, tmp_path, "no connection to places.invalid", servers=Servers(nominatim_url="http://places.invalid")
        )

    def test_too_slow(self, server: MapServer, fetch: Callable[..., RoadNetwork], tmp_path: Path) -> None:
        server.hold_seconds = 3
        servers = Servers(server.overpass, server.url, timeout_seconds=1)
        self.check(fetch, tmp_path, "did not answer within 1 seconds", servers=servers)

    def test_address_that_is_none(self, fetch: Callable[..., RoadNetwork], tmp_path: Path) -> None:
        self.check(fetch, tmp_path, "http://", servers=Servers("file:///maps", "https://places.invalid"))

    @pytest.mark.parametrize(
        ("places", "match"),
        [
            ([], "not found"),
            ("point", "not as an area"),
            ([{"name": "x"}], "cannot be understood"),
            ({"error": "x"}, "not found|other than"),
            ("abroad", "outside the United Kingdom"),
        ],
    )
    def test_places(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], tmp_path: Path, places: Any, match: str
    ) -> None:
        if places == "point":
            places = nominatim_answer("Point")
        if places == "abroad":
            places = nominatim_answer()
            places[0]["geojson"]["coordinates"] = [[[7.0, 50.0], [7.1, 50.0], [7.1, 50.1], [7.0, 50.0]]]
        server.places = places
        self.check(fetch, tmp_path, match)

    def test_a_postcode_is_not_sent(self, server: MapServer, fetch: Callable[..., RoadNetwork], tmp_path: Path) -> None:
        self.check(fetch, tmp_path, "postcode", Asked(place="LE15 6HP, Oakham"))
        assert server.asked == []

    @pytest.mark.parametrize(
        "bbox", ["1,2,3", "a,b,c,d", "-0.6,52.6,-0.7,52.7", "486000,308000,487000,309000", "nan,1,2,3"]
    )
    def test_boxes(self, fetch: Callable[..., RoadNetwork], tmp_path: Path, bbox: str) -> None:
        self.check(fetch, tmp_path, "degrees", Asked(bbox=bbox))

    def test_nothing_or_two_things_asked(self, fetch: Callable[..., RoadNetwork], tmp_path: Path) -> None:
        self.check(fetch, tmp_path, "Give one of", Asked())
        self.check(fetch, tmp_path, "Give one of", Asked(place="x", bbox="1,2,3,4"))

    def test_too_large(self, server: MapServer, fetch: Callable[..., RoadNetwork], tmp_path: Path) -> None:
        self.check(fetch, tmp_path, r"2\d\d,\d\d\d km².*20,000", Asked(bbox="-6,50,1,54"))
        assert server.asked == []

    def test_refused_for_ever(self, server: MapServer, fetch: Callable[..., RoadNetwork], tmp_path: Path) -> None:
        server.refusals = [429] * 100
        self.check(fetch, tmp_path, "refused 3 times")
        assert len(server.refusals) == 97
        server.refusals = [403]
        self.check(fetch, tmp_path, "403")

    def test_busy_for_hours(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], tmp_path: Path, pauses: list[float]
    ) -> None:
        later = (datetime.now(UTC) + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        server.status = [f"a\nb\nc\nd\nSlot available after: {later}, in 18000 seconds.\n"]
        self.check(fetch, tmp_path, "busy for another 300 minutes|busy for another 299")
        assert max(pauses) <= 1

    def test_busy_with_our_own_query_for_ever(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server.status = ["a\nb\nc\nd\nCurrently running queries (pid, …):\n"]
        now = [0.0]
        monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
        monkeypatch.setattr("marketmap.travel.fetching.download.time.monotonic", lambda: now[0])
        self.check(fetch, tmp_path, "still busy, and --patience-minutes allows 30")

    @pytest.mark.parametrize(
        ("body", "match"),
        [
            (b"<html>Please sign in</html>", "other than map data"),
            (b"", "other than map data"),
            (json.dumps({"elements": [1, 2, 3]}).encode()[:-3], "breaks off"),
            (b'{"hello": 1}', "cannot be understood"),
            (b'{"elements": [{"type": "node", "id": 1}]}', "cannot be understood"),
            (b'{"elements": [], "remark": "runtime error: Query timed out in \\"query\\""}', "did not finish"),
            (b'{"elements": []}', "no roads"),
        ],
    )
    def test_odd_answers(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], tmp_path: Path, body: bytes, match: str
    ) -> None:
        server.body = body
        self.check(fetch, tmp_path, match)

    def test_no_road_that_may_be_driven(
        self, fetch: Callable[..., RoadNetwork], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tests.travel.fetching.map_server.WAYS", {115: WAYS[115]})
        self.check(fetch, tmp_path, "no roads")

    def test_where_it_goes(self, server: MapServer, tmp_path: Path) -> None:
        servers = Servers(server.overpass, server.url)
        mine = tmp_path / "mine.graphml"
        mine.write_text("<graphml>somebody's own</graphml>")
        (tmp_path / "folder.graphml").mkdir()
        for name in ("roads.osm.pbf", "mine.graphml", "folder.graphml", "mine.graphml/roads.graphml"):
            with pytest.raises(OutputError):
                fetch_roads(tmp_path / name, asked=HERE, settings=SPEEDS, servers=servers)
        assert mine.read_text() == "<graphml>somebody's own</graphml>"
        assert server.asked == []

    def test_disk_full(
        self, fetch: Callable[..., RoadNetwork], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fetch()
        before = (tmp_path / "roads.graphml").read_bytes()

        def full(_: Any, path: Path) -> None:
            path.write_text("half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(osmnx, "save_graphml", full)
        with pytest.raises(OutputError, match="space"):
            fetch(refresh=True)
        assert (tmp_path / "roads.graphml").read_bytes() == before
        assert sorted(file.name for file in tmp_path.iterdir()) == ["cache", "roads.graphml"]

    def test_a_cache_that_cannot_be_written_is_done_without(
        self, fetch: Callable[..., RoadNetwork], tmp_path: Path
    ) -> None:
        (tmp_path / "cache").write_text("a file")
        assert fetch().n_nodes
        assert fetch(cache=None).n_nodes
