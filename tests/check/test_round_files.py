"""Simulated rounds as the command line writes them, checked by it, and then tampered with: each lie has its check."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from marketmap.check import check_lists, holds_lists, sources
from marketmap.cli import app
from tests.check.findings import checks
from tests.check.written_plan import WrittenPlan, add


@pytest.fixture
def only_one_letter() -> None:
    """Read all letters of the postcode package: the rounds here are of a real county's postcodes."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rounds")
    county, plan = str(folder / "county"), str(folder / "plan")
    for command in (
        ("sample", "--county", "rutland", "--seed", "3", "--packages", "150", "--out", county),
        ("blocks", "--county", county, "--max-iterations", "20", "--out", plan),
        ("rounds", "--county", county, "--days", "2", "--plan", plan, "--out", str(folder / "rounds")),
    ):
        # In a process of its own: rounds are simulated in several, which begin by what this one was started with.
        done = subprocess.run(
            [sys.executable, "-m", "marketmap", *command], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    return folder


def take_copy(made: Path, folder: Path) -> WrittenPlan:
    # The council's tables are never changed here: visits are in Parquet.
    return WrittenPlan(made / "county", Path(shutil.copytree(made / "rounds", folder / "rounds")))


def look(plan: WrittenPlan) -> set[str]:
    plan.seal()
    return checks(check_lists(plan.out, county=plan.county))


def test_rounds_as_they_were_written_stand(made: Path) -> None:
    assert holds_lists(made / "rounds")
    assert [str(finding) for finding in check_lists(made / "rounds")] == []
    done = CliRunner().invoke(app, ["check", "--out", str(made / "rounds")])
    assert done.exit_code == 0, done.output
    assert "stands" in done.output


def test_the_summary_has_today_s_travel_three_times(made: Path) -> None:
    summary = str(WrittenPlan(made / "county", made / "rounds").record["summary"])
    assert all(word in summary for word in ("simulated", "as driven", "11.7 in the published split", "all:"))


def _no_round(plan: WrittenPlan) -> None:
    rows = plan.table("rounds")
    last = max((row for row in rows if row["policy"] == "today"), key=lambda row: int(row["place"]))
    rows.remove(last)


def _no_day(plan: WrittenPlan) -> None:
    for name in ("rounds", "rounds_unserved"):
        rows = plan.table(name)
        rows[:] = [row for row in rows if row["day"] != max(each["day"] for each in plan.table("rounds"))]


def _late(plan: WrittenPlan) -> None:
    row = plan.row("rounds", policy="today", place="1")
    row["latest"] = "300.00"


def _short_way(plan: WrittenPlan) -> None:
    row = next(row for row in plan.rows("rounds", policy="today") if float(row["travel_minutes"]) > 3)
    row["travel_minutes"] = "0.60"


def _other_visit(plan: WrittenPlan) -> None:
    plan.row("rounds", policy="all", place="1")["visit_id"] = "V-made-up"


def _twice(plan: WrittenPlan) -> None:
    rows = plan.table("rounds")
    rows.append({**plan.row("rounds", policy="all", place="1"), "round": "99"})


def _all_breaks_a_rule(plan: WrittenPlan) -> None:
    plan.row("rounds", policy="all", place="1")["shift"] = "dawn"


def _change(name: str, column: str, add: float, **wanted: str) -> Callable[[WrittenPlan], None]:
    def spoil(plan: WrittenPlan) -> None:
        row = plan.row(name, **wanted)
        row[column] = f"{float(row[column]) + add:.2f}"

    return spoil


def _say_enough(plan: WrittenPlan) -> None:
    for row in plan.table("rounds_driven"):
        row["enough"] = "no" if row["enough"] == "yes" else "yes"


def _no_difference(plan: WrittenPlan) -> None:
    plan.table("round_differences").remove(plan.row("round_differences", level="block"))


def _no_provider(plan: WrittenPlan) -> None:
    """Take out a provider that nobody had rounds of under either policy, as its rows say: the sums stay."""
    rows = plan.table("round_measures")
    rows.append({**plan.row("round_measures", policy="today", level="provider"), "area_code": "P-none"})
    for name in ("attendances", "carer_hours", "travel_minutes"):
        rows[-1][name] = "0.00"


def _narrow(name: str, level: str) -> Callable[[WrittenPlan], None]:
    """Make an interval a third as wide about the figure itself: as if there had been nine times as many days."""

    def spoil(plan: WrittenPlan) -> None:
        own = plan.rows("round_differences", policy="all", level=level)
        row = max(own, key=lambda row: float(row[f"{name}_high"] or 0) - float(row[f"{name}_low"] or 0))
        for end in ("low", "high"):
            told, middle = float(row[f"{name}_{end}"]), float(row[name])
            row[f"{name}_{end}"] = f"{middle + (told - middle) / 3:.2f}"

    return spoil


WHOLE = {"level": "county"}
LIES = [
    ("rounds-today", _no_round),
    ("rounds-today", _no_day),
    ("rounds-today", _late),
    ("rounds-today", _short_way),
    ("rounds-policies", _other_visit),
    ("rounds-policies", _twice),
    ("rounds-policies", _all_breaks_a_rule),
    ("rounds-sums", _change("round_measures", "travel_minutes", -60.0, policy="today", **WHOLE)),
    ("rounds-sums", _change("round_measures", "minutes_hour", -1.0, policy="all", **WHOLE)),
    ("rounds-sums", _change("round_measures", "attendances", 1.0, policy="all", level="provider")),
    ("rounds-differences", _change("round_differences", "minutes_saved", 50.0, **WHOLE)),
    ("rounds-differences", _change("round_differences", "minutes_before", 50.0, **WHOLE)),
    ("rounds-differences", _change("round_differences", "hours_ceiling", 2.0, **WHOLE)),
    ("rounds-differences", _change("round_differences", "miles_saved_year", 900.0, **WHOLE)),
    ("rounds-differences", _change("round_differences", "mileage_pounds_saved_year", 900.0, **WHOLE)),
    ("rounds-differences", _change("round_differences", "kgco2e_saved_year", 900.0, **WHOLE)),
    ("rounds-differences", _change("round_differences", "co2e_year", 1.0, **WHOLE)),
    ("rounds-measured", _change("round_measures", "days", 5.0, policy="all", level="block")),
    ("rounds-measured", _change("round_measures", "provider_days", 1.0, policy="all", **WHOLE)),
    ("rounds-measured", _change("round_measures", "miles", 30.0, policy="all", level="rural")),
    ("rounds-measured", _change("round_measures", "paid_contact_part", 0.02, policy="all", level="block")),
    ("rounds-measured", _change("round_measures", "rounds_day", -1.0, policy="all", level="provider")),
    ("rounds-measured", _change("round_measures", "carers_at_once", -1.0, policy="all", **WHOLE)),
    ("rounds-measured", _no_provider),
    ("rounds-intervals", _no_difference),
    ("rounds-intervals", _change("round_differences", "days", 5.0, level="block")),
    ("rounds-intervals", _change("round_differences", "provider_days", 2.0, **WHOLE)),
    ("rounds-intervals", _change("round_differences", "carer_hours", 40.0, level="block")),
    ("rounds-intervals", _change("round_differences", "minutes_hour_before", 0.4, **WHOLE)),
    ("rounds-intervals", _change("round_differences", "minutes_hour_after", 0.4, **WHOLE)),
    ("rounds-intervals", _change("round_differences", "hours_released", -0.5, **WHOLE)),
    ("rounds-intervals", _change("round_differences", "minutes_saved_low", 9000.0, level="rural")),
    ("rounds-intervals", _narrow("minutes_saved", "county")),
    ("rounds-intervals", _narrow("minutes_hour_change", "county")),
    ("rounds-driven", _say_enough),
    ("rounds-driven", lambda plan: add(plan.table("rounds_driven")[0], "hours_commissioned", 7.0)),
    ("rounds-driven", lambda plan: add(plan.table("rounds_driven")[0], "hours_monitored", 7.0)),
    ("rounds-driven", lambda plan: plan.table("rounds_driven").pop(0)),
    ("rounds-driven", lambda plan: plan.table("rounds_driven")[0].update(simulated_minutes_hour="1.23")),
]


@pytest.mark.parametrize(("name", "lie"), LIES, ids=[f"{name}-{at}" for at, (name, _) in enumerate(LIES)])
def test_each_lie_is_found(made: Path, tmp_path: Path, name: str, lie: Callable[[WrittenPlan], None]) -> None:
    plan = take_copy(made, tmp_path)
    lie(plan)
    assert name in look(plan)


def test_a_run_whose_visits_fit_no_shift_still_stands(made: Path, tmp_path: Path) -> None:
    """Everything is in the list, nothing in a round: no check may fall over that, and what is measured is nothing."""
    plan = take_copy(made, tmp_path)
    today = plan.rows("rounds", policy="today")
    listed = {"reason": "fits no shift"}
    for row in today:
        own = {name: row[name] for name in plan.row_names("rounds_unserved") if name in row}
        minutes = f"{float(row['ends']) - float(row['begins']):.2f}"
        plan.table("rounds_unserved").append(own | listed | {"minutes": minutes})
    for name in ("rounds", "round_measures", "round_differences"):
        plan.table(name).clear()
    for row in plan.table("rounds_driven"):
        row["simulated_minutes_hour"] = ""
    assert look(plan) == set()


def test_moments_are_london_s_with_and_without_an_offset() -> None:
    texts = pd.Series(["2026-09-21T08:00", "2026-09-21 07:00:00+00:00", "2026-10-25T01:30", "", "nonsense"])
    found = sources.to_moments(texts)
    assert found[0] == found[1] == pd.Timestamp("2026-09-21 08:00", tz="Europe/London")
    assert found[2] == pd.Timestamp("2026-10-25 00:30", tz="UTC")  # the first of the two
    assert found[3:].isna().all()
