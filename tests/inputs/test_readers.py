import datetime as dt
import hashlib
import io
import pickle
import traceback

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from marketmap.errors import InputError
from marketmap.inputs.readers import read_bytes, read_table

COLUMNS = ("id", "name", "hours", "day")


def read(folder, content, *, name="t.csv", required=("id",)):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, columns=COLUMNS, required=required)


def fault(folder, content, **kwargs):
    with pytest.raises(InputError) as caught:
        read(folder, content, **kwargs)
    assert len(caught.value.faults) == 1
    return caught.value.faults[0]


def test_every_cell_is_text_and_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    raw = read(tmp_path, 'hours,ID ,extra\r\n1.50,007,x\r\n,,\r\n\r\n"2,000","a\nb",y\r\n')
    assert raw.frame.to_dict("list") == {"id": ["007", "a\nb"], "hours": ["1.50", "2,000"]}
    assert list(raw.frame.index) == [2, 5]
    assert raw.frame.index.name == "row"
    assert raw.dropped == ("extra",)
    assert raw.sha256 == hashlib.sha256((tmp_path / "t.csv").read_bytes()).hexdigest()


@pytest.mark.parametrize(("encoding", "noted"), [("utf-8", False), ("utf-8-sig", False), ("cp1252", True)])
def test_encodings(tmp_path, encoding, noted):
    raw = read(tmp_path, "id,name\n1,Siân Café £\n".encode(encoding))
    assert raw.frame["name"].tolist() == ["Siân Café £"]
    assert raw.dropped == ()
    assert bool(raw.notes) is noted


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings(tmp_path, ending):
    assert read(tmp_path, ending.join(["id,hours", "1,2", "3,4"])).frame["hours"].tolist() == ["2", "4"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "the file is empty"),
        (b" \r\n \n", "the file is empty"),
        (b"id,name\r\n", "there is a header and no row under it"),
        (b"id,name\r\n,\r\n", "there is a header and no row under it"),
        (b"PK\x03\x04" + bytes(range(256)), "an Excel workbook"),
        (b"PAR1" + bytes(200), "a Parquet file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(200), "old or password-protected Excel"),
        (bytes(range(256)) * 8, "binary file"),
        (b"\x7fELF\x02\x01\x01" + b"x" * 100, "binary file"),
        ("id,name\n1,a\n".encode("utf-16"), "UTF-16"),
        (b"id;name\n1;a\n", "not separated by commas"),
        (b"id\tname\n1\ta\n", "not separated by commas"),
        (b"P1,Bob Smith,9\nP2,Ann Jones,8\n", "the first row holds none of the table's column names"),
    ],
)
def test_what_is_no_table_is_said_plainly(tmp_path, content, what):
    found = fault(tmp_path, content)
    assert what in found.what
    assert found.remedy
    assert found.file == "t.csv"
    assert "Smith" not in str(found)


def test_missing_and_repeated_columns_are_told_together(tmp_path):
    with pytest.raises(InputError) as caught:
        read(tmp_path, "name,Name,idd,hours\n1,2,3,4\n")
    assert [(found.column, found.what) for found in caught.value.faults] == [
        ("name", "the column stands more than once in the header"),
        ("id", "a required column is missing"),
    ]
    assert "Rename idd" in caught.value.faults[1].remedy


def test_rows_that_do_not_fit_the_header(tmp_path):
    found = fault(tmp_path, "id,name\n1,a\n2\n3,b,c\n4,d,\n")
    assert found.rows == (3, 4)
    assert "header's 2" in found.what


def test_an_open_quotation_mark(tmp_path):
    found = fault(tmp_path, 'id,name\n1,a\n2,"secret words\n3,c\n')
    assert "quotation mark" in found.what
    assert found.rows == (3,)
    assert "secret" not in str(found)


def test_an_unreadable_file(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("id\n1\n")
    monkeypatch.setattr(type(path), "read_bytes", lambda _: (_ for _ in ()).throw(PermissionError(13, "denied")))
    data, faults = read_bytes(path)
    assert data == b""
    assert "may not be opened" in faults[0].what


def test_another_extension(tmp_path):
    assert "is not read" in fault(tmp_path, "id\n1\n", name="t.ods").what


def book(*sheets):
    made = openpyxl.Workbook()
    for number, rows in enumerate(sheets):
        sheet = made.active if number == 0 else made.create_sheet()
        for row in rows:
            sheet.append(row)
    return made


def saved(made):
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def test_a_workbooks_cells_become_the_text_that_it_shows(tmp_path):
    made = book(
        [
            ["id", "Name", "hours", "day", None, "client_name"],
            [12.0, "A", 1.5, dt.date(2025, 3, 31), None, "Bob"],
            ["007", True, 0.1, pd.Timestamp(2025, 3, 31, 8, 30).to_pydatetime(), None, "Ann"],
            [None] * 6,
            [12, None, "ten", dt.time(8, 30), "beside", None],
        ],
        [["id"], ["other"]],
    )
    made.active["A5"].number_format = "00000"
    raw = read(tmp_path, saved(made), name="t.xlsx")
    assert raw.frame.to_dict("list") == {
        "id": ["12", "007", "00012"],
        "name": ["A", "yes", ""],
        "hours": ["1.5", "0.1", "ten"],
        "day": ["2025-03-31", "2025-03-31T08:30:00", "08:30:00"],
    }
    assert list(raw.frame.index) == [2, 3, 5]
    assert raw.dropped == ("client_name",)
    assert "more than one sheet" in raw.notes[0]


@pytest.mark.parametrize("content", [b"id\n1\n", b"PK\x03\x04 not a zip", b"\xd0\xcf\x11\xe0" + bytes(600)])
def test_what_is_no_workbook(tmp_path, content):
    assert "not an Excel workbook" in fault(tmp_path, content, name="t.xlsx").what


def test_a_parquet_files_values_become_the_text_of_its_csv(tmp_path):
    table = pa.table(
        {
            "id": pa.array([12, None]),
            "name": pa.array([["b", "a"], []]),
            "hours": pa.array([2.0, float("nan")]),
            "day": pa.array(
                [dt.datetime(2025, 6, 30, 7, 30, tzinfo=dt.UTC), None], pa.timestamp("us", "Europe/London")
            ),
            "secret": ["x", "y"],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    raw = read_table(tmp_path / "t.parquet", columns=COLUMNS)
    assert raw.frame.to_dict("list") == {
        "id": ["12", ""],
        "name": ["b;a", ""],
        "hours": ["2", "nan"],
        "day": ["2025-06-30 07:30:00.000000Z", ""],
    }
    assert list(raw.frame.index) == [2, 3]
    assert raw.dropped == ("secret",)


def test_parquet_of_nested_values(tmp_path):
    pq.write_table(pa.table({"id": [{"a": 1}]}), tmp_path / "t.parquet")
    with pytest.raises(InputError, match="column id holds struct"):
        read_table(tmp_path / "t.parquet", columns=COLUMNS)


def test_what_is_no_parquet_file(tmp_path):
    assert "not a Parquet file" in fault(tmp_path, b"id\n1\n", name="t.parquet").what


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_cells_of_unknown_columns_are_kept_nowhere(tmp_path, suffix):
    private = "Zebedee Quillfeather"
    frame = pd.DataFrame({"id": ["1", "2"], "client_name": [private, private], "hours": ["1", "2"]})
    path = tmp_path / f"t.{suffix}"
    if suffix == "csv":
        frame.to_csv(path, index=False)
    elif suffix == "xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_parquet(path)
    raw = read_table(path, columns=COLUMNS)
    assert private not in repr(raw)
    assert private.encode() not in pickle.dumps(raw)
    assert raw.dropped == ("client_name",)


def test_a_fault_carries_no_cell_in_its_text_or_causes(tmp_path):
    private = "Zebedee Quillfeather"
    with pytest.raises(InputError) as caught:
        read(tmp_path, f'id,client_name\n1,{private}\n2,"{private}\n')
    shown = "".join(traceback.format_exception(caught.value))
    assert private not in shown
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_header_that_is_a_value_is_not_repeated(tmp_path):
    raw = read(tmp_path, "id,943 476 5919,bob@example.org,01/02/1934,notes\n1,2,3,4,5\n")
    assert raw.dropped == ("column 2", "column 3", "column 4", "notes")
