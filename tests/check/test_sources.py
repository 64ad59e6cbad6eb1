"""The checker's own reading of the council's files: rejected rows, other spellings, formats and directories."""

from pathlib import Path

import pandas as pd
import pytest

from marketmap.check import check_plan
from tests.check.findings import checks
from tests.plan_files import DISTRICT, ROAD, Row, digest, edit_record, package
from tests.plan_folder import Draft


def reject_row(draft: Draft, *, share: float) -> None:
    """Spoil a package that the plan leaves out as rejected."""
    draft.settings["validation"]["max_rejected_share"] = share
    draft.packages.append(package(17, 0, -5, 7, "V1") | {"status": ""})
    row = {"table": "packages", "row": len(draft.packages) + 1, "reason": "not one of the allowed values"}
    draft.changes.append(lambda tables: tables.update({"internal/rejected.csv": [row]}))


@pytest.mark.parametrize(("share", "expected"), [(0.1, set()), (0.01, {"rejected-rows"})])
def test_rejected_rows_are_left_out_up_to_the_share(tmp_path: Path, share: float, expected: set[str]) -> None:
    draft = Draft()
    moved = draft.packages
    reject_row(draft, share=share)
    spoiled = moved[-1]
    draft.packages = moved[:-1]  # the plan does not see it, the file does
    out = draft.write(tmp_path)
    path = tmp_path / "county" / "packages.csv"
    cells = [str(spoiled[name]) for name in spoiled]
    path.write_bytes(path.read_bytes() + (",".join(cells) + "\r\n").encode())

    def rehash(record: Row) -> None:
        record["inputs"]["packages"] |= {"sha256": digest(path), "rows": len(moved)}

    edit_record(out, rehash)
    assert checks(check_plan(out)) == expected


def test_other_spellings_of_the_inputs_mean_the_same(tmp_path: Path) -> None:
    draft = Draft()
    out = draft.write(tmp_path)
    path = tmp_path / "county" / "packages.csv"
    text = path.read_text(encoding="utf-8")
    text = text.replace(ROAD[0], "gl11aa").replace("home_care", "Home care").replace("active", "Active")
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("package_id,", "Package_ID ,").encode())
    assert checks(check_plan(out)) == {"inputs-unchanged"}


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet"])
def test_inputs_in_other_formats_mean_the_same(tmp_path: Path, suffix: str) -> None:
    out = Draft().write(tmp_path)
    path = tmp_path / "county" / "packages.csv"
    frame = pd.read_csv(path)
    for name in ("effective_from", "effective_to"):
        frame[name] = pd.to_datetime(frame[name])
    other = path.with_suffix(suffix)
    frame.to_excel(other, index=False) if suffix == ".xlsx" else frame.to_parquet(other)
    path.unlink()
    edit_record(out, lambda record: record["inputs"]["packages"].update(name=other.name))
    assert checks(check_plan(out)) == {"inputs-unchanged"}


def test_snapshot_is_found_from_the_packages_where_no_setting_gives_it(tmp_path: Path) -> None:
    draft = Draft()
    draft.settings["county"]["snapshot_date"] = None
    draft.packages[0]["start_date"] = "2025-03-31"
    draft.packages[4] |= {"request_date": "2025-03-01", "start_date": "2025-06-01"}
    assert check_plan(draft.write(tmp_path)) == []
    later = tmp_path / "later"
    later.mkdir()
    draft.packages[0]["start_date"] = "2025-04-02"
    assert checks(check_plan(draft.write(later))) == {"snapshot"}


def test_code_point_open_without_header_tells_which_are_live(tmp_path: Path) -> None:
    draft = Draft()
    out = draft.write(tmp_path)
    lines = [
        f'"{name.replace(" ", "")}",10,{383_000 + 300 * place},218000,"E92000001","","","","{DISTRICT}",""'
        for place, name in enumerate(ROAD)
    ]
    lines.append('"GL29AA",10,383000,218000,"E92000001","","","","E06900002",""')
    (tmp_path / "county" / "onspd.csv").write_text("\n".join(lines), encoding="utf-8")
    assert check_plan(out) == []
