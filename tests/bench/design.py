"""Blocks alone on the Gloucestershire sample, every point a candidate: gap, bound and memory as a run goes on."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse.csgraph import connected_components

from marketmap.blocks import Locks, Stop, design_blocks
from marketmap.blocks.design import BlockDesign
from marketmap.blocks.model import build_model
from marketmap.inputs.sample import build_sample
from marketmap.outputs.runs.batch import prepare

SEEDS = (1, 2, 3)
# The last is where a run stops; at the others it is read on its way.
SECONDS = (60.0, 300.0)
MIN_HOURS, MAX_HOURS, FILL = 150.0, 600.0, 570.0


class Readings:
    """Best cost and bound when the clock passed each time, as a run's progress tells them."""

    def __init__(self) -> None:
        self.began, self.worked = time.perf_counter(), time.process_time()
        self.lines: list[str] = []

    def read(self, iteration: int, cost: float, bound: float) -> None:
        """Note the first report after each time but the last."""
        if len(self.lines) < len(SECONDS) - 1 and time.perf_counter() - self.began >= SECONDS[len(self.lines)]:
            self.note(iteration, cost, bound)

    def note(self, iteration: int, cost: float, bound: float) -> None:
        """Write down where the run is."""
        gap = f"gap {(cost - bound) / cost:.2%}, cost {cost:,.0f}" if np.isfinite(cost) else "no plan yet"
        seconds, work = time.perf_counter() - self.began, time.process_time() - self.worked
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.lines.append(
            f"after {seconds:.0f} s ({work:.0f} s of processor, {iteration:,} iterations) {gap}, bound {bound:,.0f}, "
            f"peak {peak:,.0f} MiB"
        )


def measure(seeds: tuple[int, ...] = SEEDS) -> Iterator[str]:
    """Yield the lines of the report."""
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            batch = prepare(build_sample(Path(folder) / "county", county="gloucestershire", seed=seed))
        model = build_model(batch.county.tables, batch.matrix, batch.county.settings.blocks, locks=Locks())
        hours = model.points["contact_hours"].to_numpy(float)
        visits = model.points["carer_visits"].to_numpy(float)
        anywhere, lines = _run(model.minutes, hours, visits)
        yield from (f"sample seed {seed}, {len(hours):,} points anywhere: {line}" for line in lines)
        # places that no road joins to the rest cannot hold a block of their own
        _, part = connected_components(model.adjacency, directed=False)
        joined = np.flatnonzero(part == np.bincount(part).argmax())
        free = np.flatnonzero(model.free)[joined]
        graph, minutes = model.adjacency[joined][:, joined], model.minutes[np.ix_(free, free)]
        whole, lines = _run(minutes, hours[free], visits[free], adjacency=graph)
        yield from (f"sample seed {seed}, {len(free):,} joined points in one piece: {line}" for line in lines)
        # the same points in the plan that may fall in pieces
        apart = float(visits[free] @ model.minutes[free, anywhere.centres[anywhere.block_of[free]]])
        yield (
            f"sample seed {seed}: contiguity costs {whole.objective / apart - 1:+.1%} ({apart:,.0f} without it; "
            f"{len(hours) - len(free)} points are joined to too little); its bound relaxes {', '.join(whole.relaxed)}"
        )


def _run(minutes: Any, hours: Any, visits: Any, *, adjacency: Any = None) -> tuple[BlockDesign, list[str]]:
    count, readings = int(np.ceil(hours.sum() / FILL)), Readings()
    found = design_blocks(
        minutes, hours, visits, max_hours=MAX_HOURS, min_hours=MIN_HOURS, n_blocks=count, adjacency=adjacency,
        stop=Stop(max_seconds=SECONDS[-1]), on_progress=readings.read,
    )  # fmt: skip
    readings.note(found.iterations, found.objective, found.lower_bound)
    return found, [f"{count} blocks, {line}" for line in readings.lines]
