"""Where the blocks of another plan lie, and what each point of it costs: so that the plan can be drawn and checked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from marketmap.blocks.plan import Plan, Zone, cost_zone
from marketmap.outputs.schema.columns import Column

POSTCODE_COLUMNS = (
    Column("block_id", "text", "Name of the block, within that plan only"),
    Column("postcode", "text", "The postcode, with one space"),
    Column("centre_postcode", "text", "The block's centre"),
    Column("suggested_provider_id", "text", "The block's provider"),
    Column("minutes_to_centre", "minutes", "From the block's centre by road; this and all after it only where there is "
           "placeable demand"),
    Column("cost_travel", "model", "Carer-visits × minutes to the centre"),
    Column("cost_rounds", "model", "To and from where the provider's rounds begin"),
    Column("cost_moves", "model", "Hours now with another provider"),
    Column("cost_price", "model", "Pounds above the district's usual price"),
)  # fmt: skip
COSTS = ("minutes_to_centre", "cost_travel", "cost_rounds", "cost_moves", "cost_price")


def list_postcodes(plan: Plan, zones: Sequence[Zone], *, name: str) -> pd.DataFrame:
    """List every postcode in the blocks that another plan of the same case proposes.

    Parameters
    ----------
    plan
        With its case: the model, and the weights that costs are at.
    zones
        In the arrays of the case's model; those already let are left out, for they are the same in every plan.
    name
        What the other plan is called.

    Returns
    -------
    DataFrame
        ``plan``, then `POSTCODE_COLUMNS`: costs in minutes a week, NaN where there is no placeable demand. Blocks in
        the order of their first point, postcodes in order within each.
    """
    model, settings = plan.case.model, plan.case.settings.blocks
    proposed = sorted((zone for zone in zones if not zone.existing), key=lambda zone: int(np.min(zone.points)))
    frames = []
    for number, zone in enumerate(proposed, start=1):
        inside = model.point_of.index[model.point_of.isin(zone.points)]
        costs = cost_zone(model, zone.points, centre=zone.centre, provider=zone.provider, settings=settings)
        frame = pd.DataFrame(
            {
                "plan": name,
                "block_id": f"{name}-{number:03d}",
                "postcode": sorted(inside),
                "centre_postcode": model.points.index[zone.centre],
                "suggested_provider_id": model.providers.index[zone.provider],
            }
        )
        frames.append(frame.join(costs[list(COSTS)], on="postcode"))
    return join_postcodes(frames)


def join_postcodes(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join what `list_postcodes` gives; no row where there is none."""
    columns = ["plan", *(column.name for column in POSTCODE_COLUMNS)]
    kept = [frame for frame in frames if len(frame)]
    return pd.concat(kept, ignore_index=True)[columns] if kept else pd.DataFrame(columns=columns)
