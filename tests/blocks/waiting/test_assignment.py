"""The matches' programme against every way of matching, one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from marketmap.blocks.waiting.assignment import MatchProgram, solve_matches


def random_program(seed: int) -> MatchProgram:
    random = np.random.default_rng(seed)
    people, providers = 5, 3
    fits = random.random((people, providers)) < 0.7
    person, provider = np.nonzero(fits)
    hours = random.choice([3.5, 7.0, 10.5, 14.0], people)
    priority = random.choice([1, 3, 50, 400], people)  # so uneven that one person may outweigh two
    return MatchProgram(
        person=person,
        provider=provider,
        hours=hours[person],
        spare=random.choice([0.0, 7.0, 14.0, 20.0], providers),
        priority=priority[person],
        block=random.random(len(person)) < 0.2,
        minutes=random.integers(0, 400, len(person)) / 4,
    )


def best_by_trying(program: MatchProgram) -> tuple[float, float, float, float]:
    """(matched, priority, with the block's, -minutes), the best in that order."""
    choices = [
        [None, *np.flatnonzero(program.person == person).tolist()] for person in range(int(program.person.max()) + 1)
    ]
    best = (-1.0, 0.0, 0.0, 0.0)
    for chosen in itertools.product(*choices):
        taken = [pair for pair in chosen if pair is not None]
        used = np.bincount(program.provider[taken], weights=program.hours[taken], minlength=len(program.spare))
        if (used <= program.spare + 1e-6).all():
            best = max(best, worth_of(program, taken))
    return best


def worth_of(program: MatchProgram, taken: list[int]) -> tuple[float, float, float, float]:
    own = np.array(taken, dtype=int)
    return (
        float(len(own)),
        float(program.priority[own].sum()),
        float(program.block[own].sum()),
        -float(program.minutes[own].sum()),
    )


@pytest.mark.parametrize("seed", range(80))
def test_it_equals_trying_every_way(seed: int) -> None:
    program = random_program(seed)
    answer = solve_matches(program)
    assert worth_of(program, answer.chosen.tolist()) == pytest.approx(best_by_trying(program))
    assert answer.proven == (True, True, True, True)


def test_the_cases_are_worth_trying() -> None:
    short = [seed for seed in range(80) if best_by_trying(random_program(seed))[0] < 5]
    assert len(short) > 40, "spare hours are short in most"


def test_with_nobody_to_match_there_is_nothing_to_do() -> None:
    none, empty = np.empty(0, dtype=np.int64), np.empty(0)
    answer = solve_matches(MatchProgram(none, none, empty, np.array([5.0]), none, none.astype(bool), empty))
    assert answer.chosen.tolist() == []
    assert all(answer.proven)
