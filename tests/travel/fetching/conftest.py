"""The made-up map server, and tests that reach no other."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from marketmap.settings import TravelSettings
from marketmap.travel import RoadNetwork
from marketmap.travel.fetching.download import Servers
from marketmap.travel.fetching.fetch import Asked, fetch_roads
from tests.travel.fetching.map_server import (
    HERE,
    SPEEDS,
    MapServer,
    serve_maps,
)


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def check(self: socket.socket, address: Any) -> None:
        assert address[0] in {"127.0.0.1", "localhost"}, f"a test asked {address}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", check)
    for name in [name for name in os.environ if name.lower().endswith("_proxy") or name.startswith("MARKETMAP_")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that would have been slept."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


@pytest.fixture(autouse=True)
def known_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """OSMnx looks its zone of the world up again and again, a tenth of a second each time."""
    monkeypatch.setattr(gpd.GeoDataFrame, "estimate_utm_crs", lambda _: "EPSG:32630")


@pytest.fixture
def server() -> Iterator[MapServer]:
    with serve_maps() as running:
        yield running


@pytest.fixture
def fetch(server: MapServer, tmp_path: Path) -> Callable[..., RoadNetwork]:
    def run(asked: Asked = HERE, *, settings: TravelSettings = SPEEDS, **more: Any) -> RoadNetwork:
        servers = Servers(server.overpass, server.url, timeout_seconds=20)
        options = {"servers": servers, "cache": tmp_path / "cache"} | more
        return fetch_roads(tmp_path / "roads.graphml", asked=asked, settings=settings, **options)

    return run
