"""Sets of a day's visits to fit estimates of travel on: all round a place, as a block has, and providers' own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.settings import RoundSettings
from marketmap.travel.network import Floats
from marketmap.travel.rounds.estimate import (
    FEATURES,
    Estimator,
    describe_visits,
    fit_estimator,
    fit_factor,
    measure_error,
)
from marketmap.travel.rounds.week import WeekRounds
from marketmap.travel.times import TravelTimes

PLACE, PROVIDER = "place", "provider"
FACTOR, INSIDE, OUTSIDE = "factor", "inside", "outside"
LEAST_VISITS, MOST_VISITS = 20, 400
# Minutes of a set's day: where nobody drives (a care scheme), a share of nothing says nothing.
LEAST_TRAVEL = 10.0
DAYS_IN_A_WEEK = 7.0


@dataclass(frozen=True)
class Fit:
    """What was fitted on simulated rounds, and how far it is off on sets that it was not fitted on.

    Attributes
    ----------
    estimator
        Of travel, a sum over visits.
    factor
        The block model's: travel minutes for each carer-visit minute from a block's centre, or from the provider's
        nearest patch. One for both, so that inside and outside differ by merit and not by formula; each kind of sets
        counts the same. NaN where either kind has too few sets.
    inside, outside
        What each kind of sets alone would give, for comparison; NaN where there are too few.
    errors
        Mean absolute error on held-out sets as a share of the simulated travel, by ``estimator`` (all), ``estimator,
        place``, ``estimator, provider``, ``inside`` and ``outside`` (each by its own factor), ``factor, inside`` and
        ``factor, outside`` (by the one for both) and ``factor`` (the mean of these two).
    sets
        Held-out sets behind each of the errors.
    """

    estimator: Estimator
    factor: float
    inside: float
    outside: float
    errors: dict[str, float]
    sets: dict[str, int]


def draw_sets(work: pd.DataFrame, matrix: TravelTimes, *, number: int, seed: int) -> pd.DataFrame:
    """Draw sets of one day's visits: for each kind ``number``, of 20 to 400 visits, as many small as large (log scale).

    Parameters
    ----------
    work
        One day's visits, as `marketmap.travel.rounds.work.list_work` gives them; only those on the roads are drawn.
    matrix
        Minutes by road between postcodes.

    Returns
    -------
    DataFrame
        Columns of ``work``, a row a visit of a set: ``provider_id`` is the set's name, ``whose`` the visit's own
        provider, ``kind`` `PLACE` (everybody's nearest visits to a drawn one) or `PROVIDER` (a provider's, all or the
        nearest to one of its own), ``held_out``. A kind has fewer where no provider has 20 visits.
    """
    rng = np.random.default_rng(seed)
    at = matrix.postcodes.get_indexer(pd.Index(work["postcode"].astype("object")))
    work = work[(at >= 0) & (work["reason"] == "").to_numpy()].reset_index(drop=True)
    at = matrix.postcodes.get_indexer(pd.Index(work["postcode"]))
    provider = work["provider_id"].to_numpy(object)
    names, counts = np.unique(provider.astype(str), return_counts=True)
    large = names[counts >= LEAST_VISITS]
    parts = []
    for kind, pools in ((PLACE, np.array([""])), (PROVIDER, large)):
        for count in range(number if len(pools) and len(work) >= LEAST_VISITS else 0):
            pool = str(rng.choice(pools))
            mine = np.arange(len(work)) if kind == PLACE else np.flatnonzero(provider == pool)
            size = int(np.exp(rng.uniform(np.log(LEAST_VISITS), np.log(MOST_VISITS + 1))))
            first = at[rng.choice(mine)]
            order = np.argsort(matrix.minutes[first, at[mine]], kind="stable")
            rows = work.iloc[np.sort(mine[order[:size]])]
            parts.append(
                rows.assign(
                    whose=rows["provider_id"], provider_id=f"{kind} {count:03d}", kind=kind, held_out=count % 2 == 1
                )
            )
    columns = [*work.columns, "whose", "kind", "held_out"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def describe_sets(
    sets: pd.DataFrame, rounds: WeekRounds, matrix: TravelTimes, outside: pd.Series, *, settings: RoundSettings
) -> pd.DataFrame:
    """Describe each set: what estimates know of it, and what its simulated rounds travel.

    Parameters
    ----------
    sets
        As `draw_sets` gives them.
    rounds
        The simulated rounds of ``sets``.
    outside
        Minutes from the nearest patch of its own provider, of each row of ``sets``.

    Returns
    -------
    DataFrame
        Indexed by set: ``kind, held_out, visits, carer_hours, travel`` (simulated carer minutes), the sums of
        `describe_visits`, ``outside`` (carer-visit minutes from patches). Sets that travel less than `LEAST_TRAVEL`
        minutes are left out.
    """
    stops = rounds.stops
    travel = (stops["travel_minutes"] * stops["carers"]).groupby(stops["provider_id"]).sum()
    rows = []
    for name, visits in sets.groupby("provider_id", sort=True):
        at = matrix.postcodes.get_indexer(pd.Index(visits["postcode"]))
        legs: Floats = matrix.minutes[np.ix_(at, at)].astype(float)
        carers = visits["carers"].to_numpy(float)
        rows.append(
            {
                "set": name,
                "kind": visits["kind"].iloc[0],
                "held_out": bool(visits["held_out"].iloc[0]),
                "number": len(visits),
                "carer_hours": float((visits["minutes"].to_numpy(float) * carers).sum() / 60.0),
                "contact_hours": float(visits["minutes"].sum() / 60.0),
                "travel": float(travel.get(name, 0.0)),
                "outside": float((outside.loc[visits.index].to_numpy(float) * carers).sum()),
                **describe_visits(visits.reset_index(drop=True), legs, settings=settings).sum().to_dict(),
            }
        )
    table = pd.DataFrame(rows).set_index("set")
    reached = np.isfinite(table[[*FEATURES, "centre", "outside"]].to_numpy(float)).all(axis=1)
    kept: pd.DataFrame = table[table["travel"].ge(LEAST_TRAVEL).to_numpy(bool) & reached]
    return kept


def fit_sets(table: pd.DataFrame, *, block_hours: tuple[float, float]) -> Fit:
    """Fit the estimator and the block model's factor on half of the sets, and measure the error on the others.

    Parameters
    ----------
    table
        As `describe_sets` gives it.
    block_hours
        Contact hours a week of the smallest and largest block: sets round a place count where they are of such a size.
    """
    held = table["held_out"].to_numpy(bool)
    estimator = fit_estimator(table[~held], table.loc[~held, "travel"])
    estimated = estimator.estimate(table)
    week = table["contact_hours"] * DAYS_IN_A_WEEK
    of_place, of_provider = ((table["kind"] == kind).to_numpy(bool) for kind in (PLACE, PROVIDER))
    of_block = of_place & week.between(*block_hours).to_numpy(bool)
    sides = ((INSIDE, of_block, "centre"), (OUTSIDE, of_provider, "outside"))
    parts = [
        table[mine & table[column].gt(0).to_numpy(bool)].assign(side=side, far=table[column])
        for side, mine, column in sides
    ]
    factors, errors, sets = _fit_factors(pd.concat(parts, ignore_index=True))
    whole = np.ones(len(table), dtype=bool)
    for name, mine in (("", whole), (PLACE, of_place), (PROVIDER, of_provider)):
        key = f"estimator, {name}" if name else "estimator"
        tried_here = mine & held
        errors[key] = _error(estimated[tried_here], table.loc[tried_here, "travel"])
        sets[key] = int(tried_here.sum())
    return Fit(estimator, factors[FACTOR], factors[INSIDE], factors[OUTSIDE], errors, sets)


def _fit_factors(parts: pd.DataFrame) -> tuple[dict[str, float], dict[str, float], dict[str, int]]:
    """Fit each side's own factor and the one for both, with the errors and the held-out sets behind each.

    Parameters
    ----------
    parts
        Row a set: ``side``, ``far`` (carer-visit minutes from a middle or from patches), ``travel``, ``held_out``.
    """
    factors, errors, sets = {}, {}, {}
    held = parts["held_out"].to_numpy(bool)
    for side in (INSIDE, OUTSIDE):
        own = parts["side"].eq(side).to_numpy(bool)
        factors[side] = _factor(parts[own & ~held])
        errors[side], sets[side] = _off(parts[own & held], factors[side])
    both = np.isfinite(list(factors.values())).all()
    factors[FACTOR] = _factor(parts[~held]) if both else float("nan")
    for side in (INSIDE, OUTSIDE):
        key = f"{FACTOR}, {side}"
        errors[key], sets[key] = _off(parts[held & parts["side"].eq(side).to_numpy(bool)], factors[FACTOR])
    errors[FACTOR] = (errors[f"{FACTOR}, {INSIDE}"] + errors[f"{FACTOR}, {OUTSIDE}"]) / 2.0
    sets[FACTOR] = sets[INSIDE] + sets[OUTSIDE]
    return factors, errors, sets


def _factor(parts: pd.DataFrame) -> float:
    return fit_factor(parts["far"], parts["travel"], kinds=parts["side"]) if len(parts) else float("nan")


def _off(parts: pd.DataFrame, factor: float) -> tuple[float, int]:
    return _error(parts["far"] * factor, parts["travel"]), len(parts)


def _error(estimated: pd.Series, travel: pd.Series) -> float:
    return measure_error(estimated, travel) if len(travel) else float("nan")
