"""One search for blocks, with and without providers: a bound and annealing in turns."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import numpy as np

from marketmap.blocks.answers import BestPlan, no_plan, relaxed_constraints
from marketmap.blocks.bound import LagrangianBound
from marketmap.blocks.compose import Composer, can_compose
from marketmap.blocks.construct import empty_plan, fix_problem, set_prices
from marketmap.blocks.exact import ExactAnswer
from marketmap.blocks.interrupts import is_asked, is_interrupt
from marketmap.blocks.kernels.anneal import anneal
from marketmap.blocks.kernels.state import Fixed, Plan
from marketmap.blocks.locate import Located, can_locate
from marketmap.blocks.relaxation import count_limits
from marketmap.blocks.schedule import Schedule
from marketmap.blocks.start import Start, fit_start, lay_out, sum_broken
from marketmap.blocks.starts import OFFSETS, place_centres
from marketmap.blocks.stop import USER, Clock, Stop
from marketmap.blocks.zone_problem import ZoneProblem, ZoneResult, has_whole_costs, relative_gap

T = TypeVar("T")
Progress = Callable[[int, float, float], None]

# The heat at the start, as a share of what placing a usual point is worth, and what it falls to by the end.
HOTTEST, COLDEST = 0.2, 0.005
# The same where the search begins from a plan, so that it is improved and not forgotten, as a share of that; and where
# the first plan is built from the bound's own centres.
WARM, PLACED = 0.1, 0.25
# The same for a later round that begins from the best plan.
AGAIN = 0.3
# Evaluations of the bound before the search, and with each chunk of iterations after that.
BOUND_STEPS, FEW_STEPS = (60, 3), 10
# Where the first plan is built from the bound's own centres: evaluations before it, the share of the time they may
# take, and evaluations with each chunk of iterations after it.
SETTLE, SETTLE_SHARE, ROUNDS, PLACED_STEPS = 1100, 0.35, 3, 8
# Iterations for each way to round that is tried, and the share of the time by which centres must be placed.
TRIAL, LOCATE_SHARE = 100, 0.6
# Where the first plan is put together of whole blocks: iterations for each round of that, the share of the time by
# which it must stand, and the evaluations of the bound beside each round, while blocks are chosen, and beside each
# chunk of iterations after that.
COMPOSING, COMPOSE_SHARE, COMPOSE_STEPS, CHOOSE_STEPS, CHUNK_STEPS = 20, 0.4, 10, 60, 4
# The heat where the search begins from blocks that were put together, as WARM is.
COMPOSED = 0.2
# Mending a plan takes as long as many iterations: it is tried now and then, and often once so much of a run is over.
MEND_EVERY, OFTEN = 200, 0.75
# Room that each provider keeps at first, in usual points, and the share of a round after which it keeps none.
ROOM, FILLED = 0.2, 0.9
# Share of the run after which limits are made dear for good.
FIRM = 0.85
# How much dearer limits are while split points are made whole, and the heat at that.
MENDING, MENDS, COOL = 4.0, 6, 0.002
NOWHERE = np.zeros(0, dtype=np.int64)


class Search:
    """One run.

    Parameters
    ----------
    problem, seed, stop, on_progress, start, bound_steps
        As for `marketmap.blocks.solver.solve_zones`.
    clock
        Began when the problem was given: what was spent on it before the search counts too.
    known
        What an exact solver found before it gave up.
    """

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
        known: ExactAnswer | None = None,
    ) -> None:
        self.problem, self.stop, self.clock, self.on_progress = problem, stop, clock, on_progress
        self.seed, self.start, self.bound_steps = seed, start, bound_steps
        self.best, self.proven = BestPlan(), -np.inf
        if known is not None:
            self.proven = known.lower_bound
            self.best = BestPlan(known.objective, known.block_of, known.centres, known.providers)
        self.whole = has_whole_costs(problem)
        self.iteration = 0
        self.located: Located | None = None
        self.bound = LagrangianBound(problem)
        self.places = start is None and can_locate(problem)
        if self.places:
            self.bound_steps = (bound_steps[0], max(bound_steps[1], PLACED_STEPS))
        self.composes = start is None and can_compose(problem)
        if self.composes:
            self.bound_steps = (bound_steps[0], max(bound_steps[1], CHUNK_STEPS))

    def run(self) -> ZoneResult:
        """Search until the stop rule says so; a wish to stop gives the best plan so far."""
        with ThreadPoolExecutor(max_workers=1) as self._other:
            try:
                self._work()
            except (KeyboardInterrupt, SystemError) as error:
                if not is_interrupt(error) or is_asked():  # the second time: the run is abandoned
                    raise
                return self._result("stopped", USER)
        return self._result("feasible")

    def _beside(self, work: Callable[[], T], steps: int) -> T:
        """Do some work while the bound moves on another core, and wait for both, so that a run can be repeated."""
        steps = 0 if self.clock.is_over() else steps
        moved = self._other.submit(self.bound.advance, steps, upper=self.best.objective)
        try:
            return work()
        finally:
            moved.result()

    def _work(self) -> None:
        bound = self.bound
        self._start_outside()
        self._settle_prices()
        if self.composes:
            self._compose()
        price = bound.prices.point
        relaxation = bound.relaxation
        fixed = fix_problem(self.problem, order=relaxation.order, base=relaxation.base, price=price)
        dear = np.abs(price) / np.maximum(self.problem.hours, 1e-3)
        weight = float(max(3.0 * np.median(dear), 1.2 * np.quantile(dear, 0.99))) + 1e-6
        if self.places:
            weight = 3.0 * float(np.median(dear)) + 1e-6
        usual = float(np.median(np.abs(price))) + 1e-9
        plan = self._first_plan(fixed, weight, self.seed)
        steps = self.problem.points
        block_steps = max(4, int(plan.counters[0]) // 10)
        warm = COMPOSED if self.composes else WARM
        hottest = HOTTEST * (PLACED if self.places else warm if self.start is not None else 1.0)
        # with providers a run is long for what it has to do, and callers go on from their own plans
        schedule = Schedule(self.clock, single=self.start is not None or self.problem.providers > 1)
        horizon, chunk, number, before = self.stop.iterations, 20, 0, 0.0
        while not self._is_done():
            share = schedule.share(self.iteration)
            if schedule.round_of(share) > number:
                number, before = schedule.round_of(share), 0.0
                self._end_round(fixed, plan)
                plan = self._next_plan(fixed, weight, fresh=schedule.is_fresh(number), number=number)
                hottest = HOTTEST * (PLACED if self.places else 1.0 if schedule.is_fresh(number) else AGAIN)
            done = schedule.within(share, number)
            ahead = done if horizon is None else schedule.within(schedule.share(self.iteration + chunk), number)
            hot, cold = (usual * hottest * COLDEST**part for part in (done, ahead))
            count = min(chunk, horizon - self.iteration) if horizon is not None else chunk
            self._keep_room(fixed, plan, done)
            self._beside(
                partial(anneal, fixed, plan, 0, NOWHERE, NOWHERE, NOWHERE, count, steps, block_steps, hot, cold, False),
                self.bound_steps[1],
            )
            self.iteration += count
            schedule.plan_rounds(self.iteration)
            grown = max(1, schedule.rounds) * count / horizon if horizon else max(0.0, done - before)
            self._reweigh(plan, weight, grown, done)
            before = done
            self.best.take(self.problem, plan, mend=done > OFTEN or self.iteration % MEND_EVERY == 0)
            set_prices(fixed, plan, self.problem, bound.prices)
            if self.on_progress:
                self.on_progress(self.iteration, self.best.objective, self._lower_bound())
        self._end_round(fixed, plan)

    def _keep_room(self, fixed: Fixed, plan: Plan, done: float) -> None:
        """Hold back some room of every provider, less and less: filled to the brim, a plan can hardly be mended."""
        problem = self.problem
        if fixed.provider_limits and problem.providers > 1:
            room = ROOM * float(problem.load.mean()) * max(0.0, 1.0 - done / FILLED)
            fixed.provider["capacity"] = np.maximum(problem.capacity - room, np.minimum(problem.capacity, 0.0))
            plan.totals[1:] = sum_broken(fixed, plan)

    def _end_round(self, fixed: Fixed, plan: Plan) -> None:
        self._keep_room(fixed, plan, 1.0)
        anneal(fixed, plan, 0, NOWHERE, NOWHERE, NOWHERE, 0, 0, 0, 0.0, 0.0, True)
        self.best.take(self.problem, plan)

    def _next_plan(self, fixed: Fixed, weight: float, *, fresh: bool, number: int) -> Plan:
        """Begin another round, from nothing or from the best plan so far."""
        begin = None if fresh else self.best.as_start()
        if begin is None:
            return self._first_plan(fixed, weight, self.seed + number)
        plan = empty_plan(fixed, slots=_slots(self.problem), weight=weight, seed=self.seed + number)
        lay_out(fixed, plan, self.problem, begin)
        set_prices(fixed, plan, self.problem, self.bound.prices)
        return plan

    def _settle_prices(self) -> None:
        """Move the bound's prices before the first plan: a few steps, or until they rest where plans build on them."""
        bound, horizon = self.bound, self.stop.iterations
        known = self.start.prices if self.start is not None else None
        if known is not None:
            bound.begin(known)
        for _ in range(0, self.bound_steps[0], FEW_STEPS):
            if self.clock.is_over():
                return
            bound.advance(FEW_STEPS, upper=np.inf if known is None else self.best.objective)
        if not self.places:
            return
        most = SETTLE if horizon is None else min(SETTLE, horizon // 2)
        while bound.rounds < ROUNDS and bound.iterations < most and bound.value < np.inf:
            if self.clock.remaining() < (1.0 - SETTLE_SHARE) * (self.stop.max_seconds or np.inf):
                return
            bound.advance(20, upper=np.inf)
            if self.on_progress:
                self.on_progress(0, self.best.objective, self._lower_bound())

    def _compose(self) -> None:
        """Put a first plan together of whole blocks, and begin from it."""
        horizon = self.stop.iterations
        rounds = 10**9 if horizon is None else horizon // COMPOSING
        composer = Composer(self.problem, self.bound.relaxation, self.bound.prices, seed=self.seed, rounds=rounds)
        while self._beside(composer.advance, COMPOSE_STEPS):
            if self.clock.remaining() < (1.0 - COMPOSE_SHARE) * (self.stop.max_seconds or np.inf):
                break
            if self.on_progress:
                self.on_progress(0, self.best.objective, self._lower_bound())
        blocks = self._beside(
            partial(composer.blocks, max_seconds=COMPOSE_SHARE * self.clock.remaining()), CHOOSE_STEPS
        )
        self.start = fit_start(self.problem, blocks) if blocks else None
        self._start_outside()

    def _first_plan(self, fixed: Fixed, weight: float, seed: int) -> Plan:
        """Make a plan out of the one to begin from, out of nothing, or from the centres that the bound would open."""
        problem, bound = self.problem, self.bound
        plan = empty_plan(fixed, slots=_slots(problem), weight=weight, seed=seed)
        if self.start is not None:
            lay_out(fixed, plan, problem, self.start.loose or self.start)
        set_prices(fixed, plan, problem, bound.prices)
        if self.start is not None:
            return plan
        if self.places and self.located is None:
            horizon = self.stop.iterations
            ways = len(OFFSETS) if horizon is None else horizon // TRIAL
            self.located = place_centres(problem, bound, ways=ways, is_late=self._late)
        located = self.located
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
            self.best.take(self.problem, plan)
            plan.weights[1:] = weight
        return plan

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
        """Begin with no block at all, where that is a plan, or with the plan to begin from."""
        problem, none = self.problem, np.zeros(0, dtype=np.int64)
        free = np.isfinite(problem.outside).all() and not (problem.capacity < 0).any()
        if problem.n_blocks in (None, 0) and free:
            self.best.offer(problem, np.full(problem.points, -1, dtype=np.int64), none, none)
        if self.start is not None:
            self.best.offer(problem, self.start.block_of, self.start.centres, self.start.providers)

    def _is_done(self) -> bool:
        limit = self.stop.iterations
        if self.clock.is_over() or (limit is not None and self.iteration >= limit):
            return True
        gap = relative_gap(self.best.objective, self._lower_bound())
        return gap <= max(self.stop.max_gap or 0.0, 1e-9)

    def _lower_bound(self) -> float:
        """Tell the best proven bound, rounded up where every plan costs a whole number."""
        bound = max(self.bound.value, self.proven)
        return float(np.ceil(bound - 1e-6)) if self.whole and np.isfinite(bound) else bound

    def _result(self, status: str, ended: str = "") -> ZoneResult:
        best, bound = self.best, self._lower_bound()
        if best.block_of is None or best.centres is None or best.providers is None:
            text = "No plan was found before the search stopped; it is not proven that there is none."
            return no_plan(self.problem, "stopped", text, self.clock, bound=bound, iterations=self.iteration)
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
