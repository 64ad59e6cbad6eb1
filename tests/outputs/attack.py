"""What somebody who holds nothing but the published tables, and knows the rules, can work out of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from marketmap.settings import DisclosureSettings

RULES = DisclosureSettings()
HALF = RULES.round_to // 2
FEW = range(1, RULES.least_people)
MOST = 10_000.0


def could_be(shown: str) -> tuple[float, float]:
    """Between which whole numbers a count lies that is shown so: the rules are public."""
    if shown == "*":
        return (FEW[0], FEW[-1])
    number = float(shown.removeprefix("about ").replace(",", ""))
    return (number, number) if number == 0 else (max(RULES.least_people, number - HALF), number + HALF)


class Attack:
    """Whole numbers that are not known, and everything that is known of them."""

    def __init__(self) -> None:
        self.bounds: dict[str, tuple[float, float]] = {}
        self._sums: list[tuple[dict[str, float], float, float]] = []

    def add(self, name: str, low: float, high: float) -> None:
        """Name an unknown number and between what it lies."""
        self.bounds[name] = (low, high)

    def add_sum(self, names: Iterable[str] | Mapping[str, float], low: float, high: float) -> None:
        """Add that the sum of some, each times its weight, lies between two numbers."""
        weights = dict(names) if isinstance(names, Mapping) else dict.fromkeys(names, 1.0)
        self._sums.append((weights, low, high))

    def allows(self, name: str, value: float) -> bool:
        """Whether a number could have this value, all else being possible too."""
        order = list(self.bounds)
        low = np.array([self.bounds[each][0] for each in order], dtype=float)
        high = np.array([self.bounds[each][1] for each in order], dtype=float)
        place = order.index(name)
        if not low[place] <= value <= high[place]:
            return False
        low[place] = high[place] = value
        limits = []
        if self._sums:
            rows = sparse.lil_array((len(self._sums), len(order)))
            for row, (weights, _, _) in enumerate(self._sums):
                for each, weight in weights.items():
                    rows[row, order.index(each)] = weight
            lows, highs = (np.array([one[end] for one in self._sums]) for end in (1, 2))
            limits = [LinearConstraint(rows.tocsr(), lows, highs)]
        zero = np.zeros(len(order))
        found = milp(zero, integrality=np.ones(len(order)), bounds=Bounds(low, high), constraints=limits)
        return bool(found.success)

    def feasible(self, name: str, values: Sequence[int] = FEW) -> list[int]:
        """Which of some values a number could have."""
        return [value for value in values if self.allows(name, value)]

    def leaves(self, name: str, least: int, values: Sequence[int] = FEW) -> bool:
        """Whether a number could have at least so many of some values; looks no further once it is sure."""
        return len([*itertools.islice((value for value in values if self.allows(name, value)), least)]) == least


def pairs_behind(
    interval: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]], *, most: int
) -> dict[tuple[str, str], set[tuple[int, int]]]:
    """Turn a 95 % interval round: from how it is written to every (part, whole) that would be written so."""
    pairs = np.array([(part, whole) for whole in range(1, most + 1) for part in range(whole + 1)])
    behind: dict[tuple[str, str], set[tuple[int, int]]] = {}
    for (part, whole), low, high in zip(pairs, *interval(pairs[:, 0], pairs[:, 1]), strict=True):
        behind.setdefault((f"{low:.0%}", f"{high:.0%}"), set()).add((int(part), int(whole)))
    return behind
