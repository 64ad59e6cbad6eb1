"""Checking one table against its contract: every row fault at once, and what the council should be told.

Faults name rows and never quote a cell. What the contract does not know is dropped at the door; a header or
an identifier that looks like personal data is warned of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from marketmap.errors import Fault
from marketmap.inputs.cells import end_in_second_hour, type_cells
from marketmap.inputs.columns import Contract
from marketmap.inputs.readers import RawTable

# Words by which a header gives away that its column holds what no table here needs.
PERSONAL = re.compile(
    r"name|surname|initials|nhs|birth|(^|[^a-z])(dob|ni|nino|uprn)([^a-z]|$)|address|addr|street|phone|telephone|"
    r"(^|[^a-z])(tel|mobile|email|e-mail)([^a-z]|$)|gender|sex|ethnic|religion|diagnos|"
    r"note|comment|narrative|description|free.?text|remark"
)
NHS_NUMBER_SHARE = 0.5  # one in eleven ten-digit numbers passes the check digit by chance


@dataclass(frozen=True)
class Checked:
    """One table after its own checks.

    Attributes
    ----------
    contract, raw
        What it should be, and the text it was.
    frame
        Every column of the contract, typed, NA where blank, absent or faulty; index as ``raw.frame``.
    faults
        Row faults, each with all its rows.
    notes
        Plain sentences without any cell.
    """

    contract: Contract
    raw: RawTable
    frame: pd.DataFrame
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]


def check_table(raw: RawTable, *, contract: Contract) -> Checked:
    """Type a table's cells and hold them against its contract.

    Parameters
    ----------
    raw
        As read; every required column is there.
    contract
        What the table must hold.

    Returns
    -------
    Checked
        Nothing is raised for a faulty row: the caller decides whether faults stop the run.
    """
    faults: list[Fault] = []
    notes = list(raw.notes) + _header_notes(raw)
    typed: dict[str, pd.Series] = {}
    seen: dict[str, set[int]] = {}
    for column in contract.columns:
        if column.kind == "geometry":
            continue
        if column.name not in raw.frame:
            typed[column.name] = pd.Series(index=raw.frame.index, dtype=column.dtype)
            continue
        cells = type_cells(raw.frame[column.name], column)
        typed[column.name] = cells.typed
        notes += [f"{raw.file}, column {column.name}: {note}." for note in cells.notes]
        if column.kind == "identifier":
            notes += _nhs_number_notes(raw.file, column.name, cells.typed)
        for found in cells.faults:
            seen.setdefault(column.name, set()).update(found.rows)
            faults.append(Fault(raw.file, found.what, found.remedy, column.name, tuple(found.rows)))
    for start, end in contract.spans:
        typed[end] = end_in_second_hour(typed[start], typed[end])
    frame = pd.DataFrame(typed)
    faults += _schema_faults(frame, contract, raw.file, seen)
    return Checked(contract, raw, frame, tuple(faults), tuple(notes))


def _schema_faults(frame: pd.DataFrame, contract: Contract, file: str, seen: dict[str, set[int]]) -> list[Fault]:
    # A cell that could not be typed is blank by now; it is not reported a second time.
    faults = []
    for name, error in _failures(frame, contract):
        check = error.check
        if isinstance(check, pa.Check):
            output = error.check_output
            rows = output.index[~output.astype("boolean").fillna(value=True).astype(bool)]
            column, what, remedy = str(check.title), str(check.error), str(check.description)
        else:
            rows = frame.index[frame[name].isna()]
            column, what, remedy = name, "a required cell is blank", "Fill it"
        left = tuple(row for row in rows if row not in seen.get(column, ()))
        if left:
            faults.append(Fault(file, what, remedy, column, left))
    return faults


def _failures(frame: pd.DataFrame, contract: Contract) -> Iterable[tuple[str, pa.errors.SchemaError]]:
    try:
        contract.schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        return [(str(error.schema.name), error) for error in errors.schema_errors]
    return []


def fault_rows(faults: Iterable[Fault]) -> dict[int, str]:
    """Give every faulty row and the reasons against it, joined by ``; ``."""
    reasons: dict[int, list[str]] = {}
    for fault in faults:
        for row in fault.rows:
            reasons.setdefault(row, []).append(f"{fault.column}: {fault.what}" if fault.column else fault.what)
    return {row: "; ".join(dict.fromkeys(reasons[row])) for row in sorted(reasons)}


def _header_notes(raw: RawTable) -> list[str]:
    dropped = [name for name in raw.dropped if not name.startswith("__index_level")]
    if not dropped:
        return []
    notes = [f"{raw.file}: not used, and not read beyond the header: {', '.join(dropped)}."]
    personal = [name for name in dropped if PERSONAL.search(name)]
    if personal:
        notes.append(
            f"Warning: in {raw.file}, {', '.join(personal)} may hold personal data or free text that nothing here "
            "needs: leave such columns out of the extract."
        )
    return notes


def _nhs_number_notes(file: str, column: str, values: pd.Series) -> list[str]:
    ids = values.dropna().drop_duplicates()
    bare = ids.str.replace(r"[ -]", "", regex=True)
    ten = bare[bare.str.fullmatch(r"[0-9]{10}")]
    if ten.empty or len(ten) < NHS_NUMBER_SHARE * len(ids):
        return []
    digits = np.array([[int(digit) for digit in value] for value in ten])
    check = (11 - digits[:, :9] @ np.arange(10, 1, -1) % 11) % 11
    if (check == digits[:, 9]).sum() < NHS_NUMBER_SHARE * len(ids):
        return []
    return [f"Warning: {file}, column {column} looks like NHS numbers: use pseudonyms instead."]
