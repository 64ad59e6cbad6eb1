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

from marketmap.inputs.sources import MOST_ROWS, Source, UnreadableError, refuse_unpacked

HEADER_ROWS = 1
FEWER = "Keep only this county's rows"


def open_parquet(data: bytes) -> Source:
    """Open a Parquet file; only the chosen columns are ever decoded.

    Raises
    ------
    UnreadableError
        It is not a Parquet file, it states more rows or bytes than are read, or (from `Source.cells`) a chosen column
        holds nested or binary values.
    """
    file = _opened(data)
    if file.metadata.num_rows > MOST_ROWS:
        raise UnreadableError(f"it holds {file.metadata.num_rows:,} rows, at most {MOST_ROWS:,} are read", FEWER)
    groups = (file.metadata.row_group(number) for number in range(file.metadata.num_row_groups))
    refuse_unpacked(sum(group.total_byte_size for group in groups))
    return Source(tuple(file.schema_arrow.names), partial(_cells, data))


def _opened(data: bytes, *, texts: Sequence[str] = ()) -> Any:
    try:
        file = pq.ParquetFile(io.BytesIO(data), read_dictionary=list(texts))
    except (pa.ArrowException, OSError):
        file = None
    if file is None:
        raise UnreadableError("this is not a Parquet file, or it is damaged", "Write the file again")
    return file


def _cells(data: bytes, places: Sequence[int]) -> pd.DataFrame:
    schema = _opened(data).schema_arrow
    names = [schema.names[place] for place in places]
    # Text is read as the file holds it, each value once: a value of a megabyte may stand in every row.
    file = _opened(data, texts=[name for name in names if pa.types.is_string(schema.field(name).type)])
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
        refuse_unpacked(sum(_written_size(chunk) for chunk in column.chunks))
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


def _written_size(chunk: Any) -> int:
    """Sum the bytes of a dictionary's values as often as they stand in the rows."""
    values = chunk.dictionary
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        return 0  # numbers and dates: bounded by the rows
    return int(pc.sum(pc.take(pc.binary_length(values), chunk.indices)).as_py() or 0)


def _plain(kind: Any) -> bool:
    tests = ("string", "large_string", "string_view", "integer", "decimal", "date", "time")
    return any(getattr(pa.types, f"is_{test}")(kind) for test in tests)
