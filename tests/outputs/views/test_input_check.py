import csv
import datetime as dt
import io
import pickle
from pathlib import Path

import pandas as pd
import pytest

from marketmap.errors import Fault, InputError
from marketmap.inputs.contracts import CONTRACTS
from marketmap.inputs.marking import FAULT_COLUMN
from marketmap.inputs.templates import template_of
from marketmap.outputs.views.input_check import InputCheck, UnusableError, check_inputs, refuse_faults
from marketmap.outputs.views.input_words import kind_rows, left_rows, table_rows, tell_age, tell_state
from tests.outputs.factory import SNAPSHOT, write_county


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_county(tmp_path_factory.mktemp("good") / "county")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    county = write_county(tmp_path / "county")
    packages = pd.read_csv(county / "packages.csv", dtype=str, keep_default_na=False)
    packages.loc[[0, 4], "hours_week"] = ["=1+1", "-3"]
    packages.loc[[4, 5], "status"] = "cake"
    packages.to_csv(county / "packages.csv", index=False)
    (county / "locks.csv").write_text("nothing\n1\n")
    return county


def test_a_county_that_stands_says_what_it_has(good: Path) -> None:
    check = check_inputs(good)
    assert check.stands
    assert (check.name, check.synthetic, check.snapshot) == ("Rutland", True, SNAPSHOT)
    rows = check.tables.set_index("table")["rows"]
    assert rows["packages"] == 120
    assert rows.isna().sum() == len(CONTRACTS) - 3
    assert tell_state(check) == "The tables can be used: 3 tables read, no fault found."
    refuse_faults(check)


def test_every_faulty_row_is_listed_with_what_to_do(bad: Path) -> None:
    check = check_inputs(bad)
    assert not check.stands
    packages = check.findings[check.findings["file"] == "packages.csv"]
    assert sorted(zip(packages["column"], packages["row"], strict=True)) == [
        ("hours_week", 2), ("hours_week", 6), ("status", 6), ("status", 7),
    ]  # fmt: skip
    assert (check.findings["remedy"] != "").all()
    assert check.findings.loc[check.findings["file"] == "locks.csv", "row"].isna().all()
    assert tell_state(check).startswith("The tables cannot be used: 4 faults in 2 files.")
    assert kind_rows(check)["rows"].tolist() == ["whole file", "1", "2", "1"]
    assert check.snapshot is None


def test_the_councils_own_rows_come_back_with_their_faults(bad: Path) -> None:
    check = check_inputs(bad)
    assert list(check.marked) == ["packages.csv"]
    rows = list(csv.DictReader(io.StringIO(check.marked["packages.csv"].decode())))
    assert len(rows) == 120
    assert [number for number, row in enumerate(rows) if row[FAULT_COLUMN]] == [0, 4, 5]
    assert "hours_week: out of bounds" in rows[4][FAULT_COLUMN]
    assert "status: not one of the allowed values" in rows[4][FAULT_COLUMN]
    assert rows[0]["hours_week"] == "'=1+1"  # inert in a spreadsheet


def test_no_cell_of_a_faulty_table_is_told_among_the_faults(bad: Path) -> None:
    assert "cake" not in check_inputs(bad).findings.to_csv() + check_inputs(bad).kinds.to_csv()


def test_faults_are_refused_with_all_that_is_known(bad: Path) -> None:
    check = check_inputs(bad)
    with pytest.raises(UnusableError) as raised:
        refuse_faults(check)
    assert InputCheck.of_faults(raised.value) is check
    assert len(raised.value.faults) == len(check.kinds)


def test_an_error_of_any_faults_is_shown_alike() -> None:
    check = InputCheck.of_faults(InputError([Fault("x.csv", "no table goes by this name", "Rename it")]))
    assert check.findings["what"].tolist() == ["no table goes by this name"]
    assert check.marked == {}


def test_a_folder_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    check = check_inputs(tmp_path / "nowhere")
    assert check.findings["what"].tolist() == ["the county folder does not exist"]
    assert (check.tables["file"] == "").all()


def test_a_check_travels_between_processes(bad: Path) -> None:
    check = check_inputs(bad)
    assert pickle.loads(pickle.dumps(check)).faults == check.faults  # noqa: S301  our own bytes


def test_old_tables_are_remarked_on(good: Path) -> None:
    today = dt.datetime.now(tz=dt.UTC).date()
    assert tell_age(check_inputs(good)) == ""
    assert "in the last 100 days" in tell_age(check_inputs(good, today=today + dt.timedelta(days=100)))


def test_tables_there_and_tables_lacking_are_all_tables(good: Path) -> None:
    check = check_inputs(good)
    there, lacking = table_rows(check, there=True), table_rows(check, there=False)
    assert there["table"].tolist() == ["packages (required)", "providers (required)", "areas"]
    assert len(there) + len(lacking) == len(CONTRACTS)
    assert there["holds"].str.endswith(".").all()
    assert (there["holds"].str.len() > 20).all()


def test_rows_left_out_are_counted_by_reason() -> None:
    frame = pd.DataFrame({"table": ["b", "a", "a"], "reason": ["x", "y", "y"]})
    assert left_rows(frame).to_numpy().tolist() == [["a", "y", "2"], ["b", "x", "1"]]
    assert left_rows(frame.head(0)).empty


def test_templates_are_those_of_the_contracts() -> None:
    templates = template_of()
    assert list(templates) == list(CONTRACTS)
    for name, (file, content) in templates.items():
        assert file.split(".")[0] == name
        if file.endswith(".csv"):
            assert tuple(next(csv.reader(io.StringIO(content.decode())))) == CONTRACTS[name].names
