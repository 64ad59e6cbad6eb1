"""The joint plan on the Gloucestershire sample: its gap as the search goes on, and the whole command's time."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from marketmap.blocks import Stop, propose
from marketmap.inputs.sample import build_sample
from marketmap.outputs.batch import prepare

SEEDS = (1, 2, 3)
SECONDS = (60.0, 300.0)


def measure() -> Iterator[str]:
    """Yield the lines of the report."""
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            county = build_sample(Path(folder) / "county", county="gloucestershire", seed=seed)
            began = time.perf_counter()
            batch = prepare(county)
            read = time.perf_counter() - began
        for limit in SECONDS:
            plan = propose(
                batch.county.tables, batch.matrix, batch.county.settings, seed=0, stop=Stop(max_seconds=limit)
            )
            share = plan.points.loc[plan.points["block_id"] != "spot", "contact_hours"].sum()
            share /= plan.points["contact_hours"].sum()
            relaxed = ", ".join(plan.relaxed) or "none"
            yield (
                f"sample seed {seed}: read and timed in {read:.1f} s; after {limit:.0f} s gap {plan.gap:.1%}, "
                f"{len(plan.proposals)} blocks, {share:.0%} of placeable hours inside, "
                f"{plan.proposals['hours_with_others'].sum():,.0f} hours with others, "
                f"{plan.proposals['travel_minutes_saved_week'].sum():,.0f} minutes a week saved if all moved; "
                f"the bound relaxes: {relaxed}"
            )
