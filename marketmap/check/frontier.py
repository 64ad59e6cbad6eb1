"""Checks of the frontier of a full run: each row a plan that keeps every rule, and no bound above a plan that is known.

A plan that costs ``c`` at the run's own weight ``w0`` and moves ``h`` carer hours costs ``c + (w - w0) h`` at a weight
``w``. So every plan of the run, whichever file it stands in, tests the bound of every row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from marketmap.check import written
from marketmap.check.alternatives import PROPOSED, is_there, was_stopped
from marketmap.check.costs import number, sum_objective, sum_without_blocks
from marketmap.check.evidence import Evidence
from marketmap.check.figures import COST_STEP, HUNDREDTH, SHARE_STEP
from marketmap.check.findings import Broken, check, count, some
from marketmap.check.variants import compare_figures, compare_gap, find_faults, lay_variant, measure

LEAST_POINTS = 7
EDGE = 1e-6


@dataclass(frozen=True)
class _Known:
    """A plan of the run: what it costs at the run's own weight, how far off that may be, and the carer hours it moves.

    ``moved`` is of its proposed blocks alone.
    """

    name: str
    cost: float
    allow: float
    moved: float


@dataclass(frozen=True)
class _Weights:
    """The run's own weight of an hour that moves, and the hours that blocks already let move in every plan."""

    own: float
    let: float

    def at(self, weight: float, known: _Known) -> float:
        """Cost a plan at a weight; NaN: no hour may move, and none is charged."""
        if pd.isna(weight):
            return known.cost - self.own * self.let if known.moved <= EDGE else float("inf")
        return known.cost + (weight - self.own) * (known.moved + self.let)

    def rounding(self, weight: float, known: _Known) -> float:
        """Say how far a cost at a weight may be off because the weight is written to a hundredth."""
        return known.allow + (0.0 if pd.isna(weight) else HUNDREDTH * (known.moved + self.let))


def _weigh(evidence: Evidence) -> _Weights:
    rows = evidence.movable
    let = rows[rows["block_id"].isin(evidence.existing) & rows["others"]]
    return _Weights(evidence.settings.blocks.move_minutes_hour, float(let["carer_hours"].sum()))


def _rows(evidence: Evidence) -> pd.DataFrame:
    return evidence.written(written.FRONTIER).drop_duplicates("plan")


def _lay(evidence: Evidence, name: str) -> Evidence:
    """Lay a row's plan out; the proposed one is the run itself."""
    if name == PROPOSED:
        return evidence
    return lay_variant(evidence, written.FRONTIER_POSTCODES, name)


def _know(evidence: Evidence) -> dict[str, _Known]:
    """List every plan that a run's files hold, in any table, with the one without new blocks."""
    known = {}
    for name in _rows(evidence)["plan"]:
        found = measure(_lay(evidence, str(name)))
        known[str(name)] = _Known(str(name), found.objective, found.objective_may_differ, found.carer_hours_moving)
    if is_there(evidence, written.ALTERNATIVES, written.ALTERNATIVE_POSTCODES):
        for name in sorted(set(evidence.written(written.ALTERNATIVE_POSTCODES)["plan"])):
            found = measure(lay_variant(evidence, written.ALTERNATIVE_POSTCODES, str(name)))
            known[name] = _Known(name, found.objective, found.objective_may_differ, found.carer_hours_moving)
    known["no new block"] = _Known("no new block", sum_without_blocks(evidence), sum_objective(evidence)[1], 0.0)
    return known


@check("frontier-listed")
def frontier_listed(evidence: Evidence) -> Iterator[Broken]:
    """Hold that rows run from no hour moved on, each with its gap, the plan among them, and at least seven points."""
    if not is_there(evidence, written.FRONTIER):
        return
    rows = evidence.written(written.FRONTIER)
    if rows["plan"].duplicated().any() or ((rows["plan"] == PROPOSED) != (rows["proposed"] == "yes")).any():
        yield Broken(written.FRONTIER, "a plan stands twice, or another is called the proposed one")
    if (rows["proposed"] == "yes").sum() != 1:
        yield Broken(written.FRONTIER, "the proposed plan is not one of the rows")
    said = was_stopped(evidence) or any("frontier has" in str(note) for note in evidence.recorded("notes"))
    if len(rows) < LEAST_POINTS and not said:
        yield Broken(
            written.FRONTIER, f"{count(len(rows), 'point')}, where {LEAST_POINTS} are promised, and no word of why"
        )
    if (rows["carer_hours_moving"].diff() < -HUNDREDTH).any():
        yield Broken(written.FRONTIER, "the rows do not run from the fewest hours moved to the most")
    weights = rows.loc[rows["proposed"] != "yes", "move_minutes_hour"].fillna(float("inf"))
    if (weights.to_numpy()[1:] > weights.to_numpy()[:-1] + EDGE).any():
        yield Broken(written.FRONTIER, "more hours move at a higher weight of an hour that moves")
    for _, row in rows.iterrows():
        yield from compare_gap(written.FRONTIER, row)
        if pd.isna(row["move_minutes_hour"]) and row["carer_hours_moving"] > HUNDREDTH:
            yield Broken(written.FRONTIER, f"{row['plan']}: no hour may move, and {row['carer_hours_moving']:g} do")
    for share, column in (
        ("share_of_most_saved", "travel_minutes_saved_week"),
        ("share_of_most_moved", "carer_hours_moving"),
    ):
        most = float(rows[column].max())
        wrong = (
            (rows[share] - rows[column] / most).abs() > SHARE_STEP + 2 * HUNDREDTH / most
            if most > 0
            else rows[share].notna()
        )
        if wrong.any():
            yield Broken(
                written.FRONTIER, f"{share} is wrong in {count(int(wrong.sum()), 'row')}", some(rows.loc[wrong, "plan"])
            )


@check("frontier-dominated")
def frontier_dominated(evidence: Evidence) -> Iterator[Broken]:
    """Hold that a row is called dominated where another saves as much for fewer hours, or more for no more."""
    if not is_there(evidence, written.FRONTIER):
        return
    rows = evidence.written(written.FRONTIER)
    for _, row in rows.iterrows():
        saves = rows["travel_minutes_saved_week"] - float(row["travel_minutes_saved_week"])
        moves = float(row["carer_hours_moving"]) - rows["carer_hours_moving"]
        # Figures are rounded: what is as near as that may be told either way.
        step = 2 * HUNDREDTH + EDGE
        surely = ((saves > step) & (moves >= 0) | (saves >= 0) & (moves > step)).any()
        perhaps = ((saves >= -step) & (moves >= -step) & (rows["plan"] != row["plan"])).any()
        if (surely and row["dominated"] == "no") or (not perhaps and row["dominated"] == "yes"):
            yield Broken(written.FRONTIER, f"dominated is wrong for {row['plan']}", (str(row["plan"]),))


@check("frontier-rules")
def frontier_rules(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each row is itself a plan: every rule that the proposed plan must keep, it keeps."""
    if not is_there(evidence, written.FRONTIER, written.FRONTIER_POSTCODES):
        return
    listed = set(evidence.written(written.FRONTIER_POSTCODES)["plan"])
    rows = _rows(evidence)
    wanted = set(rows.loc[(rows["proposed"] != "yes") & (rows["blocks"] > 0), "plan"])
    if listed != wanted:
        what = "does not list the postcodes of just those rows of the frontier that have blocks of their own"
        yield Broken(written.FRONTIER_POSTCODES, what, some(sorted(listed ^ wanted)))
    for name in sorted(listed & wanted):
        yield from find_faults(evidence, written.FRONTIER_POSTCODES, str(name))


@check("frontier-figures")
def frontier_figures(evidence: Evidence) -> Iterator[Broken]:
    """Hold that each row costs, moves and brings what its own postcodes add up to, at either weight."""
    if not is_there(evidence, written.FRONTIER, written.FRONTIER_POSTCODES):
        return
    weights, known = _weigh(evidence), _know(evidence)
    for _, row in _rows(evidence).iterrows():
        name = str(row["plan"])
        yield from compare_figures(written.FRONTIER, row, measure(_lay(evidence, name)))
        own, weight = known[name], float(row["move_minutes_hour"])
        if not abs(float(row["objective_proposed_weights"]) - own.cost) <= own.allow + COST_STEP:
            what = f"{name}: objective_proposed_weights is {row['objective_proposed_weights']:.2f}, not {own.cost:.2f}"
            yield Broken(written.FRONTIER, what)
        cost = weights.at(weight, own)
        if not abs(float(row["objective"]) - cost) <= weights.rounding(weight, own) + COST_STEP:
            yield Broken(
                written.FRONTIER, f"{name}: objective is {row['objective']:.2f}; at its weight it is {cost:.2f}"
            )


@check("frontier-bounds")
def frontier_bounds(evidence: Evidence) -> Iterator[Broken]:
    """Hold that no plan of the run costs less at a row's weight than its bound, nor another row less than it."""
    if not is_there(evidence, written.FRONTIER, written.FRONTIER_POSTCODES):
        return
    weights, known, rows = _weigh(evidence), _know(evidence), _rows(evidence)
    low = number(evidence, "lower_bound")
    for plan in known.values():
        if low > plan.cost + plan.allow:
            what = f"solver.lower_bound ({low:.2f}) is above a plan that the files show: {plan.name}, {plan.cost:.2f}"
            yield Broken(written.RECORD, what, (plan.name,))
    for _, row in rows.iterrows():
        name, weight = str(row["plan"]), float(row["move_minutes_hour"])
        for plan in known.values():
            cost, allow = weights.at(weight, plan), weights.rounding(weight, plan)
            if float(row["lower_bound"]) > cost + allow:
                what = f"{name}: lower_bound ({row['lower_bound']:.2f}) is above plan {plan.name} ({cost:.2f})"
                yield Broken(written.FRONTIER, what, (name,))
            dearer = weights.at(weight, known[name]) - cost - allow - weights.rounding(weight, known[name])
            if row["proposed"] != "yes" and plan.name in set(rows["plan"]) and dearer > 0:
                yield Broken(written.FRONTIER, f"{name} is dearer at its own weight than {plan.name}", (name,))
