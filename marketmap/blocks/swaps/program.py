"""The exact programme behind a swap list: which moves together save most, with every provider's hours kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from marketmap.blocks.mip import solve_mip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
# Sums of hours with two decimals may miss a limit by a rounding of floats.
SLACK_HOURS = 1e-6


@dataclass(frozen=True)
class SwapProgram:
    """Which of some possible moves to make.

    Attributes
    ----------
    package, source, target
        (pairs,) which package would move from which provider to which.
    saving
        (pairs,) minutes a week that each move saves, reckoned alone.
    hours
        (pairs,) carer hours a week of the package.
    must
        (pairs,) moves that are agreed and stay in.
    lowest, highest
        (providers,) by how many carer hours a week each may change: ``lowest`` ≤ in - out ≤ ``highest``.
    most_moves
        No more moves than this; agreed ones count.
    """

    package: Ints
    source: Ints
    target: Ints
    saving: Floats
    hours: Floats
    must: Bools
    lowest: Floats
    highest: Floats
    most_moves: int


@dataclass(frozen=True)
class SwapAnswer:
    """What came of a programme.

    Attributes
    ----------
    chosen
        Positions of the moves, ascending; None where there is no answer.
    minutes
        What they save together in the linear model.
    bound
        No choice saves more than this in it.
    status
        ``"optimal"``, ``"limit"`` or ``"infeasible"``.
    """

    chosen: Ints | None
    minutes: float
    bound: float
    status: str


def limit_changes(held: Floats, spare: Floats, *, tolerance: float) -> tuple[Floats, Floats]:
    """Limit by how much each provider's carer hours a week may change.

    Down by the tolerance; up by the tolerance, and by no more than the hours it says it could take.

    Parameters
    ----------
    held, spare
        (providers,) carer hours a week delivered now, and spare.
    """
    room = tolerance * held
    return -room, np.minimum(room, np.maximum(spare, 0.0))


def solve_program(program: SwapProgram, *, max_seconds: float = np.inf, seed: int = 0) -> SwapAnswer:
    """Solve a programme exactly, each package moved once at most.

    Parameters
    ----------
    max_seconds
        Then the best answer so far is given, with the bound proven by then.
    """
    pairs = len(program.package)
    if pairs == 0:
        return SwapAnswer(np.empty(0, dtype=np.int64), 0.0, 0.0, "optimal")
    rows, low, high = _limits(program)
    answer = solve_mip(
        -program.saving,
        rows,
        low,
        high,
        whole=np.ones(pairs, dtype=bool),
        max_seconds=max_seconds,
        seed=seed,
    )
    if answer.values is None:
        return SwapAnswer(None, 0.0, np.inf, answer.status)
    chosen = np.flatnonzero(answer.values > 0.5).astype(np.int64)
    minutes = float(program.saving[chosen].sum())
    return SwapAnswer(chosen, minutes, max(-answer.lower_bound, minutes), answer.status)


def _limits(program: SwapProgram) -> tuple[sparse.csr_array, Floats, Floats]:
    pairs, providers = len(program.package), len(program.lowest)
    at = np.arange(pairs)
    _, package = np.unique(program.package, return_inverse=True)
    once = sparse.coo_array((np.ones(pairs), (package, at)))
    gives = sparse.coo_array((-program.hours, (program.source, at)), shape=(providers, pairs))
    takes = sparse.coo_array((program.hours, (program.target, at)), shape=(providers, pairs))
    agreed = np.flatnonzero(program.must)
    stays = sparse.coo_array((np.ones(len(agreed)), (np.arange(len(agreed)), agreed)), shape=(len(agreed), pairs))
    number = sparse.coo_array(np.ones((1, pairs)))
    rows = sparse.csr_array(sparse.vstack([once, gives + takes, number, stays]))
    low = np.concatenate(
        [np.full(once.shape[0], -np.inf), program.lowest - SLACK_HOURS, [-np.inf], np.ones(len(agreed))]
    )
    high = np.concatenate(
        [np.ones(once.shape[0]), program.highest + SLACK_HOURS, [float(program.most_moves)], np.ones(len(agreed))]
    )
    return rows, low, high
