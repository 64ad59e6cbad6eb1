"""The rounds of a small day by trying every order of every set of visits: the rules of the settings, written anew."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pandas as pd

from marketmap.settings import RoundSettings

DAY = 1440.0


def clock(text: str) -> float:
    return int(text[:2]) * 60.0 + int(text[3:])


def cheapest_rounds(work: pd.DataFrame, minutes: np.ndarray, settings: RoundSettings) -> tuple[float, set[int]]:
    """Minutes of travel and rounds' cost of the best rounds, and the rows that fit in none."""
    total, left_out = 0.0, set()
    for crew in sorted(set(work["carers"])):
        rows = [row for row in range(len(work)) if work.loc[row, "carers"] == crew]
        alone = {row: _round_cost((row,), work, minutes, settings) for row in rows}
        left_out |= {row for row in rows if alone[row] is None}
        rows = [row for row in rows if alone[row] is not None]
        total += _partition(tuple(rows), work, minutes, settings)
    return total, left_out


def _partition(rows: tuple[int, ...], work: pd.DataFrame, minutes: np.ndarray, settings: RoundSettings) -> float:
    cost: dict[frozenset[int], float] = {}
    for size in range(1, len(rows) + 1):
        for some in itertools.combinations(rows, size):
            found = [_round_cost(order, work, minutes, settings) for order in _orders(some, work, minutes)]
            possible = [each for each in found if each is not None]
            if possible:
                cost[frozenset(some)] = min(possible)

    @functools.cache
    def best(left: frozenset[int]) -> float:
        if not left:
            return 0.0
        first = min(left)
        others = sorted(left - {first})
        tried = [
            frozenset((first, *more))
            for size in range(len(others) + 1)
            for more in itertools.combinations(others, size)
        ]
        return min(cost[each] + best(left - each) for each in tried if each in cost)

    return best(frozenset(rows))


def _orders(some: tuple[int, ...], work: pd.DataFrame, minutes: np.ndarray) -> list[tuple[int, ...]]:
    """Every order in which each visit can be reached in time from the one before, begun at its earliest."""
    earliest, latest = work["earliest"].to_numpy(), work["latest"].to_numpy()
    length = work["minutes"].to_numpy()
    found: list[tuple[int, ...]] = []

    def extend(order: tuple[int, ...], ready: float) -> None:
        if len(order) == len(some):
            found.append(order)
        for row in some:
            if row not in order:
                begins = max(earliest[row], ready + (minutes[order[-1], row] if order else 0.0))
                if begins <= latest[row] + 1e-9:
                    extend((*order, row), begins + length[row])

    extend((), -DAY)
    return found


def _round_cost(
    order: tuple[int, ...], work: pd.DataFrame, minutes: np.ndarray, settings: RoundSettings
) -> float | None:
    """Cost of a round in this order, None where no shift allows it."""
    travel = sum(minutes[one, two] for one, two in itertools.pairwise(order))
    possible = any(_shift_allows(name, order, work, minutes, settings) for name in settings.shifts)
    return travel + settings.round_cost_minutes if possible else None


def _shift_allows(
    name: str, order: tuple[int, ...], work: pd.DataFrame, minutes: np.ndarray, settings: RoundSettings
) -> bool:
    begins, ends = (clock(text) for text in settings.shifts[name])
    ends += DAY if ends <= begins else 0.0
    longest = settings.most_minutes[name]
    rows = [work.loc[row] for row in order]
    pause = [0.0] * len(order)
    if name in settings.break_at:
        parts = clock(settings.break_at[name])
        parts += DAY if parts < begins else 0.0
        after = [(row["earliest"] + row["latest"]) / 2 >= parts for row in rows]
        if after != sorted(after):
            return False
        if any(after) and not all(after):
            pause[after.index(True)] = settings.break_minutes
        elif len(order) > 1 or rows[0]["minutes"] <= settings.break_after_minutes:
            longest = min(longest, settings.break_after_minutes)
        if len(order) > 1 and any(row["minutes"] > settings.break_after_minutes for row in rows):
            return False
    # The latest that the first visit may begin for every later one to be in time.
    last = ends - rows[-1]["minutes"]
    for place in range(len(order) - 1, -1, -1):
        last = min(last, rows[place]["latest"])
        if place:
            last -= minutes[order[place - 1], order[place]] + pause[place] + rows[place - 1]["minutes"]
    first = max(begins, rows[0]["earliest"])
    if first > last + 1e-9:
        return False
    ready = first + rows[0]["minutes"]
    for place in range(1, len(order)):
        ready += minutes[order[place - 1], order[place]] + pause[place]
        ready = max(ready, rows[place]["earliest"])
        if ready > rows[place]["latest"] + 1e-9:
            return False
        ready += rows[place]["minutes"]
    if ready > ends + 1e-9:
        return False
    without_waits = sum(row["minutes"] for row in rows) + sum(pause)
    without_waits += sum(minutes[one, two] for one, two in itertools.pairwise(order))
    return max(without_waits, ready - last) <= longest + 1e-9
