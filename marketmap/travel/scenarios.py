"""Traffic: named scenarios as factors on off-peak driving time by road class.

A factor below 1 (the roads are emptier than by day) never takes a car past the posted limit, where limits are kept at
all. Traffic does not slow those who walk: on foot every scenario gives the same times.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from marketmap.errors import RoadsError
from marketmap.settings import JUNCTION, OTHER, WALK, TravelSettings, figures

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def scenario_seconds(
    metres: Floats,
    kmh: Floats,
    delay: Floats,
    limit_kmh: Floats,
    road_class: Ints,
    built_up: Flags,
    *,
    classes: Sequence[str],
    settings: TravelSettings,
    scenario: str,
) -> tuple[Floats, Floats]:
    """Split each edge's time in a scenario into driving and the junction at its end.

    Parameters
    ----------
    metres, kmh, delay
        Length, off-peak speed and off-peak delay in seconds, (edges,).
    limit_kmh
        Posted limit, NaN where none is known, (edges,); empty: none is known anywhere.
    road_class, built_up
        Which factor holds, (edges,).
    classes
        What ``road_class`` counts.
    settings
        The scenarios, and whether limits hold.
    scenario
        Its name.

    Returns
    -------
    driving, junction
        Seconds, (edges,).

    Raises
    ------
    RoadsError
        For a scenario that there is none of, naming those there are.
    """
    check_scenario(settings, scenario)
    driving = metres / kmh * 3.6
    if settings.mode == WALK:
        return driving, delay
    factors = settings.scenarios[scenario]
    other = factors.get(OTHER, 1.0)
    table = np.array([figures(factors.get(name, other)) for name in classes], dtype=float).reshape(-1, 2)
    made = driving * table[road_class, built_up.astype(np.int64)]
    if settings.use_maxspeed and len(limit_kmh):
        # fmax passes over the roads whose limit is not known.
        made = np.fmax(made, np.minimum(driving, metres / limit_kmh * 3.6))
    return made, delay * figures(factors.get(JUNCTION, 1.0))[0]


def check_scenario(settings: TravelSettings, scenario: str) -> None:
    """Raise a `RoadsError` for a scenario that the settings do not have, naming those they have."""
    if not isinstance(scenario, str) or scenario not in settings.scenarios:
        known = ", ".join(settings.scenarios)
        raise RoadsError(f'There is no travel scenario "{scenario}". Use one of: {known}.')
