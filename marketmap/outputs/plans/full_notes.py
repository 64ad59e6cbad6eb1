"""What a full run says on its first page: sentences of totals, in words that a commissioner can decide by."""

from __future__ import annotations

import math
from collections.abc import Sequence

from marketmap.blocks.alternatives import ALTERNATIVES as WANTED
from marketmap.blocks.alternatives import FOUND, Alternative
from marketmap.blocks.comparison import PlanFigures
from marketmap.blocks.frontier import LITTLE, Frontier, FrontierRow, dominates
from marketmap.blocks.plan import Plan
from marketmap.blocks.sensitivity import SensitivityRow

MINUTES_HOUR = 60.0
# What tables call the plan itself.
PROPOSED = "proposed"
# Rows of the frontier that are told: those nearest to these shares of the most hours moved.
TOLD = (0.0, 0.1, 0.25, 0.5, 0.75)


def name_rows(rows: Sequence[FrontierRow]) -> list[str]:
    """Name the rows of a frontier as its tables and notes do: F1, F2 and so on, and the proposed plan."""
    return [PROPOSED if row.proposed else f"F{number}" for number, row in enumerate(rows, start=1)]


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
        f"Travel saved against care that changes provider, at most {most_saved / MINUTES_HOUR:,.0f} model hours of "
        f"travel for {most_moved:,.0f} carer hours a week: {'; '.join(parts)}."
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
            f"{_more(-saved)} model hours of travel a week saved",
            f"{_more(own.carer_hours_moving - figures.carer_hours_moving)} carer hours change provider",
        ]
        pounds = own.pounds_above_usual - figures.pounds_above_usual
        if math.isfinite(pounds):  # a price may have no weight
            parts.append(f"£{_more(pounds)} a week above usual prices")
        told.append(
            f"Alternative {one.name} has {one.difference:.0%} of block hours elsewhere: {', '.join(parts)}. It costs "
            f"{_more(one.given_up)} minutes a week in all ({share:+.1%}) and is at most {one.gap:.1%} from the best "
            "possible."
        )
    return told


def tell_sensitivity(rows: Sequence[SensitivityRow]) -> list[str]:
    """Say how much of the plan stays under each other assumption, and how much search alone changes."""
    if not rows or rows[0].figures is None:
        return []
    known = ", ".join(
        f"{f'{row.share_same_provider:.0%}' if row.figures is not None else 'no plan'} {row.told or f'with {row.name}'}"
        for row in rows[1:]
    )
    if not known:
        return []
    text = (
        f"Made anew under other assumptions, these shares of block hours stay with the same provider: {known}; "
        f"{rows[0].share_same_provider:.0%} searched on with nothing changed."
    )
    return [text]


def tell_cheaper(
    plan: Plan,
    frontier: Sequence[FrontierRow],
    alternatives: Sequence[Alternative],
    sensitivity: Sequence[SensitivityRow],
) -> list[str]:
    """Say which plans found while looking further cost less than the proposed one, or do better by it in both ways.

    Costs are at the proposed plan's own weights; of sensitivity only the first row is of the same model.
    """
    costs = [(row.figures.objective, f"{name} in frontier.csv")
             for name, row in zip(name_rows(frontier), frontier, strict=True) if not row.proposed]  # fmt: skip
    costs += [(one.figures.objective, f"{one.name} in alternatives.csv") for one in alternatives if one.status == FOUND]
    costs += [(row.figures.objective, f"“{row.name}” in sensitivity.csv") for row in sensitivity[:1] if row.figures]
    scale = max(1.0, abs(plan.objective))
    less = sorted((plan.objective - cost, name) for cost, name in costs if plan.objective - cost > LITTLE * scale)[::-1]
    told = []
    if less:
        saved, name = less[0]
        others = f"; so do, by less: {', '.join(other for _, other in less[1:])}" if less[1:] else ""
        told.append(
            f"The proposed plan is not the cheapest found: at its own weights {name} costs {saved:,.1f} minutes a "
            f"week ({saved / scale:.2%}) less{others}. More iterations would improve the plan."
        )
    own = next((row.figures for row in frontier if row.proposed), None)
    ahead = [
        (row.figures.travel_minutes_saved, name, row.figures)
        for name, row in zip(name_rows(frontier), frontier, strict=True)
        if own is not None and dominates(row.figures, own)
    ]
    if own is not None and ahead:
        _, name, best = max(ahead, key=lambda one: one[:2])
        saved = (best.travel_minutes_saved - own.travel_minutes_saved) / MINUTES_HOUR
        told.append(
            f"{name} in frontier.csv saves {saved:,.1f} model hours of travel a week more than the proposed plan, and "
            f"{own.carer_hours_moving - best.carer_hours_moving:,.1f} carer hours fewer change provider."
        )
    return told


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
        kept.append(f"of sensitivity: {', '.join(f'“{row.name}”' for row in rows)}")
    lacking.append("the rest of sensitivity" if rows else "sensitivity")
    return (
        f"Stopped by Ctrl-C while looking further; the plan itself is whole. Kept: {'; '.join(kept) or 'nothing'}. "
        f"Left out: {', '.join(lacking)}."
    )


def _more(value: float) -> str:
    """Write a difference as "120 more" or "120 fewer"."""
    return f"{abs(value):,.0f} {'more' if value >= 0 else 'fewer'}"
