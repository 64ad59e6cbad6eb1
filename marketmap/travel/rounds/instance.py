"""One problem for the engine: visits that can share rounds, with their legs, windows and the shifts they fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marketmap.travel.network import Flags, Ints
from marketmap.travel.rounds.clock import Shift

SECONDS = 60
OUT_OF_REACH = 4 * 24 * 3600  # seconds: no round can hold such a leg


@dataclass(frozen=True)
class Instance:
    """Visits of one provider, day and crew size, in whole seconds after midnight.

    Attributes
    ----------
    legs
        (n, n) seconds from visit to visit, `OUT_OF_REACH` where there is no way.
    out, back
        (n,) seconds from where rounds begin to each visit, and from each to where they end.
    service, earliest, latest
        (n,) how long each visit is, and when it may begin.
    shifts
        Those that rounds may be of.
    break_after, break_length
        Seconds: a round with visits before and after its shift's break has a break of the second; one without may not
        be longer than the first.
    """

    legs: Ints
    out: Ints
    back: Ints
    service: Ints
    earliest: Ints
    latest: Ints
    shifts: tuple[Shift, ...]
    break_after: int
    break_length: int

    def __len__(self) -> int:
        return len(self.service)

    def select(self, rows: Ints, shifts: tuple[Shift, ...]) -> Instance:
        """Take some visits and shifts of it."""
        return Instance(
            self.legs[np.ix_(rows, rows)],
            self.out[rows],
            self.back[rows],
            self.service[rows],
            self.earliest[rows],
            self.latest[rows],
            shifts,
            self.break_after,
            self.break_length,
        )


@dataclass(frozen=True)
class Round:
    """A round: its shift, the visits in order, and when it begins (seconds after midnight)."""

    shift: Shift
    visits: tuple[int, ...]
    begins: int


def before_break(instance: Instance, shift: Shift) -> Flags:
    """Say of each visit whether a round of this shift makes it before the break: its window's middle is earlier."""
    if shift.break_at is None:
        return np.zeros(len(instance), dtype=bool)
    return np.asarray(instance.earliest + instance.latest < 2 * shift.break_at * SECONDS)


def fits(instance: Instance, shift: Shift) -> Flags:
    """Say of each visit whether a round of this shift could be made for it alone."""
    begins = np.maximum(instance.earliest, shift.begins * SECONDS + instance.out)
    ends = np.minimum(instance.latest, shift.ends * SECONDS - instance.service - instance.back)
    length = instance.out + instance.service + instance.back
    return np.asarray((begins <= ends) & (length <= shift.most_minutes * SECONDS))


def must_be_alone(instance: Instance, shift: Shift) -> Flags:
    """Say of each visit whether it is so long that its break is taken in it: such a visit has a round of its own."""
    length = instance.out + instance.service + instance.back
    return np.asarray((length > instance.break_after) & (shift.break_at is not None))


def split_instance(instance: Instance) -> tuple[list[tuple[Instance, Ints]], list[tuple[Shift, int]], Ints]:
    """Part an instance into problems that have no shift in common, which changes no answer.

    Returns
    -------
    problems
        Each with the rows of ``instance`` that it holds.
    alone
        Shift and row of each visit that has a round of its own.
    misfits
        Rows that fit no shift.
    """
    fit = np.array([fits(instance, shift) for shift in instance.shifts])
    long = np.array([must_be_alone(instance, shift) for shift in instance.shifts])
    shared = fit & ~long
    misfits = np.flatnonzero(~fit.any(axis=0))
    own = np.flatnonzero(fit.any(axis=0) & ~shared.any(axis=0))
    alone = [(instance.shifts[int(fit[:, row].argmax())], int(row)) for row in own]
    left = shared.any(axis=0)
    problems = []
    label = np.arange(len(instance.shifts))
    for pattern in np.unique(shared[:, left].T, axis=0):
        together = np.unique(label[pattern])
        label[np.isin(label, together)] = together.min()
    for group in np.unique(label):
        shifts = np.flatnonzero(label == group)
        rows = np.flatnonzero(left & shared[shifts].any(axis=0))
        if len(rows):
            used = tuple(instance.shifts[at] for at in shifts if shared[at].any())
            problems.append((instance.select(rows, used), rows))
    return problems, alone, misfits
