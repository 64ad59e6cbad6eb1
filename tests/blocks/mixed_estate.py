"""An estate where providers pass each other, as a block problem of any size."""

import numpy as np

from marketmap.blocks.zone_problem import ZoneProblem
from tests.blocks.brute_force import planar_graph


def draw_estate(
    seed: int, *, points: int = 80, providers: int = 3, min_hours: float = 25.0, centres: int | None = None
) -> ZoneProblem:
    """Homes on a plane, each served by one of a few providers in no order; leaving one out is priced."""
    random = np.random.default_rng(seed)
    places = random.uniform(0, 20, (points, 2))
    hours = random.integers(2, 9, points).astype(float)
    own = random.integers(0, providers, points)
    held = np.zeros((points, providers))
    held[np.arange(points), own] = hours
    apart = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    return ZoneProblem(
        travel=hours[:, None] * apart[:, :centres],
        hours=hours,
        outside=hours * random.uniform(1.0, 9.0, points),
        max_hours=3.0 * min_hours,
        min_hours=min_hours,
        block_cost=5.0,
        extra=2.0 * (hours[:, None] - held),
        base=np.zeros((providers, points if centres is None else centres)),
        load=hours,
        held=held,
        capacity=np.full(providers, 0.1 * hours.sum()),
        adjacency=planar_graph(places),
    )
