"""Plans that are really different from the proposed one, and from each other, and what each gives up.

Two plans differ by the share of block hours that are with another provider or left to spot purchase
(`comparison.measure_difference`). Every contact hour that stays with the provider of an earlier plan is charged
minutes, more and more until enough hours are elsewhere; of all plans found that are different enough, the one that
costs least at the plan's own weights is kept. The charge only steers the search: cost, bound and gap are those of the
model without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.blocks.comparison import (
    PlanFigures,
    describe_differences,
    measure_difference,
    name_providers,
)
from marketmap.blocks.plan import Plan, Zone
from marketmap.blocks.stop import Stop
from marketmap.blocks.variants import (
    Footing,
    Found,
    SearchStoppedError,
    Tell,
    Variant,
    charge_pairs,
    find_footing,
    measure_variant,
    part_of_stop,
    solve_variant,
)
from marketmap.blocks.zone_problem import relative_gap

LEAST_DIFFERENCE = 0.20
ALTERNATIVES = 2
# The first charge, as a share of what a block hour brings in the proposed plan, and how often it is doubled.
FIRST_CHARGE = 0.125
MOST_TRIES = 5
# A search for an alternative is one of several, so it takes this part of the plan's own iterations.
PART_OF_STOP = 0.125
# A difference this far above the least is near enough to it.
ENOUGH = 0.05
# A plan that costs more than this above the proposed one is no alternative to it.
MOST_DEARER = 0.10
FOUND = "found"


@dataclass(frozen=True)
class Alternative:
    """Another plan, judged at the proposed plan's own weights.

    Attributes
    ----------
    name
        ``A1``, ``A2``.
    status
        ``found``, or why there is none; the figures are then those of the nearest that was found.
    zones
        Its proposed blocks, in the arrays of the plan's model.
    figures, lower_bound, gap
        At the proposed plan's weights; the bound is the proposed plan's.
    difference, difference_others
        Share of block hours elsewhere than in the proposed plan, and than in the nearest of the alternatives before.
    charge
        Minutes that each contact hour left where it was had been charged in the search.
    given_up
        Minutes-equivalent a week that it costs more than the proposed plan.
    ended
        What ended each of its searches: words of `stop`.
    differences
        The largest differences from the proposed plan: contact hours, sentence.
    """

    name: str
    status: str
    zones: tuple[Zone, ...]
    figures: PlanFigures
    lower_bound: float
    gap: float
    difference: float
    difference_others: float
    charge: float
    given_up: float
    differences: tuple[tuple[float, str], ...]
    ended: tuple[str, ...] = ()


def find_alternatives(
    plan: Plan,
    *,
    count: int = ALTERNATIVES,
    least_difference: float = LEAST_DIFFERENCE,
    footing: Footing | None = None,
    stop: Stop | None = None,
    on_row: Tell | None = None,
) -> list[Alternative]:
    """Find plans that are really different from a plan and from each other.

    Parameters
    ----------
    plan
        With its case.
    count
        How many.
    least_difference
        Share of block hours that must be elsewhere.
    footing
        As `variants.find_footing` gives it; found here where not given.
    stop
        Of each search; a part of the plan's own where not given.
    on_row
        Told what is being done.

    Returns
    -------
    list
        ``count`` of them, each with its status: where none is different enough, or none within
        `MOST_DEARER` of the plan's cost, it says so.

    Raises
    ------
    SearchStoppedError
        When the user stopped it; with those found so far.
    """
    case = plan.case
    footing = footing or find_footing(plan)
    stop = stop or part_of_stop(plan, part=PART_OF_STOP)
    proposed = tuple(zone for zone in case.zones if not zone.existing)
    earlier: list[tuple[Zone, ...]] = [proposed]
    found: list[Alternative] = []
    for number in range(1, count + 1):
        name = f"A{number}"
        try:
            one = _find_one(plan, footing, name, earlier, least=least_difference, stop=stop, on_row=on_row)
        except SearchStoppedError:
            raise SearchStoppedError(found) from None
        found.append(one)
        if one.zones:
            earlier.append(one.zones)
    return found


def _find_one(
    plan: Plan,
    footing: Footing,
    name: str,
    earlier: Sequence[tuple[Zone, ...]],
    *,
    least: float,
    stop: Stop,
    on_row: Tell | None,
) -> Alternative:
    base = footing.variant
    hours = base.model.points["contact_hours"]
    names = [name_providers(base.model, zones) for zones in earlier]

    def differ(zones: Sequence[Zone]) -> float:
        own = name_providers(base.model, zones)
        return min(measure_difference(hours, other, own) for other in names)

    repeated = _mark_repeats(base, earlier)
    charge = _first_charge(plan)
    pool: list[tuple[float, float, float, Found]] = []  # (cost at the plan's weights, difference, charge, plan)
    low, high, last = 0.0, np.inf, None
    for attempt in range(MOST_TRIES):
        if on_row:
            on_row(f"Alternative {name}, search {attempt + 1}")
        variant = charge_pairs(base, charge * repeated)
        # from a plan that is already too different the search would not come back
        begin = last.zones if last and pool[-1][1] < least else earlier[0]
        last = solve_variant(
            variant, begin, seed=plan.case.seed, stop=stop, prices=last.prices if last else footing.prices
        )
        difference = differ(last.zones)
        pool.append((measure_variant(base, last.zones).objective, difference, charge, last))
        if difference >= least:
            if difference <= least + ENOUGH:
                break
            high = charge
            charge = (low + high) / 2
        else:
            low = charge
            charge = 2 * charge if np.isinf(high) else (low + high) / 2
    return _judge(plan, footing, name, names, pool, least)


def _judge(
    plan: Plan,
    footing: Footing,
    name: str,
    names: Sequence[pd.Series],
    pool: list[tuple[float, float, float, Found]],
    least: float,
) -> Alternative:
    enough = [entry for entry in pool if entry[1] >= least]
    nearest = min(enough, key=lambda entry: entry[0]) if enough else max(pool, key=lambda entry: entry[1])
    cost, difference, charge, found = nearest
    base = footing.variant
    given_up = cost - plan.objective
    dearer = given_up / abs(plan.objective) if plan.objective else 0.0
    if not enough:
        status = (
            f"none found: at a charge of {charge:,.0f} minutes for each hour that stays, {difference:.0%} of block "
            f"hours are elsewhere, not {least:.0%}"
        )
    elif dearer > MOST_DEARER:
        status = f"none within {MOST_DEARER:.0%} of the proposed plan's cost: the nearest costs {dearer:.0%} more"
    else:
        status = FOUND
    hours = base.model.points["contact_hours"]
    own = name_providers(base.model, found.zones)
    providers = plan.case.tables.providers.set_index("provider_id")["provider_name"]
    told = describe_differences(base.model, plan.case.zones, found.zones, provider_names=providers)
    others = [measure_difference(hours, other, own) for other in names[1:]]
    return Alternative(
        name=name,
        status=status,
        zones=found.zones if status == FOUND else (),
        figures=measure_variant(base, found.zones),
        lower_bound=min(footing.lower_bound, cost),
        gap=relative_gap(cost, footing.lower_bound),
        difference=measure_difference(hours, names[0], own),
        difference_others=min(others) if others else float("nan"),
        charge=charge,
        given_up=given_up,
        differences=tuple(told),
        ended=tuple(entry[3].ended for entry in pool),
    )


def _mark_repeats(base: Variant, earlier: Sequence[tuple[Zone, ...]]) -> np.ndarray:
    """Mark contact hours at each pair of point and provider that an earlier plan has, (n, P)."""
    hours = base.model.points["contact_hours"].to_numpy(float)
    repeated = np.zeros(base.model.held.shape)
    for zones in earlier:
        for zone in zones:
            repeated[zone.points, zone.provider] = hours[zone.points]
    return repeated


def _first_charge(plan: Plan) -> float:
    """Take a part of what an hour in a block brings against spot purchase."""
    rows = plan.proposals[plan.proposals["status"] == "proposed"]
    gain = float((rows["cost_if_left_spot"] - rows["cost_total"]).sum())
    hours = float(rows["hours_zone"].sum())
    return FIRST_CHARGE * max(gain / hours, 1.0) if hours else 1.0
