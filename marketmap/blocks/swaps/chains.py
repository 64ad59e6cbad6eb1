"""Moves told as brokers talk of them: swaps of two, rings of more, what goes one way, and what hangs together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

SWAP, RING, ONE_WAY, LINKED = "swap", "ring", "one way", "linked"
# Longer ones nobody can talk through; what needs more is told as linked.
LONGEST_RING = 6
LONGEST_RUN = 3
# Steps of a search for chains of one length: some fifty moves need fewer, and what many more would bring nobody reads.
MOST_STEPS = 100_000
Stands = Callable[[Sequence[int]], bool]


def find_chains(
    moves: Sequence[tuple[str, str]], weights: Sequence[float], stands: Stands
) -> list[tuple[str, list[int]]]:
    """Take moves apart into the smallest sets that can each happen with no other.

    Each move is an edge from one provider to another. Rings come out first, the shortest first; then runs from provider
    to provider, single moves first; of equals the one that saves most. What is left can happen only together, or in
    chains that `MOST_STEPS` did not reach: moves that share a provider, directly or through others, are one chain.
    Every move is in exactly one chain.

    Parameters
    ----------
    moves
        (from, to) of each move.
    weights
        What each saves.
    stands
        Says whether some moves keep to everybody's limits with no other move made.

    Returns
    -------
    list
        (kind, positions of its moves, from provider to provider), those that save most first.
    """
    left = list(range(len(moves)))
    found: list[tuple[str, list[int]]] = []
    for length in range(2, LONGEST_RING + 1):
        closed = partial(_walk, moves, length=length, closed=True)
        left = _take_out(found, SWAP if length == 2 else RING, left, weights, stands, closed)
    for length in range(1, LONGEST_RUN + 1):
        left = _take_out(found, ONE_WAY, left, weights, stands, partial(_walk, moves, length=length, closed=False))
    found += [(LINKED, group) for group in _gather_linked(moves, left)]
    return sorted(found, key=lambda chain: (-_worth(chain[1], weights), chain[1]))


def _take_out(
    found: list[tuple[str, list[int]]],
    kind: str,
    left: list[int],
    weights: Sequence[float],
    stands: Stands,
    walk: Callable[[Sequence[int]], Iterator[list[int]]],
) -> list[int]:
    """Take out the best chains of a kind, none with a move of another; gives what is left."""
    taken: set[int] = set()
    for chain in sorted(filter(stands, walk(left)), key=lambda chain: (-_worth(chain, weights), chain)):
        if taken.isdisjoint(chain):
            found.append((kind, chain))
            taken.update(chain)
    return [edge for edge in left if edge not in taken]


def _walk(moves: Sequence[tuple[str, str]], left: Sequence[int], *, length: int, closed: bool) -> Iterator[list[int]]:
    """List the ways of so many moves through providers that differ, back to the first where closed."""
    onward: dict[str, list[int]] = {}
    for edge in left:
        onward.setdefault(moves[edge][0], []).append(edge)
    steps = 0

    def go_on(way: list[int], seen: tuple[str, ...]) -> Iterator[list[int]]:
        nonlocal steps
        if len(way) == length:
            if not closed or seen[-1] == seen[0]:
                yield way
            return
        last = closed and len(way) == length - 1
        for edge in onward.get(seen[-1], ()):
            # A ring is met once, from the move that comes first in the list.
            if closed and edge < way[0]:
                continue
            steps += 1
            if steps > MOST_STEPS:
                return
            target = moves[edge][1]
            if target == seen[0] if last else target not in seen:
                yield from go_on([*way, edge], (*seen, target))

    for first in left:
        yield from go_on([first], moves[first])


def _gather_linked(moves: Sequence[tuple[str, str]], left: Sequence[int]) -> list[list[int]]:
    """Gather moves that share providers."""
    groups: list[tuple[set[str], list[int]]] = []
    for edge in left:
        own = [group for group in groups if group[0] & set(moves[edge])]
        names = set(moves[edge]).union(*(group[0] for group in own))
        members = sorted([edge, *(member for group in own for member in group[1])])
        groups = [group for group in groups if group not in own] + [(names, members)]
    return [members for _, members in groups]


def _worth(chain: Sequence[int], weights: Sequence[float]) -> float:
    return sum(weights[edge] for edge in chain)
