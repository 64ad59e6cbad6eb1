"""Locks that were asked for beside the council's own: written with a plan, and read back."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from marketmap.blocks.locks import Locks
from marketmap.errors import OutputError
from marketmap.inputs.locks import FORBID, HOLD
from marketmap.outputs.files.record import RunRecord
from marketmap.outputs.files.tables import read_table
from marketmap.outputs.schema.edit import PLAN_LOCKS

COUNCIL = "the council's table of locks"
ASKED = "asked for when the plan was shaped"
# A provider that is kept out of places is one lock; the council's own have names of its choosing.
KEPT_OUT = "kept-out-"
# What a search begins from is no lock, but without it the search could not be repeated.
BEGIN = "begin"


def tabulate_locks(council: pd.DataFrame | None, asked: Locks) -> pd.DataFrame:
    """Tabulate the council's locks and those asked for beside them, as `edit_columns.PLAN_LOCKS` has them.

    Parameters
    ----------
    council
        Its table of locks, None where it has none.
    asked
        Blocks to keep and providers to keep out.
    """
    names = list(PLAN_LOCKS.names)
    own = pd.DataFrame(columns=names) if council is None else council.assign(origin=COUNCIL)[names]
    rows = [
        {"kind": kind, "lock_id": name, "provider_id": provider, "place": postcode, "origin": ASKED}
        for kind, blocks in ((HOLD, asked.kept), (BEGIN, asked.begun))
        for name, (provider, postcodes) in sorted(blocks.items())
        for postcode in sorted(postcodes)
    ] + [
        {"kind": FORBID, "lock_id": KEPT_OUT + provider, "provider_id": provider, "place": place, "origin": ASKED}
        for provider, place in sorted(asked.forbidden)
    ]
    made = pd.DataFrame(rows, columns=names)
    return pd.concat([frame for frame in (own, made) if len(frame)] or [made], ignore_index=True)


def describe_locks(asked: Locks) -> dict[str, int]:
    """Count the locks asked for, for the run's record: no place and no provider, which ``run.json`` must not hold."""
    counts = {"held": len(asked.kept), "forbidden": len(asked.forbidden), "begun": len(asked.begun)}
    return {name: count for name, count in counts.items() if count}


def read_plan_locks(folder: Path, record: RunRecord) -> Locks:
    """Read the locks that a plan was asked to keep beside the council's own; none where its record names none.

    Raises
    ------
    OutputError
        When the file cannot be read, or does not hold as many as the record says.
    """
    if not record.locks:
        return Locks()
    rows = read_table(folder / PLAN_LOCKS.path, PLAN_LOCKS)
    rows = rows[rows["origin"] != COUNCIL]
    held, begun = (
        {
            str(name): (str(own["provider_id"].iloc[0]), tuple(own["place"].astype(str)))
            for name, own in rows[rows["kind"] == kind].groupby("lock_id", sort=True)
        }
        for kind in (HOLD, BEGIN)
    )
    kept_out = rows[rows["kind"] == FORBID]
    pairs = tuple(zip(kept_out["provider_id"].astype(str), kept_out["place"].astype(str), strict=True))
    locks = Locks(forbidden=pairs, kept=held, begun=begun)
    if describe_locks(locks) != dict(record.locks):
        raise OutputError(f"{folder.name}: {PLAN_LOCKS.path} does not hold the locks that run.json counts. Run again.")
    return locks
