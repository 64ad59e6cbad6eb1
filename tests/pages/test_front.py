import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from marketmap.pages.front import HEADERS, Front, read_flags


def answer(path: str, *, base: str = "", kind: str = "http") -> tuple[str, list[tuple[bytes, bytes]]]:
    """What an app behind the front is asked for, and the headers that come out in front."""
    asked: list[str] = []
    heard: list[tuple[bytes, bytes]] = []

    async def app(scope: dict[str, Any], _receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        asked.append(scope["path"])
        headers = [(b"referrer-policy", b"unsafe-url"), (b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def send(message: dict[str, Any]) -> None:
        heard.extend(message["headers"])

    async def receive() -> dict[str, Any]:
        return {}

    asyncio.run(Front(app, base=base)({"type": kind, "path": path, "headers": []}, receive, send))
    return asked[0], heard


@pytest.mark.parametrize(
    ("path", "base", "asked"),
    [
        ("/market_map/_stcore/health", "", "/_stcore/health"),
        ("/block_plan/_stcore/stream", "", "/_stcore/stream"),
        ("/block_plan/media/a.csv", "", "/media/a.csv"),
        ("/_stcore/health", "", "/_stcore/health"),
        ("/market_map", "", "/market_map"),
        ("/static/media/font.woff2", "", "/static/media/font.woff2"),
        ("/maps/market_map/_stcore/health", "maps", "/maps/_stcore/health"),
        ("/maps/_stcore/health", "maps", "/maps/_stcore/health"),
        ("/a/b/_stcore/health", "", "/a/b/_stcore/health"),
        ("/other/market_map/_stcore/health", "maps", "/other/market_map/_stcore/health"),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_streamlits_own_addresses_are_found_below_a_page(path: str, base: str, asked: str, kind: str) -> None:
    assert answer(path, base=base, kind=kind)[0] == asked


def test_every_answer_says_where_a_page_may_ask_and_says_it_once() -> None:
    headers = answer("/")[1]
    assert headers == [(b"content-type", b"text/plain"), *HEADERS]
    policy = dict(headers)[b"content-security-policy"].decode()
    assert "http" not in policy
    assert "*" not in policy
    assert "default-src 'self'" in policy


def test_flags_are_read_as_what_they_are() -> None:
    assert read_flags(["--server.port=8501", "--a.b=true", "--c=maps/here", "--d=x.example", "--d=127.0.0.1"]) == {
        "server.port": 8501,
        "a.b": True,
        "c": "maps/here",
        "d": ["x.example", "127.0.0.1"],
    }
