"""The block problem as arrays, and its answer: what every solver part of this room agrees on.

A block is a centre, a provider and a set of points. Serving point ``i`` from centre ``j`` by provider ``p``
costs ``travel[i, j] + extra[i, p] + rounds[i] * base[p, j]``: three terms, so that no array over points,
centres and providers is ever built.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from marketmap.blocks.arguments import read_neighbours, read_whole
from marketmap.errors import PlanError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Hours are sums of decimals read from tables: a limit is kept to within this much.
HOURS_TOLERANCE = 1e-6


def _unset() -> Any:
    return np.zeros(0)


@dataclass(frozen=True)
class ZoneProblem:
    """Which points to group into blocks, and who may serve them.

    Arrays left out take neutral defaults: one provider, no cost of its own, no limit.

    Attributes
    ----------
    travel
        (points, centres) cost of serving a point from a centre; ``inf`` forbids the pair.
    hours
        (points,) contact hours a week, the size of a point.
    outside
        (points,) cost of leaving a point in no block; ``inf``: it must be placed.
    max_hours, min_hours
        Hours that a block may hold.
    block_cost
        Cost of every block.
    n_blocks
        Exact number of blocks; ``None``: free.
    visits
        (points,) what minutes were multiplied by to give ``travel``, so that points near each other can be told;
        hours where not given. No cost depends on it.
    extra
        (points, providers) cost added when a point is in a provider's block; ``inf`` forbids it.
    base
        (providers, centres) minutes from where a provider's rounds begin to a centre; ``inf`` forbids it.
    rounds
        (points,) weight of ``base``.
    load
        (points,) carer hours a week that the holder of the point's block takes on.
    held
        (points, providers) of those, the hours that a provider delivers already.
    capacity
        (providers,) limit on what a provider takes on less what it gives up:
        sum of ``load`` over points in its blocks, less its ``held`` over points in any block. Negative: so much must
        be given up.
    max_provider_hours
        (providers,) contact hours that a provider's blocks may hold.
    company_of
        (providers,) company of each provider, 0 upwards.
    district_of
        (points,) district of each point, 0 upwards.
    share_cap
        (companies, districts) contact hours that a company may hold in these blocks in a district. A single
        block is always allowed: the cap binds from the second block with points in the district.
    blocks_there
        (companies, districts) blocks let already, counted towards that second block.
    adjacency
        Points x points sparse matrix, non-zero for neighbours; ``None``: contiguity is not asked for.
        Direction and diagonal do not matter. A block's points must be connected; its centre need not be one of them.
    together
        (points,) group of each point, -1 for none: all of a group end in one block or all outside. Each group must be
        connected on ``adjacency``, and lie in one district where shares are limited.
    apart
        (points, locks) number of the place that each lock knows the point by, -1 for none: no block has points of two
        places of one lock.
    """

    travel: Floats
    hours: Floats
    outside: Floats
    max_hours: float
    min_hours: float = 0.0
    block_cost: float = 0.0
    n_blocks: int | None = None
    visits: Floats = field(default_factory=_unset)
    extra: Floats = field(default_factory=_unset)
    base: Floats = field(default_factory=_unset)
    rounds: Floats = field(default_factory=_unset)
    load: Floats = field(default_factory=_unset)
    held: Floats = field(default_factory=_unset)
    capacity: Floats = field(default_factory=_unset)
    max_provider_hours: Floats = field(default_factory=_unset)
    company_of: Ints = field(default_factory=_unset)
    district_of: Ints = field(default_factory=_unset)
    share_cap: Floats = field(default_factory=_unset)
    blocks_there: Ints = field(default_factory=_unset)
    adjacency: sparse.csr_array | None = None
    together: Ints = field(default_factory=_unset)
    apart: Ints = field(default_factory=_unset)

    def __post_init__(self) -> None:
        points, centres = np.shape(self.travel) if np.ndim(self.travel) == 2 else (-1, -1)
        if points < 0:
            raise PlanError("travel must have two dimensions: points x centres.")
        providers = self._count_providers()
        defaults: dict[str, Any] = {
            "visits": np.asarray(self.hours, dtype=np.float64),
            "extra": np.zeros((points, providers)),
            "base": np.zeros((providers, centres)),
            "rounds": np.zeros(points),
            "load": np.zeros(points),
            "held": np.zeros((points, providers)),
            "capacity": np.full(providers, np.inf),
            "max_provider_hours": np.full(providers, np.inf),
            "company_of": np.arange(providers),
            "district_of": np.zeros(points, dtype=np.int64),
            "together": np.full(points, -1),
            "apart": np.zeros((points, 0)),
        }
        for name, value in defaults.items():
            if np.size(getattr(self, name)) == 0:
                object.__setattr__(self, name, value)
        companies = int(np.max(self.company_of, initial=0)) + 1
        districts = int(np.max(self.district_of, initial=0)) + 1
        if np.size(self.share_cap):
            companies, districts = np.shape(self.share_cap)
        else:
            object.__setattr__(self, "share_cap", np.full((companies, districts), np.inf))
        if not np.size(self.blocks_there):
            object.__setattr__(self, "blocks_there", np.zeros((companies, districts), dtype=np.int64))
        for name in _WHOLE:
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=np.int64))
        for name in (*_SHAPES, "outside"):
            if name not in _WHOLE:
                object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=np.float64))
        if self.adjacency is not None:
            object.__setattr__(self, "adjacency", read_neighbours(self.adjacency, points))
        self._check()

    def _count_providers(self) -> int:
        for name, axis in (("capacity", 0), ("extra", 1), ("base", 0), ("held", 1)):
            value = getattr(self, name)
            if np.size(value):
                return int(np.shape(value)[axis])
        return 1

    def _check(self) -> None:
        sizes = {
            "n": self.travel.shape[0],
            "m": self.travel.shape[1],
            "P": self.capacity.shape[0],
            "C": self.share_cap.shape[0],
            "D": self.share_cap.shape[1],
            "L": self.apart.shape[1] if self.apart.ndim == 2 else -1,
        }
        for name, letters in _SHAPES.items():
            want = tuple(sizes[letter] for letter in letters)
            if getattr(self, name).shape != want:
                raise PlanError(f"{name} has shape {getattr(self, name).shape}; it must be {want}.")
            values = getattr(self, name)
            if np.isnan(values).any():
                raise PlanError(f"{name} holds a value that is not a number; give a figure, or inf where it may.")
            if name not in _MAY_BE_NEGATIVE and (values < 0).any():
                raise PlanError(f"{name} holds a negative value, first at {_first(values < 0)}; give 0 or more.")
            if name not in _MAY_BE_INFINITE and np.isinf(values).any():
                raise PlanError(f"{name} holds an infinite value, first at {_first(np.isinf(values))}.")
            if (values == -np.inf).any():
                raise PlanError(f"{name} holds minus infinity, first at {_first(values == -np.inf)}.")
        for name in ("max_hours", "min_hours", "block_cost"):
            value = getattr(self, name)
            if not np.isfinite(value) or value < 0:
                raise PlanError(f"{name} is {value}; give a finite number of 0 or more.")
        if self.min_hours > self.max_hours:
            raise PlanError(f"min_hours ({self.min_hours:g}) is above max_hours ({self.max_hours:g}).")
        if self.n_blocks is not None:
            object.__setattr__(
                self,
                "n_blocks",
                read_whole(self.n_blocks, "n_blocks", remedy="give a whole number, 0 or more, or None"),
            )
        if (self.company_of >= sizes["C"]).any() or (self.district_of >= sizes["D"]).any():
            raise PlanError("company_of or district_of names a row or column that share_cap does not have.")

    @property
    def points(self) -> int:
        """Number of points."""
        return int(self.travel.shape[0])

    @property
    def centres(self) -> int:
        """Number of candidate centres."""
        return int(self.travel.shape[1])

    @property
    def providers(self) -> int:
        """Number of providers."""
        return int(self.capacity.shape[0])

    @property
    def has_provider_limits(self) -> bool:
        """Whether any limit on providers can bind."""
        return bool(np.isfinite(self.capacity).any() or np.isfinite(self.max_provider_hours).any())

    @property
    def has_share_caps(self) -> bool:
        """Whether any limit on companies can bind."""
        return bool(np.isfinite(self.share_cap).any())

    @property
    def has_together(self) -> bool:
        """Whether any points must stay together."""
        return bool((self.together >= 0).any())

    @property
    def has_apart(self) -> bool:
        """Whether any points must stay apart."""
        return bool((self.apart >= 0).any())


@dataclass(frozen=True)
class ZoneResult:
    """A plan, its cost and a proven limit to how much cheaper any plan could be.

    Attributes
    ----------
    block_of
        (points,) position in ``centres`` of each point's block, -1 outside every block.
    centres, providers
        (blocks,) column of ``travel`` and provider of each block.
    objective
        Cost of the plan; ``inf`` when there is none.
    lower_bound
        No plan costs less; ``inf`` when it is proven that there is no plan.
    gap
        (objective - lower_bound) / abs(objective).
    status
        ``"optimal"`` proven, ``"feasible"``, ``"infeasible"`` proven, or ``"stopped"``: interrupted, or no plan found
        in the time given.
    iterations, seconds
        Work done.
    conflict
        What is in the way when there is no plan, else blank.
    relaxed
        Constraints that the lower bound does not honour in full.
    ended
        What ended the search: one of the words in `stop`; blank where there is no plan.
    prices
        The bound's `bound.Prices`, None where there was no need of any: a like problem's bound may begin from them.
    """

    block_of: Ints
    centres: Ints
    providers: Ints
    objective: float
    lower_bound: float
    gap: float
    status: str
    iterations: int
    seconds: float
    conflict: str = ""
    relaxed: tuple[str, ...] = ()
    prices: Any = None
    ended: str = ""


def plan_cost(problem: ZoneProblem, block_of: Ints, centres: Ints, providers: Ints) -> float:
    """Cost of a plan, summed afresh from the problem (see the module's formula)."""
    inside = np.flatnonzero(block_of >= 0)
    centre, provider = centres[block_of[inside]], providers[block_of[inside]]
    served = (
        problem.travel[inside, centre]
        + problem.extra[inside, provider]
        + problem.rounds[inside] * problem.base[provider, centre]
    )
    left_out = problem.outside[block_of < 0]
    return float(served.sum() + left_out.sum() + problem.block_cost * len(centres))


def has_whole_costs(problem: ZoneProblem) -> bool:
    """Whether every plan costs a whole number, so that a bound may be rounded up."""
    if problem.rounds.any() and problem.base.any():
        return False
    parts = (np.array([[problem.block_cost]]), problem.outside[None], problem.extra, problem.travel)
    # one row tells most cases
    return all(_is_whole(part[:1]) and _is_whole(part) for part in parts)


def relative_gap(objective: float, lower_bound: float) -> float:
    """(objective - lower bound) / abs(objective), 0 where both are 0."""
    if not np.isfinite(objective):
        return float("inf")
    difference = max(0.0, objective - lower_bound)
    if difference == 0.0:
        return 0.0
    return float("inf") if objective == 0.0 else difference / abs(objective)


_SHAPES = {
    "travel": "nm",
    "hours": "n",
    "outside": "n",
    "visits": "n",
    "extra": "nP",
    "base": "Pm",
    "rounds": "n",
    "load": "n",
    "held": "nP",
    "capacity": "P",
    "max_provider_hours": "P",
    "company_of": "P",
    "district_of": "n",
    "share_cap": "CD",
    "blocks_there": "CD",
    "together": "n",
    "apart": "nL",
}
_WHOLE = ("company_of", "district_of", "blocks_there", "together", "apart")
_MAY_BE_NEGATIVE = {"travel", "outside", "extra", "capacity", "together", "apart"}
_MAY_BE_INFINITE = {"travel", "outside", "extra", "base", "capacity", "max_provider_hours", "share_cap"}


def _is_whole(values: Floats) -> bool:
    finite = values[np.isfinite(values)]
    return bool(np.array_equal(finite, np.rint(finite)))


def _first(wrong: NDArray[np.bool_]) -> str:
    where = [int(position) for position in np.argwhere(wrong)[0]]
    return f"position {where[0]}" if len(where) == 1 else f"row {where[0]}, column {where[1]}"
