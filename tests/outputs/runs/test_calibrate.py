"""A calibration run writes its folder whole, says what it found, and says what is missing."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd
import pytest

from marketmap.errors import InputError
from marketmap.inputs.county import read_county
from marketmap.market.intervals import share_interval
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.runs.calibrate import SCENARIOS_FILE, count_pure, place_visits, run_calibration
from marketmap.outputs.schema import block as block_columns
from tests.outputs.factory import RUTLAND, postcodes_of, write_county


def write_visits(folder: Path, *, verification: str = "auto", clients: int = 60) -> None:
    """One carer of each provider goes from package to package in the order of the table, day after day."""
    packages = pd.read_csv(folder / "packages.csv", dtype=str).iloc[:clients]
    rows = []
    for day in range(2, 5):
        for provider, held in packages[packages["status"] == "active"].groupby("provider_id"):
            moment = pd.Timestamp(f"2026-03-{day:02}T07:00")
            for place, package in enumerate(held["package_id"]):
                ends = moment + pd.Timedelta(minutes=30)
                rows.append(
                    {
                        "visit_id": f"W{day}{provider}{place}",
                        "carer_id": "K1",
                        "provider_id": provider,
                        "package_id": package,
                        "planned_start": moment.isoformat(),
                        "planned_end": ends.isoformat(),
                        "actual_start": moment.isoformat(),
                        "actual_end": ends.isoformat(),
                        "status": "delivered",
                        "verification": verification,
                    }
                )
                moment = ends + pd.Timedelta(minutes=14)
    pd.DataFrame(rows).to_csv(folder / "visits.csv", index=False)


@pytest.fixture
def county(tmp_path: Path) -> Path:
    return write_county(tmp_path / "county")


def test_a_run_writes_every_table_and_says_that_there_is_too_little(county: Path, tmp_path: Path) -> None:
    write_visits(county)
    out = tmp_path / "out"
    record = run_calibration(county, out)
    assert sorted(path for path in record.outputs if path.startswith("internal/")) == sorted(
        [
            SCENARIOS_FILE,
            *(
                table.path
                for table in (block_columns.CALIBRATION, block_columns.CALIBRATION_GAPS, block_columns.UNPLACED)
            ),
            block_columns.MONITORING_COVERAGE.path,
        ]
    )
    table = read_table(out / block_columns.CALIBRATION.path, block_columns.CALIBRATION)
    assert set(table["scenario"]) == {"any", "offpeak", "peak", "night"}
    assert table["status"].str.startswith("not enough data").all()
    assert "not enough data" in record.summary
    gaps = read_table(out / block_columns.CALIBRATION_GAPS.path, block_columns.CALIBRATION_GAPS)
    assert gaps.loc[gaps["reason"] == "used", "gaps"].item() == table["gaps"].max() > 0
    coverage = read_table(out / block_columns.MONITORING_COVERAGE.path, block_columns.MONITORING_COVERAGE)
    assert (coverage["days"] == 3).all()
    assert coverage["coverage"].between(0, 1).all()
    assert any("of the carer hours that the packages table commissions" in note for note in record.notes)
    assert record.summary.count("not enough data") <= table["status"].nunique()
    text = (out / SCENARIOS_FILE).read_text(encoding="utf-8")
    assert "# Mind: The factors are on illustrative roads" in text
    assert "fitted have under 80% of their commissioned hours monitored" in text
    assert tomllib.loads((out / SCENARIOS_FILE).read_text(encoding="utf-8")) == {}
    assert {path.name for path in out.iterdir()} == {"internal", "README.txt", "run.json"}


def test_times_keyed_by_hand_are_a_result_not_a_crash(county: Path, tmp_path: Path) -> None:
    write_visits(county, verification="manual")
    record = run_calibration(county, tmp_path / "out")
    assert "no two consecutive visits are marked as logged automatically" in record.summary


def test_without_visits_it_says_what_to_bring_and_leaves_the_folder_alone(county: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no visits table.*Add visits\.csv"):
        run_calibration(county, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_visit_lies_at_its_own_postcode_or_else_at_its_packages(county: Path) -> None:
    write_visits(county)
    visits = pd.read_csv(county / "visits.csv", dtype=str)
    elsewhere = postcodes_of(RUTLAND).index[7]
    visits.loc[0, "postcode"] = elsewhere
    visits.loc[1, "package_id"] = "private"
    visits.to_csv(county / "visits.csv", index=False)
    packages = pd.read_csv(county / "packages.csv", dtype=str).set_index("package_id")["postcode"]
    placed = place_visits(read_county(county)).set_index("visit_id")
    assert placed.loc[visits.loc[0, "visit_id"], "postcode"] == elsewhere
    assert pd.isna(placed.loc[visits.loc[1, "visit_id"], "easting"])
    assert placed.loc[visits.loc[2, "visit_id"], "postcode"] == packages[visits.loc[2, "package_id"]]
    assert placed["easting"].notna().sum() == len(visits) - 1


def test_a_share_of_pure_gaps_comes_with_its_count_and_interval() -> None:
    table = pd.DataFrame({"gaps_fitted": [200, 0], "pure_share": [0.25, float("nan")]})
    counted = count_pure(table)
    low, high = share_interval(50, 200)
    assert counted.loc[0, ["gaps_pure", "pure_low", "pure_high"]].tolist() == [50, low, high]
    assert counted.loc[1, ["gaps_pure", "pure_low", "pure_high"]].isna().all()
