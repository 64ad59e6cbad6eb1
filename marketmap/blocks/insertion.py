"""What a package adds to a provider's travel: the cheapest place for its visits among the provider's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from marketmap.market.demand import describe_packages
from marketmap.settings import TIME_BANDS, Settings
from marketmap.travel import TravelTimes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NOBODY = -1
# These come in visits as well, and so are part of a provider's rounds, though no block buys them.
ALSO_IN_VISITS = ("reablement",)


class Estimate(Protocol):
    """Says what each package adds to each provider's travel, given who holds what."""

    def __call__(self, holder: Ints) -> Floats:
        """Estimate minutes a week.

        Parameters
        ----------
        holder
            (packages,) position of the provider that holds each package; ``NOBODY`` for none.

        Returns
        -------
        ndarray
            (packages, providers) minutes a week that the package adds to what the provider does without it; ``inf``
            where it cannot be told or was not asked.
        """
        ...


@dataclass(frozen=True)
class Work:
    """Packages that come in visits, on the roads, with when their visits are.

    Attributes
    ----------
    packages
        Rows of `Tables.packages` of who is visited now and who waits, with ``carer_hours``, ``carer_visits``,
        ``placeable`` and ``waiting`` as `describe_packages` gives them; a RangeIndex.
    place
        (packages,) position of each in the postcodes of the travel times.
    visits
        (packages, bands) carer visits a week in each of `TIME_BANDS`.
    """

    packages: pd.DataFrame
    place: Ints
    visits: Floats


def gather_work(packages: pd.DataFrame, calls: pd.DataFrame | None, matrix: TravelTimes, *, settings: Settings) -> Work:
    """Gather the packages that providers drive to, or would.

    Parameters
    ----------
    packages, calls
        `Tables.packages` and `Tables.calls`.
    matrix
        A package that is not on its roads is left out.
    """
    described = describe_packages(packages, settings=settings.blocks)
    comes = packages["service_type"].isin([*settings.blocks.service_types, *ALSO_IN_VISITS])
    current = packages["status"].isin(["active", "waiting"]) & (packages["visits_week"].astype(float) > 0)
    on_roads = packages["postcode"].isin(matrix.postcodes) & packages["placed"]
    kept = comes & current & on_roads
    columns = ["carer_hours", "carer_visits", "placeable", "waiting"]
    rows = packages[kept].assign(**{name: described.loc[kept, name] for name in columns}).reset_index(drop=True)
    place = matrix.postcodes.get_indexer(pd.Index(rows["postcode"])).astype(np.int64)
    return Work(rows, place, count_visits(rows, calls, settings=settings))


def count_visits(packages: pd.DataFrame, calls: pd.DataFrame | None, *, settings: Settings) -> Floats:
    """Count each package's carer visits a week by time band, from its calls, else by the stated mix.

    Parameters
    ----------
    packages
        With ``carer_visits``; a RangeIndex.

    Returns
    -------
    ndarray
        (packages, bands).
    """
    mix = np.array([settings.blocks.band_mix.get(band, 0.0) for band in TIME_BANDS])
    visits: Floats = packages["carer_visits"].to_numpy(float)[:, None] * mix[None, :]
    if calls is None or calls.empty or packages.empty:
        return visits
    position = pd.Series(packages.index.to_numpy(), index=packages["package_id"].to_numpy())
    known = calls[calls["package_id"].isin(position.index) & calls["time_band"].isin(TIME_BANDS)]
    rows = position[known["package_id"]].to_numpy()
    own = pd.to_numeric(packages["carers_required"]).to_numpy(float)[rows]
    carers = pd.to_numeric(known["carers_required"]).to_numpy(float, na_value=np.nan)
    a_week = known["days"].str.count(";").to_numpy(float) + 1.0
    visits[rows] = 0.0
    bands = known["time_band"].map({band: number for number, band in enumerate(TIME_BANDS)}).to_numpy(int)
    np.add.at(visits, (rows, bands), a_week * np.where(np.isnan(carers), own, carers))
    return visits


@dataclass(frozen=True)
class InsertionEstimate:
    """Estimates added travel by cheapest insertion; an `Estimate`.

    A visit at *i* is put between the two of the provider's own visits *u*, *v* of the same band, among the nearest
    few, where it adds least: minutes(u, i) + minutes(i, v) - minutes(u, v); with a single one it is there and back.
    Minutes are the mean of both ways. Without a visit in the band, all its visits count; without any, there and back
    from its nearest base. Times carer visits a week, so that a visit with two carers counts twice.

    This is linear: two packages that move together are each reckoned as if the other stayed.

    Attributes
    ----------
    work
        The packages.
    minutes
        Road minutes between the postcodes of ``work.place``.
    base_minutes
        (packages, providers) minutes from each provider's nearest base; ``inf`` where it has none.
    asked
        (packages, providers) which to estimate, beside what each provider holds.
    nearest
        Between how many nearest visits.
    """

    work: Work
    minutes: NDArray[np.float32]
    base_minutes: Floats
    asked: NDArray[np.bool_]
    nearest: int
    _symmetric: NDArray[np.float32] = field(init=False, repr=False)
    _index: Ints = field(init=False, repr=False)
    _known: dict[int, tuple[bytes, Floats]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        places, index = np.unique(self.work.place, return_inverse=True)
        square = self.minutes[np.ix_(places, places)]
        object.__setattr__(self, "_symmetric", (square + square.T) / np.float32(2))
        object.__setattr__(self, "_index", index)

    def __call__(self, holder: Ints) -> Floats:
        """Estimate, as `Estimate` says."""
        return fill_by_provider(holder, self.asked, self._known, self._add_to)

    def _add_to(self, provider: int, own: Ints, rows: Ints) -> Floats:
        """Sum over the bands what each of some packages adds to what a provider holds."""
        visits = self.work.visits
        total = np.zeros(len(rows))
        for band in range(visits.shape[1]):
            asking = rows[visits[rows, band] > 0]
            if not len(asking):
                continue
            found = self._insert(asking, own[visits[own, band] > 0])
            missed = ~np.isfinite(found)
            if missed.any():
                found[missed] = self._insert(asking[missed], own)
            found = np.where(np.isfinite(found), found, 2.0 * self.base_minutes[asking, provider])
            total[np.searchsorted(rows, asking)] += visits[asking, band] * found
        return total

    def _insert(self, rows: Ints, own: Ints) -> Floats:
        """Find the cheapest insertion of a visit at each row among some packages, itself left out."""
        if not len(own):
            return np.full(len(rows), np.inf)
        index = self._index
        # Rows of one place that hold nothing here are alike.
        held = np.isin(rows, own)
        kinds = np.where(held, len(self._symmetric) + rows, index[rows])
        _, first, kind = np.unique(kinds, return_index=True, return_inverse=True)
        asking = rows[first]
        away = self._symmetric[index[asking]][:, index[own]]
        itself = np.flatnonzero(held[first])
        away[itself, np.searchsorted(own, asking[itself])] = np.inf
        few = min(self.nearest, len(own))
        every = np.broadcast_to(np.arange(few), (len(asking), few))
        near = np.argpartition(away, few - 1, axis=1)[:, :few] if few < len(own) else every
        leg = np.take_along_axis(away, near, axis=1)
        best = 2 * leg.min(axis=1)
        at = index[own[near]]
        for one in range(few):
            for other in range(one + 1, few):
                with np.errstate(invalid="ignore"):  # inf - inf: neither can be reached
                    detour = leg[:, one] + leg[:, other] - self._symmetric[at[:, one], at[:, other]]
                best = np.fmin(best, np.maximum(detour, 0.0))
        return np.asarray(best[kind], dtype=float)


def fill_by_provider(
    holder: Ints, asked: Bools, known: dict[int, tuple[bytes, Floats]], add_to: Callable[[int, Ints, Ints], Floats]
) -> Floats:
    """Estimate provider by provider what was asked, and what each holds.

    Parameters
    ----------
    holder
        As `Estimate` takes it.
    asked
        (packages, providers) which pairs beside those held.
    known
        Provider → (what it held, the answer): changed here, since few providers change from one call to the next.
    add_to
        Says for a provider, the packages that it holds and some packages (positions, ascending) what each of the latter
        adds.

    Returns
    -------
    ndarray
        (packages, providers), as `Estimate` gives it.
    """
    added = np.full((len(holder), asked.shape[1]), np.inf)
    for provider in range(added.shape[1]):
        own = np.flatnonzero(holder == provider)
        key, (before, column) = own.tobytes(), known.get(provider, (b"", added[:0, 0]))
        if key != before or not len(column):
            wanted = asked[:, provider].copy()
            wanted[own] = True
            rows = np.flatnonzero(wanted)
            column = added[:, provider].copy()
            if len(rows):
                column[rows] = add_to(provider, own, rows)
            known[provider] = (key, column)
        added[:, provider] = column
    return added


def number_holders(packages: pd.DataFrame, providers: Sequence[str]) -> Ints:
    """Give who holds each package now: its position among the providers, ``NOBODY`` while it waits."""
    held: Ints = pd.Index(providers).get_indexer(pd.Index(packages["provider_id"].astype("object"))).astype(np.int64)
    return np.where(packages["waiting"].to_numpy(bool), NOBODY, held)
