import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from marketmap.pages.front import HEADERS, Front, read_flags


def answer() -> list[tuple[bytes, bytes]]:
    """The headers that come out in front of an app that sends a loose one."""
    heard: list[tuple[bytes, bytes]] = []

    async def app(_scope: dict[str, Any], _receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        headers = [(b"referrer-policy", b"unsafe-url"), (b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def send(message: dict[str, Any]) -> None:
        heard.extend(message["headers"])

    async def receive() -> dict[str, Any]:
        return {}

    # In a thread of its own: a browser that another test left open keeps a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, Front(app)({"type": "http", "path": "/", "headers": []}, receive, send)).result()
    return heard


def test_every_answer_says_where_a_page_may_ask_and_says_it_once() -> None:
    headers = answer()
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
