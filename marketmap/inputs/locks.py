"""The table of locks, what a plan may not change: its contract, and what its rows must be together.

Rows of one ``lock_id`` are one lock, so a row can be at fault for what another says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from marketmap.errors import Fault
from marketmap.inputs.columns import Column, Contract, Rule
from marketmap.inputs.postcodes import normalise_postcodes

HOLD, FORBID, TOGETHER, APART = KINDS = ("hold", "forbid", "together", "apart")
WITH_PROVIDER = (HOLD, FORBID)
OF_SEVERAL = (TOGETHER, APART)
SPOT = "spot"  # what the look-up list calls a postcode in no block


def _differs(column: str) -> Callable[[pd.DataFrame], pd.Series]:
    def broken(frame: pd.DataFrame) -> pd.Series:
        return frame.groupby("lock_id", dropna=True)[column].transform("nunique") > 1

    return broken


def _lacks_provider(frame: pd.DataFrame) -> pd.Series:
    return frame["kind"].isin(WITH_PROVIDER) & frame["provider_id"].isna()


def _has_provider(frame: pd.DataFrame) -> pd.Series:
    return frame["kind"].isin(OF_SEVERAL) & frame["provider_id"].notna()


def _is_alone(frame: pd.DataFrame) -> pd.Series:
    return frame["kind"].isin(OF_SEVERAL) & (frame.groupby("lock_id")["place"].transform("size") < 2)


def _is_called_spot(frame: pd.DataFrame) -> pd.Series:
    return frame["lock_id"].str.lower() == SPOT


LOCKS = Contract(
    "locks",
    "What a plan may not change, beyond the blocks already let: a place a row; rows of one lock_id are one lock.",
    (
        Column(
            "kind",
            "choice",
            "hold: these places are a zone of their own with this provider; forbid: this provider gets no block there; "
            "together: all these places end in one block or all outside; apart: no block has two of these places.",
            True,
            allowed=KINDS,
            example=FORBID,
        ),
        Column("lock_id", "identifier", "Names the lock; of hold it names the zone in the plan.", True, example="F01"),
        Column(
            "provider_id",
            "identifier",
            "Whom it is about, as in the providers table: for hold and forbid; blank for together and apart.",
            refers_to="providers",
            example="V001",
        ),
        Column("place", "place", "One postcode, postcode sector or district code.", True, example="GL1 1"),
    ),
    key=("lock_id", "place"),
    rules=(
        Rule("kind", "rows of one lock_id are of two kinds", "Give each kind a lock_id of its own", _differs("kind")),
        Rule(
            "provider_id",
            "rows of one lock_id name two providers",
            "Give each provider a lock_id of its own",
            _differs("provider_id"),
        ),
        Rule("provider_id", "blank although hold and forbid are about a provider", "Give it", _lacks_provider),
        Rule("provider_id", "filled although together and apart are about places alone", "Clear it", _has_provider),
        Rule("place", "the only place of its lock_id", "Add the others, or remove the lock", _is_alone),
        Rule("lock_id", "spot is the word for no block", "Give the lock another name", _is_called_spot),
    ),
)


def settle_locks(
    locks: pd.DataFrame, *, postcodes: pd.DataFrame, blocks: pd.DataFrame | None, file: str
) -> tuple[pd.DataFrame, list[Fault]]:
    """Write each place in one spelling, and hold the locks against the county.

    Parameters
    ----------
    locks
        Typed rows, ``row`` the number in the source.
    postcodes
        Every postcode of the county, index ``postcode``: ``sector``, ``district_code``.
    blocks
        The table of blocks already let.
    file
        The table's file, to name in faults.

    Returns
    -------
    locks, faults
        A fault for a place that the county does not have, one place spelt in two ways, a zone with the name of a block
        already let, and places of one ``apart`` that overlap, so that no block could keep to it.
    """
    spelt = normalise_postcodes(locks["place"])
    named = locks["place"].isin(postcodes["sector"]) | locks["place"].isin(postcodes["district_code"])
    settled = locks.assign(place=locks["place"].where(named | spelt.isna(), spelt).astype("str"))
    known = named | settled["place"].isin(postcodes.index) | locks["place"].isna()
    what = "no postcode, postcode sector or district of this county"
    remedy = "Write it like GL1 1AA, GL1 1 or E07000081, or take the row out"
    found = [Fault(file, what, remedy, "place", tuple(settled.loc[~known, "row"]))]
    again = known & settled.duplicated(["lock_id", "place"]) & ~locks.duplicated(["lock_id", "place"])
    what = "the place of another row of its lock_id, spelt in another way"
    found.append(Fault(file, what, "Keep one of the two", "place", tuple(settled.loc[again, "row"])))
    contracts = set() if blocks is None else set(blocks["block_id"])
    taken = (settled["kind"] == HOLD) & settled["lock_id"].isin(contracts)
    what = "a zone to hold with the name of a block in the blocks table"
    found.append(Fault(file, what, "Give it another", "lock_id", tuple(settled.loc[taken, "row"])))
    overlapping = _find_overlaps(settled[known & (settled["kind"] == APART)], postcodes)
    what = "overlaps another place of the same apart, so no block could have either"
    found.append(Fault(file, what, "Keep one of the two", "place", overlapping))
    return settled, [fault for fault in found if fault.rows]


def lies_in(postcodes: pd.DataFrame, place: str) -> np.ndarray:
    """Which postcodes a place holds; a postcode, a sector or a district code."""
    inside = (postcodes["sector"] == place) | (postcodes["district_code"] == place) | (postcodes.index == place)
    return inside.to_numpy(bool)


def _find_overlaps(apart: pd.DataFrame, postcodes: pd.DataFrame) -> tuple[int, ...]:
    rows: set[int] = set()
    for _, own in apart.groupby("lock_id"):
        rows |= set(_find_doubled(own, postcodes))
    return tuple(sorted(rows))


def _find_doubled(own: pd.DataFrame, postcodes: pd.DataFrame) -> Iterable[int]:
    inside = np.array([lies_in(postcodes, place) for place in own["place"]])
    doubled = inside[:, inside.sum(axis=0) > 1].any(axis=1)
    return (int(row) for row in own["row"].to_numpy()[doubled])
