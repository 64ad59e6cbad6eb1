"""Each provider's own patches: where its work lies now, and where its rounds begin and end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from marketmap.blocks.clusters import cluster_points, find_medoids
from marketmap.inputs.county import Tables
from marketmap.market.footprints import find_round_ends
from marketmap.travel import TravelTimes

# Round ends this close to each other are one base. One with fewer ends than a round a day for a week is a
# one-off (a carer covering elsewhere), not somewhere that new work could start from.
BASE_MINUTES = 10.0
BASE_ENDS = 7.0


def find_patch_centres(
    held: pd.DataFrame, *, minutes: np.ndarray, postcodes: pd.Index, patch_minutes: float
) -> dict[str, np.ndarray]:
    """Find the centre of each patch of each provider.

    Parameters
    ----------
    held
        ``provider_id``, ``postcode``, ``carer_visits`` of the work each provider holds.
    minutes, postcodes
        Road minutes between postcodes, and which postcode each row and column is.
    patch_minutes
        Work further apart than this is another patch.

    Returns
    -------
    dict
        Provider to positions in ``postcodes``, one a patch. A provider whose work is nowhere on the roads is absent.
    """
    return _centres(held, weight="carer_visits", minutes=minutes, postcodes=postcodes, within=patch_minutes, least=0.0)


def find_bases(ends: pd.DataFrame, *, minutes: np.ndarray, postcodes: pd.Index) -> dict[str, np.ndarray]:
    """Find where each provider's rounds begin and end, gathered into bases.

    Parameters
    ----------
    ends
        ``provider_id``, ``postcode``, ``ends`` as `market.footprints.find_round_ends` gives them.
    minutes, postcodes
        As for `find_patch_centres`.

    Returns
    -------
    dict
        Provider to positions in ``postcodes``, one a base.
    """
    return _centres(ends, weight="ends", minutes=minutes, postcodes=postcodes, within=BASE_MINUTES, least=BASE_ENDS)


def _centres(
    table: pd.DataFrame, *, weight: str, minutes: np.ndarray, postcodes: pd.Index, within: float, least: float
) -> dict[str, np.ndarray]:
    position = pd.Series(np.arange(len(postcodes)), index=postcodes)
    known = table[table["postcode"].isin(postcodes)]
    centres: dict[str, np.ndarray] = {}
    for provider, rows in known.groupby("provider_id", sort=True):
        places = position[rows["postcode"]].to_numpy()
        weights = rows[weight].to_numpy(float)
        square = minutes[np.ix_(places, places)]
        labels = cluster_points(square, max_minutes=within)
        medoids = find_medoids(square, labels, weights=weights)
        total = np.bincount(labels, weights=weights)
        kept = total >= least
        centres[str(provider)] = places[medoids[kept if kept.any() else total == total.max()]]
    return centres


def nearest_minutes(
    minutes: np.ndarray, rows: np.ndarray, centres: dict[str, np.ndarray], providers: Sequence[str]
) -> np.ndarray:
    """Find minutes from places to each provider's nearest centre.

    Returns
    -------
    ndarray
        (len(providers), len(rows)); ``inf`` where a provider has no centre.
    """
    result = np.full((len(providers), len(rows)), np.inf)
    for number, provider in enumerate(providers):
        if provider in centres:
            result[number] = minutes[np.ix_(rows, centres[provider])].min(axis=1)
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
    return f"{len(names)} provider(s) ({', '.join(names[:shown])}{more})"
