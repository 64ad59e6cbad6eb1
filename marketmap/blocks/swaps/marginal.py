"""What a package adds to the travel of a provider's rounds: the difference that it makes to the fitted estimate."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from marketmap.blocks.insertion import Floats, Ints, Work, fill_by_provider
from marketmap.blocks.round_travel import shorten_legs
from marketmap.travel.rounds.estimate import NEAREST


@dataclass(frozen=True)
class MarginalEstimate:
    """Estimates added travel as a difference of the estimator that is fitted on simulated rounds; an `Estimate`.

    That estimator (`marketmap.travel.rounds.estimate`) says of a provider's rounds: travel = share × Σ over carer
    visits of the mean minutes to the nearest two others of the same time of day and crew size, none above a third of
    what a round costs, for where the next visit is further, rounds end. A package adds its own visits' part, and brings
    those near it nearer to another. It is exactly what the estimate rises by; visits are told apart by time band, a
    visit that lacks a second or any other counts as if it were at that furthest, and a package is there on all days.

    Attributes
    ----------
    work
        The packages.
    minutes
        Road minutes between the postcodes of ``work.place``.
    asked
        (packages, providers) which to estimate, beside what each provider holds.
    share
        Minutes of travel for each minute to the nearest two.
    stop
        Minutes that each journey between two postcodes takes beside the road's.
    furthest
        No journey counts for more, minutes.
    """

    work: Work
    minutes: NDArray[np.float32]
    asked: NDArray[np.bool_]
    share: float
    stop: float
    furthest: float
    _legs: Floats = field(init=False, repr=False)
    _index: Ints = field(init=False, repr=False)
    _crew: Ints = field(init=False, repr=False)
    _known: dict[int, tuple[bytes, Floats]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        places, index = np.unique(self.work.place, return_inverse=True)
        legs = shorten_legs(self.minutes[np.ix_(places, places)], stop=self.stop, furthest=self.furthest)
        object.__setattr__(self, "_legs", legs)
        object.__setattr__(self, "_index", index)
        object.__setattr__(self, "_crew", self.work.packages["carers_required"].to_numpy(np.int64))

    def __call__(self, holder: Ints) -> Floats:
        """Estimate, as `Estimate` says."""
        return fill_by_provider(holder, self.asked, self._known, self._add_to)

    def _add_to(self, _provider: int, own: Ints, rows: Ints) -> Floats:
        visits, total = self.work.visits, np.zeros(len(rows))
        for crew in np.unique(self._crew[rows]):
            asking, held = rows[self._crew[rows] == crew], own[self._crew[own] == crew]
            for band in range(visits.shape[1]):
                some = asking[visits[asking, band] > 0]
                if len(some):
                    there = held[visits[held, band] > 0]
                    total[np.searchsorted(rows, some)] += self.share * self._near(some, there, visits[:, band])
        return total

    def _near(self, rows: Ints, own: Ints, visits: Floats) -> Floats:
        """Say by how much visits at each row raise the sum of minutes to the nearest two, among visits at ``own``."""
        away = self._legs[self._index[rows]][:, self._index[own]].astype(float)
        among = self._legs[self._index[own]][:, self._index[own]].astype(float)
        np.fill_diagonal(among, self.furthest)
        apart = np.full((len(own), NEAREST + 1), self.furthest)
        nearest = np.partition(np.hstack([among, apart]), NEAREST, axis=1)[:, : NEAREST + 1]
        nearest.sort(axis=1)
        mine = np.isin(rows, own)
        itself = np.flatnonzero(mine)
        column = np.searchsorted(own, rows[itself])
        away[itself, column] = self.furthest
        alone = np.full((len(rows), NEAREST), self.furthest)
        near = np.partition(np.hstack([away, alone]), NEAREST - 1, axis=1)[:, :NEAREST].mean(axis=1)
        # Without the row its neighbours' second nearest is what is their third with it.
        rival = np.where(mine[:, None], nearest[None, :, NEAREST], nearest[None, :, NEAREST - 1])
        closer = np.maximum(rival - away, 0.0)
        closer[itself, column] = 0.0
        return np.asarray(visits[rows] * near - closer @ visits[own] / NEAREST, dtype=float)
