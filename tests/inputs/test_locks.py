"""The table of locks: every fault of its rows is named, with what other rows and tables say."""

import pytest

from marketmap.inputs.county import read_county
from tests.inputs.county_folder import Rows, error_of, good_tables, write_folder


def lock(kind: str, name: str, provider: str, *places: str) -> Rows:
    return [{"kind": kind, "lock_id": name, "provider_id": provider, "place": place} for place in places]


def test_places_are_written_in_one_spelling(tmp_path):
    rows = [
        *lock("Hold", "H1", "V1", "gl1 1aa", "GL501HX"),
        *lock("forbid", "F1", "V2", "gl1   1", "e07000078"),
        *lock("together", "T1", "", "GL1 1", "GL1 2"),
        *lock("apart", "A1", "", "GL1 1", "E07000078"),
    ]
    tables = read_county(write_folder(tmp_path, good_tables() | {"locks": rows})).tables
    assert tables.locks is not None
    by_row = tables.locks.set_index("row")
    assert by_row["place"].sort_index().tolist() == [
        "GL1 1AA", "GL50 1HX", "GL1 1", "E07000078", "GL1 1", "GL1 2", "GL1 1", "E07000078",
    ]  # fmt: skip
    assert by_row.loc[2, "kind"] == "hold"
    assert tables.files["locks"].rows == 8


def test_a_county_without_locks(tmp_path):
    assert read_county(write_folder(tmp_path, good_tables())).tables.locks is None


@pytest.mark.parametrize(
    ("rows", "column", "faulty", "what"),
    [
        (lock("hold", "H1", "V1", "GL1 1") + lock("forbid", "H1", "V1", "GL50 1"), "kind", (2, 3), "of two kinds"),
        (
            lock("hold", "H1", "V1", "GL1 1") + lock("hold", "H1", "V2", "GL50 1"),
            "provider_id",
            (2, 3),
            "two providers",
        ),
        (lock("forbid", "F1", "", "GL1 1"), "provider_id", (2,), "hold and forbid are about a provider"),
        (lock("apart", "A1", "V1", "GL1 1", "GL50 1"), "provider_id", (2, 3), "about places alone"),
        (lock("together", "T1", "", "GL1 1"), "place", (2,), "the only place"),
        (lock("hold", "Spot", "V1", "GL1 1"), "lock_id", (2,), "word for no block"),
        (lock("keep", "H1", "V1", "GL1 1"), "kind", (2,), "not one of the allowed values"),
        (lock("forbid", "F1", "V9", "GL1 1"), "provider_id", (2,), "not in the providers table"),
        (lock("forbid", "F1", "V1", "GL9 9", "SW1A 1AA", "GL1 1"), "place", (2, 3), "of this county"),
        (lock("hold", "B1", "V1", "GL1 1"), "lock_id", (2,), "name of a block in the blocks table"),
        (lock("apart", "A1", "", "GL1 1", "GL50 1", "GL1 1AB"), "place", (2, 4), "overlaps another place"),
        (lock("together", "T1", "", "GL1 1AB", "gl11ab"), "place", (3,), "spelt in another way"),
        (lock("apart", "A1", "", "GL1 1", "GL1 1"), "lock_id", (2, 3), "the same lock_id and place"),
    ],
)
def test_every_fault_is_named_with_its_rows_and_a_remedy(tmp_path, rows, column, faulty, what):
    error = error_of(write_folder(tmp_path, good_tables() | {"locks": rows}))
    found = [fault for fault in error.faults if what in fault.what]
    assert [(fault.file, fault.column, fault.rows) for fault in found] == [("locks.csv", column, faulty)]
    assert found[0].remedy


def test_faults_of_all_kinds_are_told_at_once(tmp_path):
    rows = lock("forbid", "F1", "V9", "GL9 9") + lock("together", "T1", "", "GL1 1")
    tables = good_tables() | {"locks": rows}
    tables["packages"][0]["hours_week"] = "many"
    error = error_of(write_folder(tmp_path, tables))
    assert {(fault.file, fault.column) for fault in error.faults} == {
        ("packages.csv", "hours_week"), ("locks.csv", "provider_id"), ("locks.csv", "place"),
    }  # fmt: skip
