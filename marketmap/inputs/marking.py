"""A council's own table with its faults written beside its rows, to be mended and given again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from marketmap.errors import Fault, InputError
from marketmap.inputs.contracts import CONTRACTS
from marketmap.inputs.readers import OPENERS, read_table
from marketmap.inputs.validation import fault_rows

FAULT_COLUMN = "marketmap_fault"
ROW_COLUMN = "marketmap_row"


def mark_faults(path: Path, faults: Sequence[Fault]) -> pd.DataFrame | None:
    """Write the faults of a table beside its rows.

    Parameters
    ----------
    path
        The file of a table, named after it.
    faults
        Of any file; those of this one are taken.

    Returns
    -------
    pandas.DataFrame or None
        `ROW_COLUMN`, `FAULT_COLUMN` (blank where the row is in order; else "column: what. remedy" of each fault, joined
        by ``; ``) and then the file's known columns as text, in its own order of rows. None where no row has a fault,
        or the file cannot be opened as this table.
    """
    rowed = [
        Fault(fault.file, f"{fault.what}. {fault.remedy}", "", fault.column, fault.rows)
        for fault in faults
        if fault.file == path.name and fault.rows
    ]
    contract = CONTRACTS.get(path.stem.lower())
    if not rowed or contract is None or path.suffix.lower() not in OPENERS:
        return None
    try:
        raw = read_table(path, columns=contract.names, required=contract.required_names)
    except InputError:
        return None
    reasons = fault_rows(rowed)
    told = [reasons.get(int(row), "") for row in raw.frame.index]
    marked = raw.frame.reset_index(drop=True)
    marked.insert(0, FAULT_COLUMN, told)
    marked.insert(0, ROW_COLUMN, raw.frame.index)
    return marked
