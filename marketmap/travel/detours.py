"""How much longer the road is than the straight line: what illustrative roads are fitted to and tested on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.travel.engine import TimedGraph, shortest_seconds
from marketmap.travel.network import Floats, RoadNetwork

# Straight-line metres (from, below): median and 90th percentile of road over straight-line distance between nodes
# of real English networks, measured on OpenStreetMap roads of Rutland and Ordnance Survey roads around Bath.
REAL_DETOURS = {
    (500.0, 1000.0): (1.6, 2.6),
    (1000.0, 2000.0): (1.5, 2.1),
    (2000.0, 5000.0): (1.33, 1.8),
    (5000.0, 10000.0): (1.28, 1.55),
    (10000.0, 20000.0): (1.24, 1.4),
}


def detour_ratios(network: RoadNetwork, *, n_origins: int = 300) -> pd.DataFrame:
    """Measure road over straight-line distance between nodes of a network.

    Parameters
    ----------
    network
        The roads.
    n_origins
        Nodes to measure from, spread evenly over the node numbers; every node is measured to.

    Returns
    -------
    pandas.DataFrame
        One row a band of straight-line distance: ``metres_from``, ``metres_below``, ``pairs``, ``median``,
        ``percentile_90``, and the figures of real networks, ``real_median`` and ``real_percentile_90``. Bands
        without a pair hold NaN.
    """
    lengths = TimedGraph(network.n_nodes, network.tails, network.heads, network.metres, network.order)
    origins = np.unique(np.linspace(0, network.n_nodes - 1, min(n_origins, network.n_nodes)).astype(np.int64))
    ratios: dict[tuple[float, float], list[Floats]] = {band: [] for band in REAL_DETOURS}

    def take(position: int, metres: Floats) -> None:
        origin = origins[position]
        straight = np.hypot(network.x - network.x[origin], network.y - network.y[origin])
        for (low, high), found in ratios.items():
            here = (straight >= low) & (straight < high) & np.isfinite(metres)
            found.append(metres[here] / straight[here])

    shortest_seconds(lengths, origins, np.arange(network.n_nodes), on_row=take)
    rows = []
    for (low, high), real in REAL_DETOURS.items():
        found = np.concatenate(ratios[low, high])
        middle, upper = np.quantile(found, [0.5, 0.9]) if len(found) else (np.nan, np.nan)
        rows.append((low, high, len(found), float(middle), float(upper), *real))
    names = ["metres_from", "metres_below", "pairs", "median", "percentile_90", "real_median", "real_percentile_90"]
    return pd.DataFrame(rows, columns=names)
