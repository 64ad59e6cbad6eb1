"""Compile the hot loops now, so that the first plan need not wait for it: ``python -m marketmap.blocks.kernels``."""

from __future__ import annotations

import sys

import numpy as np

from marketmap.blocks import Stop, design_blocks
from marketmap.blocks.bound import LagrangianBound
from marketmap.blocks.kernels.compiled import seconds_compiling
from marketmap.blocks.zone_problem import ZoneProblem

# Enough points for centres to be placed, room to move a block, and so little room that the bound needs cuts.
POINTS, BLOCKS, ROOMY, TIGHT = 310, 9, 45.0, 35.0
STEPS, PARTS = 100, 30


def compile_all() -> float:
    """Run the solver on a small made-up county and tell how many seconds compiling took."""
    random = np.random.default_rng(0)
    places, hours = random.uniform(0, 60, (POINTS, 2)), np.ones(POINTS)
    apart = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    design_blocks(apart, hours, hours, max_hours=ROOMY, n_blocks=BLOCKS, stop=Stop(max_iterations=100))
    problem = ZoneProblem(travel=apart, hours=hours, outside=np.full(POINTS, np.inf), max_hours=TIGHT, n_blocks=BLOCKS)
    bound = LagrangianBound(problem)
    for _ in range(PARTS):
        bound.advance(STEPS, upper=np.inf)
        if bound.rounds:
            break
    bound.advance(1, upper=np.inf)
    return seconds_compiling()


if __name__ == "__main__":
    sys.stdout.write(f"Hot loops compiled in {compile_all():.0f} s; not again on this machine until they change.\n")
