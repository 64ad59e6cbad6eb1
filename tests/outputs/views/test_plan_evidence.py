"""What simulated rounds of a plan save: read only where they are of that plan, told a week with its interval."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.origin import name_plan
from marketmap.outputs.files.record import read_record
from marketmap.outputs.schema.block import BLOCK_POSTCODES
from marketmap.outputs.schema.round import DIFFERENCES
from marketmap.outputs.views.plan_evidence import (
    PlanEvidence,
    read_plan_evidence,
    tell_beside,
    tell_missing,
    tell_simulated,
    tell_simulated_block,
)
from tests.outputs.factory import make_record

NAN = float("nan")
EMPTY = pd.DataFrame(columns=["saved", "low", "high"])


def write_plan(folder: Path, zones: bytes) -> Path:
    with OutputFolder(folder) as output:
        output.write_bytes(BLOCK_POSTCODES.path, zones)
        output.finish(make_record())
    return folder


def write_rounds(folder: Path, *, plan: Path, policies: tuple[str, ...] = ("swaps", "all"), days: int = 2) -> Path:
    rows = []
    for number, policy in enumerate(policies):
        for level, area in (("county", "county"), ("block", "B001"), ("provider", "B001")):
            saved = {"county": 120.0, "block": 30.0}.get(level, 999.0) + number
            ends = {"minutes_saved": saved, "minutes_saved_low": saved - 60, "minutes_saved_high": saved + 60}
            words = {"policy": policy, "level": level, "area_code": area, "basis": "made up", "days": days}
            rows.append({column.name: 1.0 for column in DIFFERENCES.columns} | words | ends)
    record = make_record(solver={}, plan=name_plan(read_record(plan)), settings={"rounds": {"confidence": 0.9}})
    with OutputFolder(folder) as output:
        output.write_table(pd.DataFrame(rows, columns=list(DIFFERENCES.names)), DIFFERENCES)
        output.finish(record)
    return folder


def test_two_days_of_the_plans_rounds_are_told_as_a_week(tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "plan", b"B001")
    found = read_plan_evidence(write_rounds(tmp_path / "rounds", plan=plan), plan)
    assert found is not None
    assert (found.days, found.confidence) == (2, 0.9)
    assert found.saved == pytest.approx((121 * 3.5, 61 * 3.5, 181 * 3.5))
    assert tell_simulated_block(found, "B001") == "108 min (-102 to 318)"
    assert tell_simulated_block(found, "B002") == "no visit on those days"


def test_rounds_of_another_plan_or_of_today_alone_tell_nothing(tmp_path: Path) -> None:
    plan, other = (write_plan(tmp_path / name, name.encode()) for name in ("plan", "other"))
    copy = write_plan(tmp_path / "copy", b"plan")
    rounds = write_rounds(tmp_path / "rounds", plan=plan)
    assert read_plan_evidence(rounds, other) is None
    assert read_plan_evidence(rounds, copy) is not None
    assert read_plan_evidence(write_rounds(tmp_path / "none", plan=plan, policies=("swaps",)), plan) is None
    assert tell_simulated_block(None, "B001") == "not simulated"


SAVES = PlanEvidence(days=7, confidence=0.95, saved=(40_746.0, 35_168.0, 45_947.0), blocks=EMPTY)


@pytest.mark.parametrize(
    ("saved", "told"),
    [
        (SAVES.saved, "679 hours a week less driving, if all in the zones moved (95% interval 586 to 766)."),
        ((-600.0, -1200.0, -60.0), "10 hours a week more driving, if all in the zones moved (95% interval 1 to 20)."),
        ((60.0, -60.0, 180.0), "moved (95% interval -1 to 3). That may be chance: the interval holds 0."),
        ((60.0, NAN, NAN), "1 hours a week less driving, if all in the zones moved (too few days for an interval)."),
    ],
)
def test_the_saving_is_a_sentence_with_its_interval(saved: tuple[float, float, float], told: str) -> None:
    sentence = tell_simulated(dataclasses.replace(SAVES, saved=saved))
    assert sentence.startswith("Simulated rounds of 7 days: ")
    assert sentence.endswith(told)
    assert "of 1 day:" in tell_simulated(dataclasses.replace(SAVES, days=1))


def test_beside_an_estimate_it_is_short() -> None:
    assert tell_beside(SAVES) == "simulated rounds save 679, 586 to 766"
    assert tell_beside(dataclasses.replace(SAVES, saved=(60.0, NAN, NAN))) == "simulated rounds save 1"


def test_where_there_are_none_it_is_said_how_to_get_them() -> None:
    assert "make rounds" in tell_missing(plan="county")
    saved = tell_missing(plan="saved")
    assert "have not been simulated" in saved
    assert "make rounds" not in saved  # which simulates the county's plan alone
    assert "save it under Change it" in tell_missing(plan="own run")
    older = tell_missing(plan="saved", older="version 2, saved 3 May 10:20")
    assert older.startswith("Simulated rounds are of version 2, saved 3 May 10:20; this plan was changed since.")
