"""From tables and road minutes to a plan: blocks and their providers, chosen together."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from marketmap.blocks.arguments import read_whole
from marketmap.blocks.audit import settle_providers, tabulate_eligible
from marketmap.blocks.given import check_given
from marketmap.blocks.kept import narrow, place_begun, place_kept, put_back, set_aside
from marketmap.blocks.locks import Locks, read_locks
from marketmap.blocks.model import BlockModel, build_model, frame_problem
from marketmap.blocks.next_providers import tabulate_next_providers
from marketmap.blocks.plan import Plan, PlanCase, Zone, explain_postcodes, sum_objective, tabulate_points
from marketmap.blocks.proposals import add_outlook, tabulate_proposals
from marketmap.blocks.rollout import tabulate_rollout
from marketmap.blocks.search import Progress
from marketmap.blocks.solver import solve_zones
from marketmap.blocks.start import fit_start
from marketmap.blocks.stop import NOT_REPEATABLE, USER, Stop, read_stop
from marketmap.blocks.zone_problem import ZoneResult
from marketmap.errors import PlanError
from marketmap.inputs.county import Tables
from marketmap.settings import Settings
from marketmap.travel import TravelTimes


def propose(
    tables: Tables,
    matrix: TravelTimes,
    settings: Settings,
    *,
    locks: Locks | None = None,
    seed: int = 0,
    stop: Stop | None = None,
    on_progress: Progress | None = None,
) -> Plan:
    """Propose blocks for a county.

    Parameters
    ----------
    tables
        The council's tables.
    matrix
        Road minutes between postcodes with demand and offices, and the road neighbourhood of all postcodes.
    settings
        All settings; ``settings.blocks`` holds the model's weights.
    locks
        What the plan may not change, on top of the blocks already let and the locks that ``tables`` holds.
    seed
        Same inputs, seed and iteration stop give the same plan.
    stop
        When to stop; a default number of iterations where not given.
    on_progress
        Called with (iterations, objective, lower bound) as they improve.

    Returns
    -------
    Plan

    Raises
    ------
    PlanError
        When the inputs allow no plan, naming what conflicts, or are none (`check_given`), or the seconds ended before
        a block was found.
    KeyboardInterrupt
        When the user ended the search before a block was found; later it gives the best plan so far.
    """
    stop, seed = read_stop(stop), read_whole(seed, "seed")
    check_given(tables, matrix, settings, locks)
    locks = read_locks(tables.locks, county_postcodes=tables.county_postcodes).joined(locks or Locks())
    model = build_model(tables, matrix, settings.blocks, locks=locks)
    case = PlanCase(tables, matrix, settings, locks, seed, stop, model, ())
    return _solve(case, begin=None, on_progress=on_progress)


def resolve(
    case: PlanCase,
    *,
    tables: Tables | None = None,
    settings: Settings | None = None,
    locks: Locks | None = None,
    seed: int | None = None,
    stop: Stop | None = None,
    start: Sequence[Zone] | None = None,
    on_progress: Progress | None = None,
) -> Plan:
    """Solve a variant of a case, beginning from zones that are known.

    Parameters
    ----------
    case
        Of the plan that is varied; whatever is not given below is as it is there.
    tables, settings, locks, seed, stop
        What differs; ``locks`` are all there are then. Road minutes are the case's: postcodes that it does not time
        stay off the roads.
    start
        Zones of ``case`` to begin from, those already let ignored; the case's own where not given, none with ``()``.
        What a start breaks in the variant is mended first.
    on_progress
        As for `propose`.

    Returns
    -------
    Plan
        With ``iterations`` and ``seconds`` of this search alone, and a gap of its own.

    Raises
    ------
    PlanError
        As for `propose`.
    """
    variant = dataclasses.replace(
        case,
        tables=tables or case.tables,
        settings=settings or case.settings,
        locks=locks or case.locks,
        seed=case.seed if seed is None else seed,
        stop=stop or case.stop,
        zones=(),
    )
    if (
        variant.tables is not case.tables
        or variant.settings.blocks != case.settings.blocks
        or variant.locks != case.locks
    ):
        model = build_model(variant.tables, variant.matrix, variant.settings.blocks, locks=variant.locks)
        variant = dataclasses.replace(variant, model=model)
    begin = match_zones(case.zones if start is None else start, case.model, variant.model)
    return _solve(variant, begin=begin, on_progress=on_progress)


def finish_plan(case: PlanCase, zones: Sequence[Zone], result: ZoneResult) -> Plan:
    """Tabulate zones as the plan of a case.

    Parameters
    ----------
    case
        What it is a plan of; its own ``zones`` are not looked at.
    zones
        The proposed blocks in the arrays of ``case.model``; names are given here to those without one, blocks already
        let added.
    result
        Of the search that found them, for its bound, status, iterations and seconds.
    """
    named = _name_zones(find_locked_zones(case.model), list(zones), case.model)
    return tabulate_plan(dataclasses.replace(case, zones=tuple(named)), result)


def _solve(case: PlanCase, *, begin: list[tuple[np.ndarray, int, int]] | None, on_progress: Progress | None) -> Plan:
    settings = case.settings.blocks
    problem = frame_problem(case.model, settings=settings)
    kept = place_kept(case.model, problem, case.locks)
    rest, at = set_aside(case.model, problem, kept) if kept else (problem, None)
    if begin is None and case.locks.begun:
        begin = place_begun(case.model, problem, kept, case.locks)
    if begin is not None and at is not None:
        begin = narrow(begin, at)
    start = None if begin is None else fit_start(rest, begin)
    result = solve_zones(rest, seed=case.seed, stop=case.stop, on_progress=on_progress, start=start)
    if not math.isfinite(result.objective):
        raise PlanError(f"No plan: {result.conflict}")
    if not len(result.centres) and not kept:
        _refuse_nothing(result, case.stop)
    if at is not None:
        result = put_back(problem, at, result)
    found = [*kept, *find_free_zones(case.model, result)]
    return finish_plan(case, settle_providers(case.model, found, settings=settings, kept=case.locks.kept), result)


def _refuse_nothing(result: ZoneResult, stop: Stop) -> None:
    """Take a search that was cut off before its first block for no answer: that no block pays would be untrue."""
    if result.ended == USER:
        raise KeyboardInterrupt("Stopped before any block was found. Nothing was written.")
    if result.ended in NOT_REPEATABLE:
        raise PlanError(
            f"No block was found in {stop.seconds:g} seconds, and it is not known whether one pays. Give more: "
            "--max-seconds, or solver.max_seconds or solver.guard_seconds in the settings."
        )


def match_zones(zones: Sequence[Zone], old: BlockModel, new: BlockModel) -> list[tuple[np.ndarray, int, int]]:
    """Find the points, centre and provider of proposed zones among another model's free points and providers."""
    free = new.points.index[new.free]
    return [
        (
            (at := free.get_indexer(old.points.index[zone.points]))[at >= 0].astype(np.int64),
            int(free.get_indexer(old.points.index[[zone.centre]])[0]),
            int(new.providers.index.get_indexer(old.providers.index[[zone.provider]])[0]),
        )
        for zone in zones
        if not zone.existing
    ]


def find_locked_zones(model: BlockModel) -> list[Zone]:
    """Find the blocks already let and those held by locks, each centred where its visits are nearest."""
    visits = model.points["carer_visits"].to_numpy(float)
    zones = []
    for zone in model.locked:
        at = np.flatnonzero(model.points.index.isin(zone.postcodes))
        centre = int(at[np.argmin(visits[at] @ model.minutes[np.ix_(at, at)])]) if len(at) else -1
        zones.append(
            Zone(
                block_id=zone.block_id,
                existing=True,
                provider=list(model.providers.index).index(zone.provider_id),
                centre=centre,
                points=at,
                held=zone.held,
                guaranteed_hours_week=zone.guaranteed_hours_week,
                price_hour=zone.price_hour,
            )
        )
    return zones


def find_free_zones(model: BlockModel, result: ZoneResult) -> list[Zone]:
    """Turn a search's blocks over the free points into zones of the model, without names."""
    numbers = np.flatnonzero(model.free)
    return [
        Zone(
            block_id="",
            existing=False,
            provider=int(result.providers[block]),
            centre=int(numbers[result.centres[block]]),
            points=numbers[np.flatnonzero(result.block_of == block)],
        )
        for block in range(len(result.centres))
    ]


def _name_zones(existing: list[Zone], proposed: list[Zone], model: BlockModel) -> list[Zone]:
    settled = [*existing, *(zone for zone in proposed if zone.block_id)]
    proposed = [zone for zone in proposed if not zone.block_id]
    used = {zone.block_id for zone in settled}
    codes = model.points["district_code"].to_numpy()
    names = model.points.index.to_numpy()
    ordered = sorted(proposed, key=lambda zone: (codes[zone.centre], names[zone.centre]))
    width = max(3, len(str(len(ordered) + len(used))))
    free_names = (name for number in range(1, len(ordered) + len(used) + 1)
                  if (name := f"B{number:0{width}d}") not in used)  # fmt: skip
    named = [
        Zone(block_id=name, existing=False, provider=zone.provider, centre=zone.centre, points=zone.points)
        for name, zone in zip(free_names, ordered, strict=False)
    ]
    return settled + named


def tabulate_plan(case: PlanCase, result: ZoneResult) -> Plan:
    """Tabulate a case's zones, named as they are; as `finish_plan` else."""
    tables, matrix, model, settings = case.tables, case.matrix, case.model, case.settings.blocks
    zones = list(case.zones)
    provider_names = tables.providers.set_index("provider_id")["provider_name"]
    points = tabulate_points(model, zones, settings=settings)
    postcodes = explain_postcodes(
        model,
        zones,
        county_postcodes=tables.county_postcodes,
        off_roads=matrix.unplaced.drop_duplicates("postcode").set_index("postcode")["reason"],
        provider_names=provider_names,
    )
    proposals = tabulate_proposals(
        model,
        zones,
        points=points,
        postcodes=postcodes,
        driving=case.estimate_driving(zones),
        tables=tables,
        settings=settings,
    )
    eligible = tabulate_eligible(model, zones, provider_names=provider_names, settings=settings)
    others = tabulate_next_providers(model, zones, eligible=eligible, settings=settings)
    rollout = tabulate_rollout(model, zones, proposals=proposals)
    objective = sum_objective(points, proposed=sum(not zone.existing for zone in zones), settings=settings)
    # Blocks already let or kept cost the same in every plan, so they shift the bound as they shift the objective.
    kept = [zone for zone in zones if zone.block_id in case.locks.kept]
    same = {zone.block_id for zone in zones if zone.existing} | {zone.block_id for zone in kept}
    shift = sum_objective(points[points["block_id"].isin(same)], proposed=len(kept), settings=settings)
    bound = min(result.lower_bound + shift, objective)
    gap = (objective - bound) / abs(objective) if objective and math.isfinite(bound) else math.inf
    return Plan(
        proposals=add_outlook(proposals, next_providers=others, rollout=rollout),
        postcodes=postcodes,
        points=points,
        eligible=eligible,
        next_providers=others,
        rollout=rollout,
        neighbours=matrix.neighbours,
        objective=objective,
        lower_bound=bound,
        gap=gap if objective != bound else 0.0,
        status=result.status,
        iterations=result.iterations,
        seconds=result.seconds,
        relaxed=tuple(result.relaxed),
        notes=(*model.notes, *_describe_plan(points, proposals)),
        case=case,
        ended=result.ended,
    )


def _describe_plan(points: pd.DataFrame, proposals: pd.DataFrame) -> list[str]:
    if proposals.empty:
        return ["No block is proposed: spot purchase costs fewer minutes everywhere at these settings."]
    inside = points["block_id"] != "spot"
    share = points.loc[inside, "contact_hours"].sum() / points["contact_hours"].sum()
    return [f"{share:.0%} of the hours that may be placed lie inside blocks; the rest stays spot purchase."]
