"""How fast a road is travelled: the class table with the ``maxspeed`` tag as a cap on it, or one speed on foot."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from marketmap.errors import RoadsError
from marketmap.settings import WALK, TravelSettings, figures, travel_faults
from marketmap.travel.network import Flags, Floats, Ints

KMH_PER_MPH = 1.609344
WALKING_PACE_KMH = 7.0
# A posted limit beyond these is a slip of somebody's pen: no road of Great Britain has one, "walk" apart.
LEAST_LIMIT_KMH, MOST_LIMIT_KMH = 5.0, 200.0

_DUAL, _SINGLE, _RESTRICTED = 70 * KMH_PER_MPH, 60 * KMH_PER_MPH, 30 * KMH_PER_MPH
# Limits that are written as words (Highway Code, rule 124: cars, England).
_NAMED_KMH: Mapping[str, float] = {
    "gb:motorway": _DUAL,
    "gb:nsl_dual": _DUAL,
    "gb:nsl_single": _SINGLE,
    "gb_nsl:single": _SINGLE,
    "gb:rural": _SINGLE,
    "gb:nsl_restricted": _RESTRICTED,
    "gb:urban": _RESTRICTED,
    "walk": WALKING_PACE_KMH,
}
_NATIONAL = ("national", "gb:national", "gb:nsl", "nsl")
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph)?", re.ASCII)
_ZONE = re.compile(r"gb:zone:?(\d+)", re.ASCII)


def check_speeds(settings: TravelSettings) -> None:
    """Check the speed table, the scenarios and the other numbers that times are made from.

    Raises
    ------
    RoadsError
        Naming every class that there is none of and every figure that cannot be.
    """
    if not isinstance(settings, TravelSettings):
        raise RoadsError(f"settings is {settings!r:.60}; give marketmap.settings.TravelSettings, for travel alone.")
    wrong = [f"{name}: {what}. {remedy}" for name, what, remedy in travel_faults(settings)]
    if wrong:
        raise RoadsError("The travel settings cannot be used. " + "; ".join(wrong) + ".")


def parse_maxspeed(text: str | None, *, dual: bool = False) -> float:
    """Read a ``maxspeed`` tag.

    Parameters
    ----------
    text
        The tag, e.g. ``"30 mph"``, ``"50"`` (km/h), ``"40 mph;30 mph"``, ``"national"``, ``"GB:nsl_single"``.
    dual
        Whether the road is a motorway or one carriageway of a dual one: then "national" is 70 mph, not 60.

    Returns
    -------
    float
        km/h, the lowest of a list; NaN when the tag sets no figure, or one that no road can have.
    """
    found = [_parse_one(part.strip().lower(), dual=dual) for part in re.split(r"[;|,]", text or "")]
    return min((value for value in found if not math.isnan(value)), default=math.nan)


def _parse_one(part: str, *, dual: bool) -> float:
    if part in _NATIONAL:
        return _DUAL if dual else _SINGLE
    if part in _NAMED_KMH:
        return _NAMED_KMH[part]
    if match := _ZONE.fullmatch(part):
        kmh = float(match[1]) * KMH_PER_MPH
    elif match := _NUMBER.fullmatch(part):
        kmh = float(match[1]) * (KMH_PER_MPH if match[2] == "mph" else 1.0)
    else:
        return math.nan
    return kmh if LEAST_LIMIT_KMH <= kmh <= MOST_LIMIT_KMH else math.nan


def class_speeds(
    road_class: Ints, built_up: Flags, maxspeed_kmh: Floats, *, classes: Sequence[str], settings: TravelSettings
) -> Floats:
    """Off-peak speed of each road, km/h.

    Parameters
    ----------
    road_class
        Positions in ``classes``, (roads,).
    built_up
        Which of a pair of speeds holds, (roads,).
    maxspeed_kmh
        The posted limit, NaN where none is known, (roads,).
    classes
        Every one of them in ``settings.speeds_kmh``, unless the roads are walked.
    settings
        The table, and whether limits cap it. On foot every road has ``walk_kmh``.
    """
    if settings.mode == WALK:
        return np.full(len(road_class), settings.walk_kmh)
    table = np.array([figures(settings.speeds_kmh[name]) for name in classes], dtype=float).reshape(-1, 2)
    speeds = table[road_class, built_up.astype(np.int64)]
    if settings.use_maxspeed:
        speeds = np.fmin(speeds, maxspeed_kmh)
    return np.asarray(speeds, dtype=float)


def junction_delay(settings: TravelSettings) -> float:
    """Seconds lost where roads meet; none on foot."""
    return 0.0 if settings.mode == WALK else settings.junction_seconds


def access_kmh(settings: TravelSettings) -> float:
    """Speed on the straight leg between a door and its road."""
    return settings.walk_kmh if settings.mode == WALK else settings.access_kmh
