"""Telling one state of a file or folder from another without reading it: what a kept answer is kept by.

For caches of one process. Whether results still belong to their tables is told by content: `workspace.freshness`.
"""

from __future__ import annotations

from pathlib import Path

Stamp = tuple[int, int, int]
FolderStamp = tuple[tuple[str, Stamp], ...]


def stamp_file(path: Path) -> Stamp | None:
    """Tell one content of a file from another: its inode, size (bytes) and time of change (nanoseconds), or None."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return (facts.st_ino, facts.st_size, facts.st_mtime_ns)


def stamp_folder(folder: Path, *, deep: bool = False) -> FolderStamp:
    """Tell one state of a folder from another by the names and stamps of its files; empty where there is none.

    Parameters
    ----------
    deep
        Whether files in folders below count too.
    """
    if not folder.is_dir():
        return ()
    stamps = ((path, stamp_file(path)) for path in folder.glob("**/*" if deep else "*") if path.is_file())
    return tuple(sorted((str(path.relative_to(folder)), stamp) for path, stamp in stamps if stamp is not None))
