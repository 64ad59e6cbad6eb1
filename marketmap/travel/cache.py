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
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
_SEAL = "seal"


def digest_of(*parts: str | NDArray[Any]) -> str:
    """SHA-256 of texts and arrays (dtype and shape included), and of the travel room's own code."""
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
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, TypeError, AttributeError,
            zipfile.BadZipFile, zlib.error):  # fmt: skip
        return None
    seal = arrays.pop(_SEAL, np.empty(0, dtype=np.uint8))
    return arrays if np.array_equal(seal, _seal(key, arrays)) else None


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
    made = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        made.update(file.read_bytes())
    return made.digest()
