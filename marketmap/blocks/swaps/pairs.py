"""Which package may go to which provider: who may take, what may move, and why not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from marketmap.blocks.eligibility import screen_providers, split_list
from marketmap.blocks.locks import LockedZone, Locks, read_locked_zones, read_locks
from marketmap.blocks.points import package_needs
from marketmap.errors import PlanError
from marketmap.inputs.county import Tables
from marketmap.inputs.locks import lies_in
from marketmap.settings import BlockSettings

Bools = NDArray[np.bool_]


def screen_takers(tables: Tables, *, settings: BlockSettings) -> pd.Series:
    """Say of each provider why it can be given no package; blank where it can.

    Suspended, of an excluded rating, or not on the framework. Who takes part in blocks does not matter here: the
    participation table is about blocks.

    Returns
    -------
    Series
        Indexed by ``provider_id``, in the order of the table.
    """
    return screen_providers(tables.providers, None, settings=settings, snapshot_date=tables.snapshot_date)


def find_lacks(packages: pd.DataFrame, providers: pd.DataFrame) -> NDArray[np.object_]:
    """Find what each provider lacks of what each package needs.

    Parameters
    ----------
    packages
        ``needs``, ``carers_required``.
    providers
        ``services``; a provider that lists none is not known to lack any.

    Returns
    -------
    ndarray
        (packages, providers) of the sorted code words joined by ``, ``; blank where nothing is lacking.
    """
    needs = package_needs(packages)
    kinds = {need: number for number, need in enumerate(dict.fromkeys(needs))}
    table = np.full((len(kinds), len(providers)), "", dtype=object)
    for column, offered in enumerate(split_list(providers["services"])):
        if offered:
            for need, row in kinds.items():
                table[row, column] = ", ".join(sorted(need - offered))
    rows = np.array([kinds[need] for need in needs], dtype=int)
    lacks: NDArray[np.object_] = table[rows] if len(rows) else np.empty((0, len(providers)), dtype=object)
    return lacks


def read_grounds(tables: Tables) -> tuple[list[LockedZone], Locks]:
    """Read the blocks already let, the zones held and the other locks, as a plan does; errors as there."""
    county = tables.county_postcodes
    locks = read_locks(tables.locks, county_postcodes=county)
    zones = read_locked_zones(
        tables.blocks,
        tables.block_areas,
        county_postcodes=county,
        providers=tables.providers,
        snapshot_date=tables.snapshot_date,
        locks=locks,
    )
    return zones, locks


def find_owners(packages: pd.DataFrame, zones: Sequence[LockedZone]) -> pd.Series:
    """Find whose block each package lies in, of the blocks already let or held; NA outside them."""
    owner = {str(postcode): zone.provider_id for zone in zones for postcode in zone.postcodes}
    return packages["postcode"].map(owner).astype("object")


def allow_moves(
    packages: pd.DataFrame,
    tables: Tables,
    providers: Sequence[str],
    *,
    settings: BlockSettings,
    only: Sequence[str] = (),
) -> Bools:
    """Say which package may move to which provider.

    Placeable active packages move: not those marked to stay, nor any that the provider of its block already let holds.
    In such a block they go to its provider alone. Nobody takes what it lacks a service for, or a place that a lock
    keeps it out of.

    Parameters
    ----------
    packages
        ``Work.packages``.
    providers
        Their ids, in the order of the table.
    only
        Where given, moves are between these providers alone.

    Returns
    -------
    ndarray
        (packages, providers) bool; False to whoever holds the package.

    Raises
    ------
    PlanError
        For a provider in ``only`` that the table does not have, and as `read_locked_zones`.
    """
    unknown = [name for name in only if name not in providers]
    if unknown:
        raise PlanError(f"No provider {', '.join(unknown)} in the providers table. Correct the list of providers.")
    why_not = screen_takers(tables, settings=settings)
    takes = np.array(why_not == "", dtype=bool)
    holder = packages["provider_id"].astype("object")
    moves = np.array(packages["placeable"] & ~packages["waiting"] & holder.isin(providers), dtype=bool)
    if only:
        takes &= np.isin(np.asarray(providers, dtype=object), list(only))
        moves &= holder.isin(only).to_numpy(bool)
    allowed = moves[:, None] & takes[None, :]
    allowed &= find_lacks(packages, tables.providers) == ""
    names = np.asarray(providers, dtype=object)
    allowed &= holder.to_numpy()[:, None] != names[None, :]
    zones, locks = read_grounds(tables)
    owner = find_owners(packages, zones)
    inside = owner.notna().to_numpy(bool)
    allowed[inside] &= owner.to_numpy()[inside, None] == names[None, :]
    for provider, place in locks.forbidden:
        if provider in providers:
            lies = tables.county_postcodes.index[lies_in(tables.county_postcodes, place)]
            allowed[packages["postcode"].isin(lies).to_numpy(bool), list(providers).index(provider)] = False
    return np.asarray(allowed, dtype=bool)
