"""What every run's record says of the county that it read: its tables, settings, roads and day."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from marketmap.inputs.county import County
from marketmap.outputs.files.record import RunRecord
from marketmap.settings import settings_to_mapping


def record_county(
    county: County, *, command: Sequence[str], roads: Mapping[str, Any], notes: Sequence[str], summary: str
) -> RunRecord:
    """Begin the record of a run that makes no plan.

    Parameters
    ----------
    county
        As it was read.
    command, notes, summary
        As `RunRecord` has them.
    roads
        Where the roads are from, and ``illustrative``.

    Returns
    -------
    RunRecord
        Without seed, stop rule and solver; a run that has them puts them in.
    """
    tables, settings = county.tables, county.settings
    return RunRecord(
        command=list(command),
        county_folder=str(county.folder),
        inputs={name: dataclasses.asdict(file) for name, file in sorted(tables.files.items())},
        settings=settings_to_mapping(settings),
        seed=0,
        stop={},
        solver={},
        roads=dict(roads),
        postcode_source=tables.postcode_source,
        snapshot_date=tables.snapshot_date,
        synthetic=settings.county.synthetic,
        synthetic_note=settings.county.synthetic_note,
        notes=list(notes),
        summary=summary,
    )
