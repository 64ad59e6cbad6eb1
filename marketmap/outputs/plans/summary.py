"""What a director reads first: a plan in a few sentences of totals, and how far its guarantees and backups reach."""

from __future__ import annotations

import math

import pandas as pd

from marketmap.blocks import Plan

MINUTES_HOUR = 60.0


def summarise(plan: Plan) -> str:
    """Sum a plan up in a few sentences, totals only.

    Driving saved is that in rounds, as estimated, of all proposed blocks if every package in them moved; moves and
    waiting hours are contact hours a week; the charge for leaving people waiting and the whole gain are
    minutes-equivalent a week.
    """
    proposed = _take_proposed(plan.proposals)
    if proposed.empty:
        return "No block is proposed."
    return (
        f"{len(proposed)} blocks proposed over {proposed['hours_zone'].sum():,.0f} contact hours a week, "
        f"{proposed['hours_guaranteed_start'].sum():,.0f} of them could be guaranteed at the start. "
        f"{_tell_change(proposed)} {tell_gap(plan)}"
    )


def tell_gap(plan: Plan) -> str:
    """Say how far a plan may be from the best possible, or that nobody knows."""
    if not math.isfinite(plan.gap):
        return "How far it is from the best possible is not known."
    relaxed = f" (the bound does not honour in full: {', '.join(plan.relaxed)})" if plan.relaxed else ""
    return f"The plan is at most {plan.gap:.1%} from the best possible of the linear model{relaxed}."


def note_guarantees(proposals: pd.DataFrame) -> list[str]:
    """Say where nothing is guaranteed, which blocks nobody backs, and how many lean on one backup.

    Parameters
    ----------
    proposals
        As in `Plan`: one row a block.

    Returns
    -------
    list of str
        Sentences, none where nothing is proposed.
    """
    proposed = _take_proposed(proposals)
    if proposed.empty:
        return []
    unsure = proposed["hours_guaranteed_start"] <= 0
    backed = proposed.loc[proposed["backup_provider_id"] != "", "backup_provider_id"].value_counts()
    notes = []
    if unsure.any():
        notes.append(
            f"Blocks in which nothing can be guaranteed on day one: {int(unsure.sum()):,} of {len(proposed):,}. Their "
            "providers deliver nothing there and nobody waits."
        )
    bare = int((~unsure & (proposed["backup_provider_id"] == "")).sum())
    lean = f" Most blocks on one backup: {int(backed.iloc[0]):,}, with room for one at a time." if len(backed) else ""
    notes.append(f"Blocks with a guarantee and nobody to back it: {bare:,} of {len(proposed):,}.{lean}")
    return notes


def _take_proposed(proposals: pd.DataFrame) -> pd.DataFrame:
    return proposals[proposals["status"] == "proposed"] if len(proposals) else proposals


def _tell_change(proposed: pd.DataFrame) -> str:
    """Say what the blocks would change for people and carers, and how much of the gain is a charge the council set."""
    hours = float(proposed["driving_minutes_saved_week"].sum()) / MINUTES_HOUR
    driving = f"about {hours:,.0f} hours of driving saved" if hours >= 0 else f"{-hours:,.0f} more hours of driving"
    text = (
        f"If everybody agreed: {driving} a week (an estimate; make rounds simulates it), "
        f"{proposed['hours_with_others'].sum():,.0f} contact hours with another provider, "
        f"{proposed['hours_waiting'].sum():,.0f} waiting hours taken up."
    )
    gain, waiting = (float(proposed[f"gain_{name}"].sum()) for name in ("total", "waiting"))
    if gain <= 0 or waiting <= 0:
        return text
    return (
        f"{text} The charge for leaving those hours without care is {waiting / gain:.0%} of the whole gain of "
        f"{gain:,.0f} minutes-equivalent a week over spot purchase (minutes driven, and what the settings count as "
        "worth as many)."
    )
