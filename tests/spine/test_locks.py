"""A council's locks, the whole way: read from its folder, kept, told, checked, replayed, refused."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pandas as pd

from marketmap.check import check_plan
from tests.spine.conftest import Run

Lock = tuple[str, str, str, str]


def table(out: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(out / "internal" / f"{name}.csv", dtype=str, keep_default_na=False)


def write_locks(county: Path, rows: list[Lock]) -> None:
    with (county / "locks.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("kind", "lock_id", "provider_id", "place"), *rows])


def locks_that_bind(planned: Path) -> list[Lock]:
    """One lock of each kind that the plan without them breaks."""
    blocks = table(planned, "block_postcodes").set_index("postcode")["block_id"]
    proposals = table(planned, "block_proposals").set_index("block_id")
    proposed = proposals[proposals["status"] == "proposed"]
    providers = proposed["suggested_provider_id"]
    busiest = str(providers.value_counts().index[0])
    barred = str(providers.index[providers == busiest][0])
    torn = str(proposed["postcodes"].astype(int).drop(barred).idxmax())
    inside = blocks.index[blocks == torn]
    links, points = table(planned, "neighbours"), set(table(planned, "block_points")["postcode"])
    border = next(
        (a, b)
        for a, b in zip(links["postcode_a"], links["postcode_b"], strict=True)
        if {a, b} <= points and blocks[a] != blocks[b] and {blocks[a], blocks[b]} <= {*providers.index, "spot"} - {torn}
    )
    empty = blocks.index[(blocks == "spot") & ~blocks.index.isin(points)][0]
    return [
        ("forbid", "F1", busiest, str(blocks.index[blocks == barred][0])),
        ("apart", "A1", "", inside[0]),
        ("apart", "A1", "", inside[-1]),
        *(("together", "T1", "", place) for place in border),
        ("hold", "H1", str(providers.iloc[-1]), empty),
    ]


def test_locks_are_kept_told_checked_and_replayed(planned: Path, county_copy: Path, tmp_path: Path, run: Run) -> None:
    rows = locks_that_bind(planned)
    write_locks(county_copy, rows)
    # the plan made without them breaks every one
    free = Path(shutil.copytree(planned, tmp_path / "free"))
    record = json.loads((free / "run.json").read_text(encoding="utf-8"))
    record["inputs"]["locks"] = {"name": "locks.csv", "rows": len(rows)}
    (free / "run.json").write_text(json.dumps(record), encoding="utf-8")
    broken = {finding.check for finding in check_plan(free, county=county_copy)}
    assert {"lock-hold", "lock-forbid", "lock-together", "lock-apart"} <= broken
    out = tmp_path / "out"
    done = run("blocks", "--county", county_copy, "--out", out, "--max-iterations", 100)
    assert done.returncode == 0, done.stderr
    assert check_plan(out) == []
    said = (
        "Locks that this plan keeps: 1 zone held, 1 provider kept out of a place, 1 group of places together, 1 group"
    )
    assert said in (out / "README.txt").read_text(encoding="utf-8")
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["inputs"]["locks"]["rows"] == len(rows)
    assert "places kept apart by a lock" in record["solver"]["relaxed"]
    held = table(out, "block_proposals").set_index("block_id").loc["H1"]
    assert (held["status"], held["postcodes"]) == ("held", "1")
    done = run("replay", out, "--out", tmp_path / "again")
    assert done.returncode == 0, done.stderr


def test_locks_that_cannot_all_hold_end_with_2_and_no_traceback(county_copy: Path, tmp_path: Path, run: Run) -> None:
    homes = pd.read_csv(county_copy / "block_areas.csv", dtype=str)["postcode"].dropna()
    write_locks(county_copy, [("apart", "A1", "", homes.iloc[0]), ("apart", "A1", "", homes.iloc[1])])
    done = run("blocks", "--county", county_copy, "--out", tmp_path / "out", "--max-iterations", 10)
    assert done.returncode == 2
    assert "which must be apart. Remove it: A1 (rows 2–3 of locks), apart." in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_faults_of_locks_are_told_with_all_others(county_copy: Path, run: Run) -> None:
    write_locks(county_copy, [("hold", "H1", "nobody", "LE15 6"), ("together", "T1", "", "ZZ9 9")])
    done = run("check", "--county", county_copy)
    assert done.returncode == 2
    for words in ("locks.csv, column provider_id, row 2", "locks.csv, column place, row 3"):
        assert words in done.stderr
