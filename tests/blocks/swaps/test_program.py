"""The exact programme against every choice of moves, one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from marketmap.blocks.swaps.program import SwapProgram, limit_changes, solve_program

CASES = 60


def best_by_trying(program: SwapProgram) -> float:
    """Most minutes saved over all choices that keep every limit; -inf where there is none."""
    best = -np.inf
    pairs = len(program.package)
    for count in range(min(pairs, program.most_moves) + 1):
        for chosen in itertools.combinations(range(pairs), count):
            taken = list(chosen)
            if len(set(program.package[taken])) < count or not set(np.flatnonzero(program.must)) <= set(taken):
                continue
            change = np.zeros(len(program.lowest))
            for at in taken:
                change[program.target[at]] += program.hours[at]
                change[program.source[at]] -= program.hours[at]
            if (change >= program.lowest - 1e-6).all() and (change <= program.highest + 1e-6).all():
                best = max(best, float(program.saving[taken].sum()))
    return best


def random_program(seed: int) -> SwapProgram:
    random = np.random.default_rng(seed)
    packages, providers, pairs = 8, 4, 13
    holder = random.integers(0, providers, packages)
    hours = random.choice([7.0, 10.5, 14.0, 21.0], packages)
    every = [(k, int(q)) for k in range(packages) for q in range(providers) if q != holder[k]]
    chosen = [every[at] for at in random.choice(len(every), pairs, replace=False)]
    package = np.array([k for k, _ in chosen])
    held = np.bincount(holder, weights=hours, minlength=providers)
    lowest, highest = limit_changes(held, random.choice([0.0, 5.0, 30.0], providers), tolerance=0.5)
    must = np.zeros(pairs, dtype=bool)
    if seed % 3 == 0:
        must[random.integers(pairs)] = True
    return SwapProgram(
        package=package,
        source=holder[package],
        target=np.array([q for _, q in chosen]),
        saving=random.integers(10, 200, pairs).astype(float),
        hours=hours[package],
        must=must,
        lowest=lowest,
        highest=highest,
        most_moves=int(random.integers(2, 6)),
    )


@pytest.mark.parametrize("seed", range(CASES))
def test_it_equals_trying_every_choice(seed: int) -> None:
    program = random_program(seed)
    best, answer = best_by_trying(program), solve_program(program)
    if np.isinf(best):
        assert answer.chosen is None
        assert answer.status == "infeasible"
        return
    assert answer.minutes == pytest.approx(best)
    assert answer.bound == pytest.approx(best)
    assert answer.status == "optimal"
    assert answer.chosen is not None
    assert program.saving[answer.chosen].sum() == pytest.approx(best)


def test_the_cases_are_worth_trying() -> None:
    best = [best_by_trying(random_program(seed)) for seed in range(CASES)]
    assert sum(np.isinf(best)) >= 3, "some have no answer"
    assert sum(value > 0 for value in best) >= 30, "many have moves"


def test_hours_go_up_only_as_far_as_is_spare_and_down_by_the_tolerance() -> None:
    lowest, highest = limit_changes(np.array([100.0, 100.0]), np.array([2.0, 50.0]), tolerance=0.05)
    assert lowest.tolist() == [-5.0, -5.0]
    assert highest.tolist() == [2.0, 5.0]


def test_without_a_pair_there_is_nothing_to_do() -> None:
    none = np.empty(0, dtype=np.int64)
    empty = np.empty(0)
    answer = solve_program(SwapProgram(none, none, none, empty, empty, empty.astype(bool), np.zeros(2), np.zeros(2), 5))
    assert answer.chosen is not None
    assert len(answer.chosen) == 0
    assert answer.minutes == answer.bound == 0.0
