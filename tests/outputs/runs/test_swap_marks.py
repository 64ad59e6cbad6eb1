"""A swap list read back as brokers mark it: decisions, spellings that spreadsheets make, and every fault by row."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from marketmap.errors import InputError, OutputError
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.runs import swap_marks
from marketmap.outputs.runs.batch import run_blocks
from marketmap.outputs.runs.swap_marks import keep_marks, read_marks
from marketmap.outputs.runs.swaps import run_swaps
from marketmap.outputs.runs.waiting import run_waiting
from marketmap.outputs.schema.swap import SWAP_LIST
from tests.outputs.factory import make_record

NUMBERS = {column.name: 0.0 for column in SWAP_LIST.columns if column.kind not in ("text", "list", "yes_no")}


def rows_of(*marks: tuple[str, str, str, str]) -> pd.DataFrame:
    names = ["package_id", "from_provider_id", "to_provider_id", "decision"]
    frame = pd.DataFrame(marks, columns=names)
    for column in SWAP_LIST.columns:
        if column.name not in frame:
            frame[column.name] = NUMBERS.get(column.name, column.kind == "yes_no" or "x")
    return frame


def write(folder: Path, *marks: tuple[str, str, str, str]) -> Path:
    path = folder / "swap_list.csv"
    path.write_bytes(encode_table(rows_of(*marks), SWAP_LIST))
    return path


def test_decisions_that_no_run_has_read_are_not_written_over(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with OutputFolder(out) as folder:
        folder.write_table(rows_of(("K1", "A", "B", "accepted"), ("K2", "B", "A", "")), SWAP_LIST)
        folder.finish(make_record())
    path = out / SWAP_LIST.path
    keep_marks(out, None)  # as a run wrote it: what was decided is known
    keep_marks(tmp_path / "none", None)
    path.write_bytes(encode_table(rows_of(("K1", "A", "B", "accepted"), ("K2", "B", "A", "refused")), SWAP_LIST))
    with pytest.raises(OutputError, match=r"swap_list.csv holds 2 decisions that no run has read.*MARKS="):
        run_swaps(tmp_path / "county", out)
    for run in (run_waiting, run_blocks):  # another verb's results may not take its place either
        with pytest.raises(OutputError, match="holds 2 decisions"):
            run(tmp_path / "county", out)
    with pytest.raises(OutputError, match="holds 2 decisions"):
        keep_marks(out, write(tmp_path, ("K1", "A", "B", "accepted")))
    keep_marks(out, path)
    path.write_bytes(encode_table(rows_of(("K1", "A", "B", ""), ("K3", "B", "A", "")), SWAP_LIST))
    keep_marks(out, None)  # changed, and nothing decided


def test_decisions_are_read_and_rows_without_one_are_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path, ("K1", "A", "B", "accepted"), ("K2", "B", "A", ""), ("K3", "A", "C", "Refused "))
    marks = read_marks(path)
    assert marks.rows[["package_id", "decision", "row"]].to_numpy().tolist() == [
        ["K1", "accepted", 2],
        ["K3", "refused", 4],
    ]
    assert marks.accepted()["to_provider_id"].tolist() == ["B"]
    assert marks.refused()["to_provider_id"].tolist() == ["C"]


def test_an_identifier_that_was_guarded_against_formulas_is_itself_again(tmp_path: Path) -> None:
    marks = read_marks(write(tmp_path, ("=K1", "-A", "B", "accepted")))
    assert marks.rows[["package_id", "from_provider_id"]].to_numpy().tolist() == [["=K1", "-A"]]


def test_a_list_without_a_decision_decides_nothing(tmp_path: Path) -> None:
    assert read_marks(write(tmp_path, ("K1", "A", "B", ""))).rows.empty


def test_a_list_saved_as_a_workbook_is_read_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["package_id", "from_provider_id", "to_provider_id", "decision", "a broker's own column"])
    sheet.append(["K1", "A", "B", "refused", "rang on Monday"])
    book.save(tmp_path / "marked.xlsx")
    assert read_marks(tmp_path / "marked.xlsx").refused()["package_id"].tolist() == ["K1"]


@pytest.mark.parametrize(
    ("marks", "column", "rows"),
    [
        ([("K1", "A", "B", ""), ("K2", "A", "B", "perhaps")], "decision", (3,)),
        ([("K1", "", "B", "accepted")], "from_provider_id", (2,)),
        ([("K1", "A", "B", "accepted"), ("K1", "A", "B", "refused")], "package_id", (3,)),
    ],
)
def test_a_faulty_mark_is_told_by_file_row_and_column(
    tmp_path: Path, marks: list[tuple[str, str, str, str]], column: str, rows: tuple[int, ...]
) -> None:
    with pytest.raises(InputError) as caught:
        read_marks(write(tmp_path, *marks))
    told = [(fault.file, fault.column) for fault in caught.value.faults]
    assert any(file == "swap_list.csv" and column in name for file, name in told)
    assert any(set(rows) <= set(fault.rows) for fault in caught.value.faults)
    assert all(fault.remedy for fault in caught.value.faults)


@pytest.mark.parametrize("content", ["", "package_id,to_provider_id\nK1,B\n"])
def test_a_file_that_is_no_such_list_is_a_fault(tmp_path: Path, content: str) -> None:
    path = tmp_path / "other.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"other\.csv"):
        read_marks(path)
    with pytest.raises(InputError, match="no such file"):
        read_marks(tmp_path / "nowhere.csv")


def test_what_is_too_large_for_a_list_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap_marks, "read_table", lambda *_, **__: pytest.fail("it was read"))
    path = tmp_path / "swap_list.csv"
    with path.open("wb") as file:
        file.truncate(swap_marks.MOST_BYTES + 1)  # blank: no byte of it is looked at
    with pytest.raises(InputError, match=r"swap_list.csv: 10 MB are too much.*10 MB at most"):
        read_marks(path)
    with pytest.raises(InputError, match=r"swap_list.xlsx: 10 MB are too much"):
        swap_marks.read_marked_bytes(bytes(swap_marks.MOST_BYTES + 1), "marked.xlsx")


def test_more_rows_than_any_list_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap_marks, "MOST_ROWS", 2)
    marks = [(f"K{number}", "A", "B", "refused") for number in range(3)]
    with pytest.raises(InputError, match=r"3 rows are no swap list: at most 2 are read"):
        read_marks(write(tmp_path, *marks))
    assert len(read_marks(write(tmp_path, *marks[:2])).rows) == 2
