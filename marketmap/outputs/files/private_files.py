"""Folders and files that only the account of the server may open."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from marketmap.errors import OutputError

# How the name of a file ends that is not whole yet.
PART = ".part"


def make_private_folder(path: Path) -> Path:
    """Make a folder that nobody else may open; one that is there stays as it is.

    Raises
    ------
    OutputError
        When it cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{path.name}: the folder cannot be made ({error.strerror}). Check the disk, and the rights of the account "
            "that runs the app."
        ) from error
    return path


def write_private(path: Path, content: bytes) -> None:
    """Write a file that nobody else may read, whole or not at all.

    Raises
    ------
    OutputError
        When it cannot be written; what stood there before is untouched.
    """
    try:
        _write(path, content)
    except OSError as error:
        raise OutputError(
            f"{path.name} cannot be written ({error.strerror}). Check the disk and your rights."
        ) from error


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON mapping; empty where there is none that can be read."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return raw if isinstance(raw, dict) else {}


def _write(path: Path, content: bytes) -> None:
    # A name of its own for each writing: threads of one server write the same file.
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PART)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)  # else a power cut may leave the new name on an empty file
        Path(part).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(part).unlink()
        raise
