"""Error texts name the file, up to three rows, the column and the remedy."""

from marketmap.errors import Fault, InputError


def test_a_fault_names_up_to_three_rows() -> None:
    fault = Fault("packages.csv", "not a number", "Write digits", column="hours_week", rows=(2, 5, 9, 1200))
    assert str(fault) == "packages.csv, column hours_week, rows 2, 5, 9 and 1 more: not a number. Write digits"


def test_all_faults_stand_in_one_text() -> None:
    text = str(InputError([Fault("a.csv", "empty", "Fill it"), Fault("b.csv", "binary", "Save as CSV", rows=(3,))]))
    assert "2 faults" in text
    assert "1. a.csv: empty. Fill it" in text
    assert "2. b.csv, row 3: binary. Save as CSV" in text
