"""Small files that unpack to more than any memory: refused by what they state, before they are unpacked."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from marketmap.errors import Fault, InputError
from marketmap.inputs import parquet, sources
from marketmap.inputs.readers import read_table

SHEET = "xl/worksheets/sheet1.xml"


def fault(path: Path) -> Fault:
    with pytest.raises(InputError) as refused:
        read_table(path, columns=("id",), required=("id",))
    assert len(refused.value.faults) == 1
    return refused.value.faults[0]


def workbook(path: Path, *, rows: str = "", filling: int = 0) -> Path:
    """Write a workbook of one column, with rows of its XML and so many blanks put into its sheet."""
    book, held = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["id"])
    book.save(held)
    with zipfile.ZipFile(held) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        for name in made.namelist():
            text = made.read(name)
            if name == SHEET:
                text = text.replace(b"</sheetData>", rows.encode() + b" " * filling + b"</sheetData>")
            bomb.writestr(name, text)
    return path


def test_a_workbook_that_unpacks_to_too_much_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "packages.xlsx", rows='<row r="2"><c r="A2"><v>1</v></c></row>', filling=2_000_000)
    assert path.stat().st_size < 20_000
    assert list(read_table(path, columns=("id",)).frame["id"]) == ["1"]
    monkeypatch.setattr(sources, "MOST_UNPACKED_BYTES", 1_000_000)
    monkeypatch.setattr(openpyxl, "load_workbook", lambda *_, **__: pytest.fail("it was opened"))
    found = fault(path)
    assert found.file == "packages.xlsx"
    assert found.what == "it unpacks to 2 MB, at most 1 MB are read"
    assert "save it as CSV" in found.remedy


def test_a_row_far_beyond_a_sheets_end_is_not_counted_up_to(tmp_path: Path) -> None:
    path = workbook(tmp_path / "packages.xlsx", rows='<row r="999999999999"><c r="A2"><v>1</v></c></row>')
    assert "beyond the last row" in fault(path).what


def test_a_cell_far_to_the_right_does_not_widen_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    xml = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c><c r="ZZZ{n}"><v>1</v></c></row>' for n in range(2, 40))
    path, widths, read = workbook(tmp_path / "packages.xlsx", rows=xml), set(), ReadOnlyWorksheet._get_row

    def watched(*args: object) -> object:
        row = read(*args)  # type: ignore[arg-type]
        widths.add(len(row))
        return row

    monkeypatch.setattr(ReadOnlyWorksheet, "_get_row", watched)
    assert len(read_table(path, columns=("id",)).frame) == 38
    assert widths == {1}


def test_a_parquet_file_that_states_too_many_rows_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(pa.table({"id": ["x"] * 2000}), tmp_path / "packages.parquet")
    monkeypatch.setattr(parquet, "MOST_ROWS", 1000)
    found = fault(tmp_path / "packages.parquet")
    assert (found.what, found.file) == ("it holds 2,000 rows, at most 1,000 are read", "packages.parquet")


def test_a_long_value_that_stands_in_every_row_is_not_written_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "packages.parquet"
    pq.write_table(pa.table({"id": ["x" * 10_000] * 500}), path)
    assert path.stat().st_size < 20_000  # each value is held once
    assert len(read_table(path, columns=("id",)).frame) == 500
    monkeypatch.setattr(sources, "MOST_UNPACKED_BYTES", 1_000_000)
    assert fault(path).what == "it unpacks to 5 MB, at most 1 MB are read"


def test_a_parquet_file_that_states_too_many_bytes_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "packages.parquet"
    pq.write_table(pa.table({"id": ["a"], "other": ["x" * 2_000_000]}), path, compression="zstd")
    assert path.stat().st_size < 20_000
    monkeypatch.setattr(sources, "MOST_UNPACKED_BYTES", 1_000_000)
    assert "at most 1 MB are read" in fault(path).what
