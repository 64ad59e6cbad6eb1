import datetime as dt
import os

import pytest

from marketmap.inputs.county import read_county
from marketmap.settings import CountySettings, Settings
from tests.inputs.county_folder import error_of, good_tables, package, write_folder

pytestmark = pytest.mark.usefixtures("few_postcodes")


def test_dated_lines(tmp_path):
    tables = good_tables()
    tables["packages"] = [
        package(1, effective_from="2024-01-01", effective_to="2025-01-01", hours_week="5"),
        package(1, effective_from="2025-01-01", effective_to="2025-06-01", hours_week="7"),
        package(1, effective_from="2025-06-01", effective_to="", hours_week="9"),
        package(2, effective_from="2025-06-02"),
        package(0),
    ]
    folder = write_folder(tmp_path, tables)

    def hours(day):
        read = read_county(folder, settings=Settings(county=CountySettings(snapshot_date=day))).tables
        assert len(read.package_lines) == 5
        return dict(zip(read.packages["package_id"], read.packages["hours_week"], strict=True)), read.notes

    assert hours(dt.date(2024, 12, 31))[0] == {"P000": 10.5, "P001": 5}
    assert hours(dt.date(2025, 1, 1))[0] == {"P000": 10.5, "P001": 7}
    in_force, notes = hours(dt.date(2025, 6, 1))
    assert in_force == {"P000": 10.5, "P001": 9}
    assert "Ended by the snapshot date or not begun, and so left out: 1 package." in notes
    assert read_county(folder).tables.snapshot_date == dt.date(2025, 6, 2)


def test_a_waiting_packages_plans_do_not_move_the_snapshot(tmp_path):
    tables = good_tables()
    tables["packages"] += [
        package(5, status="waiting", provider_id="", request_date="2025-03-20", start_date="2025-05-01")
    ]
    assert read_county(write_folder(tmp_path, tables)).tables.snapshot_date == dt.date(2025, 3, 20)


def test_an_extract_without_any_date_is_of_the_day_on_which_it_was_saved(tmp_path):
    tables = {name: rows for name, rows in good_tables().items() if name in {"packages", "providers"}}
    for row in tables["packages"]:
        row["start_date"] = ""
    folder = write_folder(tmp_path, tables)
    # Half an hour after midnight in London, where the clocks have gone forward.
    saved = dt.datetime(2025, 6, 1, 23, 30, tzinfo=dt.UTC).timestamp()
    os.utime(folder / "packages.csv", (saved, saved))
    read = read_county(folder).tables
    assert read.snapshot_date == dt.date(2025, 6, 2)
    assert (
        "No table holds a date: the snapshot date is 2025-06-02, on which packages.csv was last saved" in read.notes[0]
    )
    assert len(read.packages) == len(tables["packages"])
    tables["providers"][0]["capacity_as_of"] = "2025-03-24"
    assert read_county(write_folder(tmp_path, tables)).tables.snapshot_date == dt.date(2025, 3, 24)


def test_a_day_on_which_nothing_holds(tmp_path):
    tables = good_tables()
    for row in tables["packages"]:
        row["effective_from"] = "2025-01-01"
    error = error_of(write_folder(tmp_path, tables, toml="[county]\nsnapshot_date = 2020-01-01\n"))
    assert "no package has a row in force on 2020-01-01" in str(error)
