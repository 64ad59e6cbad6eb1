"""A small reverse proxy for tests: it hands on what comes below one path, as nginx would, and refuses the rest."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlsplit

import httpx
import websockets
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

# Of this connection alone, not of what it carries (RFC 9110, 7.6.1).
HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "content-length"}
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]
BIGGEST = 64 * 2**20


def make_proxy(upstream: str, *, below: str) -> Starlette:
    """Make the proxy's web application.

    Parameters
    ----------
    upstream
        Where the app answers, as ``http://127.0.0.1:8501``.
    below
        The path that is handed on, with its leading slash.
    """
    behind_proxy = urlsplit(upstream)
    client = httpx.AsyncClient(base_url=upstream, timeout=60)

    async def hand_on(request: Request) -> Response:
        answer = await client.request(
            request.method,
            request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            headers=_headers(request) | {"accept-encoding": "identity"},
            content=await request.body(),
        )
        handed = Response(answer.content, status_code=answer.status_code)
        handed.raw_headers = [pair for pair in answer.headers.raw if pair[0].decode().lower() not in HOP]
        handed.raw_headers.append((b"content-length", str(len(answer.content)).encode()))
        return handed

    async def hand_socket_on(socket: WebSocket) -> None:
        kept = {name: value for name, value in _headers(socket).items() if not name.startswith("sec-websocket")}
        origin, asked = kept.pop("origin", None), kept.pop("host")
        # The name that the browser asked for is passed on, as the app compares it with the page's own.
        async with websockets.connect(
            f"ws://{asked}{socket.url.path}",
            host=behind_proxy.hostname,
            port=behind_proxy.port,
            additional_headers=kept,
            origin=origin,
            subprotocols=socket.scope["subprotocols"] or None,
            max_size=BIGGEST,
            proxy=None,
        ) as behind:
            await socket.accept(subprotocol=behind.subprotocol)
            with contextlib.suppress(WebSocketDisconnect, websockets.ConnectionClosed):
                await asyncio.gather(_carry_in(socket, behind), _carry_out(socket, behind))

    return Starlette(
        routes=[
            WebSocketRoute(f"{below}/{{rest:path}}", hand_socket_on),
            Route(below, hand_on, methods=METHODS),
            Route(f"{below}/{{rest:path}}", hand_on, methods=METHODS),
        ]
    )


def _headers(connection: Request | WebSocket) -> dict[str, str]:
    kept = {name: value for name, value in connection.headers.items() if name not in HOP}
    return kept | {"x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http"}


async def _carry_in(socket: WebSocket, behind: websockets.ClientConnection) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            await behind.close()
            return
        await behind.send(message.get("bytes") or message.get("text") or b"")


async def _carry_out(socket: WebSocket, behind: websockets.ClientConnection) -> None:
    async for message in behind:
        await (socket.send_text(message) if isinstance(message, str) else socket.send_bytes(message))
    await socket.close()
