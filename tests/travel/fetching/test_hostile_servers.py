"""What fetching roads does with servers that point elsewhere, never end or send nonsense, and with changed files."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from marketmap.errors import RoadsError
from marketmap.travel import RoadNetwork
from marketmap.travel.fetching.download import Servers
from tests.travel.fetching.map_server import STAMP, MapServer, overpass_answer, serve_maps

OK = b"HTTP/1.0 200 OK\r\n"
QUERY = '["highway"~"^(primary|residential|service|unclassified)$"]'
SLOTS = "a\nb\nc\nRate limit: 2\n"


def drip(start: bytes, piece: bytes) -> Iterator[bytes]:
    """Start an answer that never ends."""
    yield start
    while True:
        threading.Event().wait(0.05)
        yield piece


def redirect(where: str, code: int = 302) -> Callable[[], list[bytes]]:
    return lambda: [f"HTTP/1.0 {code} Moved\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()]


class TestWhereItGoes:
    @pytest.mark.parametrize(
        ("path", "code"), [("interpreter", 307), ("interpreter", 302), ("search", 302), ("status", 302)]
    )
    def test_no_other_server_is_asked(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], path: str, code: int
    ) -> None:
        with serve_maps() as other:
            server.raw[path] = redirect(f"{other.url}/api/{path}", code)
            with pytest.raises(RoadsError, match="points to another server"):
                fetch()
            assert other.asked == []

    @pytest.mark.parametrize(
        "where", ["https://127.0.0.1/x", "//[::1", "http://127.0.0.1:99999999/x", "file:///etc", "http://ü/"]
    )
    def test_nor_a_strange_address(self, server: MapServer, fetch: Callable[..., RoadNetwork], where: str) -> None:
        server.raw["interpreter"] = redirect(where)
        with pytest.raises(RoadsError, match="points to another server"):
            fetch()

    def test_the_same_server_may_move_a_page(self, server: MapServer, fetch: Callable[..., RoadNetwork]) -> None:
        def moved() -> list[bytes]:
            del server.raw["search"]
            return redirect("/places/search?q=moved")()

        server.raw["search"] = moved
        assert fetch().n_nodes
        assert server.paths()[:2] == ["GET /search", "GET /places/search"]

    def test_what_was_asked_for_is_what_counts(self, server: MapServer, fetch: Callable[..., RoadNetwork]) -> None:
        server.raw["interpreter"] = redirect("/api/status", 303)
        with pytest.raises(RoadsError, match="other than map data"):
            fetch()

    def test_round_in_circles(self, server: MapServer, fetch: Callable[..., RoadNetwork]) -> None:
        server.raw["search"] = redirect("/search")
        with pytest.raises(RoadsError, match="TooManyRedirects"):
            fetch()


class TestHowLongItWaits:
    @pytest.mark.parametrize("path", ["search", "status", "interpreter"])
    @pytest.mark.parametrize(
        ("start", "piece"), [(OK + b"Content-Length: 9999999\r\n\r\n", b" "), (b"HTTP/1.0 200 OK\r\nX: ", b"a")]
    )
    def test_answers_that_drip(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], path: str, start: bytes, piece: bytes
    ) -> None:
        server.raw[path] = lambda: drip(start, piece)
        began = time.monotonic()
        with pytest.raises(RoadsError, match=r"not done in time, and --patience-minutes allows 0\.03"):
            fetch(servers=Servers(server.overpass, server.url, timeout_seconds=20, patience_minutes=0.03))
        assert time.monotonic() - began < 5

    @pytest.mark.parametrize("path", ["search", "status", "interpreter"])
    def test_an_answer_without_end(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], monkeypatch: pytest.MonkeyPatch, path: str
    ) -> None:
        monkeypatch.setattr("marketmap.travel.fetching.download.MAX_ANSWER_BYTES", 5 * 2**20)
        server.raw[path] = lambda: (OK + b"\r\n{" if i == 0 else b" " * 2**20 for i in range(10_000))
        with pytest.raises(RoadsError, match="more than 5 MiB"):
            fetch()

    @pytest.mark.parametrize(
        ("page", "match"),
        [
            (SLOTS + "0 slots available now.\nSlot available after: 2999-01-01T00:00:00Z, in 9 seconds.\n", None),
            (SLOTS + "Slot available after: 2999-01-01T00:00:00Z, in 99999999 seconds.\n", "busy for another"),
            (SLOTS + "Slot available after: 9999-99-99T00:00:00Z, in x seconds.\n", None),
            (SLOTS + "Slot available after:\n", None),
            ("\x00 garbage" * 100, None),
            ("a\nb\nc\nRate limit: 0\nCurrently running queries (pid, …):\n", None),
        ],
    )
    def test_odd_status_pages(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], pauses: list[float], page: str, match: str | None
    ) -> None:
        server.status = [page]
        if match is None:
            assert fetch().n_nodes
        else:
            with pytest.raises(RoadsError, match=match):
                fetch()
        assert max(pauses) <= 1

    def test_a_status_page_that_turns_odd(self, server: MapServer, fetch: Callable[..., RoadNetwork]) -> None:
        server.status = [SLOTS + "2 slots available now.\n", "nonsense"]
        with pytest.raises(RoadsError, match="status page"):
            fetch()

    @pytest.mark.parametrize("code", [429, 504])
    def test_no_pause_is_longer_than_patience(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], pauses: list[float], code: int
    ) -> None:
        server.refusals = [code] * 3
        with pytest.raises(RoadsError, match=f"HTTP {code}: too busy.*allows 0.5"):
            fetch(servers=Servers(server.overpass, server.url, timeout_seconds=20, patience_minutes=0.5))
        assert max(pauses) <= 1


class TestWhatItTakes:
    @pytest.mark.parametrize(
        "tags",
        [
            {"maxspeed": ["30 mph", 5]},
            {"maxspeed": {"a": 1}, "lit": None, "service": 5},
            {"lit": "y" * 3_000_000},
            {"surface": "a\x00b\x1b[31m"},
        ],
    )
    def test_odd_tags_are_left_out(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], tags: dict[str, Any]
    ) -> None:
        expected = fetch()
        data = overpass_answer(QUERY)
        for element in data["elements"]:
            element["tags"] = tags | {"barrier": ["a"]} | element.get("tags", {})
        server.body = json.dumps(data).encode()
        assert fetch(refresh=True).source.sha256 == expected.source.sha256

    def test_control_characters_are_stripped(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], tmp_path: Path
    ) -> None:
        data = overpass_answer(QUERY)
        for element in data["elements"]:
            if element["type"] == "way":
                element["tags"]["maxspeed"] = "30\x00 mph\x0b\ud800"
        server.body = json.dumps(data).encode()
        assert fetch().n_nodes
        assert ">30 mph<" in (tmp_path / "roads.graphml").read_text()

    @pytest.mark.parametrize(
        "body",
        [
            b'{"elements":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
            b'{"elements":[{"type":"node","id":' + b"9" * 5000 + b',"lat":52.6,"lon":-0.7}]}',
            b'{"elements":[{"type":"node","id":99999999999999999999,"lat":52.6,"lon":-0.7}]}',
            b'{"elements":[{"type":"node","id":1,"lat":NaN,"lon":-0.7}]}',
            b'{"elements":[{"type":"node","id":1,"lat":"52.6","lon":-0.7}]}',
            b'{"elements":[{"type":"node","id":true,"lat":52.6,"lon":-0.7}]}',
            b'{"elements":[{"type":"way","id":"<img src=x>","nodes":[1,2]}]}',
            b'{"elements":[{"type":"way","id":1,"nodes":"123"}]}',
            b'{"elements":[{"type":"way","id":1,"nodes":[[1],[2]]}]}',
            b'{"elements":[{"type":"way","id":1,"nodes":[1,2],"tags":[1]}]}',
            b'{"elements":[1,2]}',
            b'{"elements":null}',
            b"[1, 2, 3]",
            b"{bad}",
            b"{\xff}",
        ],
    )
    def test_nonsense(self, server: MapServer, fetch: Callable[..., RoadNetwork], tmp_path: Path, body: bytes) -> None:
        server.body = body
        with pytest.raises(RoadsError, match="cannot be understood"):
            fetch()
        assert not list(tmp_path.glob("*graphml"))

    @pytest.mark.parametrize("body", [b"[" * 200_000 + b"]" * 200_000, b'{"a": 1}', b"[[1]]"])
    def test_nonsense_of_the_geocoder(self, server: MapServer, fetch: Callable[..., RoadNetwork], body: bytes) -> None:
        server.raw["search"] = lambda: [OK, b"\r\n", body]
        with pytest.raises(RoadsError, match=r"cannot be understood|list of places|not as an area"):
            fetch()

    def test_an_outline_that_takes_for_ever(self, server: MapServer, fetch: Callable[..., RoadNetwork]) -> None:
        shape = server.places[0]["geojson"]
        (west, south), _, (east, north), *_ = shape["coordinates"][0]
        zigzag = [[west + (east - west) * i / 15_000, (south, north)[i % 2]] for i in range(15_000)]
        shape["coordinates"] = [[*zigzag, zigzag[0]]]
        with pytest.raises(RoadsError, match="too many corners"):
            fetch()

    def test_messages_hold_no_control_characters(self, server: MapServer, fetch: Callable[..., RoadNetwork]) -> None:
        server.raw["interpreter"] = lambda: [b"HTTP/1.0 403 \x1b[31mNo\r\nContent-Length: 0\r\n\r\n"]
        with pytest.raises(RoadsError, match="403") as caught:
            fetch()
        assert str(caught.value).isprintable()
        del server.raw["interpreter"]
        server.body = b'{"elements": [], "remark": "\\u001b[31m' + b"a" * 9000 + b'"}'
        with pytest.raises(RoadsError, match="did not finish") as caught:
            fetch()
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 500

    @pytest.mark.parametrize("stamp", ["9999-99-99T99:99:99Z", "2999-01-01T00:00:00Z", "<img src=x>"])
    def test_dates_that_are_none(self, server: MapServer, fetch: Callable[..., RoadNetwork], stamp: str) -> None:
        server.body = json.dumps(overpass_answer(QUERY)).replace(STAMP, stamp).encode()
        assert fetch().source.date == time.strftime("%Y-%m-%d", time.gmtime())


class TestKeptAnswers:
    @pytest.mark.parametrize("sort", ["other roads", "[]", "{}", "{bad}", "[1,2]", "", "gone"])
    def test_changed_files_are_asked_for_again(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], tmp_path: Path, sort: str
    ) -> None:
        first, before = fetch(), len(server.asked)
        for file in (tmp_path / "cache").rglob("*.json"):
            if sort == "other roads":
                file.write_text(file.read_text().replace("residential", "primary"))
            elif sort == "gone":
                file.unlink()
            else:
                file.write_text(sort)
        assert fetch().source == first.source
        changed = 1 if sort == "other roads" else 2
        assert [path.rpartition("/")[2] for path in server.paths()[before:]][-1] == "interpreter"
        assert len(server.asked) - before == 2 + changed

    def test_an_answer_from_the_future_is_old(
        self, server: MapServer, fetch: Callable[..., RoadNetwork], tmp_path: Path
    ) -> None:
        fetch()
        before = len(server.asked)
        for file in (tmp_path / "cache").rglob("*.json"):
            os.utime(file, (4e9, 4e9))
        fetch()
        assert len(server.asked) == 2 * before
