"""What one table says of another, and which rows a run can do without.

Tables are taken parents first, so a row that leaned on a rejected row goes with it and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

import pandas as pd

from marketmap.errors import Fault
from marketmap.inputs.columns import Column
from marketmap.inputs.validation import Checked, fault_rows
from marketmap.inputs.wording import counted

ROUNDING = 1e-9  # 0.29 of 100 rows is 28.999999999999996 to a computer
REJECTED_COLUMNS = ("table", "row", "reason")


@dataclass(frozen=True)
class Sifted:
    """Tables without their faulty rows.

    Attributes
    ----------
    frames
        Table name to typed frame, index ``row``; faulty rows are gone where the share allowed it.
    rejected
        ``table``, ``row``, ``reason`` and every known column as text: the rows that went.
    faults
        Row faults of the tables that had more than the share: they stop the run.
    notes
        Plain sentences on what was rejected or has no match.
    """

    frames: dict[str, pd.DataFrame]
    rejected: pd.DataFrame
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]


def sift_tables(tables: Mapping[str, Checked], *, max_rejected_share: float, unread: frozenset[str]) -> Sifted:
    """Hold the tables against one another and take out faulty rows where the settings allow.

    Parameters
    ----------
    tables
        Every table that could be read, by name.
    max_rejected_share
        Largest share of a table's rows that may go (0: none may).
    unread
        Tables that are there but could not be read: what refers to them is not judged.
    """
    frames: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    rejected: list[pd.DataFrame] = []
    notes: list[str] = []
    for name in _parents_first(tables):
        checked = tables[name]
        found = [*checked.faults, *_reference_faults(checked, tables, frames, unread)]
        reasons = fault_rows(found)
        if len(reasons) > max_rejected_share * len(checked.frame) + ROUNDING:
            faults += found
            reasons = {}
        frames[name] = checked.frame.drop(index=list(reasons))
        if reasons:
            rejected.append(_rejected_rows(name, checked, reasons))
            notes.append(_rejection_note(name, checked, list(reasons)))
    for name, frame in frames.items():
        if not tables[name].contract.keeps_unmatched or "packages" not in tables:
            continue
        strangers = ~frame["package_id"].isin(frames["packages"]["package_id"])
        if strangers.any():
            notes.append(
                f"{name.capitalize()} of packages that the packages table does not hold: {int(strangers.sum()):,} of "
                f"{len(strangers):,}. They are kept as unmatched and left out of measures."
            )
    return Sifted(frames, _joined(rejected, tables), tuple(faults), tuple(notes))


def _parents_first(tables: Mapping[str, Checked]) -> list[str]:
    order: TopologicalSorter[str] = TopologicalSorter()
    for name, checked in tables.items():
        order.add(name, *sorted({column.refers_to for column in checked.contract.columns if column.refers_to}))
    return [name for name in order.static_order() if name in tables]


def _reference_faults(
    checked: Checked, tables: Mapping[str, Checked], kept: Mapping[str, pd.DataFrame], unread: frozenset[str]
) -> list[Fault]:
    faults = []
    for column in checked.contract.columns:
        parent = column.refers_to
        if not parent or parent in unread:
            continue
        if parent not in tables:
            what = f"there is no {parent} table to find it in"
            faults.append(_fault(checked, column, checked.frame[column.name].notna(), what, f"Add {parent}.csv"))
            continue
        values = checked.frame[column.name]
        given = values.notna() & _is_judged(checked, tables)
        unknown = given & ~values.isin(tables[parent].frame[column.name])
        lost = given & ~unknown & ~values.isin(kept[parent][column.name])
        what = f"not in the {parent} table"
        faults.append(_fault(checked, column, unknown, what, f"Correct it, or add it to {tables[parent].raw.file}"))
        what = f"its row in the {parent} table was rejected"
        faults.append(_fault(checked, column, lost, what, f"Mend {tables[parent].raw.file}"))
    return [fault for fault in faults if fault.rows]


def _is_judged(checked: Checked, tables: Mapping[str, Checked]) -> pd.Series:
    # A visit or offer of a package nobody knows (private, or long ended) may well be by a provider nobody knows.
    if not checked.contract.keeps_unmatched or "packages" not in tables:
        return pd.Series(data=True, index=checked.frame.index)
    return checked.frame["package_id"].isin(tables["packages"].frame["package_id"])


def _fault(checked: Checked, column: Column, wrong: pd.Series, what: str, remedy: str) -> Fault:
    return Fault(checked.raw.file, what, remedy, column.name, tuple(checked.frame.index[wrong]))


def _rejected_rows(name: str, checked: Checked, reasons: Mapping[int, str]) -> pd.DataFrame:
    text = checked.raw.frame.loc[list(reasons)].rename(columns=_own_name(name))
    text.insert(0, "reason", list(reasons.values()))
    text.insert(0, "row", list(reasons))
    text.insert(0, "table", name)
    return text


def _own_name(table: str) -> dict[str, str]:
    """Say what a column is called where rejected rows have one of its name already (the reason of an offer)."""
    return {column: f"{table}_{column}" for column in REJECTED_COLUMNS}


def _rejection_note(name: str, checked: Checked, rows: list[int]) -> str:
    share = f"Rejected: {len(rows):,} of {counted(len(checked.frame), 'row')} of {checked.raw.file}"
    if name != "packages":
        return f"{share}; internal/rejected.csv says why."
    hours = checked.frame.loc[rows, "hours_week"]
    hours = hours[hours.between(0, checked.contract["hours_week"].maximum or 0)]
    missing = len(rows) - len(hours)
    unknown = f" and {missing:,} with no usable hours" if missing else ""
    return f"{share} ({hours.sum():,.1f} contact hours a week{unknown}); internal/rejected.csv says why."


def _joined(parts: list[pd.DataFrame], tables: Mapping[str, Checked]) -> pd.DataFrame:
    names = dict.fromkeys(
        _own_name(table).get(name, name) for table, checked in tables.items() for name in checked.raw.frame.columns
    )
    columns = [*REJECTED_COLUMNS, *names]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="int64" if name == "row" else "str") for name in columns})
    joined = pd.concat(parts, ignore_index=True).reindex(columns=columns)
    return joined.fillna(dict.fromkeys(names, ""))
