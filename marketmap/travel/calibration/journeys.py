"""How long the model says a journey takes, and how much of that is outside and inside built-up areas."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from marketmap.travel.matrix import placed_matrix
from marketmap.travel.network import OFF_PEAK, Floats, Ints, RoadNetwork
from marketmap.travel.placing import Placement, place_coordinates

# By so much roads in built-up areas are slowed down to see how much longer journeys take. Small enough that
# the way stays the same, large enough for a clock of a tenth of a millisecond.
_SLOWER = 0.005
_ROWS = 512


def model_journeys(journeys: pd.DataFrame, network: RoadNetwork) -> pd.DataFrame:
    """Model journeys between places at the network's own speeds, without any scenario's factors.

    The part inside built-up areas comes of timing each journey twice, the second time with those roads slower by
    a small share: the difference is that share of the time spent there (the envelope theorem: the quickest way's
    own changes do not count to first order).

    Parameters
    ----------
    journeys
        ``from_easting``, ``from_northing``, ``to_easting``, ``to_northing``, EPSG:27700 metres, one row a journey.
    network
        The roads.

    Returns
    -------
    DataFrame
        Indexed like ``journeys``: ``minutes_outside`` and ``minutes_inside`` built-up areas, delays at junctions
        included, and ``minutes_access`` between the doors and the road; NaN where an end could not be placed.

    Raises
    ------
    RoadsError
        When every place lies outside the roads' extent.
    """
    ends = [journeys[[f"{end}_easting", f"{end}_northing"]].to_numpy(dtype=float) for end in ("from", "to")]
    made = np.full((len(journeys), 3), np.nan)
    names = ["minutes_outside", "minutes_inside", "minutes_access"]
    if not len(journeys):
        return pd.DataFrame(made, columns=names, index=journeys.index)
    places, which = np.unique(np.concatenate(ends), axis=0, return_inverse=True)
    origin, goal = np.split(which.ravel(), 2)
    placement = place_coordinates(network, pd.Series(places[:, 0]), pd.Series(places[:, 1]))
    own_speed = _without_scenarios(network)
    slower = dataclasses.replace(
        own_speed,
        kmh=np.where(network.built_up, network.kmh / (1 + _SLOWER), network.kmh),
        delay=np.where(network.built_up, network.delay * (1 + _SLOWER), network.delay),
    )
    total, longer = np.full(len(journeys), np.nan), np.full(len(journeys), np.nan)
    order = np.argsort(origin, kind="stable")
    for begin in range(0, len(places), _ROWS):
        mine = order[slice(*np.searchsorted(origin[order], [begin, begin + _ROWS]))]
        if not len(mine):
            continue
        froms, tos = np.unique(origin[mine]), np.unique(goal[mine])
        at = (np.searchsorted(froms, origin[mine]), np.searchsorted(tos, goal[mine]))
        here, there = _some_of(placement, froms), _some_of(placement, tos)
        total[mine] = placed_matrix(own_speed, here, there)[at]
        longer[mine] = placed_matrix(slower, here, there)[at]
    access = (placement.access_seconds[origin] + placement.access_seconds[goal]) / 60.0
    total[~np.isfinite(total)] = np.nan
    road: Floats = total - access
    inside = np.clip((longer - total) / _SLOWER, 0.0, np.maximum(road, 0.0))
    apart = origin != goal
    made[:, 0] = np.where(apart, road - inside, 0.0)
    made[:, 1] = np.where(apart, inside, 0.0)
    made[:, 2] = np.where(apart, access, 0.0)
    made[~np.isfinite(road)] = np.nan
    return pd.DataFrame(made, columns=names, index=journeys.index)


def _without_scenarios(network: RoadNetwork) -> RoadNetwork:
    settings = dataclasses.replace(network.settings, scenario=OFF_PEAK, scenarios={OFF_PEAK: {}})
    return dataclasses.replace(network, settings=settings)


def _some_of(placement: Placement, rows: Ints) -> Placement:
    each = {field.name: getattr(placement, field.name) for field in dataclasses.fields(placement)}
    return Placement(**{name: value[rows] if hasattr(value, "__len__") else value for name, value in each.items()})
