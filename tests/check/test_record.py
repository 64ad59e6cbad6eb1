"""Run records and files that are missing, tampered with, malformed or in the wrong place."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from marketmap.check import check_plan
from tests.check.findings import checks
from tests.plan_files import (
    ELIGIBLE,
    NEIGHBOURS,
    POINTS,
    POSTCODES,
    PROPOSALS,
    ROAD,
    UNPLACED,
    Row,
    edit_record,
    sign_again,
)
from tests.plan_folder import Draft

ALWAYS_WRITTEN = (PROPOSALS, POSTCODES, POINTS, ELIGIBLE, NEIGHBOURS, UNPLACED)


@pytest.mark.parametrize(
    ("keys", "value", "caught_by"),
    [
        (("solver", "objective"), 1.0, "objective"),
        (("solver", "lower_bound"), None, "bound"),
        (("solver", "gap"), 0.01, "bound"),
        (("solver", "relaxed"), "contiguity", "bound"),
        (("notes",), None, "record-complete"),
        (("roads", "illustrative"), None, "record-complete"),
        (("synthetic",), True, "synthetic-said"),
        (("snapshot_date",), "2025-03-30", "snapshot"),
        (("snapshot_date",), "31 March", "readable"),
        (("settings", "blocks", "min_hours"), -1.0, "readable"),
        (("settings", "blocks", "minimum"), 1.0, "readable"),
        (("inputs", "packages", "rows"), 3, "inputs-unchanged"),
        (("inputs", "packages", "sha256"), "0", "inputs-unchanged"),
        (("inputs", "packages", "name"), "gone.csv", "readable"),
        (("outputs", POINTS), "0", "outputs-unchanged"),
        (("county_folder",), "nowhere", "readable"),
    ],
)
def test_record_that_is_wrong(tmp_path: Path, keys: tuple[str, ...], value: Any, caught_by: str) -> None:
    out = Draft().write(tmp_path)

    def change(record: Row) -> None:
        entry = record
        for key in keys[:-1]:
            entry = entry[key]
        entry[keys[-1]] = value

    edit_record(out, change)
    assert caught_by in checks(check_plan(out))


def make_synthetic(draft: Draft) -> None:
    draft.settings["county"] |= {"synthetic": True, "synthetic_note": "Made up."}


def say_real_roads(draft: Draft) -> None:
    draft.changes.append(lambda tables: tables[PROPOSALS][1].update(basis="the council's data; real roads"))


def say_nothing(draft: Draft) -> None:
    draft.changes.append(lambda tables: tables[PROPOSALS][1].update(basis=" "))


@pytest.mark.parametrize(
    ("lie", "what"),
    [
        (make_synthetic, "3 blocks whose basis does not say that the data are synthetic"),
        (say_real_roads, "1 block whose basis does not say that the roads are illustrative"),
        (say_nothing, "1 block whose basis does not say on what they rest"),
    ],
)
def test_figures_that_hide_what_they_rest_on(tmp_path: Path, lie: Callable[[Draft], None], what: str) -> None:
    draft = Draft()
    lie(draft)
    out = draft.write(tmp_path)
    made_up = draft.settings["county"]["synthetic"]
    edit_record(out, lambda record: record.update(synthetic=made_up, synthetic_note="Made up."))
    findings = check_plan(out)
    assert checks(findings) == {"basis"}
    assert what in {finding.what for finding in findings}


def test_figures_from_made_up_data_that_say_so_stand(tmp_path: Path) -> None:
    draft = Draft()
    make_synthetic(draft)
    draft.changes.append(
        lambda tables: [row.update(basis="synthetic data; illustrative roads") for row in tables[PROPOSALS]]
    )
    out = draft.write(tmp_path)
    edit_record(out, lambda record: record.update(synthetic=True, synthetic_note="Made up."))
    assert check_plan(out) == []


def test_objective_off_by_a_minute_is_noticed(tmp_path: Path) -> None:
    out = Draft().write(tmp_path)
    edit_record(out, lambda record: record["solver"].update(objective=record["solver"]["objective"] + 1.0))
    assert "objective" in checks(check_plan(out))


@pytest.mark.parametrize("entry", ["settings", "solver", "inputs", "outputs", "snapshot_date", "county_folder"])
def test_record_without_an_entry_is_a_finding(tmp_path: Path, entry: str) -> None:
    out = Draft().write(tmp_path)
    edit_record(out, lambda record: record.pop(entry))
    assert "record-complete" in checks(check_plan(out))


def test_setting_that_is_not_echoed_is_noticed(tmp_path: Path) -> None:
    out = Draft().write(tmp_path)
    edit_record(out, lambda record: record["settings"]["blocks"].pop("round_hours"))
    assert checks(check_plan(out)) == {"record-settings"}


@pytest.mark.parametrize(
    "name", [PROPOSALS, POSTCODES, POINTS, ELIGIBLE, NEIGHBOURS, "internal/unplaced.csv", "run.json"]
)
def test_missing_file_is_a_finding(tmp_path: Path, name: str) -> None:
    out = Draft().write(tmp_path)
    (out / name).unlink()
    findings = check_plan(out)
    assert "readable" in checks(findings)
    assert any(finding.file == name and "missing" in finding.what for finding in findings)


@pytest.mark.parametrize(
    "name", [PROPOSALS, POSTCODES, POINTS, ELIGIBLE, NEIGHBOURS, "internal/unplaced.csv", "run.json"]
)
@pytest.mark.parametrize("junk", [b"", b"\xff\xfe\x00", b"a,b\r\n1,2,3\r\n", b'"open'])
def test_junk_is_a_finding_and_no_traceback(tmp_path: Path, name: str, junk: bytes) -> None:
    out = Draft().write(tmp_path)
    (out / name).write_bytes(junk)
    assert "readable" in checks(check_plan(out))


def test_folder_that_does_not_exist_is_a_finding(tmp_path: Path) -> None:
    assert checks(check_plan(tmp_path / "none")) == {"readable"}


def test_county_that_moved_is_found_where_the_caller_says(tmp_path: Path) -> None:
    out = Draft().write(tmp_path)
    (tmp_path / "county").rename(tmp_path / "moved")
    assert "readable" in checks(check_plan(out))
    assert check_plan(out, county=tmp_path / "moved") == []


def test_changed_input_is_noticed(tmp_path: Path) -> None:
    out = Draft().write(tmp_path)
    path = tmp_path / "county" / "providers.csv"
    path.write_bytes(path.read_bytes() + b"\r\n")  # a blank row: nothing but the bytes has changed
    assert checks(check_plan(out)) == {"inputs-unchanged"}


def test_table_that_was_not_read_is_noticed(tmp_path: Path) -> None:
    out = Draft().write(tmp_path)
    (tmp_path / "county" / "visits.csv").write_bytes(b"visit_id\r\n1\r\n")
    assert checks(check_plan(out)) == {"inputs-complete"}


def test_tampered_output_is_noticed_by_its_hash(tmp_path: Path) -> None:
    out = Draft().write(tmp_path)
    path = out / POSTCODES
    path.write_bytes(path.read_bytes().replace(b"Spot purchase is cheaper", b"Nobody wants to go there", 1))
    assert checks(check_plan(out)) == {"outputs-unchanged"}
    sign_again(out, POSTCODES)
    assert check_plan(out) == []


def test_added_file_is_noticed(tmp_path: Path) -> None:
    out = Draft().write(tmp_path)
    (out / "internal" / "more.csv").write_bytes(b"a\r\n1\r\n")
    assert checks(check_plan(out)) == {"outputs-unchanged"}


def test_client_postcode_outside_internal_is_noticed(tmp_path: Path) -> None:
    out = Draft().write(tmp_path)
    (out / "README.txt").write_text(f"Somebody at {ROAD[0]} waits.", encoding="utf-8")
    assert checks(check_plan(out)) == {"nothing-leaked", "outputs-unchanged"}
    shutil.copy(out / POINTS, out / "points.csv")
    assert "nothing-leaked" in checks(check_plan(out))


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (b"\r\n", b"\n", "CRLF"),
        (b"postcode,", b"\xef\xbb\xbfpostcode,", "byte-order mark"),
        (b"yes,Inside the zone\r\n", b"yes,Inside the zone,\r\n", "more or fewer cells"),
        (b"reason\r\n", b"reason\r\npostcode,block_id,x,y,z,reason\r\n", ""),
    ],
)
def test_malformed_csv_is_noticed(tmp_path: Path, old: bytes, new: bytes, what: str) -> None:
    out = Draft().write(tmp_path)
    path = out / POSTCODES
    raw = path.read_bytes()
    assert old in raw
    path.write_bytes(raw.replace(old, new, 1))
    findings = check_plan(out)
    assert checks(findings) >= {"outputs-unchanged"}
    assert not what or any(finding.check == "csv-form" and what in finding.what for finding in findings)


def test_cell_that_a_spreadsheet_could_run_is_noticed(tmp_path: Path) -> None:
    out = Draft().write(tmp_path)
    path = out / PROPOSALS
    path.write_bytes(path.read_bytes().replace(b"'=Second()", b"=Second()"))
    sign_again(out, PROPOSALS)
    assert checks(check_plan(out)) == {"csv-inert"}
