"""What a full run says on its first page: sentences of totals, in words that a commissioner can decide by."""

from __future__ import annotations

import math
from collections.abc import Sequence

from marketmap.blocks.alternatives import ALTERNATIVES as WANTED
from marketmap.blocks.alternatives import FOUND, Alternative
from marketmap.blocks.comparison import PlanFigures
from marketmap.blocks.frontier import Frontier, FrontierRow
from marketmap.blocks.plan import Plan
from marketmap.blocks.sensitivity import SensitivityRow

MINUTES_HOUR = 60.0
# Rows of the frontier that are told: those nearest to these shares of the most hours moved.
TOLD = (0.0, 0.1, 0.25, 0.5, 0.75)


def tell_frontier(rows: Sequence[FrontierRow]) -> str:
    """Say in a sentence what saving goes with what disruption: rows spread over the hours moved, and the plan's own."""
    most_saved = max((row.figures.travel_minutes_saved for row in rows), default=0.0)
    most_moved = max((row.figures.carer_hours_moving for row in rows), default=0.0)
    if most_saved <= 0 or most_moved <= 0:
        return "No plan that moves hours saves travel at these settings."

    def shares(row: FrontierRow) -> tuple[float, float]:
        return row.figures.travel_minutes_saved / most_saved, row.figures.carer_hours_moving / most_moved

    others = [row for row in rows if not row.proposed and not row.dominated and shares(row)[1] < 1.0]
    spread = [min(others, key=lambda row: abs(shares(row)[1] - aim)) for aim in TOLD if others]
    told = sorted({shares(row) for row in spread}, key=lambda pair: pair[1])
    parts = [f"{saved:.0%} of the saving for {moved:.0%} of the disruption" for saved, moved in told]
    own = next((row for row in rows if row.proposed), None)
    if own is not None:
        saved, moved = shares(own)
        parts.append(f"the proposed plan {saved:.0%} for {moved:.0%}")
    return (
        f"Driving saved against care that changes provider, at most {most_saved / MINUTES_HOUR:,.0f} hours of driving "
        f"for {most_moved:,.0f} carer hours a week: {'; '.join(parts)}."
    )


def tell_alternatives(plan: Plan, alternatives: Sequence[Alternative], *, figures: PlanFigures) -> list[str]:
    """Say of each alternative what it gives up, in minutes, hours and pounds a week.

    Parameters
    ----------
    figures
        Of the plan itself.
    """
    told = []
    for one in alternatives:
        if one.status != FOUND:
            told.append(f"Alternative {one.name}: {one.status}.")
            continue
        own, share = one.figures, one.given_up / abs(plan.objective) if plan.objective else 0.0
        saved = (figures.travel_minutes_saved - own.travel_minutes_saved) / MINUTES_HOUR
        parts = [
            f"{_more(-saved)} hours of driving a week saved",
            f"{_more(own.carer_hours_moving - figures.carer_hours_moving)} carer hours change provider",
        ]
        pounds = own.pounds_above_usual - figures.pounds_above_usual
        if math.isfinite(pounds):  # a price may have no weight
            parts.append(f"£{_more(pounds)} a week above usual prices")
        told.append(
            f"Alternative {one.name} has {one.difference:.0%} of block hours elsewhere: {', '.join(parts)}. It costs "
            f"{one.given_up:,.0f} minutes a week more in all ({share:+.1%}) and is at most {one.gap:.1%} from the best "
            "possible."
        )
    return told


def tell_sensitivity(rows: Sequence[SensitivityRow]) -> list[str]:
    """Say how much of the plan stays under each other assumption, and how much search alone changes."""
    if not rows or rows[0].figures is None:
        return []
    known = ", ".join(
        f"{row.share_same_provider:.0%} with {row.name}" if row.figures is not None else f"no plan with {row.name}"
        for row in rows[1:]
    )
    if not known:
        return []
    text = (
        f"Made anew under other assumptions, these shares of block hours stay with the same provider: {known}; "
        f"{rows[0].share_same_provider:.0%} with nothing changed."
    )
    return [text]


def tell_stop(
    frontier: Frontier | None, alternatives: Sequence[Alternative], rows: Sequence[SensitivityRow] | None
) -> str:
    """Say what was kept and what is left out when the user stopped the looking further; None: not begun."""
    kept, lacking = [], []
    if frontier is None:
        lacking.append("the frontier")
    else:
        kept.append(f"the frontier with {len(frontier.rows)} rows" + ("" if alternatives or rows else " so far"))
    for number in range(1, WANTED + 1):
        name = f"alternative A{number}"
        (kept if any(f"alternative {one.name}" == name for one in alternatives) else lacking).append(name)
    if rows:
        kept.append(f"sensitivity to {', '.join(row.name for row in rows)}")
    lacking.append("the rest of sensitivity" if rows else "sensitivity")
    return (
        f"Stopped by Ctrl-C while looking further; the plan itself is whole. Kept: {'; '.join(kept) or 'nothing'}. "
        f"Left out: {', '.join(lacking)}."
    )


def _more(value: float) -> str:
    """Write a difference as "120 more" or "120 fewer"."""
    return f"{abs(value):,.0f} {'more' if value >= 0 else 'fewer'}"
