"""The exact programme behind the matches: as many people as can be, the longest waits first, then the least travel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from marketmap.blocks.mip import Floats, solve_mip
from marketmap.blocks.swaps.program import SLACK_HOURS

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class MatchProgram:
    """Who could take whom.

    Attributes
    ----------
    person, provider
        (pairs,) who could be taken by whom.
    hours
        (pairs,) carer hours a week that it takes.
    spare
        (providers,) carer hours a week to give away.
    priority
        (pairs,) whole number: what matching the person counts for.
    block
        (pairs,) whether the provider is that of the person's block.
    minutes
        (pairs,) travel added, minutes a week.
    """

    person: Ints
    provider: Ints
    hours: Floats
    spare: Floats
    priority: Ints
    block: Bools
    minutes: Floats


@dataclass(frozen=True)
class MatchAnswer:
    """Whom everybody gets.

    Attributes
    ----------
    chosen
        Positions of the pairs, ascending.
    proven
        (matched, priority, with their block's provider, minutes): whether each is proven best, given those before.
    """

    chosen: Ints
    proven: tuple[bool, bool, bool, bool]


def solve_matches(program: MatchProgram, *, max_seconds: float = np.inf, seed: int = 0) -> MatchAnswer:
    """Match people and providers, nobody twice and nobody beyond the spare hours.

    In this order, each exactly: most people matched; of those answers, the highest sum of priorities; of those, most
    people with the provider of their block; of those, the least travel added.

    Parameters
    ----------
    max_seconds
        For each of the four; then the best so far is kept, and ``proven`` says so.
    """
    pairs = len(program.person)
    if pairs == 0:
        return MatchAnswer(np.empty(0, dtype=np.int64), (True, True, True, True))
    rows, high = _limits(program)
    low = np.full(len(high), -np.inf)
    ones = np.ones(pairs)
    chosen: Floats = np.zeros(pairs)
    proven: list[bool] = []
    for worth in (ones, program.priority.astype(float), program.block.astype(float), -program.minutes):
        answer = solve_mip(
            -worth, rows, low, high, whole=np.ones(pairs, dtype=bool), start=chosen, max_seconds=max_seconds, seed=seed
        )
        if answer.values is not None:
            chosen = (answer.values > 0.5).astype(float)
        proven.append(answer.status == "optimal")
        # What was reached is kept from here on: sums of whole numbers, but for the last.
        rows = sparse.csr_array(sparse.vstack([rows, sparse.csr_array(worth[None, :])]))
        low = np.append(low, float(worth @ chosen) - 0.5)
        high = np.append(high, np.inf)
    return MatchAnswer(np.flatnonzero(chosen).astype(np.int64), (proven[0], proven[1], proven[2], proven[3]))


def _limits(program: MatchProgram) -> tuple[sparse.csr_array, Floats]:
    pairs = len(program.person)
    at = np.arange(pairs)
    _, person = np.unique(program.person, return_inverse=True)
    once = sparse.coo_array((np.ones(pairs), (person, at)))
    used = sparse.coo_array((program.hours, (program.provider, at)), shape=(len(program.spare), pairs))
    high = np.concatenate([np.ones(once.shape[0]), program.spare + SLACK_HOURS])
    return sparse.csr_array(sparse.vstack([once, used])), high
