"""The blocks of a plan that was written before, as far as a report speaks of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from marketmap.inputs.county import Tables
from marketmap.outputs.files.record import read_record
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.maps.zones import SPOT
from marketmap.outputs.schema.block import BLOCK_POSTCODES, BLOCK_PROPOSALS


@dataclass(frozen=True)
class PlanBlocks:
    """A plan's blocks.

    Attributes
    ----------
    proposals
        As ``internal/block_proposals.csv``.
    postcodes
        ``postcode``, ``block_id`` of the postcodes that lie in a block.
    made
        A sentence: which plan this is, and whether it was made from these tables.
    """

    proposals: pd.DataFrame
    postcodes: pd.DataFrame
    made: str


def read_plan_blocks(folder: Path, tables: Tables) -> PlanBlocks:
    """Read the blocks of a plan of this county.

    Parameters
    ----------
    folder
        An output folder of ``marketmap blocks``.
    tables
        The county's tables now, to tell whether the plan was made from them.

    Raises
    ------
    OutputError
        When a file of the plan is broken.
    """
    record = read_record(folder)
    now = {name: file.sha256 for name, file in tables.files.items()}
    same = all(now.get(name) == file["sha256"] for name, file in record.inputs.items())
    postcodes = read_table(folder / BLOCK_POSTCODES.path, BLOCK_POSTCODES)
    return PlanBlocks(
        proposals=read_table(folder / BLOCK_PROPOSALS.path, BLOCK_PROPOSALS),
        postcodes=postcodes.loc[postcodes["block_id"] != SPOT, ["postcode", "block_id"]],
        made=f"Blocks are those of the plan of {dt.date.fromisoformat(record.created[:10]):%-d %B %Y}, made from "
        + ("these tables." if same else "OTHER TABLES than these: plan again before relying on them."),
    )
