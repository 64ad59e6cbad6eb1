import datetime as dt
import pickle
import traceback

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketmap.inputs.county import read_county
from marketmap.settings import Settings, ValidationSettings
from tests.inputs.county_folder import columns_of, error_of, good_tables, package, squares, write_csv, write_folder

pytestmark = pytest.mark.usefixtures("few_postcodes")
PRIVATE = "Zebedee Quillfeather"


def test_a_good_folder(tmp_path):
    county = read_county(write_folder(tmp_path / "county", good_tables()))
    tables = county.tables
    assert county.folder == tmp_path / "county"
    assert list(tables.packages["package_id"]) == ["P000", "P001", "P002", "P003"]
    first = tables.packages.iloc[0]
    assert (first["easting"], first["northing"], first["sector"]) == (383_000.0, 218_500.0, "GL1 1")
    assert (first["district_code"], first["placed"], first["row"]) == ("E07000081", True, 2)
    assert tables.packages["carers_required"].dtype == "int64"
    assert list(tables.providers["company_id"]) == ["V1", "V2"]
    assert str(tables.visits["planned_start"].dt.tz) == "Europe/London"
    assert tables.areas is None
    assert list(tables.county_postcodes.index) == ["GL1 1AA", "GL1 1AB", "GL1 2TG", "GL50 1HX", "GL50 3AA"]
    assert tables.snapshot_date == dt.date(2025, 3, 3)
    assert tables.district_names["E07000081"] == "E07000081"
    assert tables.unplaced.empty
    assert tables.rejected.empty
    assert tables.files["calls"].name == "calls.csv"
    assert tables.files["packages"].rows == 4
    assert tables.postcode_source == "six postcodes made up for a test"
    assert "Snapshot date 2025-03-03" in tables.notes[0]
    assert "not told apart" in tables.notes[1]


def test_the_least_that_a_council_can_give(tmp_path):
    tables = {name: rows for name, rows in good_tables().items() if name in {"packages", "providers"}}
    read = read_county(write_folder(tmp_path, tables)).tables
    for name in ("participation", "calls", "visits", "areas", "blocks", "block_areas"):
        assert getattr(read, name) is None
    assert read.packages["needs"].isna().all()


FAULTY_TOML = """
[blocks]
min_hours = 400
max_hours = 300
colour = "red"
"""


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_every_fault_of_a_folder_is_told_in_one_message(tmp_path):
    tables = good_tables(packages=8)
    rows = tables["packages"]
    rows[1]["package_id"] = rows[0]["package_id"]
    rows[2]["hours_week"] = "-5"
    rows[3]["hours_week"] = "ten"
    rows[4]["hours_week"] = "inf"
    rows[5]["provider_id"] = "V404"
    rows[6]["start_date"] = "2025-02-30"
    rows[7]["status"] = "sleeping"
    folder = write_folder(tmp_path, tables, toml=FAULTY_TOML)
    squares((383_000, 218_000), crs=None).to_file(folder / "areas.shp")
    (folder / "calls.csv").write_text("package_id,days,minutes\nP000,Mo,30\n")
    error = error_of(folder)
    assert {(fault.file, fault.column, fault.rows) for fault in error.faults} == {
        ("marketmap.toml", "blocks.colour", ()),
        ("marketmap.toml", "blocks.min_hours", ()),
        ("calls.csv", "time_band", ()),
        ("areas.shp", "geometry", ()),
        ("packages.csv", "package_id", (2, 3)),
        ("packages.csv", "hours_week", (4,)),
        ("packages.csv", "hours_week", (5,)),
        ("packages.csv", "hours_week", (6,)),
        ("packages.csv", "provider_id", (7,)),
        ("packages.csv", "start_date", (8,)),
        ("packages.csv", "status", (9,)),
    }
    assert "Reproject" in str(error)
    assert "coordinate reference system" in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("packages.csv", None, "the table is missing"),
        ("providers.csv", None, "the table is missing"),
        ("packages.csv", b"", "the file is empty"),
        ("packages.csv", b"package_id,postcode\n", "a required column is missing"),
        ("blocks.csv", b"block_id,provider_id,guaranteed_hours_week,start_date,status\n", "no row under it"),
        ("packages.csv", bytes(range(256)), "binary file"),
        ("areas.csv", b"area_code,area_name,area_type\nX,Y,other\n", "this kind of file is not read"),
        ("areas.gpkg", b"nothing of the kind", "cannot be read as boundaries"),
    ],
)
def test_one_broken_file(tmp_path, name, content, what):
    folder = write_folder(tmp_path, good_tables())
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    error = error_of(folder)
    assert what in str(error)
    assert {fault.file.split(".")[0] for fault in error.faults} == {name.split(".")[0]}


def test_two_files_for_one_table(tmp_path):
    folder = write_folder(tmp_path, good_tables())
    pd.DataFrame(good_tables()["packages"]).to_excel(folder / "Packages.xlsx", index=False)
    assert "Packages.xlsx and packages.csv: two files for the table packages" in str(error_of(folder))


def test_a_file_that_no_table_goes_by_is_named(tmp_path):
    folder = write_folder(tmp_path, good_tables())
    (folder / "visit.csv").write_text("visit_id\nW1\n")
    assert "Not read, as no table goes by the name: visit.csv." in read_county(folder).tables.notes


def test_a_folder_that_is_none(tmp_path, monkeypatch):
    assert "does not exist" in str(error_of(tmp_path / "nowhere"))
    (tmp_path / "file").write_text("x")
    assert "not a county folder" in str(error_of(tmp_path / "file"))
    monkeypatch.setattr(type(tmp_path), "iterdir", lambda _: (_ for _ in ()).throw(PermissionError(13, "no")))
    assert "cannot be opened" in str(error_of(tmp_path))


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_workbooks_and_parquet_give_the_same_tables(tmp_path, kind):
    plain = read_county(write_folder(tmp_path / "csv", good_tables())).tables
    other = tmp_path / kind
    other.mkdir()
    for name, rows in good_tables().items():
        frame = pd.DataFrame(rows)
        for column in frame.columns:
            if column in {"hours_week", "visits_week", "carers_required", "minutes"}:
                frame[column] = pd.to_numeric(frame[column])
            elif column in {"start_date", "planned_start", "planned_end"}:
                frame[column] = pd.to_datetime(frame[column])
        if kind == "xlsx":
            frame.to_excel(other / f"{name}.xlsx", index=False)
        else:
            frame.to_parquet(other / f"{name}.parquet")
    read = read_county(other).tables
    for name in good_tables():
        pd.testing.assert_frame_equal(getattr(read, name), getattr(plain, name))


def test_rejected_rows_go_whole_and_the_run_goes_on(tmp_path):
    tables = good_tables(packages=40)
    tables["packages"][3] |= {"hours_week": "ten", "client_name": PRIVATE}
    tables["packages"][4] |= {"status": "gone"}
    folder = write_folder(tmp_path, tables, toml="[validation]\nmax_rejected_share = 0.05\n")
    read = read_county(folder).tables
    assert len(read.packages) == 38
    assert list(read.rejected["row"]) == [5, 6]
    assert "Rejected: 2 of 40 rows of packages.csv (10.5 contact hours a week and 1 with no usable hours)" in str(
        read.notes
    )
    assert PRIVATE not in read.rejected.to_csv()
    assert "client_name" not in read.rejected.columns
    assert "status" in str(error_of(folder, overrides={"validation": {"max_rejected_share": 0.04}}))


def test_cells_of_unknown_columns_survive_nowhere(tmp_path):
    tables = good_tables()
    for rows in tables.values():
        for row in rows:
            row |= {"client_name": PRIVATE, "nhs_number": "9434765919", "free text": PRIVATE + ", rings at night"}
    folder = write_folder(tmp_path, tables)
    squares((383_000, 218_000), client_name=[PRIVATE]).to_file(folder / "areas.gpkg")
    county = read_county(folder)
    held = pickle.dumps(county) + repr(county).encode()
    for value in (PRIVATE, "9434765919", "rings at night"):
        assert value.encode() not in held
        assert value.encode("utf-16-le") not in held
    assert "packages.csv: not used, and not read beyond the header: client_name, nhs_number, free text." in str(
        county.tables.notes
    )
    assert any(note.startswith("Warning: in areas.gpkg, client_name") for note in county.tables.notes)

    tables["packages"][0]["hours_week"] = PRIVATE
    tables["visits"][0]["planned_start"] = PRIVATE
    error = error_of(write_folder(tmp_path / "faulty", tables))
    shown = "".join(traceback.format_exception(error)) + repr(error.faults)
    assert len(error.faults) == 2
    assert PRIVATE not in shown
    assert PRIVATE.encode() not in pickle.dumps(error.faults)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_and_columns_changes_nothing(tmp_path_factory, seed):
    tables = good_tables(packages=12)
    tables["packages"] += [package(5, effective_from="2025-02-01", hours_week="3")]
    tables["packages"][5]["effective_to"] = "2025-02-01"
    tables["calls"] += [tables["calls"][0] | {"minutes": str(minutes)} for minutes in (15, 45, 60)]
    plain = read_county(write_folder(tmp_path_factory.mktemp("plain"), tables)).tables
    shuffle = np.random.default_rng(seed)
    folder = tmp_path_factory.mktemp("shuffled")
    for name, rows in tables.items():
        columns = columns_of(name, rows)
        mixed = [rows[place] for place in shuffle.permutation(len(rows))]
        write_csv(folder / f"{name}.csv", mixed, columns=[str(column) for column in shuffle.permutation(columns)])
    other = read_county(folder).tables
    for name in [*tables, "package_lines", "county_postcodes"]:
        left, right = getattr(plain, name), getattr(other, name)
        pd.testing.assert_frame_equal(
            left.drop(columns="row", errors="ignore"), right.drop(columns="row", errors="ignore")
        )
    assert (plain.snapshot_date, plain.district_names, plain.notes) == (
        other.snapshot_date,
        other.district_names,
        other.notes,
    )


def test_overrides_win_over_the_file_nested_or_dotted(tmp_path):
    folder = write_folder(tmp_path, good_tables(), toml=FAULTY_TOML.replace('colour = "red"', "share_cap = 0.3"))
    assert "blocks.min_hours" in str(error_of(folder))
    county = read_county(folder, overrides={"blocks": {"min_hours": 80}, "roads.file": "x.osm.pbf"})
    assert (county.settings.blocks.min_hours, county.settings.blocks.share_cap) == (80, 0.3)
    assert county.settings.roads.file == "x.osm.pbf"
    assert "unknown setting" in str(error_of(folder, overrides={"roads": {"fil": "x"}}))
    given = Settings(validation=ValidationSettings(scheme_hours_week=1))
    assert read_county(folder, settings=given).settings == given
