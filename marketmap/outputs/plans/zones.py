"""Whose each postcode is under a plan, read from its output folder by the runs that go on from it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from marketmap.blocks.waiting import BlockZones
from marketmap.inputs.locks import SPOT
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.schema.block import BLOCK_POSTCODES, BLOCK_PROPOSALS


def read_zones(plan_folder: Path, record: RunRecord) -> BlockZones:
    """Read whose each postcode is from the output folder of a blocks run.

    Parameters
    ----------
    plan_folder, record
        The folder and its record, as `marketmap.outputs.files.origin.read_given` reads it: held to the county.

    Raises
    ------
    OutputError
        Where a file of the plan is broken.
    """
    listed = read_table(plan_folder / BLOCK_POSTCODES.path, BLOCK_POSTCODES)
    proposals = read_table(plan_folder / BLOCK_PROPOSALS.path, BLOCK_PROPOSALS)
    backup = proposals.drop_duplicates("block_id").set_index("block_id")["backup_provider_id"]
    inside = listed[listed["block_id"] != SPOT].drop_duplicates("postcode")
    frame = pd.DataFrame(
        {
            "block_id": inside["block_id"].to_numpy(),
            "provider_id": inside["suggested_provider_id"].to_numpy(),
            "backup_provider_id": inside["block_id"].map(backup).fillna("").to_numpy(),
        },
        index=pd.Index(inside["postcode"], name="postcode"),
    )
    return BlockZones(frame, f"the plan of {record.snapshot_date.isoformat()}")
