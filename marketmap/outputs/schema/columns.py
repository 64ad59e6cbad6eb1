"""What an output table is made of: columns of a kind, each with its meaning, its unit and what it rests on.

The tables themselves stand in the ``*_columns.py`` files beside this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from marketmap.outputs.schema.headings import add_unit, head_column

Kind = Literal[
    "text",
    "list",
    "yes_no",
    "count",
    "hours",
    "minutes",
    "model",
    "pounds",
    "pounds_hour",
    "visits",
    "carers",
    "weeks",
    "days",
    "mean",
    "share",
    "part",
    "rate",
    "ratio",
    "index",
    "factor",
    "metres",
    "km",
    "kmh",
    "emission",
]

# Unit as read by a person, and decimals as written. "text", "list" and "yes_no" have neither.
UNITS: dict[Kind, tuple[str, int]] = {
    "count": ("number", 0),
    "hours": ("hours a week", 2),
    "minutes": ("minutes", 2),
    "model": ("minutes-equivalent a week", 4),  # four decimals, so that sums of thousands of rows still agree
    "pounds": ("pounds", 2),
    "pounds_hour": ("pounds an hour", 2),
    "visits": ("carer visits a week", 2),
    "carers": ("carers", 1),
    "weeks": ("weeks", 1),
    "days": ("days", 1),
    "mean": ("mean", 1),
    "share": ("share from 0 to 1", 3),
    "part": ("share from 0 to 1", 3),
    "rate": ("a 1,000 people", 3),
    "ratio": ("ratio", 3),
    "index": ("score", 4),
    "factor": ("times the modelled minutes", 3),
    "metres": ("metres", 0),
    "km": ("kilometres", 2),
    "kmh": ("km/h", 1),
    "emission": ("kgCO2e a kilometre", 5),  # as the published factors have it
}


@dataclass(frozen=True)
class Evidence:
    """The columns of the same table that a share, rate or ratio is to be read with.

    Attributes
    ----------
    n
        How many were counted: the figure above the line.
    of
        The denominator: among how many, or over how much exposure.
    low, high
        The ends of the 95 % interval.
    """

    n: str
    of: str
    low: str
    high: str

    @property
    def names(self) -> tuple[str, str, str, str]:
        """The four headers."""
        return (self.n, self.of, self.low, self.high)


@dataclass(frozen=True)
class Column:
    """One column of an output table.

    Attributes
    ----------
    name
        The header.
    kind
        How values are written and read back; gives the unit and the decimals of numbers. A "share", "rate" or
        "ratio" is an estimate from people, packages, visits or offers and must have ``evidence``; a "part" is a part
        of a whole that is planned or measured in full, so that no interval belongs to it, and must name ``whole``.
    meaning
        Plain English, no full stop.
    unit
        Overrides the kind's unit where that would mislead.
    evidence
        Where its count, its denominator and its interval stand; `marketmap.outputs.schema.evidence` holds the rule.
    whole
        Of a "part": the column of the same table that is the whole, or the whole in words.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    evidence: Evidence | None = None
    whole: str = ""

    @property
    def shown_unit(self) -> str:
        """The unit as a person reads it; blank for text."""
        return self.unit or UNITS.get(self.kind, ("", 0))[0]

    @property
    def head(self) -> str:
        """The heading of the column where people read it: what it is called in plain words, with its unit."""
        return add_unit(head_column(self.name), self.shown_unit)


@dataclass(frozen=True)
class OutputTable:
    """One output file: where it stands, what a row is, and its columns in order.

    Attributes
    ----------
    path
        Relative to the output folder, with forward slashes.
    row
        Completes "One row for …".
    note
        What a reader must know before using the figures; may be blank.
    open_ended
        True where further text columns follow the listed ones.
    """

    path: str
    row: str
    columns: tuple[Column, ...]
    note: str = ""
    open_ended: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The headers in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Look a column up by its header; KeyError for one that is not there."""
        return {column.name: column for column in self.columns}[name]
