"""What becomes of a plan when its assumptions are wrong: demand, the overlap of patches, a provider that refuses."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.blocks.comparison import PlanFigures, count_kept, name_providers, share_elsewhere
from marketmap.blocks.locks import Locks
from marketmap.blocks.model import BlockModel, build_model
from marketmap.blocks.plan import Plan, Zone
from marketmap.blocks.stop import Stop
from marketmap.blocks.variants import (
    Footing,
    Found,
    SearchStoppedError,
    Tell,
    Variant,
    find_footing,
    measure_variant,
    part_of_stop,
    solve_variant,
    take_variant,
)
from marketmap.blocks.zone_problem import relative_gap
from marketmap.errors import PlanError
from marketmap.inputs.county import Tables
from marketmap.settings import Settings

DEMAND_FACTORS = (0.9, 1.1)
PATCH_FACTORS = (0.5, 2.0)
REFUSALS = 3
# The first row: not the proposed plan, which it may undercut, but what further search alone makes of it.
SEARCHED_ON = "searched on, nothing changed"


@dataclass(frozen=True)
class SensitivityRow:
    """A plan made anew under another assumption.

    Attributes
    ----------
    name
        Short name of the assumption.
    assumption
        What is assumed, in a sentence.
    status
        Of the search, or why there is no plan.
    ended
        What ended the search: one of the words in `stop`; blank where there is no plan.
    figures
        Measured in the variant's own model; None where there is no plan.
    lower_bound, gap
        Of the variant.
    share_same_provider
        Of the proposed plan's block hours, those that stay in a block of the same provider.
    blocks_kept
        Proposed blocks of which more than half the hours stay together with their provider.
    told
        How a sentence goes on to it; blank: "with" and its name.
    """

    name: str
    assumption: str
    status: str
    figures: PlanFigures | None
    lower_bound: float
    gap: float
    share_same_provider: float
    blocks_kept: int
    ended: str = ""
    told: str = ""


@dataclass(frozen=True)
class _Question:
    name: str
    assumption: str
    tables: Tables
    settings: Settings
    locks: Locks
    told: str = ""


def vary_assumptions(
    plan: Plan,
    *,
    refusals: int = REFUSALS,
    footing: Footing | None = None,
    stop: Stop | None = None,
    on_row: Tell | None = None,
) -> list[SensitivityRow]:
    """Solve a plan's case again under other assumptions, beginning from the plan.

    The first row is the plan itself, looked for anew with the same further search, so that what search alone changes
    is told apart from what an assumption does.

    Parameters
    ----------
    plan
        With its case.
    refusals
        How many of the providers with most block hours refuse, one at a time.
    footing
        As `variants.find_footing` gives it; found here where not given.
    stop
        Of each search; a part of the plan's own where not given.
    on_row
        Told what is being done.

    Returns
    -------
    list
        The plan, then a row for each assumption.

    Raises
    ------
    SearchStoppedError
        When the user stopped it; with the rows done so far.
    """
    stop, footing = stop or part_of_stop(plan), footing or find_footing(plan)
    case = plan.case
    rows: list[SensitivityRow] = []
    for question in _ask(plan, refusals=refusals):
        if on_row:
            on_row(f"Sensitivity, {question.name}")
        try:
            variant = _lay_out(plan, question, footing)
            moved = move_zones(case.zones, case.model, variant.model)
            found = solve_variant(variant, moved, seed=case.seed, stop=stop, prices=footing.prices)
        except SearchStoppedError:
            raise SearchStoppedError(rows) from None
        except PlanError as error:
            none = SensitivityRow(question.name, question.assumption, str(error), None, np.nan, np.nan, 0.0, 0)
            rows.append(dataclasses.replace(none, told=question.told))
            continue
        # Of the plan's own model a better bound may be known already.
        bound = max(found.lower_bound, footing.lower_bound) if variant is footing.variant else found.lower_bound
        rows.append(_make_row(plan, question, variant, found, bound))
    return rows


def scale_demand(tables: Tables, factor: float) -> Tables:
    """Multiply every package's hours and visits; what providers have to spare stays as it is."""

    def scale(packages: pd.DataFrame) -> pd.DataFrame:
        return packages.assign(
            hours_week=packages["hours_week"].astype(float) * factor,
            visits_week=packages["visits_week"].astype(float) * factor,
        )

    return dataclasses.replace(tables, packages=scale(tables.packages))


def move_zones(zones: Sequence[Zone], old: BlockModel, new: BlockModel) -> list[Zone]:
    """Find proposed zones in another model's arrays; -1 for a centre or provider that it does not have."""
    moved = []
    for zone in zones:
        if zone.existing:
            continue
        at = new.points.index.get_indexer(old.points.index[zone.points])
        centre = new.points.index.get_indexer(old.points.index[[zone.centre]])[0]
        provider = new.providers.index.get_indexer(old.providers.index[[zone.provider]])[0]
        moved.append(dataclasses.replace(zone, points=at[at >= 0], centre=int(centre), provider=int(provider)))
    return moved


def let_zones(zones: Sequence[Zone], old: BlockModel, new: BlockModel) -> list[Zone]:
    """Find the blocks already let in another model's arrays."""
    found = []
    for zone in (zone for zone in zones if zone.existing):
        at = new.points.index.get_indexer(old.points.index[zone.points])
        centre = new.points.index.get_indexer(old.points.index[[zone.centre]])[0] if zone.centre >= 0 else -1
        provider = new.providers.index.get_indexer(old.providers.index[[zone.provider]])[0]
        found.append(dataclasses.replace(zone, points=at[at >= 0], centre=int(centre), provider=int(provider)))
    return found


def _ask(plan: Plan, *, refusals: int) -> Iterator[_Question]:
    case = plan.case
    yield _Question(
        SEARCHED_ON, "The plan itself, searched on for as long as each row below", case.tables, case.settings,
        case.locks,
    )  # fmt: skip
    for factor in DEMAND_FACTORS:
        change = f"{abs(factor - 1):.0%} {'higher' if factor > 1 else 'lower'}"
        yield _Question(
            f"demand {change}",
            f"Hours and visits of every package × {factor:g}; what providers can take on stays as it is",
            scale_demand(case.tables, factor),
            case.settings,
            case.locks,
        )
    for factor in PATCH_FACTORS:
        hours = case.settings.blocks.patch_hours * factor
        finer = "less" if factor < 1 else "more"
        yield _Question(
            f"patches of {hours:g} hours",
            f"Today's rounds lie in patches of {hours:g} contact hours, not {case.settings.blocks.patch_hours:g}: "
            f"providers' patches overlap {finer} and spot purchase drives {finer}",
            case.tables,
            dataclasses.replace(case.settings, blocks=dataclasses.replace(case.settings.blocks, patch_hours=hours)),
            case.locks,
        )
    districts = sorted(set(case.model.points["district_code"]))
    names = case.tables.providers.set_index("provider_id")["provider_name"]
    for place, (provider, blocks, hours) in enumerate(_find_largest(plan, refusals)):
        rank = "with most block hours" if place == 0 else f"number {place + 1} by block hours"
        size = f"{blocks} block{'' if blocks == 1 else 's'}"
        refused = (*case.locks.forbidden, *((provider, district) for district in districts))
        yield _Question(
            f"{provider} refuses",
            f"{names[provider]}, {rank} ({size} of {hours:,.0f} hours), takes no new block; it keeps what it delivers",
            case.tables,
            case.settings,
            dataclasses.replace(case.locks, forbidden=refused),
            told=f"if {names[provider]} takes no block",
        )


def _find_largest(plan: Plan, count: int) -> list[tuple[str, int, float]]:
    """Find the providers with most hours in proposed blocks, the most first, with their blocks and hours."""
    rows = plan.proposals[plan.proposals["status"] == "proposed"]
    found = rows.groupby("suggested_provider_id")["hours_zone"].agg(["size", "sum"])
    found = found.sort_index().sort_values("sum", ascending=False, kind="stable").head(count)
    return [(str(name), int(row["size"]), float(row["sum"])) for name, row in found.iterrows()]


def _lay_out(plan: Plan, question: _Question, footing: Footing) -> Variant:
    case = plan.case
    if question.tables is case.tables and question.settings is case.settings and question.locks is case.locks:
        return footing.variant
    settings = question.settings.blocks
    model = build_model(question.tables, case.matrix, settings, locks=question.locks)
    return take_variant(model, let_zones(case.zones, case.model, model), settings=settings)


def _make_row(
    plan: Plan,
    question: _Question,
    variant: Variant,
    found: Found,
    lower_bound: float,
) -> SensitivityRow:
    case = plan.case
    zones = found.zones
    figures = measure_variant(variant, zones)
    bound = min(lower_bound, figures.objective)
    hours = case.model.points["contact_hours"]
    own = name_providers(case.model, case.zones)
    return SensitivityRow(
        name=question.name,
        assumption=question.assumption,
        status=found.status,
        figures=figures,
        lower_bound=bound,
        gap=relative_gap(figures.objective, bound),
        share_same_provider=1.0 - share_elsewhere(hours, own, name_providers(variant.model, zones)),
        blocks_kept=count_kept(case.zones, zones, old=case.model, new=variant.model),
        ended=found.ended,
        told=question.told,
    )
