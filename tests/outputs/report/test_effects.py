"""What blocks save in an area is said to be part of an estimate, with simulated rounds of the plan beside it."""

from pathlib import Path

import pandas as pd

from marketmap.outputs.report.block_effects import OTHER_ROUNDS, tell_saving
from marketmap.outputs.views.plan_evidence import read_plan_evidence, tell_simulated
from tests.outputs.views.test_plan_evidence import write_plan, write_rounds

PROPOSALS = pd.DataFrame({"status": ["proposed", "proposed", "existing"], "driving_minutes_saved_week": [600, 60, 999]})


def test_the_estimate_stands_beside_rounds_of_the_same_plan_alone(tmp_path: Path) -> None:
    plan, other = (write_plan(tmp_path / name, name.encode()) for name in ("plan", "other"))
    rounds = write_rounds(tmp_path / "rounds", plan=plan)
    estimate = "11 hours of driving a week in its proposed blocks. "
    assert tell_saving(PROPOSALS, rounds=None, plan=plan).endswith(
        f"{estimate}Rounds of it can be simulated (make rounds)."
    )
    found = read_plan_evidence(rounds, plan)
    assert found is not None
    assert tell_saving(PROPOSALS, rounds=rounds, plan=plan).endswith(estimate + tell_simulated(found))
    assert tell_saving(PROPOSALS, rounds=rounds, plan=other).endswith(estimate + OTHER_ROUNDS)
