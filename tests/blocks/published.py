"""Published problems with known answers, read where they lie beside the checkout."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "published"


@dataclass(frozen=True)
class Median:
    minutes: np.ndarray
    demand: np.ndarray
    n_blocks: int
    size: float
    optimum: float


@dataclass(frozen=True)
class Assignment:
    cost: np.ndarray  # jobs x agents
    hours: np.ndarray
    capacity: np.ndarray
    opening: np.ndarray | None = None


def read_median(name: str) -> Median:
    """A capacitated p-median with distances cut to whole numbers."""
    words = _words(f"pmedcap/{name}.txt")
    optimum, points, medians, size = words[1], int(words[2]), int(words[3]), words[4]
    rows = words[5:].reshape(points, 4)
    apart = np.floor(np.hypot(rows[:, [1]] - rows[:, 1], rows[:, [2]] - rows[:, 2]))
    return Median(apart, rows[:, 3], medians, size, optimum)


def read_assignments(name: str) -> list[Assignment]:
    """Generalised assignment problems; profit becomes a negative cost."""
    words = _words(f"gap/{name}.txt")
    found, at = [], 1
    for _ in range(int(words[0])):
        agents, jobs = int(words[at]), int(words[at + 1])
        at += 2
        size = agents * jobs
        profit, need = (words[at + k * size : at + (k + 1) * size].reshape(agents, jobs).T for k in (0, 1))
        at += 2 * size
        found.append(Assignment(-profit, need, words[at : at + agents]))
        at += agents
    return found


def read_facilities(name: str) -> Assignment:
    """Single-source capacitated facility location."""
    words = _words(f"sscflp/{name}.txt")
    sites, clients = int(words[0]), int(words[1])
    capacity, opening, demand, cost = np.split(words[2:], np.cumsum([sites, sites, clients]))
    return Assignment(cost[: sites * clients].reshape(clients, sites), demand, capacity, opening)


def _words(name: str) -> np.ndarray:
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"the published problem {name} is not beside the checkout (../shared/published)")
    return np.array(path.read_text(encoding="utf-8").split(), dtype=float)
