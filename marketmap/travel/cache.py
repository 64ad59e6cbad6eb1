"""Keeps slow results on disk under a name that is a hash of everything they depend on.

A file holds numbers only: no postcode, name or path. A file that is damaged, is of another kind or was made from
something else is made again, never trusted. The folder may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
# Folders of this room that no network, minutes or neighbourhood is made by: a change there leaves the cache standing.
MAKES_NO_TIMES = ("calibration", "fetching", "rounds")
_SEAL = "seal"


def digest_of(*parts: str | NDArray[Any]) -> str:
    """SHA-256 of texts and arrays (dtype and shape included), and of the code that times are made by."""
    made = hashlib.sha256(_code_digest())
    for part in parts:
        if isinstance(part, str):
            made.update(f"text {len(part)} {part}".encode())
        else:
            made.update(f"array {part.dtype.str} {part.shape} ".encode())
            made.update(np.ascontiguousarray(part).tobytes())
    return made.hexdigest()


def remember(
    folder: Path | None,
    kind: str,
    key: str,
    *,
    make: Callable[[], Arrays],
    fits: Callable[[Arrays], bool] = lambda _: True,
) -> Arrays:
    """Read arrays from the cache, or make them and put them there.

    Parameters
    ----------
    folder
        Where; made when it is not there. None: no cache.
    kind
        A word for the file's name.
    key
        From `digest_of`, over all that the arrays depend on.
    make
        Makes the arrays.
    fits
        Whether arrays that were read could be what is wanted, by their names, types and shapes.
    """
    if folder is None:
        return make()
    path = folder / f"{kind}-{key[:32]}.npz"
    found = _read(path, key)
    if found is not None and fits(found):
        return found
    arrays = make()
    # A cache that cannot be written (full disk, read-only share) must not stop a run.
    with contextlib.suppress(OSError):
        _write(path, key, arrays)
    return arrays


def _read(path: Path, key: str) -> Arrays | None:
    if not path.is_file():  # a pipe of that name would never end
        return None
    try:
        _check_packing(path)
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        seal = arrays.pop(_SEAL)
        return arrays if np.array_equal(seal, _seal(key, arrays)) else None
    except Exception:  # noqa: BLE001  NumPy and zipfile raise nearly anything for bytes that they did not write
        return None


def _check_packing(path: Path) -> None:
    """Refuse what `_write` never makes: packed content, which could unpack to more than memory holds."""
    with zipfile.ZipFile(path) as file:
        members = file.infolist()
    if sum(member.file_size for member in members) > path.stat().st_size:
        raise ValueError("more content than bytes")


def _write(path: Path, key: str, arrays: Arrays) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-", suffix=".npz")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **{_SEAL: _seal(key, arrays)}, **arrays)  # type: ignore[arg-type]
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _seal(key: str, arrays: Arrays) -> NDArray[np.uint8]:
    """Hash what a file should hold: the formats' own checksums miss a part that has gone altogether."""
    parts = [part for name in sorted(arrays) for part in (name, arrays[name])]
    return np.frombuffer(bytes.fromhex(digest_of(key, *parts)), dtype=np.uint8)


@cache
def _code_digest() -> bytes:
    room = Path(__file__).parent
    made = hashlib.sha256()
    for file in code_files(room):
        made.update(f"{file.relative_to(room).as_posix()} ".encode())
        made.update(file.read_bytes())
    return made.digest()


def code_files(room: Path) -> list[Path]:
    """List the files of this room that can change a result that is kept: all but `MAKES_NO_TIMES`."""
    return [file for file in sorted(room.rglob("*.py")) if file.relative_to(room).parts[0] not in MAKES_NO_TIMES]
