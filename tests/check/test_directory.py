"""The checker's own postcode directory, on the real postcodes of a county and its neighbours."""

import string
from pathlib import Path

import pandas as pd
import pytest

from marketmap.check import directory
from marketmap.check.directory import find_postcodes
from marketmap.check.findings import Unreadable

GLOUCESTERSHIRE = frozenset(f"E070000{number}" for number in range(78, 84))


def test_county_reaches_over_every_first_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "LETTERS", string.ascii_uppercase)
    found = find_postcodes(district_codes=GLOUCESTERSHIRE, wanted=frozenset({"LE15 6HP", "BT1 1AA"}), file=None)
    inside = found[found["district_code"].isin(GLOUCESTERSHIRE)]
    assert set(inside.index.str[0]) == set("GHNOSW")
    assert inside["easting"].between(350_000, 430_000).all()
    assert inside["northing"].between(180_000, 250_000).all()
    assert found.index.is_unique
    assert list(found.index) == sorted(found.index)
    assert set(found.index) - set(inside.index) == {"LE15 6HP"}
    assert set(found["live"]) == {"unknown"}


def write_rows(path: Path, **columns: list[object]) -> Path:
    packed = {"method": "zip", "archive_name": "Data/ONSPD_UK.csv"} if path.suffix == ".zip" else "infer"
    pd.DataFrame(columns).to_csv(path, index=False, compression=packed)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".zip"])
def test_old_and_packed_directories_are_read(tmp_path: Path, suffix: str) -> None:
    path = write_rows(
        tmp_path / f"onspd{suffix}",
        PCD=["GL1 1AA", "GL1 1AB", "GL1 1AD", "BT1 1AA"],
        doterm=["", "202001", "", ""],
        oslaua=["E07000081"] * 4,
        oseast1m=[383_000, 383_000, "", 333_000],
        osnrth1m=[218_000, 218_000, "", 374_000],
        osgrdind=[1, 1, 9, 1],
    )
    found = find_postcodes(district_codes=frozenset({"E07000081"}), wanted=frozenset({"BT1 1AA"}), file=path)
    assert found.loc["GL1 1AA", "live"] == "yes"
    assert found.loc["GL1 1AB", "live"] == "no"
    assert "GL1 1AD" not in found.index  # no grid reference in the file; the package is not asked then
    assert "BT1 1AA" not in found.index


def test_file_of_live_postcodes_says_which_are_terminated(tmp_path: Path) -> None:
    folder = tmp_path / "codepo" / "Data" / "CSV"
    folder.mkdir(parents=True)
    (folder / "gl.csv").write_text('"GL1 1AA",10,383000,218000,"","","","","E07000081",""\n', encoding="utf-8")
    found = find_postcodes(district_codes=frozenset({"E07000081"}), wanted=frozenset(), file=tmp_path / "codepo")
    reached = found.index.str.startswith("GL1 ")
    assert found.loc["GL1 1AA", "live"] == "yes"
    assert set(found.loc[reached, "live"]) == {"yes", "no"}
    assert set(found.loc[~reached, "live"]) == {"unknown"}


def test_file_without_districts_is_unreadable(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "list.csv", pcds=["GL1 1AA"], east1m=[1], north1m=[1])
    with pytest.raises(Unreadable, match="district_code"):
        find_postcodes(district_codes=frozenset(), wanted=frozenset(), file=path)
