"""What changes hands in a policy's rounds, beside counting it by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from marketmap.errors import OutputError
from marketmap.outputs.schema.round import ROUNDS
from marketmap.outputs.views.round_moves import read_moves, tally_moves


def rounds_of(seed: int) -> pd.DataFrame:
    """Thirty visits of ten packages as today, and under two policies: one moves some, one lacks some and adds one."""
    draw = np.random.default_rng(seed)
    number = np.arange(30)
    begins = draw.integers(420, 1200, 30).astype(float)
    today = pd.DataFrame(
        {
            "policy": "today", "visit_id": [f"V{n}" for n in number], "provider_id": draw.choice(["A", "B", "C"], 30),
            "package_id": [f"K{n % 10}" for n in number], "carers": draw.integers(1, 3, 30), "begins": begins,
            "ends": begins + draw.choice([15.0, 30.0, 45.0], 30),
        }
    )  # fmt: skip
    moved = today.assign(policy="all", provider_id=draw.choice(["A", "B", "C"], 30), begins=begins + 5)
    moved["ends"] += 5
    fewer = today.drop(index=[3, 7]).assign(policy="new_only, 3 months")
    fewer.loc[0, "visit_id"] = "new"
    return pd.concat([today, moved, fewer], ignore_index=True)


@pytest.mark.parametrize("seed", range(3))
def test_what_moves_is_what_another_provider_does(seed: int) -> None:
    rounds = rounds_of(seed)
    told = tally_moves(rounds)
    assert told.index.tolist() == ["all", "new_only, 3 months"]
    before = {row.visit_id: row.provider_id for row in rounds.itertuples() if row.policy == "today"}
    hours, packages = 0.0, set()
    for row in rounds[rounds["policy"] == "all"].itertuples():
        if before[row.visit_id] != row.provider_id:
            hours += (row.ends - row.begins) / 60 * row.carers
            packages.add(row.package_id)
    assert 0 < len(packages) < 11
    assert told.loc["all", "carer_hours_moving"] == pytest.approx(hours)
    assert told.loc["all", ["packages", "packages_moving"]].tolist() == [10, len(packages)]
    # Whoever is not there today changes no provider.
    assert told.loc["new_only, 3 months", ["carer_hours_moving", "packages_moving"]].tolist() == [0.0, 0.0]


def test_they_are_read_from_a_run_and_a_broken_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / ROUNDS.path
    path.parent.mkdir()
    rounds = rounds_of(0)
    rounds.assign(day="2026-09-21").to_csv(path, index=False)
    pd.testing.assert_frame_equal(read_moves(tmp_path), tally_moves(rounds))
    for broken in ("", "policy,visit_id\r\n", rounds.assign(ends="late").to_csv(index=False)):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(OutputError, match=r"rounds\.csv: not readable"):
            read_moves(tmp_path)
    path.unlink()
    with pytest.raises(OutputError, match="again"):
        read_moves(tmp_path)
