"""An evaluation as it is written, and lies about it: one about any figure of any outcome or area is found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from marketmap.check import check_lists, holds_lists
from marketmap.outputs.schema.columns import OutputTable
from marketmap.outputs.schema.roll_out import ROLL_OUT, ROLL_OUT_AREAS
from tests.check.findings import checks
from tests.check.written_evaluation import SECTORS, write_evaluation
from tests.check.written_plan import Line, WrittenPlan

Rows = list[Line]
OUTCOMES = ("hours_delivered", "travel", "days_waited", "leakage")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_evaluation(tmp_path_factory.mktemp("evaluation"))


@pytest.fixture
def written(made: Path, tmp_path: Path) -> WrittenPlan:
    """Ten blocks and twelve sectors compared, two of each left out; hours in blocks grown by a fifth."""
    shutil.copytree(made / "earlier", tmp_path / "earlier")
    county, out = (Path(shutil.copytree(made / name, tmp_path / name)) for name in ("county", "out"))
    return WrittenPlan(county, out)


def look(plan: WrittenPlan) -> set[str]:
    plan.seal()
    return checks(check_lists(plan.out, county=plan.county))


def put(name: str, column: str, value: str, *, row: int = 0) -> Callable[[WrittenPlan], None]:
    return lambda plan: plan.table(name)[row].update({column: value})


def test_an_evaluation_as_it_was_written_stands(made: Path) -> None:
    assert holds_lists(made / "out")
    assert [str(finding) for finding in check_lists(made / "out")] == []


def test_a_record_that_tells_less_than_it_should_is_a_finding(written: WrittenPlan) -> None:
    record = written.record
    path = written.out / "run.json"
    for part in ({"settings": record["settings"] | {"evaluation": {}}}, {"outputs": {}}):
        path.write_text(json.dumps(record | part), encoding="utf-8")
        assert "list-record" in checks(check_lists(written.out, county=written.county))
    path.write_text(json.dumps(record | {"evaluation": {}}), encoding="utf-8")
    assert {"readable"} == checks(check_lists(written.out, county=written.county))
    for table in (ROLL_OUT, ROLL_OUT_AREAS):
        (written.out / table.path).unlink()
    purged = {"purged": {"on": "2026-01-01", "files": [ROLL_OUT.path, ROLL_OUT_AREAS.path]}}
    path.write_text(json.dumps(record | purged), encoding="utf-8")
    assert not holds_lists(written.out)


def test_the_time_before_must_be_the_one_that_was_evaluated(written: WrittenPlan) -> None:
    visits = written.out.parent / "earlier" / "visits.csv"
    written.record["evaluation"]["earlier_folder"] = str(visits.parent)
    assert look(written) == set()
    visits.write_text(visits.read_text(encoding="utf-8").replace("T09:00:00", "T08:45:00"), encoding="utf-8")
    (finding,) = check_lists(written.out, county=written.county)
    assert "not the table of the time before that was evaluated" in str(finding)
    shutil.rmtree(visits.parent)
    (finding,) = check_lists(written.out, county=written.county)
    assert "the folder of the time before, earlier, is not there" in str(finding)


def test_from_too_few_areas_nothing_is_told_and_that_stands_too(tmp_path: Path) -> None:
    folder = write_evaluation(tmp_path, least_areas=SECTORS + 1)
    assert check_lists(folder / "out") == []
    for column, lie in (("effect", "0.2"), ("p_value", "0.01"), ("before_inside", "3.0000"), ("why_not", "few")):
        plan = WrittenPlan(folder / "county", Path(shutil.copytree(folder / "out", tmp_path / column)))
        put("roll_out", column, lie)(plan)
        assert look(plan) == {"evaluation-effects"}, column


@pytest.mark.parametrize("table", [ROLL_OUT, ROLL_OUT_AREAS])
def test_a_table_that_was_taken_away_is_missed(written: WrittenPlan, table: OutputTable) -> None:
    (written.out / table.path).unlink()
    assert holds_lists(written.out)
    assert "list-record" in checks(check_lists(written.out))


EFFECTS = ("effect", "low", "high", "detectable", "p_value", "before_inside", "after_inside", "before_outside",
           "after_outside")  # fmt: skip


@pytest.mark.parametrize("column", EFFECTS)
def test_a_lie_about_any_figure_of_an_outcome_is_found(written: WrittenPlan, column: str) -> None:
    """By a fifth of itself, or where that is next to nothing by a twentieth of the interval's width."""
    for row in written.table("roll_out"):
        value, width = float(row[column]), float(row["high"]) - float(row["low"])
        row[column] = f"{value + max(abs(value) / 5, width / 20, 0.01):.4f}"
    written.seal()
    found = [str(finding) for finding in check_lists(written.out, county=written.county)]
    for outcome in OUTCOMES:
        assert any(f"{outcome} is not what its areas give" in text and f"{column}: says" in text for text in found), (
            outcome
        )


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lie_about_any_figure_of_an_area_is_found(written: WrittenPlan, outcome: str, when: str) -> None:
    for area, lies in (("block X02", 1.3), ("sector BD2 1", 0.7)):
        row = written.row("roll_out_areas", area=area)
        was = row[f"{outcome}_{when}"]
        row[f"{outcome}_{when}"] = f"{float(was) * lies if float(was) else 0.3:.4f}"
        found = look(written)
        # Travel by area is the roads', which the files do not hold: what it makes of the effect gives it away.
        assert found & {"evaluation-effects"} if outcome == "travel" else "evaluation-measured" in found
        row[f"{outcome}_{when}"] = was


def _leave_out(plan: WrittenPlan) -> None:
    plan.row("roll_out_areas", area="block X02").update(counted="no", why_not="a block that had not begun")


def _count_in(plan: WrittenPlan) -> None:
    plan.row("roll_out_areas", area="block X01").update(counted="yes", why_not="")


def _count_small(plan: WrittenPlan) -> None:
    plan.row("roll_out_areas", area="sector BD13 1").update(counted="yes", why_not="")


def _forget(plan: WrittenPlan) -> None:
    plan.table("roll_out_areas").remove(plan.row("roll_out_areas", area="sector BD13 1"))


LIES = [
    *(
        ("evaluation-effects", put("roll_out", column, value))
        for column, value in (
            ("answer", "less inside"),
            ("inside", "11"),
            ("outside", "11"),
            ("outcome", "leakage"),
            ("scale", "difference"),
            ("kinds", "rural"),
            ("why_not", "too few"),
            ("meaning", "contact hours planned a week"),
            ("comparison", "the whole county"),
        )
    ),
    *(
        (found, put("roll_out_areas", column, value, row=2))
        for found, column, value in (
            ("evaluation-grounds", "area", "block X99"),
            ("evaluation-grounds", "inside", "no"),
            ("evaluation-grounds", "kind", "urban"),
            ("evaluation-grounds", "block_id", "X99"),
            ("evaluation-grounds", "provider_id", "P"),
            ("evaluation-areas", "counted", "no"),
            ("evaluation-areas", "why_not", "too small"),
        )
    ),
    ("evaluation-grounds", put("roll_out_areas", "why_not", "a block that had not begun")),
    ("evaluation-grounds", _leave_out),
    ("evaluation-grounds", _count_in),
    ("evaluation-areas", _count_small),
    ("evaluation-grounds", _forget),
    ("evaluation-areas", lambda plan: plan.table("roll_out_areas").append(dict(plan.table("roll_out_areas")[0]))),
    ("evaluation-times", lambda plan: plan.record["evaluation"].update(before=["2026-01-05", "2026-01-12"])),
    *(("list-basis", put(name, "basis", "The council's data. Real roads.")) for name in ("roll_out", "roll_out_areas")),
]


@pytest.mark.parametrize(("name", "lie"), LIES, ids=[f"{name}-{at}" for at, (name, _) in enumerate(LIES)])
def test_a_lie_about_an_evaluation_has_its_check(
    written: WrittenPlan, name: str, lie: Callable[[WrittenPlan], None]
) -> None:
    lie(written)
    assert name in look(written)


def test_one_table_of_visits_that_spans_both_times_is_split_where_the_blocks_began(tmp_path: Path) -> None:
    folder = write_evaluation(tmp_path, spanning=True)
    assert check_lists(folder / "out") == []
    plan = WrittenPlan(folder / "county", folder / "out")
    assert plan.record["evaluation"]["earlier_folder"] == ""
    plan.record["evaluation"]["after"] = ["2026-06-02", "2026-06-07"]
    assert look(plan) == {"evaluation-times"}
