"""The file of saved plans: its tables, how it is opened, and what is said where it cannot be."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from marketmap.errors import OutputError
from marketmap.outputs.files.private_files import make_private_folder

APPLICATION_ID = 0x4D4D5053  # "MMPS": tells our file from another program's
SCHEMA_VERSION = 1
# A save takes milliseconds; whoever waits longer than this meets a disk that hangs.
BUSY_SECONDS = 15.0
SCHEMA = """
CREATE TABLE plans (
    plan_id TEXT PRIMARY KEY, county_id TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL,
    revision INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX plans_by_name ON plans (county_id, name_key) WHERE deleted = 0;
CREATE TABLE revisions (
    plan_id TEXT NOT NULL REFERENCES plans (plan_id) ON DELETE CASCADE, revision INTEGER NOT NULL,
    name TEXT NOT NULL, saved_by TEXT NOT NULL, saved_at TEXT NOT NULL, what TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (plan_id, revision)
) STRICT;
CREATE TABLE drafts (
    user TEXT NOT NULL, key TEXT NOT NULL, kept_at TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (user, key)
) STRICT;
"""


@contextlib.contextmanager
def open_store(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file, made where there is none, for as long as the block lasts.

    Raises
    ------
    OutputError
        When it is damaged, is another program's or a later version's, is locked for too long, or cannot be written:
        names the file and what to do. The file is never deleted.
    """
    try:
        make_private_folder(path.parent)
        # SQLite would let others read a file that it makes itself, and gives its own beside it the same rights.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with contextlib.closing(
            sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        ) as store:
            for pragma in ("foreign_keys = ON", "synchronous = FULL", "secure_delete = ON"):
                store.execute(f"PRAGMA {pragma}")
            _settle(store, path)
            yield store
    except sqlite3.Error as error:
        raise OutputError(f"{path.name}: {_tell(error)}") from error
    except OSError as error:
        raise OutputError(f"{path.name} cannot be opened ({error.strerror}). Check your rights.") from error


def _settle(store: sqlite3.Connection, path: Path) -> None:
    """Make the tables in a new file; refuse one that is not ours."""
    mark, version = _pragma(store, "application_id"), _pragma(store, "user_version")
    if mark == 0 and version == 0 and not _pragma(store, "schema_version"):
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("BEGIN IMMEDIATE")
        if not _pragma(store, "schema_version"):  # nobody else was quicker
            for statement in filter(str.strip, SCHEMA.split(";")):
                store.execute(statement)
            store.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            store.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        store.execute("COMMIT")
        mark, version = _pragma(store, "application_id"), _pragma(store, "user_version")
    if mark != APPLICATION_ID:
        raise OutputError(f"{path.name} is not a file of saved plans. Move it elsewhere; it was not changed.")
    if version != SCHEMA_VERSION:
        raise OutputError(
            f"{path.name} was written by another version of marketmap (its plans are of form {version}, this "
            f"reads {SCHEMA_VERSION}). Use that version; the file was not changed."
        )


def _pragma(store: sqlite3.Connection, name: str) -> int:
    return int(store.execute(f"PRAGMA {name}").fetchone()[0])


def _tell(error: sqlite3.Error) -> str:
    """Say what is wrong with the file, and what to do; no value of it."""
    code = getattr(error, "sqlite_errorname", "")
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return "it is in use by another program for too long. Nothing was saved: try again."
    if code == "SQLITE_FULL":
        return "the disk is full. Nothing was saved: make room, then try again."
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_IOERR", "SQLITE_AUTH")):
        return (
            f"it cannot be read or written ({code}). Check the disk, and the rights of the account that runs the app."
        )
    return (
        f"the file of saved plans is damaged ({code or type(error).__name__}). Put a backup in its place, or move it "
        "elsewhere to begin with an empty one. It was not deleted."
    )
