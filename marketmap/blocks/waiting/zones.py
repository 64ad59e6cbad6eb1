"""Which block each postcode is in, and whose: from a plan, or from the blocks already let."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from marketmap.blocks.swaps.pairs import read_grounds
from marketmap.inputs.county import Tables


@dataclass(frozen=True)
class BlockZones:
    """Blocks by postcode.

    Attributes
    ----------
    by_postcode
        Indexed by postcode: ``block_id``, ``provider_id`` and ``backup_provider_id`` (blank where there is none);
        postcodes in no block need not be there.
    basis
        Where they are from, in a few words.
    """

    by_postcode: pd.DataFrame
    basis: str


def zones_already_let(tables: Tables) -> BlockZones:
    """Take the blocks already let and the zones held; errors as `read_locked_zones`."""
    zones, _ = read_grounds(tables)
    rows = [
        {"postcode": str(postcode), "block_id": zone.block_id, "provider_id": zone.provider_id}
        for zone in zones
        for postcode in zone.postcodes
    ]
    frame = pd.DataFrame(rows, columns=["postcode", "block_id", "provider_id"], dtype="object")
    return BlockZones(
        frame.assign(backup_provider_id="").drop_duplicates("postcode").set_index("postcode"), "blocks already let"
    )
