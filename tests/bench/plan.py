"""The joint plan on the Gloucestershire sample: seeds side by side at default settings, and its gap at given times."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from marketmap.blocks import Plan, Stop, propose
from marketmap.inputs.sample import build_sample
from marketmap.outputs.runs.batch import Batch, prepare

SEEDS = (1, 2, 3, 4, 5)
TIMED = 1
SECONDS = (60.0, 300.0)


def measure() -> Iterator[str]:
    """Yield the lines of the report."""
    for seed in SEEDS:
        began = time.perf_counter()
        batch = _build(seed)
        read = time.perf_counter() - began
        iterations = batch.county.settings.solver.max_iterations
        yield f"sample seed {seed}: made and timed in {read:.0f} s; {_solve(batch, Stop(max_iterations=iterations))}"
        if seed == TIMED:
            for limit in SECONDS:
                yield f"sample seed {seed}, {limit:.0f} s: {_solve(batch, Stop(max_seconds=limit))}"


def _build(seed: int) -> Batch:
    with tempfile.TemporaryDirectory() as folder:
        return prepare(build_sample(Path(folder) / "county", county="gloucestershire", seed=seed))


def _solve(batch: Batch, stop: Stop) -> str:
    plan: Plan = propose(batch.county.tables, batch.matrix, batch.county.settings, seed=0, stop=stop)
    points, proposals = plan.points, plan.proposals
    outside = points.loc[points["block_id"] == "spot", "contact_hours"].sum() / points["contact_hours"].sum()
    with_others = proposals["hours_with_others"].sum()
    now = (points["carer_visits"] * points["minutes_outside"]).sum()
    saved = proposals["travel_minutes_saved_week"].sum()
    return (
        f"gap {plan.gap:.1%} after {plan.seconds:.0f} s ({plan.iterations:,} iterations), cost {plan.objective:,.0f}, "
        f"bound {plan.lower_bound:,.0f}, {len(proposals)} blocks, {outside:.0%} of placeable hours outside, "
        f"{with_others:,.0f} hours that would change provider, {saved:,.0f} minutes a week saved if all moved "
        f"({saved / now:.0%} of travel to all placeable visits now); the bound relaxes: {', '.join(plan.relaxed)}"
    )
