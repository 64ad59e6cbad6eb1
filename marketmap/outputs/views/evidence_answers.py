"""What a director asks of simulated rounds, answered in words: what is saved, how sure that is, whom it costs what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from marketmap.outputs.views.evidence_view import COUNTY, tell_policy

WHOSE_POUNDS = (
    "A year is 365 days like those simulated. Carers and providers save the mileage, the council only where prices "
    "follow."
)


def tell_answers(differences: pd.DataFrame, moves: pd.DataFrame, settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Answer for each policy, over the whole county, what it saves, how sure that is and what it asks of people.

    Parameters
    ----------
    differences
        The table `marketmap.outputs.schema.round.DIFFERENCES`.
    moves
        As `marketmap.outputs.views.round_moves.tally_moves` gives them.
    settings
        Of the run, as its record holds them: ``rounds.confidence``.

    Returns
    -------
    list
        (the policy in words, its answer) each, in the order of the run.
    """
    rows = differences[differences["level"] == COUNTY]
    sure = float(dict(settings.get("rounds", {})).get("confidence", 0.95))
    return [
        (tell_policy(row["policy"]), f"{_tell_saving(row, sure)} {_tell_moves(moves, row['policy'])}".strip())
        for row in rows.to_dict("records")
    ]


def _tell_saving(row: Mapping[Any, Any], sure: float) -> str:
    change, low, high = (row[f"minutes_hour_change{end}"] for end in ("", "_low", "_high"))
    if pd.isna(change):
        return "It has no care to compare."
    if change == 0 and low == 0 and high == 0:
        return "It changes no journey."
    known = pd.notna(low) and pd.notna(high)
    span = f"{sure:.0%} interval {low:+.2f} to {high:+.2f}" if known else "no interval: too few days"
    chance = " That may be chance: the interval holds 0." if known and low <= 0 <= high else ""
    road, released = row["hours_ceiling"], row["hours_released"]
    week = f"{abs(road):,.0f} carer hours a week {'less' if road >= 0 else 'more'} on the road"
    room = f", room for {released:,.0f} more hours of care with their own travel" if released > 0 else ""
    return (
        f"Travel for each carer hour goes from {row['minutes_hour_before']:.1f} to {row['minutes_hour_after']:.1f} "
        f"minutes ({change:+.2f}; {span}): {week}{room}.{chance}"
    )


def _tell_moves(moves: pd.DataFrame, policy: str) -> str:
    """Say whom a policy costs their provider: the price of the saving, which no minute shows."""
    if policy not in moves.index:
        return ""
    row = moves.loc[policy]
    if row["packages_moving"] == 0:
        return "Nobody changes provider for it."
    part = row["carer_hours_moving"] / row["carer_hours"]
    return (
        f"For it {row['packages_moving']:,.0f} of {row['packages']:,.0f} packages with visits in these days, "
        f"{part:.0%} of the carer hours, would change provider, and with it their carers."
    )
