"""What travel can be saved for how many hours that change provider: a row of plans from none to the least travel.

A plan's cost is the rest plus a weight × carer hours that move, so each weight picks out a plan. The weights are those
at which two neighbouring plans tie (Aneja and Nair 1979, Management Science 25), wherever the two lie furthest apart
in hours moved. Every plan found on the way is kept and each row is the cheapest of them all at its weight, so
fewer hours move as the weight rises. The least cost at a weight is a concave function of the weight, so bounds
at two weights give one in between; each row has the better of that and its own.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from marketmap.blocks.comparison import PlanFigures
from marketmap.blocks.model import BlockModel
from marketmap.blocks.plan import Plan, Zone
from marketmap.blocks.relaxation import Prices
from marketmap.blocks.stop import Stop
from marketmap.blocks.variants import (
    Footing,
    SearchStoppedError,
    Tell,
    charge_pairs,
    find_footing,
    measure_variant,
    part_of_stop,
    solve_variant,
    take_variant,
)
from marketmap.blocks.zone_problem import relative_gap

ROWS, FEWEST = 11, 7
# Weights searched at first, as multiples of the one at which the two ends tie; and searches after that, where gaps are.
SWEEP = (0.12, 0.25, 0.4, 0.6, 1.0, 2.0, 4.0)
MOST_SEARCHES = 6
# Two plans nearer to each other than this share of the most hours moved are not worth a search between them.
NEAR = 0.02
# A bound begins from the prices of a weight up to so many times larger or smaller; from further away it ends lower than
# one that begins afresh.
LIKE = 3.0
LITTLE = 1e-6


@dataclass(frozen=True)
class FrontierRow:
    """A plan of the frontier.

    Attributes
    ----------
    move_minutes_hour
        The weight that it is the cheapest plan known at; ``inf``: no hour may move.
    zones
        Its proposed blocks, in the arrays of the plan's model.
    figures
        Measured at the proposed plan's weights.
    objective, lower_bound, gap
        At the row's own weight.
    proposed
        Whether it is the proposed plan itself.
    dominated
        Whether another row saves as much travel and moves fewer hours, or saves more and moves no more.
    """

    move_minutes_hour: float
    zones: tuple[Zone, ...]
    figures: PlanFigures
    objective: float
    lower_bound: float
    gap: float
    proposed: bool = False
    dominated: bool = False


@dataclass(frozen=True)
class Frontier:
    """The rows, from no hour moved to the least travel, and what must be known of them.

    ``ended`` says what ended each search: words of `stop`.
    """

    rows: tuple[FrontierRow, ...]
    notes: tuple[str, ...]
    ended: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Known:
    """A plan found: its hours moved and the rest of its cost, by the weight 0."""

    zones: tuple[Zone, ...]
    moved: float
    rest: float

    def cost(self, weight: float) -> float:
        if math.isinf(weight):
            return self.rest if self.moved <= LITTLE else math.inf
        return self.rest + weight * self.moved


class _Walk:
    """The search along the frontier: the pool of plans, and a bound and prices at each weight tried."""

    def __init__(self, plan: Plan, footing: Footing, *, stop: Stop, on_row: Tell | None) -> None:
        case = plan.case
        self.plan, self.base, self.stop, self.on_row = plan, footing.variant, stop, on_row
        self.weight = case.settings.blocks.move_minutes_hour
        self.free_of_moves = take_variant(
            forget_moves(case.model),
            case.zones,
            settings=dataclasses.replace(case.settings.blocks, move_minutes_hour=0.0),
        )
        self.moved_hours = count_moves(case.model)
        proposed = tuple(zone for zone in case.zones if not zone.existing)
        self.proposed = self._know(proposed)
        self.nothing = self._know(())
        self.pool = [self.proposed, self.nothing]
        # The blocks already let move their hours in every plan: their part of a bound grows with the weight too.
        self.let_moved = sum(float(self.moved_hours[zone.points, zone.provider].sum())
                             for zone in case.zones if zone.existing)  # fmt: skip
        self.bounds: dict[float, float] = {self.weight: footing.lower_bound - self.weight * self.let_moved}
        self.prices: dict[float, Prices] = {self.weight: footing.prices}
        self.ended: list[str] = []
        # how often a search was begun between a plan, by its hours moved, and the next that moves more
        self.begun: dict[float, int] = {}

    def _know(self, zones: Sequence[Zone]) -> _Known:
        moved = sum(float(self.moved_hours[zone.points, zone.provider].sum()) for zone in zones if not zone.existing)
        return _Known(tuple(zones), moved, measure_variant(self.free_of_moves, zones).objective)

    def best(self, weight: float) -> _Known:
        """Find the cheapest plan known at a weight; of equals the one that moves least."""
        return min(self.pool, key=lambda known: (known.cost(weight), known.moved))

    def solve(self, weight: float, *, start: _Known | None = None) -> None:
        """Search at a weight, from a plan that is known or else from the cheapest known there."""
        if self.on_row:
            told = "no hour moves" if math.isinf(weight) else f"{weight:.2f} minutes for an hour that moves"
            self.on_row(f"Frontier, {told}")
        charge = np.where(self.moved_hours > LITTLE, np.inf, 0.0) if math.isinf(weight) else weight * self.moved_hours
        near = min(self.prices, key=lambda known: _apart(known, weight))
        prices = self.prices[near] if _apart(near, weight) <= LIKE else None
        found = solve_variant(
            charge_pairs(self.free_of_moves, charge),
            (start or self.best(weight)).zones,
            seed=self.plan.case.seed,
            stop=self.stop,
            prices=prices,
        )
        self.pool.append(self._know(found.zones))
        self.ended.append(found.ended)
        self.bounds[weight] = max(self.bounds.get(weight, -math.inf), found.lower_bound)
        if found.prices is not None:
            self.prices[weight] = found.prices

    def sweep(self) -> None:
        """Search at both ends, then at weights spread around the one at which they tie, each from the plan before."""
        self.solve(0.0)
        self.solve(math.inf)
        most, none = self.best(0.0), self.best(math.inf)
        if most.moved - none.moved <= LITTLE:
            return
        before = 0.0
        for multiple in SWEEP:
            weight = multiple * _tie(none, most)
            self.solve(weight, start=self.best(before))
            before = weight

    def bound(self, weight: float) -> float:
        """Find the best bound known at a weight: its own, or between its neighbours' (the least cost is concave)."""
        finite = sorted((w, b) for w, b in self.bounds.items() if math.isfinite(w))
        own = self.bounds.get(weight, -math.inf)
        if math.isinf(weight):
            # what may be done with no hour moved may be done at any weight, at the same cost
            return max([own, *(value for _, value in finite)])
        chords = [
            first + (second - first) * (weight - below) / (above - below)
            for below, first in finite
            for above, second in finite
            if below < weight < above
        ]
        # the least cost never falls as the weight rises
        return max([own, *chords, *(value for at, value in finite if at <= weight)])


def trace_frontier(
    plan: Plan,
    *,
    rows: int = ROWS,
    footing: Footing | None = None,
    stop: Stop | None = None,
    on_row: Tell | None = None,
) -> Frontier:
    """Trace what travel can be saved for how many hours that change provider.

    Parameters
    ----------
    plan
        With its case.
    rows
        How many rows to aim at, both ends and the proposed plan included. Fewer come out where plans lie together.
    footing
        As `variants.find_footing` gives it; found here where not given.
    stop
        Of each search; a part of the plan's own where not given.
    on_row
        Told what is being done.

    Returns
    -------
    Frontier

    Raises
    ------
    SearchStoppedError
        When the user stopped it; with the rows known by then, if any search was done.
    """
    walk = _Walk(plan, footing or find_footing(plan), stop=stop or part_of_stop(plan), on_row=on_row)
    try:
        walk.sweep()
        for _ in range(MOST_SEARCHES):
            found = _next_search(walk) if len(_list_rows(walk)) < rows else None
            if found is None:
                break
            weight, start = found
            walk.solve(weight, start=start)
    except SearchStoppedError:
        raise SearchStoppedError(_finish(walk) if walk.ended else None) from None
    return _finish(walk)


def forget_moves(model: BlockModel) -> BlockModel:
    """Take the cost of hours that move out of a model."""
    return dataclasses.replace(model, moves=np.zeros_like(model.moves))


def count_moves(model: BlockModel) -> np.ndarray:
    """Count the carer hours that would change provider at each point, were it in each provider's block: (n, P)."""
    carried = (model.points["carer_hours"] - model.points["carer_hours_waiting"]).to_numpy(float)
    return np.asarray(np.maximum(carried[:, None] - model.held, 0.0), dtype=np.float64)


def _apart(one: float, other: float) -> float:
    """Tell how many times larger one weight is than the other, a minute added to both; infinite where one alone is."""
    if math.isinf(one) or math.isinf(other):
        return 1.0 if one == other else math.inf
    return max((1.0 + one) / (1.0 + other), (1.0 + other) / (1.0 + one))


def _find_corners(walk: _Walk) -> list[_Known]:
    """Find the plans known that are the cheapest at some weight, from no hour moved on: the pool's lower hull."""
    corners: list[_Known] = []
    for known in sorted(walk.pool, key=lambda known: (known.moved, known.rest)):
        if corners and known.rest >= corners[-1].rest - LITTLE:
            continue
        while len(corners) > 1 and _tie(corners[-2], known) >= _tie(corners[-2], corners[-1]):
            corners.pop()
        corners.append(known)
    return corners


def _tie(one: _Known, other: _Known) -> float:
    """Find the weight at which two plans cost the same, the other moving more."""
    return (one.rest - other.rest) / max(other.moved - one.moved, LITTLE)


def _list_rows(walk: _Walk) -> list[tuple[_Known, float]]:
    """List the plans to show, each with a weight that it is the cheapest known at, and the proposed plan at its own."""
    corners = _find_corners(walk)
    ties = [math.inf, *(_tie(one, other) for one, other in itertools.pairwise(corners)), 0.0]
    rows = []
    for known, (above, below) in zip(corners, itertools.pairwise(ties), strict=True):
        if known is walk.proposed:
            continue
        tried = [weight for weight in walk.bounds if below <= weight <= above]
        # of weights that would do, the one at which most is proven; every corner but the first has a weight below it
        gaps = {weight: relative_gap(known.cost(weight), walk.bound(weight)) for weight in tried}
        weight = min(gaps, key=lambda weight: (gaps[weight], -weight)) if gaps else math.sqrt(below * above)
        rows.append((known, weight))
    rows.append((walk.proposed, walk.weight))
    return sorted(rows, key=lambda row: (row[0].moved, -row[1]))


def _next_search(walk: _Walk) -> tuple[float, _Known] | None:
    """Find the two neighbours that lie furthest apart, the weight at which they tie, and which of them to begin from.

    A search gives moves up more readily than it finds them, so it begins from the one that moves more, and only where
    that stayed near where it began from the other. None where all are near each other or were tried both ways.
    """
    corners = _find_corners(walk)
    most = max(known.moved for known in corners)
    pairs = sorted(itertools.pairwise(corners), key=lambda pair: (pair[0].moved - pair[1].moved, pair[0].moved))
    for one, other in pairs:
        if other.moved - one.moved <= NEAR * most:
            break
        tie, begun = _tie(one, other), walk.begun.get(one.moved, 0)
        fresh = all(not math.isclose(tie, known, rel_tol=1e-3, abs_tol=1e-6) for known in walk.bounds)
        if begun < 2 and (fresh or begun):
            walk.begun[one.moved] = begun + 1
            return tie, (other, one)[begun]
    return None


def _make_row(walk: _Walk, known: _Known, weight: float) -> FrontierRow:
    finite = 0.0 if math.isinf(weight) else weight
    objective = known.cost(weight) + finite * walk.let_moved
    bound = min(walk.bound(weight) + finite * walk.let_moved, objective)
    return FrontierRow(
        move_minutes_hour=weight,
        zones=known.zones,
        figures=measure_variant(walk.base, known.zones),
        objective=objective,
        lower_bound=bound,
        gap=relative_gap(objective, bound),
        proposed=known is walk.proposed,
    )


def dominates(one: PlanFigures, other: PlanFigures) -> bool:
    """Tell whether a plan saves as much travel as another for fewer hours moved, or more for no more."""
    saves = one.travel_minutes_saved - other.travel_minutes_saved
    moves = one.carer_hours_moving - other.carer_hours_moving
    return saves >= -LITTLE and moves <= LITTLE and (saves > LITTLE or moves < -LITTLE)


def _mark_dominated(rows: list[FrontierRow]) -> list[FrontierRow]:
    return [
        dataclasses.replace(row, dominated=any(dominates(other.figures, row.figures) for other in rows)) for row in rows
    ]


def _finish(walk: _Walk) -> Frontier:
    rows = _mark_dominated([_make_row(walk, known, weight) for known, weight in _list_rows(walk)])
    return Frontier(tuple(rows), _note(len(rows)), tuple(walk.ended))


def _note(rows: int) -> tuple[str, ...]:
    if rows >= FEWEST:
        return ()
    return (f"The frontier has {rows} plans only: no more were found that are the cheapest at some weight.",)
