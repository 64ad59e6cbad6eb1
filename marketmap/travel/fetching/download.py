"""Talks to map servers through OSMnx: where they are, how long they may take, and what their silence means.

OSMnx waits as the server asks and asks again after a refusal, without end, and its library follows a server wherever
it points and reads whatever it sends. So `Watch` asks and waits in its place: only the servers that were named, for as
long as there is patience. All is put back afterwards, and nobody else is asked to look up a host's name.
"""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from urllib3.exceptions import ReadTimeoutError

from marketmap.errors import RoadsError
from marketmap.travel.fetching.answers import parse_places, parse_roads
from marketmap.travel.plain_text import plain

OVERPASS_URL = "https://overpass-api.de/api"
NOMINATIM_URL = "https://nominatim.openstreetmap.org/"
OVERPASS_VARIABLE, NOMINATIM_VARIABLE = "MARKETMAP_OVERPASS_URL", "MARKETMAP_NOMINATIM_URL"
USER_AGENT = "marketmap (home care planning, through OSMnx)"

_REFUSALS = 3  # answers of "too many requests" or "gateway timeout" before giving up
_BUSY = frozenset({429, 504})
# Of one answer, unpacked; OSMnx asks for 2,500 km² at a time.
MAX_ANSWER_BYTES = 512 * 2**20
_CHUNK_BYTES = 1 << 16
_PORTS = {"http": 80, "https": 443}
# How OSMnx reads the status page: its fifth line.
_STATUS = re.compile(
    r"(?:[^\n]*\n){4}"
    r"(?:\d+ slots? available|Slot available after: (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ), |Currently running)"
)
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
        For one answer: the server may work and be silent for so long.
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
) -> Iterator[tuple[ModuleType, Watch]]:
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
    from osmnx import _nominatim, _overpass  # noqa: PLC0415

    _check_address(servers.overpass_url, "--overpass-url")
    _check_address(servers.nominatim_url, "--nominatim-url")
    watch = Watch(servers)
    wanted = {
        "overpass_url": servers.overpass_url,
        "nominatim_url": servers.nominatim_url,
        "requests_timeout": servers.timeout_seconds,
        "requests_kwargs": {},
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
    modules: list[Any] = [_overpass, _nominatim]
    taken = [(module.requests, module.time) for module in modules]
    try:
        for name, value in wanted.items():
            setattr(osmnx.settings, name, value)
        # OSMnx takes hooks for an answer, but none for a pause or for a server that never finishes its first line.
        for module in modules:
            module.requests = module.time = watch
        yield osmnx, watch
    finally:
        socket.getaddrinfo = resolver
        for module, (asks, waits) in zip(modules, taken, strict=True):
            module.requests, module.time = asks, waits
        for name, value in before.items():
            setattr(osmnx.settings, name, value)


def _check_address(url: str, option: str) -> None:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in _PORTS and parts.port != 0 and " " not in url and url.isprintable()
        fits = fits and bool((parts.hostname or "").encode("idna"))
        requests.Request("GET", url).prepare()
    except (ValueError, requests.exceptions.RequestException):
        fits = False
    if not fits:
        raise RoadsError(f"{option}: the address of a map server must start with http:// or https:// and name a host.")


class Watch:
    """What OSMnx asks and waits with, in place of the modules ``requests`` and ``time``.

    Parameters
    ----------
    servers
        Patience counts from now.
    """

    Request = requests.Request

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.started = time.monotonic()
        self.refusals = 0
        self.last = f"{host_of(servers.overpass_url)} takes long"

    def seconds_left(self) -> float:
        """Until patience ends."""
        return self.servers.patience_minutes * 60 - (time.monotonic() - self.started)

    def sleep(self, seconds: float) -> None:
        """Wait, if there is patience for it."""
        if not seconds < self.seconds_left():
            raise self._impatient(self.last)
        time.sleep(seconds)

    def get(self, url: str, **options: Any) -> requests.Response:
        """Ask; errors as `osmnx_session`."""
        return self._judge(url, self._ask("GET", url, **options))

    def post(self, url: str, **options: Any) -> requests.Response:
        """Ask; errors as `osmnx_session`."""
        return self._judge(url, self._ask("POST", url, **options))

    def has_slots(self) -> bool:
        """Whether the Overpass server hands out slots to wait for; a mirror without a status page has none."""
        url = self.servers.overpass_url.rstrip("/") + "/status"
        answer = self._ask("GET", url, timeout=self.servers.timeout_seconds, headers={"User-Agent": USER_AGENT})
        unlimited = re.search(r"^Rate limit: 0\s*$", answer.text, re.MULTILINE)  # it always names running queries
        return answer.ok and not unlimited and _slot_seconds(answer.text) is not None

    def _impatient(self, why: str) -> RoadsError:
        return RoadsError(
            f"{why}, and --patience-minutes allows {self.servers.patience_minutes:g}. Try again later, or allow more."
        )

    def _ask(self, method: str, url: str, **options: Any) -> requests.Response:
        """Ask in a thread: a server that sends one byte a second holds its reader for ever, but not us."""
        answer: Future[requests.Response] = Future()

        def ask() -> None:
            try:
                hooks = {"response": self._read}
                answer.set_result(
                    requests.request(method, url, stream=True, hooks=hooks, **options)  # noqa: S113  among the options
                )
            except Exception as error:  # noqa: BLE001  raised again below
                answer.set_exception(error)

        left = self.seconds_left()
        if left > 0:
            threading.Thread(target=ask, daemon=True).start()
        try:
            with explain_failures(url, self.servers):
                return answer.result(min(max(left, 0.0), threading.TIMEOUT_MAX))
        except TimeoutError as error:
            raise self._impatient(f"{host_of(url)} was not done in time") from error

    def _read(self, response: requests.Response, *_: Any, **__: Any) -> None:
        """Read an answer whole, as far as that is sensible, before anything is done with it."""
        if response.is_redirect:
            _check_redirect(response)
            response._content = b""  # noqa: SLF001  else requests reads it, whatever its size
            return
        body = bytearray()
        for chunk in response.iter_content(_CHUNK_BYTES):
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                response.close()
                raise RoadsError(
                    f"{host_of(response.url)} sent more than {MAX_ANSWER_BYTES / 2**20:,.0f} MiB. Ask for a smaller "
                    "area, or check the address of the server."
                )
            if self.seconds_left() < 0:  # nobody waits for it any longer
                response.close()
                raise TimeoutError
        response._content = bytes(body)  # noqa: SLF001  requests has no other way to take what was read
        response.encoding = "utf-8"

    def _judge(self, url: str, answer: requests.Response) -> requests.Response:
        host, path = host_of(url), urlsplit(url).path
        if answer.status_code in _BUSY:
            self.refusals += 1
            self.last = f"{host} refused (HTTP {answer.status_code}: too busy, or the area too large for it)"
            if self.refusals >= _REFUSALS:
                raise RoadsError(
                    f"{host} refused {self.refusals} times (HTTP {answer.status_code}: too busy, or the area too "
                    "large for it). Try again later, or ask for a smaller area."
                )
        elif path.endswith("/status"):
            self._check_slots(host, answer)
        elif not answer.ok:
            raise RoadsError(
                f"{host} refused (HTTP {answer.status_code} {plain(str(answer.reason or ''))}). Check the address of "
                "the server, and whether it may be used from here."
            )
        else:
            found = (parse_places if path.endswith("/search") else parse_roads)(answer.content, host)
            answer.json = lambda **_: found  # type: ignore[method-assign]  # parsed and tidied once
        return answer

    def _check_slots(self, host: str, answer: requests.Response) -> None:
        """Refuse to sleep for longer than the user has patience."""
        seconds = _slot_seconds(answer.text)
        if seconds is None:
            raise RoadsError(f"The status page of {host} cannot be understood. Try again, or check --overpass-url.")
        self.last = f"{host} is still busy"
        if seconds >= self.seconds_left():
            raise self._impatient(f"{host} is busy for another {seconds / 60:.0f} minutes")


def _slot_seconds(text: str) -> float | None:
    """Seconds until there is a slot (0: now, or nobody knows); None where OSMnx could not read the page."""
    found = _STATUS.match(text)
    if found is None:
        return None
    if found[1] is None:
        return 0.0
    try:
        return max((datetime.fromisoformat(found[1]) - datetime.now(UTC)).total_seconds(), 0.0)
    except ValueError:
        return None


def _check_redirect(response: requests.Response) -> None:
    """Stay with the server that was asked: neither a place's name nor an outline goes to another."""
    host, location = host_of(response.url), response.headers["location"]
    other = "an address that is none"
    try:
        there = urlsplit(urljoin(response.url, location))
        if location.isascii() and location.isprintable():
            other = plain(host_of(there.geturl()))
            if _server(there) == _server(urlsplit(response.url)):
                return
    except ValueError:
        pass
    raise RoadsError(
        f"{host} points to another server ({other}), which is not asked. If it is the right one, give its address with "
        "--overpass-url or --nominatim-url; a gateway may also want you to sign in."
    )


def _server(parts: SplitResult) -> tuple[str, str, int | None]:
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)


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
    except (requests.exceptions.Timeout, requests.exceptions.ConnectionError) as error:
        if isinstance(error, requests.exceptions.Timeout) or isinstance(next(iter(error.args), None), ReadTimeoutError):
            raise RoadsError(
                f"{host} did not answer within {servers.timeout_seconds} seconds. Try again later, ask for a smaller "
                "area, or wait longer with --timeout-seconds."
            ) from error
        raise RoadsError(f"There is no connection to {host}. {_NO_SERVER}") from error
    except requests.exceptions.RequestException as error:
        raise RoadsError(f"The request to {host} failed ({type(error).__name__}). {_NO_SERVER}") from error


def host_of(url: str) -> str:
    """Host and port of an address, without the user and password that it may hold."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
