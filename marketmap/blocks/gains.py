"""What a block brings over spot purchase, part by part of the objective."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from marketmap.blocks.model import BlockModel
from marketmap.blocks.plan import Zone
from marketmap.settings import BlockSettings

GAIN_COLUMNS = (
    "gain_travel",
    "gain_waiting",
    "gain_rounds",
    "gain_moves",
    "gain_price",
    "gain_block",
    "gain_total",
)
# Parts of a gain that can take from it, and how each is told.
PARTS = {
    "longer travel": "gain_travel",
    "rounds": "gain_rounds",
    "moves": "gain_moves",
    "price": "gain_price",
    "the block itself": "gain_block",
}
LITTLE_MINUTES = 0.5
# Why a search makes a block that costs more than it brings.
FOR_OTHERS = "for what it lets other blocks gain"


def split_gain(
    model: BlockModel, zone: Zone, costs: Mapping[str, float], *, settings: BlockSettings
) -> dict[str, float]:
    """Split what a zone gains over leaving its points to spot purchase; the parts sum to the total.

    Travel saved is today's travel less the block's, which drives to the waiting people as well; what waiting people
    gain is the charge for leaving them without care. The other parts are costs of the block alone.

    Parameters
    ----------
    costs
        ``cost_travel, cost_rounds, cost_moves, cost_price, cost_block`` of the zone, minutes-equivalent a week.

    Returns
    -------
    dict
        By `GAIN_COLUMNS`, minutes-equivalent a week; a loss is negative.
    """
    waiting = settings.unserved_minutes_hour * float(
        model.points["carer_hours_waiting"].to_numpy(float)[zone.points].sum()
    )
    left = float(model.outside[zone.points].sum())
    parts = {
        "gain_travel": left - waiting - costs["cost_travel"],
        "gain_waiting": waiting,
        **{f"gain_{name}": -costs[f"cost_{name}"] for name in ("rounds", "moves", "price", "block")},
    }
    return {**parts, "gain_total": sum(parts.values())}


def explain_gain(row: pd.Series | Mapping[str, float]) -> str:
    """Say in words what a block gains and which part brings most of it.

    A part that exceeds the whole is told with what takes from it, dearest first.
    """
    gain = {name: float(row[column]) for name, column in PARTS.items()}
    total, travel, waiting = (float(row[f"gain_{name}"]) for name in ("total", "travel", "waiting"))
    if total <= 0:
        return f"costs {-total:,.0f} model minutes a week more than spot purchase, {FOR_OTHERS}"
    from_waiting = f"taking up {float(row['hours_waiting']):,.0f} waiting hours"
    source = from_waiting if waiting >= travel else "shorter travel"
    said = f"gains {total:,.0f} model minutes a week over spot purchase"
    losses = sorted((name for name in gain if gain[name] <= -LITTLE_MINUTES), key=lambda name: gain[name])
    if max(travel, waiting) <= total or not losses:
        return f"{said}, most of it from {source}"
    named = " and ".join(filter(None, (", ".join(losses[:-1]), losses[-1])))
    return f"{said}, chiefly from {source}, less what {named} cost{'' if len(losses) > 1 else 's'}"
