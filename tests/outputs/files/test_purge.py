"""A purge deletes what a run of ours wrote under ``internal/`` and nobody changed, and nothing else in the world."""

import dataclasses
import datetime as dt
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from marketmap.cli import app
from marketmap.errors import OutputError
from marketmap.outputs.files.purge import carry_out, find_runs, plan_purges
from marketmap.outputs.files.reading import read_plan
from marketmap.outputs.files.record import read_record
from marketmap.outputs.plans.lookup import look_up
from marketmap.outputs.workspace.places import read_workspace
from marketmap.outputs.workspace.upload_purge import plan_upload_purges
from tests.outputs.factory import make_record
from tests.outputs.files.test_folder import OutputFolder, contents

DAY = dt.date(2026, 6, 30)
LATER = dt.date(2026, 7, 1)
TODAY = dt.date(2026, 11, 22)
RUN = CliRunner()


def write(out: Path, day: dt.date = DAY) -> Path:
    with OutputFolder(out) as folder:
        folder.write_bytes("internal/points.csv", b"postcode\r\nGL1 1AA\r\n")
        folder.write_bytes("internal/maps/map.html", b"<p></p>")
        folder.write_bytes("public/table.csv", b"people\r\n*\r\n")
        folder.finish(dataclasses.replace(make_record(), snapshot_date=day))
    return out


def purge(*folders: Path, before: dt.date = LATER) -> int:
    return sum(carry_out(plan, on=TODAY) for plan in plan_purges(folders, before=before))


def test_internal_files_go_and_the_record_says_so(tmp_path: Path) -> None:
    out = write(tmp_path / "out")
    hashes = read_record(out).outputs
    age = (out / "run.json").stat().st_mtime_ns
    assert purge(out) == 2
    assert set(contents(out)) == {"README.txt", "run.json", "public/table.csv"}
    assert not (out / "internal").exists()
    record = read_record(out)
    assert record.outputs == hashes
    assert record.purged == {"on": "2026-11-22", "files": ["internal/maps/map.html", "internal/points.csv"]}
    assert (out / "run.json").stat().st_mtime_ns == age
    assert plan_purges([out], before=LATER) == []  # once is enough


def test_only_older_data_go(tmp_path: Path) -> None:
    out = write(tmp_path / "out")
    assert plan_purges([out], before=DAY) == []
    assert [plan.files for plan in plan_purges([out], before=LATER)] == [
        ("internal/maps/map.html", "internal/points.csv")
    ]


def test_nothing_foreign_is_touched(tmp_path: Path) -> None:
    out = write(tmp_path / "out")
    (out / "internal" / "mine.xlsx").write_bytes(b"mine")
    (out / "internal" / "points.csv").write_bytes(b"changed by hand")
    (plan,) = plan_purges([out], before=LATER)
    assert plan.files == ("internal/maps/map.html",)
    assert [path for path, _ in plan.kept] == ["internal/points.csv"]
    assert "changed" in plan.kept[0][1]
    assert carry_out(plan, on=TODAY) == 1
    assert (out / "internal" / "mine.xlsx").read_bytes() == b"mine"
    assert (out / "internal" / "points.csv").read_bytes() == b"changed by hand"


def test_links_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere" / "points.csv"
    out = write(tmp_path / "out")
    secret.parent.mkdir()
    secret.write_bytes((out / "internal" / "points.csv").read_bytes())
    (out / "internal" / "points.csv").unlink()
    (out / "internal" / "points.csv").symlink_to(secret)
    other = write(tmp_path / "other")
    (other / "internal").rename(tmp_path / "moved")
    (other / "internal").symlink_to(tmp_path / "moved", target_is_directory=True)
    assert purge(out, other) == 1  # out's map
    assert secret.exists()
    assert (tmp_path / "moved" / "points.csv").exists()
    (tmp_path / "link").symlink_to(out, target_is_directory=True)
    with pytest.raises(OutputError, match="link is a link"):
        plan_purges([tmp_path / "link"], before=LATER)


@pytest.mark.parametrize("path", ["internal/../../victim.txt", "internal/./points.csv", "internal//points.csv"])
def test_a_record_cannot_point_out_of_its_folder(tmp_path: Path, path: str) -> None:
    out = write(tmp_path / "out")
    victim = tmp_path / "victim.txt"
    victim.write_bytes((out / "internal" / "points.csv").read_bytes())
    raw = json.loads((out / "run.json").read_text())
    raw["outputs"] = {path: raw["outputs"]["internal/points.csv"]}
    (out / "run.json").write_text(json.dumps(raw))
    assert purge(out) == 0
    assert victim.exists()
    assert (out / "internal" / "points.csv").exists()


def test_only_output_folders_are_found(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a"), write(tmp_path / "months" / "2026-06")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "run.json").write_text('{"schema": "other"}')
    (tmp_path / "link").symlink_to(first, target_is_directory=True)
    assert find_runs(tmp_path) == [first, second]
    with pytest.raises(OutputError, match=r"run\.json"):
        plan_purges([tmp_path / "foreign"], before=LATER)
    with pytest.raises(OutputError, match="There is no output folder"):
        plan_purges([tmp_path / "absent"], before=LATER)


def test_a_purge_that_broke_off_is_taken_up_again(tmp_path: Path) -> None:
    out = write(tmp_path / "out")
    (out / "internal" / "maps" / "map.html").unlink()
    assert purge(out) == 1
    assert read_record(out).purged["files"] == ["internal/maps/map.html", "internal/points.csv"]


def test_the_command_lists_and_asks(tmp_path: Path) -> None:
    out = write(tmp_path / "out")
    words = ["purge", "--before", "2026-07-01", "--root", str(tmp_path)]
    asked = RUN.invoke(app, words)
    assert isinstance(asked.exception, OutputError)  # nobody is at the keyboard
    assert "--yes" in str(asked.exception)
    assert "internal/points.csv" in asked.output
    assert (out / "internal" / "points.csv").exists()
    assert RUN.invoke(app, [*words, "--yes"]).exit_code == 0
    assert not (out / "internal").exists()
    again = RUN.invoke(app, [*words, "--yes"])
    assert again.exit_code == 0
    assert "nothing is deleted" in again.output
    wrong = RUN.invoke(app, ["purge", "--before", "June", "--root", str(tmp_path)])
    assert "--before" in str(wrong.exception)


def test_whoever_reads_it_is_told_of_the_purge(tmp_path: Path) -> None:
    out = write(tmp_path / "out")
    raw = json.loads((out / "run.json").read_text())
    raw["outputs"]["internal/block_proposals.csv"] = "0"
    (out / "run.json").write_text(json.dumps(raw))
    purge(out)
    with pytest.raises(OutputError, match="purged on 2026-11-22"):
        look_up(out, ["GL1 1AA"])
    with pytest.raises(OutputError, match="purged on 2026-11-22"):
        read_plan(out)
    checked = RUN.invoke(app, ["check", "--out", str(out)])
    assert checked.exit_code == 0
    assert "purged on 2026-11-22" in checked.output


def test_the_apps_workspace_is_purged_as_well(tmp_path: Path) -> None:
    work = read_workspace({"MARKETMAP_WORK": str(tmp_path / "out-app"), "MARKETMAP_COUNTY": str(tmp_path / "county")})
    tables = {"packages.csv": b"package_id\n", "providers.csv": b"provider_id\n"}
    old, new = work.add_upload(tables, user="ann"), work.add_upload(tables, user="ann")
    file = work.counties / old.county_id / "place.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"added": "2026-06-30T23:59:59+00:00"}))
    runs = [write(old.results["rural"]), write(work.jobs / "j-1" / "out"), write(work.plans / "p-1-1")]
    late = write(new.results["rural"], TODAY)
    words = ["purge", "--before", "2026-07-01", "--root", str(tmp_path), "--yes"]
    done = RUN.invoke(app, words)
    assert done.exit_code == 0
    assert "delete tables/packages.csv" in done.output
    assert "Deleted 6 internal file(s); 3 run record(s) say so. Deleted 2 uploaded table(s)." in done.output
    assert [(run / "internal").exists() for run in (*runs, late)] == [False, False, False, True]
    assert list(old.folder.iterdir()) == []
    assert {path.name for path in new.folder.iterdir()} == set(tables)
    assert work.places("ann") == [work.first, new]
    assert "nothing is deleted" in RUN.invoke(app, words).output


def test_uploads_behind_links_and_foreign_places_are_left(tmp_path: Path) -> None:
    work = read_workspace({"MARKETMAP_WORK": str(tmp_path / "out-app"), "MARKETMAP_COUNTY": str(tmp_path / "county")})
    place = work.add_upload({"packages.csv": b"package_id\n"}, user="ann")
    elsewhere = tmp_path / "elsewhere"
    place.folder.rename(elsewhere)
    place.folder.symlink_to(elsewhere, target_is_directory=True)
    foreign = tmp_path / "foreign"
    (foreign / "tables").mkdir(parents=True)
    (foreign / "tables" / "packages.csv").touch()
    (foreign / "place.json").write_text('{"schema": "other", "added": "2020-01-01T00:00:00+00:00"}')
    assert plan_upload_purges(tmp_path, before=dt.date(2100, 1, 1)) == []
