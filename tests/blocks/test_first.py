"""The best few blocks to begin with: so many, never worse than the plan's own first, and able to start at once."""

import pytest

from marketmap.blocks import Plan, Stop, solver
from marketmap.blocks.first import propose_first, take_first
from marketmap.errors import PlanError
from tests.blocks.test_propose import solve, two_towns

BLOCKS = {"max_hours": 25.0, "min_hours": 10.0}


@pytest.fixture(scope="module")
def whole() -> Plan:
    plan = solve(two_towns(), **BLOCKS)
    assert len(plan.proposals) >= 3
    return plan


@pytest.mark.parametrize("triples", [0, 1500])  # by the search, and exactly
@pytest.mark.parametrize("count", [1, 2])
def test_the_first_blocks_gain_most(whole: Plan, monkeypatch: pytest.MonkeyPatch, count: int, triples: int) -> None:
    monkeypatch.setattr(solver, "EXACT_TRIPLES", triples)
    best = propose_first(whole, count, stop=Stop(max_iterations=60))
    assert len(best.proposals) == count
    assert best.lower_bound <= best.objective + 1e-6
    names = {zone.block_id for zone in take_first(whole, count)}
    own = whole.proposals.loc[whole.proposals["block_id"].isin(names), "gain_total"].sum()
    assert best.proposals["gain_total"].sum() >= own - 1e-6
    assert best.rollout["starts_with"].map(len).sum() == 0
    told = (
        f"the {count} best of the whole plan that can start by themselves, taken one at a time, would gain {own:,.0f},"
    )
    assert told in best.notes[-1]
    # What is not gained is left out: objectives and gains tell the same story.
    everything_out = whole.points["cost_outside"].sum()
    assert best.objective == pytest.approx(everything_out - best.proposals["gain_total"].sum())


def test_more_than_there_are_is_the_whole_plan(whole: Plan) -> None:
    same = propose_first(whole, 50)
    assert same.objective == whole.objective
    assert "no more than the 50 asked for" in same.notes[-1]
    assert len(same.proposals) == len(whole.proposals)


def test_no_blocks_is_an_error(whole: Plan) -> None:
    with pytest.raises(PlanError, match="give 1 or more"):
        propose_first(whole, 0)
