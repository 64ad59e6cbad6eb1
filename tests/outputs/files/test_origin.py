"""Whose data a run was made of: the same folder by any name, a copy of it, and no other county."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from marketmap.outputs.files.folder import hash_file
from marketmap.outputs.files.origin import is_of_county
from tests.outputs.files.test_record import RECORD


@pytest.fixture
def county(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "county"
    folder.mkdir(parents=True)
    for name in ("packages", "providers"):
        (folder / f"{name}.csv").write_text(f"{name}_id\n1\n")
    return folder


def test_a_folder_is_known_by_its_path_and_by_its_packages(
    tmp_path: Path, county: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = {"name": "packages.csv", "sha256": hash_file(county / "packages.csv"), "rows": 1}
    made = dataclasses.replace(RECORD, county_folder="data/county", inputs={"packages": packages})
    elsewhere = Path(shutil.copytree(county, tmp_path / "copy"))
    monkeypatch.chdir(tmp_path / "copy")  # where data/county is no folder
    assert is_of_county(made, county)
    assert is_of_county(made, elsewhere)
    (elsewhere / "packages.csv").write_text("packages_id\n2\n")
    assert not is_of_county(made, elsewhere)
    (elsewhere / "packages.csv").unlink()
    assert not is_of_county(made, elsewhere)
    assert not is_of_county(made, tmp_path / "none")
    # Next month's tables in the same folder are the same county's.
    monkeypatch.chdir(tmp_path)
    (county / "packages.csv").write_text("packages_id\n3\n")
    assert is_of_county(made, county)
    # A record that names no packages is of nobody's.
    assert not is_of_county(dataclasses.replace(made, inputs={}), tmp_path / "copy")
