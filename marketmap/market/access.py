"""Access to supply on road time: floating catchments (high is good) and a congestion cost (low is good).

All four look at the same thing, supply that is near, shared with everybody else who is near it:

- 2SFCA: everything within the threshold counts alike;
- E2SFCA: what is further away counts less, by steps;
- 3SFCA: as E2SFCA, and people who have much else in reach press less on each supply;
- RAAM: people go where travel and crowding together cost least.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from marketmap.errors import MarketError
from marketmap.market.rational_agents import settle_agents

METHODS = ("2sfca", "e2sfca", "3sfca")
# Where no weights are given: those of the papers that brought the methods.
PUBLISHED_WEIGHTS: Mapping[str, Mapping[float, float]] = {
    "e2sfca": {10.0: 1.0, 20.0: 0.68, 30.0: 0.22},
    "3sfca": {10.0: 0.962, 20.0: 0.704, 30.0: 0.377, 60.0: 0.042},
}

Floats = npt.NDArray[np.float64]
Table = npt.ArrayLike | pd.DataFrame
Column = npt.ArrayLike | pd.Series


def access_scores(
    minutes: Table,
    demand: Column,
    supply: Column,
    *,
    method: str,
    threshold_minutes: float = 30,
    weights: Mapping[Any, float] | None = None,
) -> pd.Series:
    """Score each place by the supply within its reach, shared with all demand within that supply's reach.

    Parameters
    ----------
    minutes
        (demand places, supply places), array or DataFrame; ``inf`` or NaN where there is no way.
    demand
        (demand places,) of any unit, 0 or more; zeros are scored too.
    supply
        (supply places,) of any unit, 0 or more.
    method
        ``"2sfca"`` (Luo and Wang 2003), ``"e2sfca"`` (Luo and Qi 2009) or ``"3sfca"`` (Wan, Zou and Sternberg 2012),
        in capitals or not.
    threshold_minutes
        The catchment; a place exactly so far away counts, one further away does not, whatever its weight.
    weights
        ``{minutes: weight}``, numbers or text as keys: each weight holds up to and with its minutes, beyond the
        largest it is 0. None: the paper's own. 2SFCA has none and uses none.

    Returns
    -------
    Series
        Supply per unit of demand, indexed as ``demand`` is (else as the rows of ``minutes``); 0 where nothing is in
        reach. Supply that has no demand in its catchment adds nothing to anybody's score.

    Raises
    ------
    MarketError
        For shapes or labels that do not fit, values that are negative or not numbers, and an unknown method.

    Notes
    -----
    With weight w(i, j) of the minutes from i to j: R(j) = S(j) / sum over i of D(i) w(i, j), and the score of i is the
    sum over j of R(j) w(i, j). 3SFCA puts w(i, j) G(i, j) for w(i, j), where G(i, j) = w(i, j) / sum over j of w(i, j)
    is the share of i's choice that falls on j; that sum runs over all supply places with a weight.
    """
    kind = str(method).lower()
    if kind not in METHODS:
        raise MarketError(f'There is no method "{method}". Use one of: {", ".join(METHODS)}.')
    threshold = _number(threshold_minutes)
    if not threshold >= 0:
        raise MarketError(f"threshold_minutes is {threshold_minutes}; give 0 or more.")
    table, wanted, offered, index = _fit(minutes, demand, supply)
    # Where there is no way, nothing is in reach, however large the catchment.
    within = (table <= threshold) & np.isfinite(table)
    if kind == "2sfca":
        weight = within.astype(float)
    else:
        step = _step(table, PUBLISHED_WEIGHTS[kind] if weights is None else weights)
        if kind == "3sfca":
            choice = step.sum(axis=1, keepdims=True)
            step *= np.divide(step, choice, out=np.zeros_like(step), where=choice > 0)
        weight = np.where(within, step, 0.0)
    pressing = wanted @ weight
    ratio = np.divide(offered, pressing, out=np.zeros_like(offered), where=pressing > 0)
    return pd.Series(weight @ ratio, index=index, name=kind)


def raam_cost(minutes: Table, demand: Column, supply: Column, *, tau: float) -> pd.Series:
    """Find what care costs each place in travel and crowding when everybody goes where that is least (RAAM).

    Parameters
    ----------
    minutes, demand, supply
        As `access_scores` takes them. Demand moves in whole units, so give it in small ones (minutes, not hours).
    tau
        Minutes of travel that weigh as much as one unit of crowding; crowding is demand ÷ supply at a supply place,
        as a multiple of the mean of all demand ÷ all supply.

    Returns
    -------
    Series
        Minutes ÷ tau + crowding, the mean over a place's demand; low is good, 1 is a place with average crowding and
        no travel. ``inf`` where no supply is in reach. Of a place without demand: what the first unit would cost.
        Indexed as of `access_scores`.

    Raises
    ------
    MarketError
        As `access_scores`, and for a ``tau`` that is not above 0.

    Notes
    -----
    Saxon and Snow (2020), A Rational Agent Model for the Spatial Accessibility of Primary Health Care. The balance is
    looked for in 150 rounds of ever smaller moves, as its authors' program does.
    """
    weight = _number(tau)
    if not 0 < weight < np.inf:
        raise MarketError(f"tau is {tau}; give minutes above 0.")
    table, wanted, offered, index = _fit(minutes, demand, supply)
    cost = np.full(len(wanted), np.inf)
    open_ = np.flatnonzero(offered > 0)
    reached = np.isfinite(table[:, open_]).any(axis=1)
    if not len(open_) or not reached.any():
        return pd.Series(cost, index=index, name="raam")
    # The mean is of everybody and everything, in reach or not, so that cutting a place off does not ease the others.
    mean = wanted.sum() / offered.sum()
    travel = table[:, open_] / weight
    agents = np.flatnonzero(reached & (wanted > 0))
    crowding = np.zeros(len(open_))
    if len(agents):
        cost[agents], crowding = settle_agents(travel[agents], wanted[agents], offered[open_] * mean)
    idle = np.flatnonzero(reached & (wanted == 0))
    cost[idle] = (travel[idle] + crowding).min(axis=1)
    return pd.Series(cost, index=index, name="raam")


def _step(minutes: Floats, weights: Mapping[Any, float]) -> Floats:
    """Look each time's weight up: that of the first step that is not below it."""
    try:
        pairs = sorted((float(key), float(weight)) for key, weight in weights.items())
    except (AttributeError, TypeError, ValueError) as error:
        raise MarketError("weights must be a table of minutes to weight, both numbers.") from error
    edges, values = np.array(pairs, dtype=float).reshape(-1, 2).T
    if not len(edges) or len(np.unique(edges)) < len(edges):
        raise MarketError("weights must name at least one number of minutes, and each once.")
    if not (np.isfinite(values) & (values >= 0)).all() or not (edges >= 0).all():
        raise MarketError("weights must be 0 or more, and their minutes too.")
    place = np.searchsorted(edges, minutes, side="left")
    found: Floats = np.where(np.isfinite(minutes), np.append(values, 0.0)[place], 0.0)
    return found


def _fit(minutes: Table, demand: Column, supply: Column) -> tuple[Floats, Floats, Floats, pd.Index]:
    """Bring the three to arrays in the order of demand; NaN minutes become ``inf``."""
    table, wanted, offered = _numbers(minutes, "minutes"), _numbers(demand, "demand"), _numbers(supply, "supply")
    for name, values in (("demand", wanted), ("supply", offered)):
        if values.ndim != 1:
            raise MarketError(f"{name} has {values.ndim} dimensions; it must have one.")
        wrong = ~np.isfinite(values) | (values < 0)
        if wrong.any():
            raise MarketError(
                f"{name} holds a value that is negative or not a finite number, first at position "
                f"{int(wrong.argmax())}; give 0 or more."
            )
    if table.size == 0 and table.ndim < 2:
        table = table.reshape(len(wanted), len(offered)) if not len(wanted) * len(offered) else table
    if table.shape != (len(wanted), len(offered)):
        raise MarketError(
            f"minutes has shape {table.shape}; for {len(wanted)} demand places and {len(offered)} supply places it "
            f"must be ({len(wanted)}, {len(offered)})."
        )
    if (table < 0).any():
        row, column = np.argwhere(table < 0)[0]
        raise MarketError(
            f"minutes holds a negative time, first at row {row}, column {column}; give 0 or more, inf where there is "
            "no way."
        )
    index: pd.Index = pd.RangeIndex(len(wanted))
    if isinstance(minutes, pd.DataFrame):
        table = table[_order(minutes.index, demand, "demand")][:, _order(minutes.columns, supply, "supply")]
        index = minutes.index
    if isinstance(demand, pd.Series):
        index = demand.index
    return np.where(np.isnan(table), np.inf, table), wanted, offered, index


def _order(labels: pd.Index, values: Column, name: str) -> npt.NDArray[np.intp]:
    """Find which row or column of minutes each place has: by label where both have labels, else as they stand."""
    as_they_stand = np.arange(len(labels))
    if not isinstance(values, pd.Series) or labels.equals(values.index):
        return as_they_stand
    if labels.is_unique and values.index.is_unique:
        order = labels.get_indexer(values.index)
        if (order >= 0).all():
            return order
    # A frame or series that was never given labels counts its rows: those stand as they are.
    if isinstance(labels, pd.RangeIndex) or isinstance(values.index, pd.RangeIndex):
        return as_they_stand
    raise MarketError(f"The labels of {name} are not those of minutes. Give both the same, each once.")


def _numbers(values: Any, name: str) -> Floats:
    try:
        if isinstance(values, np.ma.MaskedArray):
            # A plain reading would bring back what the mask hides.
            values = np.ma.filled(values.astype(float), np.nan)
        kind = np.asarray(values).dtype
        if isinstance(values, pd.DataFrame | pd.Series):
            found: Floats = values.to_numpy(dtype=float, na_value=np.nan)
        else:
            found = np.asarray(values, dtype=object if kind.kind == "c" else float)
    except (TypeError, ValueError, OverflowError) as error:
        raise MarketError(f"{name} holds a value that is not a number, or rows of unlike length.") from error
    # Lengths of time, dates and complex numbers turn into other figures without a word.
    if kind.kind in "mMc":
        raise MarketError(f"{name} holds {kind}, not plain figures; give them as numbers.")
    return found


def _number(value: Any) -> float:
    """Read one number; NaN where it is none, so that every comparison with it fails."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")
