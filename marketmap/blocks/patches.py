"""Each provider's own patches: where its work lies now, and where its rounds begin and end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from marketmap.blocks.clusters import cluster_points, find_medoids, split_points
from marketmap.inputs.county import Tables
from marketmap.market.footprints import find_round_ends
from marketmap.travel import TravelTimes

# Round ends this close to each other are one base. One where fewer than half a round a day begins and ends is a
# one-off (a carer covering elsewhere), not somewhere that new work could start from.
BASE_MINUTES = 10.0
BASE_ENDS_WEEK = 7.0
# Medoids settle within a few rounds of moving members and centres in turns.
MOST_ROUNDS = 10


def find_patch_centres(
    held: pd.DataFrame, *, minutes: np.ndarray, postcodes: pd.Index, patch_hours: float
) -> dict[str, np.ndarray]:
    """Find the centre of each patch of each provider: its own work in as many groups as its hours would fill.

    Groups are of a block's size on purpose: what blocks save must come from whose work is grouped together, not from
    grouping it more finely.

    Parameters
    ----------
    held
        ``provider_id``, ``postcode``, ``contact_hours``, ``carer_visits`` of the work each provider holds.
    minutes, postcodes
        Road minutes between postcodes, and which postcode each row and column is.
    patch_hours
        Contact hours a week of one patch.

    Returns
    -------
    dict
        Provider to positions in ``postcodes``, one a patch. A provider whose work is nowhere on the roads is absent.
    """
    centres: dict[str, np.ndarray] = {}
    for provider, places, rows in _by_provider(held, postcodes):
        square = minutes[np.ix_(places, places)]
        patches = max(1, round(float(rows["contact_hours"].sum()) / patch_hours))
        centres[provider] = places[_find_medoids_of(square, patches, weights=rows["carer_visits"].to_numpy(float))]
    return centres


def find_bases(ends: pd.DataFrame, *, minutes: np.ndarray, postcodes: pd.Index) -> dict[str, np.ndarray]:
    """Find where each provider's rounds begin and end, gathered into bases.

    Parameters
    ----------
    ends
        ``provider_id``, ``postcode``, ``ends_week`` as `market.footprints.find_round_ends` gives them.
    minutes, postcodes
        As for `find_patch_centres`.

    Returns
    -------
    dict
        Provider to positions in ``postcodes``, one a base.
    """
    bases: dict[str, np.ndarray] = {}
    for provider, places, rows in _by_provider(ends, postcodes):
        square = minutes[np.ix_(places, places)]
        weights = rows["ends_week"].to_numpy(float)
        labels = cluster_points(square, max_minutes=BASE_MINUTES)
        medoids = find_medoids(square, labels, weights=weights)
        total = np.bincount(labels, weights=weights)
        kept = total >= BASE_ENDS_WEEK
        bases[provider] = places[medoids[kept if kept.any() else total == total.max()]]
    return bases


def _by_provider(table: pd.DataFrame, postcodes: pd.Index) -> Iterator[tuple[str, np.ndarray, pd.DataFrame]]:
    position = pd.Series(np.arange(len(postcodes)), index=postcodes)
    known = table[table["postcode"].isin(postcodes)]
    for provider, rows in known.groupby("provider_id", sort=True):
        yield str(provider), position[rows["postcode"]].to_numpy(), rows


def _find_medoids_of(minutes: np.ndarray, groups: int, *, weights: np.ndarray) -> np.ndarray:
    """Find the medoids of a number of groups: average linkage to begin with, then members and centres in turns."""
    medoids = find_medoids(minutes, split_points(minutes, groups=groups), weights=weights)
    for _ in range(MOST_ROUNDS):
        nearest = np.argmin(minutes[:, medoids], axis=1)
        settled = find_medoids(minutes, np.unique(nearest, return_inverse=True)[1], weights=weights)
        if np.array_equal(np.sort(settled), np.sort(medoids)):
            break
        medoids = settled
    return medoids


def nearest_minutes(
    minutes: np.ndarray, rows: np.ndarray, centres: dict[str, np.ndarray], providers: Sequence[str]
) -> np.ndarray:
    """Find minutes between places and each provider's nearest centre, the mean of there and back.

    Returns
    -------
    ndarray
        (len(providers), len(rows)); ``inf`` where a provider has no centre.
    """
    result = np.full((len(providers), len(rows)), np.inf)
    for number, provider in enumerate(providers):
        if provider in centres:
            there, back = minutes[np.ix_(rows, centres[provider])], minutes[np.ix_(centres[provider], rows)].T
            result[number] = ((there + back) / 2).min(axis=1)
    return result


def measure_bases(
    tables: Tables, matrix: TravelTimes, providers: Sequence[str], places: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """Measure minutes from each provider's nearest base to some places.

    A provider without call monitoring starts from its office, and a note says so.

    Parameters
    ----------
    providers
        Whose bases.
    places
        Positions in ``matrix.postcodes``.

    Returns
    -------
    minutes, notes
        (len(providers), len(places)), ``inf`` for a provider with neither visits nor an office on the roads.
    """
    ends = find_round_ends(tables.visits, tables.packages)
    bases = find_bases(ends, minutes=matrix.minutes, postcodes=matrix.postcodes)
    offices = tables.providers.set_index("provider_id")["postcode"]
    by_office, nowhere = [], []
    for name in (name for name in providers if name not in bases):
        office = matrix.postcodes.get_indexer(pd.Index([offices[name]]))
        if office[0] >= 0:
            bases[name] = office
            by_office.append(name)
        else:
            nowhere.append(name)
    notes = []
    if by_office:
        notes.append(f"No call monitoring for {_list_some(by_office)}: their rounds are taken to begin at the office.")
    if nowhere:
        notes.append(
            f"Neither call monitoring nor an office on the road network for {_list_some(nowhere)}: they can have "
            "no block."
        )
    return nearest_minutes(matrix.minutes, places, bases, providers), notes


def _list_some(names: list[str], *, shown: int = 10) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"{len(names)} provider{'' if len(names) == 1 else 's'} ({', '.join(names[:shown])}{more})"
