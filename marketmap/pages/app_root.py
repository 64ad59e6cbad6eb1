"""Telling the browser where the app's root is, so that it need not look for the server below each page's address."""

from __future__ import annotations

from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import file_util

SCRIPT_NAME = "app-root.js"
# Streamlit's front end reads this object as it starts, and then asks nobody but the server at that address. Streamlit
# gives its own files by addresses that are relative to the root, and so is this one: a path before it stays.
SCRIPT = b"window.__streamlit = { BACKEND_BASE_URL: new URL('.', document.currentScript.src).href };\n"
_TAG = f'<script src="./{SCRIPT_NAME}"></script>\n    '.encode()
_BEFORE = b"<script"
_METHODS = ("GET", "HEAD")
# A page is changed on its way: no part of it, nothing packed, and no "as before" for what lies on the disk.
_WITHHELD = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"if-range", b"range")
_OF_THE_FILE = (b"content-length", b"etag", b"last-modified", b"accept-ranges")


class AppRoot:
    """Middleware that has Streamlit's page load a script which names the app's root, and serves that script.

    Parameters
    ----------
    app
        What answers.
    page
        Streamlit's page, which it answers every page's address with; by default read from where it is installed.
    """

    def __init__(self, app: ASGIApp, page: bytes | None = None) -> None:
        self.app = app
        self.page = Path(file_util.get_static_dir(), "index.html").read_bytes() if page is None else page
        self.told = self.page.replace(_BEFORE, _TAG + _BEFORE, 1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        last = scope.get("path", "").rpartition("/")[2]
        if scope["type"] != "http" or scope["method"] not in _METHODS:
            await self.app(scope, receive, send)
        elif last == SCRIPT_NAME:
            await _send_script(scope, send)
        elif "." in last:
            await self.app(scope, receive, send)
        else:
            headers = [pair for pair in scope["headers"] if pair[0].lower() not in _WITHHELD]
            await self.app({**scope, "headers": headers}, receive, _Changing(self, scope, send).send)


class _Changing:
    """One answer on its way: Streamlit's page is held until it is whole and changed, anything else passes."""

    def __init__(self, root: AppRoot, scope: Scope, send: Send) -> None:
        self.root = root
        self.head_only = scope["method"] == "HEAD"
        self.pass_on = send
        self.start: Message | None = None
        self.body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and self._may_be_page(message):
            self.start = message
        elif self.start is None or message["type"] != "http.response.body":
            await self.pass_on(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self.start)

    def _may_be_page(self, start: Message) -> bool:
        headers = dict(start["headers"])
        html = headers.get(b"content-type", b"").startswith(b"text/html")
        long = headers.get(b"content-length") == str(len(self.root.page)).encode()
        return html and long and start["status"] == 200

    async def _finish(self, start: Message) -> None:
        if self.head_only or self.body == self.root.page:
            kept = [pair for pair in start["headers"] if pair[0].lower() not in _OF_THE_FILE]
            length = (b"content-length", str(len(self.root.told)).encode())
            start = {**start, "headers": [*kept, length]}
            self.body = b"" if self.head_only else self.root.told
        await self.pass_on(start)
        await self.pass_on({"type": "http.response.body", "body": self.body})


async def _send_script(scope: Scope, send: Send) -> None:
    headers = [
        (b"content-type", b"text/javascript; charset=utf-8"),
        (b"content-length", str(len(SCRIPT)).encode()),
        (b"cache-control", b"no-cache"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else SCRIPT})
