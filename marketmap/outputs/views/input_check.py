"""A county's tables looked over without making anything of them: what is there, what is wrong, what was left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from marketmap.errors import Fault, FaultsError, InputError
from marketmap.inputs.contracts import CONTRACTS
from marketmap.inputs.county import Tables, read_county
from marketmap.inputs.folder import find_tables, folder_faults, read_folder_settings
from marketmap.inputs.marking import mark_faults
from marketmap.outputs.files.tables import encode_table
from marketmap.outputs.schema.block import REJECTED, UNPLACED
from marketmap.outputs.schema.input import INPUT_FINDINGS, INPUT_TABLES, MARKED_ROWS

EXAMPLE_ROWS = 5


@dataclass(frozen=True)
class InputCheck:
    """How a county's tables stand.

    Attributes
    ----------
    name
        The county's name of its settings; may be blank.
    synthetic
        Whether the settings say that the data are made up.
    snapshot
        The day that everything is looked at; None where the tables do not stand.
    tables
        As `INPUT_TABLES`: a row for each table that there may be.
    findings
        As `INPUT_FINDINGS`: a row for each fault of each row. Empty: the tables stand.
    kinds
        The same, a row for each kind of fault: ``file``, ``column``, ``rows`` (how many; 0: the whole file),
        ``examples`` (the first few row numbers), ``what``, ``remedy``.
    remarks
        Plain sentences of the reading.
    rejected, unplaced
        Rows left out of measures, and rows left off maps, as `Tables` has them.
    faults
        The same as they were told.
    marked
        File → its rows with their faults beside them, the bytes of a CSV; only files with row faults.
    """

    name: str
    synthetic: bool
    snapshot: dt.date | None
    tables: pd.DataFrame
    findings: pd.DataFrame
    kinds: pd.DataFrame
    remarks: tuple[str, ...]
    rejected: pd.DataFrame
    unplaced: pd.DataFrame
    faults: tuple[Fault, ...]
    marked: Mapping[str, bytes]

    @property
    def stands(self) -> bool:
        """Whether measures can be made of the tables."""
        return self.findings.empty

    @classmethod
    def of_faults(cls, error: FaultsError) -> InputCheck:
        """Take up what an error tells; where it came of a check, all of that."""
        return error.check if isinstance(error, UnusableError) else _told(error.faults, files={}, tables=None)


class UnusableError(InputError):
    """A county's tables have faults; ``check`` is all that is known of them."""

    def __init__(self, check: InputCheck, faults: Iterable[Fault]) -> None:
        super().__init__(faults)
        self.check = check


def refuse_faults(check: InputCheck) -> None:
    """Raise what was found, if anything.

    Raises
    ------
    UnusableError
        With every fault.
    """
    if not check.stands:
        raise UnusableError(check, check.faults)


def check_inputs(folder: Path, *, today: dt.date | None = None) -> InputCheck:
    """Look a county folder over; faults are told, not raised.

    The road file is not read here: whoever measures reads it.

    Parameters
    ----------
    folder
        The county folder.
    today
        The day that ages are counted to; now where None.
    """
    folder = Path(folder)
    faults: Sequence[Fault] = folder_faults(folder)
    if faults:
        return _told(faults, files={}, tables=None, today=today)
    settings, _ = read_folder_settings(folder)
    files, _, strays = find_tables(folder, settings=settings)
    tables = None
    try:
        tables = read_county(folder).tables
    except InputError as error:
        faults = error.faults
    return _told(
        faults,
        files=files,
        tables=tables,
        name=settings.county.name,
        synthetic=settings.county.synthetic,
        today=today,
        strays=strays,
    )


def list_findings(faults: Sequence[Fault]) -> pd.DataFrame:
    """Write faults out, one row for each row that they name, as `INPUT_FINDINGS`."""
    rows = [
        (fault.file, row, fault.column, fault.what, fault.remedy) for fault in faults for row in (fault.rows or (None,))
    ]
    frame = pd.DataFrame(rows, columns=list(INPUT_FINDINGS.names))
    return frame.astype({"row": "float64"})


def sum_findings(faults: Sequence[Fault]) -> pd.DataFrame:
    """List the kinds of fault: ``file``, ``column``, ``rows``, ``examples``, ``what``, ``remedy``."""
    rows = [
        (
            fault.file,
            fault.column,
            len(fault.rows),
            ", ".join(f"{row}" for row in fault.rows[:EXAMPLE_ROWS]) + (" …" if len(fault.rows) > EXAMPLE_ROWS else ""),
            fault.what,
            fault.remedy,
        )
        for fault in faults
    ]
    return pd.DataFrame(rows, columns=["file", "column", "rows", "examples", "what", "remedy"])


def _told(
    faults: Sequence[Fault],
    *,
    files: Mapping[str, Path],
    tables: Tables | None,
    name: str = "",
    synthetic: bool = False,
    today: dt.date | None = None,
    strays: Sequence[str] = (),
) -> InputCheck:
    marks = {path.name: mark_faults(path, faults) for path in files.values()}
    return InputCheck(
        name=name,
        synthetic=synthetic,
        snapshot=tables.snapshot_date if tables else None,
        tables=_list_tables(files, tables, today or dt.datetime.now(tz=dt.UTC).date()),
        findings=list_findings(faults),
        kinds=sum_findings(faults),
        remarks=tables.notes if tables else tuple(strays),
        rejected=tables.rejected if tables else _empty(REJECTED.names),
        unplaced=tables.unplaced if tables else _empty(UNPLACED.names),
        faults=tuple(faults),
        marked={file: encode_table(frame, MARKED_ROWS) for file, frame in marks.items() if frame is not None},
    )


def _list_tables(files: Mapping[str, Path], tables: Tables | None, today: dt.date) -> pd.DataFrame:
    rows = []
    for name, contract in CONTRACTS.items():
        path = files.get(name)
        # A file that the settings name need not be there: the findings say so.
        there = path is not None and path.is_file()
        day = dt.datetime.fromtimestamp(path.stat().st_mtime, tz=dt.UTC).date() if path is not None and there else None
        read = tables.files.get(name) if tables else None
        rows.append(
            {
                "table": name,
                "file": path.name if path is not None else "",
                "rows": read.rows if read else None,
                "changed": day.isoformat() if day else "",
                "age_days": (today - day).days if day else None,
                "required": contract.required,
                "holds": contract.about,
            }
        )
    return pd.DataFrame(rows, columns=list(INPUT_TABLES.names)).astype({"rows": "float64", "age_days": "float64"})


def _empty(names: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in names})
