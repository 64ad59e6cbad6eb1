import pytest

from marketmap.errors import PostcodeError
from marketmap.inputs.county import read_county
from tests.inputs.county_folder import error_of, good_tables, package, write_folder

pytestmark = pytest.mark.usefixtures("few_postcodes")


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
    told = "can be placed (4 not a postcode), so the county's districts are unknown"
    assert told in str(error_of(write_folder(tmp_path, tables)))


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


def test_an_offer_for_an_area_that_nothing_goes_by(tmp_path):
    tables = good_tables()
    tables["participation"] += [{"provider_id": "V2", "area_code": code} for code in ("GL1 1", "", "E07000801")]
    notes = read_county(write_folder(tmp_path, tables)).tables.notes
    told = [note for note in notes if "participation" in note]
    assert len(told) == 1
    assert told[0].startswith("1 row of participation (row 5) without effect")
