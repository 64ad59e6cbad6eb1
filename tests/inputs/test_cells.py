import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketmap.inputs.cells import end_in_second_hour, type_cells
from marketmap.inputs.columns import Column


def typed(kind, cells, **contract):
    text = pd.Series(cells, index=range(2, 2 + len(cells)), dtype="str")
    found = type_cells(text, Column("x", kind, "", **contract))
    return found.typed, {fault.what: list(fault.rows) for fault in found.faults}, found.notes


def test_numbers_are_read_or_named_and_never_lost():
    cells = ["ten", "1,000", "£5", "inf", "-Infinity", "NaN", "1e400", "", "12.50", " 7 ", "-3", "١٢", "0x10", "1_000"]
    values, faults, _ = typed("number", cells)
    assert values.dropna().to_dict() == {10: 12.5, 11: 7.0, 12: -3.0}
    assert faults == {"not a number": [2, 3, 4, 13, 14, 15], "not a finite number": [5, 6, 7, 8]}


@settings(max_examples=25)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8), min_size=1, max_size=8))
def test_a_cell_is_blank_typed_or_faulty(cells):
    for kind in ("number", "whole", "date", "moment", "time", "yes_no", "identifier", "sector", "codes"):
        values, faults, _ = typed(kind, cells)
        faulty = {row for rows in faults.values() for row in rows}
        for row, cell in zip(values.index, cells, strict=True):
            blank = pd.Series([cell], dtype="str").str.strip().eq("").all()
            assert (row in faulty) + bool(values.notna()[row]) + bool(blank) == 1, (kind, cell)


@settings(max_examples=50)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_a_number_survives_its_text(numbers):
    values, faults, _ = typed("number", [repr(number) for number in numbers])
    assert list(values) == numbers
    assert not faults


def test_whole_numbers():
    values, faults, _ = typed("whole", ["1", "2.0", "1.5", "", "x"])
    assert values.dropna().to_dict() == {2: 1, 3: 2}
    assert faults == {"not a whole number": [4], "not a number": [6]}


def test_dates():
    cells = [
        "2025-02-30",
        "31/03/2025",
        "2025-03-31",
        "2025-03-31T00:00:00",
        "9999-12-31",
        "",
        "45747",
        "2025-03-31 10:00",
    ]
    values, faults, _ = typed("date", cells)
    assert [str(value.date()) for value in values.dropna()] == ["2025-03-31", "2025-03-31"]
    assert faults == {
        "an impossible date": [2],
        "not an ISO date": [3, 8, 9],
        "a year outside 1900 to 2199": [6],
    }


def test_moments_at_the_clock_changes():
    cells = [
        "2025-03-30T01:30",  # skipped
        "2025-03-30T02:00",
        "2025-10-26 01:30",  # comes twice
        "2025-10-26T01:30Z",
        "2025-10-26T01:30+01:00",
        "2025-06-30T08:30:15.5",
        "2025-06-31T08:30",
        "30/06/2025 08:30",
    ]
    values, faults, notes = typed("moment", cells)
    assert [value.isoformat() for value in values.dropna()] == [
        "2025-03-30T02:00:00+01:00",
        "2025-10-26T01:30:00+01:00",
        "2025-10-26T01:30:00+00:00",
        "2025-10-26T01:30:00+01:00",
        "2025-06-30T08:30:15.500000+01:00",
    ]
    assert faults == {
        "in the hour that the clocks skipped in spring, which never was": [2],
        "an impossible date or time": [8],
        "not an ISO date and time": [9],
    }
    assert len(notes) == 1
    assert notes[0].startswith("1 time in the hour that came twice")


def test_a_visit_across_autumns_change_ends_after_it_began():
    start, _, _ = typed("moment", ["2025-10-26T01:45", "2025-10-26T00:45", "2025-10-25T01:45"])
    end, _, _ = typed("moment", ["2025-10-26T01:15", "2025-10-26T01:15", "2025-10-25T01:15"])
    mended = end_in_second_hour(start, end)
    minutes = (mended - start).dt.total_seconds() / 60
    assert list(minutes) == [30, 30, -30]


def test_times():
    values, faults, _ = typed("time", ["8:30", "08:30:00", "24:00", "", "07:00:00.000", "8.30"])
    assert list(values.dropna()) == ["08:30", "08:30", "07:00"]
    assert faults == {"not a time of day": [4, 7]}


def test_yes_or_no():
    values, faults, _ = typed("yes_no", ["Yes", "N", "TRUE", "0", "", "maybe"])
    assert list(values.dropna()) == [True, False, True, False]
    assert faults == {"neither yes nor no": [7]}


def test_code_words_are_put_in_order():
    values, faults, _ = typed("codes", ["Dementia; complex;complex", "Mrs. B likes tea", "", ";"])
    assert values[2] == "complex;dementia"
    assert faults == {"not a list of code words": [3, 5]}
    values, faults, _ = typed("codes", ["we;MO", "Mo;xx"], allowed=("Mo", "Tu", "We"))
    assert values[2] == "Mo;We"
    assert faults == {"not all among the allowed values": [3]}


def test_vocabulary_in_any_spelling():
    values, faults, _ = typed("choice", ["Home care", "HOME-CARE", "home__care", "homes"], allowed=("home_care",))
    assert list(values) == ["home_care", "home_care", "home_care", "homes"]
    assert not faults


def test_identifiers_stay_text():
    values, faults, _ = typed("identifier", ["0012", " x ", "a\nb", "NULL", "n" * 65, "#N/A", "P01;P02"])
    assert list(values.dropna()) == ["0012", "x"]
    assert faults == {
        "a spreadsheet error instead of a value": [7],
        "a word for nothing instead of a value": [5],
        "a line break or control character": [4],
        "longer than 64 characters": [6],
        "a semicolon, which parts one reference from the next in every list": [8],
    }


def test_a_semicolon_is_a_fault_of_references_alone():
    values, faults, _ = typed("text", ["Home; care"])
    assert list(values) == ["Home; care"]
    assert not faults


@pytest.mark.parametrize(
    ("cell", "sector"), [("gl1  2", "GL1 2"), ("SW1A 1", "SW1A 1"), ("GL12", None), ("GL1 2TG", None)]
)
def test_sectors(cell, sector):
    values, faults, _ = typed("sector", [cell])
    assert list(values.dropna()) == ([sector] if sector else [])
    assert bool(faults) is (sector is None)
