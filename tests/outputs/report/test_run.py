"""Reports of a small county: what is written, for whom, and what a failure or a kill leaves behind."""

import csv
import hashlib
import io
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from marketmap.errors import OutputError
from marketmap.outputs.files.record import read_record
from marketmap.outputs.report.kinds import KINDS
from marketmap.outputs.report.run import run_report
from tests.outputs.factory import HOSTILE_NAMES, write_county

NAMES = [name for name in HOSTILE_NAMES if len(name) <= 100 and name.isprintable()]
SMALLEST = """package_id,postcode,service_type,status,hours_week,visits_week,carers_required,provider_id
P1,LE15 6HP,home_care,active,10.5,21,1,V00
"""


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_county(tmp_path_factory.mktemp("small") / "county", names=NAMES, count=160)
    packages = pd.read_csv(folder / "packages.csv")
    asked = pd.Timestamp("2026-03-30") - pd.to_timedelta(packages.index % 60, unit="D")
    packages["ready_date"] = asked.strftime("%Y-%m-%d")
    began = asked + pd.to_timedelta(packages.index % 23, unit="D")
    packages["start_date"] = began.strftime("%Y-%m-%d").where(packages["status"] == "active", "")
    packages.loc[began > pd.Timestamp("2026-03-31"), ["ready_date", "start_date"]] = "2026-03-01"
    packages.loc[packages["status"] != "active", "start_date"] = ""
    packages.to_csv(folder / "packages.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def reports(county: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    for kind in KINDS:
        run_report(kind, county, folder / kind)  # type: ignore[arg-type]
    return folder


@pytest.fixture(scope="module", params=list(KINDS))
def out(request: pytest.FixtureRequest, reports: Path) -> Path:
    return reports / str(request.param)


def kind_of(out: Path) -> str:
    return out.name


def test_both_pages_and_their_tables_are_written(out: Path) -> None:
    kind = kind_of(out)
    assert (out / "internal" / f"{kind}.html").is_file()
    assert (out / "public" / f"{kind}.html").is_file()
    record = read_record(out)
    assert set(record.outputs) == {
        path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file() and path.name != "run.json"
    }
    assert not record.solver  # so that nobody takes it for a plan


def test_what_a_mile_is_reckoned_at_stands_by_the_prices(reports: Path) -> None:
    page = (reports / "report" / "internal" / "report.html").read_text(encoding="utf-8")
    assert "£0.45 a mile (market.mileage_pounds: HMRC" in page


def test_tables_are_whole_and_no_cell_runs(out: Path) -> None:
    for path in out.rglob("*.csv"):
        content = path.read_bytes()
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert b"\n" not in content.replace(b"\r\n", b"")
        assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "@")]


def test_no_postcode_of_a_package_is_public(out: Path, county: Path) -> None:
    postcodes = pd.read_csv(county / "packages.csv")["postcode"].unique()
    for path in (out / "public").iterdir():
        content = path.read_bytes().upper()
        for postcode in postcodes:
            assert postcode.encode() not in content
            assert postcode.replace(" ", "").encode() not in content


def test_no_provider_is_public(out: Path) -> None:
    for path in (out / "public").iterdir():
        content = path.read_text(encoding="utf-8", errors="replace")
        assert not [name for name in NAMES if name in content]
        assert "alert(" not in content


def test_pages_hold_no_live_markup_from_data(out: Path) -> None:
    for path in out.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert "<img" not in page
        assert "<script" not in page


def test_absent_tables_are_named(out: Path) -> None:
    page = (out / "internal" / f"{kind_of(out)}.html").read_text(encoding="utf-8")
    assert "eeds table" in page


def test_layers_open_and_lie_in_the_county(out: Path) -> None:
    for path in out.rglob("*.gpkg"):
        for layer in gpd.list_layers(path)["name"]:
            frame = gpd.read_file(path, layer=layer)
            assert frame.crs.to_epsg() == 27700
            assert frame["area_code"].is_unique or "kind" in frame
            assert len(frame)


def test_two_runs_give_the_same_bytes(county: Path, reports: Path, tmp_path: Path) -> None:
    # README.txt and run.json name the folder and the hour.
    records = [read_record(reports / "rural"), run_report("rural", county, tmp_path / "again")]
    same = [{path: digest for path, digest in record.outputs.items() if path != "README.txt"} for record in records]
    assert same[0] == same[1]


def test_one_package_is_enough(tmp_path: Path) -> None:
    county = write_county(tmp_path / "county")
    (county / "packages.csv").write_text(SMALLEST)
    for kind in KINDS:
        run_report(kind, county, tmp_path / kind)  # type: ignore[arg-type]
        page = (tmp_path / kind / "public" / f"{kind}.html").read_text(encoding="utf-8")
        assert "10.5" not in page


def test_an_unknown_district_is_told_with_those_there_are(county: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"no district 'Atlantis'. It has: Rutland \(E06000017\)"):
        run_report("rural", county, tmp_path / "out", district="Atlantis")
    assert not (tmp_path / "out").exists()
    run_report("rural", county, tmp_path / "out", district="rutland")


def digests(out: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in out.rglob("*") if path.is_file()}


def test_the_verbs_are_quiet_and_say_faults_without_a_traceback(county: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "marketmap", "monitor", "--county", str(county), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    before = digests(tmp_path / "out")
    command[5] = str(tmp_path)
    failed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert failed.returncode == 2
    assert "packages" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert digests(tmp_path / "out") == before


def test_a_killed_run_leaves_the_last_one_whole(county: Path, reports: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(reports / "report", out)
    before = digests(out)
    command = [sys.executable, "-m", "marketmap", "report", "--county", str(county), "--out", str(out)]
    killed = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not [*tmp_path.glob(".out.building-*/internal/*.csv")]:  # in the middle of writing
        assert killed.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.002)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert digests(out) == before
    run_report("monitor", county, out)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
