from pathlib import Path

import pytest

from marketmap.errors import Fault
from marketmap.inputs.marking import FAULT_COLUMN, ROW_COLUMN, mark_faults

TABLE = "Visit_ID,carer_id,secret\nW1,K1,x\nW2,K2,y\n=W3,K3,z\n"
HANDBACKS = "provider_id,package_id,notice_date\nV1,P1,2026-01-01\nV2,=P2,bad\n"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_faults_stand_beside_their_rows(tmp_path: Path) -> None:
    path = write(tmp_path, "handbacks.csv", HANDBACKS)
    faults = [
        Fault(path.name, "not an ISO date", "Write it", "notice_date", (3,)),
        Fault(path.name, "not in the packages table", "Correct it", "package_id", (3,)),
        Fault("packages.csv", "another file's", "Leave it", "package_id", (2,)),
        Fault(path.name, "of the whole file", "Mend it"),
    ]
    marked = mark_faults(path, faults)
    assert marked is not None
    assert marked[ROW_COLUMN].tolist() == [2, 3]
    assert marked[FAULT_COLUMN].tolist() == [
        "",
        "notice_date: not an ISO date. Write it; package_id: not in the packages table. Correct it",
    ]
    assert marked["package_id"].tolist() == ["P1", "=P2"]


def test_what_no_table_needs_is_not_given_back(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "handbacks.csv",
        HANDBACKS.replace("notice_date", "notice_date,nhs_number", 1)
        .replace("01\n", "01,1\n")
        .replace("bad\n", "bad,2\n"),
    )
    marked = mark_faults(path, [Fault(path.name, "a", "b", "notice_date", (3,))])
    assert marked is not None
    assert "nhs_number" not in marked


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        ("handbacks.csv", HANDBACKS, ()),
        ("handbacks.csv", TABLE, (2,)),
        ("strange.csv", TABLE, (2,)),
        ("areas.gpkg", TABLE, (2,)),
    ],
)
def test_nothing_is_marked_without_rows_at_fault_or_a_table_to_open(
    tmp_path: Path, name: str, text: str, rows: tuple[int, ...]
) -> None:
    path = write(tmp_path, name, text)
    assert mark_faults(path, [Fault(path.name, "a", "b", "", rows)]) is None
