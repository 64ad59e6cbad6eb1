"""Blocks alone on the Gloucestershire sample, every point a candidate: gap, bound and memory at given times."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.sparse.csgraph import connected_components

from marketmap.blocks import Locks, Stop, design_blocks
from marketmap.blocks.model import build_model
from marketmap.inputs.sample import build_sample
from marketmap.outputs.batch import prepare

SEEDS = (1, 2, 3)
SECONDS = (60.0, 300.0)
MIN_HOURS, MAX_HOURS, FILL = 150.0, 600.0, 570.0


def measure() -> Iterator[str]:
    """Yield the lines of the report."""
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            batch = prepare(build_sample(Path(folder) / "county", county="gloucestershire", seed=seed))
        model = build_model(batch.county.tables, batch.matrix, batch.county.settings.blocks, locks=Locks())
        hours = model.points["contact_hours"].to_numpy(float)
        visits = model.points["carer_visits"].to_numpy(float)
        n_blocks = int(np.ceil(hours.sum() / FILL))
        # places that no road joins to the rest cannot hold a block of their own
        _, part = connected_components(model.adjacency, directed=False)
        joined = np.flatnonzero(part == np.bincount(part).argmax())
        free = np.flatnonzero(model.free)[joined]
        cases = [("anywhere", model.minutes, hours, visits, None, n_blocks, limit) for limit in SECONDS]
        joined_minutes, joined_hours = model.minutes[np.ix_(free, free)], hours[free]
        graph, fewer = model.adjacency[joined][:, joined], int(np.ceil(joined_hours.sum() / FILL))
        cases.append(("in one piece", joined_minutes, joined_hours, visits[free], graph, fewer, SECONDS[0]))
        for name, minutes, size, weight, adjacency, count, limit in cases:
            began = time.perf_counter()
            found = design_blocks(
                minutes, size, weight, max_hours=MAX_HOURS, min_hours=MIN_HOURS, n_blocks=count, adjacency=adjacency,
                stop=Stop(max_seconds=limit),
            )  # fmt: skip
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            yield (
                f"sample seed {seed}, {len(size):,} points, {count} blocks {name}: after "
                f"{time.perf_counter() - began:.0f} s ({found.iterations:,} iterations) gap {found.gap:.2%}, "
                f"cost {found.objective:,.0f}, bound {found.lower_bound:,.0f}, peak {peak:,.0f} MiB; "
                f"relaxed: {', '.join(found.relaxed) or 'none'}"
            )
