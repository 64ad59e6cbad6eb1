"""What a road network is made of: kilometres, built-up areas, posted limits and speeds by class."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketmap.travel.network import OFF_PEAK, RoadNetwork
from marketmap.travel.road_ends import line_classes


def roads_by_class(network: RoadNetwork, *, scenario: str = OFF_PEAK) -> pd.DataFrame:
    """Sum the roads up by class.

    Parameters
    ----------
    network
        The roads.
    scenario
        Which traffic the speed is for.

    Returns
    -------
    pandas.DataFrame
        One row a class that there is, longest first: ``road_class``, ``km`` (a two-way street once, each way of a dual
        carriageway), ``built_up_share`` and ``posted_share`` (of the km), ``mean_kmh`` (km over hours, the delays at
        junctions included).

    Raises
    ------
    RoadsError
        For a scenario that there is none of.
    """
    along, against = network.edges_of_line
    edge = np.where(along >= 0, along, against)
    posted = np.isfinite(network.limit_kmh) if len(network.limit_kmh) else np.zeros(network.n_edges, dtype=bool)
    metres = network.metres[edge]
    lines = pd.DataFrame(
        {
            "road_class": line_classes(network),
            "km": metres / 1000,
            "built_up_share": metres / 1000 * network.built_up[edge],
            "posted_share": metres / 1000 * posted[edge],
            "mean_kmh": network.seconds(scenario)[edge] / 3600,  # hours until divided
        }
    )
    made = lines.groupby("road_class", sort=True).sum()
    for name in ("built_up_share", "posted_share"):
        made[name] /= made["km"]
    made["mean_kmh"] = made["km"] / made["mean_kmh"]
    return made.reset_index().sort_values("km", ascending=False, ignore_index=True, kind="stable")
