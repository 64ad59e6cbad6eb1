"""Whether carers wait for the planned hour, and which gaps began too late for them to have any cause to.

Such waits depend on the journey (the shorter it is, the longer the wait), so a fit to all gaps takes part of the rota's
allowance for travel. A gap that began so late that even a quick journey ends after the planned hour holds no such
wait. It is picked by when the carer left, the planned hour and the *modelled* minutes, never by when the carer
arrived, so the picking itself says nothing about how long the journey took. That holds only for a plan that was
made beforehand: planned hours that were written down from what happened would pick the quick journeys.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from marketmap.travel.network import Flags, Floats

# A journey this much quicker than the model says still ends after the planned hour.
_QUICK = 0.8
# Standard errors from which a plan is believed to have been made beforehand, and carers to wait for it.
_SURELY_PLANNED = 4.0
_SURELY_WAITING = 2.5
_SURELY_KNOWN = 2.5
_LENGTHS = 10  # classes of journeys by length
# Gaps and arrivals further off than this hold breaks and visits that nobody logged; they only blur the tests.
_NEAR_MINUTES = 30.0
# So many times as many arrive in the planned minute as in those about it: they waited for the clock.
_SPIKE = 2.0
_NOTHING = 1e-9  # an error this small is rounding: there was nothing to explain
_FEWEST = 60  # gaps, for a test to mean anything


def pick_unhurried(rows: pd.DataFrame) -> Flags:
    """Pick the gaps that began too late for a wait until the planned hour, (gaps,).

    Parameters
    ----------
    rows
        ``allowed_minutes`` from leaving to the planned hour (NaN where none is known), ``minutes_outside``,
        ``minutes_inside``, ``minutes_access``.
    """
    quick = rows["minutes_access"] + _QUICK * (rows["minutes_outside"] + rows["minutes_inside"])
    return (rows["allowed_minutes"] <= quick).to_numpy(dtype=bool)


def pick_behind(rows: pd.DataFrame) -> Flags:
    """Pick the gaps whose carer was too far behind to wait, were the rota's usual allowance given, (gaps,).

    As `pick_unhurried`, but with the median allowance of journeys of like length in place of the journey's own: it
    holds some waits, and nothing of what the rota knows of the journey.

    Parameters
    ----------
    rows
        As there, and ``late_minutes``.
    """
    road = _road(rows)
    length = np.minimum(rankdata(road) / max(len(road), 1) * _LENGTHS, _LENGTHS - 1).astype(np.int64)
    late = rows["late_minutes"].to_numpy(dtype=float)
    allowance = pd.Series(rows["allowed_minutes"].to_numpy(dtype=float) + late)
    usual = allowance.groupby(length).transform("median").to_numpy(dtype=float)
    found: Flags = usual - late <= rows["minutes_access"].to_numpy(dtype=float) + _QUICK * road
    return found


def planned_beforehand(rows: pd.DataFrame) -> bool:
    """Whether planned hours were set before the journeys, as far as the arrivals tell.

    A plan made beforehand does not know what happens: who leaves late arrives late, and long journeys arrive later
    against it than short ones. Arrivals against a plan written down afterwards depend on neither.

    Parameters
    ----------
    rows
        ``gap_minutes``, ``allowed_minutes``, ``late_minutes``, modelled minutes, ``carer_day``.
    """
    behind = (rows["gap_minutes"] - rows["allowed_minutes"]).to_numpy(dtype=float)
    causes = np.column_stack([_road(rows), rows["late_minutes"].to_numpy(dtype=float)])
    near = np.abs(behind) <= _NEAR_MINUTES
    return bool((_rank_scores(behind, causes, rows["carer_day"].to_numpy(), near) > _SURELY_PLANNED).any())


def plan_knows_journeys(rows: pd.DataFrame) -> bool:
    """Whether the planned hours tell more of the journeys than the modelled minutes do.

    Then to pick gaps by the planned hour is to pick journeys that the model takes for longer than they are. Among
    the gaps picked none waits, so nothing else is left by which a longer allowance could go with a longer gap.

    Parameters
    ----------
    rows
        As for `planned_beforehand`.
    """
    gap = rows["gap_minutes"].to_numpy(dtype=float)
    causes = np.column_stack([_road(rows), rows["allowed_minutes"].to_numpy(dtype=float)])
    chosen = pick_unhurried(rows) & (gap <= _NEAR_MINUTES)
    return bool(_rank_scores(gap, causes, rows["carer_day"].to_numpy(), chosen)[1] > _SURELY_KNOWN)


def wait_for_plan(rows: pd.DataFrame) -> bool:
    """Whether gaps after a late start are shorter than others, or arrivals stand in a spike at the planned minute.

    Parameters
    ----------
    rows
        As for `planned_beforehand`.
    """
    gap, late = (rows[name].to_numpy(dtype=float) for name in ("gap_minutes", "late_minutes"))
    causes = np.column_stack([_road(rows), late])
    shorter = _rank_scores(gap, causes, rows["carer_day"].to_numpy(), gap <= _NEAR_MINUTES)[1] < -_SURELY_WAITING
    behind = np.floor(rows["gap_minutes"] - rows["allowed_minutes"] + 0.5)
    at = int((behind == 0).sum())
    about = float(behind.isin([-2, -1, 1, 2]).sum()) / 4
    spike = at > _SPIKE * about and at - about > _SURELY_PLANNED * math.sqrt(max(at + about, 1.0))
    # Planned hours that were copied from the log-ins make a spike too.
    return bool(shorter or (spike and planned_beforehand(rows)))


def _road(rows: pd.DataFrame) -> Floats:
    return (rows["minutes_outside"] + rows["minutes_inside"]).to_numpy(dtype=float)


def _rank_scores(effect: Floats, causes: Floats, groups: np.ndarray, chosen: Flags) -> Floats:
    """Slopes of the effect's ranks on the causes' ranks, in standard errors clustered by group, (causes,)."""
    chosen = chosen & np.isfinite(effect) & np.isfinite(causes).all(axis=1)
    count = int(chosen.sum())
    if count < _FEWEST:
        return np.zeros(causes.shape[1])
    ranks = rankdata(np.column_stack([effect, causes])[chosen], axis=0) / count
    y, x = ranks[:, 0], np.column_stack([np.ones(count), ranks[:, 1:]])
    bread = np.linalg.pinv(x.T @ x)
    slopes = bread @ (x.T @ y)
    scores = pd.DataFrame(x * (y - x @ slopes)[:, None]).groupby(groups[chosen]).sum().to_numpy()
    errors = np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread))
    found: Floats = np.divide(slopes, errors, out=np.zeros(len(slopes)), where=errors > _NOTHING)[1:]
    return found
