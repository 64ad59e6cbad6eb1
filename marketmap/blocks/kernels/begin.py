"""A first plan from centres and points that were placed elsewhere."""

from __future__ import annotations

import numpy as np

from marketmap.blocks.kernels.compiled import compiled
from marketmap.blocks.kernels.moves import touches
from marketmap.blocks.kernels.rebuild import finish
from marketmap.blocks.kernels.state import OUTSIDE, Fixed, Ints, Plan, move_point, open_block, serve_cost


@compiled
def open_at(fixed: Fixed, plan: Plan, size: int, centres: Ints, providers: Ints, into: Ints) -> None:
    """Build blocks at given centres by given providers, on the pooled points, all outside at present.

    ``into`` says for each point which of the centres, -1 for any. Where contiguity is asked for, points that do not
    hang together with the one nearest to their centre join whatever they touch.
    """
    from_block = plan.counters[5]
    for row in range(len(centres)):
        block = open_block(fixed, plan, centres[row], providers[row])
        if block < 0:
            break
        plan.opened[plan.counters[5]] = block
        plan.counters[5] += 1
    opened = plan.counters[5] - from_block
    for row in range(opened):
        nearest = OUTSIDE
        for point in range(len(into)):
            if into[point] == row and np.isfinite(serve_cost(fixed, plan, point, plan.opened[from_block + row])):
                away = fixed.travel[point, centres[row]]
                if nearest < 0 or away < fixed.travel[nearest, centres[row]]:
                    nearest = point
        if nearest >= 0:
            move_point(fixed, plan, nearest, plan.opened[from_block + row])
    moved = True
    while moved:
        moved = False
        for point in range(len(into)):
            if plan.point[point].block >= 0 or into[point] < 0 or into[point] >= opened:
                continue
            block = plan.opened[from_block + into[point]]
            if touches(fixed, plan, point, block) and np.isfinite(serve_cost(fixed, plan, point, block)):
                move_point(fixed, plan, point, block)
                moved = True
    finish(fixed, plan, size, from_block)
