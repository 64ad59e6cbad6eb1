"""Places that locks put together or apart: what that says of each postcode, and of each point that they hang on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csgraph, csr_matrix

from marketmap.blocks.connectivity import split_into_pieces
from marketmap.blocks.contradictions import join_groups, name_core, shrink
from marketmap.blocks.locks import Locks
from marketmap.blocks.parting import PARTED
from marketmap.blocks.zone_problem import HOURS_TOLERANCE
from marketmap.errors import PlanError
from marketmap.inputs.locks import TOGETHER, lies_in

Ints = NDArray[np.int64]

# So many postcodes are named where a group must be completed.
MOST_NAMED = 40


@dataclass(frozen=True)
class PlaceGroups:
    """What locks say of the county's postcodes (count).

    Attributes
    ----------
    told, members
        Of each lock that puts places together: what to call it, and (count,) which postcodes it has.
    together
        (count,) number of the postcode's group, -1 for none; locks that share a postcode are one group.
    apart
        (count, locks) number of the place that each lock knows a postcode by, -1 for none.
    """

    told: tuple[str, ...]
    members: tuple[NDArray[np.bool_], ...]
    together: Ints
    apart: Ints


@dataclass(frozen=True)
class PointGroups:
    """The same of free points (n), as `ZoneProblem` takes it; ``barred`` (n,): a group that no block can have whole."""

    together: Ints
    apart: Ints
    barred: NDArray[np.bool_]


def group_postcodes(locks: Locks, county_postcodes: pd.DataFrame) -> PlaceGroups:
    """Say what locks that do not contradict each other make of every postcode of the county."""
    count = len(county_postcodes)
    told = tuple(locks.named.get((TOGETHER, name), f"{name} (together)") for name in locks.together)
    members = tuple(
        np.any([lies_in(county_postcodes, place) for place in places], axis=0) for places in locks.together.values()
    )
    together = np.full(count, -1, dtype=np.int64)
    sets = [frozenset(np.flatnonzero(inside).astype(str)) for inside in members]
    for number, group in enumerate(join_groups(sets)):
        together[[int(postcode) for postcode in group]] = number
    apart = np.full((count, len(locks.apart)), -1, dtype=np.int64)
    for lock, places in enumerate(locks.apart.values()):
        for number, place in enumerate(places):
            apart[lies_in(county_postcodes, place), lock] = number
    return PlaceGroups(told, members, together, apart)


def group_points(groups: PlaceGroups, nearest: Ints, *, points: int) -> PointGroups:
    """Hand what locks say of postcodes on to the points that they hang on.

    Parameters
    ----------
    nearest
        For each postcode the point it hangs on, -1 where no road joins it to any, `PARTED` where a lock keeps it off.
    points
        Number of points.
    """
    hung = nearest >= 0
    apart = np.full((points, groups.apart.shape[1]), -1, dtype=np.int64)
    np.maximum.at(apart, nearest[hung], groups.apart[hung])
    # Points and groups as one graph: whatever hangs together there must be together.
    count = int(groups.together.max(initial=-1)) + 1
    named = hung & (groups.together >= 0)
    links = coo_matrix(
        (np.ones(int(named.sum())), (nearest[named], points + groups.together[named])), shape=(points + count,) * 2
    )
    _, label = csgraph.connected_components(links, directed=False)
    size = np.bincount(label[:points], minlength=int(label.max(initial=-1)) + 1)
    together = np.where(size[label[:points]] > 1, label[:points], -1)
    stuck = label[points + np.unique(groups.together[(nearest == PARTED) & (groups.together >= 0)])]
    _, numbered = np.unique(together, return_inverse=True)
    numbered = numbered.reshape(-1) - int((together < 0).any())
    return PointGroups(numbered.astype(np.int64), apart, np.isin(label[:points], stuck))


def refuse_impossible(
    groups: PlaceGroups,
    found: PointGroups,
    *,
    points: pd.DataFrame,
    nearest: Ints,
    adjacency: csr_matrix,
    max_hours: float,
    shares_limited: bool,
) -> None:
    """Raise where no block can have all that locks put together.

    Parameters
    ----------
    points
        The free points: ``contact_hours``, ``district_code``, indexed by postcode.
    nearest
        As for `group_points`.
    adjacency
        Points × points: which touch.
    max_hours
        Hours that a block may hold.
    shares_limited
        Whether a company's share of a district can bind: hours are then counted by district.

    Raises
    ------
    PlanError
        Naming the locks, and what to add to them or take out.
    """
    hours = points["contact_hours"].to_numpy(float)
    names = points.index.to_numpy()
    own = [np.unique(nearest[inside & (nearest >= 0)]) for inside in groups.members]

    def pass_maximum(part: Sequence[int]) -> bool:
        joined = join_groups(frozenset(own[lock].astype(str)) for lock in part)
        sums = [sum(hours[int(point)] for point in group) for group in joined]
        return max(sums, default=0.0) > max_hours + HOURS_TOLERANCE

    if pass_maximum(range(len(own))):
        core = shrink(list(range(len(own))), pass_maximum)
        total = hours[np.unique(np.concatenate([own[lock] for lock in core]))].sum()
        raise PlanError(
            f"What must be together holds {total:g} contact hours a week, with the work that its postcodes hang on, "
            f"and a block at most {max_hours:g}. {name_core([groups.told[lock] for lock in core])}"
        )
    for number in range(int(found.together.max(initial=-1)) + 1):
        inside = np.flatnonzero(found.together == number)
        locks = "; ".join(told for told, at in zip(groups.told, own, strict=True) if np.isin(at, inside).any())
        districts = sorted(set(points["district_code"].iloc[inside]))
        if shares_limited and len(districts) > 1:
            raise PlanError(
                f"Places in several districts ({', '.join(districts)}) must be together, and a company's share is "
                f"counted by district: {locks}. Make one lock for each district, or set blocks.share_cap to 1."
            )
        pieces = split_into_pieces(adjacency, inside)
        if len(pieces) > 1:
            between = _find_between(adjacency, inside)
            if between is None:
                remedy = "No road joins them but through blocks that stay as they are: take one of the places out."
            else:
                told = ", ".join(sorted(str(name) for name in names[between[:MOST_NAMED]]))
                more = f" and {len(between) - MOST_NAMED} more" if len(between) > MOST_NAMED else ""
                remedy = f"Add what lies between, for instance {told}{more}, or take one of the places out."
            raise PlanError(
                f"What must be together lies in {len(pieces)} pieces that do not touch by road, such as round "
                f"{names[pieces[0][0]]} and {names[pieces[1][0]]}: {locks}. {remedy}"
            )


def _find_between(adjacency: csr_matrix, group: Ints) -> Ints | None:
    """Find few points that make a group one piece, the nearest pieces joined first; None where no road does."""
    added: list[int] = []
    while len(pieces := split_into_pieces(adjacency, np.append(group, added).astype(np.int64))) > 1:
        others = np.concatenate(pieces[1:])
        steps, before, _ = csgraph.dijkstra(
            adjacency, directed=False, indices=pieces[0], unweighted=True, min_only=True, return_predecessors=True
        )
        at = int(others[np.argmin(steps[others])])
        if not np.isfinite(steps[at]):
            return None
        while steps[at] > 1:
            at = int(before[at])
            added.append(at)
    return np.array(added, dtype=np.int64)
