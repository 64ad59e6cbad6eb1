"""What a score or a gap says, in a sentence that needs no statistics."""

from __future__ import annotations

import numpy as np

ALIKE = 0.10  # figures that differ by less than this share are not told apart; the sentences say "a tenth"
NO_DEMAND = "Nobody here has or waits for care, so there is nothing to score."
NO_SPARE = "Nobody in the county has spare hours that roads lead from."


def read_score(score: float, mean: float) -> str:
    """Say what a catchment score means against the county's mean; high is good.

    Parameters
    ----------
    score
        Spare carer hours within reach for each carer hour of demand; NaN where nobody needs any.
    mean
        The county's.
    """
    if np.isnan(score):
        return NO_DEMAND
    if not mean > 0:
        return NO_SPARE
    if score <= 0:
        return "No spare care is within reach."
    hundred = f"{score * 100:.1f} spare hours within reach for each 100 hours of care"
    times = score / mean
    if abs(times - 1) < ALIKE:
        return f"{hundred}: within a tenth of the county's mean."
    if times > 1:
        return f"{hundred}: {times:.1f} times the county's mean."
    return f"{hundred}: {times:.0%} of the county's mean."


def read_raam(cost: float, mean: float, unreached: float = 0.0) -> str:
    """Say what a congestion cost means against the county's mean; low is good.

    Parameters
    ----------
    cost
        Mean over the demand that can reach any spare hours; NaN where there is none.
    mean
        The county's.
    unreached
        Carer hours of demand that can reach none.
    """
    if unreached > 0:
        return f"From {unreached:,.1f} carer hours of care here no spare hours can be reached by road."
    if np.isnan(cost):
        return NO_DEMAND
    text = f"Travel and crowding together cost {cost:.2f}"
    if not np.isfinite(mean) or mean <= 0:
        return f"{text} (1 is average crowding next door)."
    times = cost / mean
    if abs(times - 1) < ALIKE:
        return f"{text}: within a tenth of the county's mean."
    worse = "harder" if times > 1 else "easier"
    return f"{text}, {times:.2f} times the county's mean: {worse} than usual to find care."


# So many hours are told without decimals.
MANY_HOURS = 100


def tell_hours(hours: float) -> str:
    """Tell hours of an area, without a unit: one decimal, none of so many that it says nothing."""
    return f"{hours:,.{0 if hours >= MANY_HOURS else 1}f}"


def read_gap(waiting: float, beyond: float, spare: float, unneeded: float, *, minutes: float) -> str:
    """Say both signs of an area's gap in carer hours a week.

    Parameters
    ----------
    waiting, beyond
        Hours waited for, and those of them that no spare hours within reach are left for.
    spare, unneeded
        Spare hours that lie here, and those of them that nobody within reach waits for.
    minutes
        The reach, road minutes.
    """
    waited, lost, lying, idle = (tell_hours(hours) for hours in (waiting, beyond, spare, unneeded))
    parts = []
    if waiting < 0.05:
        parts.append("Nobody waits here.")
    elif beyond < 0.05:
        parts.append(f"All {waited} carer hours waited for could be had from spare hours within {minutes:g} minutes.")
    else:
        parts.append(f"Of {waited} carer hours waited for, {lost} find no spare hours left within {minutes:g} minutes.")
    if spare < 0.05:
        parts.append("No spare hours lie here.")
    elif unneeded < 0.05:
        parts.append(f"The {lying} spare hours here are all wanted by people within reach.")
    else:
        parts.append(f"Of {lying} spare hours here, {idle} have nobody waiting within reach.")
    return " ".join(parts)
