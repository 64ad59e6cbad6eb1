"""Searches finished files for postcodes, byte by byte: the last look at ``public/`` before a folder takes its place."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from marketmap.errors import OutputError

# How the space of a postcode may be written: not at all, as itself, or as web pages, addresses, JSON and names have it.
_GAP = rb"(?:\s|\xc2\xa0|\xa0|%20|%c2%a0|&nbsp;|&#160;|&#xa0;|&#32;|\\u00a0|\\u0020|[+_-])*"
# Any postcode; a look ahead, so that two that overlap are both seen.
_SHAPE = re.compile(
    rb"(?=([a-z]{1,2}[0-9][0-9a-z]?)(" + _GAP + rb")([0-9][abd-hjlnp-uw-z]{2}))",
    re.IGNORECASE,
)
_WORD = re.compile(rb"[A-Za-z0-9]")
_SQLITE = b"SQLite format 3\x00"


def find_postcodes(folder: Path, postcodes: Iterable[str]) -> list[str]:
    """Find the files in which one of some postcodes stands.

    Spaced, unspaced, in capitals or not, with whatever pages, addresses and JSON write for a space. In text an unspaced
    one counts where it stands as a word of its own (embedded pictures are long runs of letters and hold everything); in
    binary files it counts anywhere. Of a GeoPackage each cell of text is looked at as well, for SQLite may part a long
    one.

    Parameters
    ----------
    folder
        Searched with all that is under it.
    postcodes
        In any spelling.

    Returns
    -------
    list of str
        Paths relative to the folder, in order. Which postcode it was is not said: that text may go to a log.
    """
    wanted = {_compact(postcode.encode()) for postcode in postcodes}
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and holds_postcode(path.read_bytes(), wanted, cells=_list_cells(path))
    ]


def refuse_postcodes(folder: Path, postcodes: Iterable[str]) -> None:
    """Refuse a folder of public files in which one of some postcodes stands.

    Raises
    ------
    OutputError
        Which files.
    """
    found = find_postcodes(folder, postcodes)
    if found:
        raise OutputError(
            f"A postcode of a package would stand in {', '.join(found[:3])}, which is public. Nothing was written. If "
            "a name or code of your own reads like a postcode, rename it."
        )


def holds_postcode(content: bytes, wanted: set[bytes], *, cells: Iterable[bytes] = ()) -> bool:
    """Say whether one of some compact, upper-case postcodes stands in a file's bytes or in a cell of it."""
    binary = b"\x00" in content
    found = any(_compact(head + tail) in wanted for head, tail in _find_shapes(content, anywhere=binary))
    return found or any(
        _compact(head + tail) in wanted for cell in cells for head, tail in _find_shapes(cell, anywhere=False)
    )


def _find_shapes(content: bytes, *, anywhere: bool) -> Iterator[tuple[bytes, bytes]]:
    for match in _SHAPE.finditer(content):
        head, gap, tail = match.groups()
        alone = not _WORD.match(content, match.end(3)) and not (
            match.start() and _WORD.match(content, match.start() - 1)
        )
        if gap or anywhere or alone:
            yield head, tail


def _list_cells(path: Path) -> Iterator[bytes]:
    """List every text of a GeoPackage; none of any other file."""
    with path.open("rb") as file:
        if file.read(len(_SQLITE)) != _SQLITE:
            return
    base = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        tables = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            quoted = '"' + table.replace('"', '""') + '"'
            try:
                rows = base.execute(f"SELECT * FROM {quoted}")  # noqa: S608  the name is the file's own, and quoted
            except sqlite3.DatabaseError:  # an index that only its own extension can read
                continue
            for row in rows:
                yield from (value.encode() for value in row if isinstance(value, str))
    finally:
        base.close()


def _compact(text: bytes) -> bytes:
    return re.sub(rb"\s", b"", text).upper()
