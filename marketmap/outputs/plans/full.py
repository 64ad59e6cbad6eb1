"""What ``FULL=1`` adds to a plan: alternatives, the frontier and sensitivity, and the tables that they go into."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd

from marketmap.blocks.alternatives import Alternative, find_alternatives
from marketmap.blocks.comparison import PlanFigures
from marketmap.blocks.frontier import Frontier, trace_frontier
from marketmap.blocks.plan import Plan
from marketmap.blocks.sensitivity import SensitivityRow, vary_assumptions
from marketmap.blocks.variants import SearchStoppedError, find_footing, measure_variant
from marketmap.blocks.zone_problem import relative_gap
from marketmap.outputs.files.ending import tell_ends
from marketmap.outputs.files.folder import OutputFolder
from marketmap.outputs.plans.full_notes import (
    PROPOSED,
    name_rows,
    tell_alternatives,
    tell_cheaper,
    tell_frontier,
    tell_sensitivity,
    tell_stop,
)
from marketmap.outputs.plans.variant_postcodes import join_postcodes, list_postcodes
from marketmap.outputs.schema.full import (
    ALTERNATIVE_DIFFERENCES,
    ALTERNATIVE_POSTCODES,
    ALTERNATIVES,
    FRONTIER,
    FRONTIER_POSTCODES,
    SENSITIVITY,
)

Stage = Callable[[str], None]
T = TypeVar("T")
FIRST_OR_FULL = (
    "The best few blocks (--first, FIRST) and the full exploration (--full, FULL=1) do not go together: alternatives, "
    "frontier and other assumptions are of a whole plan. Ask for one, then the other, each with an output folder."
)


@dataclass(frozen=True)
class Full:
    """All that was asked of a plan; a part is missing where the user stopped the run before it was done.

    Attributes
    ----------
    tables
        Frames for the tables of `marketmap.outputs.schema.full`, by path.
    notes
        Plain sentences for the run's first page: totals, no row's values.
    lower_bound
        The best bound known for the plan itself, once all was looked at; never below the plan's own.
    whole
        Whether all was looked at.
    """

    tables: dict[str, pd.DataFrame]
    notes: tuple[str, ...]
    lower_bound: float
    whole: bool = True


def tighten_bound(plan: Plan, full: Full) -> Plan:
    """Give a plan the better bound that looking further has proven."""
    bound = min(max(plan.lower_bound, full.lower_bound), plan.objective)
    return dataclasses.replace(plan, lower_bound=bound, gap=relative_gap(plan.objective, bound))


def look_further(plan: Plan, *, on_stage: Stage) -> tuple[Plan, Full]:
    """Explore a plan, as `explore_plan` does, and give it the better bound; one that was stopped is left as it is."""
    if plan.status == "stopped":
        return plan, Full(
            {}, ("Stopped while designing: nothing further was looked at.",), plan.lower_bound, whole=False
        )
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
    on_stage("Bounding the plan once more")
    footing = find_footing(plan)
    frontier, whole = _ask(lambda: trace_frontier(plan, footing=footing, on_row=on_stage))
    tables: dict[str, pd.DataFrame] = {}
    notes: list[str] = []
    ends: list[str] = []
    if frontier is not None:
        tables |= tabulate_frontier(plan, frontier)
        notes += [tell_frontier(frontier.rows), *frontier.notes]
        ends += frontier.ended
        # bounds at other weights give one at the plan's own too
        better = max(row.lower_bound for row in frontier.rows if row.proposed)
        footing = dataclasses.replace(footing, lower_bound=max(footing.lower_bound, better))
    alternatives: list[Alternative] = []
    if whole:
        found, whole = _ask(lambda: find_alternatives(plan, footing=footing, on_row=on_stage))
        alternatives = found or []
    if alternatives:
        figures = measure_variant(footing.variant, plan.case.zones)
        tables |= tabulate_alternatives(plan, alternatives, figures=figures, lower_bound=footing.lower_bound)
        notes += tell_alternatives(plan, alternatives, figures=figures)
        ends += [end for one in alternatives for end in one.ended]
    rows: list[SensitivityRow] | None = None
    if whole:
        rows, whole = _ask(lambda: vary_assumptions(plan, footing=footing, on_row=on_stage))
    if rows:
        tables[SENSITIVITY.path] = tabulate_sensitivity(rows)
        notes += tell_sensitivity(rows)
        ends += [row.ended for row in rows]
    notes += tell_cheaper(plan, frontier.rows if frontier else (), alternatives, rows or ())
    notes += [*tell_ends(ends), *([] if whole else [tell_stop(frontier, alternatives, rows)])]
    return Full(tables, tuple(notes), footing.lower_bound, whole=whole)


def _ask(make: Callable[[], T]) -> tuple[T | None, bool]:
    """Make a part, or as much of it as there was time for; whether it is whole."""
    try:
        return make(), True
    except SearchStoppedError as stopped:
        return stopped.done, False


def write_full(folder: OutputFolder, full: Full) -> None:
    """Write the tables of `explore_plan` into an output folder."""
    for table in (
        FRONTIER,
        FRONTIER_POSTCODES,
        ALTERNATIVES,
        ALTERNATIVE_DIFFERENCES,
        ALTERNATIVE_POSTCODES,
        SENSITIVITY,
    ):
        if table.path in full.tables:
            folder.write_table(full.tables[table.path], table)


def tabulate_frontier(plan: Plan, frontier: Frontier) -> dict[str, pd.DataFrame]:
    """Tabulate a frontier's rows, and where the blocks of each lie but for the plan's own, which stand elsewhere."""
    most_saved = max((row.figures.travel_minutes_saved for row in frontier.rows), default=0.0)
    most_moved = max((row.figures.carer_hours_moving for row in frontier.rows), default=0.0)
    names = name_rows(frontier.rows)
    rows = [
        {
            "plan": name,
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
        for name, row in zip(names, frontier.rows, strict=True)
    ]
    places = [
        list_postcodes(plan, row.zones, name=name)
        for name, row in zip(names, frontier.rows, strict=True)
        if not row.proposed
    ]
    return {
        FRONTIER.path: pd.DataFrame(rows, columns=list(FRONTIER.names)),
        FRONTIER_POSTCODES.path: join_postcodes(places),
    }


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
            "plan": PROPOSED,
            "status": plan.status,
            "share_elsewhere": 0.0,
            "share_elsewhere_others": math.nan,
            "objective": plan.objective,
            "objective_given_up": 0.0,
            "lower_bound": _finite(lower_bound),
            "gap": _finite(relative_gap(plan.objective, lower_bound)),
            **_figures(figures),
            "travel_saved_given_up": 0.0,
            "carer_hours_moving_more": 0.0,
            "pounds_more_week": 0.0,
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
            "travel_saved_given_up": figures.travel_minutes_saved - one.figures.travel_minutes_saved,
            "carer_hours_moving_more": one.figures.carer_hours_moving - figures.carer_hours_moving,
            "pounds_more_week": one.figures.pounds_above_usual - figures.pounds_above_usual,
            "charge_minutes_hour": one.charge,
        }
        for one in alternatives
    ]
    differences = [
        {"plan": one.name, "rank": rank, "hours_elsewhere": hours, "difference": text}
        for one in alternatives
        for rank, (hours, text) in enumerate(one.differences, start=1)
    ]
    places = [list_postcodes(plan, one.zones, name=one.name) for one in alternatives]
    return {
        ALTERNATIVES.path: pd.DataFrame(rows, columns=list(ALTERNATIVES.names)),
        ALTERNATIVE_DIFFERENCES.path: pd.DataFrame(differences, columns=list(ALTERNATIVE_DIFFERENCES.names)),
        ALTERNATIVE_POSTCODES.path: join_postcodes(places),
    }


def tabulate_sensitivity(rows: list[SensitivityRow]) -> pd.DataFrame:
    """Tabulate sensitivity as `marketmap.outputs.schema.full.SENSITIVITY` describes it."""
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


def _figures(figures: PlanFigures) -> dict[str, float]:
    return {
        "blocks": figures.blocks,
        "hours_in_blocks": figures.hours_in_blocks,
        "share_in_blocks": figures.share_in_blocks,
        "travel_minutes_saved_week": figures.travel_minutes_saved,
        "carer_hours_moving": figures.carer_hours_moving,
        "hours_moving": figures.hours_moving,
        "hours_waiting_placed": figures.hours_waiting_placed,
        "pounds_above_usual_week": figures.pounds_above_usual,
    }


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.nan
