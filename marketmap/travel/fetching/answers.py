"""The answers of map servers: whether they can be used, and keeping them for a week.

What arrives is parsed once and taken to pieces as far as roads need it: a server, or a gateway in front of it, may send
anything. What is kept has its SHA-256 beside it, so that a file that was changed or broke off is asked for again.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from marketmap.errors import RoadsError
from marketmap.travel.plain_text import plain

CACHE_DAYS = 7.0
_LONGEST_TAG = 255  # OpenStreetMap takes no longer value
_LARGEST_ID = 2**63
_SUMS = "SHA256SUMS"
_COMPLETE = "complete"


def parse_roads(body: bytes, host: str) -> dict[str, Any]:
    """Read an Overpass answer.

    Parameters
    ----------
    body
        As it came, unpacked.
    host
        Who sent it.

    Returns
    -------
    dict
        With ``elements``: nodes with ``id``, ``lat``, ``lon`` (degrees) and ways with ``id`` and ``nodes``, in which
        all numbers are numbers and ``tags`` are short printable texts; other tags are left out.

    Raises
    ------
    RoadsError
        When it is something else, breaks off, or says that the server did not finish.
    """
    data = _parse(body, host)
    # Overpass says so at the end, with HTTP 200, when it ran out of time or memory: the roads before are not all.
    if isinstance(data, dict) and "remark" in data:
        said = plain(str(data["remark"]))
        raise RoadsError(
            f'{host} did not finish: "{said}". Ask for a smaller area, or give it longer with --timeout-seconds.'
        )
    try:
        for element in data["elements"]:
            _check_element(element)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise RoadsError(f"{host} sent map data that cannot be understood. Check --overpass-url.") from error
    return dict(data)


def parse_places(body: bytes, host: str) -> list[Any]:
    """Read a Nominatim answer, a list of places; errors as `parse_roads`."""
    data = _parse(body, host)
    if not isinstance(data, list):
        raise RoadsError(f"{host} sent something other than a list of places. Check --nominatim-url.")
    return data


def _parse(body: bytes, host: str) -> Any:
    start, end = body[:200].lstrip()[:1], body[-200:].rstrip()[-1:]
    if start + end not in {b"{}", b"[]"}:
        what = "an answer that breaks off" if start in {b"{", b"["} else "something other than map data"
        raise RoadsError(
            f"{host} sent {what}. A gateway or its sign-in page may stand between, or the connection broke: try again, "
            "or bring an OpenStreetMap extract (.osm.pbf)."
        )
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RoadsError(
            f"{host} sent an answer that cannot be understood. Try again, or check the address of the server."
        ) from error


def _check_element(element: dict[str, Any]) -> None:
    """Check one node or way, and tidy its tags; raises what a wrong type or value raises."""
    if element["type"] not in {"node", "way"}:
        return
    _check_id(element["id"])
    if element["type"] == "node":
        if not (type(element["lat"]) in {int, float} and math.isfinite(element["lat"])):
            raise ValueError
        if not (type(element["lon"]) in {int, float} and math.isfinite(element["lon"])):
            raise ValueError
    elif isinstance(element["nodes"], list):
        for name in element["nodes"]:
            _check_id(name)
    else:
        raise TypeError
    if "tags" in element:
        element["tags"] = {
            key: value if value.isprintable() else plain(value)
            for key, value in (element["tags"] or {}).items()
            if isinstance(value, str) and len(value) <= _LONGEST_TAG
        }


def _check_id(name: Any) -> None:
    if type(name) is not int or not -_LARGEST_ID < name < _LARGEST_ID:
        raise ValueError


@contextmanager
def kept_answers(cache: Path | None, key: str, *, refresh: bool) -> Iterator[Path]:
    """Give a folder for the answers to one question, with those in it that are young and as they were kept.

    Parameters
    ----------
    cache
        Where such folders are; None, or one that cannot be written, gives a folder that is removed at the end.
    key
        The question, whole.
    refresh
        Throw away what is there.
    """
    folder = None if cache is None else _open_folder(cache, key, refresh=refresh)
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="marketmap-") as name:
            yield Path(name)
        return
    try:
        yield folder
    except RoadsError:
        seal_answers(folder)  # of several answers some have come
        raise


def _open_folder(cache: Path, key: str, *, refresh: bool) -> Path | None:
    name = hashlib.sha256(key.encode(errors="backslashreplace")).hexdigest()[:32]
    folder = cache / "roads" / name
    try:
        if refresh or _age_days(folder) > CACHE_DAYS:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        _drop_changed(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        return None
    return folder


def _age_days(folder: Path) -> float:
    """Days since the oldest answer; a clock that was wrong makes it old too."""
    return max((abs(time.time() - file.stat().st_mtime) / 86_400 for file in folder.glob("*.json")), default=0.0)


def _drop_changed(folder: Path) -> None:
    """Remove answers that are not as they were sealed (OSMnx writes them in place, and a disk may fail)."""
    sealed = set(_read_sums(folder))
    found = {f"{_sum(file)}  {file.name}": file for file in folder.glob("*.json")}
    if sealed != set(found):
        (folder / _COMPLETE).unlink(missing_ok=True)
    for line, file in found.items():
        if line not in sealed:
            file.unlink()


def _read_sums(folder: Path) -> list[str]:
    sums = folder / _SUMS
    return sums.read_text(encoding="ascii", errors="replace").splitlines() if sums.is_file() else []


def _sum(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def seal_answers(folder: Path, *, complete: bool = False) -> None:
    """Write down what the answers are, and whether these are all; without room for that they are not used again."""
    with suppress(OSError):
        lines = sorted(f"{_sum(file)}  {file.name}" for file in folder.glob("*.json"))
        (folder / _SUMS).write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
        if complete:
            (folder / _COMPLETE).touch()


def is_complete(folder: Path) -> bool:
    """Whether nobody need be asked."""
    return (folder / _COMPLETE).exists()


def data_date(folder: Path) -> str:
    """Date of the oldest answer's map data, as the servers say where it can be one, else today's."""
    now = datetime.now(UTC)
    said: list[str] = []
    for file in folder.glob("*.json"):
        with file.open("rb") as handle:
            found = re.search(rb'"timestamp_osm_base":\s*"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"', handle.read(4096))
        with suppress(ValueError):
            if found and datetime.fromisoformat(found[1].decode()) < now + timedelta(days=1):
                said.append(found[1].decode())
    return min(said, default=now.strftime("%Y-%m-%dT%H:%M:%SZ"))
