"""Parquet files: typed columns turned back into the text that their CSV would hold."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from marketmap.inputs.sources import Source, UnreadableError

HEADER_ROWS = 1


def open_parquet(data: bytes) -> Source:
    """Open a Parquet file; only the chosen columns are ever decoded.

    Raises
    ------
    UnreadableError
        It is not a Parquet file, or (from `Source.cells`) a chosen column holds nested or binary values.
    """
    file = _opened(data)
    return Source(tuple(file.schema_arrow.names), partial(_cells, data))


def _opened(data: bytes) -> Any:
    try:
        file = pq.ParquetFile(io.BytesIO(data))
    except (pa.ArrowException, OSError):
        file = None
    if file is None:
        raise UnreadableError("this is not a Parquet file, or it is damaged", "Write the file again")
    return file


def _cells(data: bytes, places: Sequence[int]) -> pd.DataFrame:
    file = _opened(data)
    names = [file.schema_arrow.names[place] for place in places]
    try:
        table = file.read(columns=names, use_pandas_metadata=False)
        table.validate(full=True)
        columns = {place: _text(table.column(name), name) for place, name in zip(places, names, strict=True)}
    except (pa.ArrowException, OSError):
        columns = None
    if columns is None:
        raise UnreadableError("the file is damaged", "Write the file again")
    frame = pd.DataFrame({place: column.to_pandas() for place, column in columns.items()}, dtype="str")
    frame.index = pd.RangeIndex(HEADER_ROWS + 1, HEADER_ROWS + 1 + len(frame), name="row")
    return frame[(frame != "").any(axis="columns")]


def _text(column: Any, name: str) -> Any:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(column.cast(kind.value_type), name)
    if pa.types.is_null(kind):
        return pa.chunked_array([pa.array([""] * len(column))])
    if pa.types.is_boolean(kind):
        text = pc.if_else(column, "yes", "no")
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        words = column.cast(pa.list_(pa.string())) if _plain(kind.value_type) else None
        text = None if words is None else pc.binary_join(words, ";")
    elif pa.types.is_timestamp(kind):
        text = column.cast(pa.timestamp(kind.unit, tz="UTC" if kind.tz else None)).cast(pa.string())
    elif pa.types.is_floating(kind):
        text = pc.replace_substring_regex(column.cast(pa.string()), pattern=r"\.0$", replacement="")
    else:
        text = column.cast(pa.string()) if _plain(kind) else None
    if text is None:
        raise UnreadableError(f"the column {name} holds {kind}, not plain values", "Write text, numbers or dates")
    return text.fill_null("")


def _plain(kind: Any) -> bool:
    tests = ("string", "large_string", "string_view", "integer", "decimal", "date", "time")
    return any(getattr(pa.types, f"is_{test}")(kind) for test in tests)
