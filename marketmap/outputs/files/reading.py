"""An output folder, read back: what the app shows and what brokers download, exactly as written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from marketmap.errors import OutputError
from marketmap.outputs.files.folder import hash_file
from marketmap.outputs.files.record import RunRecord, read_record, refuse_purged
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.maps.zones import AREAS_FILE, ZONES_FILE, read_layer
from marketmap.outputs.schema.block import BLOCK_POINTS, BLOCK_POSTCODES, BLOCK_PROPOSALS, ELIGIBLE_PROVIDERS


@dataclass(frozen=True)
class PlanFiles:
    """One plan as its files say.

    Attributes
    ----------
    record
        ``run.json``.
    proposals, postcodes, points, eligible
        The tables of those names, typed; ``postcodes`` is indexed by postcode.
    zones, areas
        EPSG:4326, as `marketmap.outputs.maps.zones` describes them.
    changed
        Files whose content is no longer what the run wrote.
    """

    record: RunRecord
    proposals: pd.DataFrame
    postcodes: pd.DataFrame
    points: pd.DataFrame
    eligible: pd.DataFrame
    zones: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    changed: tuple[str, ...]


def read_plan(folder: Path) -> PlanFiles:
    """Read the output folder of a `blocks` run.

    Raises
    ------
    OutputError
        When the folder is missing, is not ours, holds the output of another verb, or a file of it cannot be read.
    """
    record = read_plan_record(folder)
    return PlanFiles(
        record=record,
        proposals=read_table(folder / BLOCK_PROPOSALS.path, BLOCK_PROPOSALS),
        postcodes=read_table(folder / BLOCK_POSTCODES.path, BLOCK_POSTCODES).set_index("postcode"),
        points=read_table(folder / BLOCK_POINTS.path, BLOCK_POINTS),
        eligible=read_table(folder / ELIGIBLE_PROVIDERS.path, ELIGIBLE_PROVIDERS),
        zones=read_layer(folder / ZONES_FILE),
        areas=read_layer(folder / AREAS_FILE),
        changed=tuple(path for path, digest in record.outputs.items() if _differs(folder / path, digest)),
    )


def read_plan_record(folder: Path) -> RunRecord:
    """Read the record of a `blocks` run.

    Raises
    ------
    OutputError
        When the folder is missing, is not ours, was purged or holds the output of another verb.
    """
    if not folder.is_dir():
        raise OutputError(f"There is no output folder {folder.name} yet.")
    record = read_record(folder)
    refuse_purged(record, folder)
    if BLOCK_PROPOSALS.path not in record.outputs:
        raise OutputError(f"{folder.name} holds the output of `{' '.join(record.command[:1])}`, not block proposals.")
    return record


def _differs(path: Path, digest: str) -> bool:
    return not path.is_file() or hash_file(path) != digest
