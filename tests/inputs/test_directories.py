"""Every dialect a postcode directory is published in."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest

from marketmap.errors import PostcodeError
from marketmap.inputs.directories import read_directory_file

# GL1 1AD lives, GL194YN is terminated, GL1 9ZZ has no position, BT1 1AA stands on the Irish Grid
OLD = """pcd,pcd2,pcds,dointr,doterm,oscty,oslaua,oseast1m,osnrth1m,osgrdind,lat,long,imd
"GL1 1AD","GL1  1AD","GL1 1AD","198001","","E10000013","E07000081",383316,218534,1,51.865133,-2.243699,1
"GL194YN","GL19 4YN","GL19 4YN","198001","199912","E10000013","E07000080",378000,226000,1,51.932079,-2.321389,2
"GL1 9ZZ","GL1  9ZZ","GL1 9ZZ","198001","","E10000013","E07000081",,,9,99.999999,0.000000,3
"BT1 1AA","BT1  1AA","BT1 1AA","198001","","N99999999","N09000003",334316,374675,1,54.602300,-5.918800,4
"""
NSPL = OLD.replace("oscty", "cty").replace("oslaua", "laua")
NEW = (
    OLD.replace("pcd,pcd2,pcds", "pcd7,pcd8,pcds")
    .replace("oscty", "cty25cd")
    .replace("oslaua", "lad25cd")
    .replace("oseast1m", "east1m")
    .replace("osnrth1m", "north1m")
    .replace("osgrdind", "gridind")
)
UPPER = OLD.split("\n", 1)[0].upper() + "\n" + OLD.split("\n", 1)[1]
CODE_POINT = """"GL1 1AD",10,383316,218534,"E92000001","E19000002","E18000010","E10000013","E07000081","E05010967"
"GL194YN",90,0,0,"E92000001","E19000002","E18000010","E10000013","E07000080","E05010968"
"""


def check_ons(path: Path) -> None:
    read = read_directory_file(path)
    frame = read.frame
    assert frame["postcode"].str.replace(" ", "").tolist() == ["GL11AD", "GL194YN", "GL19ZZ", "BT11AA"]
    assert frame["easting"].fillna(-1).tolist() == [383316, 378000, -1, 334316]
    assert frame["northing"].fillna(-1).tolist() == [218534, 226000, -1, 374675]
    assert frame["district_code"].tolist() == ["E07000081", "E07000080", "E07000081", "N09000003"]
    assert frame["live"].tolist() == [True, False, True, True]
    assert read.kind == "ONS directory"
    assert read.tells_liveness
    assert read.holds_terminated
    assert read.disagreeing == 0


@pytest.mark.parametrize("text", [OLD, UPPER, NSPL, NEW], ids=["old", "upper", "nspl", "new"])
def test_every_ons_dialect_reads_alike(tmp_path: Path, text: str) -> None:
    file = tmp_path / "directory.csv"
    file.write_text(text, encoding="utf-8")
    check_ons(file)


@pytest.mark.parametrize("spelling", ["pcd", "pcd2", "pcds"])
def test_any_one_postcode_column_is_enough(tmp_path: Path, spelling: str) -> None:
    names = OLD.split("\n", 1)[0].split(",")
    kept = ["x" if name.startswith("pcd") and name != spelling else name for name in names]
    file = tmp_path / "directory.csv"
    file.write_text(OLD.replace(",".join(names), ",".join(kept)), encoding="utf-8-sig")
    check_ons(file)


def test_gzip_zip_and_folder_read_alike(tmp_path: Path) -> None:
    packed = tmp_path / "directory.csv.gz"
    packed.write_bytes(gzip.compress(NEW.encode()))
    check_ons(packed)
    folder = tmp_path / "ONSPD_AUG_2025"
    (folder / "Data").mkdir(parents=True)
    (folder / "Documents").mkdir()
    (folder / "Data" / "ONSPD_AUG_2025_UK.csv").write_text(NEW, encoding="utf-8")
    (folder / "Documents" / "LA names.csv").write_text("LAD25CD,LAD25NM\nE07000081,Gloucester\n", encoding="utf-8")
    check_ons(folder)
    archive = tmp_path / "ONSPD_AUG_2025.ZIP"
    with zipfile.ZipFile(archive, "w") as written:
        for file in sorted(folder.rglob("*.csv")):
            written.write(file, file.relative_to(folder))
    check_ons(archive)


def test_the_latest_of_several_district_columns_counts(tmp_path: Path) -> None:
    file = tmp_path / "directory.csv"
    file.write_text(
        "pcds,doterm,east1m,north1m,lad24cd,lad26cd,lad25cd\nGL1 1AD,,383316,218534,E1,E3,E2\n", encoding="utf-8"
    )
    assert read_directory_file(file).frame["district_code"].tolist() == ["E3"]


def test_without_a_termination_column_liveness_is_unknown(tmp_path: Path) -> None:
    file = tmp_path / "directory.csv"
    file.write_text("pcds,east1m,north1m,lad25cd\nGL1 1AD,383316,218534,\n", encoding="utf-8")
    read = read_directory_file(file)
    assert not read.tells_liveness
    assert read.frame["live"].isna().all()
    assert read.frame["district_code"].isna().all()


def check_code_point(path: Path) -> None:
    read = read_directory_file(path)
    assert read.kind == "Code-Point Open"
    assert read.frame["postcode"].tolist() == ["GL1 1AD", "GL194YN", "HR1 1AA"]
    assert read.frame["easting"].fillna(-1).tolist() == [383316, -1, 351000]
    assert np.isnan(read.frame["northing"][1])
    assert read.frame["district_code"].tolist() == ["E07000081", "E07000080", "E06000019"]
    assert read.frame["live"].tolist() == [True, True, True]
    assert read.tells_liveness
    assert not read.holds_terminated


def test_code_point_open_reads_without_headers(tmp_path: Path) -> None:
    folder = tmp_path / "codepo_gb"
    (folder / "Data" / "CSV").mkdir(parents=True)
    (folder / "Doc").mkdir()
    (folder / "Data" / "CSV" / "gl.csv").write_text(CODE_POINT, encoding="utf-8")
    hereford = CODE_POINT.splitlines()[0].replace("GL1 1AD", "HR1 1AA").replace("383316", "351000")
    (folder / "Data" / "CSV" / "hr.csv").write_text(hereford.replace("E07000081", "E06000019") + "\n", encoding="utf-8")
    (folder / "Doc" / "Code-Point_Open_Column_Headers.csv").write_text("PC,PQ,EA,NO\n" * 99, encoding="utf-8")
    check_code_point(folder)
    archive = tmp_path / "codepo_gb.zip"
    with zipfile.ZipFile(archive, "w") as written:
        for file in sorted(folder.rglob("*.csv")):
            written.write(file, file.relative_to(folder))
    check_code_point(archive)


def test_code_point_open_reads_with_headers_too(tmp_path: Path) -> None:
    file = tmp_path / "codepoint.csv"
    file.write_text(
        "Postcode,Positional_quality_indicator,Eastings,Northings,Country_code,NHS_regional_HA_code,NHS_HA_code,"
        "Admin_county_code,Admin_district_code,Admin_ward_code\n" + CODE_POINT,
        encoding="utf-8",
    )
    read = read_directory_file(file)
    assert read.kind == "Code-Point Open"
    assert read.frame["district_code"].tolist() == ["E07000081", "E07000080"]


def many(rows: int, wrong: int) -> str:
    good = "GL1 1AD,,383316,218534,E07000081,51.865133,-2.243699\n"
    bad = "GL1 1AD,,383316,218534,E07000081,51.870133,-2.243699\n"  # 556 m further north
    return "pcds,doterm,east1m,north1m,lad25cd,lat,long\n" + good * (rows - wrong) + bad * wrong


def test_a_few_rows_whose_positions_disagree_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "directory.csv"
    file.write_text(many(400, 3), encoding="utf-8")
    assert read_directory_file(file).disagreeing == 3


def test_many_rows_whose_positions_disagree_are_an_error(tmp_path: Path) -> None:
    file = tmp_path / "directory.csv"
    file.write_text(many(400, 5), encoding="utf-8")
    with pytest.raises(PostcodeError, match=r"directory\.csv .* 5 of 400 rows"):
        read_directory_file(file)
    swapped = many(10, 0).replace("51.865133,-2.243699", "-2.243699,51.865133")
    file.write_text(swapped, encoding="utf-8")
    with pytest.raises(PostcodeError, match="10 of 10 rows"):
        read_directory_file(file)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "lacks a column for: postcode, easting, northing, district code"),
        ("a.csv", b"pcds,lat,long\nGL1 1AD,51,-2\n", "lacks a column for: easting, northing, district code"),
        ("a.csv", b"pcds,east1m,north1m,lad25cd\n", "holds no rows"),
        ("a.csv", b"pcds,east1m,north1m,lad25cd\nGL1 1AD,1\n", "cannot be read as a table"),
        ("a.csv", b"pcds,east1m,north1m,lad25cd\nGL1 1AD,secret,1,E1\n", "cannot be read as a table"),
        ("a.csv", b"GL1 1AD,10,1\n", "cannot be read as a table"),
        ("a.csv", bytes(range(256)) * 8, "lacks a column"),
        ("a.csv.gz", b"not packed at all", "damaged or locked"),
        ("a.zip", b"PK not a zip", "damaged or locked"),
        ("a.xlsx", b"x", "of no kind that can be read"),
    ],
)
def test_what_cannot_be_read_says_so_without_quoting_it(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(PostcodeError, match=says) as caught:
        read_directory_file(file)
    assert name in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_missing_file_and_an_empty_archive_are_errors(tmp_path: Path) -> None:
    with pytest.raises(PostcodeError, match=r"nowhere\.csv does not exist"):
        read_directory_file(tmp_path / "nowhere.csv")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as written:
        written.writestr("readme.txt", "nothing here")
    with pytest.raises(PostcodeError, match="holds no CSV file"):
        read_directory_file(tmp_path / "a.zip")
    with pytest.raises(PostcodeError, match="holds no CSV file"):
        read_directory_file(tmp_path)
