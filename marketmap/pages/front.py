"""What stands in front of Streamlit: a policy that lets a page ask no other host, and where the app's root is."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from marketmap.pages.app_root import AppRoot

# Streamlit's front end and its map component evaluate code and carry Leaflet as data addresses; nothing else is let in,
# and nothing may be sent anywhere but here.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' data:",
    "style-src": "'self' 'unsafe-inline' data:",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "frame-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
HEADERS = (
    (b"content-security-policy", "; ".join(f"{name} {sources}" for name, sources in POLICY.items()).encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


class Front:
    """Middleware that adds `HEADERS` to each answer.

    Parameters
    ----------
    app
        What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = {name for name, _ in HEADERS}
                kept = [pair for pair in message["headers"] if pair[0].lower() not in named]
                message = {**message, "headers": [*kept, *HEADERS]}
            await send(message)

        await self.app(scope, receive, send_with_headers)


def make_app(script: Path) -> st.App:
    """Put `Front` and `AppRoot` before an app's script."""
    return st.App(script.resolve(), middleware=[Middleware(Front), Middleware(AppRoot)])


def read_flags(flags: Sequence[str]) -> dict[str, Any]:
    """Read flags as ``streamlit run`` takes them, ``--name=value``; one that is given often becomes a list.

    Raises
    ------
    ValueError
        For one without a value.
    """
    found: dict[str, list[Any]] = {}
    for flag in flags:
        name, equals, text = flag.removeprefix("--").partition("=")
        if not equals or name == flag:
            raise ValueError(f"{flag} is no flag of the form --name=value.")
        found.setdefault(name, []).append(_read_value(text))
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def _read_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
