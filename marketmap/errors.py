"""The faults a user can meet, each saying what is wrong, where, and what to do.

Every error that reaches a user descends from `MarketmapError`; the command line prints its text and
exits 2. Readers and validators gather `Fault` records and raise once, so that a file is mended in one go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

MAX_EXAMPLES = 3
_SETTINGS_FILES = (".toml", "run.json")  # their keys are settings; a table's are columns


@dataclass(frozen=True)
class Fault:
    """One kind of thing wrong with the inputs, with up to three places where it stands.

    Attributes
    ----------
    file
        Name of the file (never its whole path), e.g. ``"packages.csv"``.
    what
        The fault in plain words. Holds no value of a data cell unless that value is a code from a
        public list or an identifier the user must find again.
    remedy
        What the user should do.
    column
        Column or settings key, blank when the fault is the whole file's.
    rows
        Row numbers as a spreadsheet shows them (the header is row 1), all of them.
    """

    file: str
    what: str
    remedy: str
    column: str = ""
    rows: tuple[int, ...] = ()

    def __str__(self) -> str:
        kind = "setting" if self.file.endswith(_SETTINGS_FILES) else "column"
        where = self.file + (f", {kind} {self.column}" if self.column else "")
        if self.rows:
            shown = ", ".join(str(row) for row in self.rows[:MAX_EXAMPLES])
            more = len(self.rows) - MAX_EXAMPLES
            where += f", row{'s' if len(self.rows) > 1 else ''} {shown}" + (f" and {more:,} more" if more > 0 else "")
        return f"{where}: {self.what}. {self.remedy}"


class MarketmapError(Exception):
    """Base of every error whose text is meant for the user; it stays whole between processes."""

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is made again of its text alone, which the classes that take something else would choke on.
        return _rebuild, (type(self), self.args, vars(self))


def _rebuild(kind: type[MarketmapError], args: tuple[Any, ...], facts: dict[str, Any]) -> MarketmapError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(facts)
    return error


class FaultsError(MarketmapError):
    """Base of the errors that carry a list of faults, all reported at once."""

    heading = "The inputs cannot be used"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: Sequence[Fault] = tuple(faults)
        count = len(self.faults)
        lines = [f"{self.heading}: {count} fault{'s' if count != 1 else ''}."]
        lines += [f"  {number}. {fault}" for number, fault in enumerate(self.faults, start=1)]
        super().__init__("\n".join(lines))


class SettingsError(FaultsError):
    """The settings file has an unknown key, a wrong type or values that contradict each other."""

    heading = "The settings cannot be used"


class InputError(FaultsError):
    """The council's tables (and perhaps its settings) have faults."""


class PostcodeError(MarketmapError):
    """A postcode or a postcode directory cannot be used."""


class CrsError(MarketmapError):
    """A frame has no coordinate reference system, or not the one asked for: reproject and rerun."""


class RoadsError(MarketmapError):
    """A road file cannot be read, holds no roads, or does not cover the points."""


class PlanError(MarketmapError):
    """No plan can be made from these inputs; the text names what conflicts."""


class MarketError(MarketmapError, ValueError):
    """A market measure was asked for something that cannot be; the text says what to give instead."""


class OutputError(MarketmapError):
    """An output folder cannot be written or read."""
