"""Talks to map servers through OSMnx: where they are, how long they may take, and what their silence means.

OSMnx waits as the server asks and asks again after a refusal, without end; everything it is sent passes a watch here
that ends that. Its settings are put back afterwards, and it never asks anybody else to look up a host's name.
"""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import requests

from marketmap.errors import RoadsError

OVERPASS_URL = "https://overpass-api.de/api"
NOMINATIM_URL = "https://nominatim.openstreetmap.org/"
OVERPASS_VARIABLE, NOMINATIM_VARIABLE = "MARKETMAP_OVERPASS_URL", "MARKETMAP_NOMINATIM_URL"
USER_AGENT = "marketmap (home care planning, through OSMnx)"

_REFUSALS = 3  # answers of "too many requests" or "gateway timeout" before giving up
_CONNECT_SECONDS = 20
_BUSY = frozenset({429, 504})
_NO_SERVER = (
    "Check the connection; behind a firewall set HTTPS_PROXY, or --overpass-url and --nominatim-url to servers that "
    "can be reached. Or bring an OpenStreetMap extract (.osm.pbf), which needs no network."
)


@dataclass(frozen=True)
class Servers:
    """Where maps are asked for, and how patiently.

    Attributes
    ----------
    overpass_url, nominatim_url
        Without the last part (``/interpreter``, ``/search``); by default the environment's, else the public ones.
    timeout_seconds
        For one answer.
    patience_minutes
        For all of it, waiting for a slot included.
    """

    overpass_url: str = field(default_factory=lambda: os.environ.get(OVERPASS_VARIABLE) or OVERPASS_URL)
    nominatim_url: str = field(default_factory=lambda: os.environ.get(NOMINATIM_VARIABLE) or NOMINATIM_URL)
    timeout_seconds: int = 180
    patience_minutes: float = 30.0


@contextmanager
def osmnx_session(
    servers: Servers, *, cache: Path | None, way_tags: Sequence[str], node_tags: Sequence[str]
) -> Iterator[ModuleType]:
    """Set OSMnx up to ask these servers, and put everything back at the end.

    Parameters
    ----------
    servers
        Where and how patiently.
    cache
        Folder of kept answers; None keeps none.
    way_tags, node_tags
        Tags to keep; one-way rules are left to the caller, so every way is read along its direction only.

    Raises
    ------
    RoadsError
        When an address is none, and from inside when a server refuses, is busy for too long or answers oddly.
    """
    import osmnx  # noqa: PLC0415  slow to start

    for url in (servers.overpass_url, servers.nominatim_url):
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise RoadsError("The address of a map server must start with http:// or https:// and name a host.")
    wanted = {
        "overpass_url": servers.overpass_url,
        "nominatim_url": servers.nominatim_url,
        "requests_timeout": servers.timeout_seconds,
        "requests_kwargs": {"hooks": {"response": _Watch(servers)}},
        "overpass_rate_limit": True,
        "doh_url_template": None,  # else a host that cannot be resolved is looked up at a third party
        "http_user_agent": USER_AGENT,
        "use_cache": cache is not None,
        "cache_folder": cache or "",
        "cache_only_mode": False,
        "useful_tags_way": list(way_tags),
        "useful_tags_node": list(node_tags),
        "all_oneway": True,
        "log_console": False,
        "log_file": False,
    }
    before = {name: getattr(osmnx.settings, name) for name in wanted}
    resolver = socket.getaddrinfo  # OSMnx pins the server's address in it
    try:
        for name, value in wanted.items():
            setattr(osmnx.settings, name, value)
        yield osmnx
    finally:
        socket.getaddrinfo = resolver
        for name, value in before.items():
            setattr(osmnx.settings, name, value)


class _Watch:
    """Looks at every answer as it comes, before OSMnx does."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.started = time.monotonic()
        self.refusals = 0

    def __call__(self, response: requests.Response, *_: Any, **__: Any) -> None:
        host = host_of(response.url)
        if response.is_redirect:
            return
        waited = time.monotonic() - self.started
        if waited > self.servers.patience_minutes * 60:
            raise RoadsError(f"{host} was still busy after {waited / 60:.0f} minutes. Try again later.")
        if response.status_code in _BUSY:
            self.refusals += 1
            if self.refusals >= _REFUSALS:
                raise RoadsError(
                    f"{host} refused {self.refusals} times (HTTP {response.status_code}: too busy, or the area too "
                    "large for it). Try again later, or ask for a smaller area."
                )
        elif urlsplit(response.url).path.endswith("/status"):
            self._check_slots(host, response)
        elif not response.ok:
            raise RoadsError(
                f"{host} refused (HTTP {response.status_code} {response.reason}). Check the address of the server, and "
                "whether it may be used from here."
            )
        else:
            _check_json(host, response)

    def _check_slots(self, host: str, response: requests.Response) -> None:
        """Refuse to sleep for longer than the user has patience."""
        free = [datetime.fromisoformat(stamp) for stamp in re.findall(r"after: (\S+Z)", response.text)]
        available = re.search(r"^\d+ slots? available", response.text, re.MULTILINE)
        if free and not available:
            minutes = (min(free) - datetime.now(UTC)).total_seconds() / 60
            if minutes > self.servers.patience_minutes:
                raise RoadsError(f"{host} is busy for another {minutes:.0f} minutes. Try again then.")


def _check_json(host: str, response: requests.Response) -> None:
    body = response.content
    start, end = body[:200].lstrip()[:1], body[-200:].rstrip()[-1:]
    if start + end not in {b"{}", b"[]"}:
        what = "an answer that breaks off" if start in {b"{", b"["} else "something other than map data"
        raise RoadsError(
            f"{host} sent {what}. A gateway or its sign-in page may stand between, or the connection broke: try again, "
            "or bring an OpenStreetMap extract (.osm.pbf)."
        )
    # Overpass says so at the end, with HTTP 200, when it ran out of time or memory: the roads before are not all.
    remark = re.search(rb'"remark":\s*"([^"]{0,300})', body[-2000:])
    if remark:
        said = remark[1].decode("utf-8", "replace")
        raise RoadsError(
            f'{host} did not finish: "{said}". Ask for a smaller area, or give it longer with --timeout-seconds.'
        )


def has_slots(servers: Servers) -> bool:
    """Ask the Overpass server for its status; a mirror that has none hands out no slots to wait for.

    Without asking first OSMnx would wait a minute before it says that nobody is there.

    Raises
    ------
    RoadsError
        When there is no connection.
    """
    url = servers.overpass_url.rstrip("/") + "/status"
    with explain_failures(url, servers):
        answer = requests.get(
            url, timeout=(_CONNECT_SECONDS, servers.timeout_seconds), headers={"User-Agent": USER_AGENT}
        )
    return answer.ok


@contextmanager
def explain_failures(url: str, servers: Servers) -> Iterator[None]:
    """Say what a failed request means, in place of the library's own words (which may hold a password of the proxy)."""
    host = host_of(url)
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise RoadsError(
            f"The certificate of {host} is not trusted here. Where the council's gateway reads encrypted traffic, set "
            "REQUESTS_CA_BUNDLE to its certificates."
        ) from error
    except requests.exceptions.ProxyError as error:
        raise RoadsError(f"The proxy between here and {host} does not answer. Check HTTPS_PROXY.") from error
    except requests.exceptions.Timeout as error:
        raise RoadsError(
            f"{host} did not answer within {servers.timeout_seconds} seconds. Try again later, ask for a smaller area, "
            "or wait longer with --timeout-seconds."
        ) from error
    except requests.exceptions.ConnectionError as error:
        raise RoadsError(f"There is no connection to {host}. {_NO_SERVER}") from error
    except requests.exceptions.RequestException as error:
        raise RoadsError(f"The request to {host} failed ({type(error).__name__}). {_NO_SERVER}") from error


def host_of(url: str) -> str:
    """Host and port of an address, without the user and password that it may hold."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
