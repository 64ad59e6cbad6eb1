"""What blocks would save of the driving in carers' rounds, by the estimator that is fitted on simulated rounds.

The block model measures travel from middles and patches, which is what it can optimise; rounds drive from door to door,
and far less of it is saved. This is the same estimate as the swap list's, for all of a plan's moves at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from marketmap.blocks.insertion import NOBODY, Floats, Ints, Work, gather_work, number_holders
from marketmap.inputs.county import Tables
from marketmap.settings import Settings
from marketmap.travel import TravelTimes
from marketmap.travel.rounds.estimate import NEAREST, find_furthest


@dataclass(frozen=True)
class RoundTravel:
    """Estimates the travel of providers' rounds as a sum over packages' visits.

    A visit counts ``share`` × the mean minutes to its nearest two of the same provider, time band and crew size, none
    above ``furthest``; one that lacks a second or any other counts as if it were at that furthest.

    Attributes
    ----------
    work
        Everybody who is visited, and who waits.
    providers
        Ids of all providers, in the order of their table.
    minutes
        Road minutes between the postcodes of ``work.place``.
    stop
        Minutes that each journey between two postcodes takes beside the road's.
    share
        Minutes of travel for each minute to the nearest two: ``swaps.near_share``.
    furthest
        No leg counts for more, minutes.
    """

    work: Work
    providers: tuple[str, ...]
    minutes: NDArray[np.float32]
    stop: float
    share: float
    furthest: float

    @cached_property
    def holder(self) -> Ints:
        """Give the position of who holds each package today; ``NOBODY`` for who waits."""
        return number_holders(self.work.packages, self.providers)

    @cached_property
    def today(self) -> Floats:
        """Give today's minutes a week of each package."""
        return self.travel(self.holder)

    def travel(self, holder: Ints) -> Floats:
        """Estimate the minutes a week that come with each package; 0 for one that nobody holds.

        Parameters
        ----------
        holder
            (packages,) position of the provider that holds each; ``NOBODY`` for none.
        """
        visits, minutes = self.work.visits, np.zeros(len(holder))
        crew = self.work.packages["carers_required"].to_numpy(np.int64)
        teams = np.column_stack([holder, crew])
        for team in np.unique(teams[holder != NOBODY], axis=0):
            rows = np.flatnonzero((teams == team).all(axis=1))
            square = self.minutes[np.ix_(self.work.place[rows], self.work.place[rows])]
            among = shorten_legs(square, stop=self.stop, furthest=self.furthest)
            for band in range(visits.shape[1]):
                there = np.flatnonzero(visits[rows, band] > 0)
                if len(there):
                    near = _mean_nearest(among[np.ix_(there, there)], self.furthest)
                    minutes[rows[there]] += self.share * visits[rows[there], band] * near
        return minutes

    def save(self, blocks: pd.DataFrame) -> pd.Series:
        """Estimate what is saved if every placeable package in a block's zone moved to the block's provider.

        A block has what its own visits save, whoever makes them, and its part of what the providers concerned drive
        more, or less, outside all blocks: by the carer visits that each gives up or takes over in it. So the blocks
        together save what the county does.

        Parameters
        ----------
        blocks
            Indexed by postcode: ``block_id``, ``provider_id``; those already let too.

        Returns
        -------
        Series
            By ``block_id``, minutes a week; negative where rounds get longer.
        """
        packages = self.work.packages
        names, number = np.unique(blocks["block_id"].to_numpy(str), return_inverse=True)
        at = blocks.index.get_indexer(pd.Index(packages["postcode"]))
        block = np.where(at >= 0, number[at] if len(number) else NOBODY, NOBODY)
        target = pd.Index(self.providers).get_indexer(pd.Index(blocks["provider_id"].astype("str")))
        after = self.holder.copy()
        moves = (packages["placeable"] & ~packages["waiting"]).to_numpy(bool) & (block != NOBODY)
        after[moves] = target[at[moves]]
        saved = self.today - self.travel(after)
        inside = block != NOBODY
        found = np.bincount(block[inside], weights=saved[inside], minlength=len(names))
        weight = np.zeros((len(self.providers), len(names)))
        changed = np.flatnonzero(after != self.holder)
        carried = self.work.visits[changed].sum(axis=1)
        np.add.at(weight, (self.holder[changed], block[changed]), carried)
        np.add.at(weight, (after[changed], block[changed]), carried)
        beside = ~inside & (self.holder != NOBODY)
        elsewhere = np.bincount(self.holder[beside], weights=saved[beside], minlength=len(self.providers))
        whole = weight.sum(axis=1)
        shared = np.divide(elsewhere, whole, out=np.zeros(len(whole)), where=whole > 0)
        return pd.Series(found + shared @ weight, index=pd.Index(names, name="block_id"))


def make_round_travel(tables: Tables, matrix: TravelTimes, settings: Settings) -> RoundTravel:
    """Gather what rounds are estimated from: everybody who is visited and is on the roads."""
    work = gather_work(tables.packages, tables.calls, matrix, settings=settings)
    providers = tuple(tables.providers["provider_id"].astype(str))
    rounds = settings.rounds
    furthest = find_furthest(rounds)
    return RoundTravel(work, providers, matrix.minutes, rounds.stop_minutes, settings.swaps.near_share, furthest)


def shorten_legs(square: NDArray[np.float32], *, stop: float, furthest: float) -> NDArray[np.float32]:
    """Turn road minutes between places into legs of a round: from door to door, the mean of both ways, none too long.

    Parameters
    ----------
    square
        (n, n) road minutes; 0 is next door.
    stop
        Minutes that each journey between two postcodes takes beside the road's.
    furthest
        No leg counts for more, minutes.
    """
    legs = np.where(square > 0, square + np.float32(stop), np.float32(0))
    return np.minimum((legs + legs.T) / np.float32(2), np.float32(furthest))


def _mean_nearest(legs: NDArray[np.float32], furthest: float) -> Floats:
    """Give each row's mean minutes to its nearest two others."""
    apart = np.full((len(legs), NEAREST), furthest, dtype=np.float32)
    others = np.hstack([legs, apart])
    np.fill_diagonal(others, furthest)
    near: Floats = np.partition(others, NEAREST - 1, axis=1)[:, :NEAREST].mean(axis=1, dtype=float)
    return near
