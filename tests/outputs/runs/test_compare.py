"""What changed between two outputs: internal tables key by key, public ones as they are shown."""

import dataclasses
import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from marketmap.cli import app
from marketmap.errors import OutputError
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.files.purge import carry_out, plan_purges
from marketmap.outputs.files.record import read_record
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.gate.disclosure import Shown, encode_public_table
from marketmap.outputs.report.public_columns import PUBLIC_WAITS
from marketmap.outputs.runs.compare import compare_outputs, subtract_shown, summarise, write_comparison
from marketmap.outputs.schema.block import BLOCK_POSTCODES, CLUSTERS, MONITORING_COVERAGE
from marketmap.outputs.schema.compare import CHANGES, PUBLIC_CHANGES
from tests.outputs.factory import make_record

MONTHS = (dt.date(2026, 10, 31), dt.date(2026, 11, 30))


def public_rows(*waits: str) -> pd.DataFrame:
    keys = {"area": [f"Area {place}" for place in range(len(waits))]}
    rows = {name: keys.get(name, ["*"] * len(waits)) for name in PUBLIC_WAITS.names} | {"waits": list(waits)}
    return pd.DataFrame({name: [Shown(text) for text in column] for name, column in rows.items()}, dtype=object)


def coverage(**providers: float) -> pd.DataFrame:
    frame = pd.DataFrame({"provider_id": list(providers), "hours_listed": list(providers.values())})
    rest = {name: 1.0 for name in MONITORING_COVERAGE.names if name not in frame.columns}
    return frame.assign(**{**rest, "provider_name": "A provider", "enough": True})


def write(out: Path, day: dt.date, public: pd.DataFrame, covered: pd.DataFrame, *, verb: str = "report") -> Path:
    postcodes = pd.DataFrame(
        {"postcode": ["GL1 1AA"], "block_id": ["B001"], "suggested_provider_id": ["P1"],
         "suggested_provider_name": ["One"], "live": ["yes"], "reason": [""]}
    )  # fmt: skip
    with OutputFolder(out) as folder:
        folder.write_table(covered, MONITORING_COVERAGE)
        folder.write_table(postcodes.assign(block_id=f"B{day.month}"), BLOCK_POSTCODES)
        folder.write_table(pd.DataFrame(columns=list(CLUSTERS.names)), CLUSTERS)
        folder.write_bytes(PUBLIC_WAITS.path, encode_public_table(public, PUBLIC_WAITS))
        folder.finish(dataclasses.replace(make_record(), command=["marketmap", verb], snapshot_date=day))
    return out


@pytest.fixture
def months(tmp_path: Path) -> tuple[Path, Path]:
    old = write(tmp_path / "old", MONTHS[0], public_rows("20", "*", "1,040", "10"), coverage(P1=10.0, P2=20.0, P3=5.0))
    new = write(tmp_path / "new", MONTHS[1], public_rows("25", "10", "1,040"), coverage(P1=12.5, P3=5.0, P4=1.0))
    return old, new


def test_internal_tables_are_compared_key_by_key(months: tuple[Path, Path]) -> None:
    found = compare_outputs(*months)
    rows = found.changes[["table", "row", "change", "column", "before", "after", "difference"]].to_numpy().tolist()
    table = MONITORING_COVERAGE.path
    assert rows == [
        [table, "provider_id P1", "changed", "hours_listed", "10.00", "12.50", "+2.50"],
        [table, "provider_id P4", "new", "", "", "", ""],
        [table, "provider_id P2", "gone", "", "", "", ""],
    ]
    counts = found.summary.set_index("table").loc[table]
    assert counts[["rows_before", "rows_after", "rows_new", "rows_gone", "rows_changed"]].tolist() == [3, 3, 1, 1, 1]


def test_names_that_a_run_gives_for_itself_are_no_change(months: tuple[Path, Path]) -> None:
    found = compare_outputs(*months)
    assert BLOCK_POSTCODES.path not in set(found.changes["table"])  # B10 became B11, and nothing else
    notes = found.summary.set_index("table")["note"]
    assert "within one run" in notes[CLUSTERS.path]


def test_public_tables_are_compared_as_shown(months: tuple[Path, Path]) -> None:
    found = compare_outputs(*months).public
    waits = found[found["column"] == "waits"].drop(columns=["table", "column"]).to_numpy().tolist()
    assert waits == [
        ["area Area 0", "20", "25", "about +5 (of rounded figures)"],
        ["area Area 1", "*", "10", "*"],
        ["area Area 3", "10", "", ""],
    ]
    assert all(isinstance(value, Shown) for value in found.to_numpy().ravel())


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        ("20", "25", "about +5 (of rounded figures)"),
        ("about 1,200", "about 1,150", "about -50 (of rounded figures)"),
        ("29%", "22%", "about -7 points (of rounded figures)"),
        ("24.40", "25.10", "about +0.70 (of rounded figures)"),
        ("*", "25", "*"),
        ("0", "*", "*"),
        ("high", "low", ""),
        ("20", "20%", ""),
    ],
)
def test_a_hidden_figure_has_no_difference(before: str, after: str, difference: str) -> None:
    assert subtract_shown(before, after) == difference


def test_a_comparison_is_written_as_an_output_folder(months: tuple[Path, Path], tmp_path: Path) -> None:
    found = compare_outputs(*months)
    write_comparison(found, tmp_path / "changes", command=["marketmap", "compare"])
    record = read_record(tmp_path / "changes")
    assert {CHANGES.path, PUBLIC_CHANGES.path} < set(record.outputs)
    assert record.summary == summarise(found)
    assert len(read_table(tmp_path / "changes" / CHANGES.path, CHANGES)) == len(found.changes)


def test_of_purged_folders_only_the_public_tables_are_compared(months: tuple[Path, Path]) -> None:
    (plan,) = plan_purges([months[0]], before=MONTHS[1])
    carry_out(plan, on=MONTHS[1])
    found = compare_outputs(*months)
    assert found.changes.empty
    assert len(found.public) > 0
    assert any("purged from old" in note for note in found.notes)


def test_what_cannot_be_compared_is_refused(months: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = months
    other = write(tmp_path / "other", MONTHS[1], public_rows("20"), coverage(P1=1.0), verb="blocks")
    with pytest.raises(OutputError, match="different kinds"):
        compare_outputs(old, other)
    with pytest.raises(OutputError, match="earlier folder first"):
        compare_outputs(new, old)
    with pytest.raises(OutputError, match="no output folder"):
        compare_outputs(old, tmp_path / "absent")
    (new / MONITORING_COVERAGE.path).write_text("edited")
    with pytest.raises(OutputError, match="not what the run wrote"):
        compare_outputs(old, new)


def test_the_command_prints_a_summary(months: tuple[Path, Path]) -> None:
    told = CliRunner().invoke(app, ["compare", *map(str, months)])
    assert told.exit_code == 0, told.output
    assert "1 new, 1 gone, 1 changed" in told.output
    assert "area Area 1, waits: * → 10 *" in told.output
