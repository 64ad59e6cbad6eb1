"""What happens when a company leaves: who could have its blocks, and which hours nobody can take."""

from __future__ import annotations

import dataclasses
import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketmap.blocks.audit import Commitments, sum_commitments
from marketmap.blocks.exit_reasons import explain_left
from marketmap.blocks.exit_tables import ANSWERS, NOBODY, REDRAWN, STEP_IN, WHOLE, list_hours, tabulate_blocks
from marketmap.blocks.model import BlockModel, build_model, frame_problem
from marketmap.blocks.plan import SPOT, Plan, PlanCase, Zone
from marketmap.blocks.rehome import add_step_ins, rehome_zones
from marketmap.blocks.solver import solve_zones
from marketmap.blocks.stop import NOT_REPEATABLE, Clock, Stop
from marketmap.blocks.zone_problem import HOURS_TOLERANCE, ZoneProblem
from marketmap.errors import PlanError
from marketmap.inputs.county import Tables

WITH_COMPANY = (
    "internal/block_proposals.csv, the maps and the prospectus here are the plan with the company in it; the files "
    "internal/exit_*.csv say what changes without it."
)


@dataclass(frozen=True)
class ExitPlan:
    """What becomes of a company's work when it leaves, with every other block as it is.

    Attributes
    ----------
    company_id, providers
        Who leaves.
    blocks
        Each of its blocks, and what could be made of it: one row for each block that it becomes.
    hours
        Where every hour that the company delivers, and every hour that waits in its blocks, would go.
    postcodes
        The postcodes whose block or provider changes.
    notes
        Sentences for the first page.
    """

    company_id: str
    providers: tuple[str, ...]
    blocks: pd.DataFrame
    hours: pd.DataFrame
    postcodes: pd.DataFrame
    notes: tuple[str, ...]


def leave_company(plan: Plan, company_id: str, *, stop: Stop | None = None) -> ExitPlan:
    """Re-home the blocks of a company that leaves.

    Everything it delivers is without care. Each of its blocks, proposed or let, goes whole to a provider that may
    have it and has the room, all of them chosen together. For those that nobody has the room for, somebody may step
    in for what the company delivers there and who waits, and the rest stays with today's providers. What is left of
    its zones, and the places where it works outside every block, may be drawn anew. Other blocks keep their zone and
    provider, and with them the room that the plan gave them.

    Parameters
    ----------
    stop
        For giving out and drawing anew, each; the case's own where not given.

    Raises
    ------
    PlanError
        For a company that the providers table does not hold, naming those that sound alike.
    """
    case = plan.case
    leaving = find_company(case.tables, company_id)
    model = _build_without(case, leaving)
    mine = [zone for zone in case.zones if case.model.providers.index[zone.provider] in leaving]
    others = move_zones([zone for zone in case.zones if zone not in mine and not zone.existing], case.model, model)
    own = [zone for zone in move_zones(mine, case.model, model) if len(zone.points)]
    settings = case.settings.blocks
    stop = stop or case.stop
    clock = Clock(stop)
    found, first = rehome_zones(model, own, sum_commitments(model, others), settings=settings, max_seconds=clock.left())
    whole = _give_out(own, found)
    names = {zone.block_id for zone in whole}
    rest = [zone for zone in own if zone.block_id not in names]
    after = sum_commitments(model, [*others, *whole])
    found, second = rehome_zones(model, rest, after, settings=settings, unserved_only=True, max_seconds=clock.left())
    stepped = _give_out(rest, found)
    names |= {zone.block_id for zone in stepped}
    left = [zone for zone in rest if zone.block_id not in names]
    after = add_step_ins(model, after, stepped)
    drawn, ended = _draw_anew(case, model, left, [*others, *whole, *stepped], after, leaving, stop=stop)
    why = explain_left(model, rest, after)
    blocks = tabulate_blocks(case, model, mine, whole, stepped, drawn, leaving, why=why)
    block_of = plan.postcodes.set_index("postcode")["block_id"]
    hours = list_hours(case, model, mine, [*whole, *drawn], stepped, others, leaving, block_of=block_of, why=why)
    return ExitPlan(
        company_id=company_id,
        providers=leaving,
        blocks=blocks,
        hours=hours,
        postcodes=_list_postcodes(plan, model, [*whole, *stepped], left, drawn),
        notes=(
            *_describe(company_id, leaving, blocks, hours, room=_sum_room(model, after, drawn)),
            *_note_limits(proven=first and second, ended=ended),
        ),
    )


def _give_out(zones: list[Zone], providers: np.ndarray) -> list[Zone]:
    return [
        dataclasses.replace(zone, provider=int(number))
        for zone, number in zip(zones, providers, strict=True)
        if number >= 0
    ]


def _sum_room(model: BlockModel, after: Commitments, drawn: list[Zone]) -> float:
    """Sum the carer hours that providers could still take on, of those that may have blocks."""
    room = after.room.copy()
    load = model.points["carer_hours"].to_numpy(float)
    for zone in drawn:
        room += model.held[zone.points].sum(axis=0)
        room[zone.provider] -= load[zone.points].sum()
    return float(np.maximum(room, 0.0).sum())


def find_company(tables: Tables, company_id: str) -> tuple[str, ...]:
    """Find a company's providers.

    Raises
    ------
    PlanError
        For a company that the providers table does not hold, naming those that sound alike.
    """
    providers = tables.providers
    companies = providers["company_id"].astype(str)
    found = providers.loc[companies == company_id, "provider_id"]
    if len(found):
        return tuple(sorted(str(name) for name in found))
    branch = providers.loc[providers["provider_id"].astype(str) == company_id, "company_id"]
    if len(branch):
        raise PlanError(f"{company_id} is a provider; its company is {branch.iloc[0]}. Name the company.")
    known = sorted(set(companies))
    near = difflib.get_close_matches(company_id, known, n=3, cutoff=0.4) or known[:3]
    raise PlanError(
        f"The providers table holds no company {company_id!r}. Use a company_id from it, such as {', '.join(near)}."
    )


def _build_without(case: PlanCase, leaving: Sequence[str]) -> BlockModel:
    """Build the model of the county in which a company's packages wait and it takes no block."""
    tables = case.tables
    packages = tables.packages.copy()
    lost = packages["provider_id"].isin(leaving) & (packages["status"] == "active")
    packages["status"] = packages["status"].where(~lost, "waiting")
    packages["provider_id"] = packages["provider_id"].astype("object").where(~lost, None)
    providers = tables.providers.copy()
    gone = providers["provider_id"].isin(leaving).to_numpy(bool)
    providers["placements_suspended"] = providers["placements_suspended"].astype("boolean").mask(gone, other=True)
    blocks = tables.blocks
    if blocks is not None:
        blocks = blocks[~blocks["provider_id"].isin(leaving)]
    held = {name: zone for name, zone in case.locks.zones.items() if zone[0] not in leaving}
    without = dataclasses.replace(tables, packages=packages, providers=providers, blocks=blocks)
    return build_model(without, case.matrix, case.settings.blocks, locks=dataclasses.replace(case.locks, zones=held))


def move_zones(zones: Sequence[Zone], old: BlockModel, new: BlockModel) -> list[Zone]:
    """Write zones of one model in the positions of another; a provider or centre that it lacks is -1."""
    moved = []
    for zone in zones:
        at = new.points.index.get_indexer(old.points.index[zone.points])
        centre = int(new.points.index.get_indexer(old.points.index[[zone.centre]])[0]) if zone.centre >= 0 else -1
        number = int(new.providers.index.get_indexer(old.providers.index[[zone.provider]])[0])
        moved.append(
            Zone(block_id=zone.block_id, existing=False, provider=number, centre=centre, points=np.sort(at[at >= 0]))
        )
    return moved


def _draw_anew(
    case: PlanCase,
    model: BlockModel,
    left: list[Zone],
    kept: list[Zone],
    after: Commitments,
    leaving: Sequence[str],
    *,
    stop: Stop,
) -> tuple[list[Zone], str]:
    """Draw blocks over the zones that nobody can have whole and the places where the company works as spot."""
    inside = np.zeros(len(model.points), dtype=bool)
    for zone in kept:
        inside[zone.points] = True
    packages = case.tables.packages
    lost = packages.loc[packages["provider_id"].isin(leaving) & (packages["status"] == "active"), "postcode"]
    wanted = model.points.index.isin(lost)
    for zone in left:
        wanted[zone.points] = True
    chosen = np.flatnonzero(_keep_groups_whole(model, wanted & model.free & ~inside, model.free & ~inside))
    settings = case.settings.blocks
    if model.points["contact_hours"].to_numpy(float)[chosen].sum() < max(settings.min_hours, HOURS_TOLERANCE):
        return [], ""
    result = solve_zones(_frame_part(model, case, chosen, after), seed=case.seed, stop=stop)
    if not np.isfinite(result.objective):
        return [], result.ended
    former = {int(point): zone.block_id for zone in left for point in zone.points}
    drawn: list[Zone] = []
    counts: Counter[str] = Counter()
    for block in range(len(result.centres)):
        points = chosen[np.flatnonzero(result.block_of == block)]
        hours = pd.Series(model.points["contact_hours"].to_numpy(float)[points])
        origin = str(hours.groupby([former.get(int(point), "N") for point in points]).sum().idxmax())
        counts[origin] += 1
        name = f"{origin}-{counts[origin]}"
        centre = int(chosen[result.centres[block]])
        drawn.append(Zone(name, existing=False, provider=int(result.providers[block]), centre=centre, points=points))
    return drawn, result.ended


def _keep_groups_whole(model: BlockModel, wanted: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Add what locks put together with wanted points, and leave out what cannot be had whole."""
    group = np.full(len(model.points), -1, dtype=np.int64)
    group[model.free] = model.groups.together
    grouped = group >= 0
    wanted = wanted | (grouped & np.isin(group, group[wanted & grouped]))
    torn = grouped & np.isin(group, group[grouped & ~free])
    return np.asarray(wanted & free & ~torn)


def _frame_part(model: BlockModel, case: PlanCase, chosen: np.ndarray, after: Commitments) -> ZoneProblem:
    """Frame some free points as a problem of their own, with what other blocks leave of every limit."""
    whole = frame_problem(model, settings=case.settings.blocks)
    at = np.searchsorted(np.flatnonzero(model.free), chosen)
    held = whole.held[at].copy()
    # One that counts on hours it gives up elsewhere has no room, and what it gives up here makes none.
    held[:, after.room < 0] = 0.0
    adjacency = None if whole.adjacency is None else whole.adjacency[at][:, at]
    return dataclasses.replace(
        whole,
        travel=whole.travel[np.ix_(at, at)],
        hours=whole.hours[at],
        visits=whole.visits[at],
        outside=whole.outside[at],
        extra=whole.extra[at],
        base=whole.base[:, at],
        rounds=whole.rounds[at],
        load=whole.load[at],
        held=held,
        capacity=np.maximum(after.room, 0.0),
        max_provider_hours=np.maximum(model.limits.most_hours - after.block_hours, 0.0),
        district_of=whole.district_of[at],
        share_cap=np.maximum(whole.share_cap - after.shares, 0.0),
        blocks_there=after.counts,
        adjacency=adjacency,
        together=whole.together[at],
        apart=whole.apart[at],
    )


def _list_postcodes(
    plan: Plan, model: BlockModel, whole: list[Zone], left: list[Zone], drawn: list[Zone]
) -> pd.DataFrame:
    """List the postcodes whose block or provider changes, in order."""
    before = plan.postcodes.set_index("postcode")["block_id"].astype(str)
    after = before.copy()
    after[before.isin([zone.block_id for zone in left])] = SPOT
    new_of = pd.Series(SPOT, index=model.points.index, dtype=object)
    for zone in drawn:
        new_of.iloc[zone.points] = zone.block_id
    hangs = model.point_of.reindex(before.index).fillna(-1).to_numpy(int)
    drawn_there = np.where(hangs >= 0, new_of.to_numpy()[hangs], SPOT)
    movable = (after == SPOT).to_numpy() & (drawn_there != SPOT)
    after = after.astype("object")
    after[movable] = drawn_there[movable]
    provider = {zone.block_id: str(model.providers.index[zone.provider]) for zone in [*whole, *drawn]}
    names = plan.case.tables.providers.set_index("provider_id")["provider_name"]
    touched = before.isin([zone.block_id for zone in [*whole, *left]]) | (after != before)
    table = pd.DataFrame({"block_id_before": before[touched], "block_id_after": after[touched]})
    table["suggested_provider_id"] = table["block_id_after"].map(provider).fillna("")
    table["suggested_provider_name"] = table["suggested_provider_id"].map(names).fillna("")
    return table.rename_axis("postcode").reset_index()


def _note_limits(*, proven: bool, ended: str) -> list[str]:
    """Say where something was cut short, so that more may find a home than is told."""
    notes = []
    if not proven:
        notes.append("Giving the blocks out was ended by a limit: more of them may find a home than is said here.")
    if ended in NOT_REPEATABLE:
        notes.append("Drawing anew was cut short: more hours may find a block than is said here.")
    return notes


def _describe(
    company_id: str, leaving: Sequence[str], blocks: pd.DataFrame, hours: pd.DataFrame, *, room: float
) -> tuple[str, ...]:
    asked = blocks.loc[blocks["status"] != SPOT].drop_duplicates("block_id")
    answers = asked["answer"].value_counts()
    total = float(hours["hours_from_company"].sum())
    by_answer = hours.groupby("answer")["hours_from_company"].sum()
    told = ", ".join(f"{value:,.1f} {ANSWERS[str(name)]}" for name, value in by_answer.items() if value)
    whole, helped, anew, nobody = (int(answers.get(name, 0)) for name in (WHOLE, STEP_IN, REDRAWN, NOBODY))
    summary = (
        f"Company {company_id} ({', '.join(leaving)}) has {len(asked)} blocks: {whole} would go whole to another "
        f"provider, {helped} have somebody step in for what it delivers and who waits, {anew} be drawn anew, {nobody} "
        "find nobody. Other blocks stay as they are."
    )
    return (
        summary,
        f"It delivers {total:,.1f} contact hours a week: {told or 'none'}.",
        f"Providers that take part in blocks would then have room for {room:,.0f} more carer hours a week in all.",
        WITH_COMPANY,
    )
