"""What a table's contract is made of: columns, row rules, and the pandera schema they add up to.

A contract is one declarative object. The reader, the validator, the template and the data dictionary are
all derived from it, so none of them can disagree with another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import pandera.pandas as pa

LONDON = "Europe/London"

# Each kind of cell, the dtype it has once typed, and what the dictionary says of it.
KINDS: dict[str, tuple[str, str]] = {
    "identifier": ("str", "identifier, kept as text with its leading zeros"),
    "text": ("str", "short text, at most 100 characters"),
    "choice": ("str", "one of the allowed values"),
    "codes": ("str", "short code words joined by ;"),
    "postcode": ("str", "postcode, any spelling"),
    "sector": ("str", "postcode sector with its space, such as GL1 2"),
    "place": ("str", "postcode, postcode sector with its space, or district code"),
    "number": ("float64", "number"),
    "whole": ("Int64", "whole number"),
    "yes_no": ("boolean", "yes or no"),
    "date": ("datetime64[us]", "date, written 2025-03-31"),
    "day": ("datetime64[us]", "date, or date and time of which the day is kept, written 2025-03-31"),
    "time": ("str", "time of day, written 08:30"),
    "moment": (f"datetime64[us, {LONDON}]", "local date and time, written 2025-03-31T08:30"),
    "geometry": ("geometry", "polygon"),
}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name
        Header, lower case.
    kind
        A key of `KINDS`.
    about
        What it means, with its unit, for the data dictionary.
    required
        Whether the table must have the column.
    may_be_blank
        Whether a cell may be blank; None means only where the column is optional.
    allowed
        The closed vocabulary of a ``choice`` or ``codes`` column, in the order shown to users.
    minimum, maximum
        Inclusive bounds of a number, in the column's own unit.
    above
        Whether ``minimum`` itself is out of bounds.
    refers_to
        The table whose column of the same name must hold this value; blank where none must.
    example
        What the template's made-up row holds.
    """

    name: str
    kind: str
    about: str
    required: bool = False
    may_be_blank: bool | None = None
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    above: bool = False
    refers_to: str = ""
    example: str = ""

    @property
    def dtype(self) -> str:
        """Pandas dtype of the typed column."""
        return KINDS[self.kind][0]

    @property
    def nullable(self) -> bool:
        """Whether a cell may be blank."""
        return not self.required if self.may_be_blank is None else self.may_be_blank

    @property
    def bounds(self) -> str:
        """The bounds in words, blank where there are none."""
        if self.minimum is None or self.maximum is None:
            return ""
        most = f"{self.maximum:,g}" if self.maximum >= 10_000 else f"{self.maximum:g}"  # a year has no comma
        return f"above {self.minimum:g} and at most {most}" if self.above else f"from {self.minimum:g} to {most}"


@dataclass(frozen=True)
class Rule:
    """A check on a whole row.

    Attributes
    ----------
    column
        The column to name in the fault.
    what, remedy
        What is wrong and what to do, in plain words without a value from the data.
    broken
        Takes the typed frame, gives a boolean Series that is True where the row is at fault. Blank cells
        must not make it True.
    """

    column: str
    what: str
    remedy: str
    broken: Callable[[pd.DataFrame], pd.Series]


@dataclass(frozen=True)
class Contract:
    """What one table must hold.

    Attributes
    ----------
    name
        Table name, which is also the stem of its file.
    about
        One sentence for the dictionary.
    columns
        In the order of the template.
    key
        Columns that together name a row once; empty where rows have no key.
    rules
        Row checks beyond those of single columns.
    spans
        Pairs of moments, start and end, of one visit: where the clocks go back between
        the two, the end is read as the second of the two like-named hours.
    required
        Whether a county folder must have the table.
    keeps_unmatched
        Whether rows of packages that the packages table does not hold are kept, and counted.
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    spans: tuple[tuple[str, str], ...] = ()
    required: bool = False
    keeps_unmatched: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every column name, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required_names(self) -> tuple[str, ...]:
        """The columns a file of this table must have."""
        return tuple(column.name for column in self.columns if column.required)

    def __getitem__(self, name: str) -> Column:
        """Return the column of that name."""
        return next(column for column in self.columns if column.name == name)

    @cached_property
    def schema(self) -> pa.DataFrameSchema:
        """The pandera schema of the typed frame.

        A check carries its fault: ``error`` says what is wrong, ``description`` what to do, ``title`` which
        column to name.
        """
        columns = {
            column.name: pa.Column(column.dtype, _column_checks(column), nullable=column.nullable)
            for column in self.columns
            if column.kind != "geometry"
        }
        rules = [*self.rules, _key_rule(self.key)] if self.key else list(self.rules)
        return pa.DataFrameSchema(columns, checks=[_row_check(rule) for rule in rules], name=self.name)


def _column_checks(column: Column) -> list[pa.Check]:
    checks = []
    if column.allowed and column.kind == "choice":
        checks.append(
            pa.Check.isin(
                column.allowed,
                error="not one of the allowed values",
                description=f"Use one of: {', '.join(column.allowed)}",
                title=column.name,
            )
        )
    if column.minimum is not None and column.maximum is not None:
        checks.append(
            pa.Check.in_range(
                column.minimum,
                column.maximum,
                include_min=not column.above,
                error=f"out of bounds: must be {column.bounds}",
                description="Correct the number",
                title=column.name,
            )
        )
    return checks


def _row_check(rule: Rule) -> pa.Check:
    def holds(frame: pd.DataFrame) -> pd.Series:
        return ~rule.broken(frame).astype("boolean").fillna(value=False).astype(bool)

    return pa.Check(
        holds, name=rule.column, title=rule.column, error=rule.what, description=rule.remedy, ignore_na=False
    )


def _key_rule(key: tuple[str, ...]) -> Rule:
    def repeated(frame: pd.DataFrame) -> pd.Series:
        return frame.duplicated(list(key), keep=False) & frame[key[0]].notna()

    shown = " and ".join(key) if len(key) < 3 else ", ".join(key[:-1]) + f" and {key[-1]}"
    return Rule(key[0], f"the same {shown} on more than one row", "Keep one of the rows", repeated)
