"""Simulated rounds as the command line writes them, checked by it, and then tampered with: each lie has its check."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from marketmap.check import check_lists, holds_lists, round_intervals, round_shares, sources, written
from marketmap.check.evidence import Evidence
from marketmap.check.findings import Broken
from marketmap.check.lists import ListEvidence
from marketmap.cli import app
from tests.check.findings import checks
from tests.check.written_plan import WrittenPlan, add
from tests.check.written_rounds import write_rounds


@pytest.fixture
def only_one_letter() -> None:
    """Read all letters of the postcode package: the rounds here are of a real county's postcodes."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rounds(tmp_path_factory.mktemp("rounds"))


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


def _other_future(plan: WrittenPlan) -> None:
    plan.row("rounds_as_today", place="1")["visit_id"] = "V-made-up"


def _no_future(plan: WrittenPlan) -> None:
    plan.table("rounds_as_today").clear()


def _late_future(plan: WrittenPlan) -> None:
    plan.row("rounds_as_today", place="2")["arrives"] = "0.00"


def _elsewhere(column: str, other: str) -> Callable[[WrittenPlan], None]:
    """Say of a postcode with rounds that it is elsewhere, told alike in no other file."""

    def spoil(plan: WrittenPlan) -> None:
        row = next(row for row in plan.table("round_places") if row[column] != other)
        row[column] = other

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
    ("rounds-policies", _other_future),
    ("rounds-policies", _no_future),
    ("rounds-policies", _late_future),
    ("rounds-places", lambda plan: plan.table("round_places").append(dict(plan.table("round_places")[0]))),
    (
        "rounds-places",
        lambda plan: plan.table("round_places").append({**plan.table("round_places")[0], "postcode": "X"}),
    ),
    ("rounds-places", _elsewhere("district_code", "E07000079")),
    ("rounds-places", _elsewhere("rural", "rural")),
    ("rounds-places", _elsewhere("rural", "urban")),
    ("rounds-places", _elsewhere("rural", "suburb")),
    ("rounds-places", _elsewhere("block_id", "outside")),
    ("rounds-places", _elsewhere("block_id", "")),
    ("readable", lambda plan: plan.table("round_places").pop()),
    ("rounds-measured", _no_provider),
    ("rounds-intervals", _change("round_differences", "minutes_saved_low", 9.0, **WHOLE)),
    ("rounds-differences", _no_difference),
    (
        "rounds-differences",
        lambda plan: plan.table("round_differences").append(dict(plan.table("round_differences")[0])),
    ),
    ("rounds-differences", _change("round_differences", "co2e_year", 1.0, **WHOLE)),
    ("rounds-differences", _change("round_differences", "co2e_km", 0.01, **WHOLE)),
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
    for name in ("rounds", "rounds_as_today", "round_places", "round_measures", "round_differences"):
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


MEASURES, DIFFERENCES = written.ROUND_MEASURES, written.ROUND_DIFFERENCES
KEYS = ["policy", "level", "area_code"]


@pytest.fixture(scope="module")
def evidence(made: Path) -> ListEvidence:
    return ListEvidence(made / "rounds")


def tell_lie(
    evidence: Evidence,
    file: str,
    examine: Callable[[Evidence], Iterator[Broken]],
    change: Callable[[pd.DataFrame], pd.Series],
    column: str,
) -> tuple[int, int]:
    """Tell a lie in a column of one row of every policy and level; how many were told, how many rows were found."""
    told = evidence.written(file)
    rows = told.assign(lie=change(told))
    # The last row of each that has anything to lie about.
    chosen = rows[rows["lie"].notna()].drop_duplicates(KEYS[:2], keep="last")
    try:
        evidence._written[file] = told.assign(
            **{column: told[column].where(~told.index.isin(chosen.index), chosen["lie"])}
        )
        found = " ".join(broken.what for broken in examine(evidence))
    finally:
        evidence._written[file] = told
    named = (
        re.findall(r"(?:wrong in|^|\s)\s*([\d,]+) (?:rows?|ends?)", found) if column in found or "ends" in found else []
    )
    return len(chosen), sum(int(number.replace(",", "")) for number in named)


def by(step: float) -> Callable[[str], Callable[[pd.DataFrame], pd.Series]]:
    return lambda column: lambda rows: rows[column] + step


@pytest.mark.parametrize("column", round_shares.STEPS)
def test_a_lie_about_any_measure_is_found_in_every_area(evidence: ListEvidence, column: str) -> None:
    step = 2 * round_shares.STEPS[column] + 0.002 if round_shares.STEPS[column] else 1.0
    told, found = tell_lie(evidence, MEASURES, round_shares.rounds_measured, by(step)(column), column)
    assert told == found == 15  # three policies, five kinds of area


@pytest.mark.parametrize("column", round_intervals.STEPS)
def test_a_lie_about_any_difference_is_found_in_every_area(evidence: ListEvidence, column: str) -> None:
    step = 2 * round_intervals.STEPS[column] + 0.002 if round_intervals.STEPS[column] else 1.0
    told, found = tell_lie(evidence, DIFFERENCES, round_intervals.rounds_differences, by(step)(column), column)
    assert told == found == 10  # two policies beside today


@pytest.mark.parametrize("column", round_intervals.ENDS)
def test_an_interval_a_twentieth_too_narrow_is_found_in_every_area(evidence: ListEvidence, column: str) -> None:
    middle = column.rsplit("_", 1)[0]

    def narrow(rows: pd.DataFrame) -> pd.Series:
        wide = (rows[column] - rows[middle]).abs() > 0.6  # of a narrower one the twentieth is lost in two decimals
        return (rows[column] - (rows[column] - rows[middle]) / 20).where(wide)

    told, found = tell_lie(evidence, DIFFERENCES, round_intervals.rounds_intervals, narrow, column)
    assert told == found > 2  # those wide enough


@pytest.mark.parametrize("column", round_intervals.ENDS)
def test_an_interval_that_is_not_there_is_found(evidence: ListEvidence, column: str) -> None:
    rows = evidence.written(DIFFERENCES)
    told, found = tell_lie(
        evidence,
        DIFFERENCES,
        round_intervals.rounds_intervals,
        lambda rows: (rows["minutes_saved"]).where(rows[column].isna()),
        column,
    )
    assert told == found > 0
    assert rows[column].isna().any()


def test_what_the_check_finds_is_what_was_written(evidence: ListEvidence) -> None:
    for examine in (round_shares.rounds_measured, round_intervals.rounds_differences, round_intervals.rounds_intervals):
        assert list(examine(evidence)) == []


def test_with_another_generator_a_range_stands_in_for_the_same_draws(evidence: ListEvidence) -> None:
    versions = evidence.record["versions"]
    evidence.record["versions"] = versions | {"numpy": "0.1"}
    try:
        assert list(round_intervals.rounds_intervals(evidence)) == []

        def widen(rows: pd.DataFrame) -> pd.Series:
            wide = rows["minutes_saved_high"] - rows["minutes_saved_low"] > 1.0
            return (rows["minutes_saved"] + (rows["minutes_saved_low"] - rows["minutes_saved"]) * 2).where(wide)

        told, found = tell_lie(evidence, DIFFERENCES, round_intervals.rounds_intervals, widen, "minutes_saved_low")
        assert told == found > 0
    finally:
        evidence.record["versions"] = versions


def test_a_quantile_is_a_point_where_draws_can_be_repeated_and_a_range_where_not() -> None:
    figure = np.arange(101.0)
    assert round_intervals._at(figure, 0.5, 0.0) == (50.0, 50.0)
    assert round_intervals._at(figure, 0.5, 0.1) == pytest.approx((40.0, 60.0))
