import datetime as dt
import pickle
import traceback

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from marketmap.errors import InputError, PostcodeError
from marketmap.inputs.county import read_county
from marketmap.settings import CountySettings, Settings, ValidationSettings
from tests.inputs.county_folder import (
    columns_of,
    good_tables,
    package,
    small_directory,
    write_csv,
    write_folder,
)

PRIVATE = "Zebedee Quillfeather"


@pytest.fixture(autouse=True)
def _few_postcodes(monkeypatch):
    monkeypatch.setattr("marketmap.inputs.ground.load_directory", lambda *_, **__: small_directory())


def error_of(folder, **kwargs):
    with pytest.raises(InputError) as caught:
        read_county(folder, **kwargs)
    return caught.value


def squares(*corners, crs="EPSG:27700", **columns):
    frame = {
        "area_code": [f"X{number}" for number in range(len(corners))],
        "area_name": ["Somewhere"] * len(corners),
        "area_type": ["other"] * len(corners),
    }
    shapes = [box(east, north, east + 1000, north + 1000) for east, north in corners]
    return gpd.GeoDataFrame(frame | columns, geometry=shapes, crs=crs)


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
    assert "Without a row in force on the snapshot date, and so left out: 1 package." in notes
    assert read_county(folder).tables.snapshot_date == dt.date(2025, 6, 2)


def test_a_waiting_packages_plans_do_not_move_the_snapshot(tmp_path):
    tables = good_tables()
    tables["packages"] += [
        package(5, status="waiting", provider_id="", request_date="2025-03-20", start_date="2025-05-01")
    ]
    assert read_county(write_folder(tmp_path, tables)).tables.snapshot_date == dt.date(2025, 3, 20)


def test_a_day_that_cannot_be_told(tmp_path):
    tables = {name: rows for name, rows in good_tables().items() if name in {"packages", "providers"}}
    for row in tables["packages"]:
        row["start_date"] = ""
    error = error_of(write_folder(tmp_path, tables))
    assert error.faults[0].column == "county.snapshot_date"
    tables["providers"][0]["capacity_as_of"] = "2025-03-24"
    assert read_county(write_folder(tmp_path, tables)).tables.snapshot_date == dt.date(2025, 3, 24)


def test_a_day_on_which_nothing_holds(tmp_path):
    tables = good_tables()
    for row in tables["packages"]:
        row["effective_from"] = "2025-01-01"
    error = error_of(write_folder(tmp_path, tables, toml="[county]\nsnapshot_date = 2020-01-01\n"))
    assert "no package has a row in force on 2020-01-01" in str(error)


def test_rows_without_a_place_are_listed_and_kept(tmp_path):
    tables = good_tables()
    tables["packages"] += [package(7, postcode="gl1  1ab"), package(8, postcode=""), package(9, postcode="GL99 9ZZ")]
    tables["packages"] += [package(6, postcode="not known")]
    tables["providers"][1]["postcode"] = "BT1 1AA"
    tables["visits"][0]["postcode"] = "GL1"
    tables["block_areas"] += [{"block_id": "B1", "sector": "GL7 1"}]
    read = read_county(write_folder(tmp_path, tables)).tables
    assert len(read.packages) == 8
    assert read.packages.set_index("package_id")["postcode"]["P007"] == "GL1 1AB"
    assert list(read.unplaced.itertuples(index=False, name=None)) == [
        ("block_areas", 3, "B1", "GL7 1", "no postcode of the county is in this sector"),
        ("packages", 7, "P008", "", "no postcode given"),
        ("packages", 8, "P009", "GL99 9ZZ", "not in the directory"),
        ("packages", 9, "P006", "not known", "not a postcode"),
        ("providers", 3, "V2", "BT1 1AA", "not in the directory"),
        ("visits", 2, "W1", "GL1", "not a postcode"),
    ]
    assert list(read.packages["placed"]) == [True] * 4 + [False, True, False, False]
    assert read.packages["easting"].notna().equals(read.packages["placed"])
    assert "Not placed on the map: 3 rows of packages; internal/unplaced.csv says why." in read.notes


def test_no_postcode_that_can_be_placed(tmp_path):
    tables = good_tables()
    for row in tables["packages"]:
        row["postcode"] = "nowhere"
    assert "districts are unknown" in str(error_of(write_folder(tmp_path, tables)))


def test_a_postcode_fault_stands_beside_the_others(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PostcodeError("The directory has no district E99. Correct the district codes.")

    monkeypatch.setattr("marketmap.inputs.ground.load_directory", refuse)
    tables = good_tables()
    tables["packages"][0]["hours_week"] = "ten"
    error = error_of(write_folder(tmp_path, tables, toml='[county]\ndistrict_codes = ["E99"]\n'))
    assert [fault.what for fault in error.faults] == ["not a number", "The directory has no district E99"]
    assert error.faults[1].remedy == "Correct the district codes."


def test_a_likely_scheme_is_flagged_by_its_sector_alone(tmp_path):
    tables = good_tables()
    tables["packages"] += [package(number, postcode="GL50 3AA", hours_week="80") for number in (10, 11)]
    tables["packages"] += [package(12, postcode="GL1 1AA", hours_week="168", status="ended", provider_id="V1")]
    notes = read_county(write_folder(tmp_path, tables)).tables.notes
    flagged = [note for note in notes if "scheme" in note]
    assert len(flagged) == 1
    assert "1 postcode with more than 150 contact hours a week" in flagged[0]
    assert flagged[0].endswith("sector GL50 3.")
    assert "GL50 3AA" not in flagged[0]


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


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


def test_areas_come_in_metres_and_name_the_districts(tmp_path):
    folder = write_folder(tmp_path, good_tables())
    areas = squares((383_000, 218_000), (384_000, 218_000), area_type=["district", "other"], people_65plus=[7, 8])
    areas["area_code"] = ["E07000081", "X1"]
    areas["area_name"] = ["Gloucester", "Elsewhere"]
    areas.to_crs("EPSG:4326").to_file(folder / "areas.geojson")
    read = read_county(folder).tables
    assert read.areas.crs == "EPSG:27700"
    assert read.areas.geometry.area.round(-2).tolist() == [1_000_000, 1_000_000]
    assert read.areas["people_65plus"].tolist() == [7, 8]
    assert read.district_names["E07000081"] == "Gloucester"
    named = read_county(folder, overrides={"county": {"district_names": {"E07000081": "Glos City"}}}).tables
    assert named.district_names["E07000081"] == "Glos City"


def test_a_shapefile_cuts_its_headers_short(tmp_path):
    folder = write_folder(tmp_path, good_tables())
    with pytest.warns(UserWarning, match="longer than 10"):
        squares((383_000, 218_000), people_65plus=[7.0]).to_file(folder / "areas.shp")
    assert read_county(folder).tables.areas["people_65plus"].tolist() == [7.0]


def test_metres_that_call_themselves_degrees(tmp_path):
    folder = write_folder(tmp_path, good_tables())
    frame = squares((383_000, 218_000), crs=None)
    frame.to_file(folder / "areas.geojson")
    assert "the coordinates are metres" in str(error_of(folder))


def test_geometries_that_are_no_areas(tmp_path):
    folder = write_folder(tmp_path, good_tables())
    frame = squares((383_000, 218_000), (383_000, 219_000), (4_000_000, 219_000), (384_000, 218_000))
    frame.loc[0, "geometry"] = None
    frame.loc[1, "geometry"] = frame.geometry[1].boundary
    frame.to_file(folder / "areas.gpkg")
    assert [(fault.what, fault.rows) for fault in error_of(folder).faults] == [
        ("the area has no geometry", (2,)),
        ("the geometry is not a polygon", (3,)),
        ("the area lies outside the United Kingdom", (4,)),
    ]
    read = read_county(folder, overrides={"validation.max_rejected_share": 0.75}).tables
    assert read.areas["area_code"].tolist() == ["X3"]
    assert list(read.rejected["table"]) == ["areas"] * 3


def test_an_areas_file_that_the_settings_name(tmp_path):
    folder = write_folder(tmp_path / "county", good_tables(), toml='[areas]\nfile = "../wards.gpkg"\n')
    assert "cannot be opened" in str(error_of(folder))
    squares((383_000, 218_000)).to_file(tmp_path / "wards.gpkg")
    assert read_county(folder).tables.files["areas"].name == "wards.gpkg"


def test_an_outline_that_crosses_itself_is_mended_and_told(tmp_path):
    folder = write_folder(tmp_path, good_tables())
    frame = squares((383_000, 218_000))
    frame.loc[0, "geometry"] = Polygon([(383_000, 218_000), (384_000, 219_000), (384_000, 218_000), (383_000, 219_000)])
    frame.to_parquet(folder / "areas.parquet")
    read = read_county(folder).tables
    assert read.areas.is_valid.all()
    assert read.areas.geometry.area.tolist() == [500_000.0]
    assert "areas.parquet: outlines that crossed themselves and were mended: 1." in read.notes


def test_an_offer_for_an_area_that_nothing_goes_by(tmp_path):
    tables = good_tables()
    tables["participation"] += [{"provider_id": "V2", "area_code": code} for code in ("GL1 1", "", "E07000801")]
    notes = read_county(write_folder(tmp_path, tables)).tables.notes
    told = [note for note in notes if "participation" in note]
    assert len(told) == 1
    assert told[0].startswith("1 row of participation (row 5) without effect")
