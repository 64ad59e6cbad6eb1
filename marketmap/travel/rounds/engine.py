"""The engine's face: an `Instance` in, rounds out. PyVRP finds them; nothing else here knows it.

Least cost is what all rounds together cost: travel, and a fixed cost for each round. PyVRP knows no breaks, but it
takes legs of each kind of vehicle: going from a visit before the break to one after it takes the break's time too, and
going back is out of reach. So every round that has visits on both sides of the break has it once, where the settings
say, and the answer stays exact. A round with visits on one side only has none, and may not be longer than
``break_after``: where the search brings such a one, it is made again with a kind of vehicle for each of the two, which
is exact too but harder to search.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyvrp
from pyvrp.search import PerturbationParams
from pyvrp.stop import MaxIterations

from marketmap.travel.network import Ints
from marketmap.travel.rounds.clock import Shift
from marketmap.travel.rounds.instance import OUT_OF_REACH, SECONDS, Instance, Round, before_break

# Short runs: a long memory of past costs, or much taken apart at once, would spend them on wandering (docs/rounds.md).
HISTORY = 10
MOST_PERTURBED = 10
ANY, ONE, BOTH = "any", "one", "both"  # on which sides of the break a round's visits may be


@dataclass(frozen=True)
class _Kind:
    shift: Shift
    longest: int
    sides: str


def find_rounds(instance: Instance, *, round_cost: int, iterations: int, seed: int) -> list[Round] | None:
    """Find rounds that serve every visit at least cost.

    Parameters
    ----------
    instance
        Every visit fits at least one of its shifts alone.
    round_cost
        Seconds of travel that one more round counts for.
    iterations
        Of the search; the same with the same seed gives the same rounds.

    Returns
    -------
    list of Round or None
        None where the search found no rounds that hold every rule.
    """
    if len(instance) == 0:
        return []
    kinds = [_Kind(shift, int(shift.most_minutes * SECONDS), ANY) for shift in instance.shifts]
    found = _search(instance, kinds, round_cost=round_cost, iterations=iterations, seed=seed)
    if found is None or not any(_needs_break(each, instance) for each in found):
        return None if found is None else [each for each, _ in found]
    kinds = [kind for shift in instance.shifts for kind in _parted(shift, instance)]
    found = _search(instance, kinds, round_cost=round_cost, iterations=iterations, seed=seed)
    return None if found is None else [each for each, _ in found]


def _parted(shift: Shift, instance: Instance) -> list[_Kind]:
    """Part a shift's rounds into those on both sides of its break and those on one."""
    most = int(shift.most_minutes * SECONDS)
    if shift.break_at is None:
        return [_Kind(shift, most, ANY)]
    return [_Kind(shift, min(most, instance.break_after), ONE), _Kind(shift, most, BOTH)]


def _search(
    instance: Instance, kinds: list[_Kind], *, round_cost: int, iterations: int, seed: int
) -> list[tuple[Round, int]] | None:
    """Let the engine search with these kinds of rounds; each with its length in seconds."""
    size = len(instance) + 1
    distance = np.zeros((size, size), dtype=np.int64)
    distance[1:, 1:] = instance.legs
    np.fill_diagonal(distance, 0)
    distance[0, 1:], distance[1:, 0] = instance.out, instance.back
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0)] * size,
        clients=[
            pyvrp.Client(
                row + 1,
                service_duration=int(instance.service[row]),
                tw_early=max(int(instance.earliest[row]), 0),
                tw_late=int(instance.latest[row]),
            )
            for row in range(len(instance))
        ],
        depots=[pyvrp.Depot(0)],
        vehicle_types=[
            pyvrp.VehicleType(
                num_available=len(instance),
                fixed_cost=round_cost,
                tw_early=int(kind.shift.begins * SECONDS),
                tw_late=int(kind.shift.ends * SECONDS),
                shift_duration=kind.longest,
                profile=number,
            )
            for number, kind in enumerate(kinds)
        ],
        distance_matrices=list[Any]([distance] * len(kinds)),
        duration_matrices=list[Any](_durations(distance, instance, kind) for kind in kinds),
    )
    params = pyvrp.SolveParams(
        ils=pyvrp.IteratedLocalSearchParams(history_length=HISTORY),
        perturbation=PerturbationParams(1, MOST_PERTURBED),
    )
    result = pyvrp.solve(data, MaxIterations(iterations), seed=seed, collect_stats=False, params=params)
    if not result.best.is_feasible():
        return None
    rounds = []
    for route in result.best.routes():
        visits = tuple(activity.idx for activity in route.schedule() if activity.is_client())
        shift = kinds[route.vehicle_type()].shift
        rounds.append((Round(shift, visits, int(route.start_time())), int(route.duration())))
    return sorted(rounds, key=lambda found: (found[0].begins, found[0].visits))


def _needs_break(found: tuple[Round, int], instance: Instance) -> bool:
    """Whether a round is too long to be without a break, and has none."""
    made, length = found
    if made.shift.break_at is None or length <= instance.break_after:
        return False
    first = before_break(instance, made.shift)[list(made.visits)]
    return bool(first.all() or not first.any())


def _durations(distance: Ints, instance: Instance, kind: _Kind) -> Ints:
    """Give seconds between visits with the break; row and column 0 are where rounds begin and end."""
    if kind.shift.break_at is None:
        return distance
    first = before_break(instance, kind.shift)
    before, after = np.flatnonzero(first) + 1, np.flatnonzero(~first) + 1
    made = distance.copy()
    made[np.ix_(after, before)] = OUT_OF_REACH
    if kind.sides == ONE:
        made[np.ix_(before, after)] = OUT_OF_REACH
    else:
        made[np.ix_(before, after)] += instance.break_length
    if kind.sides == BOTH:
        made[0, after] = OUT_OF_REACH
        made[before, 0] = OUT_OF_REACH
    return made
