"""Compiling the solver before it is needed: ``python -m marketmap.blocks.warm``, a step of ``make setup``.

The hot loops are compiled when they are first called, under a minute in all, and kept on disk for later runs.
Little made-up problems call them all: blocks and providers together, and blocks alone.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
from scipy import sparse

from marketmap.blocks.bound import LagrangianBound
from marketmap.blocks.kernels.anneal import anneal
from marketmap.blocks.solver import solve_zones
from marketmap.blocks.stop import Stop
from marketmap.blocks.zone_problem import ZoneProblem

# Points of the problems; the larger is one that centres are placed for first.
SMALL, LARGE = 40, 320
# Steps that are enough to call every loop, and evaluations after which the small one's bound has its cuts.
STEPS = {SMALL: 20, LARGE: 200}
EVALUATIONS = 1500


def is_solver_compiled() -> bool:
    """Whether the search's largest loop, as its source stands now, is kept on disk or already loaded."""
    loop: Any = anneal
    if loop.signatures:
        return True
    # Numba has no public way to ask; where this one goes, it is compiled without a word beforehand
    file: Any = getattr(getattr(loop, "_cache", None), "_cache_file", None)
    try:
        return file is None or bool(file._load_index())  # noqa: SLF001
    except (AttributeError, OSError, ValueError):
        return True


def compile_solver(*, blocks_alone: bool = False) -> None:
    """Compile what a plan needs, or load it where it is kept on disk.

    Parameters
    ----------
    blocks_alone
        Also what blocks without providers need.
    """
    solve_zones(draw_problem(SMALL, providers=3), stop=Stop(max_iterations=STEPS[SMALL]))
    bound = LagrangianBound(draw_problem(SMALL))
    while bound.relaxation.cuts is None and bound.iterations < EVALUATIONS:
        bound.advance(20, upper=np.inf)
    if blocks_alone:
        solve_zones(draw_problem(LARGE), stop=Stop(max_iterations=STEPS[LARGE]))


def draw_problem(points: int, *, providers: int = 0) -> ZoneProblem:
    """Make up points on a square with a few hours each, held by providers in turn or to be put into so many blocks.

    Parameters
    ----------
    points
        How many.
    providers
        How many; with some there is a neighbourhood too, and points may stay outside.
    """
    random = np.random.default_rng(0)
    places = random.uniform(0.0, 10.0, (points, 2))
    minutes = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    hours = random.integers(1, 9, points).astype(np.float64)
    travel, blocks = hours[:, None] * minutes, points // 6
    most = 1.05 * float(hours.sum()) / blocks
    if not providers:
        return ZoneProblem(
            travel=travel, hours=hours, visits=hours, outside=np.full(points, np.inf), max_hours=most, n_blocks=blocks
        )
    held = np.where(np.arange(points)[:, None] % providers == np.arange(providers), hours[:, None], 0.0)
    return ZoneProblem(
        travel=travel,
        hours=hours,
        outside=5.0 * hours,
        min_hours=0.6 * most,
        max_hours=most,
        block_cost=1.0,
        extra=hours[:, None] - held,
        base=np.full((providers, points), 2.0),
        rounds=0.1 * hours,
        load=hours,
        held=held,
        capacity=np.full(providers, most),
        max_provider_hours=np.full(providers, 3.0 * most),
        company_of=np.arange(providers),
        district_of=(places[:, 0] > 5.0).astype(np.int64),
        share_cap=np.full((providers, 2), 2.0 * most),
        adjacency=sparse.csr_array(minutes < 3.0),
    )


def main() -> None:
    """Compile everything, and say so."""
    began = time.perf_counter()
    sys.stdout.write("Compiling the solver, once …\n")
    sys.stdout.flush()
    compile_solver(blocks_alone=True)
    sys.stdout.write(f"Compiled in {time.perf_counter() - began:.0f} s.\n")


if __name__ == "__main__":
    main()
