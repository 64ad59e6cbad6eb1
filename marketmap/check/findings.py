"""What the checker says, and the register of checks it says it with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from marketmap.check.evidence import Evidence

MAX_EXAMPLES = 3


@dataclass(frozen=True)
class Finding:
    """One claim of a plan that does not hold.

    Attributes
    ----------
    check
        Short identifier of the check, e.g. ``"capacity"``.
    severity
        ``"error"`` where the plan must not be used, ``"warning"`` where it must be read with care.
    file
        The file at fault, relative to the output folder (or an input file's name).
    what
        The finding in plain words, with its size.
    examples
        Up to three of the places where it stands.
    """

    check: str
    severity: str
    file: str
    what: str
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = f" ({'; '.join(self.examples)})" if self.examples else ""
        return f"[{self.check}] {self.file}: {self.what}{shown}"


class Broken(NamedTuple):
    """A claim that a check found not to hold; the register adds the check's name."""

    file: str
    what: str
    examples: tuple[str, ...] = ()


class Unreadable(Exception):  # noqa: N818  a state of a file, turned into a finding, never shown as an error
    """A file that a check needs is missing or cannot be read as what it should be."""

    def __init__(self, file: str, what: str, examples: Sequence[str] = ()) -> None:
        super().__init__(f"{file}: {what}")
        self.broken = Broken(file, what, tuple(examples))


Examine = Callable[["Evidence"], Iterator[Broken]]


class Check(NamedTuple):
    """One entry of the register."""

    name: str
    severity: str
    examine: Examine


REGISTER: list[Check] = []


def check(name: str, *, severity: str = "error") -> Callable[[Examine], Examine]:
    """Enter a function in the register of checks.

    The function takes the `Evidence` and yields a `Broken` for each claim that does not hold.
    """

    def enter(examine: Examine) -> Examine:
        REGISTER.append(Check(name, severity, examine))
        return examine

    return enter


def run_checks(evidence: Evidence, *, modules: Iterable[ModuleType]) -> list[Finding]:
    """Run the checks of some modules, in their order; a file that cannot be read is told once."""
    findings: dict[Finding, None] = {}
    for entry in (entry for module in modules for entry in REGISTER if entry.examine.__module__ == module.__name__):
        try:
            for broken in entry.examine(evidence):
                findings[Finding(entry.name, entry.severity, *broken)] = None
        except Unreadable as fault:
            findings[Finding("readable", "error", *fault.broken)] = None
        except Exception as error:  # noqa: BLE001  files nobody foresaw must still end in a finding
            what = f"the check could not be carried out ({type(error).__name__}: {error})"
            findings[Finding(entry.name, "error", "run.json", what)] = None
    return list(findings)


def some(values: Iterable[object]) -> tuple[str, ...]:
    """Take the first few of some values, as text."""
    return tuple(str(value) for _, value in zip(range(MAX_EXAMPLES), values, strict=False))


def count(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun: ``1 block``, ``3 blocks``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
