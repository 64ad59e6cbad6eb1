"""Folders and files that only the account of the server may open."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from marketmap.errors import OutputError


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
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise OutputError(
            f"{path.name} cannot be written ({error.strerror}). Check the disk and your rights."
        ) from error
