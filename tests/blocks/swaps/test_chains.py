"""Moves taken apart into chains: swaps, rings, one-way moves, and those that only stand together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from marketmap.blocks.swaps import chains
from marketmap.blocks.swaps.chains import find_chains


def always(_chain: Sequence[int]) -> bool:
    return True


def never_alone(chain: Sequence[int]) -> bool:
    return len(chain) > 1


def test_a_swap_is_two_moves_between_two() -> None:
    assert find_chains([("A", "B"), ("B", "A")], [5.0, 6.0], always) == [("swap", [0, 1])]


def test_a_ring_of_three_comes_out_whole_and_a_swap_before_it() -> None:
    moves = [("A", "B"), ("B", "C"), ("C", "A"), ("B", "A")]
    found = find_chains(moves, [1.0, 1.0, 1.0, 1.0], always)
    assert ("swap", [0, 3]) in found
    assert sorted(kind for kind, _ in found) == ["one way", "one way", "swap"]
    assert find_chains(moves[:3], [1.0, 1.0, 1.0], always) == [("ring", [0, 1, 2])]


def test_of_two_swaps_the_one_that_saves_more_is_told() -> None:
    moves = [("A", "B"), ("A", "B"), ("B", "A")]
    found = find_chains(moves, [1.0, 9.0, 4.0], always)
    assert found == [("swap", [1, 2]), ("one way", [0])]


def test_moves_that_need_each_other_are_one_chain() -> None:
    moves = [("A", "B"), ("B", "C"), ("X", "Y")]
    assert find_chains(moves, [1.0, 1.0, 1.0], never_alone) == [("one way", [0, 1]), ("linked", [2])]
    nothing = find_chains(moves, [1.0, 1.0, 1.0], lambda _: False)
    assert nothing == [("linked", [0, 1]), ("linked", [2])]


def test_every_move_is_in_exactly_one_chain() -> None:
    random = np.random.default_rng(1)
    for _ in range(40):
        names = "ABCDEF"
        moves = []
        for _ in range(14):
            one, other = random.choice(6, 2, replace=False)
            moves.append((names[one], names[other]))
        found = find_chains(moves, random.random(14).tolist(), lambda chain: sum(chain) % 3 != 0)
        assert sorted(edge for _, chain in found for edge in chain) == list(range(14))
        for kind, chain in found:
            assert kind == "linked" or sum(chain) % 3 != 0
            if kind in ("swap", "ring"):
                ends = [moves[edge] for edge in chain]
                assert all(ends[at][1] == ends[(at + 1) % len(ends)][0] for at in range(len(ends)))


def test_no_move_is_no_chain() -> None:
    assert find_chains([], [], always) == []


def test_many_moves_between_few_are_told_without_looking_at_every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "MOST_STEPS", 500)
    names = "ABCDEF"
    moves = [(names[at % 6], names[(at + 1 + at // 6 % 5) % 6]) for at in range(60)]
    asked = 0

    def never(_chain: Sequence[int]) -> bool:
        nonlocal asked
        asked += 1
        return False

    found = find_chains(moves, [1.0] * len(moves), never)
    assert sorted(edge for _, chain in found for edge in chain) == list(range(60))
    assert asked <= 8 * 500
