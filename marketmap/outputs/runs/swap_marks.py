"""A swap list that brokers have marked, read back: accepted and refused moves, with every fault at once."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from marketmap.blocks.swaps import Marks
from marketmap.blocks.swaps.marks import DECISIONS
from marketmap.errors import Fault, InputError, OutputError
from marketmap.inputs.columns import Column, Contract
from marketmap.inputs.readers import read_table
from marketmap.inputs.validation import check_table
from marketmap.outputs.files.folder import hash_file
from marketmap.outputs.files.private_files import write_private
from marketmap.outputs.files.record import read_record
from marketmap.outputs.files.tables import unguard_formula
from marketmap.outputs.schema.swap import SWAP_LIST

UPLOADED = (".csv", ".xlsx")
# A list of the most moves that settings allow (10,000) has some 5 MB, and the moves refused before stand in it too.
MOST_BYTES, MOST_ROWS = 10_000_000, 30_000
KEEP_THE_LIST = "Give the swap_list.csv of an earlier run, with no further rows or sheets"
KEY = ("package_id", "from_provider_id", "to_provider_id")
MARKED_LIST = Contract(
    "swap_list",
    "A swap list as it was written, with decisions filled in.",
    (
        Column("package_id", "identifier", "The package.", True),
        Column("from_provider_id", "identifier", "Who delivers it.", True),
        Column("to_provider_id", "identifier", "Who could.", True),
        Column("decision", "choice", "What was decided.", True, may_be_blank=True, allowed=DECISIONS),
    ),
    key=("package_id", "to_provider_id"),
)


def keep_marks(out: Path, given: Path | Marks | None) -> None:
    """Refuse to replace a list that somebody has marked since it was written, unless it is the one given back.

    Parameters
    ----------
    out
        The output folder that is to be replaced.
    given
        What the new run is given: a marked list's path, decisions, or nothing.

    Raises
    ------
    OutputError
        Where decisions would be lost; says how to give them back.
    """
    path = out / SWAP_LIST.path
    if not path.is_file() or (isinstance(given, Path) and given.resolve() == path.resolve()):
        return
    if hash_file(path) == read_record(out).outputs.get(SWAP_LIST.path):
        return
    try:
        marked = len(read_marks(path).rows)
    except InputError:
        return  # not readable as a list: nothing to keep
    if marked:
        raise OutputError(
            f"{path} holds {marked:,} decisions that no run has read, and would be replaced. Give it back (make: "
            f"MARKS={path}, marketmap: --marks {path}), or name another output folder."
        )


def read_marks(path: Path) -> Marks:
    """Read what was decided on a swap list.

    Parameters
    ----------
    path
        ``swap_list.csv`` as a run wrote it, or as a spreadsheet saved it (CSV or XLSX); further columns do not matter.

    Returns
    -------
    Marks
        The rows with a decision; none where all are blank.

    Raises
    ------
    InputError
        With every fault: file, row, column and what to do.
    """
    if not path.is_file():
        raise InputError([Fault(path.name, "there is no such file", "Give the swap_list.csv of an earlier run")])
    refuse_large(path.stat().st_size, path.name)
    raw = read_table(path, columns=MARKED_LIST.names, required=MARKED_LIST.required_names)
    if len(raw.frame) > MOST_ROWS:
        what = f"{len(raw.frame):,} rows are no swap list: at most {MOST_ROWS:,} are read"
        raise InputError([Fault(path.name, what, KEEP_THE_LIST)])
    for name in KEY:  # as they were before the guard against formulas
        raw.frame[name] = raw.frame[name].map(unguard_formula)
    checked = check_table(raw, contract=MARKED_LIST)
    if checked.faults:
        raise InputError(checked.faults)
    rows = checked.frame.rename_axis(None)
    decided = rows.assign(row=rows.index.astype("int64"))[rows["decision"].notna()]
    return Marks(path.name, pd.DataFrame(decided[[*KEY, "decision", "row"]]).reset_index(drop=True))


def refuse_large(size: int, name: str) -> None:
    """Refuse a file that is too large to be a swap list, before it is read.

    Parameters
    ----------
    size
        Bytes.
    name
        Of the file, for the fault.

    Raises
    ------
    InputError
        Above `MOST_BYTES`.
    """
    if size > MOST_BYTES:
        what = f"{size / 1e6:,.0f} MB are too much: a swap list has {MOST_BYTES / 1e6:,.0f} MB at most"
        raise InputError([Fault(name, what, KEEP_THE_LIST)])


def marks_of_page(rows: Sequence[Sequence[str]]) -> Marks | None:
    """Take decisions as a page hands them to a job.

    Parameters
    ----------
    rows
        (package, from, to, accepted or refused) of each; none where nothing was decided.
    """
    if not rows:
        return None
    frame = pd.DataFrame([[str(cell) for cell in row] for row in rows], columns=[*KEY, "decision"])
    return Marks("the page's list", frame.assign(row=range(1, len(frame) + 1)))


def read_marked_bytes(content: bytes, name: str) -> list[tuple[str, str, str, str]]:
    """Read what was decided on an uploaded list; kept in no file once it is read.

    Parameters
    ----------
    content
        Of the file.
    name
        As it was called: its ending says what it is, and faults name it.

    Returns
    -------
    list
        (package, from, to, accepted or refused) of each row with a decision.

    Raises
    ------
    InputError
        As `read_marks`.
    """
    suffix = Path(name).suffix.lower()
    refuse_large(len(content), f"swap_list{suffix if suffix in UPLOADED else '.csv'}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"swap_list{suffix if suffix in UPLOADED else '.csv'}"
        write_private(path, content)
        marks = read_marks(path)
    rows = marks.rows[[*KEY, "decision"]].itertuples(index=False)
    return [(str(a), str(b), str(c), str(d)) for a, b, c, d in rows]
