"""The chapter on simulated rounds: only where a folder of them is given, and only inside the council."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from marketmap.errors import OutputError
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.report.pair_chart import AFTER, BEFORE, draw_pairs
from marketmap.outputs.report.run import run_report
from marketmap.outputs.schema.round import DIFFERENCES, ROUNDS
from tests.outputs.factory import make_record, write_county

HOSTILE = "all <script>alert(1)</script>"


def stop(policy: str, provider: str) -> dict[str, object]:
    words = {"policy": policy, "provider_id": provider, "visit_id": "V1", "package_id": "K1", "postcode": "LE15 6HP"}
    figures = {"begins": 600.0, "ends": 630.0, "carers": 2}
    return {column.name: 1.0 for column in ROUNDS.columns} | {"day": "2026-09-21", "shift": "early"} | words | figures


def write_rounds(out: Path, policies: tuple[str, ...] = ("all", HOSTILE), *, of: Path) -> Path:
    rows = []
    for number, policy in enumerate(policies):
        for level, area in (("county", "county"), ("district_code", "E06000017")):
            figures: dict[str, object] = {column.name: 1.0 for column in DIFFERENCES.columns}
            figures |= {
                "policy": policy, "level": level, "area_code": area, "basis": "made up",
                "minutes_hour_before": 6.5, "minutes_hour_after": 5.25 + number, "minutes_hour_change": number - 1.25,
                "minutes_hour_change_low": number - 2.0, "minutes_hour_change_high": float("nan") if number else -0.5,
                "hours_released": 40.0, "hours_ceiling": 45.0,
            }  # fmt: skip
            rows.append(figures)
    with OutputFolder(out) as folder:
        frame = pd.DataFrame(rows, columns=[column.name for column in DIFFERENCES.columns])
        folder.write_table(frame, DIFFERENCES)
        folder.write_table(pd.DataFrame([stop("today", "A"), stop("all", "B")]), ROUNDS)
        folder.finish(make_record(solver={}, county_folder=str(of)))
    return out


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_county(tmp_path_factory.mktemp("small") / "county", count=60)


def test_it_stands_inside_and_never_outside(county: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_report("monitor", county, out, rounds_folder=write_rounds(tmp_path / "rounds", of=county))
    inside = (out / "internal" / "monitor.html").read_text(encoding="utf-8")
    assert "Travel before and after, simulated" in inside
    assert "goes from 6.5 to 5.2 minutes (-1.25; 95% interval -2.00 to -0.50): 45 carer hours a week less" in inside
    assert "room for 40 more hours of care" in inside
    assert "1 of 1 packages with visits in these days, 100% of the carer hours, would change provider" in inside
    assert "all to their blocks: 6.5 before, 5.2 after" in inside
    assert "row is no saving" in inside
    assert "Rutland: 6.5 before, 5.2 after" in inside
    assert "<script>alert" not in inside
    assert (out / DIFFERENCES.path).is_file()
    outside = (out / "public" / "monitor.html").read_text(encoding="utf-8")
    assert "Travel before and after" not in outside
    assert "6.5 minutes" not in outside


def test_the_page_lists_the_county_under_every_policy_and_the_districts_under_the_blocks(
    county: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    rounds = write_rounds(tmp_path / "rounds", ("swaps", "all"), of=county)
    run_report("monitor", county, out, rounds_folder=rounds)
    inside = (out / "internal" / "monitor.html").read_text(encoding="utf-8")
    table = inside.split("Minutes of travel a carer hour</caption>")[1].split("</table>")[0]
    assert table.count(">county<") == 2
    assert ">-0.25" in table  # as the sentence above it: -0.2 would be another figure
    assert "E06000017" not in table
    assert "the districts, all to their blocks" in inside


def test_rounds_of_another_county_are_refused(county: Path, tmp_path: Path) -> None:
    rounds = write_rounds(tmp_path / "rounds", of=tmp_path / "elsewhere")
    with pytest.raises(OutputError, match=r"rounds holds simulated rounds of another county folder .*make: ROUNDS="):
        run_report("monitor", county, tmp_path / "out", rounds_folder=rounds)
    assert not (tmp_path / "out").exists()


def test_without_rounds_there_is_no_such_chapter(county: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_report("monitor", county, out)
    assert "Travel before and after" not in (out / "internal" / "monitor.html").read_text(encoding="utf-8")


def test_rounds_of_today_alone_say_so(county: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_report("monitor", county, out, rounds_folder=write_rounds(tmp_path / "rounds", (), of=county))
    assert "simulated rounds are of today alone" in (out / "internal" / "monitor.html").read_text(encoding="utf-8")


def test_a_row_without_an_end_is_left_out_of_the_chart() -> None:
    rows = pd.DataFrame({"label": ["A", "B"], BEFORE: [5.0, 6.0], AFTER: [4.0, float("nan")]})
    values = [value for part in draw_pairs(rows).to_dict()["datasets"].values() for value in part]
    assert {value["label"] for value in values} == {"A"}
