"""Where people live: real postcodes, how densely they lie, and the postcodes that packages are drawn at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from marketmap.inputs.sample.known_counties import KnownCounty
from marketmap.inputs.sample.settings import SampleSettings

NEIGHBOURHOOD_METRES = 1500.0  # how far one bump of the demand field reaches


@dataclass(frozen=True)
class Ground:
    """A county's postcodes as the generator sees them.

    Attributes
    ----------
    frame
        One row a postcode: ``postcode, easting, northing, sector, district_code, zone`` (position in
        ``settings.zones``), ``rural`` (bool: long waits), ``weight`` (of demand), ``west`` (bool: beyond the river).
    districts
        Their codes, in the order asked for.
    names
        Code to name.
    bridges
        (n, 2) metres; empty where there is no river.
    """

    frame: pd.DataFrame
    districts: tuple[str, ...]
    names: dict[str, str]
    bridges: np.ndarray

    @property
    def xy(self) -> np.ndarray:
        """Eastings and northings, (postcodes, 2) metres."""
        return self.frame[["easting", "northing"]].to_numpy(float)


def describe_ground(
    postcodes: pd.DataFrame,
    *,
    districts: Sequence[str],
    known: KnownCounty | None,
    settings: SampleSettings,
    rng: np.random.Generator,
) -> Ground:
    """Describe the county's postcodes.

    Parameters
    ----------
    postcodes
        Indexed by postcode: ``easting, northing`` (EPSG:27700 metres), ``sector``, ``district_code``.
    districts
        Local-authority codes.
    known
        Facts of a county known by name.
    """
    frame = postcodes[["easting", "northing", "sector", "district_code"]].sort_index().reset_index(names="postcode")
    xy = frame[["easting", "northing"]].to_numpy(float)
    places, which, sharing = np.unique(xy, axis=0, return_inverse=True, return_counts=True)
    tree = cKDTree(places)
    density = np.asarray(tree.query_ball_point(places, 1000.0, return_length=True))[which.ravel()]
    zone = np.select([density >= each.points_1km for each in settings.zones], list(range(len(settings.zones))))
    told = {each.code: each.rural for each in known.districts} if known else {}
    rural = frame["district_code"].map(told).astype("object")
    frame["zone"] = zone
    frame["rural"] = rural.where(rural.notna(), zone > 0).astype(bool)
    # Postcodes that share one grid reference are mostly large users' and ended ones: few people live there.
    field = _demand_field(xy, rng)
    frame["weight"] = np.exp(settings.clustering * field) / sharing[which.ravel()] ** 2.0
    river = known.river if known else ()
    frame["west"] = shapely.contains_xy(shapely.Polygon(river), xy) if river else np.zeros(len(frame), dtype=bool)
    names = {code: code for code in districts} | ({each.code: each.name for each in known.districts} if known else {})
    bridges = np.array(known.bridges if known else (), dtype=float).reshape(-1, 2)
    return Ground(frame, tuple(districts), names, bridges)


def _demand_field(xy: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a smooth random field over the postcodes: mean 0, standard deviation 1."""
    centres = xy[rng.integers(0, len(xy), size=max(4, int(np.sqrt(len(xy)))))]
    heights = rng.normal(size=len(centres))
    field = np.zeros(len(xy))
    for centre, height in zip(centres, heights, strict=True):
        field += height * np.exp(-((xy - centre) ** 2).sum(axis=1) / (2 * NEIGHBOURHOOD_METRES**2))
    spread = field.std()
    return (field - field.mean()) / spread if spread > 0 else field


def share_out(total: int, weights: np.ndarray) -> np.ndarray:
    """Share a whole number out in proportion to weights, by largest remainder; the parts sum to ``total``."""
    exact = total * weights / weights.sum()
    parts: np.ndarray = np.floor(exact).astype(int)
    short = total - int(parts.sum())
    parts[np.argsort(parts - exact, kind="stable")[:short]] += 1
    return parts


def district_weights(ground: Ground, *, known: KnownCounty | None) -> np.ndarray:
    """Weigh the districts by people aged 65+, or by postcodes where that is unknown."""
    people = {each.code: each.people_65plus for each in known.districts} if known else {}
    if all(people.get(code) for code in ground.districts):
        return np.array([people[code] for code in ground.districts], dtype=float)
    return ground.frame["district_code"].value_counts().reindex(list(ground.districts), fill_value=0).to_numpy(float)


def draw_homes(
    ground: Ground, *, by_district: np.ndarray, settings: SampleSettings, rng: np.random.Generator
) -> np.ndarray:
    """Draw the postcode of each package: by weight, and several at once in sheltered housing.

    Returns
    -------
    ndarray
        Positions in ``ground.frame``, in random order, ``by_district`` of each district.
    """
    drawn: list[np.ndarray] = []
    low, high = settings.sheltered_packages
    codes = ground.frame["district_code"].to_numpy()
    weights = ground.frame["weight"].to_numpy(float)
    for code, count in zip(ground.districts, by_district, strict=True):
        inside = np.flatnonzero(codes == code)
        chance = weights[inside] / weights[inside].sum()
        sizes = rng.integers(low, high + 1, size=int(settings.sheltered_share * count / low) + 1)
        sizes = sizes[np.cumsum(sizes) <= settings.sheltered_share * count]
        sites = rng.choice(inside, size=min(len(sizes), len(inside)), replace=False, p=chance)
        sheltered = np.repeat(sites, sizes[: len(sites)])
        drawn += [sheltered, rng.choice(inside, size=int(count) - len(sheltered), p=chance)]
    return rng.permutation(np.concatenate(drawn))


def measure_metres(ground: Ground, origins: np.ndarray, destinations: np.ndarray) -> np.ndarray:
    """Measure straight-line metres between postcodes, round by the nearest bridge where the river lies between.

    Parameters
    ----------
    origins, destinations
        Positions in ``ground.frame``, (n,) and (m,).

    Returns
    -------
    ndarray
        (n, m). It lays out synthetic data only; nothing shown as travel time is measured like this.
    """
    a, b = ground.xy[origins], ground.xy[destinations]
    metres: np.ndarray = np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1])
    if len(ground.bridges):
        west = ground.frame["west"].to_numpy(bool)
        across = west[origins][:, None] != west[destinations][None, :]
        metres = np.where(across, _by_bridge(a, b, ground.bridges), metres)
    return metres


def measure_legs(ground: Ground, origins: np.ndarray, destinations: np.ndarray) -> np.ndarray:
    """Measure like `measure_metres`, but pair by pair: (n,) and (n,) give (n,)."""
    a, b = ground.xy[origins], ground.xy[destinations]
    metres = np.hypot(*(a - b).T)
    west = ground.frame["west"].to_numpy(bool)
    across = np.flatnonzero(west[origins] != west[destinations])
    for row in across if len(ground.bridges) else ():
        metres[row] = _by_bridge(a[[row]], b[[row]], ground.bridges)[0, 0]
    return np.asarray(metres)


def _by_bridge(a: np.ndarray, b: np.ndarray, bridges: np.ndarray) -> np.ndarray:
    best = np.full((len(a), len(b)), np.inf)
    for bridge in bridges:
        best = np.minimum(best, np.hypot(*(a - bridge).T)[:, None] + np.hypot(*(b - bridge).T)[None, :])
    return best
