import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketmap.errors import OutputError
from marketmap.outputs.files.tables import GUARDED, encode_table, guard_formula, read_table, unguard_formula
from marketmap.outputs.schema.block import TABLES
from marketmap.outputs.schema.columns import UNITS, Column, OutputTable

TABLE = OutputTable(
    "internal/things.csv",
    "each thing",
    (
        Column("name", "text", "Its name"),
        Column("parts", "list", "Its parts"),
        Column("good", "yes_no", "Whether it is good"),
        Column("number", "count", "How many"),
        Column("hours", "hours", "How long"),
    ),
)
PLAIN = {"name": "a", "parts": "", "good": True, "number": 1, "hours": 1.0}


def frame_of(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([PLAIN | row for row in rows])


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


def test_a_table_is_rfc_4180_in_utf8_with_one_header() -> None:
    content = encode_table(frame_of({"name": 'Île "A", Ltd'}, {"name": "two\r\nlines"}), TABLE)
    assert content == (
        'name,parts,good,number,hours\r\n"Île ""A"", Ltd",,yes,1,1.00\r\n"two\r\nlines",,yes,1,1.00\r\n'.encode()
    )


def test_numbers_have_the_decimals_of_their_kind_and_no_minus_before_zero() -> None:
    content = encode_table(
        frame_of({"number": 3.0, "hours": 2.345678}, {"number": np.int64(4), "hours": -0.001}), TABLE
    )
    assert [row[3:] for row in cells(content)[1:]] == [["3", "2.35"], ["4", "0.00"]]


def test_missing_values_of_every_sort_are_empty_cells() -> None:
    frame = frame_of({"name": None, "parts": pd.NA, "good": None, "number": np.nan, "hours": pd.NaT})
    assert cells(encode_table(frame, TABLE))[1] == [""] * 5


def test_lists_are_joined_and_truth_is_yes_or_no() -> None:
    frame = frame_of({"parts": ("GL1 1", "GL1 2"), "good": np.bool_(0)}, {"parts": {"b", "a"}, "good": 1})
    assert [row[1:3] for row in cells(encode_table(frame, TABLE))[1:]] == [["GL1 1;GL1 2", "no"], ["a;b", "yes"]]


def test_columns_that_are_not_listed_never_reach_the_file() -> None:
    content = encode_table(frame_of({}).assign(client_name="Mrs Secret"), TABLE)
    assert b"Secret" not in content
    assert b"client_name" not in content


def test_a_missing_column_and_an_infinite_number_are_defects() -> None:
    with pytest.raises(ValueError, match="hours"):
        encode_table(frame_of({}).drop(columns="hours"), TABLE)
    with pytest.raises(ValueError, match="infinite"):
        encode_table(frame_of({"hours": np.inf}), TABLE)
    with pytest.raises(ValueError, match="neither true nor false"):
        encode_table(frame_of({"good": "perhaps"}), TABLE)


@pytest.mark.parametrize("text", ["=1+1", "+44", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "'=1"])  # noqa: RUF001
def test_text_that_a_spreadsheet_could_run_is_guarded(text: str) -> None:
    assert cells(encode_table(frame_of({"name": text}), TABLE))[1][0] == "'" + text


def test_numbers_are_not_guarded() -> None:
    assert cells(encode_table(frame_of({"hours": -2.5}), TABLE))[1][4] == "-2.50"


@given(st.text())
def test_the_guard_can_always_be_undone_and_leaves_no_formula(text: str) -> None:
    guarded = guard_formula(text)
    assert unguard_formula(guarded) == text
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert (guarded == text) == (GUARDED.match(text) is None)


# Only characters that UTF-8 can hold: a lone surrogate is written as a question mark.
SOUND = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.lists(st.tuples(SOUND, st.booleans(), st.integers(0, 10**6)), min_size=1, max_size=5))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, bool, int]]
) -> None:
    frame = pd.DataFrame(rows, columns=["name", "good", "number"]).assign(parts="a;b", hours=1.5)
    path = tmp_path_factory.mktemp("round") / "things.csv"
    path.write_bytes(encode_table(frame, TABLE))
    back = read_table(path, TABLE)
    assert list(back.columns) == list(TABLE.names)
    for name in ("name", "good", "number", "parts", "hours"):
        assert back[name].tolist() == frame[name].tolist()
    assert encode_table(back, TABLE) == path.read_bytes()


def test_an_empty_table_keeps_its_header_and_reads_back_empty(tmp_path: Path) -> None:
    path = tmp_path / "things.csv"
    path.write_bytes(encode_table(frame_of({}).iloc[:0], TABLE))
    back = read_table(path, TABLE)
    assert list(back.columns) == list(TABLE.names)
    assert back.empty


def test_an_open_ended_table_carries_its_further_columns_guarded(tmp_path: Path) -> None:
    table = OutputTable("internal/rejected.csv", "each row", (Column("row", "count", "Row"),), open_ended=True)
    path = tmp_path / "rejected.csv"
    path.write_bytes(encode_table(pd.DataFrame({"hours_week": ["=ten"], "row": [7]}), table))
    assert cells(path.read_bytes()) == [["row", "hours_week"], ["7", "'=ten"]]
    assert read_table(path, table)["hours_week"].tolist() == ["=ten"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "the file is missing"),
        (b"", "not a readable CSV"),
        (b"\xff\xfe\x00\x01", "not a readable CSV"),
        (b"name\r\na\r\n", "no column parts, good, number, hours"),
        (b"name,parts,good,number,hours\r\na,,yes,1,2\r\na,,maybe,1,2\r\n", "column good, row 3: the value is neither"),
        (b"name,parts,good,number,hours\r\na,,yes,1,two\r\n", "column hours, row 2: the value is not a number"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "things.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(OutputError, match=says) as caught:
        read_table(path, TABLE)
    assert "again" in str(caught.value)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.path)
def test_every_column_is_named_once_and_says_what_it_means(table: OutputTable) -> None:
    assert len(set(table.names)) == len(table.names)
    for column in table.columns:
        assert column.meaning
        assert not column.meaning.endswith(".")
        assert bool(column.shown_unit) == (column.kind in UNITS)
