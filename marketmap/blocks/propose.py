"""From tables and road minutes to a plan: blocks and their providers, chosen together."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from marketmap.blocks.audit import settle_providers, tabulate_eligible
from marketmap.blocks.locks import Locks
from marketmap.blocks.model import BlockModel, build_model, frame_problem
from marketmap.blocks.plan import Plan, Zone, explain_postcodes, sum_objective, tabulate_points
from marketmap.blocks.proposals import tabulate_proposals
from marketmap.blocks.search import solve_zones
from marketmap.blocks.stop import Stop
from marketmap.blocks.zone_problem import ZoneResult
from marketmap.errors import PlanError
from marketmap.inputs.county import Tables
from marketmap.settings import BlockSettings, Settings
from marketmap.travel import TravelTimes

Progress = Callable[[int, float, float], None]


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
        What the plan may not change, on top of the blocks already let that ``tables`` holds.
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
        When the inputs allow no plan, naming what conflicts.
    """
    model = build_model(tables, matrix, settings.blocks, locks=locks or Locks())
    result = solve_zones(
        frame_problem(model, settings=settings.blocks),
        seed=seed,
        stop=stop or Stop(),
        on_progress=on_progress,
    )
    if not math.isfinite(result.objective):
        raise PlanError(f"No plan: {result.conflict}")
    free = settle_providers(model, _free_zones(model, result), settings=settings.blocks)
    zones = _name_zones(_locked_zones(model), free, model)
    return _write_plan(tables, matrix, settings.blocks, model, result, zones)


def _locked_zones(model: BlockModel) -> list[Zone]:
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
                guaranteed_hours_week=zone.guaranteed_hours_week,
                price_hour=zone.price_hour,
            )
        )
    return zones


def _free_zones(model: BlockModel, result: ZoneResult) -> list[Zone]:
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
    used = {zone.block_id for zone in existing}
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
    return existing + named


def _write_plan(
    tables: Tables,
    matrix: TravelTimes,
    settings: BlockSettings,
    model: BlockModel,
    result: ZoneResult,
    zones: list[Zone],
) -> Plan:
    provider_names = tables.providers.set_index("provider_id")["provider_name"]
    points = tabulate_points(model, zones, settings=settings)
    postcodes = explain_postcodes(
        model,
        zones,
        county_postcodes=tables.county_postcodes,
        off_roads=matrix.unplaced.drop_duplicates("postcode").set_index("postcode")["reason"],
        provider_names=provider_names,
    )
    proposals = tabulate_proposals(model, zones, points=points, postcodes=postcodes, tables=tables, settings=settings)
    objective = sum_objective(points, proposed=sum(not zone.existing for zone in zones), settings=settings)
    # Blocks already let cost the same in every plan, so they shift the bound as they shift the objective.
    shift = sum_objective(
        points[points["block_id"].isin(zone.block_id for zone in zones if zone.existing)], proposed=0, settings=settings
    )
    bound = min(result.lower_bound + shift, objective)
    gap = (objective - bound) / abs(objective) if objective and math.isfinite(bound) else math.inf
    return Plan(
        proposals=proposals,
        postcodes=postcodes,
        points=points,
        eligible=tabulate_eligible(model, zones, provider_names=provider_names, settings=settings),
        neighbours=matrix.neighbours,
        objective=objective,
        lower_bound=bound,
        gap=gap if objective != bound else 0.0,
        status=result.status,
        iterations=result.iterations,
        seconds=result.seconds,
        relaxed=tuple(result.relaxed),
        notes=(*model.notes, *_describe_plan(points, proposals)),
    )


def _describe_plan(points: pd.DataFrame, proposals: pd.DataFrame) -> list[str]:
    if proposals.empty:
        return ["No block is proposed: spot purchase costs fewer minutes everywhere at these settings."]
    inside = points["block_id"] != "spot"
    share = points.loc[inside, "contact_hours"].sum() / points["contact_hours"].sum()
    return [f"{share:.0%} of the hours that may be placed lie inside blocks; the rest stays spot purchase."]
