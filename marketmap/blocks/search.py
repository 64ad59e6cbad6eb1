"""One engine for blocks with and without providers: a bound, a search, and a proof where the case is small."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from marketmap.blocks.bound import LagrangianBound
from marketmap.blocks.conflicts import explain_conflict, find_conflict
from marketmap.blocks.construct import empty_plan, fix_problem, set_prices
from marketmap.blocks.exact import ExactAnswer, solve_exactly
from marketmap.blocks.interrupts import is_asked
from marketmap.blocks.kernels.anneal import anneal
from marketmap.blocks.kernels.state import Fixed, Ints, Plan
from marketmap.blocks.locate import Located, can_locate
from marketmap.blocks.merging import merge_together
from marketmap.blocks.relaxation import count_limits
from marketmap.blocks.repair import repair_plan
from marketmap.blocks.start import Start, lay_out
from marketmap.blocks.starts import round_centres
from marketmap.blocks.stop import PROOF, USER, Clock, Stop
from marketmap.blocks.zone_problem import ZoneProblem, ZoneResult, plan_cost, relative_gap
from marketmap.errors import PlanError

Progress = Callable[[int, float, float], None]

# Allowed (point, centre, provider) triples up to which a case is simply solved.
EXACT_TRIPLES = 1500
# What such a proof may take before the search takes over: nodes each time, and a part of the seconds.
EXACT_NODES, EXACT_SHARE = 20_000, 0.5
# Share of all hours by which a plan may break its limits and still be worth mending.
MENDABLE = 0.01
# The heat at the start, as a share of what placing a usual point is worth, and what it falls to by the end.
HOTTEST, COLDEST = 0.2, 0.005
# The same where the search begins from a plan, so that it is improved and not forgotten, as a share of that; and where
# the first plan is built from the bound's own centres.
WARM, PLACED = 0.1, 0.25
# Evaluations of the bound before the search, and with each chunk of iterations after that.
BOUND_STEPS = (60, 3)
# Where the first plan is built from the bound's own centres: evaluations before it, the share of the time they may
# take, and evaluations with each chunk of iterations after it.
SETTLE, SETTLE_SHARE, ROUNDS, PLACED_STEPS = 1100, 0.35, 3, 8
# Ways to round tried, one for so many iterations, and the share of the time by which centres must be placed.
OFFSETS, TRIAL, LOCATE_SHARE = (0.5, 0.1, 0.7, 0.3, 0.9), 100, 0.6
# Share of the run after which limits are made dear for good.
FIRM = 0.85
# How much dearer limits are while split points are made whole, and the heat at that.
MENDING, MENDS, COOL = 4.0, 6, 0.002
NOWHERE = np.zeros(0, dtype=np.int64)


@dataclass
class _Best:
    """The best plan so far, as the caller will see it."""

    objective: float = np.inf
    block_of: Ints | None = None
    centres: Ints | None = None
    providers: Ints | None = None


def solve_zones(
    problem: ZoneProblem,
    *,
    seed: int = 0,
    stop: Stop | None = None,
    on_progress: Progress | None = None,
    start: Start | None = None,
    bound_steps: tuple[int, int] = BOUND_STEPS,
) -> ZoneResult:
    """Choose blocks, their centres, providers and points together, at the least cost that can be found.

    Parameters
    ----------
    problem
        The block problem.
    seed
        Same problem, seed and ``stop.max_iterations``: same result.
    stop
        Limits, whichever comes first.
    on_progress
        Called now and then with the iteration, the best cost (``inf`` before the first plan) and the lower bound.
    start
        A plan to begin from, as `start.fit_start` gives it; the result is never worse. A case small enough to be
        solved exactly does without.
    bound_steps
        How much work goes into the bound, before the search and after each part of it.

    Returns
    -------
    ZoneResult
        An impossible problem gives ``status="infeasible"`` and says why in ``conflict``.
    """
    if problem.has_together:
        merged = merge_together(problem)
        return merged.spread(solve_zones(merged.problem, seed=seed, stop=stop, on_progress=on_progress,
                                         start=merged.gather_start(start), bound_steps=bound_steps))  # fmt: skip
    stop = stop or Stop()
    clock = Clock(stop)
    conflict = find_conflict(problem)
    if conflict:
        return _no_plan(problem, "infeasible", conflict, clock)
    if _triples(problem) <= EXACT_TRIPLES:
        answer = solve_exactly(problem, stop=stop.take_part(EXACT_SHARE), max_nodes=EXACT_NODES, seed=seed)
        if answer.status == "infeasible":
            return _no_plan(problem, "infeasible", explain_conflict(problem), clock)
        if answer.status == "optimal":
            return _proven(answer, clock)
    return _Search(problem, seed=seed, stop=stop, clock=clock, on_progress=on_progress, start=start,
                   bound_steps=bound_steps).run()  # fmt: skip


def relaxed_constraints(problem: ZoneProblem) -> tuple[str, ...]:
    """Names of the constraints that the Lagrangian bound does not honour in full."""
    names = {
        "contiguity": problem.adjacency is not None,
        "share cap (a single block counts as its maximum size)": problem.has_share_caps,
        "places kept apart by a lock": problem.has_apart,
    }
    return tuple(name for name, there in names.items() if there)


class _Search:
    """One run: bound and annealing in turns."""

    def __init__(
        self,
        problem: ZoneProblem,
        *,
        seed: int,
        stop: Stop,
        clock: Clock,
        on_progress: Progress | None,
        start: Start | None = None,
        bound_steps: tuple[int, int] = BOUND_STEPS,
    ) -> None:
        self.problem, self.stop, self.clock, self.on_progress = problem, stop, clock, on_progress
        self.seed, self.start, self.bound_steps = seed, start, bound_steps
        self.best = _Best()
        self.iteration = 0
        self.bound = LagrangianBound(problem)
        self.places = start is None and can_locate(problem)
        if self.places:
            self.bound_steps = (bound_steps[0], max(bound_steps[1], PLACED_STEPS))

    def run(self) -> ZoneResult:
        try:
            self._work()
        except KeyboardInterrupt:
            if is_asked():  # the second time: the run is abandoned
                raise
            return self._result("stopped", USER)
        return self._result("feasible")

    def _work(self) -> None:
        bound = self.bound
        self._start_outside()
        self._settle_prices()
        price = bound.prices.point
        relaxation = bound.relaxation
        fixed = fix_problem(self.problem, order=relaxation.order, base=relaxation.base, price=price)
        dear = np.abs(price) / np.maximum(self.problem.hours, 1e-3)
        weight = float(max(3.0 * np.median(dear), 1.2 * np.quantile(dear, 0.99))) + 1e-6
        if self.places:
            weight = 3.0 * float(np.median(dear)) + 1e-6
        usual = float(np.median(np.abs(price))) + 1e-9
        plan = self._first_plan(fixed, weight)
        horizon = self.stop.iterations
        steps = self.problem.points
        block_steps = max(4, int(plan.counters[0]) // 10)
        hottest = HOTTEST * (PLACED if self.places else WARM if self.start is not None else 1.0)
        chunk, before = 20, 0.0
        while not self._is_done():
            done = (
                self.iteration / horizon if horizon else self.clock.seconds() / max(self.stop.max_seconds or 1.0, 1e-9)
            )
            ahead = (self.iteration + chunk) / horizon if horizon else done
            hot, cold = (usual * hottest * COLDEST ** min(1.0, share) for share in (done, ahead))
            count = min(chunk, horizon - self.iteration) if horizon is not None else chunk
            anneal(fixed, plan, 0, NOWHERE, NOWHERE, NOWHERE, count, steps, block_steps, hot, cold, False)
            self.iteration += count
            self._reweigh(plan, weight, count / horizon if horizon else max(0.0, done - before), done)
            before = done
            self._take(plan)
            self._mend(plan)
            bound.advance(self.bound_steps[1], upper=self.best.objective)
            set_prices(fixed, plan, self.problem, bound.prices)
            if self.on_progress:
                self.on_progress(self.iteration, self.best.objective, bound.value)
        anneal(fixed, plan, 0, NOWHERE, NOWHERE, NOWHERE, 0, 0, 0, 0.0, 0.0, True)
        self._take(plan)
        self._mend(plan)

    def _settle_prices(self) -> None:
        """Move the bound's prices before the first plan: a few steps, or until they rest where plans build on them."""
        bound, horizon = self.bound, self.stop.iterations
        known = self.start.prices if self.start is not None else None
        if known is not None:
            bound.begin(known)
        bound.advance(self.bound_steps[0], upper=np.inf if known is None else self.best.objective)
        if not self.places:
            return
        most = SETTLE if horizon is None else min(SETTLE, horizon // 2)
        while bound.rounds < ROUNDS and bound.iterations < most and bound.value < np.inf:
            if self.clock.remaining() < (1.0 - SETTLE_SHARE) * (self.stop.max_seconds or np.inf):
                return
            bound.advance(20, upper=np.inf)
            if self.on_progress:
                self.on_progress(0, self.best.objective, bound.value)

    def _first_plan(self, fixed: Fixed, weight: float) -> Plan:
        """Make a plan out of the one to begin from, out of nothing, or from the centres that the bound would open."""
        problem, bound = self.problem, self.bound
        plan = empty_plan(fixed, slots=_slots(problem), weight=weight, seed=self.seed)
        if self.start is not None:
            lay_out(fixed, plan, problem, self.start.loose or self.start)
        set_prices(fixed, plan, problem, bound.prices)
        if self.start is not None:
            return plan
        located = self._locate() if self.places else None
        if located is None:
            anneal(fixed, plan, _first_count(problem), NOWHERE, NOWHERE, NOWHERE, 0, 0, 0, 0.0, 0.0, False)
        else:
            # whole points do not fit as split ones do: limits are made dear until they do, then as usual
            usual = float(np.median(np.abs(fixed.point["price"]))) + 1e-9
            holders, into = np.zeros(len(located.centres), dtype=np.int64), located.nearest()
            plan.weights[1:] = MENDING * weight
            anneal(fixed, plan, 1, located.centres, holders, into, 0, 0, 0, 0.0, 0.0, False)
            for _ in range(MENDS):
                anneal(fixed, plan, 0, NOWHERE, NOWHERE, NOWHERE, TRIAL // 2, problem.points, 1,
                       COOL * usual, COOL * usual, False)  # fmt: skip
                if np.isfinite(plan.best[0]) or self.clock.is_over():
                    break
                plan.weights[1:] *= MENDING
            self._take(plan)
            plan.weights[1:] = weight
        return plan

    def _locate(self) -> Located | None:
        """Place the centres, points split, the best of a few ways to round what the bound opens."""
        problem, bound, horizon = self.problem, self.bound, self.stop.iterations
        ways = OFFSETS if horizon is None else OFFSETS[: horizon // TRIAL]
        best: Located | None = None
        for offset in ways:
            centres = round_centres(problem, bound.opened, problem.n_blocks or 0, offset=offset)
            if len(centres) < (problem.n_blocks or 0):
                continue
            found = Located(problem, centres)
            if found.settle() and (best is None or found.cost < best.cost):
                best = found
            if self._late():
                break
        if best is not None:
            best.relocate(bound.relaxation, self._late)
        return best

    def _late(self) -> bool:
        return self.clock.remaining() < (1.0 - LOCATE_SHARE) * (self.stop.max_seconds or np.inf)

    def _reweigh(self, plan: Plan, weight: float, share: float, done: float) -> None:
        """Charge more for a limit while it is broken, so that by the end none pays to break."""
        problem = self.problem
        dearest = np.where(np.isfinite(problem.outside), problem.outside, 0.0) / np.maximum(problem.hours, 1e-9)
        top = max(50.0 * weight, 2.0 * float(dearest.max(initial=0.0)))
        broken = (plan.totals[1:] > 1e-6) | (plan.counters[1] > 0)
        grown = max(1.02, float((top / weight) ** share))
        if self.places and done < FIRM:
            # begun from well-placed centres: too dear too soon, and no point moves any more
            grown = min(grown, 1.05) if np.isfinite(self.best.objective) else MENDING
        plan.weights[1:] = np.clip(plan.weights[1:] * np.where(broken, grown, 0.98), 0.3 * weight, top)

    def _start_outside(self) -> None:
        """Begin with no block at all, where that is a plan."""
        if self.problem.n_blocks in (None, 0) and np.isfinite(self.problem.outside).all():
            nobody = np.full(self.problem.points, -1, dtype=np.int64)
            none = np.zeros(0, dtype=np.int64)
            self.best = _Best(float(self.problem.outside.sum()), nobody, none, none)
        if self.start is not None:
            begun = (self.start.block_of, self.start.centres, self.start.providers)
            cost = plan_cost(self.problem, *begun)
            if cost < self.best.objective:
                self.best = _Best(cost, *begun)

    def _mend(self, plan: Plan) -> None:
        """Make a plan of one that breaks limits a little, where it would be the best so far."""
        over = float(plan.totals[1:].sum())
        if not 1e-6 < over < MENDABLE * float(self.problem.hours.sum()):
            return
        if plan.counters[1] or plan.totals[0] >= self.best.objective:
            return
        used = np.flatnonzero(plan.block["centre"] >= 0)
        position = np.full(len(plan.block) + 1, -1)
        position[used] = np.arange(len(used))
        mended = repair_plan(
            self.problem, position[plan.point["block"]], plan.block["centre"][used], plan.block["provider"][used]
        )
        if mended is not None:
            cost = plan_cost(self.problem, *mended)
            if cost < self.best.objective - 1e-9:
                self.best = _Best(cost, *mended)

    def _is_done(self) -> bool:
        limit = self.stop.iterations
        if self.clock.is_over() or (limit is not None and self.iteration >= limit):
            return True
        gap = relative_gap(self.best.objective, self.bound.value)
        return gap <= max(self.stop.max_gap or 0.0, 1e-9)

    def _take(self, plan: Plan) -> None:
        if not plan.best[0] < self.best.objective - 1e-9:
            return
        used = np.flatnonzero(plan.block["best_centre"] >= 0)
        position = np.full(len(plan.block) + 1, -1)
        position[used] = np.arange(len(used))
        block_of = position[plan.point["best"]]
        centres, providers = plan.block["best_centre"][used], plan.block["best_provider"][used]
        cost = plan_cost(self.problem, block_of, centres, providers)
        self.best = _Best(cost, block_of, centres, providers)

    def _result(self, status: str, ended: str = "") -> ZoneResult:
        best, bound = self.best, self.bound.value
        if best.block_of is None or best.centres is None or best.providers is None:
            text = "No plan was found before the search stopped; it is not proven that there is none."
            return _no_plan(self.problem, "stopped", text, self.clock, bound=bound, iterations=self.iteration)
        bound = min(bound, best.objective)
        gap = relative_gap(best.objective, bound)
        ended = ended or self.clock.name_end(iterations=self.iteration, gap=gap)
        status = "optimal" if gap <= 1e-9 else "stopped" if ended == USER else status
        return ZoneResult(
            block_of=best.block_of,
            centres=best.centres,
            providers=best.providers,
            objective=best.objective,
            lower_bound=bound,
            gap=gap,
            status=status,
            iterations=self.iteration,
            seconds=self.clock.seconds(),
            relaxed=relaxed_constraints(self.problem),
            prices=self.bound.prices,
            ended=ended,
        )


def _first_count(problem: ZoneProblem) -> int:
    """Guess the number of blocks to begin with."""
    if problem.n_blocks is not None:
        return problem.n_blocks
    fewest, most = count_limits(problem)
    middle = max(0.5 * (problem.min_hours + problem.max_hours), 1e-9)
    return int(np.clip(problem.hours.sum() / middle, max(1, fewest), max(1, min(most, problem.centres))))


def _slots(problem: ZoneProblem) -> int:
    if problem.n_blocks is not None:
        return problem.n_blocks + 10
    _, most = count_limits(problem)
    return int(min(most, problem.points, problem.centres)) + 10


def _triples(problem: ZoneProblem) -> int:
    pairs = np.isfinite(problem.travel).sum(axis=1)
    return int(pairs @ np.isfinite(problem.extra).sum(axis=1))


def _proven(answer: ExactAnswer, clock: Clock) -> ZoneResult:
    if answer.block_of is None or answer.centres is None or answer.providers is None:
        raise PlanError("The solver called a case optimal and gave no plan. Please report this with the inputs.")
    return ZoneResult(
        block_of=answer.block_of,
        centres=answer.centres,
        providers=answer.providers,
        objective=answer.objective,
        lower_bound=answer.objective,
        gap=0.0,
        status="optimal",
        iterations=0,
        seconds=clock.seconds(),
        ended=PROOF,
    )


def _no_plan(
    problem: ZoneProblem, status: str, conflict: str, clock: Clock, *, bound: float = np.inf, iterations: int = 0
) -> ZoneResult:
    return ZoneResult(
        block_of=np.full(problem.points, -1),
        centres=np.zeros(0, dtype=np.int64),
        providers=np.zeros(0, dtype=np.int64),
        objective=np.inf,
        lower_bound=bound,
        gap=np.inf,
        status=status,
        iterations=iterations,
        seconds=clock.seconds(),
        conflict=conflict,
    )
