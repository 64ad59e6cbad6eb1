"""Where each company's carers live and work: its patches, and which patch takes each package.

`patch_overlap` acts here and nowhere else. Each package chooses a patch with a chance that falls with the square of
the distance to the patch's centre; weights on the patches are iterated until each one is expected to hold its own
hours (entropy-regularised optimal transport: Cuturi 2013, "Sinkhorn distances"). The overlap scales the distance: near
0 the choice hardens into territories of given size (a power diagram), and the higher it is the more the patches mix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.inputs.sample.places import Ground, measure_metres
from marketmap.inputs.sample.settings import SampleSettings

ITERATIONS = 40
LEAST_OVERLAP = 0.03  # below this the choice is already as hard as it gets
OFFICE_METRES = 12000.0  # a company's first patch lies about this near its office
SPREAD_METRES = 5000.0  # and its next ones about this near the first


@dataclass(frozen=True)
class Patches:
    """Patches of carers.

    Attributes
    ----------
    home
        (patches,) position in ``ground.frame`` of the centre.
    location
        (patches,) row of the locations frame it belongs to.
    hours
        (patches,) contact hours a week that it is meant to hold.
    pull
        (patches,) log weight found by balancing.
    reach
        (patches,) metres at which its chance has fallen by a factor e.
    """

    home: np.ndarray
    location: np.ndarray
    hours: np.ndarray
    pull: np.ndarray
    reach: np.ndarray


def lay_patches(
    homes: np.ndarray,
    hours: np.ndarray,
    locations: pd.DataFrame,
    ground: Ground,
    *,
    settings: SampleSettings,
    rng: np.random.Generator,
) -> Patches:
    """Lay out the patches and balance them so that each is expected to hold its hours.

    Parameters
    ----------
    homes, hours
        Position in ``ground.frame`` and contact hours a week of each package to be held.
    locations
        As `draw_locations` gives them; those with ``hours_aim`` above 0 get patches.
    """
    aims = locations.loc[locations["hours_aim"] > 0].groupby("company")["hours_aim"].first()
    counts = np.clip(np.round(aims.to_numpy() / settings.patch_hours), 1, settings.most_patches).astype(int)
    cells = _cut_cells(homes, hours, ground, int(counts.sum()))
    companies = aims.index.to_numpy()
    home, location, share = [], [], []
    free = np.ones(len(cells), dtype=bool)
    spread = measure_metres(ground, cells, cells)
    for turn in rng.permutation(len(companies)):
        rows = np.flatnonzero((locations["company"] == companies[turn]).to_numpy())
        offices = measure_metres(ground, locations["home"].to_numpy()[rows], cells)
        own: list[int] = []
        for _ in range(counts[turn]):
            metres = spread[own].min(axis=0) / SPREAD_METRES if own else offices.min(axis=0) / OFFICE_METRES
            chance = np.where(free, np.exp(-(metres - metres[free].min())), 0.0)
            own.append(int(rng.choice(len(cells), p=chance / chance.sum())))
            free[own[-1]] = False
        home += list(cells[own])
        location += list(rows[offices[:, own].argmin(axis=0)])
        share += [aims.iloc[turn] / counts[turn]] * counts[turn]
    wanted = np.array(share) * hours.sum() / sum(share)
    centres = np.array(home)
    metres = measure_metres(ground, homes, centres)
    overlap = max(settings.patch_overlap, LEAST_OVERLAP)
    # Rural patches reach further, but not in proportion: long drives are what carers avoid.
    reach = overlap * settings.patch_reach * np.sqrt(1000.0 * _own_radius(metres, hours, wanted))
    pull = _balance((metres / reach) ** 2, hours, wanted)
    return Patches(centres, np.array(location), wanted, pull, reach)


def choose_patches(
    homes: np.ndarray,
    patches: Patches,
    ground: Ground,
    *,
    rng: np.random.Generator,
    avoid: np.ndarray | None = None,
) -> np.ndarray:
    """Choose a patch for each package.

    Parameters
    ----------
    homes
        (packages,) positions in ``ground.frame``.
    avoid
        (packages,) location that must not be chosen; None: any may.

    Returns
    -------
    ndarray
        (packages,) positions in ``patches``.
    """
    scores = patches.pull - (measure_metres(ground, homes, patches.home) / patches.reach) ** 2
    if avoid is not None:
        scores = np.where(patches.location[None, :] == avoid[:, None], -np.inf, scores)
    # The largest of score + Gumbel noise is a draw from the softmax of the scores.
    return np.asarray((scores + rng.gumbel(size=scores.shape)).argmax(axis=1))


def _cut_cells(homes: np.ndarray, hours: np.ndarray, ground: Ground, count: int) -> np.ndarray:
    """Cut demand into ``count`` cells of equal hours and return the postcode nearest to each one's middle."""
    xy = ground.xy
    west = ground.frame["west"].to_numpy(bool)[homes]
    middles: list[int] = []
    west_count = round(count * hours[west].sum() / hours.sum())
    west_count = min(max(west_count, int(west.any() and count > 1)), count - int((~west).any()))
    stack = [(np.flatnonzero(west), west_count), (np.flatnonzero(~west), count - west_count)]
    while stack:
        rows, parts = stack.pop()
        if parts == 0:
            continue
        points = xy[homes[rows]]
        if parts == 1 or len(rows) < 2:
            middle = np.average(points, axis=0, weights=hours[rows])
            nearest = homes[rows[np.hypot(*(points - middle).T).argmin()]]
            middles += [int(nearest)] * parts
            continue
        axis = int(np.ptp(points, axis=0).argmax())
        rows = rows[np.argsort(points[:, axis], kind="stable")]
        first = parts // 2
        reached = np.cumsum(hours[rows])
        cut = int(np.searchsorted(reached, reached[-1] * first / parts)) + 1
        cut = min(max(cut, 1), len(rows) - 1)
        stack += [(rows[:cut], first), (rows[cut:], parts - first)]
    return np.array(middles)


def _own_radius(metres: np.ndarray, hours: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Find how far each patch would reach had it all the demand around it."""
    nearest = np.sort(metres, axis=0)
    needed = np.ceil(wanted / hours.mean()).astype(int).clip(1, len(hours)) - 1
    return np.asarray(nearest[needed, np.arange(metres.shape[1])].clip(min=200.0))


def _balance(cost: np.ndarray, hours: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    pull = np.zeros(cost.shape[1])
    for _ in range(ITERATIONS):
        scores = pull - cost
        scores -= scores.max(axis=1, keepdims=True)
        chance = np.exp(scores)
        chance *= (hours / chance.sum(axis=1))[:, None]
        expected = chance.sum(axis=0)
        pull += np.log(wanted / expected.clip(min=wanted * 1e-6))
    return pull
