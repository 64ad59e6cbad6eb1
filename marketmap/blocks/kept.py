"""Proposed blocks that a new search keeps: with their provider and postcodes, and counted as the search's own.

What they take on and what others give up in them changes the room of the rest of the plan, and the rest of the plan
changes theirs: a kept block may count on hours that its provider gives up in blocks still to be found. That is what
tells it from a block already let, or one held by the council's lock, which must have room by itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from marketmap.blocks.connectivity import is_connected
from marketmap.blocks.locks import Locks
from marketmap.blocks.model import BlockModel
from marketmap.blocks.plan import Zone
from marketmap.blocks.zone_problem import HOURS_TOLERANCE, Floats, Ints, ZoneProblem, ZoneResult
from marketmap.errors import PlanError

KEPT = "Locked block"


def place_kept(model: BlockModel, problem: ZoneProblem, locks: Locks) -> list[Zone]:
    """Place the blocks to keep in a model's arrays, each at the centre where it costs least.

    Parameters
    ----------
    model
        Of the case.
    problem
        As `model.frame_problem` gives it.
    locks
        Of which ``kept`` is read.

    Returns
    -------
    list of Zone
        Named, in order of their names.

    Raises
    ------
    PlanError
        For one that is no block of this county, or that breaks a rule by itself; the rule is told.
    """
    free = np.flatnonzero(model.free)
    owner: dict[str, str] = {}
    taken = {zone.block_id for zone in model.locked}
    zones: list[Zone] = []
    for name, (provider, postcodes) in sorted(locks.kept.items()):
        if name in taken:
            raise PlanError(f"{KEPT} {name} has the name of a block that is already let or held.")
        for postcode in postcodes:
            if owner.setdefault(postcode, name) != name:
                raise PlanError(f"{KEPT}s {owner[postcode]} and {name} both hold postcode {postcode}.")
        at = np.flatnonzero(model.points.index[free].isin(pd.Index(postcodes)))
        number = int(model.providers.index.get_indexer(pd.Index([provider]))[0])
        if number < 0:
            raise PlanError(f"{KEPT} {name}: provider {provider} can have no block.")
        used = np.flatnonzero(np.isin(free, [zone.centre for zone in zones]))
        centre = _judge(model, problem, name, at, number, used)
        zones.append(Zone(name, existing=False, provider=number, centre=int(free[centre]), points=free[at]))
    _judge_provider_hours(model, problem, zones)
    return zones


def place_begun(
    model: BlockModel, problem: ZoneProblem, kept: Sequence[Zone], locks: Locks
) -> list[tuple[Ints, int, int]]:
    """Place the blocks that a search begins from among a model's free points: points, centre, provider.

    Each is centred where it costs least, as the search does, and no two blocks, kept ones included, at one place; a
    provider or a centre that there is none of is -1.
    """
    names, free = model.points.index[model.free], np.flatnonzero(model.free)
    used = [int(np.searchsorted(free, zone.centre)) for zone in kept]
    placed = []
    for _, (provider, postcodes) in sorted(locks.begun.items()):
        at = np.flatnonzero(names.isin(pd.Index(postcodes))).astype(np.int64)
        number = int(model.providers.index.get_indexer(pd.Index([provider]))[0])
        cost = _cost_centres(problem, at, number, used)
        centre = int(np.argmin(cost))
        if number < 0 or not np.isfinite(cost[centre]):
            centre = -1
        else:
            used.append(centre)
        placed.append((at, centre, number))
    return placed


def set_aside(model: BlockModel, problem: ZoneProblem, kept: Sequence[Zone]) -> tuple[ZoneProblem, Ints]:
    """Take kept blocks out of a problem, with what they use of every limit and what they free.

    Returns
    -------
    problem, at
        The problem of the rest, and which points of the whole one it has. A provider whose ``capacity`` is negative
        must give up as much in blocks still to be found. Centres are those of the whole problem.
    """
    free = np.flatnonzero(model.free)
    inside = np.isin(free, np.concatenate([zone.points for zone in kept]))
    at = np.flatnonzero(~inside)
    capacity = problem.capacity + problem.held[inside].sum(axis=0)
    hours, share, there = problem.max_provider_hours.copy(), problem.share_cap.copy(), problem.blocks_there.copy()
    travel = problem.travel[at]
    for zone in kept:
        own, points = zone.provider, np.searchsorted(free, zone.points)
        company = problem.company_of[own]
        capacity[own] -= problem.load[points].sum()
        hours[own] -= problem.hours[points].sum()
        np.subtract.at(share[company], problem.district_of[points], problem.hours[points])
        there[company, np.unique(problem.district_of[points])] += 1
        # two blocks never have one centre
        travel[:, np.searchsorted(free, zone.centre)] = np.inf
    rest = dataclasses.replace(
        problem,
        travel=travel,
        hours=problem.hours[at],
        visits=problem.visits[at],
        outside=problem.outside[at],
        extra=problem.extra[at],
        rounds=problem.rounds[at],
        load=problem.load[at],
        held=problem.held[at],
        capacity=capacity,
        max_provider_hours=np.maximum(hours, 0.0),
        district_of=problem.district_of[at],
        share_cap=np.maximum(share, 0.0),
        blocks_there=there,
        adjacency=None if problem.adjacency is None else problem.adjacency[at][:, at],
        together=problem.together[at],
        apart=problem.apart[at],
    )
    _refuse_short(model, rest, kept)
    return rest, at


def narrow(blocks: Sequence[tuple[Ints, int, int]], at: Ints) -> list[tuple[Ints, int, int]]:
    """Write points, centre and provider of blocks in the points of the rest, those without one left out."""
    found = [(np.flatnonzero(np.isin(at, points)), centre, provider) for points, centre, provider in blocks]
    return [block for block in found if len(block[0])]


def put_back(problem: ZoneProblem, at: Ints, result: ZoneResult) -> ZoneResult:
    """Write the rest's answer over the points of the whole problem, those of kept blocks outside."""
    block_of = np.full(problem.points, -1, dtype=np.int64)
    block_of[at] = result.block_of
    return dataclasses.replace(result, block_of=block_of)


def _judge(model: BlockModel, problem: ZoneProblem, name: str, at: Ints, provider: int, used: Ints) -> int:
    """Find the centre where a block costs least; raise where it breaks a rule by itself."""
    told = f"{KEPT} {name} cannot be kept"
    if not len(at):
        raise PlanError(f"{told}: there is no work in it that is not in a block already let.")
    if not np.isfinite(problem.extra[at, provider]).all():
        bars = sorted({str(bar) for bar in model.barred[np.flatnonzero(model.free)[at], provider]} - {""})
        raise PlanError(f"{told}: {model.providers.index[provider]} may not have all of it ({', '.join(bars)}).")
    hours = float(problem.hours[at].sum())
    least, most = problem.min_hours, problem.max_hours
    if not least - HOURS_TOLERANCE <= hours <= most + HOURS_TOLERANCE:
        raise PlanError(f"{told}: it has {hours:,.1f} contact hours a week; a block has {least:g} to {most:g}.")
    if problem.adjacency is not None and not is_connected(problem.adjacency, at):
        raise PlanError(f"{told}: it is not in one piece by road.")
    for group in np.unique(problem.together[at]):
        if group >= 0 and (problem.together == group).sum() > (problem.together[at] == group).sum():
            raise PlanError(f"{told}: it has a part of what a lock keeps together.")
    if any(len(np.unique(places[places >= 0])) > 1 for places in problem.apart[at].T):
        raise PlanError(f"{told}: it has places that a lock keeps apart.")
    cost = _cost_centres(problem, at, provider, used)
    centre = int(np.argmin(cost))
    if not np.isfinite(cost[centre]):
        raise PlanError(f"{told}: no place is near enough to all of it by road to be its centre.")
    return centre


def _cost_centres(problem: ZoneProblem, at: Ints, provider: int, used: Sequence[int] | Ints) -> Floats:
    """Cost every centre for some points and a provider, ``inf`` where there may be none."""
    cost: Floats = problem.travel[at].sum(axis=0) + problem.rounds[at].sum() * problem.base[provider]
    cost[np.asarray(used, dtype=np.int64)] = np.inf
    return cost


def _judge_provider_hours(model: BlockModel, problem: ZoneProblem, kept: Sequence[Zone]) -> None:
    """Refuse kept blocks that give a provider, or a company in a district, more contact hours than it may have."""
    free = np.flatnonzero(model.free)
    hours, share, there = np.zeros(problem.providers), np.zeros(problem.share_cap.shape), problem.blocks_there.copy()
    for zone in kept:
        points = np.searchsorted(free, zone.points)
        company = problem.company_of[zone.provider]
        hours[zone.provider] += problem.hours[points].sum()
        np.add.at(share[company], problem.district_of[points], problem.hours[points])
        there[company, np.unique(problem.district_of[points])] += 1
    for number in map(int, np.flatnonzero(hours > problem.max_provider_hours + HOURS_TOLERANCE)):
        raise PlanError(
            f"{_name(kept, [number])} would give {model.providers.index[number]} {hours[number]:,.1f} block hours "
            f"a week; it would take at most {problem.max_provider_hours[number]:,.1f} beside those already let."
        )
    for company, district in np.argwhere((share > problem.share_cap + HOURS_TOLERANCE) & (there > 1)):
        own = [int(number) for number in np.flatnonzero(problem.company_of == company)]
        raise PlanError(
            f"{_name(kept, own)} would give one company {share[company, district]:,.1f} block hours a week in a "
            f"district; it may have {problem.share_cap[company, district]:,.1f} there beside those already let."
        )


def _refuse_short(model: BlockModel, rest: ZoneProblem, kept: Sequence[Zone]) -> None:
    """Refuse where a provider could not free what its kept blocks need even if others took all the rest off it."""
    short = -(rest.capacity + rest.held.sum(axis=0))
    number = int(np.argmax(short))
    if short[number] > HOURS_TOLERANCE:
        raise PlanError(
            f"{_name(kept, [number])} need {short[number]:,.1f} carer hours a week more than "
            f"{model.providers.index[number]} has spare, may grow by and delivers elsewhere in all."
        )


def _name(kept: Sequence[Zone], providers: Sequence[int]) -> str:
    names = [zone.block_id for zone in kept if zone.provider in providers]
    return f"{KEPT}{'s' if len(names) > 1 else ''} {', '.join(names)}"
