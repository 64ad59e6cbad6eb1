"""The tables of a plan's folder beside those that every page needs: read when a page shows them, empty where absent."""

from __future__ import annotations

import functools
from pathlib import Path

import pandas as pd

from marketmap.outputs.files.folder import hash_file
from marketmap.outputs.files.record import RECORD_FILE, RunRecord, read_record
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.schema.columns import OutputTable

# A page shows a handful of tables of two or three plans; a frontier's postcodes are the largest, a few megabytes.
KEPT_TABLES = 24


def has_table(record: RunRecord, table: OutputTable) -> bool:
    """Say whether a run wrote a table."""
    return table.path in record.outputs


def load_extra(folder: Path, table: OutputTable) -> pd.DataFrame:
    """Read a table of a plan's folder, once for each content of it; shared, so not to be changed.

    Returns
    -------
    DataFrame
        As `marketmap.outputs.files.tables.read_table` gives it; no row, the same columns, where the run wrote none.

    Raises
    ------
    OutputError
        When the folder is not ours, or the file is gone or cannot be read.
    """
    place = folder / RECORD_FILE
    # The record names the content of every file, so its own content stands for theirs.
    return _load(str(folder.resolve()), hash_file(place) if place.is_file() else "", table)


@functools.lru_cache(maxsize=KEPT_TABLES)
def _load(folder: str, digest: str, table: OutputTable) -> pd.DataFrame:
    del digest  # part of the cache's key
    if not has_table(read_record(Path(folder)), table):
        return pd.DataFrame({column.name: pd.Series(dtype="object") for column in table.columns})
    return read_table(Path(folder) / table.path, table)
