"""A server on this machine that answers as Overpass and Nominatim do, with a small made-up county."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pyproj import Transformer

from marketmap.settings import TravelSettings
from marketmap.travel.fetching.fetch import Asked

STAMP = "2026-10-01T12:00:00Z"
FREE = "Connected as: 1\nCurrent time: now\nAnnounced endpoint: none\nRate limit: 2\n2 slots available now.\n"
EASTING, NORTHING = 486_000.0, 308_000.0
# What the tests fetch, and how fast its roads are.
SPEEDS = TravelSettings(
    speeds_kmh={"residential": 36.0, "unclassified": 36.0, "primary": 72.0, "service": 18.0}, junction_seconds=0.0
)
HERE = Asked(place="Testshire, England", buffer_km=0.0)
_TO_DEGREES = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)

# Metres east and north of a point near Oakham.
PLACES: Mapping[int, tuple[float, float]] = {
    1: (0, 0), 2: (300, 0), 3: (600, 0), 4: (900, 0), 5: (600, 300), 6: (900, 300), 8: (600, -300), 9: (600, -150),
    10: (300, 300), 11: (0, 300), 12: (600, 500), 13: (0, 600), 14: (300, 600), 15: (950, 50), 16: (1000, 0),
    17: (950, -50), 18: (1300, 0),
}  # fmt: skip
NODE_TAGS: Mapping[int, Mapping[str, str]] = {
    2: {"barrier": "gate"},  # open: no end of any road
    13: {"barrier": "bollard"},
}
WAYS: Mapping[int, tuple[tuple[int, ...], Mapping[str, str]]] = {
    110: ((1, 2, 3), {"highway": "residential", "name": "Main Street"}),
    111: ((3, 4), {"highway": "primary", "maxspeed": "20 mph", "name": "Main Street"}),
    112: ((4, 6, 5, 3), {"highway": "residential", "oneway": "yes"}),
    113: ((8, 9, 3), {"highway": "residential", "oneway": "-1"}),
    114: ((8, 1), {"highway": "residential", "access": "private", "motor_vehicle": "destination"}),
    115: ((2, 10, 5), {"highway": "residential", "access": "private"}),
    116: ((1, 11), {"highway": "residential", "motor_vehicle:backward": "no"}),
    117: ((5, 12), {"highway": "service", "service": "driveway"}),
    118: ((11, 13, 14), {"highway": "residential"}),
    119: ((14, 12), {"highway": "unclassified", "maxspeed:type": "GB:zone20"}),
    120: ((4, 15, 16, 17, 4), {"highway": "primary", "junction": "roundabout"}),
    121: ((16, 18), {"highway": "residential", "lit": "yes"}),
    122: ((1, 18), {"highway": "footway"}),
    123: ((11, 14), {"highway": "residential"}),
}


def lon_lat(east: float, north: float) -> tuple[float, float]:
    """Degrees, to the seven decimals that OpenStreetMap keeps."""
    lon, lat = _TO_DEGREES.transform(EASTING + east, NORTHING + north)
    return round(lon, 7), round(lat, 7)


def overpass_answer(query: str) -> dict[str, Any]:
    """Ways whose class fits the query's filter, and their nodes."""
    wanted = re.search(r'\["highway"~"([^"]+)"\]', query)
    ways = {
        name: way
        for name, way in WAYS.items()
        if wanted is not None and re.search(wanted[1], way[1].get("highway", ""))
    }
    nodes = sorted({ref for refs, _ in ways.values() for ref in refs})
    elements: list[dict[str, Any]] = [
        {"type": "way", "id": name, "nodes": list(refs), "tags": dict(tags)} for name, (refs, tags) in ways.items()
    ]
    for name in nodes:
        lon, lat = lon_lat(*PLACES[name])
        node = {"type": "node", "id": name, "lat": lat, "lon": lon}
        elements.append(node | ({"tags": dict(NODE_TAGS[name])} if name in NODE_TAGS else {}))
    return {"version": 0.6, "generator": "test", "osm3s": {"timestamp_osm_base": STAMP}, "elements": elements}


def nominatim_answer(kind: str = "Polygon") -> list[dict[str, Any]]:
    """One place: a square of 3 km around the made-up county, or only its middle."""
    west, south = lon_lat(-1000, -1000)
    east, north = lon_lat(2000, 2000)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    shape = (
        {"type": "Polygon", "coordinates": [ring]} if kind == "Polygon" else {"type": "Point", "coordinates": ring[0]}
    )
    return [
        {"place_id": 1, "osm_id": 1, "osm_type": "relation", "lat": str(south), "lon": str(west), "importance": 0.5,
         "name": "Testshire", "display_name": "Testshire, England", "class": "boundary", "type": "administrative",
         "boundingbox": [str(south), str(north), str(west), str(east)], "geojson": shape},
    ]  # fmt: skip


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    values: dict[str, str]
    user_agent: str


@dataclass
class MapServer:
    """What the server answers and what it was asked.

    Attributes
    ----------
    status
        Texts of the status page, one a request; the last stays.
    refusals
        HTTP codes to answer the next map requests with.
    body
        Bytes to answer map requests with in place of the county.
    places
        What the geocoder finds.
    hold_seconds
        How long a map request waits for its answer.
    raw
        Last part of a path to the pieces of what is answered there, its first line and headers included; written one
        after the other, without end if they have none.
    """

    url: str = ""
    status: list[str] = field(default_factory=lambda: [FREE])
    refusals: list[int] = field(default_factory=list)
    body: bytes | None = None
    places: Any = field(default_factory=nominatim_answer)
    hold_seconds: float = 0.0
    raw: dict[str, Callable[[], Iterable[bytes]]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def overpass(self) -> str:
        return f"{self.url}/api"

    def paths(self) -> list[str]:
        return [f"{item.method} {item.path}" for item in self.asked]

    def queries(self) -> list[str]:
        return [item.values["data"] for item in self.asked if "data" in item.values]

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        """HTTP code and body."""
        self.asked.append(asked)
        if asked.path.endswith("/api/status"):
            text = self.status.pop(0) if len(self.status) > 1 else self.status[0]
            return (200, text.encode()) if text else (404, b"")
        if asked.path.endswith("/search"):
            return 200, json.dumps(self.places).encode()
        if self.hold_seconds:
            threading.Event().wait(self.hold_seconds)
        if self.refusals:
            return self.refusals.pop(0), b"busy"
        return 200, json.dumps(overpass_answer(asked.values["data"])).encode() if self.body is None else self.body


@contextmanager
def serve_maps() -> Iterator[MapServer]:
    """Run the server on a free port of this machine."""
    state = MapServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET", urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._answer("POST", self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, method: str, text: str) -> None:
            values = {key: found[0] for key, found in parse_qs(text).items()}
            path = self.path.split("?")[0]  # whole address where this is asked as a proxy
            code, body = state.answer(Asked(method, path, values, self.headers["User-Agent"]))
            pieces = state.raw.get(path.rpartition("/")[2])
            try:
                if pieces is not None:
                    for piece in pieces():
                        self.wfile.write(piece)
                    return
                self.send_response(code)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # the caller has lost patience
                return

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
