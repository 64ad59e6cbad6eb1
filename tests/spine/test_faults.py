"""Bad input, through the command line: everything told at once, exit code 2, no traceback, nothing half-written."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from marketmap.check import check_plan
from tests.spine.conftest import Run

PRIVATE = ("Zebedee Quillfeather", "9434765919")


def change(folder: Path, name: str, edit: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    path = folder / f"{name}.csv"
    edit(pd.read_csv(path, dtype=str, keep_default_na=False)).to_csv(path, index=False)


def spoil(packages: pd.DataFrame) -> pd.DataFrame:
    place = {name: packages.columns.get_loc(name) for name in packages.columns}
    packages.iloc[1] = packages.iloc[0]
    packages.iloc[2, place["hours_week"]] = "-3"
    packages.iloc[3, place["hours_week"]] = "ten"
    packages.iloc[4, place["hours_week"]] = "inf"
    packages.iloc[5, place["provider_id"]] = "NOBODY"
    packages.iloc[6, place["start_date"]] = "2026-02-30"
    packages.iloc[7, place["status"]] = "paused"
    return packages


PLANTED = {
    ("package_id", 2), ("package_id", 3), ("hours_week", 4), ("hours_week", 5), ("hours_week", 6), ("provider_id", 7),
    ("start_date", 8), ("status", 9),
}  # fmt: skip


def named_places(text: str, file: str) -> set[tuple[str, int]]:
    """Every (column, row) of a file that a message of faults names."""
    found = re.findall(rf"{re.escape(file)}, column (\w+), rows? ([0-9, ]+):", text)
    return {(column, int(row)) for column, rows in found for row in rows.split(",")}


def fails(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stdout + done.stderr
    return done.stderr


def test_all_faults_are_told_in_one_message(county_copy: Path, tmp_path: Path, run: Run) -> None:
    change(county_copy, "packages", spoil)
    areas = gpd.read_file(county_copy / "areas.gpkg")
    (county_copy / "areas.gpkg").unlink()
    areas.set_crs(None, allow_override=True).to_file(county_copy / "areas.gpkg")
    with (county_copy / "marketmap.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[blocks]\nmin_hours = 400\nmax_hours = 300\nfavourite_colour = 'red'\n")
    out = tmp_path / "out"
    text = fails(run("blocks", "--county", county_copy, "--out", out))
    assert named_places(text, "packages.csv") >= PLANTED
    for words in ("areas.gpkg", "blocks.favourite_colour", "blocks.min_hours"):
        assert words in text
    for value in ("NOBODY", "2026-02-30", "paused"):
        assert value not in text
    assert "reproject" in text.lower() or "coordinate reference system" in text.lower()
    assert not out.exists()
    assert list(tmp_path.glob(".*building*")) == []


def test_an_output_folder_that_stands_is_left_untouched(
    county_copy: Path, planned: Path, tmp_path: Path, run: Run
) -> None:
    change(county_copy, "packages", spoil)
    before = {path: path.read_bytes() for path in planned.rglob("*") if path.is_file()}
    fails(run("blocks", "--county", county_copy, "--out", planned))
    assert {path: path.read_bytes() for path in planned.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("spoiling", "words"),
    [
        (lambda folder: (folder / "providers.csv").unlink(), "providers"),
        (lambda folder: change(folder, "packages", lambda frame: frame.drop(columns="postcode")), "postcode"),
        (lambda folder: (folder / "packages.csv").write_bytes(b""), "empty"),
        (lambda folder: change(folder, "packages", lambda frame: frame.iloc[:0]), "no row"),
        (lambda folder: (folder / "packages.csv").write_bytes(bytes(range(256)) * 40), "packages.csv"),
    ],
    ids=["missing table", "missing column", "empty file", "header alone", "binary"],
)
def test_each_structural_fault_alone(
    spoiling: Callable[[Path], object], words: str, county_copy: Path, tmp_path: Path, run: Run
) -> None:
    spoiling(county_copy)
    text = fails(run("blocks", "--county", county_copy, "--out", tmp_path / "out"))
    assert words in text.lower()
    assert not (tmp_path / "out").exists()


def test_a_missing_column_is_told_beside_another_tables_fault(county_copy: Path, tmp_path: Path, run: Run) -> None:
    change(county_copy, "packages", lambda frame: frame.drop(columns="postcode"))
    change(county_copy, "providers", lambda frame: frame.assign(hours_spare_week="lots"))
    text = fails(run("blocks", "--county", county_copy, "--out", tmp_path / "out"))
    assert "postcode" in text
    assert "hours_spare_week" in text


def test_some_bad_rows_may_be_rejected_and_the_run_says_so(county_copy: Path, tmp_path: Path, run: Run) -> None:
    change(county_copy, "packages", spoil)
    with (county_copy / "marketmap.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[validation]\nmax_rejected_share = 0.05\n")
    out = tmp_path / "out"
    done = run("blocks", "--county", county_copy, "--out", out, "--max-iterations", 50)
    assert done.returncode == 0, done.stderr
    assert "rejected" in done.stdout
    rejected = pd.read_csv(out / "internal" / "rejected.csv", dtype=str, keep_default_na=False)
    # A package told twice is told nowhere: nobody knows which row is right.
    rows = rejected.loc[rejected["table"] == "packages", "row"]
    assert sorted(rows) == ["2", "3", "4", "5", "6", "7", "8", "9"]
    assert (rejected["reason"] != "").all()
    assert "rejected" in (out / "README.txt").read_text(encoding="utf-8")
    assert check_plan(out) == []


def test_unknown_columns_reach_no_output_log_or_cache(
    county_copy: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, out = tmp_path / "cache", tmp_path / "out"
    monkeypatch.setenv("MARKETMAP_CACHE", str(cache))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache / "xdg"))
    change(county_copy, "packages", lambda frame: frame.assign(client_name=PRIVATE[0], nhs_number=PRIVATE[1]))
    done = run("blocks", "--county", county_copy, "--out", out, "--max-iterations", 50)
    assert done.returncode == 0, done.stderr
    assert "client_name" in done.stdout
    files = [path for folder in (out, cache) for path in folder.rglob("*") if path.is_file()]
    assert any(cache in path.parents for path in files)
    haystack = [done.stdout.encode(), done.stderr.encode(), *(path.read_bytes() for path in files)]
    for private in PRIVATE:
        for encoding in ("utf-8", "utf-16-le"):
            assert not any(private.encode(encoding) in content for content in haystack)


def test_a_foreign_folder_is_never_replaced(rutland: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "precious"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    fails(run("blocks", "--county", rutland, "--out", out))
    assert (out / "thesis.txt").read_text() == "years of work"
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]
