"""What ``FULL=1`` adds to a plan: alternatives, the frontier and sensitivity, and the tables that they go into."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from marketmap.blocks.alternatives import FOUND, Alternative, find_alternatives
from marketmap.blocks.comparison import PlanFigures
from marketmap.blocks.frontier import Frontier, trace_frontier
from marketmap.blocks.plan import Plan
from marketmap.blocks.sensitivity import SensitivityRow, vary_assumptions
from marketmap.blocks.variants import find_footing, measure_variant
from marketmap.blocks.zone_problem import relative_gap
from marketmap.outputs.folder import OutputFolder
from marketmap.outputs.full_columns import (
    ALTERNATIVE_DIFFERENCES,
    ALTERNATIVE_POSTCODES,
    ALTERNATIVES,
    FRONTIER,
    SENSITIVITY,
)

Stage = Callable[[str], None]


@dataclass(frozen=True)
class Full:
    """All that was asked of a plan; a part is missing where the user stopped the run before it was done.

    Attributes
    ----------
    tables
        Frames for `full_columns`, by path.
    notes
        Plain sentences for the run's first page: totals, no row's values.
    lower_bound
        The best bound known for the plan itself, once all was looked at; never below the plan's own.
    """

    tables: dict[str, pd.DataFrame]
    notes: tuple[str, ...]
    lower_bound: float


def tighten_bound(plan: Plan, full: Full) -> Plan:
    """Give a plan the better bound that looking further has proven."""
    bound = min(max(plan.lower_bound, full.lower_bound), plan.objective)
    return dataclasses.replace(plan, lower_bound=bound, gap=relative_gap(plan.objective, bound))


def look_further(plan: Plan, *, on_stage: Stage) -> tuple[Plan, Full]:
    """Explore a plan, as `explore_plan` does, and give it the better bound; one that was stopped is left as it is."""
    if plan.status == "stopped":
        return plan, Full({}, ("Stopped while designing: nothing further was looked at.",), plan.lower_bound)
    full = explore_plan(plan, on_stage=on_stage)
    return tighten_bound(plan, full), full


def explore_plan(plan: Plan, *, on_stage: Stage) -> Full:
    """Look for alternatives to a plan, trace its frontier and vary its assumptions.

    Ctrl-C ends the looking and keeps the parts that are done.

    Parameters
    ----------
    plan
        With its case; each search takes a part of its own stop rule.
    on_stage
        Told each row as it begins.
    """
    tables: dict[str, pd.DataFrame] = {}
    notes: list[str] = []
    bound = plan.lower_bound
    try:
        on_stage("Bounding the plan once more")
        footing = find_footing(plan)
        bound = footing.lower_bound
        frontier = trace_frontier(plan, footing=footing, on_row=on_stage)
        tables[FRONTIER.path] = tabulate_frontier(frontier)
        # bounds at other weights give one at the plan's own too
        bound = max([bound, *(row.lower_bound for row in frontier.rows if row.proposed)])
        footing = dataclasses.replace(footing, lower_bound=bound)
        notes += [frontier.sentence, *frontier.notes]
        alternatives = find_alternatives(plan, footing=footing, on_row=on_stage)
        figures = measure_variant(footing.variant, plan.case.zones)
        tables |= tabulate_alternatives(plan, alternatives, figures=figures, lower_bound=footing.lower_bound)
        notes += tell_alternatives(plan, alternatives)
        rows = vary_assumptions(plan, footing=footing, on_row=on_stage)
        tables[SENSITIVITY.path] = tabulate_sensitivity(rows)
        notes += tell_sensitivity(rows)
    except KeyboardInterrupt:
        done = ", ".join(sorted(path.rpartition("/")[2] for path in tables)) or "nothing"
        notes.append(f"Stopped by the user while looking further: of what FULL=1 adds, {done} was done.")
    return Full(tables, tuple(notes), bound)


def write_full(folder: OutputFolder, full: Full) -> None:
    """Write the tables of `explore_plan` into an output folder."""
    for table in (FRONTIER, ALTERNATIVES, ALTERNATIVE_DIFFERENCES, ALTERNATIVE_POSTCODES, SENSITIVITY):
        if table.path in full.tables:
            folder.write_table(full.tables[table.path], table)


def tabulate_frontier(frontier: Frontier) -> pd.DataFrame:
    """Tabulate a frontier as `full_columns.FRONTIER` describes it."""
    most_saved = max((row.figures.travel_minutes_saved for row in frontier.rows), default=0.0)
    most_moved = max((row.figures.carer_hours_moving for row in frontier.rows), default=0.0)
    rows = [
        {
            "move_minutes_hour": row.move_minutes_hour if math.isfinite(row.move_minutes_hour) else math.nan,
            "proposed": row.proposed,
            "dominated": row.dominated,
            **_figures(row.figures),
            "share_of_most_saved": row.figures.travel_minutes_saved / most_saved if most_saved > 0 else math.nan,
            "share_of_most_moved": row.figures.carer_hours_moving / most_moved if most_moved > 0 else math.nan,
            "objective": row.objective,
            "lower_bound": _finite(row.lower_bound),
            "gap": _finite(row.gap),
            "objective_proposed_weights": row.figures.objective,
        }
        for row in frontier.rows
    ]
    return pd.DataFrame(rows, columns=list(FRONTIER.names))


def tabulate_alternatives(
    plan: Plan, alternatives: list[Alternative], *, figures: PlanFigures, lower_bound: float
) -> dict[str, pd.DataFrame]:
    """Tabulate alternatives: what each brings, where it differs, and its blocks.

    Parameters
    ----------
    figures, lower_bound
        Of the plan itself.
    """
    rows = [
        {
            "plan": "proposed",
            "status": plan.status,
            "share_elsewhere": 0.0,
            "share_elsewhere_others": math.nan,
            "objective": plan.objective,
            "objective_given_up": 0.0,
            "lower_bound": _finite(lower_bound),
            "gap": _finite(relative_gap(plan.objective, lower_bound)),
            **_figures(figures),
            "charge_minutes_hour": math.nan,
        }
    ] + [
        {
            "plan": one.name,
            "status": one.status,
            "share_elsewhere": one.difference,
            "share_elsewhere_others": one.difference_others,
            "objective": one.figures.objective,
            "objective_given_up": one.given_up,
            "lower_bound": _finite(one.lower_bound),
            "gap": _finite(one.gap),
            **_figures(one.figures),
            "charge_minutes_hour": one.charge,
        }
        for one in alternatives
    ]
    differences = [
        {"plan": one.name, "rank": rank, "hours_elsewhere": hours, "difference": text}
        for one in alternatives
        for rank, (hours, text) in enumerate(one.differences, start=1)
    ]
    model = plan.case.model
    places = [
        {
            "plan": one.name,
            "block_id": f"{one.name}-{number:03d}",
            "postcode": postcode,
            "centre_postcode": model.points.index[zone.centre],
            "suggested_provider_id": model.providers.index[zone.provider],
        }
        for one in alternatives
        for number, zone in enumerate(sorted(one.zones, key=lambda zone: int(zone.points[0])), start=1)
        for postcode in model.points.index[zone.points]
    ]
    return {
        ALTERNATIVES.path: pd.DataFrame(rows, columns=list(ALTERNATIVES.names)),
        ALTERNATIVE_DIFFERENCES.path: pd.DataFrame(differences, columns=list(ALTERNATIVE_DIFFERENCES.names)),
        ALTERNATIVE_POSTCODES.path: pd.DataFrame(places, columns=list(ALTERNATIVE_POSTCODES.names)),
    }


def tabulate_sensitivity(rows: list[SensitivityRow]) -> pd.DataFrame:
    """Tabulate sensitivity as `full_columns.SENSITIVITY` describes it."""
    table = []
    for row in rows:
        known = row.figures is not None
        table.append(
            {
                "variant": row.name,
                "assumption": row.assumption,
                "status": row.status,
                "objective": row.figures.objective if row.figures else math.nan,
                "lower_bound": _finite(row.lower_bound),
                "gap": _finite(row.gap),
                **(_figures(row.figures) if row.figures else {}),
                "share_same_provider": row.share_same_provider if known else math.nan,
                "blocks_kept": row.blocks_kept if known else math.nan,
            }
        )
    return pd.DataFrame(table, columns=list(SENSITIVITY.names))


def tell_alternatives(plan: Plan, alternatives: list[Alternative]) -> list[str]:
    """Say in a sentence each what the alternatives give up."""
    told = []
    for one in alternatives:
        if one.status != FOUND:
            told.append(f"Alternative {one.name}: {one.status}.")
            continue
        share = one.given_up / abs(plan.objective) if plan.objective else 0.0
        told.append(
            f"Alternative {one.name} has {one.difference:.0%} of block hours elsewhere and costs {share:+.1%}; it is "
            f"at most {one.gap:.1%} from the best possible."
        )
    return told


def tell_sensitivity(rows: list[SensitivityRow]) -> list[str]:
    """Say in a sentence how much of the plan stays in the least and the most kind of the variants."""
    varied = [row for row in rows[1:] if row.figures is not None]
    if not varied:
        return []
    worst = min(varied, key=lambda row: row.share_same_provider)
    best = max(varied, key=lambda row: row.share_same_provider)
    text = (
        f"Made anew under {len(varied)} other assumptions, between {worst.share_same_provider:.0%} ({worst.name}) and "
        f"{best.share_same_provider:.0%} ({best.name}) of the block hours stay with the same provider; searched on "
        f"without any change, {rows[0].share_same_provider:.0%} do."
    )
    return [text]


def _figures(figures: PlanFigures) -> dict[str, float]:
    return {
        "blocks": figures.blocks,
        "hours_in_blocks": figures.hours_in_blocks,
        "share_in_blocks": figures.share_in_blocks,
        "travel_minutes_saved_week": figures.travel_minutes_saved,
        "carer_hours_moving": figures.carer_hours_moving,
        "hours_moving": figures.hours_moving,
        "hours_waiting_placed": figures.hours_waiting_placed,
    }


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.nan
