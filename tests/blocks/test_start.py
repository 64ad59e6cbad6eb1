"""Beginning from zones that are known: they are fitted without breaking a limit, and never made worse."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from marketmap.blocks import Locks, Stop, propose, solver
from marketmap.blocks.bound import LagrangianBound
from marketmap.blocks.construct import empty_plan, fix_problem, set_prices
from marketmap.blocks.kernels.anneal import anneal
from marketmap.blocks.propose import resolve
from marketmap.blocks.start import Start, fit_start, lay_out
from marketmap.blocks.zone_problem import ZoneProblem, plan_cost
from tests.blocks.brute_force import broken_limits
from tests.blocks.small_county import make_times
from tests.blocks.test_propose import QUICK, settings_with, two_towns
from tests.blocks.test_search import draw_county


@pytest.fixture(scope="module")
def county() -> ZoneProblem:
    return draw_county()


@pytest.fixture(scope="module")
def known(county: ZoneProblem) -> Start:
    result = solver.solve_zones(county, stop=Stop(max_iterations=40))
    return Start(result.block_of, result.centres, result.providers)


def as_blocks(start: Start) -> list[tuple[np.ndarray, int, int]]:
    return [
        (np.flatnonzero(start.block_of == block), int(centre), int(provider))
        for block, (centre, provider) in enumerate(zip(start.centres, start.providers, strict=True))
    ]


def test_a_plan_fits_the_problem_it_was_made_for_unchanged(county: ZoneProblem, known: Start) -> None:
    fitted = fit_start(county, as_blocks(known))
    assert fitted is not None
    for name in ("block_of", "centres", "providers"):
        assert np.array_equal(getattr(fitted, name), getattr(known, name))


def test_the_search_never_ends_worse_than_it_began(county: ZoneProblem, known: Start) -> None:
    begun = plan_cost(county, known.block_of, known.centres, known.providers)
    for iterations in (0, 20):
        result = solver.solve_zones(county, stop=Stop(max_iterations=iterations), start=known)
        assert result.objective <= begun + 1e-6
        assert not broken_limits(county, result.block_of, result.centres, result.providers)


def test_what_is_laid_out_has_the_sums_that_the_search_keeps(county: ZoneProblem, known: Start) -> None:
    bound = LagrangianBound(county)
    bound.advance(5, upper=np.inf)
    fixed = fix_problem(county, order=bound.relaxation.order, base=bound.relaxation.base, price=bound.prices.point)
    plan = empty_plan(fixed, slots=len(known.centres) + 10, weight=10.0, seed=0)
    lay_out(fixed, plan, county, known)
    nowhere = np.zeros(0, dtype=np.int64)
    assert plan.totals[0] == pytest.approx(plan_cost(county, known.block_of, known.centres, known.providers))
    set_prices(fixed, plan, county, bound.prices)
    anneal(fixed, plan, 0, nowhere, nowhere, nowhere, 5, county.points, 4, 1.0, 0.5, False)
    # Sums kept move by move from the start laid out must be those of the plan they have led to.
    used = plan.block["centre"] >= 0
    for name, each in (("hours", county.hours), ("load", county.load), ("rounds", county.rounds)):
        inside = plan.point["block"] >= 0
        sums = np.bincount(plan.point["block"][inside], weights=each[inside], minlength=len(plan.block))
        assert plan.block[name][used] == pytest.approx(sums[used])
    usage = -county.held[plan.point["block"] >= 0].sum(axis=0)
    for block in np.flatnonzero(used):
        usage[plan.block["provider"][block]] += county.load[plan.point["block"] == block].sum()
    assert plan.provider["usage"] == pytest.approx(usage)
    assert plan.counters[0] == np.count_nonzero(used)
    following = plan.point["following"]
    for block in np.flatnonzero(used):
        walk, point = [], plan.block["head"][block]
        while point >= 0:
            walk.append(int(point))
            point = following[point]
        assert sorted(walk) == np.flatnonzero(plan.point["block"] == block).tolist()


@pytest.mark.parametrize("change", ["max_hours", "capacity", "barred", "centre gone", "provider gone", "torn", "share"])
def test_a_start_that_breaks_the_problem_is_fitted(county: ZoneProblem, known: Start, change: str) -> None:
    blocks, problem = as_blocks(known), county
    if change == "max_hours":
        problem = dataclasses.replace(county, max_hours=0.8 * county.max_hours)
    if change == "capacity":
        problem = dataclasses.replace(county, capacity=0.5 * county.capacity)
    if change == "share":
        problem = dataclasses.replace(county, share_cap=0.5 * county.share_cap)
    if change == "barred":
        extra = county.extra.copy()
        extra[np.arange(0, county.points, 7), known.providers[0]] = np.inf
        problem = dataclasses.replace(county, extra=extra)
    if change == "centre gone":
        blocks = [(points, -1, provider) for points, _, provider in blocks]
    if change == "provider gone":
        blocks = [(points, centre, -1) for points, centre, _ in blocks]
    if change == "torn":
        blocks = [(points[::2], centre, provider) for points, centre, provider in blocks]
        problem = dataclasses.replace(county, min_hours=0.0)
    fitted = fit_start(problem, blocks)
    assert fitted is not None
    assert len(fitted.centres)
    assert not broken_limits(problem, fitted.block_of, fitted.centres, fitted.providers)


@pytest.mark.parametrize("change", ["max_hours", "capacity", "share_cap", "max_provider_hours"])
def test_a_search_from_a_start_over_a_limit_ends_within_it(county: ZoneProblem, known: Start, change: str) -> None:
    problem = dataclasses.replace(county, **{change: 0.6 * getattr(county, change)})
    fitted = fit_start(problem, as_blocks(known))
    assert fitted is not None
    assert fitted.loose is not None
    assert broken_limits(problem, fitted.loose.block_of, fitted.loose.centres, fitted.loose.providers)
    found = solver.solve_zones(problem, seed=1, stop=Stop(max_iterations=60), start=fitted)
    assert broken_limits(problem, found.block_of, found.centres, found.providers) == []


def test_a_variant_of_a_case_begins_from_its_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "EXACT_TRIPLES", 0)  # so that the search is used at all
    tables = two_towns()
    plan = propose(tables, make_times(tables.county_postcodes), settings_with(), stop=QUICK)
    again = resolve(plan.case, stop=Stop(max_iterations=0))
    assert len(plan.case.zones) == len(plan.proposals) > 0
    pd.testing.assert_frame_equal(again.proposals, plan.proposals)
    cold = resolve(plan.case, start=(), stop=Stop(max_iterations=0))
    assert cold.objective >= again.objective
    dear = resolve(plan.case, settings=settings_with(block_cost_minutes=11.0))
    assert dear.objective == pytest.approx(plan.objective + len(plan.proposals))
    without = resolve(plan.case, locks=Locks(forbidden=(("A", str(plan.case.model.points["district_code"].iloc[0])),)))
    assert "A" not in set(without.proposals["suggested_provider_id"])
    fewer = tables.packages[tables.packages["provider_id"] != "B"]
    less = resolve(plan.case, tables=dataclasses.replace(tables, packages=fewer))
    assert less.points["packages"].sum() == len(fewer)
