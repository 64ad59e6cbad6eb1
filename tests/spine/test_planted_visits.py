"""Faults planted in call monitoring, one by one: what the run says of each, and what becomes of the visit."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd
import pytest

from marketmap.errors import InputError
from marketmap.outputs.runs.rounds import run_rounds
from tests.outputs.factory import write_county

COLUMNS = ["visit_id", "carer_id", "provider_id", "package_id", "planned_start", "planned_end", "status"]
CARER = "K01"


@pytest.fixture
def county(tmp_path: Path) -> Path:
    return write_county(tmp_path / "county", count=12)


def plant(county: Path, *planted: dict[str, str]) -> pd.DataFrame:
    """Write a sound visit of each active package on one Monday, and the planted ones after them."""
    packages = pd.read_csv(county / "packages.csv", dtype=str, keep_default_na=False)
    active = packages[packages["status"] == "active"].drop_duplicates("package_id").reset_index(drop=True)
    rows = [
        {
            "visit_id": f"W{number:03d}",
            "carer_id": f"K{50 + number}",
            "provider_id": row["provider_id"],
            "package_id": row["package_id"],
            "planned_start": "2026-03-23T09:00",
            "planned_end": "2026-03-23T09:30",
            "status": "delivered",
        }
        for number, row in enumerate(active.to_dict("records"))
    ]
    first = rows[0]
    rows += [
        {**first, "visit_id": f"X{number}", "carer_id": CARER, **changes} for number, changes in enumerate(planted)
    ]
    with (county / "visits.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return active


def simulate(county: Path, out: Path) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    run_rounds(county, out, overrides={"rounds": {"processes": 1}})
    read = {
        name: pd.read_csv(out / "internal" / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in ("rounds", "rounds_unserved")
    }
    notes = " ".join(json.loads((out / "run.json").read_text(encoding="utf-8"))["notes"])
    return read["rounds"], read["rounds_unserved"], notes


def test_what_cannot_be_in_a_round_is_listed_with_its_reason(county: Path, tmp_path: Path) -> None:
    plant(
        county,
        {"planned_start": "2026-03-23T08:00", "planned_end": "2026-03-24T09:00"},  # 25 hours
        {"package_id": "P999999", "planned_start": "2026-03-23T10:00", "planned_end": "2026-03-23T10:30"},
        {"planned_start": "2026-03-23T12:00", "planned_end": "2026-03-23T12:00"},  # no time at all
    )
    rounds, unserved, notes = simulate(county, tmp_path / "out")
    reasons = unserved.set_index("visit_id")["reason"].to_dict()
    assert set(reasons) == {"X0", "X1", "X2"}
    assert "shift" in reasons["X0"]
    assert reasons["X1"] == "the packages table does not hold the package"
    assert reasons["X2"] == "planned to last no time"
    assert not set(rounds["visit_id"]) & set(reasons)
    assert "In no round of today: 3 visits" in notes


def test_a_carer_in_two_places_is_simulated_and_counted(county: Path, tmp_path: Path) -> None:
    active = plant(
        county,
        {"planned_start": "2026-03-23T10:00", "planned_end": "2026-03-23T10:30"},
        {"planned_start": "2026-03-23T10:15", "planned_end": "2026-03-23T10:45"},
    )
    rounds, unserved, _ = simulate(county, tmp_path / "out")
    assert unserved.empty
    assert {"X0", "X1"} <= set(rounds["visit_id"])
    driven = pd.read_csv(tmp_path / "out" / "internal" / "rounds_driven.csv").set_index("provider_id")
    assert driven["overlaps"].to_dict()[active["provider_id"].iloc[0]] == 1
    assert driven["overlaps"].sum() == 1


@pytest.mark.parametrize(
    ("begins", "ends", "minutes"),
    [("2026-03-28T22:00", "2026-03-29T07:00", 480.0), ("2026-10-24T22:00", "2026-10-25T07:00", 600.0)],
    ids=["spring", "autumn"],
)
def test_a_night_when_the_clocks_change_lasts_as_long_as_it_lasted(
    county: Path, tmp_path: Path, begins: str, ends: str, minutes: float
) -> None:
    plant(county, {"planned_start": begins, "planned_end": ends})
    rounds, unserved, _ = simulate(county, tmp_path / "out")
    assert unserved.empty
    night = rounds[rounds["visit_id"] == "X0"].iloc[0]
    assert night["shift"] == "night"
    assert float(night["ends"]) - float(night["begins"]) == pytest.approx(minutes)


@pytest.mark.parametrize(
    ("planted", "column", "told"),
    [
        (
            {"planned_start": "2026-03-23T10:00", "planned_end": "2026-03-23T09:30"},
            "planned_end",
            "before",
        ),
        (
            {"planned_start": "2026-03-29T01:30", "planned_end": "2026-03-29T02:30"},
            "planned_start",
            "in the hour that the clocks skipped in spring, which never was",
        ),
        (
            {"planned_start": "2026-03-01T10:00", "planned_end": "2026-03-23T09:30"},
            "planned_end",
            "more than seven days after",
        ),
    ],
    ids=["ends before it begins", "the hour that never was", "longer than a week"],
)
def test_what_cannot_have_been_is_a_fault_with_its_row_and_column(
    county: Path, tmp_path: Path, planted: dict[str, str], column: str, told: str
) -> None:
    active = plant(county, planted)
    with pytest.raises(InputError) as fault:
        run_rounds(county, tmp_path / "out")
    text = str(fault.value)
    assert "visits.csv" in text
    assert column in text
    assert f"row {len(active) + 2}" in text
    assert told in text
    assert not (tmp_path / "out").exists()
